"""The examples in the docstrings are right, and public names have docstrings."""

import doctest
import importlib
import pkgutil
from importlib.util import find_spec

import pytest

import autograd
import examples
import nn
import viz

MODULES = [
    module.name
    for package in (autograd, nn, nn.optim, viz, examples)
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + ".")
    if not module.name.endswith("__main__")
] + ["autograd", "nn", "viz"]
PUBLIC = {name: getattr(autograd, name) for name in autograd.__all__}


#: Modules that can be imported with an extra only, and the package that it brings.
NEEDS = {"viz.walk_tui": "textual"}
MODULES = [name for name in MODULES if find_spec(NEEDS.get(name, "autograd"))]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    module = importlib.import_module(name)
    finder = doctest.DocTestFinder(exclude_empty=True)
    runner = doctest.DocTestRunner(verbose=False)
    for test in finder.find(module, extraglobs=PUBLIC):
        runner.run(test)
    assert runner.failures == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder()
    counts = [
        len(test.examples)
        for name in MODULES
        for test in finder.find(importlib.import_module(name))
    ]
    assert sum(counts) > 40


def test_every_public_name_has_a_docstring():
    for package in (autograd, nn, viz):
        for name in package.__all__:
            assert getattr(package, name).__doc__, name


def test_the_stub_lists_what_there_is():
    from pathlib import Path

    from autograd.stubs import stub

    path = Path(autograd.__file__).with_name("functions.pyi")
    assert path.read_text(encoding="utf-8") == stub(), "run: python -m autograd.stubs"
