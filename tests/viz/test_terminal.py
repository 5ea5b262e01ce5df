"""The table and the steps as text, at the widths people have."""

import io

import pytest
from rich.console import Console

from autograd import Value, relu
from examples.demo import relu_chain
from viz import explain, table


def printed(show, root, width=80, **options):
    console = Console(file=io.StringIO(), width=width, highlight=False, **options)
    show(root, console=console)
    return console.file.getvalue()


def test_the_table_of_the_homework(lnexp):
    text = printed(table, lnexp)
    rows = {line.split()[0]: line.split() for line in text.splitlines() if line.split()}
    assert rows["y"] == ["y", "input", "3", "40.1711"]
    assert rows["h2"] == ["h2", "exp(y)", "20.0855", "∂h2/∂y", "=", "20.0855", "2"]
    assert "∂h3/∂z = 20.0855" in text


def test_before_backward_the_gradient_is_a_dash(skip_chain):
    assert printed(table, skip_chain).count("–") == 12
    assert " 0.94" not in printed(table, skip_chain)


def test_explain_shows_symbols_numbers_and_the_running_gradient(skip_chain):
    text = printed(explain, skip_chain)
    assert "1, as v5 > 0" in text
    assert "(-0.2) * 0.3" in text
    assert "0.94" in text


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120])
@pytest.mark.parametrize("show", [table, explain])
def test_no_line_is_wider_than_the_window(show, width, skip_chain):
    for line in printed(show, skip_chain, width).splitlines():
        assert len(line.rstrip()) <= width


def words(text):
    return {word for word in text.replace(":", " ").split() if "─" not in word}


@pytest.mark.parametrize("width", [20, 40, 59, 60, 70, 80])
@pytest.mark.parametrize("show", [table, explain])
def test_no_number_and_no_name_is_broken(show, width, lnexp, skip_chain):
    for root in (lnexp, skip_chain):
        assert words(printed(show, root, width)) <= words(printed(show, root, 200))


def test_a_long_label_is_not_broken_where_it_would_fit_a_line_of_its_own():
    name = "the_weight_of_the_first_input_of_the_second_neuron"
    root = Value(2.0, label=name) * Value(3.0, label=f"{name}2")
    for show in (table, explain):
        text = printed(show, root, 80)
        assert f"∂f/∂{name}2" in text


def test_a_narrow_window_gets_blocks(lnexp):
    text = "h2\n  operation: exp(y)\n  value: 20.0855\n  local derivatives: ∂h2/∂y = 20.0855\n"
    assert text in "\n".join(line.rstrip() for line in printed(table, lnexp, 59).splitlines())
    assert "  local derivatives:\n    ∂h3/∂h2 = 2" in printed(table, lnexp, 20)


def test_the_demo_fits_eighty_columns_without_a_break():
    root = relu_chain()
    assert printed(explain, root, 80).count("\n") == printed(explain, root, 200).count("\n")


def test_a_terminal_without_unicode_gets_a_plain_d(lnexp):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="latin-1")
    for show in (table, explain):
        show(lnexp, console=Console(file=stream, width=80))
    stream.flush()
    assert b"dh3/dz = 20.0855" in raw.getvalue()
    assert b"df/dh3 * dh3/dz" in raw.getvalue()


def test_no_product_and_no_gradient_is_minus_0():
    """0 * -1 is the float -0.0; on paper it is 0."""
    x, y = Value(-1.0, label="x"), Value(2.0, label="y")
    shown = printed(explain, relu(x * y))
    assert "0 * (-1) = 0" in shown
    assert "-0" not in shown


def test_explaining_two_results_at_once_is_refused(lnexp):
    with pytest.raises(TypeError, match="one result at a time"):
        explain([lnexp, lnexp])


def test_line_breaks_and_control_characters_in_labels_do_nothing():
    root = Value(1.0, label="two\nlines") * Value(2.0, label="\x1b[2Jcleared")
    for show in (table, explain):
        text = printed(show, root, 120)
        assert "two lines" in text
        assert "\x1b" not in text


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


def long_chain(count):
    x = Value(1.0, label="x")
    for _ in range(count):
        x = x * 1.001
    return x


@pytest.mark.parametrize("width", [40, 80])
def test_ten_thousand_steps_are_printed_to_the_last_one(width):
    text = printed(explain, long_chain(5000), width)
    assert text.count("∂v2/∂v1") == 1
    numbers = [line.split()[0] for line in text.splitlines() if line[:1].isdigit()]
    assert numbers[-1] == "10002"  # 5001 nodes, the seed, 5000 edges


def test_all_rows_of_a_long_table_have_the_same_columns():
    lines = printed(explain, long_chain(1200), 120).splitlines()
    rows = [line for line in lines if "∂" in line]
    assert len({len(line) for line in rows}) == 1  # the gradient ends at the edge


def test_the_output_is_written_in_batches():
    class Stream(io.StringIO):
        writes = 0

        def write(self, text):
            self.writes += bool(text)
            return super().write(text)

    stream = Stream()
    explain(long_chain(3000), console=Console(file=stream, width=80))
    assert stream.writes > 10


def test_no_spaces_stand_at_the_ends_of_lines(skip_chain):
    for show in (table, explain):
        for width in (70, 80):
            lines = printed(show, skip_chain, width).splitlines()
            assert lines == [line.rstrip() for line in lines]


def test_no_color_leaves_no_colours(lnexp, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    text = printed(explain, lnexp, force_terminal=True, color_system="standard")
    assert "\x1b[1m" in text  # bold is no colour
    assert not [code for code in ("36m", "32m") if code in text]


def test_wide_characters_keep_the_columns_straight():
    root = Value(2.0, label="重み") * Value(3.0, label="w")
    rows = [line for line in printed(table, root).splitlines() if "input" in line]
    assert [row.replace("重み", "wwww").index("input") for row in rows] == [6, 6]


def test_the_table_says_what_no_longer_follows_from_its_operands(lnexp):
    assert "again" not in printed(table, lnexp)
    lnexp.parents[1].parents[1].data = 5.0  # z, of which h3 = h2 * z was computed
    lines = printed(table, lnexp, 60).splitlines()
    assert " ".join(" ".join(lines[-2:]).split()) == (
        "Data was assigned after h3 was computed: build the expression again"
    )
