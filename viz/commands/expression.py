"""An expression on the command line: `chalkgrad "ln(x) + exp(y)*z" x=1 y=3 z=2`.

It becomes its table of values and gradients, its steps and its picture; or answers about it are
marked.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from autograd.engine import Value
from autograd.expression import Expression, parse
from autograd.graph import topological_order
from autograd.numbers import format_number
from autograd.written_numbers import DECIMAL_COMMA
from viz.commands import (
    FINE,
    STANDARD_OUTPUT,
    CommandError,
    complain,
    guarded,
    marking,
    print_out,
    same_place,
    terminal,
    unguarded,
    write,
)

EXAMPLES = """examples:
  chalkgrad "ln(x) + exp(y)*z" x=1 y=3 z=2
  chalkgrad "h1 = ln(x); h2 = exp(y); h3 = h2*z; h1 + h3" x=1 y=3 z=2 --steps
  chalkgrad "relu(w*x + b)" x=2 w=0.5 b=-0.3 --parameters w,b --png neuron.png
  chalkgrad "ln(x) + exp(y)*z" x=1 y=3 z=2 --check "x=1, y=40.17, z=20.09"
  chalkgrad worksheet --help

The exit status is 0; 1 if an answer that was marked is wrong; 2 after an error.
"""


OUTPUTS = ("png", "svg", "pdf", "html", "dot")
STYLES = ("slide", "compact", "bare", "key")
FLAGS = (
    *("--help", "--version", "--steps", "--derivation", "--latex", "--walk", "--predict"),
    *("--parameters", "--top-to-bottom", "--style", "--heat", *marking.OPTIONS),
    *[f"--{kind}" for kind in OUTPUTS],
)

#: Suffixes that say what is in a file, and the option that writes it.
SUFFIXES = {kind: f"--{kind}" for kind in OUTPUTS} | {"gv": "--dot", "htm": "--html"}
SUFFIXES |= dict.fromkeys(("bmp", "gif", "jpeg", "jpg", "tif", "tiff", "webp"), "")


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
        "values",
        nargs="*",
        default=[],
        metavar="name=value",
        help="a value for each name, such as x=1",
    )
    parser.add_argument("--steps", action="store_true", help="print both passes step by step")
    parser.add_argument(
        "--derivation", action="store_true", help="print the worked solution for every input"
    )
    parser.add_argument(
        "--latex", action="store_true", help="print the worked solution alone, as LaTeX"
    )
    parser.add_argument("--walk", action="store_true", help="walk through the passes, a step a key")
    parser.add_argument(
        "--predict", action="store_true", help="the same, each number to be given first"
    )
    for kind, what in (
        ("png", "draw the graph as a PNG"),
        ("svg", "draw the graph as an SVG"),
        ("pdf", "draw the graph as a PDF"),
        ("html", "write a page that walks through the passes, with inputs to change"),
        ("dot", "write the graph as DOT text; for each FILE, - is standard output"),
    ):
        parser.add_argument(f"--{kind}", metavar="FILE", type=unguarded, help=what)
    parser.add_argument(
        "--style",
        choices=STYLES,
        default="slide",
        help="how to draw it: slide; compact; bare, with blanks to fill in; key, with the answers",
    )
    parser.add_argument("--heat", action="store_true", help="colour the picture by gradient")
    parser.add_argument(
        "--top-to-bottom", action="store_true", help="draw downwards, not from left to right"
    )
    parser.add_argument(
        "--parameters",
        metavar="NAMES",
        default="",
        type=unguarded,
        help="leaves to colour as parameters: w,b",
    )
    marking.add_options(parser)
    version = f"chalkgrad {installed_version()}" if "--version" in arguments else ""
    parser.add_argument("--version", action="version", version=version)
    return parser.parse_intermixed_args(guarded(arguments, FLAGS))


def installed_version() -> str:
    """The version of the installed distribution."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("chalkgrad")
    except PackageNotFoundError:
        return "(not installed)"


def run(chosen: argparse.Namespace) -> int:
    """Parse, evaluate, go back, draw, mark; then write the files, then print."""
    if sys.stdout is None:
        raise CommandError("standard output is closed")
    outputs = read_outputs(chosen)
    expression = read_expression(chosen.expression, chosen.values)
    for name in expression.unused:
        print(f"chalkgrad: warning: {name} is never used, and so not shown", file=sys.stderr)
    inputs = {name: Value(x, label=name) for name, x in read_values(chosen.values).items()}
    root = evaluate(expression, inputs)
    go_back(root)
    report = marking.marks(root, chosen) if marking.is_asked(chosen) else None
    contents = draw(root, outputs, chosen)
    if report is not None and chosen.json is not None:
        contents[chosen.json] = marking.as_json(report)
    solution = derive(root, [x for x in inputs.values() if x.has_grad], chosen)
    check_writable(contents)
    for file, content in contents.items():
        if file != STANDARD_OUTPUT:
            write(Path(file), content)
    status = FINE if report is None else marking.status(report)
    if STANDARD_OUTPUT in contents:
        print_out(contents[STANDARD_OUTPUT])
        return status
    if chosen.latex:
        print(solution)
        return status
    if chosen.walk or chosen.predict:
        walk_through(root, chosen.predict)
        return status
    show(expression, root, chosen, report)
    if solution:
        print(f"\n{solution}")
    for file in contents:
        print(f"wrote {file}")
    return status


def derive(root: Value, inputs: list[Value], chosen: argparse.Namespace) -> str:
    """The worked solution for all inputs, if it was asked for; else ""."""
    if not (chosen.latex or chosen.derivation) or not inputs:
        return ""
    from viz.derivations import derivation

    try:
        return derivation(root, inputs, "latex" if chosen.latex else "text").rstrip("\n")
    except ValueError as error:
        raise CommandError(str(error)) from None


def walk_through(root: Value, predict: bool) -> None:
    """The interactive walk, until its user has seen enough."""
    from viz.walk_views import walk

    walk(root, predict=predict)


def read_outputs(chosen: argparse.Namespace) -> dict[str, str]:
    """What is to be drawn where, {"png": "f.png"}, if all of it can be."""
    marking.check_options(chosen)
    outputs = {kind: getattr(chosen, kind) for kind in OUTPUTS if getattr(chosen, kind) is not None}
    places: dict[str, str] = {}
    for kind, file in outputs.items():
        if not file:
            raise CommandError(f"--{kind} needs the name of a file, or - for standard output")
        ending = Path(file).suffix.lstrip(".").lower()
        if SUFFIXES.get(ending, f"--{kind}") != f"--{kind}":
            fitting = f"use {SUFFIXES[ending]}" if SUFFIXES[ending] else "no option draws one"
            raise CommandError(f"--{kind} does not write a .{ending} file, {file}: {fitting}")
        place = same_place(file)
        if place in places:
            where = "standard output" if file == STANDARD_OUTPUT else file
            raise CommandError(f"--{places[place]} and --{kind} cannot both be written to {where}")
        places[place] = kind
    asked = {"style": chosen.style != "slide", "heat": chosen.heat}
    for option, is_asked in {**asked, "top-to-bottom": chosen.top_to_bottom}.items():
        if is_asked and not outputs:
            raise CommandError(f"--{option} is of the picture: add --png FILE, or another of them")
    printed = [name for name in ("steps", "derivation", "latex") if getattr(chosen, name)]
    if chosen.walk or chosen.predict:
        printed.append("walk" if chosen.walk else "predict")
    if chosen.json is not None:
        if same_place(chosen.json) in places:
            other = places[same_place(chosen.json)]
            raise CommandError(f"--{other} and --json cannot both be written to {chosen.json}")
        printed += ["json -"] * (chosen.json == STANDARD_OUTPUT)
    elif marking.is_asked(chosen):
        printed.append("check" if chosen.submission is None else "submission")
    if STANDARD_OUTPUT in places:
        printed.append(f"{places[STANDARD_OUTPUT]} -")
    together = ("steps", "derivation", "check", "submission")
    alone = [name for name in printed if name not in together]
    if alone and len(printed) > 1:
        raise CommandError(
            f"--{printed[0]} and --{printed[-1]} cannot both be written to standard output"
        )
    return outputs


def read_expression(word: str, values: Sequence[str]) -> Expression:
    """The expression, or a CommandError that points at the place."""
    text = unguarded(word)
    try:
        expression = parse(text)
    except (SyntaxError, NameError) as error:
        message = error.msg if isinstance(error, SyntaxError) else str(error)
        line, offset = getattr(error, "text", None), getattr(error, "offset", 1)
        place = f"\n  {line}\n  {' ' * (offset - 1)}^" if line else ""
        raise CommandError(message + place) from None
    except ValueError as error:
        raise CommandError(str(error)) from None
    if values and "=" in text and not expression.names:
        raise CommandError(
            f'the expression comes first, then the values: chalkgrad "x*y" x=1 y=2; not {text!r}'
        )
    return expression


def read_values(words: Sequence[str]) -> dict[str, float]:
    """`["x=1", "y=pi/2"]` as numbers by name."""
    values: dict[str, float] = {}
    for word in words:
        name, equals, written = unguarded(word).partition("=")
        name = name.strip()
        if not equals or not name.isidentifier():
            spaces = "; no spaces beside the =" if "=" in words else ""
            raise CommandError(f"expected name=value, such as x=1, not {unguarded(word)!r}{spaces}")
        if name in values:
            raise CommandError(f"{name!r} is given twice")
        values[name] = read_number(name, written)
    return values


def read_number(name: str, written: str) -> float:
    """A number, or an expression of numbers such as pi/2 or 1/3."""
    try:
        number = float(written)
    except ValueError:
        number = number_from_expression(name, written)
    if math.isinf(number) and any(character.isdigit() for character in written):
        raise CommandError(f"the value of {name!r} is too large for a float: {written}")
    return number


def number_from_expression(name: str, written: str) -> float:
    """The value of an expression without names."""
    try:
        constant = parse(written)
        if not constant.names:
            return float(constant())
    except (SyntaxError, NameError, ValueError, ArithmeticError):
        pass
    hint = ""
    if re.search(r",\s*[^\W\d]\w*\s*=", written):
        hint = "; between values stands a space: x=1 y=2"
    elif DECIMAL_COMMA.fullmatch(written):
        hint = f"; decimals are written with a point: {written.replace(',', '.')}"
    raise CommandError(f"the value of {name!r} must be a number, not {written!r}{hint}")


def evaluate(expression: Expression, inputs: dict[str, Value]) -> Value:
    """The expression at the inputs, as the root of a graph."""
    try:
        root = expression(**inputs)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise CommandError(str(error)) from None
    if not isinstance(root, Value):
        raise CommandError(f"the expression has no variables; it is {root!r}")
    if not root.label:
        taken = {node.label for node in topological_order(root)}
        root.label = next((name for name in ("f", "g", "result") if name not in taken), "")
    if math.isnan(root.data):
        given = ", ".join(f"{name} = {format_number(x.data)}" for name, x in inputs.items())
        complain(f"warning: the result is nan (not a number), with {given}")
    return root


def go_back(root: Value) -> None:
    """Run the backward pass. A gradient that is not finite is shown, and said on standard error."""
    try:
        root.backward()
    except ArithmeticError as error:
        message, _, _ = str(error).partition(". All gradients are set; inside")
        complain(f"warning: {message}")


def draw(
    root: Value, outputs: dict[str, str], chosen: argparse.Namespace
) -> dict[str, str | bytes]:
    """What is to be written into each file that was asked for; all of it is made before any is."""
    parameters = [name.strip() for name in chosen.parameters.split(",") if name.strip()]
    if not outputs and not parameters:
        return {}
    from viz.dot import draw_dot
    from viz.pages import page_text

    check_writable(outputs.values())
    try:
        rankdir = "TB" if chosen.top_to_bottom else "LR"
        picture = draw_dot(
            root, rankdir=rankdir, parameters=parameters, style=chosen.style, heat=chosen.heat
        )
        made: dict[str, str | bytes] = {}
        for kind, file in outputs.items():
            if kind == "html":
                made[file] = page_text(root, rankdir=rankdir, parameters=parameters)
            else:
                made[file] = picture.source if kind == "dot" else picture.pipe(kind)
        return made
    except (ValueError, RuntimeError, OSError) as error:
        raise CommandError(str(error)) from None


def check_writable(files: Iterable[str]) -> None:
    """Refuse now what could not be written later, so that either all files are written or none."""
    from autograd import files as writing

    try:
        for file in files:
            if file != STANDARD_OUTPUT:
                writing.check_writable(Path(file))
    except OSError as error:
        raise CommandError(str(error)) from None


def show(
    expression: Expression, root: Value, chosen: argparse.Namespace, report: marking.Report | None
) -> None:
    """Print the expression; the marks, or else the table; and, if asked for, the steps."""
    from viz.terminal import explain, table

    console = terminal()
    console.print(expression.text, markup=False, style="bold")
    console.print()
    if report is None:
        table(root, console=console)
    else:
        marking.show(report, console, chosen.all_rows)
    if chosen.steps:
        console.print()
        explain(root, console=console)
