"""Random graphs as small programs, run by either form of the engine; answers as exact text.

A program is a list of numbers (the leaves) and of operations on earlier places. Run as a script it
reads one program a line (JSON) and answers each with a line, so that two processes can be compared.
"""

import json
import math
import sys

from autograd import Value, dot, ieee
from autograd.functions import FUNCTIONS
from autograd.registry import OPERATIONS

#: Every operation with a fixed number of operands, by name, and that number.
ARITIES = {entry.name: entry.arity for entry in OPERATIONS[1:] if not entry.variadic}
ROWS = sorted(entry.name for entry in OPERATIONS[1:] if entry.variadic)


def exact(number):
    """A float as text that tells all bits apart that matter: one nan is like another."""
    return "nan" if math.isnan(number) else number.hex()


def build(program):
    """The nodes of a program: leaves, then one an operation; plain numbers where it says so."""
    places = [
        Value(float.fromhex(number)) if is_value else float.fromhex(number)
        for is_value, number in program["leaves"]
    ]
    return extended(places, program["operations"])


def extended(places, operations):
    """The places, and after them one more for each operation on earlier ones."""
    places = [*places]
    for name, operands in operations:
        chosen = [places[i] for i in operands]
        if name == "dot":
            half = len(chosen) // 2
            bias = chosen[-1] if len(chosen) % 2 else None
            result = dot(chosen[:half], chosen[half : 2 * half], bias=bias)
        else:
            result = FUNCTIONS[name](*chosen)
        places.append(result)
    return places


def answer(program):
    """Everything that the engine says of a program, as text; the error it ends with, if any."""
    said = []
    try:
        if program["ieee"]:
            with ieee():
                places = build(program)
                roots = [place for place in places if isinstance(place, Value)]
                roots[-1].backward(program["seed"])
        else:
            places = build(program)
            roots = [place for place in places if isinstance(place, Value)]
            roots[-1].backward(program["seed"])
        for place in places:
            if isinstance(place, Value):
                said.append(exact(place.data))
                said.append([exact(number) for number in place.local_derivatives])
                said.append(exact(place.grad) if place.has_grad else None)
            else:
                said.append(exact(place))
    except (ValueError, ArithmeticError) as error:
        said.append([type(error).__name__, str(error)])
    return json.dumps(said)


if __name__ == "__main__":
    for line in sys.stdin:
        print(answer(json.loads(line)), flush=True)
