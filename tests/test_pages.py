"""What the README and the guide show is what the program does."""

import re
from pathlib import Path

import pytest

from docs.blocks import PAGES, ROOT, Block, PageError, Reading, blocks_of, follow_page
from docs.make_pictures import pictures_of

README = ROOT / "README.md"
DRAWING = (".render(", "--png", "--svg", "--pdf", "worksheet")
IMAGE = re.compile(r'<img src="([^"]+)"')
LINK = re.compile(r"(?<!!)\[[^\]]+\]\((?!\w+:)([^)#\s]+)")


def page_parameter(page):
    draws = any(
        word in block.text for block in blocks_of(page) for word in DRAWING if block.language
    )
    name = str(page.relative_to(ROOT))
    return pytest.param(page, id=name, marks=[pytest.mark.draws] if draws else [])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder, as the current one, and a terminal of 80 columns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


@pytest.mark.parametrize("page", [page_parameter(page) for page in PAGES])
def test_a_pages_blocks_run_and_print_what_it_shows(page, folder):
    missing = follow_page(page, folder)
    made = {path.name for path in folder.iterdir()}
    if missing:
        pytest.skip(f"all but what needs {', '.join(sorted(set(missing)))} was run")
    assert set(pictures_of(page)) <= made


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pictures_and_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for name in pictures_of(page):
        assert (ROOT / "docs" / "pictures" / name).is_file(), name
    for target in [*LINK.findall(text), *IMAGE.findall(text)]:
        assert (page.parent / target).exists(), target


def test_pictures_load_quickly():
    for path in (ROOT / "docs" / "pictures").glob("*.png"):
        assert path.stat().st_size < 150_000, path.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_shows_a_folder_of_the_machine_that_it_was_written_on(page):
    assert not re.search(r"(?<!\w)/(tmp|home|root|Users)/", page.read_text(encoding="utf-8"))


def test_the_readmes_first_program_has_twelve_lines_at_most():
    program = next(block for block in blocks_of(README) if block.language == "python")
    assert len([line for line in program.text.splitlines() if line.strip()]) <= 12


def test_the_second_pass_is_the_one_that_steps_prints(folder):
    blocks = blocks_of(README)
    passes = next(block for block in blocks if block.text.startswith("Backward pass"))
    command = next(block for block in blocks if block.text.startswith('$ chalkgrad "h1'))
    with_steps = command.text.splitlines()[0] + " --steps\n...\n" + passes.text
    Reading(folder).follow(Block(README, passes.line, "console", "", {}, with_steps))


def test_the_engine_of_the_guide_has_37_lines():
    programs = [
        block.text for block in blocks_of(ROOT / "docs" / "engine.md") if block.language == "python"
    ]
    node = next(text for text in programs if text.startswith("class Node"))
    order = next(text for text in programs if text.startswith("def topological_order"))
    backward = [text for text in programs if text.startswith("def backward")][-1]
    order = order.partition("\n\n\ndef backward")[0]
    engine = "\n\n\n".join([part.strip("\n") for part in (node, order, backward)])
    assert len(engine.splitlines()) == 37


# ---- the mechanism itself -----------------------------------------------------------------------


def page_of(folder, text):
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    return page


@pytest.mark.parametrize(
    "text",
    [
        "```python\nprint(1)\n```\n\n```output\n2\n```\n",
        "```output\n2\n```\n",
        "```pycon\n>>> 1 + 1\n3\n```\n",
        "```pycon\n1 + 1\n```\n",
        "```console\n$ chalkgrad 1+x x=1\nnothing\n```\n",
        "```console\n$ chalkgrad 1+ x=1\n...\n```\n",
        "```sh\nchalkgrad 1+ x=1\n```\n",
        "    $ chalkgrad 1+x x=1\n    nothing\n",
        "    chalkgrad 1+ x=1\n",
    ],
)
def test_what_is_wrong_is_found(text, folder):
    with pytest.raises(PageError, match="page.md"):
        follow_page(page_of(folder, text), folder)


def test_names_files_and_output_pass_from_block_to_block(folder):
    text = (
        "```python\nx = 2\nprint(x)\n```\n\n```output\n2\n```\n\n"
        "```pycon\n>>> x + 1\n3\n\n```\n\n"
        "```python square.py\nprint(4)\n```\n\n```console\n$ python square.py\n4\n```\n\n"
        "```python needs=no_such_module\nx = 0\n```\n\n```pycon\n>>> x\n2\n\n```\n"
    )
    assert follow_page(page_of(folder, text), folder) == ["no_such_module"]
    assert Path("square.py").read_text(encoding="utf-8") == "print(4)\n"
