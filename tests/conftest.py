"""What several test files share."""

import os

import pytest

import autograd
from autograd import Value, exp, ln, relu
from viz.render import render


def pytest_sessionstart(session):
    """Fail where the engine under test is not the one that was asked for."""
    wanted = os.environ.get("CHALKGRAD_TEST_BACKEND")
    if wanted and autograd.backend() != wanted:
        pytest.exit(f"the {wanted} engine was to be tested, but {autograd.backend()} runs", 2)


def pytest_report_header():
    return f"engine: {autograd.backend()}"


def can_draw():
    """Whether there is anything on this machine that draws."""
    try:
        render("digraph { a }", "svg")
    except RuntimeError:
        return False
    return True


def pytest_collection_modifyitems(items):
    """Leave out the pictures where nothing can draw them."""
    drawing = [item for item in items if item.get_closest_marker("draws")]
    if drawing and not can_draw():
        for item in drawing:
            item.add_marker(pytest.mark.skip(reason="no renderer: neither pygraphviz nor dot"))


@pytest.fixture
def lnexp():
    """f = ln x + exp(y) * z at (1, 3, 2), the inner nodes named, backward done."""
    x, y, z = Value(1, label="x"), Value(3, label="y"), Value(2, label="z")
    h1, h2 = ln(x), exp(y)
    h3 = h2 * z
    f = h1 + h3
    for node, label in [(h1, "h1"), (h2, "h2"), (h3, "h3"), (f, "f")]:
        node.label = label
    f.backward()
    return f


@pytest.fixture
def skip_chain():
    """z = relu(relu(x0 w0 + b0) w1 + b1 + x0); backward not run."""
    x0, w0, w1 = Value(1, label="x0"), Value(0.3, label="w0"), Value(-0.2, label="w1")
    b0, b1 = Value(0.1, label="b0"), Value(-0.3, label="b1")
    x1 = relu(x0 * w0 + b0)
    z = relu(x1 * w1 + b1 + x0)
    x1.label, z.label = "x1", "z"
    return z
