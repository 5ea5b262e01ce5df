"""The guide is built without a warning, lacks no public name, and needs no network."""

import doctest
import importlib
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import autograd
import nn
import viz

ROOT = Path(__file__).parents[1]
LONG = os.environ.get("CHALKGRAD_TEST_ALL") == "1"
needs_sphinx = pytest.mark.skipif(find_spec("sphinx") is None, reason="needs the extra docs")
NAMED = re.compile(r"^\.\. auto\w+:: (\S+)$", flags=re.MULTILINE)
#: What a browser fetches by itself: not the links that a reader may follow.
FETCHED = re.compile(
    r"<(?:script|img|iframe|source|link)\b[^>]*(?:src|href)=\"((?:https?:)?//[^\"]*)"
    r"|(?:url\(|@import )[\"']?((?:https?:)?//[^)\"']*)"
)


@pytest.mark.parametrize("package", [autograd, nn, viz], ids=lambda package: package.__name__)
def test_the_reference_has_every_public_name(package):
    text = (ROOT / "docs" / "api" / f"{package.__name__}.md").read_text(encoding="utf-8")
    tables = re.findall(r"```{operations}\n(.*?)```", text, flags=re.DOTALL)
    named = {*NAMED.findall(text), *" ".join(tables).split()}
    aliases = {"log"}  # of ln
    modules = {"data", "init", "optim"}  # listed as nn.data, nn.init and nn.optim
    assert set(package.__all__) - aliases - modules == {
        name for name in named if name in package.__all__
    }


@pytest.mark.skipif(not LONG, reason="takes half a minute: make test-all")
@needs_sphinx
def test_it_is_built_without_a_warning_and_fetches_nothing(tmp_path):
    site = tmp_path / "site"
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-E", "-q", "docs", str(site)],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=600,
    )
    assert (done.returncode, done.stderr) == (0, "")
    engine = (site / "code" / "autograd" / "engine.py.html").read_text(encoding="utf-8")
    assert 'id="L-1"' in engine
    assert "code/autograd/engine.py.html#L-1" in (site / "engine.html").read_text(encoding="utf-8")
    texts = [path for path in site.rglob("*") if path.suffix in (".html", ".css")]
    assert len(texts) > 10
    for path in texts:
        text = path.read_text(encoding="utf-8")
        assert not FETCHED.findall(text), path.name


@pytest.mark.parametrize(
    "text",
    [
        '<script async src="https://example.org/MathJax.js"></script>',
        '<link rel="stylesheet" href="//example.org/font.css" />',
        "@import url('https://example.org/font.css')",
        "src: url(https://example.org/font.woff2)",
    ],
)
def test_what_would_be_fetched_is_found(text):
    assert FETCHED.search(text)


@needs_sphinx
@pytest.mark.parametrize("name", ["docs.docstrings", "docs.sources"])
def test_the_examples_of_what_builds_it_are_right(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted
    assert not result.failed


@needs_sphinx
@pytest.mark.parametrize("link", ["nn/no_such_file.py", "nn/linear.py#L99999"])
def test_a_link_to_a_line_that_is_not_there_is_a_warning(link, monkeypatch):
    from docs import sources

    warnings = []
    monkeypatch.setattr(sources.logger, "warning", lambda *words, **_: warnings.append(words))
    sources.to_pages(None, "page", [f"[here](../{link})"])
    assert len(warnings) == 1
