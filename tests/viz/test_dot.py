"""DOT text and pictures: what is in them, that labels are safe, that the picture is drawn."""

import io
import math
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from autograd import Value, clip, ieee, leaky_relu, relu, scope, total, where
from viz import Picture, draw_dot
from viz.names import LONGEST_LABEL
from viz.styles import COLOURS

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "data" / "lnexp.dot"


def texts(root, **options):
    """The words in the SVG, in its order."""
    svg = draw_dot(root, **options).pipe("svg", encoding="utf-8")
    return [
        element.text
        for element in ElementTree.fromstring(svg).iter()
        if element.tag.endswith("}text")
    ]


def image(root, **options):
    picture = Image.open(io.BytesIO(draw_dot(root).pipe("png", **options)))
    picture.load()
    return picture.convert("RGB")


# ---- the text -----------------------------------------------------------------------------------


def test_the_text_is_the_golden_one(lnexp):
    assert draw_dot(lnexp).source == GOLDEN.read_text(encoding="utf-8")


def test_the_text_is_the_same_in_every_process():
    program = (
        "from autograd import Value, parse\n"
        "from viz import draw_dot\n"
        "root = parse('h = x*y + z; relu(h) * h + max(x, w)')(*map(Value, (1, 2, 3, 4)))\n"
        "root.backward()\n"
        "print(draw_dot(root).source)\n"
        "for style in ('compact', 'bare', 'key'):\n"
        "    heat = style == 'compact'\n"
        "    options = {'heat': heat, 'highlight': root.parents, 'depth': 2, 'clusters': True}\n"
        "    print(draw_dot(root, style=style, **options).source)"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in range(5)
    }
    assert len(answers) == 1


def test_two_nodes_of_one_label_stay_two_and_a_square_has_two_arrows():
    a, b = Value(1.0, label="w"), Value(2.0, label="w")
    source = draw_dot(a * b).source
    assert source.count("\tn0 [") == source.count("\tn1 [") == 1
    square = draw_dot(a * a).source
    assert square.count("\tn0 -> n1d") == square.count(" -> n1op\n") == 2


def test_parts_are_coloured_by_what_they_are():
    x = Value(1.0, label="x")
    w = Value(2.0, label="w")
    with scope("layer1"):
        b = Value(3.0, label="b")
    source = draw_dot(x * w + b, parameters=["w"]).source
    colours = {
        line.split()[0]: part
        for line in source.splitlines()
        for part, (fill, border) in COLOURS.items()
        if fill in line and border in line
    }
    # in topological order: x, w, x*w, b, the sum
    assert colours == {
        "n0": "input",
        "n1": "parameter",
        "n2": "inner",
        "n3": "parameter",
        "n4": "output",
    }
    assert draw_dot(x * w, parameters=[w]).source == draw_dot(x * w, parameters="w").source


def test_a_parameter_that_is_not_in_the_graph_is_an_error():
    with pytest.raises(ValueError, match="'v' is no leaf of this graph; its leaves: x"):
        draw_dot(Value(1.0, label="x") + 1, parameters=["v"])
    with pytest.raises(ValueError, match="is no leaf"):
        draw_dot(Value(1.0, label="x") + 1, parameters=[Value(2.0)])


@pytest.mark.parametrize(
    ("options", "words"),
    [({"format": "bmp"}, "png, svg, pdf, not 'bmp'"), ({"rankdir": "UP"}, "LR, RL, TB, BT")],
)
def test_wrong_options_say_what_is_possible(options, words):
    with pytest.raises(ValueError, match=words):
        draw_dot(Value(1.0), **options)


@pytest.mark.parametrize("wrong", [1.0, "x", None, []])
def test_what_is_no_value_is_a_type_error(wrong):
    with pytest.raises(TypeError, match="expected"):
        draw_dot(wrong)


# ---- the words in the picture -------------------------------------------------------------------


@pytest.mark.draws
def test_every_number_of_the_homework_is_in_the_picture(lnexp):
    words = texts(lnexp)
    for expected in ("x", "h1", "h2", "h3", "f", "ln", "exp", "×", "+", "40.1711", "20.0855"):
        assert expected in words
    assert "∂h3/∂z = 20.0855" in [word.replace("\xa0", " ").strip() for word in words]


@pytest.mark.draws
def test_before_backward_the_gradient_is_a_dash_and_a_zero_only_when_computed():
    x = Value(0.0, label="x")
    root = x * x
    assert texts(root).count("–") == 2
    root.backward()
    assert "–" not in texts(root)


@pytest.mark.draws
def test_numbers_have_six_digits_at_most_and_odd_ones_are_shown():
    with ieee():
        x = Value(1 / 3, label="third")
        root = x / 0.0 + math.nan - 1e-300
    assert "0.333333" in texts(root)
    assert "÷ 0" in texts(root)
    assert "nan" in texts(root)
    assert "− 1e-300" in texts(root)
    assert "-0" in texts(Value(-0.0))


@pytest.mark.draws
def test_plain_numbers_stand_with_the_symbol():
    x = Value(-2.0, label="x")
    words = texts(2 - leaky_relu(x, 0.1) ** 3)
    assert {"2 −", "leaky ReLU(·, 0.1)", "^ 3"} <= set(words)
    assert "clip(·, 0, 1)" in texts(clip(x, 0, 1))
    assert "where(1, ·, ·)" in texts(where(1, x, x))
    assert "ReLU" in texts(relu(x))


def test_each_label_stands_in_its_own_arrow(lnexp):
    source = draw_dot(lnexp).source
    assert source.count("∂") == 2 * 6
    assert '[label=" ∂h3/∂z = 20.0855 "' in source
    ends = [line.split(" -> ") for line in source.splitlines() if " -> " in line]
    into, out_of = [end for _, end in ends], [start.strip() for start, _ in ends]
    labels = [line.split()[0] for line in source.splitlines() if '[label=" ∂' in line]
    assert len(set(labels)) == 6
    for label in labels:
        assert out_of.count(label) == 1
        assert into.count(f"{label} [arrowhead=none]") == 1


@pytest.mark.draws
def test_an_operation_of_many_plain_numbers_has_a_short_symbol():
    root = total([Value(1.0), *range(1000)])
    assert max(map(len, texts(root))) <= LONGEST_LABEL


AWKWARD = [
    'quote"',
    "back\\slash",
    "trailing\\",
    "a|b{c}<d>",
    "line\nbreak",
    "a:b::c",
    "имя 名前 α₁",
    "<b>bold</b>",
    "<table>",
    "&amp;",
    "node",
    "graph",
    "%d",
    "\\N \\G \\l",
    "\x00\x07",
    " ",
    "-->",
    "]]>",
]


@pytest.mark.draws
@pytest.mark.parametrize("label", AWKWARD, ids=repr)
def test_awkward_labels_are_shown_as_they_are(label):
    root = Value(1.0, label=label) * Value(2.0, label="other")
    root.label = label
    words = [word.replace("\xa0", " ") for word in texts(root)]
    shown = " ".join(
        "".join(c if c.isprintable() else "\ufffd" for c in " ".join(label.split())).split()
    )
    assert words.count(shown or "(blank)") == 1 or shown == ""
    assert "×" in words  # the picture is whole


@pytest.mark.draws
def test_a_label_of_ten_thousand_characters_is_cut():
    assert max(map(len, texts(Value(1.0, label="x" * 10_000) + 1))) < 100


@pytest.mark.draws
@settings(max_examples=15, deadline=None)
@given(st.text(max_size=12), st.text(max_size=12))
@example("\ud800", "\uffff")
def test_any_label_gives_a_whole_picture(first, second):
    words = texts(Value(1.0, label=first) * Value(2.0, label=second))
    assert "×" in words
    assert words.count("value") == 3


# ---- the picture --------------------------------------------------------------------------------


@pytest.mark.draws
def test_the_png_has_a_size_and_is_not_blank(lnexp):
    picture = image(lnexp)
    assert 1000 < picture.width < 3000
    assert 300 < picture.height < 1000
    colours = {colour for _, colour in picture.getcolors(1 << 24)}
    assert {(255, 255, 255), (0xDB, 0xEA, 0xFE), (0xDC, 0xFC, 0xE7), (0x1E, 0x29, 0x3B)} <= colours


@pytest.mark.draws
def test_the_resolution_is_a_choice(lnexp):
    assert image(lnexp, dpi=72).width == pytest.approx(image(lnexp, dpi=144).width / 2, abs=2)


@pytest.mark.draws
def test_the_font_is_the_shipped_one_whatever_the_machine_has(tmp_path, monkeypatch):
    def pixels(label):
        return image(Value(1.0, label=label)).tobytes()

    here = pixels("iiii")
    assert pixels("WWWW") != here  # glyphs, not empty boxes
    # A machine without fonts: no home, no font folders, no configuration.
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("FONTCONFIG_PATH", str(tmp_path))
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "none.conf"))
    assert pixels("iiii") == here


@pytest.mark.draws
def test_the_picture_shows_itself_in_a_notebook(lnexp):
    bundle = draw_dot(lnexp)._repr_mimebundle_()
    assert bundle["image/svg+xml"].rstrip().endswith("</svg>")
    assert draw_dot(lnexp)._repr_mimebundle_(include=["image/png"])["image/png"][:4] == b"\x89PNG"


@pytest.mark.draws
def test_pdf(lnexp):
    assert draw_dot(lnexp).pipe("pdf").startswith(b"%PDF")


@pytest.mark.draws
def test_render_writes_as_graphviz_does(lnexp, tmp_path):
    picture = draw_dot(lnexp, format="png")
    assert picture.render(tmp_path / "f") == str(tmp_path / "f.png")
    assert (tmp_path / "f").read_text(encoding="utf-8") == picture.source
    assert picture.render(outfile=tmp_path / "g h.svg") == str(tmp_path / "g h.svg")
    assert picture.render("k", directory=tmp_path, cleanup=True) == str(tmp_path / "k.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f", "f.png", "g h.svg", "k.png"]


@pytest.mark.draws
@pytest.mark.parametrize("name", ["f.png", "f.SVG", "f.pdf"])
def test_a_name_that_ends_in_a_format_is_the_picture_itself(lnexp, tmp_path, name):
    assert draw_dot(lnexp).render(tmp_path / name) == str(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes()[:4] in (b"\x89PNG", b"<?xm", b"%PDF")


@pytest.mark.draws
def test_with_a_format_the_name_is_that_of_the_text_as_in_graphviz(lnexp, tmp_path):
    assert draw_dot(lnexp).render(tmp_path / "f.v1", format="svg") == str(tmp_path / "f.v1.svg")
    assert (tmp_path / "f.v1").read_text(encoding="utf-8").startswith("digraph")


@pytest.mark.parametrize("wrong", ["dip", "scale", "renderer", "outfil"])
def test_unknown_arguments_are_refused_not_swallowed(lnexp, wrong):
    for draw in (draw_dot(lnexp).pipe, draw_dot(lnexp).render):
        with pytest.raises(TypeError, match=wrong):
            draw(**{wrong: 1})


@pytest.mark.draws
def test_dot_is_the_only_layout(lnexp):
    assert draw_dot(lnexp).pipe("svg", engine="dot", quiet=True)
    with pytest.raises(ValueError, match="laid out with 'dot', not 'neato'"):
        draw_dot(lnexp).pipe("svg", engine="neato")


@pytest.mark.draws
def test_viewing_opens_the_picture_that_was_written(lnexp, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(
        Picture, "_view", lambda self, path, **options: seen.append((path, options))
    )
    draw_dot(lnexp).view(tmp_path / "f", cleanup=True, quiet_view=True)
    assert seen == [(str(tmp_path / "f.svg"), {"format": "svg", "quiet": True})]


@pytest.mark.draws
def test_a_folder_that_is_not_there_is_an_error_and_leaves_nothing(lnexp, tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        draw_dot(lnexp).render(outfile=tmp_path / "none" / "f.png")
    assert list(tmp_path.iterdir()) == []
