"""Which form of the engine runs, and how it comes to be built."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import autograd
from autograd import native

ROOT = Path(__file__).parents[2]
LONG = os.environ.get("CHALKGRAD_TEST_ALL") == "1"
long_test = pytest.mark.skipif(not LONG, reason="takes minutes: make test-all")
compiled_only = pytest.mark.skipif(
    autograd.backend() != "compiled", reason="nothing is compiled here"
)

SAY = "import autograd; print(autograd.backend(), (autograd.Value(2.0) * 3).data)"


def python(code, folder, **environment):
    environment = {**os.environ, "PYTHONPATH": str(folder), **environment}
    environment.pop("CHALKGRAD_TEST_BACKEND", None)
    return subprocess.run(
        [sys.executable, "-W", "always", "-c", code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def checkout(tmp_path):
    """A copy of the sources and of what is compiled beside them."""
    shutil.copytree(
        ROOT / "autograd", tmp_path / "autograd", ignore=shutil.ignore_patterns("__py*")
    )
    return tmp_path


def test_the_plain_form_can_be_asked_for(checkout):
    done = python(SAY, checkout, CHALKGRAD_PURE="1")
    assert (done.stdout, done.stderr) == ("python 6.0\n", "")


def test_the_plain_form_needs_no_cython_and_leaves_no_trace_of_the_stand_in(checkout):
    code = f"{SAY}; import sys; print('cython' in sys.modules)"
    (checkout / "cython.py").write_text("raise ImportError('Cython was asked for')")
    done = python(code, checkout, CHALKGRAD_PURE="1")
    assert done.stdout == "python 6.0\nFalse\n"


@compiled_only
def test_the_compiled_form_runs_where_it_is_built(checkout):
    done = python(SAY, checkout, CHALKGRAD_PURE="")
    assert (done.stdout, done.stderr) == ("compiled 6.0\n", "")


@compiled_only
@pytest.mark.parametrize("name", ["engine.py", "operations.py", "engine.pxd", "memory.pxd"])
def test_an_edited_source_is_noticed_and_the_stale_build_does_not_run(checkout, name):
    source = checkout / "autograd" / name
    source.write_text(source.read_text() + "\n# edited\n")
    done = python(SAY, checkout, CHALKGRAD_PURE="")
    assert done.stdout == "python 6.0\n"
    assert "RuntimeWarning: the sources in" in done.stderr
    assert f"Build it again with `make` or `{sys.executable} -m pip install .`" in done.stderr


@compiled_only
def test_a_part_of_a_build_does_not_run(checkout):
    native_file = next((checkout / "autograd").glob("functions.*.so"))
    native_file.unlink()
    done = python(SAY, checkout, CHALKGRAD_PURE="")
    assert done.stdout == "python 6.0\n"
    assert "RuntimeWarning" in done.stderr


def test_line_endings_do_not_change_the_fingerprint(monkeypatch, checkout):
    before = native.fingerprint()
    monkeypatch.setattr(native, "FOLDER", checkout / "autograd")
    for path in (checkout / "autograd").glob("*.p*"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert native.fingerprint() == before


# ---- building, from the sources as a release has them -------------------------------------------

BUILD = {"CHALKGRAD_PURE": "", "PYTHONDONTWRITEBYTECODE": ""}


@pytest.fixture(scope="module")
def tools(tmp_path_factory):
    """setuptools and Cython in a folder of their own."""
    folder = tmp_path_factory.mktemp("tools")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder)]
    subprocess.run([*command, "setuptools>=77", "Cython>=3.1", "wheel"], check=True)
    return folder


@pytest.fixture(scope="module")
def sdist(tools, tmp_path_factory):
    """The source distribution, unpacked."""
    source = tmp_path_factory.mktemp("source") / "checkout"
    ignored = shutil.ignore_patterns(".git", ".venv", "build", "*.so", "out", "*.egg-info")
    shutil.copytree(ROOT, source, ignore=ignored)
    out = tmp_path_factory.mktemp("sdist")
    done = subprocess.run(
        [sys.executable, "-c", f"import setuptools.build_meta as b; b.build_sdist({str(out)!r})"],
        cwd=source,
        env={**os.environ, **BUILD, "PYTHONPATH": str(tools)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # not in early 3.10
    with tarfile.open(next(out.glob("*.tar.gz"))) as archive:
        archive.extractall(out, **safely)
    return next(path for path in out.iterdir() if path.is_dir())


def build_wheel(sdist, tools, tmp_path, in_place=False, **environment):
    """A wheel made of a copy of the sdist: (the wheel, what was printed)."""
    source = sdist
    if not in_place:
        source = tmp_path / "source"
        shutil.copytree(sdist, source)
    code = f"import setuptools.build_meta as b; b.build_wheel({str(tmp_path)!r})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=source,
        env={**os.environ, **BUILD, "PYTHONPATH": str(tools), **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return next(tmp_path.glob("*.whl")), done.stdout + done.stderr


def installed(wheel, tmp_path):
    """The folder in which the wheel's files lie, as if installed."""
    folder = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@long_test
@compiled_only
def test_a_wheel_from_the_sdist_is_compiled_without_a_warning(sdist, tools, tmp_path):
    wheel, printed = build_wheel(sdist, tools, tmp_path)
    assert "warning" not in printed.lower(), printed
    assert "any.whl" not in wheel.name
    folder = installed(wheel, tmp_path)
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    assert {"autograd/engine.py", "viz/fonts/DejaVuSans.ttf", "viz/embedded/draw.py"} <= names
    assert not [name for name in names if name.startswith(("tests", "examples", "benchmarks"))]
    done = python(SAY, folder, CHALKGRAD_PURE="")
    assert (done.stdout, done.stderr) == ("compiled 6.0\n", "")


@long_test
def test_without_a_compiler_the_wheel_is_plain_and_works(sdist, tools, tmp_path):
    wheel, printed = build_wheel(sdist, tools, tmp_path, CC="/nowhere/cc")
    assert "the plain Python engine will run" in printed
    assert wheel.name.endswith("py3-none-any.whl")
    done = python(SAY, installed(wheel, tmp_path), CHALKGRAD_PURE="")
    assert (done.stdout, done.stderr) == ("python 6.0\n", "")


@long_test
@compiled_only
def test_if_one_module_cannot_be_compiled_none_is(sdist, tools, tmp_path):
    compiler = tmp_path / "cc"
    compiler.write_text('#!/bin/sh\ncase "$*" in *engine.c*) exit 1;; esac\nexec cc "$@"\n')
    compiler.chmod(0o755)
    wheel, printed = build_wheel(sdist, tools, tmp_path, CC=str(compiler))
    assert "not compiled, the plain Python engine will run" in printed
    folder = installed(wheel, tmp_path)
    assert not list((folder / "autograd").glob("*.so"))
    assert python(SAY, folder, CHALKGRAD_PURE="").stdout == "python 6.0\n"


@long_test
@compiled_only
def test_a_build_for_elsewhere_leaves_what_is_compiled_beside_the_sources(sdist, tools, tmp_path):
    checkout = tmp_path / "checkout"
    shutil.copytree(sdist, checkout)
    ours = [checkout / "autograd" / path.name for path in native.compiled_files()]
    for path in ours:
        path.write_bytes(b"in use")
    build_wheel(checkout, tools, tmp_path, in_place=True)
    assert [path.read_bytes() for path in ours] == [b"in use"] * len(native.HOT)
