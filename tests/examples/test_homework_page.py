"""docs/homework.md: each problem is there, and each link leads to the line that works it."""

import re

import pytest

from docs.homework_lines import LINK, PAGE, line_of, with_right_lines

TEXT = PAGE.read_text(encoding="utf-8")
LINKS = list(LINK.finditer(TEXT))


def test_every_link_leads_to_the_line_where_its_function_begins():
    for link in LINKS:
        lines = (PAGE.parent / link["file"]).read_text(encoding="utf-8").splitlines()
        line = lines[int(link["line"]) - 1]
        assert re.match(rf"(def |class )?{link['name']}\b", line), (
            f"{link[0]} leads to {line!r}: python -m docs.homework_lines sets such links right"
        )


def test_links_to_examples_have_no_other_form():
    assert TEXT.count("../examples/") == len(LINKS) > 80


def test_lines_are_renewed_by_name():
    moved = TEXT.replace(LINKS[0][0], LINKS[0][0].replace("#L", "#L9"))
    assert moved != TEXT
    assert with_right_lines(moved) == with_right_lines(TEXT)


def test_a_function_that_is_gone_is_named():
    with pytest.raises(ValueError, match=r"there is no twenty_paths in relu_chain\.py"):
        line_of("twenty_paths", PAGE.parent / "../examples/relu_chain.py")


@pytest.mark.parametrize(
    ("section", "problems"),
    [
        (
            "CSE517A",
            "P1 P3(a) P3(b) P4(a) P4(b) P4(c) P4(d) P4(e) P5(a) P5(b) P5(c) P5(d) P6(a) P6(b)",
        ),
        ("A ReLU chain", "1 T3 T4"),
        (
            "IFT6135",
            "Q1.1 Q1.2 Q1.3 Q1.4 Q1.5 Q1.6 Q2.1(d) Q2.2(a-c) Q2.2(d) Q2.3 Q2.4 Q3 Q4.1 Q4.2",
        ),
        ("IFT6135", "Q5.1 Q5.2 Q5.3"),
        ("CU Boulder", "1(b) 2(a) 2(b) 3(a) 3(b) 4(a) 4(b) 4(c)"),
        ("COSC490", "1.1,1.6 1.5 1.7 1.8 2.1-2.6 2.7 3.2 3.5,3.6 4.1 4.2 4.3 5.1,5.2 5.3,5.4"),
        ("COSC490", "6.1.3 6.1.4 6.1.5"),
    ],
)
def test_every_problem_is_in_the_table_of_its_document(section, problems):
    (table,) = [part for part in TEXT.split("\n## ") if part.startswith(section)]
    listed = {row.split("|")[1].replace(" ", "") for row in table.splitlines() if "#L" in row}
    assert set(problems.split()) <= listed
