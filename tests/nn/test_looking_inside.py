"""`summary`, `worksheet` and `diagnose`: the numbers of published networks, and known illnesses."""

from itertools import pairwise

import pytest

import nn
from autograd import Value
from nn.chain import chain

# ---- summary: the homework's convolutional network ----------------------------------------------
#
# Input 64x64x1, Conv4-5-Pvalid-S2, Pool3, Conv3-5-Pvalid-S1, Pool2, FC5


def homework_network():
    return nn.Sequential(
        nn.Conv2d(1, 5, 4, stride=2),
        nn.MaxPool2d(3),
        nn.Conv2d(5, 5, 3),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(80, 5),
    )


def test_output_volumes_and_parameters_are_the_homeworks():
    layers = nn.summary(homework_network(), (1, 64, 64)).layers
    assert [layer.output_shape for layer in layers if layer.kind != "Flatten"] == [
        (5, 31, 31),
        (5, 10, 10),
        (5, 8, 8),
        (5, 4, 4),
        (5,),
    ]
    assert [layer.parameters for layer in layers if layer.kind != "Flatten"] == [85, 0, 230, 0, 405]


def test_the_shapes_are_those_of_a_forward_pass():
    model = nn.Sequential(
        nn.Conv2d(2, 3, (3, 2), stride=(2, 1), padding=(1, 0)),
        nn.ReLU(),
        nn.AvgPool2d(2, stride=1),
        nn.Conv2d(3, 2, 3, padding="same"),
        nn.Flatten(),
        nn.Linear(24, 4),
        nn.LayerNorm(4),
        nn.Dropout(0.5),
        nn.Softmax(-1),
    )
    x = [[[float(i + j) for j in range(6)] for i in range(7)] for _ in range(2)]
    batch = [x, x]
    for module, layer in zip(model, nn.summary(model, (2, 7, 6)).layers, strict=True):
        batch = module(batch)
        assert nn.arrays.shape_of(batch)[1:] == layer.output_shape, layer


def test_five_convolutions_of_5_see_21_rows():
    channels = [1, 8, 8, 8, 8, 1]
    model = nn.Sequential(*[nn.Conv2d(a, b, 5, padding=2) for a, b in pairwise(channels)])
    summary = nn.summary(model, (1, 64, 64))
    # the homework's column: 5, 9, 13, 17, 21
    assert [layer.receptive_field[0] for layer in summary.layers] == [5, 9, 13, 17, 21]
    assert summary.receptive_field == (21, 21)


def test_strides_before_a_window_widen_what_it_sees():
    # 4, then + 2 * 2, then + 2 * 6, then + 1 * 6
    fields = [layer.receptive_field for layer in nn.summary(homework_network(), (1, 64, 64)).layers]
    assert fields == [(4, 4), (8, 8), (20, 20), (26, 26), None, None]


def test_what_one_number_sees_is_what_its_gradient_reaches():
    model = nn.Sequential(nn.Conv2d(1, 1, 3, stride=2), nn.AvgPool2d(2), nn.Conv2d(1, 1, (1, 2)))
    nn.manual_seed(0)
    pixels = [[Value(0.5) for _ in range(16)] for _ in range(16)]
    model([pixels])[0][0][0].backward()
    rows = sum(any(pixel.has_grad for pixel in row) for row in pixels)
    columns = sum(any(row[j].has_grad for row in pixels) for j in range(16))
    assert nn.summary(model, (1, 16, 16)).receptive_field == (rows, columns)


def test_a_network_of_half_a_million_parameters_is_counted():
    model = nn.Sequential(nn.Linear(30, 1024), nn.Linear(1024, 512), nn.Linear(512, 1))
    summary = nn.summary(model, 30)
    assert summary.parameters == 557_057
    assert "557,057" in str(summary)


def test_hidden_layers_are_what_must_be_kept():
    # h = W1 x + b1, a = sigmoid(W2 h + b2), o = W3 a + b3: h and a, 2 (m + r) bytes at two a number
    n, m, r, s = 7, 5, 3, 2
    model = nn.Sequential(nn.Linear(n, m), nn.Linear(m, r), nn.Sigmoid(), nn.Linear(r, s))
    summary = nn.summary(model, n, bytes_per_number=2)
    assert summary.kept * summary.bytes_per_number == 2 * (m + r)
    assert [layer.kept for layer in summary.layers] == [m, 0, r, 0]


def test_a_shortcut_keeps_what_it_leads_around_once():
    inside = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4))
    model = nn.Sequential(nn.Linear(2, 4), nn.Residual(inside), nn.Linear(4, 1))
    layers = nn.summary(model, 2).layers
    # the first output, the ReLU's output, and the sum that the last layer reads
    assert [layer.kept for layer in layers] == [4, 0, 4, 0, 4, 0]


def test_shared_parameters_count_once():
    shared = nn.Linear(3, 3)
    assert nn.summary(nn.Sequential(shared, nn.ReLU(), shared), 3).parameters == 12


def test_micrograds_network_is_summed_up_too():
    summary = nn.summary(nn.MLP(2, [16, 16, 1]), 2)
    assert summary.parameters == 337
    assert [layer.output_shape for layer in summary.layers] == [(16,), (16,), ()]
    assert summary.kept == 32


def test_a_module_of_ones_own_may_say_its_shape():
    class Halve(nn.Module):
        def forward(self, x):
            return [row[::2] for row in x]

    class HalveAloud(Halve):
        def output_shape(self, shape):
            return (*shape[:-1], -(-shape[-1] // 2))

    silent = nn.summary(nn.Sequential(Halve(), nn.Linear(3, 1)), 6)
    assert [layer.output_shape for layer in silent.layers] == [None, None]
    assert silent.kept is None
    assert "?" in str(silent)
    aloud = nn.summary(nn.Sequential(HalveAloud(), nn.Linear(3, 1)), 6)
    assert [layer.output_shape for layer in aloud.layers] == [(3,), (1,)]


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((1, 3, 3), "does not fit"),
        ((2, 64, 64), r"Conv2d expects the shape \(1, height, width\), not \(2, 64, 64\)"),
        ((1, 60, 60), r"Linear expects the shape \(\*, 80\), not \(45,\)"),
        ((0, 64, 64), "1 or above"),
    ],
)
def test_a_shape_that_does_not_fit_is_named_with_the_layer(shape, message):
    with pytest.raises(ValueError, match=message):
        nn.summary(homework_network(), shape)


def test_tables_fit_into_80_columns():
    for text in (
        str(nn.summary(homework_network(), (1, 64, 64))),
        str(mazurs_worksheet()),
        str(nn.diagnose(deep_sigmoids(), nn.data.moons(20), nn.CrossEntropyLoss())),
    ):
        assert max(map(len, text.splitlines())) <= 80


# ---- worksheet: Mazur's published network -------------------------------------------------------
#
# https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example/


def mazurs_worksheet():
    model = nn.Sequential(nn.Linear(2, 2), nn.Sigmoid(), nn.Linear(2, 2), nn.Sigmoid())
    model.load_state_dict(
        {
            "0.weight": [[0.15, 0.20], [0.25, 0.30]],
            "0.bias": [0.35, 0.35],
            "2.weight": [[0.40, 0.45], [0.50, 0.55]],
            "2.bias": [0.60, 0.60],
        }
    )
    return nn.worksheet(model, [0.05, 0.10], [0.01, 0.99], nn.HalfSquaredError(), lr=0.5)


def test_the_forward_pass_is_mazurs():
    sheet = mazurs_worksheet()
    hidden, output = sheet.layers
    assert hidden.a[0] == pytest.approx(0.3775)
    assert hidden.z == pytest.approx([0.593269992, 0.596884378], abs=5e-10)
    assert output.a[0] == pytest.approx(1.105905967, abs=5e-10)
    assert output.z == pytest.approx([0.75136507, 0.772928465], abs=5e-9)
    assert sheet.loss == pytest.approx(0.298371109, abs=5e-10)


def test_the_backward_pass_and_the_update_are_mazurs():
    hidden, output = mazurs_worksheet().layers
    assert output.delta[0] == pytest.approx(0.138498562, abs=5e-10)
    assert output.d_weight[0][0] == pytest.approx(0.082167041, abs=5e-10)
    assert hidden.d_weight[0][0] == pytest.approx(0.000438568, abs=5e-10)
    new = [w for layer in (hidden, output) for row in layer.new_weight for w in row]
    assert new == pytest.approx(
        [
            0.149780716,
            0.19956143,
            0.24975114,
            0.29950229,
            0.35891648,
            0.408666186,
            0.511301270,
            0.561370121,
        ],
        abs=5e-9,
    )


def check_mazurs(answers):
    model = nn.Sequential(nn.Linear(2, 2), nn.Sigmoid(), nn.Linear(2, 2), nn.Sigmoid())
    model.load_state_dict(
        {
            "0.weight": [[0.15, 0.20], [0.25, 0.30]],
            "0.bias": [0.35, 0.35],
            "2.weight": [[0.40, 0.45], [0.50, 0.55]],
            "2.bias": [0.60, 0.60],
        }
    )
    loss = nn.HalfSquaredError()
    return nn.check_worksheet(model, [0.05, 0.10], [0.01, 0.99], loss, 0.5, answers)


def test_mazurs_published_numbers_are_marked_right():
    """As he prints them, nine digits; w5 to w8 are the second layer's, and its new ones."""
    published = {"a1(1)": "0.3775", "z1(1)": "0.593269992", "z2(1)": "0.596884378"}
    published |= {"a1(2)": "1.105905967", "z1(2)": "0.75136507", "z2(2)": "0.772928465"}
    published |= {"L": "0.298371109", "delta1(2)": "0.138498562", "dw11(2)": "0.082167041"}
    published |= {"w11(2).new": "0.35891648", "w12(2).new": "0.408666186"}
    published |= {"w21(2).new": "0.511301270", "w22(2).new": "0.561370121"}
    published |= {"w11(1).new": "0.149780716", "w12(1).new": "0.19956143"}
    published |= {"w21(1).new": "0.24975114", "w22(1).new": "0.29950229"}
    report = check_mazurs(published)
    assert report, str(report)


def test_the_sheets_own_numbers_are_marked_right():
    answers = mazurs_worksheet().answers
    report = check_mazurs(answers)
    assert [row.verdict for row in report.rows] == ["right"] * 37
    assert list(answers)[:2] == ["a1(1)", "a2(1)"]


@pytest.mark.parametrize(
    ("name", "answer", "kind", "words"),
    [
        # z (1 - z) with a in the place of z
        (
            "delta1(2)",
            0.74136507 * 1.105905967 * (1 - 1.105905967),
            "at input",
            "at the input a1(2) where the output z1(2)",
        ),
        # the error alone, without the sigmoid's derivative
        ("delta1(2)", 0.74136507, "left out", "∂z1(2)/∂a1(2) is 0.186816, not 1"),
        # z1 of the hidden layer in the place of a product with it
        ("dw11(2)", 0.593269992, "upstream", "dL/da1(2) is 0.138499"),
        # 0.40 + 0.5 * 0.082167041
        ("w11(2).new", 0.4410835, "wrong way", "subtracted, not added"),
        # 0.40 - 0.082167041
        ("w11(2).new", 0.317832959, "step", "the learning rate was left out"),
        # a1 of the hidden layer, without its sigmoid
        ("z1(1)", 0.3775, "not applied", "z1(1) has yet to be worked out"),
    ],
)
def test_a_slip_in_a_network_is_named(name, answer, kind, words):
    (row,) = check_mazurs({name: f"{answer:.6g}"}).rows
    assert row.verdict == "wrong"
    assert kind in {mistake.kind for mistake in row.mistakes[:3]}
    assert words in " ".join([mistake.text for mistake in row.mistakes])


def test_a_wrong_delta_is_carried_to_the_gradients_below():
    """Both follow from delta1(2) with the wrong sign."""
    report = check_mazurs({"delta1(2)": "-0.138498562", "dw11(2)": "-0.082167041"})
    assert [row.mistakes[0].kind for row in report.rows] == ["sign", "carried"]


@pytest.mark.parametrize(
    ("answers", "kind", "words"),
    [
        ({"a3(1)": 1}, ValueError, "nothing on the sheet is called 'a3(1)'; did you mean 'a"),
        ({"x": 1}, ValueError, "The names are a1(1), z1(1), delta1(1)"),
        ({"a1(1)": "many"}, ValueError, "the answer for 'a1(1)': 'many' is no number"),
        ({}, ValueError, "there are no answers"),
        ([1], TypeError, "a mapping"),
        ({1: 1}, TypeError, "by name"),
    ],
)
def test_answers_that_are_none_are_refused(answers, kind, words):
    with pytest.raises(kind) as error:
        check_mazurs(answers)
    assert words in str(error.value)


def test_marking_leaves_the_model_and_its_gradients_as_they_were():
    model = nn.MLP(2, [3, 1])
    for parameter in model.parameters():
        parameter.grad = 7.0
    before = model.state_dict()
    nn.check_worksheet(model, [1.0, 2.0], [1.0], nn.MSELoss(), 0.1, {"L": 0})
    assert model.state_dict() == before
    assert {parameter.grad for parameter in model.parameters()} == {7.0}


def test_a_worksheet_states_the_homeworks_answers():
    text = str(mazurs_worksheet())
    assert "loss 0.298371" in text
    assert "0.358916" in text


def test_the_model_is_left_as_it_was():
    model = nn.Sequential(nn.Linear(1, 1))
    before = model.state_dict()
    nn.worksheet(model, [2.0], [1.0], nn.MSELoss(), lr=0.1)
    assert model.state_dict() == before
    assert not any(p.has_grad for p in model.parameters())


def test_a_softmax_layer_has_the_delta_z_minus_y():
    nn.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 3))
    layer = nn.worksheet(model, [1.0, -2.0], 1, nn.CrossEntropyLoss(), lr=0.1).layers[0]
    p = nn.Softmax(-1)(layer.z)
    assert layer.delta == pytest.approx([p[0], p[1] - 1, p[2]])


def test_micrograds_layers_are_worked_out_like_linear_and_relu():
    nn.manual_seed(0)
    model = nn.MLP(2, [3, 1])
    twin = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    for layer, linear in zip(model.layers, (twin[0], twin[2]), strict=True):
        for neuron, row, bias in zip(layer.neurons, linear.weight, linear.bias, strict=True):
            bias.data = neuron.b.data
            for weight, own in zip(row, neuron.w, strict=True):
                weight.data = own.data
    sheets = [nn.worksheet(m, [1.0, 2.0], [0.5], nn.MSELoss(), lr=0.1) for m in (model, twin)]
    assert [layer.new_weight for layer in sheets[0].layers] == [
        layer.new_weight for layer in sheets[1].layers
    ]


def test_a_worksheet_says_what_it_is_for():
    with pytest.raises(ValueError, match="Linear layers, each followed by activations; 0 Conv2d"):
        nn.worksheet(homework_network(), [1.0], [1.0], nn.MSELoss(), lr=0.1)
    with pytest.raises(ValueError, match=r"one sample of the shape \(2,\), not \(3,\)"):
        nn.worksheet(nn.Linear(2, 1), [1.0, 2.0, 3.0], [1.0], nn.MSELoss(), lr=0.1)


# ---- diagnose -----------------------------------------------------------------------------------


def deep_sigmoids():
    nn.manual_seed(0)
    sizes = [2, *[8] * 8]
    hidden = [(nn.Linear(a, b), nn.Sigmoid()) for a, b in pairwise(sizes)]
    return nn.Sequential(*[module for pair in hidden for module in pair], nn.Linear(8, 2))


def problems(diagnosis):
    return {layer.name: [r.problem for r in layer.remarks] for layer in diagnosis.layers}


def test_gradients_that_fade_through_sigmoids_are_said_to_vanish():
    diagnosis = nn.diagnose(deep_sigmoids(), nn.data.moons(20), nn.CrossEntropyLoss())
    assert "vanished" in problems(diagnosis)["0 Linear"][0]
    assert problems(diagnosis)["16 Linear"] == []
    assert not diagnosis
    assert "nn.Residual" in str(diagnosis)


def test_the_gradient_is_the_root_mean_square_over_the_layers_parameters():
    model = nn.Sequential(nn.Linear(1, 1))
    model[0].weight[0][0].data, model[0].bias[0].data = 3.0, 4.0
    diagnosis = nn.diagnose(model, [([2.0], [0.0])], lambda outputs, targets: outputs[0][0])
    (layer,) = diagnosis.layers
    # dL/dw = 2, dL/db = 1
    assert (layer.gradient, layer.weight) == pytest.approx((2.5**0.5, 12.5**0.5))


def test_units_that_are_0_for_every_sample_are_dead():
    model = nn.Sequential(nn.Linear(1, 4), nn.ReLU(), nn.Linear(4, 1))
    nn.manual_seed(0)
    model[0].load_state_dict({"weight": [[1.0], [1.0], [1.0], [-1.0]], "bias": [0, -5, 1, -1]})
    diagnosis = nn.diagnose(model, [([1.0], [0.0]), ([2.0], [0.0])], nn.MSELoss())
    assert diagnosis.layers[1].dead == 0.5
    assert "50.0 % of the units are 0" in problems(diagnosis)["1 ReLU"][0]
    assert "LeakyReLU" in str(diagnosis)


@pytest.mark.parametrize("kind", [nn.Sigmoid, nn.Tanh])
def test_large_weights_saturate(kind):
    model = nn.Sequential(nn.Linear(1, 2), kind(), nn.Linear(2, 1))
    model[0].load_state_dict({"weight": [[100.0], [0.1]], "bias": [0.0, 0.0]})
    layer = nn.diagnose(model, [([1.0], [0.0]), ([-2.0], [0.0])]).layers[1]
    assert layer.saturated == 0.5


def test_zero_initialisation_is_recognised():
    model = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 2))
    for parameter in model.parameters():
        parameter.data = 0.0
    found = problems(nn.diagnose(model, nn.data.xor(), nn.CrossEntropyLoss()))
    assert found["0 Linear"] == ["all units have the same weights", "no gradient arrives"]


def test_inputs_of_a_thousand_explode():
    nn.manual_seed(1)
    model = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
    data = [([1000 * c for c in x], [y]) for x, y in nn.data.moons(20)]
    assert "exploded" in problems(nn.diagnose(model, data, nn.MSELoss()))["0 Linear"][0]


def test_overflow_is_reported_and_not_raised():
    model = nn.Sequential(nn.Linear(1, 1))
    model[0].weight[0][0].data = 1e300
    diagnosis = nn.diagnose(model, [([1e10], [0.0])], nn.MSELoss())
    assert "the gradient is" in problems(diagnosis)["0 Linear"][0]


def test_a_healthy_network_is_left_in_peace():
    nn.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Dropout(0.9), nn.Linear(8, 2))
    diagnosis = nn.diagnose(model, nn.data.moons(30), nn.CrossEntropyLoss())
    assert diagnosis
    assert "nothing wrong was seen in 30 samples" in str(diagnosis)
    assert model.training
    assert not any(p.has_grad for p in model.parameters())


# ---- chains -------------------------------------------------------------------------------------


def test_a_chain_names_layers_as_the_state_does():
    model = nn.Sequential(
        {"body": nn.Sequential(nn.Linear(2, 2), nn.ReLU()), "head": nn.MLP(2, [1])}
    )
    assert [name for name, _ in chain(model)] == ["body.0", "body.1", "head.layers.0"]
