"""Expressions as text: "ln(x) + exp(y)*z" becomes a function of x, y and z.

The text is read by Python's own parser and checked against a short list of what an expression may
contain; nothing in it is ever executed as Python. What remains is a flat list of instructions for a
stack, so that evaluating takes no recursion either.
"""

from __future__ import annotations

import ast
import difflib
import keyword
import math
import re
import warnings
from collections.abc import Iterable, Iterator
from inspect import Parameter, Signature
from typing import Any, NoReturn

from autograd.engine import Value
from autograd.functions import CALLABLE, FUNCTIONS
from autograd.numbers import as_float
from autograd.registry import BY_NAME

#: Longer texts are refused: parsing must end in bounded time and memory.
LONGEST_TEXT = 200_000

#: Longer parts of a text are not quoted in a hint.
LONGEST_HINT = 40

CONSTANTS = {"pi": math.pi}

#: Signs of the blackboard, and what Python's parser is given for them.
READ_AS = {"^": "**", "·": "*", "⋅": "*", "×": "*", "−": "-", "÷": "/"}
TRANSLATION = str.maketrans(READ_AS)


OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Pow: "pow",
    ast.USub: "neg",
}

#: What other books and programs call them; "" for what does not exist here by any name.
FOREIGN = {
    "arccos": "acos",
    "arcsin": "asin",
    "arctan": "atan",
    "arctg": "atan",
    "expit": "sigmoid",
    "lg": "log10",
    "logistic": "sigmoid",
    "power": "pow",
    "sgn": "",
    "sign": "",
    "tg": "tan",
}

#: Modules whose functions people write with a point: np.exp(x).
MODULES = {"autograd", "cmath", "jnp", "math", "np", "numpy", "tf", "torch"}

#: An instruction: ("number", x), ("name", n), ("call", function, count), ("store", n), ("drop",).
Instruction = tuple[Any, ...]


class Expression:
    """A parsed expression: call it with a number or a Value for each of its names.

    Attributes:
        text: what was parsed.
        names: the variables in order of their first appearance.
        unused: inner names that nothing uses: what they stand for is not in the result.
    """

    def __init__(
        self,
        text: str,
        names: tuple[str, ...],
        program: list[Instruction],
        unused: tuple[str, ...] = (),
    ) -> None:
        self.text = text
        self.names = names
        self.unused = unused
        self._program = program

    def __call__(self, *operands: Any, **named: Any) -> Any:
        """The expression at a point: a float for numbers, a Value as soon as one operand is one.

        Operands are given in the order of `names`, or by name. Leaves without a label are
        labelled with their variable's name; inner names label their nodes.

        Raises:
            TypeError: for a missing, unknown or doubly given variable, or one that is no number.
            ValueError, ZeroDivisionError, OverflowError: where a function leaves its domain.
        """
        variables = self._bind(operands, named)
        for name, operand in variables.items():
            if isinstance(operand, Value):
                if not operand.label and not operand.op:
                    operand.label = name
            else:
                variables[name] = as_float(operand)
        stack: list[Any] = []
        for instruction in self._program:
            action = instruction[0]
            if action == "number":
                stack.append(instruction[1])
            elif action == "name":
                stack.append(variables[instruction[1]])
            elif action == "call":
                count = instruction[2]
                arguments = stack[len(stack) - count :]
                del stack[len(stack) - count :]
                stack.append(instruction[1](*arguments))
            elif action == "store":
                result = variables[instruction[1]] = stack[-1]
                if isinstance(result, Value) and result.op and not result.label:
                    result.label = instruction[1]
            else:
                stack.pop()
        return stack.pop()

    def _bind(self, operands: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
        wanted = f"{self.text!r} is a function of {', '.join(self.names) or 'nothing'}"
        if len(operands) > len(self.names):
            raise TypeError(f"{wanted}; {len(operands)} values were given")
        variables = dict(zip(self.names, operands, strict=False))
        for name, operand in named.items():
            if name in variables:
                raise TypeError(f"{wanted}; {name!r} was given twice")
            if name not in self.names:
                raise TypeError(
                    f"{wanted}; {name!r} is not among them{suggestion(name, self.names)}"
                )
            variables[name] = operand
        missing = [name for name in self.names if name not in variables]
        if missing:
            hint = ""
            for name in missing:
                if name == "e":
                    hint = " (e is an ordinary name here: write exp(x) for e to the power x)"
                elif name in CALLABLE:
                    hint = f" (to call the function, write {name}(...))"
            raise TypeError(f"no value was given for {', '.join(missing)}{hint}")
        return variables

    @property
    def __signature__(self) -> Signature:
        """What `inspect.signature` and editors say of it: one argument a name."""
        names = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in self.names]
        return Signature(names)

    def __repr__(self) -> str:
        return f"parse({self.text!r})"


def parse(text: str) -> Expression:
    """A function from a text such as "ln(x) + exp(y)*z".

    Numbers, names, + - * / ** (also written ^), brackets, `pi`, and every function of `autograd`.
    Inner names come first, divided by semicolons or new lines: "h1 = ln(x); h2 = exp(y); h1 + h2".

    >>> f = parse("ln(x) + exp(y)*z")
    >>> f.names
    ('x', 'y', 'z')
    >>> f(x=1, y=0, z=2)
    2.0

    Raises:
        TypeError: if `text` is not a str.
        SyntaxError: if it is not an expression; `.text` and `.offset` say where.
        NameError: if it calls a function that does not exist; it has the same two attributes.
        ValueError: if it is longer or deeper than can be read.
    """
    if not isinstance(text, str):
        raise TypeError(f"an expression must be a str, not {type(text).__name__}")
    if len(text) > LONGEST_TEXT:
        raise ValueError(
            f"the expression has {len(text)} characters; at most {LONGEST_TEXT} are read"
        )
    return Parser(text).expression()


class Parser:
    """Reads one text; the instructions gather in `program`, the free names in `names`."""

    def __init__(self, text: str) -> None:
        # Inner names may stand on lines of their own, indented or not.
        self.lines = [line.strip() for line in text.strip().splitlines()]
        self.text = text.strip()
        self.names: dict[str, None] = {}
        self.defined: dict[str, None] = {}
        self.used: set[str] = set()
        self.program: list[Instruction] = []

    def expression(self) -> Expression:
        """The whole text as an Expression."""
        statements = self.python().body
        if not statements:
            raise located(SyntaxError("the expression is empty"), self.text, 1)
        for number, statement in enumerate(statements):
            last = number == len(statements) - 1
            if isinstance(statement, ast.Assign):
                target = statement.targets[0]
                if len(statement.targets) > 1 or not isinstance(target, ast.Name):
                    self.refuse(statement, "only one name can stand before '='")
                self.emit(statement.value)
                self.define(target)
                if last:
                    self.used.add(target.id)
                else:
                    self.program.append(("drop",))
            elif isinstance(statement, ast.Expr) and last:
                self.emit(statement.value)
            elif isinstance(statement, ast.Expr):
                self.refuse(statement, "only the last part may be without a name: write h1 = ...")
            else:
                self.refuse(statement, "this is a Python statement, not an expression")
        unused = tuple([name for name in self.defined if name not in self.used])
        return Expression(self.text, tuple(self.names), self.program, unused)

    def define(self, target: ast.Name) -> None:
        """Give the value that was computed last a name; from here on the name means this value."""
        if target.id in CONSTANTS:
            self.refuse(target, f"{target.id} is a constant")
        self.defined[target.id] = None
        self.program.append(("store", target.id))

    def python(self) -> ast.Module:
        """The text as Python's parser reads it, `^` taken for `**`."""
        source = "\n".join(self.lines).translate(TRANSLATION)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SyntaxWarning)  # of what is refused below
                return ast.parse(source)
        except SyntaxError as error:
            row = min((error.lineno or 1) - 1, len(self.lines) - 1)
            column = self.column(row, (error.offset or 1) - 1)
            message = re.split(r"\. (?:Perhaps|Maybe)", error.msg)[0]
            if message.startswith("cannot assign to"):
                message = "only a name can stand before '='"
            elif message == "invalid syntax" and column >= len(self.lines[row]):
                message = "the expression ends where an operand is expected"
            message, column = hint(self.lines[row]) or (message, column)
            raise located(SyntaxError(message), self.lines[row], column + 1) from None
        except (RecursionError, MemoryError):
            raise ValueError("the expression is nested too deeply to be read") from None
        except ValueError as error:  # a null character, or a number of thousands of digits
            raise located(SyntaxError(str(error)), self.lines[0], 1) from None

    def column(self, row: int, column: int) -> int:
        """A column of what Python read as a column of what was written: `^` became `**`."""
        read = 0
        for written, character in enumerate(self.lines[row]):
            if read >= column:
                return written
            read += len(READ_AS.get(character, character))
        return len(self.lines[row])

    def emit(self, root: ast.expr) -> None:
        """Append the instructions of an expression, operands before what uses them."""
        pending: list[ast.expr | Instruction] = [root]
        while pending:
            item = pending.pop()
            if isinstance(item, tuple):
                self.program.append(item)
            else:
                pending.extend(reversed(list(self.parts(item))))

    def parts(self, node: ast.expr) -> Iterator[ast.expr | Instruction]:
        """What an expression consists of: expressions still to be taken apart, and instructions."""
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            yield "number", self.number(node)
        elif isinstance(node, ast.Name):
            if node.id in CONSTANTS:
                yield "number", CONSTANTS[node.id]
            else:
                if node.id in self.defined:
                    self.used.add(node.id)
                else:
                    self.names.setdefault(node.id)
                yield "name", node.id
        elif isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            self.check_power_of_function(node)
            yield node.left
            yield node.right
            yield "call", FUNCTIONS[OPERATORS[type(node.op)]], 2
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            if isinstance(node.operand, ast.Constant) and type(node.operand.value) in (int, float):
                yield "number", -self.number(node.operand)
            else:
                yield node.operand
                yield "call", FUNCTIONS["neg"], 1
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd):
            yield node.operand
        elif isinstance(node, ast.Call):
            yield from self.call(node)
        else:
            self.refuse(node, FORBIDDEN.get(type(node), "this cannot stand in an expression"))

    def number(self, node: ast.Constant) -> float:
        """A number in the text as a float."""
        try:
            number = float(node.value)  # type: ignore[arg-type]
        except OverflowError:
            number = math.inf
        if math.isinf(number):
            self.refuse(node, "this number is too large for a float")
        return number

    def call(self, node: ast.Call) -> Iterator[ast.expr | Instruction]:
        """The parts of a function call: its arguments, then the call of a function we know."""
        if isinstance(node.func, ast.Attribute):
            self.refuse(node, self.without_point(node, node.func))
        if not isinstance(node.func, ast.Name):
            self.refuse(node, "only functions can be called; multiplication needs its sign: 2*(x)")
        name = node.func.id
        if name not in CALLABLE:
            shown = name if len(name) <= LONGEST_HINT else f"{name[:LONGEST_HINT]}..."
            message = f"there is no function {shown!r}{function_meant(name)}"
            raise self.located(NameError(message), node)
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                self.refuse(argument, "'*' cannot stand here")
            yield argument
        for named in node.keywords:
            self.refuse(named.value, f"write the arguments of {name} in order, without names")
        operation = BY_NAME[name]
        least = operation.arity - len(operation.defaults)
        if operation.variadic:
            if not node.args:
                self.refuse(node, f"{name}(x, ...) takes at least 1 argument")
        elif not least <= len(node.args) <= operation.arity:
            wanted = f"{name}({', '.join(operation.operands)})"
            self.refuse(node, f"{wanted} takes {counted(least, operation.arity)}")
        yield "call", CALLABLE[name], len(node.args)

    def without_point(self, node: ast.Call, function: ast.Attribute) -> str:
        """What to write for np.exp(x) or x.exp()."""
        module = isinstance(function.value, ast.Name) and function.value.id in MODULES
        operands = node.args if module else [function.value, *node.args]
        call = f"{function.attr}({', '.join(self.written(operand) for operand in operands)})"
        return f"functions stand without a module or a point: write {call}"

    def check_power_of_function(self, node: ast.BinOp) -> None:
        """Point at sin^2(x), which Python reads as sin^(2(x))."""
        function, power = node.left, node.right
        if isinstance(power, ast.UnaryOp):
            power = power.operand
        if (
            isinstance(function, ast.Name)
            and function.id in CALLABLE
            and isinstance(power, ast.Call)
            and isinstance(power.func, ast.Constant)
        ):
            arguments = ", ".join(self.written(argument) for argument in power.args)
            exponent = self.written(power.func)
            if power is not node.right:
                exponent = f"(-{exponent})"
            call = f"{function.id}({arguments})^{exponent}"
            self.refuse(node, f"a power stands behind the brackets: write {call}")

    def written(self, node: ast.expr) -> str:
        """A part of the expression as it was written; "..." if it is long."""
        row, last = node.lineno - 1, (node.end_lineno or 0) - 1
        start, end = self.place(row, node.col_offset), self.place(row, node.end_col_offset or 0)
        part = self.lines[row][start:end]
        return part if row == last and len(part) <= LONGEST_HINT else "..."

    def place(self, row: int, offset: int) -> int:
        """Python's place in a line, in bytes, as a column of what was written."""
        python_line = self.lines[row].translate(TRANSLATION)
        return self.column(row, len(python_line.encode()[:offset].decode()))

    def refuse(self, node: ast.AST, message: str) -> NoReturn:
        """Raise a SyntaxError that points at a part of the text."""
        raise self.located(SyntaxError(message), node)

    def located(self, error: Exception, node: ast.AST) -> Exception:
        """The error with the line and the place of a part of the expression."""
        row = node.lineno - 1  # type: ignore[attr-defined]
        offset = self.place(row, node.col_offset)  # type: ignore[attr-defined]
        return located(error, self.lines[row], offset + 1)


FORBIDDEN: dict[type[ast.AST], str] = {
    ast.Constant: "only real numbers can stand in an expression",
    ast.Compare: "comparisons cannot stand in an expression; one '=' names a part: h1 = ln(x); ...",
    ast.BoolOp: "'and' and 'or' cannot stand in an expression",
    ast.IfExp: "'if' cannot stand in an expression; where(condition, x, y) can",
    ast.Attribute: "a point cannot stand here; decimals are written 0.5",
    ast.Subscript: "square brackets cannot stand in an expression",
    ast.Tuple: "a comma divides arguments only; decimals are written with a point",
    ast.BinOp: "only the operators + - * / ** (or ^) can stand in an expression",
    ast.NamedExpr: "write h1 = ...; on its own, before the part that uses it",
}


def located(error: Exception, line: str, offset: int) -> Exception:
    """The error with `.text`, the line, and `.offset`, the place in it (from 1), for a caret."""
    error.text = line  # type: ignore[attr-defined]
    error.offset = offset  # type: ignore[attr-defined]
    return error


# ---- hints --------------------------------------------------------------------------------------

NAME = r"[^\W\d]\w*"
NUMBER = r"\.?\d[\d.]*(?:[eE][+-]?\d+)?"
DEFINITION = re.compile(rf"(?<!\w)({NAME})\s*=(?!=)")
FUNCTION_DEFINITION = re.compile(rf"(?:^|;)\s*({NAME})\s*\([^()]*\)\s*=(?!=)\s*([^;]*)")
BARS = re.compile(r"\|([^|]+)\|")
SIDE_BY_SIDE = re.compile(
    rf"(?<![\w.]){NUMBER}\s*(?={NAME})|(?:(?<![\w.]){NAME}|\))\s+(?=\w)|\)(?=\w)"
)


def hint(line: str) -> tuple[str, int] | None:
    """What a line that Python cannot read was probably meant to be, and the column of it."""
    if "'" in line or '"' in line:
        return None
    definition = FUNCTION_DEFINITION.search(line)
    if definition:
        name, right_side = definition.groups()
        meant = f"{name} = {right_side.strip()}" if len(right_side) <= LONGEST_HINT else f"{name} ="
        return f"a part has a name without brackets: write {meant}", definition.start(1)
    bars = BARS.search(line)
    if bars:
        inside = bars[1].strip() if len(bars[1]) <= LONGEST_HINT else "..."
        return f"bars cannot be read: write abs({inside})", bars.start()
    for word in re.finditer(NAME, line):
        if keyword.iskeyword(word[0]):
            return f"{word[0]!r} is a word of Python: use another name", word.start()
    return missing_sign(line)


def missing_sign(line: str) -> tuple[str, int] | None:
    """What stands side by side in a line with nothing between: "2x", "x y", "ln x"."""
    pair = SIDE_BY_SIDE.search(line)
    if pair is None:
        return None
    left = pair[0].strip()
    right = re.match(r"\w+", line[pair.end() :])[0]  # type: ignore[index]  # the pattern looks ahead
    if right in DEFINITION.findall(line):
        return "parts are divided by ';' or new lines: h1 = ln(x); h1 + 2", pair.end()
    if left in CALLABLE:
        argument = right if re.fullmatch(NAME, right) else "..."
        return f"a function has brackets: write {left}({argument})", pair.start()
    product = f"...)*{right}" if left == ")" else f"{left}*{right}"
    if len(product) > LONGEST_HINT:
        product = "2*x"
    return f"multiplication needs its sign: write {product}", pair.start()


def function_meant(name: str) -> str:
    """What to write for a function that does not exist: its name here, a product, a list."""
    known = {plain(known): known for known in CALLABLE}
    meant = FOREIGN.get(name.lower(), known.get(plain(name), ""))
    if meant:
        return f"; did you mean {meant!r}?"
    close = "" if name.lower() in FOREIGN else suggestion(name.lower(), CALLABLE)
    if not close and len(name) <= 2:  # x(y + 1) is rather a product than a function
        return f"; multiplication needs its sign: write {name}*(...)"
    return close or f"; there are {', '.join(sorted(CALLABLE))}"


def plain(name: str) -> str:
    """A name without its capitals and underscores: LeakyReLU is leaky_relu."""
    return name.lower().replace("_", "")


def suggestion(name: str, known: Iterable[str]) -> str:
    """ "; did you mean 'x'?" where a known name is close, else ""."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def counted(least: int, most: int) -> str:
    """ "1 argument", "1 to 3 arguments"."""
    if least == most:
        return f"{most} argument{'s' if most != 1 else ''}"
    return f"{least} to {most} arguments"
