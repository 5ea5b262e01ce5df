"""A program as C: one function that computes the result and its gradient, and needs nothing else.

The instructions become loops over the same slots that the machine uses; the operations are the
functions of `c_source.py`. Where the program was recorded on one side of a branch, the function
returns NAN for arguments that would have taken the other one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from autograd.c_source import KEYWORDS, LIBRARY, c_function, c_prelude
from autograd.program import DOT, GATHER, MAP, PICK, PLAIN, RELATIONS, SCALARS, Program
from autograd.registry import OPERATIONS, Operation
from autograd.statements import rule_name

ADD, SUB, MUL, NEG = PLAIN
#: Numbers in a line of a table.
IN_A_LINE = 8

TEMPLATE = """\
/* {title}

   double {name}(const double *x, const double *p, double *gx, double *gp)

   x: the {inputs} inputs; p: the {parameters} parameters, {name}_parameters as they were.
   gx, gp: for the gradients of the result by them; either may be NULL.
   Returns the result; NAN where there is no memory{or_guards}.
   Compile with -ffp-contract=off and link with -lm. */

#include <stdlib.h>
#include <string.h>

{prelude}

{functions}

{tables}

double {name}(const double *x, const double *p, double *gx, double *gp) {{
    double *v = malloc({size} * sizeof(double)), *g = v + {slots}, *d = g + {slots};
    double out;
    int i, j;
    if (v == NULL) return NAN;
    (void) x, (void) p, (void) d, (void) i, (void) j;
{loading}
{forward}
{guards}    out = v[{result}];
    if (gx != NULL || gp != NULL) {{
        memset(g, 0, {slots} * sizeof(double));
        g[{result}] = 1.0;
{backward}
{storing}
    }}
    free(v);
    return out;
}}
"""


def c_program(program: Program, name: str, title: str) -> str:
    """The C99 source of a program with one result.

    Args:
        program: the program.
        name: what the function is called.
        title: the first line of the comment.

    Raises:
        ValueError: if it has several results, if the name is none in C, or if an operation steps
            outside of what can be said in C (a user's own may); the message names it.
    """
    if len(program.outputs) != 1:
        raise ValueError(f"a C function has one result, and this program has {program.outputs}")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError(f"{name!r} is no name of a C function: use letters, digits and _")
    writer = Source(program, name)
    forward, backward = writer.both_ways()
    constants, parameters = len(program.constants), len(program.parameters)
    loading = [
        f"memcpy(v, {name}_constants, {constants} * sizeof(double));" if constants else "",
        f"memcpy(v + {constants}, p, {parameters} * sizeof(double));" if parameters else "",
        f"memcpy(v + {program.uniform}, x, {program.inputs} * sizeof(double));"
        if program.inputs
        else "",
    ]
    storing = [
        f"if (gx != NULL) memcpy(gx, g + {program.uniform}, {program.inputs} * sizeof(double));"
        if program.inputs
        else "",
        f"if (gp != NULL) memcpy(gp, g + {constants}, {parameters} * sizeof(double));"
        if parameters
        else "",
    ]
    operations = writer.operations()
    return TEMPLATE.format(
        title=title.replace("*/", "* /"),
        name=name,
        inputs=program.inputs,
        parameters=parameters,
        or_guards=", and where a comparison comes out otherwise than recorded"
        if program.guards
        else "",
        prelude=c_prelude(operations),
        functions="\n\n".join([c_function(operation) for operation in operations]),
        tables="\n".join(writer.all_tables()),
        size=2 * program.slots + program.derivatives + 1,
        slots=program.slots,
        result=program.outputs[0],
        loading=indented(filter(None, loading), 1),
        forward=indented(forward, 1),
        guards="".join([f"    {line}\n" for line in writer.guards()]),
        backward=indented(backward, 2),
        storing=indented(filter(None, storing), 2),
    )


def c_name(text: str) -> str:
    """A name in C for what is called so in Python; "f" for what has no such name.

    >>> c_name("loss"), c_name("<lambda>"), c_name("double")
    ('loss', 'f', 'double_')
    """
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        return "f"
    return f"{text}_" if text in KEYWORDS.split() or text in LIBRARY else text


def indented(lines: Iterable[str], depth: int) -> str:
    """Lines of C at a depth."""
    return "\n".join([f"{'    ' * depth}{line}" for line in lines])


class Source:
    """The statements of one program."""

    def __init__(self, program: Program, name: str) -> None:
        self.program = program
        self.name = name
        self.tables: list[str] = []
        self.used: set[int] = set()

    def both_ways(self) -> tuple[list[str], list[str]]:
        """The statements of the forward pass, and those of the backward pass."""
        forward: list[str] = []
        backward: list[list[str]] = []
        offsets = self.program.offsets
        for number in range(len(offsets) - 1):
            words = list(self.program.words[offsets[number] : offsets[number + 1]])
            there, back = self.instruction(words)
            forward += there
            if number < self.program.differentiable:
                backward.append(back)
        return forward, [line for lines in reversed(backward) for line in lines]

    def instruction(self, words: list[int]) -> tuple[list[str], list[str]]:
        """One instruction there and back."""
        kind, *rest = words
        if kind == SCALARS:
            return self.scalars(rest)
        if kind == MAP:
            code, count, out, place, x, x_step, y, y_step = rest
            return self.loop(code, count, out, place, affine(x, x_step), affine(y, y_step))
        if kind == GATHER:
            code, count, out, place = rest[:4]
            slots = self.table(rest[4:])
            return self.loop(code, count, out, place, f"{slots}[i]", f"{slots}[{count} + i]")
        if kind == DOT:
            rows, terms, out, x, x_row, x_step, y, y_row, y_step, bias, bias_row = rest
            return self.sums(
                rows,
                terms,
                out,
                affine(x, x_row, x_step),
                affine(y, y_row, y_step),
                affine(bias, bias_row) if bias >= 0 else "",
            )
        if kind == PICK:
            rows, terms, out, has_bias = rest[:4]
            slots, width = self.table(rest[4:]), 2 * rest[1] + has_bias
            return self.sums(
                rows,
                terms,
                out,
                f"{slots}[{width} * i + j]",
                f"{slots}[{width} * i + {terms} + j]",
                f"{slots}[{width} * i + {2 * terms}]" if has_bias else "",
            )
        return self.rows(rest)  # ROW or CALL

    def table(self, slots: Sequence[int]) -> str:
        """The name of a table of slots."""
        name = f"{self.name}_slots{len(self.tables)}"
        self.tables.append(array_text("int", name, [str(slot) for slot in slots]))
        return name

    def all_tables(self) -> Iterator[str]:
        """Constants, parameters as they are now, and slots."""
        if self.program.constants:
            numbers = [c_number(number) for number in self.program.constants]
            yield array_text("double", f"{self.name}_constants", numbers)
        if self.program.parameters:
            numbers = [c_number(node.data) for node in self.program.parameters]
            text = array_text("double", f"{self.name}_parameters", numbers)
            yield text.removeprefix("static ")
        yield from self.tables

    def operations(self) -> list[Operation]:
        """The operations that are called, in the order of the table."""
        return [OPERATIONS[code] for code in sorted(self.used)]

    def call(self, code: int, operands: Sequence[str], derivatives: str) -> str:
        """The call of an operation's function."""
        self.used.add(code)
        operation = OPERATIONS[code]
        return f"{rule_name(operation)}({', '.join([*operands, derivatives])})"

    def scalars(self, words: list[int]) -> tuple[list[str], list[str]]:
        """Operations one after the other."""
        count, out, place = words[:3]
        forward: list[str] = []
        backward: list[list[str]] = []
        for i in range(count):
            code, x, y = words[3 + 3 * i : 6 + 3 * i]
            there, back = self.one(code, str(out + i), str(place), str(x), str(y))
            forward.append(there)
            backward.append(back)
            if code not in PLAIN:
                place += OPERATIONS[code].arity
        return forward, [line for lines in reversed(backward) for line in lines]

    def one(self, code: int, out: str, place: str, x: str, y: str) -> tuple[str, list[str]]:
        """One operation of one or two operands, there and back."""
        if code in (ADD, SUB, MUL):
            sign = {ADD: "+", SUB: "-", MUL: "*"}[code]
            there = f"v[{out}] = v[{x}] {sign} v[{y}];"
            if code == MUL:
                return there, [f"g[{x}] += g[{out}] * v[{y}];", f"g[{y}] += g[{out}] * v[{x}];"]
            return there, [f"g[{x}] += g[{out}];", f"g[{y}] {sign}= g[{out}];"]
        if code == NEG:
            return f"v[{out}] = -v[{x}];", [f"g[{x}] -= g[{out}];"]
        operands = [x, y][: OPERATIONS[code].arity]
        there = (
            f"v[{out}] = {self.call(code, [f'v[{slot}]' for slot in operands], f'd + {place}')};"
        )
        back = [
            f"g[{slot}] += g[{out}] * d[{place}{f' + {k}' if k else ''}];"
            for k, slot in enumerate(operands)
        ]
        return there, back

    def loop(
        self, code: int, count: int, out: int, place: int, x: str, y: str
    ) -> tuple[list[str], list[str]]:
        """One operation many times."""
        arity = OPERATIONS[code].arity
        where = f"{place} + {arity} * i"
        there, back = self.one(code, f"{out} + i", where, x, y)
        head = f"for (i = 0; i < {count}; i++) {{"
        return (
            [head, f"    {there}", "}"],
            [head, *[f"    {line}" for line in back], "}"],
        )

    def sums(
        self, rows: int, terms: int, out: int, x: str, y: str, bias: str
    ) -> tuple[list[str], list[str]]:
        """Sums of products."""
        outer = f"for (i = 0; i < {rows}; i++) {{"
        inner = f"    for (j = 0; j < {terms}; j++)"
        first = f"v[{bias}]" if bias else "0.0"
        forward = [
            outer,
            f"    out = {first};",
            f"{inner} out += v[{x}] * v[{y}];",
            f"    v[{out} + i] = out;",
            "}",
        ]
        backward = [
            outer,
            *([f"    g[{bias}] += g[{out} + i];"] if bias else []),
            f"{inner} {{",
            f"        g[{x}] += g[{out} + i] * v[{y}];",
            f"        g[{y}] += g[{out} + i] * v[{x}];",
            "    }",
            "}",
        ]
        return forward, backward

    def rows(self, words: list[int]) -> tuple[list[str], list[str]]:
        """Operations of any number of operands."""
        code, count, width, out, place = words[:5]
        slots = self.table(words[5:])
        outer = f"for (i = 0; i < {count}; i++) {{"
        here = f"d + {place} + {width} * i"
        if OPERATIONS[code].variadic:
            gathered = [
                f"    double row[{width}];",
                f"    for (j = 0; j < {width}; j++) row[j] = v[{slots}[{width} * i + j]];",
            ]
            called = self.call(code, ["row", str(width)], here)
        else:
            gathered = []
            operands = [f"v[{slots}[{width} * i + {j}]]" for j in range(width)]
            called = self.call(code, operands, here)
        forward = [outer, *gathered, f"    v[{out} + i] = {called};", "}"]
        backward = [
            outer,
            f"    for (j = 0; j < {width}; j++)",
            f"        g[{slots}[{width} * i + j]] += g[{out} + i] * d[{place} + {width} * i + j];",
            "}",
        ]
        return forward, backward

    def guards(self) -> Iterator[str]:
        """What makes sure that the arguments belong to this program's side of each branch."""
        guards = self.program.guards
        for place in range(0, len(guards), 4):
            relation, left, right, outcome = guards[place : place + 4]
            compared = f"v[{left}] {RELATIONS[relation]} v[{right}]"
            wrong = f"!({compared})" if outcome else compared
            yield f"if ({wrong}) {{ free(v); return NAN; }}"


def affine(first: int, row: int, step: int = 0) -> str:
    """A slot as an expression of i and j."""
    parts = [str(first)]
    for factor, index in ((row, "i"), (step, "j")):
        if factor:
            parts.append(f"{factor} * {index}" if factor != 1 else index)
    return " + ".join(parts)


def array_text(kind: str, name: str, items: Sequence[str]) -> str:
    """A constant array."""
    lines = [", ".join(items[i : i + IN_A_LINE]) for i in range(0, len(items), IN_A_LINE)]
    return f"static const {kind} {name}[{len(items)}] = {{\n    " + ",\n    ".join(lines) + "\n};"


def c_number(number: float) -> str:
    """A double, exactly."""
    if number != number:
        return "NAN"
    if number in (float("inf"), float("-inf")):
        return "INFINITY" if number > 0 else "-INFINITY"
    return repr(number)
