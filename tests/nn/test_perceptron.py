"""micrograd's classes: the same numbers, in the same order, and no silent truncation."""

import random

import numpy as np
import pytest

import nn
from autograd import Value


def test_weights_are_drawn_in_micrograds_order():
    random.seed(1337)
    model = nn.MLP(2, [3, 1])
    random.seed(1337)
    drawn = [random.uniform(-1, 1) for _ in range(3 * 2 + 1 * 3)]
    weights = [w.data for layer in model.layers for neuron in layer.neurons for w in neuron.w]
    assert weights == drawn
    assert all(neuron.b.data == 0.0 for layer in model.layers for neuron in layer.neurons)


def test_parameters_are_listed_neuron_by_neuron_weights_first():
    model = nn.MLP(2, [2, 1])
    expected = [p for layer in model.layers for n in layer.neurons for p in [*n.w, n.b]]
    assert model.parameters() == expected


def test_all_layers_but_the_last_have_a_relu():
    assert str(nn.MLP(2, [3, 1])) == (
        "MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2), ReLUNeuron(2)], "
        "Layer of [LinearNeuron(3)]]"
    )


def test_the_network_of_micrograds_lecture_computes_the_same():
    random.seed(7)
    model = nn.MLP(3, [4, 1])
    x = [2.0, 3.0, -1.0]
    hidden = [
        max(0.0, sum(w.data * xi for w, xi in zip(n.w, x, strict=True)))
        for n in model.layers[0].neurons
    ]
    out = sum(w.data * h for w, h in zip(model.layers[1].neurons[0].w, hidden, strict=True))
    assert model(x).data == pytest.approx(out, rel=1e-14)


def test_a_lone_output_is_a_value_and_several_are_a_list():
    assert isinstance(nn.Layer(2, 1)([1.0, 2.0]), Value)
    assert len(nn.Layer(2, 3)([1.0, 2.0])) == 3


def test_a_layer_of_one_unit_may_stand_inside_a_network():
    assert isinstance(nn.MLP(2, [1, 2])([1.0, 1.0]), list)


def test_a_list_of_samples_gives_a_list_of_outputs():
    model = nn.MLP(2, [3, 1])
    batch = [[1.0, 2.0], [3.0, 4.0]]
    assert [y.data for y in model(batch)] == [model(x).data for x in batch]


@pytest.mark.parametrize("x", [[], [1.0], [1.0, 2.0, 3.0]])
@pytest.mark.parametrize("made", [nn.Neuron(2), nn.Layer(2, 2), nn.MLP(2, [2])], ids=str)
def test_inputs_of_the_wrong_length_are_an_error(made, x):
    with pytest.raises(ValueError, match=f"2 inputs was given {len(x)}"):
        made(x)


def test_a_width_in_the_place_of_the_list_of_widths_is_an_error():
    with pytest.raises(TypeError, match=r"nouts is a list, the units of each layer: \[3\], not 3"):
        nn.MLP(2, 3)


def test_numpy_rows_go_in_and_floats_come_out():
    out = nn.MLP(2, [2, 1])(np.array([1, 2], dtype=np.float32))
    assert type(out.data) is float
