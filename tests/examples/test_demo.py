"""The main job, as `make demo` runs it."""

import re

import pytest
from PIL import Image


@pytest.mark.draws
def test_it_prints_tables_and_steps_and_writes_four_pictures(output, tmp_path):
    printed = output("demo")
    assert re.search(r"x0 +input +1 +0\.94", printed)
    assert re.search(r"y +input +3 +40\.1711", printed)
    assert printed.count("Backward pass") == 2
    names = ["lnexp.png", "lnexp.svg", "relu_chain.png", "relu_chain.svg"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    for name in ("lnexp.png", "relu_chain.png"):
        with Image.open(tmp_path / name) as picture:
            assert picture.width > 1000
            assert len(picture.convert("RGB").getcolors(1 << 24)) > 50
