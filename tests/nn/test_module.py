"""Modules: how parameters and children are found and named, and how state goes out and in."""

import copy
import pickle

import numpy as np
import pytest

import nn
from autograd import Value


class Net(nn.Module):
    """Members of every kind; children before parameters."""

    def __init__(self):
        self.layers = [nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1)]
        self.heads = {"left": nn.Linear(1, 1, bias=False)}
        self.scale = Value(2.0)
        self.matrix = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]]
        self.ragged = [[Value(5.0)], [Value(6.0), Value(7.0)]]
        self.rate = 0.1
        self.sizes = [2, 1]
        self._input = Value(8.0)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return [self.scale * y for y in self.heads["left"](x)]


def test_names_come_from_the_attributes_and_own_parameters_come_first():
    assert [name for name, _ in Net().named_parameters()] == [
        "scale",
        "matrix",
        "ragged.0",
        "ragged.1",
        "layers.0.weight",
        "layers.0.bias",
        "layers.2.weight",
        "layers.2.bias",
        "heads.left.weight",
    ]


def test_parameters_are_one_flat_list():
    numbers = [p.data for p in Net().parameters(recurse=False)]
    assert numbers == [2.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    assert len(Net().parameters()) == 8 + 6 + 3 + 1


def test_underscored_and_computed_values_are_no_parameters():
    net = Net()
    before = net.parameters()
    net.last = net([1.0, 2.0])
    assert net.parameters() == before


def test_children_and_modules_have_names_and_an_order():
    net = Net()
    assert [name for name, _ in net.named_children()] == [
        "layers.0",
        "layers.1",
        "layers.2",
        "heads.left",
    ]
    assert [name for name, _ in net.named_modules()][:2] == ["", "layers.0"]
    assert next(net.modules()) is net


def test_a_shared_value_is_listed_once():
    a, b = nn.Linear(1, 1), nn.Linear(1, 1)
    b.weight[0][0] = a.weight[0][0]
    both = nn.Sequential(a, b)
    assert len(both.parameters()) == 3
    assert len(both.state_dict()) == 4


def test_a_shared_module_is_listed_once_but_saved_under_both_names():
    layer = nn.Linear(1, 1)
    both = nn.Sequential(layer, layer)
    assert len(list(both.children())) == 1
    assert [name for name, _ in both.named_parameters()] == ["0.weight", "0.bias"]
    assert list(both.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]
    assert both([2.0])[0].op == "dot"


def test_a_subclass_needs_no_init_of_its_base():
    class Bare(nn.Module):
        def __init__(self):
            self.w = Value(3.0)

        def __call__(self, x):
            return self.w * x

    bare = Bare()
    assert bare(2.0).data == 6.0
    assert bare.train().training
    assert bare.parameters() == [bare.w]
    bare.register_buffer("count", 0)
    assert list(bare.state_dict()) == ["w", "count"]


def test_a_module_without_forward_says_what_to_define():
    class Empty(nn.Module):
        pass

    with pytest.raises(NotImplementedError, match=r"define forward\(self, x\)"):
        Empty()(1.0)


def test_training_and_evaluation_reach_every_module():
    net = Net()
    net.eval()
    assert not any(module.training for module in net.modules())
    net.layers[0].train()
    assert net.layers[0].training
    assert not net.training


def test_apply_visits_children_first():
    order = []
    Net().apply(lambda module: order.append(type(module).__name__))
    assert order == ["Linear", "ReLU", "Linear", "Linear", "Net"]


def test_zero_grad_forgets_all_gradients():
    net = Net()
    net([1.0, 1.0])[0].backward()
    net.zero_grad()
    assert not any(p.has_grad for p in net.parameters())


def test_printing_as_in_pytorch():
    class Outer(nn.Module):
        def __init__(self):
            self.inner = nn.Sequential(nn.Linear(2, 1), nn.ReLU())
            self.drop = nn.Dropout(0.25)

    assert repr(Outer()) == (
        "Outer(\n"
        "  (inner): Sequential(\n"
        "    (0): Linear(in_features=2, out_features=1, bias=True)\n"
        "    (1): ReLU()\n"
        "  )\n"
        "  (drop): Dropout(p=0.25)\n"
        ")"
    )


def test_equal_neighbours_in_a_list_are_printed_once_as_in_pytorch():
    blocks = nn.ModuleList([nn.ReLU(), nn.Linear(1, 1), nn.Linear(1, 1), nn.Linear(1, 2)])
    assert repr(blocks) == (
        "ModuleList(\n"
        "  (0): ReLU()\n"
        "  (1-2): 2 x Linear(in_features=1, out_features=1, bias=True)\n"
        "  (3): Linear(in_features=1, out_features=2, bias=True)\n"
        ")"
    )


def test_copies_and_pickles_have_parameters_of_their_own():
    net = Net()
    for made in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert made.state_dict() == net.state_dict()
        assert not set(made.parameters()) & set(net.parameters())


# ---- state ------------------------------------------------------------------------------------


def test_loading_keeps_the_values_and_changes_their_data():
    net, other = Net(), Net()
    values = net.parameters()
    result = net.load_state_dict(other.state_dict())
    assert result == ([], [])
    assert net.parameters() == values
    assert net.state_dict() == other.state_dict()


def test_arrays_are_loaded_as_builtin_floats():
    layer = nn.Linear(2, 1)
    layer.load_state_dict(
        {"weight": np.array([[1, 2]], dtype=np.float32), "bias": (np.float64(3),)}
    )
    assert [p.data for p in layer.parameters()] == [1.0, 2.0, 3.0]
    assert {type(p.data) for p in layer.parameters()} == {float}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"bias": [1.0, 2.0]}, r"bias: expected the shape \(1,\), got \(2,\)"),
        ({"weight": [[1.0], [2.0, 3.0]]}, "weight: these lists are ragged"),
        ({"bias": ["1"]}, "bias: expected nested lists"),
        ({"extra": 1.0}, "extra is not expected"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change, text):
    layer = nn.Linear(2, 1)
    before = layer.state_dict()
    with pytest.raises(ValueError, match=text):
        layer.load_state_dict({"weight": [[9.0, 9.0]], "bias": [9.0], **change})
    assert layer.state_dict() == before


def test_missing_names_are_listed():
    with pytest.raises(ValueError, match="weight is missing\n.*bias is missing"):
        nn.Linear(1, 1).load_state_dict({})


def test_without_strict_what_fits_is_loaded_and_the_rest_reported():
    layer = nn.Linear(1, 1)
    result = layer.load_state_dict({"bias": [4.0], "extra": 1.0}, strict=False)
    assert result.missing_keys == ["weight"]
    assert result.unexpected_keys == ["extra"]
    assert layer.bias[0].data == 4.0


def test_counts_stay_whole_numbers():
    norm = nn.BatchNorm1d(1)
    norm([[1.0], [2.0]])
    other = nn.BatchNorm1d(1)
    other.load_state_dict(norm.state_dict())
    assert other.num_batches_tracked == 1
    assert type(other.num_batches_tracked) is int
    assert other.running_mean == [0.15000000000000002]  # 0.9 * 0 + 0.1 * 1.5


# ---- containers -------------------------------------------------------------------------------


def test_sequential_has_places_slices_and_names():
    model = nn.Sequential(nn.Linear(1, 1), nn.ReLU(), nn.Tanh())
    assert len(model) == 3
    assert isinstance(model[-1], nn.Tanh)
    assert [type(m).__name__ for m in model[1:]] == ["ReLU", "Tanh"]
    assert [type(m).__name__ for m in model.append(nn.ELU())][-1] == "ELU"
    named = nn.Sequential({"first": nn.Linear(1, 1), "then": nn.ReLU()})
    assert [name for name, _ in named.named_children()] == ["first", "then"]
    assert named.then is named[1]


def test_one_module_may_stand_twice_in_a_sequential():
    relu = nn.ReLU()
    assert len(nn.Sequential(relu, nn.Linear(1, 1), relu)) == 3


def test_a_class_in_the_place_of_a_module_is_explained():
    with pytest.raises(TypeError, match=r"make it: ReLU\(\)"):
        nn.Sequential(nn.Linear(1, 1), nn.ReLU)


def test_a_shortcut_adds_what_goes_in():
    block = nn.Residual(nn.Linear(2, 2))
    nn.init.zeros_(block.module.weight)
    nn.init.constant_(block.module.bias, 0.5)
    assert [y.data for y in block([1.0, 2.0])] == [1.5, 2.5]
    with pytest.raises(
        ValueError, match=r"shape of what goes in, \(2,\); the module's have \(1,\)"
    ):
        nn.Residual(nn.Linear(2, 1))([1.0, 2.0])


def test_a_path_in_the_place_of_a_state_is_explained():
    with pytest.raises(TypeError, match=r"nn\.load\(path\) reads one from a file"):
        nn.Linear(1, 1).load_state_dict("model.json")
