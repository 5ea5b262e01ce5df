"""Operations of many operands, drawn as the single operations that they consist of."""

import math

import pytest

from autograd import (
    Value,
    dot,
    ieee,
    log_softmax,
    logsumexp,
    mean,
    softmax,
    topological_order,
    total,
)
from tests.viz.drawn import lines, small_network, texts
from viz import draw_dot
from viz.dot import chosen_drawing


def boxes(root):
    """{name: (symbol, value, gradient)} of the drawing in single operations."""
    drawing = chosen_drawing([root], single_operations=True)
    return {box.name: (box.symbol, box.data, box.grad) for box in drawing.boxes}


def labelled(**numbers):
    return [Value(number, label=name) for name, number in numbers.items()]


def test_a_dot_is_products_and_sums_with_their_values_and_gradients():
    w1, w2, x1, x2, b = labelled(w1=2.0, w2=3.0, x1=5.0, x2=7.0, b=1.0)
    h = dot([w1, w2], [x1, x2], b)
    h.label = "h"
    f = h * 10
    f.backward()
    assert {name: box for name, box in boxes(f).items() if name.startswith("h")} == {
        "h.1": ("×", 10.0, 10.0),  # 2 * 5
        "h.2": ("×", 21.0, 10.0),  # 3 * 7
        "h.3": ("+", 31.0, 10.0),
        "h": ("+", 32.0, 10.0),
    }
    source = draw_dot(f, single_operations=True).source
    assert "∂h.2/∂w2 = 7" in source
    assert "∂h/∂b = 1" in source
    assert "Σ" not in source


def test_a_mean_is_a_sum_and_a_division():
    xs = labelled(a=1.0, b=2.0, c=6.0)
    root = mean(xs)
    root.backward()
    assert boxes(root) == {
        "a": ("", 1.0, pytest.approx(1 / 3)),
        "b": ("", 2.0, pytest.approx(1 / 3)),
        "c": ("", 6.0, pytest.approx(1 / 3)),
        "f.1": ("+", 3.0, pytest.approx(1 / 3)),
        "f.2": ("+", 9.0, pytest.approx(1 / 3)),
        "f": ("÷ 3", 3.0, 1.0),
    }


def test_a_softmax_is_powers_and_a_quotient():
    # x = 0 and ln 3: powers 1 and 3, shares 1/4 and 3/4. With p = a / s, s = a + b:
    # dp/ds = -a / s^2 = -1/16; dp/da = 1/s - 1/16 = 3/16; dp/db = -1/16.
    x, y = labelled(x=0.0, y=math.log(3))
    p = softmax([x, y])[0]
    p.backward()
    found = boxes(p)
    assert [found[name][1] for name in ("f.1", "f.2", "f.3", "f")] == pytest.approx([1, 3, 4, 0.25])
    assert [found[name][2] for name in ("f.1", "f.2", "f.3", "f")] == pytest.approx(
        [3 / 16, -1 / 16, -1 / 16, 1]
    )
    assert [found[name][0] for name in ("f.1", "f.2", "f.3", "f")] == ["exp", "exp", "+", "÷"]


def test_logsumexp_and_log_softmax_end_in_a_logarithm():
    x, y = labelled(x=0.0, y=math.log(3))
    symbols = [symbol for symbol, _, _ in boxes(logsumexp([x, y])).values()]
    assert symbols == ["", "", "exp", "exp", "+", "ln"]
    found = boxes(log_softmax([x, y])[0])
    assert [symbol for symbol, _, _ in found.values()] == ["", "", "exp", "exp", "+", "ln", "−"]
    assert found["f"][1] == pytest.approx(-math.log(4))


def test_plain_numbers_among_the_operands_stay_numbers():
    (x,) = labelled(x=3.0)
    assert boxes(dot([2.0, 5.0], [x, 7.0])) == {
        "x": ("", 3.0, None),
        "f.1": ("2 ×", 6.0, None),
        "f": ("+ 35", 41.0, None),
    }


def test_before_backward_the_steps_have_no_gradient_either():
    found = boxes(total(labelled(a=1.0, b=2.0, c=3.0)))
    assert [grad for _, _, grad in found.values()] == [None] * 5


def test_an_operation_stays_whole_where_its_steps_overflow():
    x, y = labelled(x=1e308, y=1e308)
    root = mean([x, y])  # 1e308, though the sum is too large for a float
    root.backward()
    assert list(boxes(root)) == ["x", "y", "f"]


def test_a_sum_of_one_stays_as_it_is():
    assert list(boxes(total(labelled(x=1.0)))) == ["x", "f"]


def test_an_operand_that_stands_twice_is_one_box():
    (x,) = labelled(x=3.0)
    root = dot([x, x], [x, 2.0])
    root.backward()
    source = draw_dot(root, single_operations=True, local_derivatives=False).source
    assert len(lines(source, "\tn0 -> ")) == 3  # x * x and x * 2
    assert boxes(root)["x"][2] == 8.0  # 2 x + 2


def test_names_that_are_taken_are_left_alone():
    a, b, c = labelled(a=1.0, b=2.0, c=3.0)
    a.label = "f.1"
    assert sorted(boxes(total([a, b, c]))) == ["b", "c", "f", "f.1", "f.1'"]


def test_the_graph_is_not_changed():
    xs = labelled(a=1.0, b=2.0, c=3.0)
    root = dot(xs, xs)
    root.backward()
    before = [(node.data, node.grad, node.has_grad, node.op) for node in topological_order(root)]
    draw_dot(root, single_operations=True)
    after = [(node.data, node.grad, node.has_grad, node.op) for node in topological_order(root)]
    assert after == before


@pytest.mark.draws
def test_gradients_that_are_not_finite_are_drawn():
    with ieee():
        x = Value(0.0, label="x")
        root = total([x.sqrt(), x, x])
        root.backward()
    assert "inf" in texts(root, single_operations=True)


def test_operands_in_a_collapsed_scope_lead_each_to_its_own_step():
    # The output neuron is opened: its three products each take one number from layer1.
    options = {"expand": "mlp.layer2.neuron1", "collapse": 2, "single_operations": True}
    source = draw_dot(small_network(), local_derivatives=False, **options).source
    (layer1,) = [line.split()[0] for line in lines(source, ">layer1<")]
    arrows = lines(source, f"\t{layer1} -> ")
    assert len(arrows) == 3
    products = [arrow.split()[2] for arrow in arrows]
    assert all('label="×"' in lines(source, f"\t{product} [")[0] for product in products)
