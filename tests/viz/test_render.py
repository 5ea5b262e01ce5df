"""Renderers that are missing, broken, slow or wrong."""

import pytest

from viz.files import write_file
from viz.render import render

PICTURE = 'digraph { a [label="a"] b [label="b"] a -> b }'


@pytest.fixture
def no_embedded(tmp_path, monkeypatch):
    """A machine on which pygraphviz is there but cannot be imported, and no `dot` is found."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "pygraphviz.py").write_text("raise ImportError('no such library')")
    (tmp_path / "programs").mkdir()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "modules"))
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    return tmp_path / "programs"


def fake_dot(folder, script):
    program = folder / "dot"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_without_any_renderer_the_error_says_what_to_install(no_embedded):
    with pytest.raises(
        RuntimeError, match="pip install pygraphviz.*`dot` is on the PATH.*DOT text"
    ):
        render(PICTURE, "png")


def test_a_dot_program_is_used_where_pygraphviz_does_not_work(no_embedded):
    fake_dot(no_embedded, "/bin/cat > /dev/null; echo '<svg>drawn</svg>'")
    assert render(PICTURE, "svg") == b"<svg>drawn</svg>\n"


@pytest.mark.parametrize(
    ("script", "error", "words"),
    [
        ("echo 'layout failed' >&2; exit 7", RuntimeError, r"status 7\): layout failed"),
        ("/bin/sleep 20", TimeoutError, r"\(2 nodes\) within 0.5 s"),
        ("echo '<svg>'", RuntimeError, "no complete svg"),
        ("exit 0", RuntimeError, "0 bytes"),
        ("echo 'Error: bad label' >&2; echo '<svg></svg>'", RuntimeError, "bad label"),
    ],
)
def test_a_dot_program_that_goes_wrong_is_an_error(no_embedded, script, error, words):
    fake_dot(no_embedded, script)
    with pytest.raises(error, match=words):
        render(PICTURE, "svg", timeout=0.5 if error is TimeoutError else 20)


def test_other_complaints_are_passed_on_as_warnings_but_not_those_about_fonts(no_embedded):
    fake_dot(no_embedded, "echo 'Fontconfig warning: x' >&2; echo '<svg></svg>'")
    assert render(PICTURE, "svg")
    fake_dot(no_embedded, "echo 'Warning: odd size' >&2; echo '<svg></svg>'")
    with pytest.warns(RuntimeWarning, match="odd size"):
        render(PICTURE, "svg")


def test_text_that_is_no_dot_is_an_error_not_a_picture():
    with pytest.raises(RuntimeError, match="Graphviz failed"):
        render("digraph { a -> ", "svg")


def test_an_unknown_format_is_refused():
    with pytest.raises(ValueError, match="png, svg, pdf, not 'xyz'"):
        render(PICTURE, "xyz")


def test_files_are_written_whole_or_not_at_all(tmp_path, monkeypatch):
    target = tmp_path / "f.txt"
    write_file(target, "one")
    assert target.read_text() == "one"
    monkeypatch.setattr(
        "os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left"))
    )
    with pytest.raises(OSError, match=r"f\.txt: No space left"):
        write_file(target, "two")
    assert target.read_text() == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["f.txt"]


def test_what_cannot_be_written_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder"):
        write_file(tmp_path / "none" / "f", "")
    with pytest.raises(IsADirectoryError, match="is a folder"):
        write_file(tmp_path, "")
    (tmp_path / "file").write_text("")
    with pytest.raises(FileNotFoundError, match="no folder"):
        write_file(tmp_path / "file" / "f", "")


def test_written_files_have_ordinary_permissions(tmp_path):
    (tmp_path / "ordinary").write_text("")
    write_file(tmp_path / "ours", "")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "ordinary").stat().st_mode
