"""Mermaid text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, scope
from viz.mermaid import draw_mermaid, escaped

# What Mermaid's grammar allows in a flowchart, as far as it is used here.
LINE = re.compile(
    r"""flowchart\ (LR|RL|TB|BT)
    |\ {4}classDef\ \w+\ fill:\#\w{6},stroke:\#\w{6},color:\#\w{6}
    |\ {4}[ns]\d+(op)?(\["[^"]*"\]|\(\["[^"]*"\]\)|\[\["[^"]*"\]\]):::\w+
    |\ {4}[ns]\d+(op)?(\ --\ "[^"]*")?\ -->\ [ns]\d+(op)?""",
    re.VERBOSE,
)


def test_nodes_operations_and_arrows_are_there(lnexp):
    lines = draw_mermaid(lnexp).splitlines()
    assert lines[0] == "flowchart LR"
    assert '    n0["x<br/>value 1<br/>grad 1"]:::input' in lines
    assert '    n5op(["×"]):::operation' in lines
    assert '    n3 -- "∂h3/∂h2 = 2" --> n5op' in lines
    assert "    n5op --> n5" in lines
    assert sum("-->" in line for line in lines) == 6 + 4  # operands, operations
    assert all(LINE.fullmatch(line) for line in lines)


def test_before_backward_there_is_a_dash(skip_chain):
    assert "<br/>grad –" in draw_mermaid(skip_chain)


def test_local_derivatives_and_the_direction_are_a_choice(lnexp):
    text = draw_mermaid(lnexp, "TB", local_derivatives=False)
    assert text.startswith("flowchart TB\n")
    assert "∂" not in text
    with pytest.raises(ValueError, match="LR, RL, TB, BT, not 'UP'"):
        draw_mermaid(lnexp, "UP")


def test_parameters_are_coloured(lnexp):
    assert draw_mermaid(lnexp, parameters=["x"]).count(":::parameter") == 1


@given(st.text(max_size=30))
def test_any_label_is_safe(label):
    text = draw_mermaid(Value(1.0, label=label) * 2)
    assert all(LINE.fullmatch(line) for line in text.splitlines())


def test_markup_is_written_by_numbers():
    assert escaped('<b>"#35;`') == "#60;b#62;#34;#35;35#59;#96;"
    assert escaped("w_1 α₁") == "w_1 α₁"


def test_a_large_graph_is_collapsed_or_refused():
    x = Value(1.0, label="x")
    with scope("long"):
        y = x
        for _ in range(1000):
            y = y + 1
    text = draw_mermaid(y * 2)
    assert '    s0[["long<br/>1,000 nodes"]]:::scope' in text
    assert "    n0 --> s0" in text
    for _ in range(1000):
        x = x + 1
    with pytest.raises(ValueError, match="2,000 arrows, and Mermaid draws at most 500"):
        draw_mermaid(x)


def test_numbers_from_before_an_assignment_are_marked():
    x = Value(3.0, label="x")
    f = x * x
    assert "stale" not in draw_mermaid(f)
    x.data = 4.0
    lines = draw_mermaid(f).splitlines()
    assert "    class n1 stale" in lines
    assert lines[-1].startswith('    stale_note["dashed red#58; data was assigned after')
