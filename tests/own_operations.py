"""A user's operation, in the table for the time of a test."""

from contextlib import contextmanager

from autograd import Value
from autograd.functions import CALLABLE, FUNCTIONS
from autograd.registry import BY_NAME, OPERATIONS, operation


@contextmanager
def entered(rule, notation="", **entry):
    """The table's entry of a rule; in the end, it and what was made of it are taken out again."""
    made = operation(rule, notation, **entry)
    try:
        yield made
    finally:
        OPERATIONS.remove(made)
        for name in (made.name, *made.aliases):
            del BY_NAME[name]
            FUNCTIONS.pop(name, None)
            CALLABLE.pop(name, None)
            if name in vars(Value):
                delattr(Value, name)
