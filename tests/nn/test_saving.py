"""Files: bit for bit, whole or not at all, and readable by PyTorch."""

import json
import math
import os
import sys

import pytest

import nn
from nn import saving
from nn.arrays import flat, mapped

FORMATS = ["model.json", "model.safetensors"]


def needs(name):
    if name.endswith("safetensors"):
        pytest.importorskip("safetensors")


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_read_is_what_was_written_bit_for_bit(tmp_path, name):
    needs(name)
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    model([[1.0, 2.0], [0.1, -0.0]])
    model[0].bias[0].data = 5e-324
    model[0].bias[1].data = -0.0
    nn.save(model.state_dict(), tmp_path / name)
    state = nn.load(tmp_path / name)
    assert {key: repr(x) for key, x in state.items()} == {
        key: repr(x) for key, x in model.state_dict().items()
    }


@pytest.mark.parametrize("name", FORMATS)
def test_half_a_file_is_an_error(tmp_path, name):
    needs(name)
    path = tmp_path / name
    nn.save(nn.Linear(2, 1).state_dict(), path)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(ValueError, match="not a whole"):
        nn.load(path)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("[1, 2]", "not a file that nn.save wrote"),
        ('{"format": "another"}', "not a file that nn.save wrote"),
        ('{"format": "chalkgrad state 1"}', "holds no state"),
        ('{"format": "chalkgrad state 1", "state": {"w": [[1], [2, 3]]}}', "w: .*ragged"),
        ('{"format": "chalkgrad state 1", "state": {"w": [1e999]}}', "nan or an infinite"),
    ],
)
def test_another_file_is_an_error(tmp_path, content, text):
    path = tmp_path / "model.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=text):
        nn.load(path)


def test_of_a_missing_file_it_is_said_where_it_was_looked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as raised:
        nn.load("none.json")
    place = tmp_path / "none.json"
    said = f"there is no file {place}: load takes the path that was given to save"
    assert str(raised.value) == said


def test_a_model_in_the_place_of_its_state_is_explained(tmp_path):
    with pytest.raises(TypeError, match=r"save\(model.state_dict\(\), path\)"):
        nn.save(nn.Linear(1, 1), tmp_path / "model.json")


def test_a_state_with_nan_is_not_written_over_a_good_one(tmp_path):
    path = tmp_path / "model.json"
    nn.save({"w": 1.0}, path)
    with pytest.raises(ValueError, match="w holds nan"):
        nn.save({"w": math.nan}, path)
    assert nn.load(path) == {"w": 1.0}


def test_an_interrupted_save_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch):
    path = tmp_path / "model.json"
    nn.save({"w": 1.0}, path)

    def interrupted(descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        nn.save({"w": 2.0}, path)
    assert nn.load(path) == {"w": 1.0}
    assert os.listdir(tmp_path) == ["model.json"]


def test_a_saved_file_has_the_permissions_of_any_new_file(tmp_path):
    (tmp_path / "other").write_text("")
    nn.save({"w": 1.0}, tmp_path / "model.json")
    assert (tmp_path / "model.json").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_folder_that_there_is_not_is_pythons_own_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        nn.save({"w": 1.0}, tmp_path / "none" / "model.json")


def test_the_file_is_plain_json(tmp_path):
    nn.save({"w": [[0.5]]}, tmp_path / "model.json")
    assert json.loads((tmp_path / "model.json").read_text()) == {
        "format": saving.FORMAT,
        "state": {"w": [[0.5]]},
    }


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    with pytest.raises(ImportError, match=r" -m pip install '?chalkgrad\[safetensors\]"):
        nn.save({"w": [1.0]}, tmp_path / "model.safetensors")


# ---- PyTorch ------------------------------------------------------------------------------------


def models():
    nn.manual_seed(4)
    return {
        "a classifier": (
            nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ELU(0.5), nn.Linear(4, 2)),
            [[0.1, 0.2, 0.3], [1.0, -1.0, 0.5]],
        ),
        "images": (
            nn.Sequential(
                nn.Conv2d(1, 2, 2, padding=1, bias=False),
                nn.MaxPool2d(2),
                nn.Flatten(),
                nn.LayerNorm(8),
                nn.Linear(8, 1),
            ),
            [[[[0.1 * i * j for i in range(4)] for j in range(4)]]],
        ),
        "words": (nn.Embedding(5, 2, padding_idx=0), [[1, 0, 4]]),
        "a step of an RNN": (nn.RNNCell(2, 3), [[1.0, 2.0]]),
        "micrograd's": (nn.MLP(2, [3, 2]), [[1.0, 2.0], [0.0, -1.0]]),
    }


@pytest.mark.parametrize("name", models())
@pytest.mark.parametrize("training", [True, False])
def test_the_twin_in_pytorch_computes_the_same(name, training):
    torch = pytest.importorskip("torch")
    model, x = models()[name]
    model.train(training)
    twin = model.to_torch()
    assert twin.training == training
    is_index = isinstance(flat(x)[0], int)
    theirs = twin(torch.tensor(x, dtype=torch.int64 if is_index else torch.float64))
    ours = [getattr(y, "data", y) for y in flat(model(x))]
    assert ours == pytest.approx(theirs.flatten().tolist(), abs=1e-12)


def test_pytorchs_own_state_is_loaded():
    torch = pytest.importorskip("torch")
    theirs = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3)).double()
    theirs(torch.rand(4, 2, dtype=torch.float64))
    ours = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    ours.load_state_dict(theirs.state_dict())
    assert ours.state_dict() == {key: x.tolist() for key, x in theirs.state_dict().items()}


def test_pytorch_reads_our_safetensors(tmp_path):
    torch = pytest.importorskip("torch")
    safetensors = pytest.importorskip("safetensors.torch")
    model = nn.Linear(2, 3)
    nn.save(model.state_dict(), tmp_path / "model.safetensors")
    twin = torch.nn.Linear(2, 3).double()
    twin.load_state_dict(safetensors.load_file(tmp_path / "model.safetensors"))
    assert twin.weight.tolist() == mapped(lambda w: w.data, model.weight)


def test_attention_has_a_twin():
    torch = pytest.importorskip("torch")
    model = nn.MultiheadAttention(4, 2, bias=False, batch_first=True)
    x = [[[0.1, 0.2, 0.3, 0.4], [1.0, 0.0, -1.0, 0.5]]]
    theirs, _ = nn.to_torch(model)(*[torch.tensor(x, dtype=torch.float64)] * 3)
    ours, _ = model(x, x, x)
    assert [y.data for y in flat(ours)] == pytest.approx(theirs.flatten().tolist(), abs=1e-12)


def test_a_module_that_pytorch_does_not_have_is_refused():
    pytest.importorskip("torch")
    for model in (nn.HingeLoss(), nn.Sequential(nn.Swish()), nn.Residual(nn.ReLU())):
        with pytest.raises(TypeError, match="PyTorch has no module that computes what"):
            nn.to_torch(model)


def test_losses_have_twins_too():
    torch = pytest.importorskip("torch")
    loss = nn.CrossEntropyLoss([1.0, 2.0], label_smoothing=0.1)
    theirs = nn.to_torch(loss)(torch.tensor([[0.5, 1.0]], dtype=torch.float64), torch.tensor([1]))
    assert loss([[0.5, 1.0]], [1]) == pytest.approx(theirs.item())
