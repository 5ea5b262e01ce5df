"""Losses: far ends, errors, and conventions in which PyTorch says nothing or something else."""

import math

import pytest

import nn
from autograd import Value

ELEMENTWISE = [nn.MSELoss, nn.HalfSquaredError, nn.L1Loss, nn.HuberLoss, nn.BCEWithLogitsLoss]


def test_the_gradient_of_cross_entropy_is_p_minus_y():
    logits = [Value(1.0), Value(2.0), Value(0.5)]
    nn.CrossEntropyLoss()(logits, 1).backward()
    powers = [math.exp(x.data) for x in logits]
    p = [power / sum(powers) for power in powers]
    assert [x.grad for x in logits] == pytest.approx([p[0], p[1] - 1, p[2]], abs=1e-15)


def test_cross_entropy_of_two_and_of_four_dimensional_outputs_agrees():
    pixels = [[[Value(1.0), Value(2.0)]], [[Value(0.0), Value(-1.0)]]]  # 2 classes x 1 x 2
    loss = nn.CrossEntropyLoss(reduction="none")([pixels], [[[0, 1]]])
    first = math.log1p(math.exp(-1.0))  # logits 1 and 0, class 0
    second = math.log(math.exp(2.0) + math.exp(-1.0)) + 1.0  # logits 2 and -1, class 1
    assert [x.data for x in loss[0][0]] == pytest.approx([first, second], rel=1e-15)


@pytest.mark.parametrize("far", [1000.0, -1000.0])
def test_losses_of_logits_do_not_overflow(far):
    right = nn.CrossEntropyLoss()([Value(far), Value(-far)], 0 if far > 0 else 1)
    wrong = nn.CrossEntropyLoss()([Value(far), Value(-far)], 1 if far > 0 else 0)
    assert (right.data, wrong.data) == (0.0, 2000.0)
    assert nn.BCEWithLogitsLoss()(Value(far), 1.0).data == max(0.0, -far)
    assert nn.BCEWithLogitsLoss()(Value(far), 0.0).data == max(0.0, far)


def test_a_confident_logit_keeps_its_small_loss():
    assert nn.BCEWithLogitsLoss()(Value(40.0), 1).data == pytest.approx(math.exp(-40.0), rel=1e-12)


def test_half_the_squared_error_has_the_plain_difference_as_gradient():
    y = [Value(0.75), Value(0.25)]
    loss = nn.HalfSquaredError()(y, [0.5, 1.0])
    loss.backward()
    assert loss.data == 0.5 * 0.25**2 + 0.5 * 0.75**2
    assert [v.grad for v in y] == [0.25, -0.75]


def test_a_probability_of_0_costs_100_as_in_pytorch_and_has_a_slope():
    x = Value(0.0)
    loss = nn.BCELoss()(x, 1.0)
    loss.backward()
    assert (loss.data, x.grad) == (100.0, -1e12)


def test_hinge_loss_is_0_beyond_the_margin():
    scores = [Value(2.0), Value(0.5), Value(-1.0)]
    losses = nn.HingeLoss(reduction="none")(scores, [1, 1, 1])
    assert [x.data for x in losses] == [0.0, 0.5, 2.0]


def test_a_lone_output_needs_no_list():
    assert nn.MSELoss()(Value(3.0), 1.0).op == "pow"


@pytest.mark.parametrize("loss", [*ELEMENTWISE, nn.HingeLoss, nn.KLDivLoss, nn.BCELoss])
def test_shapes_must_be_equal_also_where_they_could_be_broadcast(loss):
    with pytest.raises(ValueError, match=r"targets of the shape \(2, 1\), got \(2,\)"):
        loss()([[Value(0.5)], [Value(0.5)]], [1.0, 1.0])


@pytest.mark.parametrize("loss", [*ELEMENTWISE, nn.HingeLoss, nn.KLDivLoss, nn.BCELoss])
def test_a_target_that_is_nan_is_an_error(loss):
    with pytest.raises(ValueError, match="nan"):
        loss()([Value(0.5)], [math.nan])


@pytest.mark.parametrize("loss", [*ELEMENTWISE, nn.HingeLoss, nn.KLDivLoss, nn.BCELoss])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_an_empty_batch_is_an_error(loss, reduction):
    with pytest.raises(ValueError, match="no outputs"):
        loss(reduction=reduction)([], [])


@pytest.mark.parametrize("loss", [nn.CrossEntropyLoss, nn.NLLLoss])
def test_an_empty_batch_of_classes_is_an_error(loss):
    with pytest.raises(ValueError, match="at least one sample and class"):
        loss()([], [])


@pytest.mark.parametrize("loss", [nn.CrossEntropyLoss, nn.NLLLoss])
@pytest.mark.parametrize("place", [3, -1])
def test_a_class_that_there_is_not_is_an_error(loss, place):
    with pytest.raises(ValueError, match=f"class {place} is not one of 3 classes, 0 to 2"):
        loss()([[0.0, 0.0, 0.0]], [place])


@pytest.mark.parametrize("place", [1.0, math.nan, "1"])
def test_a_class_index_is_an_int(place):
    with pytest.raises(TypeError):
        nn.CrossEntropyLoss()([[0.0, 0.0]], [place])


@pytest.mark.parametrize("target", [[0.5, 0.6], [1.5, -0.5], [math.nan, 1.0]])
def test_probabilities_add_up_to_1(target):
    with pytest.raises(ValueError, match="add up to"):
        nn.CrossEntropyLoss()([0.0, 0.0], target)


def test_the_target_may_be_computed_too():
    target, logits = [Value(0.25), Value(0.75)], [1.0, 2.0]
    nn.CrossEntropyLoss()(logits, target).backward()
    normaliser = math.log(math.exp(1.0) + math.exp(2.0))  # the derivative by y_i is this less x_i
    assert [y.grad for y in target] == pytest.approx([normaliser - 1.0, normaliser - 2.0])


def test_a_class_that_is_ruled_out_on_both_sides_costs_nothing():
    assert nn.CrossEntropyLoss()([-math.inf, 0.0], [0.0, 1.0]) == 0.0
    assert nn.CrossEntropyLoss()([-math.inf, 0.0], 1) == 0.0
    assert nn.KLDivLoss(reduction="sum")([-math.inf, 0.0], [0.0, 1.0]) == 0.0


def test_targets_of_the_wrong_shape_are_an_error():
    with pytest.raises(ValueError, match=r"targets of the shape \(2,\), got \(3,\)"):
        nn.CrossEntropyLoss()([[0.0, 1.0], [0.0, 1.0]], [0, 1, 1])


def test_weights_must_be_one_a_class():
    with pytest.raises(ValueError, match="3 weights for 2 classes"):
        nn.CrossEntropyLoss(weight=[1, 2, 3])([0.0, 1.0], 0)


def test_the_mean_over_ignored_targets_alone_is_an_error():
    with pytest.raises(ValueError, match="all of them are ignored"):
        nn.CrossEntropyLoss()([[0.0, 1.0]], [-100])
    assert nn.CrossEntropyLoss(reduction="sum")([[0.0, 1.0]], [-100]) == 0.0


@pytest.mark.parametrize("target", [-0.1, 1.1])
def test_binary_targets_are_from_0_to_1(target):
    with pytest.raises(ValueError, match="from 0 to 1"):
        nn.BCEWithLogitsLoss()([0.0], [target])


@pytest.mark.parametrize("x", [-0.1, 1.1])
def test_the_loss_of_probabilities_refuses_logits(x):
    with pytest.raises(ValueError, match="for logits use BCEWithLogitsLoss"):
        nn.BCELoss()([Value(x)], [1.0])


def test_targets_of_the_hinge_loss_are_signs():
    with pytest.raises(ValueError, match="1 and -1, not 0"):
        nn.HingeLoss()([0.5], [0])


def test_an_unknown_reduction_is_refused_at_once():
    with pytest.raises(ValueError, match="'mean', 'sum', 'none', not 'average'"):
        nn.MSELoss(reduction="average")
