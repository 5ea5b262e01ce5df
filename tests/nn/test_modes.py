"""Modes: single operations for pictures of homework, and scopes that name what a module made."""

import threading

import pytest

import autograd
import nn
from autograd import Value, topological_order


def operations(root):
    return [node.op for node in topological_order(root) if node.op]


def test_a_unit_is_one_node_or_one_node_an_operation():
    unit = nn.Neuron(2)
    assert operations(unit([1.0, 2.0])) == ["dot", "relu"]
    with nn.elementary():
        single = operations(unit([1.0, 2.0]))
    assert sorted(single) == ["add", "add", "mul", "mul", "relu"]


def test_both_forms_of_a_sum_of_products_are_equal_bit_for_bit():
    layer = nn.Linear(5, 3)
    x = [0.1, 0.2, 0.3, 0.4, 0.5]
    with nn.elementary():
        single = [y.data for y in layer(x)]
    assert single == [y.data for y in layer(x)]


def test_a_softmax_is_drawn_as_its_formula():
    with nn.elementary():
        shares = nn.Softmax(-1)([Value(1.0), Value(2.0)])
        loss = nn.CrossEntropyLoss()([Value(1.0), Value(2.0)], 0)
    assert operations(shares[0]) == ["exp", "exp", "add", "div"]
    assert operations(loss) == ["exp", "exp", "add", "ln", "sub"]


@pytest.mark.parametrize("far", [1000.0, -1000.0])
def test_far_logits_are_moved_to_safety(far):
    with nn.elementary():
        shares = nn.Softmax(-1)([Value(far), Value(far)])
    assert [y.data for y in shares] == [0.5, 0.5]


def test_a_mode_is_of_its_own_thread():
    unit, found = nn.Linear(1, 1), []
    with nn.elementary():
        thread = threading.Thread(target=lambda: found.append(unit([1.0])[0].op))
        thread.start()
        thread.join()
    assert found == ["dot"]


def test_a_mode_ends_also_after_an_error():
    with pytest.raises(ValueError, match="Linear expects"), nn.elementary(), nn.scopes():
        nn.Sequential(nn.Linear(2, 1))([1.0])
    out = nn.Sequential(nn.Linear(1, 1))([1.0])[0]
    assert (out.op, out.scope) == ("dot", "")


# ---- scopes -----------------------------------------------------------------------------------


class Net(nn.Module):
    def __init__(self):
        self.blocks = nn.ModuleList([nn.Linear(1, 1), nn.Linear(1, 1)])
        self.head = nn.Sequential(nn.ReLU(), nn.Linear(1, 1))
        self.layers = [nn.Tanh()]
        self.exit = nn.Sigmoid()

    def __call__(self, x):
        for block in self.blocks:
            x = block(x)
        return self.exit(self.layers[0](self.head(x)))


def scopes_of(root):
    return {node.scope for node in topological_order(root)}


def test_without_the_mode_nothing_has_a_scope():
    assert scopes_of(nn.MLP(1, [1])([1.0])) == {""}


def test_the_path_of_a_neuron():
    with nn.scopes():
        out = nn.MLP(2, [2, 1])([1.0, 2.0])
    assert scopes_of(out) == {"mlp.layer1.neuron1", "mlp.layer1.neuron2", "mlp.layer2.neuron1"}


def test_lists_are_called_by_the_singular_and_sequentials_by_class_and_place():
    with nn.scopes():
        out = Net()([1.0])[0]
    made = [node.scope for node in topological_order(out) if node.op]
    assert made == [
        "net.block1",
        "net.block2",
        "net.head.relu1",
        "net.head.linear2",
        "net.layer1",
        "net.exit",
    ]


def test_a_call_of_the_bases_call_is_no_scope_of_its_own():
    class Twice(nn.Linear):
        def __call__(self, x):
            return [2 * y for y in super().__call__(x)]

    with nn.scopes():
        out = Twice(1, 1)([1.0])[0]
    assert scopes_of(out) == {"twice"}


def test_a_scope_outside_comes_first():
    with nn.scopes(), autograd.scope("teacher"):
        out = nn.Linear(1, 1)([1.0])[0]
    assert out.scope == "teacher.linear"


def test_parameters_are_named_by_unit_and_input_from_1():
    layer, unit = nn.Linear(2, 2), nn.Neuron(2)
    with nn.scopes():
        layer([1.0, 2.0])
        unit([1.0, 2.0])
    assert [p.label for p in layer.parameters()] == ["w11", "w12", "w21", "w22", "b1", "b2"]
    assert [p.label for p in unit.parameters()] == ["w1", "w2", "b"]
    assert {p.scope for p in layer.parameters()} == {"linear"}


def test_names_of_large_layers_stay_apart():
    layer = nn.Linear(11, 10)
    with nn.scopes():
        layer([0.0] * 11)
    labels = [p.label for p in layer.parameters()]
    assert len(set(labels)) == len(labels)
    assert (layer.weight[0][10].label, layer.weight[9][0].label) == ("w1,11", "w10,1")


def test_labels_that_were_given_stay():
    unit = nn.Neuron(1)
    unit.w[0].label = "slope"
    with nn.scopes():
        unit([1.0])
    assert unit.w[0].label == "slope"


def test_a_loss_is_a_scope_too():
    with nn.scopes():
        loss = nn.MSELoss()([Value(1.0), Value(2.0)], [0.0, 0.0])
    assert loss.scope == "mseloss"
