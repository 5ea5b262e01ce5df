"""Renderers that are missing, broken, slow or wrong; files that are no ordinary files."""

import math
import os
import threading

import pytest

from autograd.files import write_file
from viz import draw_dot
from viz.render import FONT, is_complete, render

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
        RuntimeError, match="-m pip install pygraphviz.*`dot` is on the PATH.*DOT text"
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


@pytest.mark.draws
def test_text_that_is_no_dot_is_an_error_not_a_picture():
    with pytest.raises(RuntimeError, match="Graphviz failed"):
        render("digraph { a -> ", "svg")


@pytest.mark.draws
def test_drawing_leaves_no_file_beside_the_font(tmp_path, monkeypatch):
    font = tmp_path / FONT.name
    font.write_bytes(FONT.read_bytes())
    monkeypatch.setattr("viz.render.FONT", font)
    assert is_complete(render(PICTURE, "png"), "png")
    assert list(tmp_path.iterdir()) == [font]


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


def test_a_symbolic_link_stays_one_and_its_file_is_written(tmp_path):
    (tmp_path / "folder").mkdir()
    real, link = tmp_path / "folder" / "real", tmp_path / "link"
    link.symlink_to(real)
    for content in ("new", "newer"):
        write_file(link, content)
        assert link.is_symlink()
        assert real.read_text() == content
    assert list((tmp_path / "folder").iterdir()) == [real]


@pytest.mark.parametrize("through_a_link", [False, True])
def test_a_pipe_is_written_to_not_replaced(tmp_path, through_a_link):
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    received = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_file(link if through_a_link else pipe, b"picture")
    reader.join(timeout=10)
    assert received == [b"picture"]
    assert pipe.is_fifo()
    assert sorted(tmp_path.iterdir()) == [link, pipe]


def test_an_existing_file_keeps_its_permissions(tmp_path):
    target = tmp_path / "f"
    target.write_text("old")
    target.chmod(0o640)
    write_file(target, "new")
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("new", 0o640)


def test_a_name_of_the_longest_length_is_written_and_a_longer_one_is_named(tmp_path):
    write_file(tmp_path / ("n" * 255), "")
    with pytest.raises(OSError, match="cannot write .*nnnn: File name too long"):
        write_file(tmp_path / ("n" * 256), "")


def test_links_in_a_circle_are_an_error(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(OSError, match="cannot write .*a: Too many levels"):
        write_file(tmp_path / "a", "")


@pytest.mark.parametrize("dpi", [0, -1, math.inf, math.nan])
def test_a_dpi_must_be_positive(dpi):
    with pytest.raises(ValueError, match="dpi must be a positive number, such as 144, not"):
        render(PICTURE, "png", dpi=dpi)


def test_a_dpi_must_be_a_number():
    with pytest.raises(TypeError, match="dpi must be a number, such as 144, not str"):
        render(PICTURE, "png", dpi="300")


def test_a_picture_of_another_format_is_refused_not_called_so(tmp_path, lnexp):
    with pytest.raises(ValueError, match="no .jpg is drawn; the formats are"):
        draw_dot(lnexp).render(tmp_path / "f.jpg")
    assert list(tmp_path.iterdir()) == []
