"""The table and the steps as text, at the widths people have."""

import io

import pytest
from rich.console import Console

from autograd import Value
from viz import explain, table


def printed(show, root, width=80, **options):
    console = Console(file=io.StringIO(), width=width, highlight=False, **options)
    show(root, console=console)
    return console.file.getvalue()


def test_the_table_of_the_homework(lnexp):
    text = printed(table, lnexp)
    rows = {line.split()[0]: line.split() for line in text.splitlines() if line.split()}
    assert rows["y"] == ["y", "input", "3", "40.1711"]
    assert rows["h2"] == ["h2", "exp(y)", "20.0855", "dh2/dy", "=", "20.0855", "2"]
    assert "dh3/dz = 20.0855" in text


def test_before_backward_the_gradient_is_a_dash(skip_chain):
    assert printed(table, skip_chain).count("–") == 12
    assert " 0.94" not in printed(table, skip_chain)


def test_explain_shows_symbols_numbers_and_the_running_gradient(skip_chain):
    text = printed(explain, skip_chain)
    assert "1, as v5 > 0" in text
    assert "(-0.2) * 0.3" in text
    assert "0.94" in text


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("show", [table, explain])
def test_no_line_is_wider_than_the_window(show, width, skip_chain):
    for line in printed(show, skip_chain, width).splitlines():
        assert len(line.rstrip()) <= width


def test_piped_output_has_no_escape_codes(lnexp):
    assert "\x1b" not in printed(explain, lnexp)
    assert "\x1b" in printed(explain, lnexp, force_terminal=True, color_system="standard")


def test_markup_in_a_label_is_shown_not_obeyed():
    root = Value(1.0, label="[bold]w[/bold]") * Value(2.0, label="[red]")
    root.backward()
    for show in (table, explain):
        assert "[bold]w[/bold]" in printed(show, root, 120)
        assert "[red]" in printed(show, root, 120)


def test_a_terminal_without_unicode_gets_a_hyphen(skip_chain):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    table(skip_chain, console=Console(file=stream, width=80))
    stream.flush()
    assert b" -\n" in raw.getvalue()
