"""`tracing`: nodes know the line of the user's code that made them."""

import copy
import inspect
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from autograd import Value, dot, leaves, no_grad, parse, relu, scope, topological_order
from autograd.modes import tracing

HERE = Path(__file__).resolve()
ROOT = HERE.parents[2]


def here():
    """The file and line of the caller, as a source says it."""
    frame = inspect.currentframe().f_back
    path = Path(frame.f_code.co_filename).resolve()
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return f"{shown}:{frame.f_lineno}"


def test_every_node_made_inside_knows_its_line():
    with tracing():
        x, line_of_x = Value(2.0), here()
        y, line_of_y = x * 3, here()
        z, line_of_z = relu(dot([x, y], [y, 1.0])), here()
    assert [node.source for node in (x, y, z, z.parents[0])] == [
        line_of_x,
        line_of_y,
        line_of_z,
        line_of_z,
    ]


def test_outside_there_is_no_source():
    before = Value(1.0)
    with tracing():
        pass
    assert before.source == (before * 2).source == ""


def test_the_innermost_line_outside_the_packages_counts():
    def layer(x):
        return x * 2, here()

    with tracing():
        y, inner_line = layer(Value(1.0))
    assert y.source == inner_line


def test_nodes_that_the_packages_make_belong_to_the_line_that_called_them():
    f = parse("x * y + 1")
    with tracing():
        root, line = f(x=Value(1.0), y=Value(2.0)), here()
    assert {node.source for node in topological_order(root)} == {line}


def test_label_scope_and_source_stand_together():
    with scope("mlp"), tracing(), scope("layer1"):
        w, line = Value(1.0, label="w"), here()
        h = w * 2
    h.label = "h"
    w.label = "v"
    assert (w.label, w.scope, w.source) == ("v", "mlp.layer1", line)
    assert (h.label, h.scope, h.source.rpartition(":")[0]) == (
        "h",
        "mlp.layer1",
        line.rpartition(":")[0],
    )
    w.label = ""
    assert (w.label, w.scope, w.source) == ("", "mlp.layer1", line)


def test_the_source_is_read_only():
    with pytest.raises(AttributeError):
        Value(1.0).source = "x"


def test_results_without_a_graph_are_traced_too():
    with no_grad(), tracing():
        y, line = Value(1.0) * 2, here()
    assert (y.op, y.source) == ("", line)


def test_sources_survive_copies_and_pickles():
    with tracing():
        x = Value(1.0, label="x")
        y = x * 2 + 1
    for twin in (copy.deepcopy(y), pickle.loads(pickle.dumps(y)), copy.copy(y)):
        assert [node.source for node in topological_order(twin)] == [
            node.source for node in topological_order(y)
        ]
    assert pickle.loads(pickle.dumps(x)).source == x.source != ""


def test_a_copy_made_while_tracing_keeps_the_lines_of_the_original():
    x = Value(1.0)
    with tracing():
        twin = copy.deepcopy(x * 2)
    assert leaves(twin)[0].source == ""


def test_another_thread_is_not_traced():
    made = []
    with tracing():
        thread = threading.Thread(target=lambda: made.append(Value(1.0)))
        thread.start()
        thread.join()
    assert made[0].source == ""


PROGRAM = """
from autograd import Value
from autograd.modes import tracing
with tracing():
    print((Value(1.0) * 2).source)
"""


def run(arguments, folder, text=None):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        input=text,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_a_path_is_shown_from_the_current_directory_where_it_lies_under_it(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    script = tmp_path / "homework.py"
    script.write_text(PROGRAM, encoding="utf-8")
    assert run(["homework.py"], tmp_path) == "homework.py:5"
    assert run([str(script)], tmp_path) == "homework.py:5"
    assert run([str(script)], elsewhere) == f"{script}:5"


def test_a_file_of_a_folder_that_is_only_called_like_a_package_is_the_users(tmp_path):
    (tmp_path / "nn").mkdir()
    (tmp_path / "nn" / "mine.py").write_text(PROGRAM, encoding="utf-8")
    assert run(["nn/mine.py"], tmp_path) == "nn/mine.py:5"


def test_what_is_typed_in_has_a_line_as_well(tmp_path):
    assert run(["-"], tmp_path, PROGRAM) == "<stdin>:5"
    assert run(["-c", PROGRAM], tmp_path) == "<string>:5"
