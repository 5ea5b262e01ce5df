"""Layers: what they refuse, what they draw, and arithmetic of convolutions from homework."""

import math
import random

import numpy as np
import pytest

import nn
from autograd import Value, ieee
from nn.arrays import flat, shape_of


def test_a_row_of_the_wrong_length_is_an_error():
    for x in ([1.0], [[1.0, 2.0], [1.0, 2.0, 3.0]], []):
        with pytest.raises(ValueError, match="Linear expects rows of 2"):
            nn.Linear(2, 1)(x)
    with pytest.raises(ValueError, match="a single number was given"):
        nn.Linear(2, 1)(1.0)


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Linear(0, 1),
        lambda: nn.Linear(2, -1),
        lambda: nn.Embedding(0, 1),
        lambda: nn.BatchNorm1d(0),
        lambda: nn.LayerNorm((2, 0)),
        lambda: nn.Conv2d(1, 1, 0),
        lambda: nn.Conv2d(1, 1, (2, 3, 4)),
        lambda: nn.Conv2d(1, 1, 3, stride=0),
        lambda: nn.Conv2d(1, 1, 3, padding=-1),
        lambda: nn.Conv2d(1, 1, 3, stride=2, padding="same"),
        lambda: nn.Conv2d(1, 1, 3, padding="full"),
        lambda: nn.MaxPool2d(2, padding=2),
        lambda: nn.Dropout(1.5),
        lambda: nn.Dropout(math.nan),
        lambda: nn.GELU(approximate="sigmoid"),
        lambda: nn.Hardtanh(1.0, -1.0),
        lambda: nn.Softplus(beta=0.0),
        lambda: nn.HuberLoss(delta=0.0),
        lambda: nn.RNNCell(1, 1, nonlinearity="sigmoid"),
        lambda: nn.MultiheadAttention(3, 2),
        lambda: nn.Embedding(3, 1, padding_idx=3),
    ],
)
def test_arguments_that_make_no_sense_are_refused(make):
    with pytest.raises(ValueError, match=r"."):
        make()


def test_sizes_are_ints():
    with pytest.raises(TypeError, match="in_features must be an int, not float"):
        nn.Linear(2.0, 1)


def test_numpy_batches_give_builtin_floats():
    out = nn.Linear(3, 2)(np.ones((4, 3), dtype=np.float32))
    assert shape_of(out) == (4, 2)
    assert {type(y.data) for y in flat(out)} == {float}


def test_an_embedding_refuses_what_is_no_row():
    table = nn.Embedding(3, 2)
    for index in (3, -1):
        with pytest.raises(IndexError, match=f"index {index} is not in the table of 3 rows"):
            table([index])
    with pytest.raises(TypeError, match="an index must be an int, not 1.0"):
        table([1.0])
    assert table([True, np.int64(2)]) == [table.weight[1], table.weight[2]]


def test_the_padding_of_an_embedding_is_not_learnt():
    table = nn.Embedding(3, 2, padding_idx=-1)
    assert table(2) == [0.0, 0.0]
    assert not any(isinstance(x, Value) for x in table(2))


def test_dropout_keeps_the_expected_value_and_is_off_in_evaluation():
    layer = nn.Dropout(0.25, generator=random.Random(0))
    out = layer([1.0] * 10_000)
    assert set(out) == {0.0, 1 / 0.75}
    # The sum of n scaled coins has the deviation sqrt(n p / (1 - p)); four of them are allowed.
    assert abs(sum(out) - 10_000) < 4 * math.sqrt(10_000 * 0.25 / 0.75)
    assert layer.eval()([1.0, 2.0]) == [1.0, 2.0]


def test_a_dropped_unit_stays_in_the_graph_with_derivative_0():
    layer = nn.Dropout(1.0)
    x = Value(3.0)
    (y,) = layer([x])
    y.backward()
    assert (y.data, x.grad, x.has_grad) == (0.0, 0.0, True)


def test_dropout_with_a_generator_of_its_own_repeats_itself():
    x = [1.0] * 20
    first = nn.Dropout(generator=random.Random(5))(x)
    assert nn.Dropout(generator=random.Random(5))(x) == first


@pytest.mark.parametrize("shape", [(), (2,), (4, 3), (1, 2, 1, 1), (0, 2)])
def test_batch_norm_refuses_other_shapes(shape):
    with pytest.raises(ValueError, match=r"BatchNorm1d expects the shape \(N, 2\) or \(N, 2, L\)"):
        nn.BatchNorm1d(2)(np.zeros(shape))


def test_batch_norm_needs_more_than_one_number_in_training():
    norm = nn.BatchNorm1d(1)
    with pytest.raises(ValueError, match=r"give a larger batch, or call .eval\(\) first"):
        norm([[1.0]])
    assert norm.num_batches_tracked == 0
    assert norm.eval()([[1.0]])[0][0].data == pytest.approx(1.0 / math.sqrt(1.0 + 1e-5))


def test_a_bias_before_batch_norm_has_no_effect():
    linear, norm = nn.Linear(1, 1), nn.BatchNorm1d(1)
    batch = [[1.0], [2.0], [4.0]]
    before = [y.data for y in flat(norm(linear(batch)))]
    linear.bias[0].data += 10.0
    after = flat(norm(linear(batch)))
    assert [y.data for y in after] == pytest.approx(before, abs=1e-12)
    (after[0] * 2 + after[1] * 3).backward()
    assert linear.bias[0].grad == pytest.approx(0.0, abs=1e-12)


def test_row_norms_name_the_shape_that_they_expect():
    with pytest.raises(ValueError, match=r"LayerNorm expects the shape \(\*, 2, 3\), got \(3,\)"):
        nn.LayerNorm((2, 3))([1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("layer", "size", "expected", "parameters"),
    [
        (lambda: nn.Conv2d(1, 5, 4, stride=2, padding="valid"), (1, 64, 64), (5, 31, 31), 85),
        (lambda: nn.MaxPool2d(3), (5, 31, 31), (5, 10, 10), 0),
        (lambda: nn.Conv2d(5, 5, 3), (5, 10, 10), (5, 8, 8), 230),
        (lambda: nn.MaxPool2d(2), (5, 8, 8), (5, 4, 4), 0),
        (lambda: nn.Sequential(nn.Flatten(0), nn.Linear(80, 5)), (5, 4, 4), (5,), 405),
    ],
)
def test_sizes_and_parameters_of_a_convolutional_network(layer, size, expected, parameters):
    made = layer()
    assert len(made.parameters()) == parameters
    assert shape_of(made(np.zeros(size).tolist())) == expected


def test_the_parameters_of_a_convolution_do_not_depend_on_stride_and_padding():
    plain = nn.Conv2d(2, 3, 3)
    other = nn.Conv2d(2, 3, 3, stride=2, padding=1)
    assert len(plain.parameters()) == len(other.parameters()) == 3 * (2 * 3 * 3) + 3


def test_images_of_the_wrong_shape_are_an_error():
    with pytest.raises(ValueError, match="Conv2d expects 2 channels, got 1"):
        nn.Conv2d(2, 1, 1)([[[1.0]]])
    with pytest.raises(ValueError, match=r"\(C, H, W\) or \(N, C, H, W\), got \(2, 2\)"):
        nn.MaxPool2d(1)([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(ValueError, match="does not fit into an image"):
        nn.AvgPool2d(3)([[[1.0, 2.0], [3.0, 4.0]]])


def test_a_maximum_is_the_value_itself_and_a_nan_wins():
    a, b = Value(1.0), Value(2.0)
    assert nn.MaxPool2d((1, 2))([[[a, b]]])[0][0][0] is b
    with ieee():
        for row in ([math.nan, 1.0, 2.0], [1.0, math.nan, 2.0], [1.0, 2.0, math.nan]):
            assert math.isnan(nn.MaxPool2d((1, 3))([[row]])[0][0][0])


def test_flatten_refuses_dimensions_that_there_are_not():
    with pytest.raises(IndexError, match="dim 1 is out of range"):
        nn.Flatten()([1.0, 2.0])
    with pytest.raises(ValueError, match="start_dim 1 lies behind end_dim 0"):
        nn.Flatten(1, 0)([[1.0]])


def test_a_recurrent_cell_starts_from_zeros_and_checks_shapes():
    cell = nn.RNNCell(2, 3)
    assert [h.data for h in cell([1.0, 2.0])] == [h.data for h in cell([1.0, 2.0], [0.0] * 3)]
    for x, h in (([1.0], None), ([1.0, 2.0], [0.0]), ([[1.0, 2.0]], [[0.0] * 3] * 2)):
        with pytest.raises(ValueError, match=r"RNNCell expects an input of \(\*, 2\)"):
            cell(x, h)


def test_attention_with_masks_that_hide_everything_is_an_error():
    attention = nn.MultiheadAttention(2, 1)
    x = [[1.0, 2.0]]
    with pytest.raises(ValueError, match="nowhere to look"):
        attention(x, x, x, key_padding_mask=[True])
    with pytest.raises(ValueError, match=r"attn_mask of \(1, 1\), got \(1, 1\) and \(2, 1\)"):
        attention(x, x, x, attn_mask=[[True], [True]])
    with pytest.raises(ValueError, match=r"a query of \(L, 2\)"):
        attention([[1.0]], x, x)
    assert attention(x, x, x, need_weights=False)[1] is None
