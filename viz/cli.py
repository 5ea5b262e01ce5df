"""The command line: `chalkgrad "ln(x) + exp(y)*z" x=1 y=3 z=2 --png f.png --steps`.

An expression becomes its table of values and gradients, its steps and its picture. Whatever goes
wrong is one clear line on standard error, exit status 2, and no file written.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from autograd.engine import Value
from autograd.expression import Expression, parse

EXAMPLES = """examples:
  chalkgrad "ln(x) + exp(y)*z" x=1 y=3 z=2
  chalkgrad "h1 = ln(x); h2 = exp(y); h3 = h2*z; h1 + h3" x=1 y=3 z=2 --steps
  chalkgrad "relu(w*x + b)" x=2 w=0.5 b=-0.3 --parameters w,b --png neuron.png
"""


class CommandError(Exception):
    """What the person at the keyboard has to know, in one line, or with a place in the text."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0, or 2 when something was wrong."""
    try:
        run(options(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except CommandError as problem:
        print(f"chalkgrad: error: {problem}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    return 0


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line, read; argparse itself reports what it cannot read, with status 2."""
    parser = argparse.ArgumentParser(
        prog="chalkgrad",
        description="Backpropagation through an expression: values, gradients, steps, picture.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "expression", help='such as "ln(x) + exp(y)*z"; inner names first: "h = x*y; h + 1"'
    )
    parser.add_argument(
        "values", nargs="*", metavar="name=value", help="a value for each name, such as x=1"
    )
    parser.add_argument("--steps", action="store_true", help="print both passes step by step")
    parser.add_argument("--png", metavar="FILE", help="draw the graph as a PNG")
    parser.add_argument("--svg", metavar="FILE", help="draw the graph as an SVG")
    parser.add_argument("--dot", metavar="FILE", help="write the graph as DOT text")
    parser.add_argument(
        "--parameters", metavar="NAMES", default="", help="leaves to colour as parameters: w,b"
    )
    # "-x + 1" is an expression, not an option: a space in front tells argparse so.
    guarded = [
        f" {word}" if word.startswith("-") and not word.startswith("--") and word != "-h" else word
        for word in arguments
    ]
    return parser.parse_intermixed_args(guarded)


def run(chosen: argparse.Namespace) -> None:
    """Parse, evaluate, go back, draw; then write the files, then print."""
    expression = read_expression(chosen.expression)
    inputs = {name: Value(x, label=name) for name, x in read_values(chosen.values).items()}
    root = evaluate(expression, inputs)
    go_back(root)
    pictures = draw(root, chosen)
    for target, content in pictures.items():
        write(target, content)
    show(expression, root, chosen.steps)
    for target in pictures:
        print(f"wrote {target}")


def read_expression(text: str) -> Expression:
    """The expression, or a CommandError that points at the place."""
    try:
        return parse(text)
    except (SyntaxError, NameError) as error:
        message = error.msg if isinstance(error, SyntaxError) else str(error)
        line, offset = getattr(error, "text", ""), getattr(error, "offset", 1)
        raise CommandError(f"{message}\n  {line}\n  {' ' * (offset - 1)}^") from None
    except ValueError as error:
        raise CommandError(str(error)) from None


def read_values(words: Sequence[str]) -> dict[str, float]:
    """`["x=1", "y=pi/2"]` as numbers by name."""
    values: dict[str, float] = {}
    for word in words:
        name, equals, written = word.strip().partition("=")
        name = name.strip()
        if not equals or not name.isidentifier():
            raise CommandError(f"expected name=value, such as x=1, not {word.strip()!r}")
        if name in values:
            raise CommandError(f"{name!r} is given twice")
        values[name] = read_number(name, written)
    return values


def read_number(name: str, written: str) -> float:
    """A number, or an expression of numbers such as pi/2 or 1/3."""
    try:
        return float(written)
    except ValueError:
        pass
    try:
        constant = parse(written)
        if not constant.names:
            return float(constant())
    except (SyntaxError, NameError, ValueError, ArithmeticError):
        pass
    raise CommandError(f"the value of {name!r} must be a number, not {written!r}")


def evaluate(expression: Expression, inputs: dict[str, Value]) -> Value:
    """The expression at the inputs, as the root of a graph."""
    try:
        root = expression(**inputs)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise CommandError(str(error)) from None
    if not isinstance(root, Value):
        raise CommandError(f"the expression has no variables; it is {root!r}")
    if not root.label and "f" not in inputs:
        root.label = "f"
    return root


def go_back(root: Value) -> None:
    """Run the backward pass. A gradient that is not finite is shown, and said on standard error."""
    try:
        root.backward()
    except ArithmeticError as error:
        print(f"chalkgrad: warning: {error}", file=sys.stderr)


def draw(root: Value, chosen: argparse.Namespace) -> dict[Path, str | bytes]:
    """What is to be written into each file that was asked for; all of it is made before any is."""
    parameters = [name.strip() for name in chosen.parameters.split(",") if name.strip()]
    wanted = {"png": chosen.png, "svg": chosen.svg, "dot": chosen.dot}
    if not any(wanted.values()) and not parameters:
        return {}
    from viz.dot import draw_dot
    from viz.files import check_writable

    try:
        for file in filter(None, wanted.values()):
            check_writable(Path(file))
        picture = draw_dot(root, parameters=parameters)
        return {
            Path(file): picture.source if kind == "dot" else picture.pipe(kind)
            for kind, file in wanted.items()
            if file
        }
    except (ValueError, RuntimeError, OSError) as error:
        raise CommandError(str(error)) from None


def write(target: Path, content: str | bytes) -> None:
    """Write one file, whole or not at all."""
    from viz.files import write_file

    try:
        write_file(target, content)
    except OSError as error:
        raise CommandError(str(error)) from None


def show(expression: Expression, root: Value, with_steps: bool) -> None:
    """Print the expression, the table and, if asked for, the steps."""
    from rich.console import Console

    from viz.terminal import explain, table

    console = Console(highlight=False)
    console.print(expression.text, markup=False, style="bold")
    console.print()
    table(root, console=console)
    if with_steps:
        console.print()
        explain(root, console=console)
