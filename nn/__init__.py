"""The networks of homework, on scalars: PyTorch's names, argument order and meanings.

>>> import nn
>>> nn.manual_seed(1)
>>> model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
>>> loss = nn.MSELoss()(model([[1.0, 2.0]]), [[0.5]])
>>> loss.backward()
>>> len(model.parameters())
13

A batch is a list of samples, an array a nested list; see `arrays.py` for that and `module.py` for
how a module finds its parameters.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import autograd

if not hasattr(autograd, "backend"):
    raise ImportError(
        f"nn needs chalkgrad's own package `autograd`, but {autograd.__file__} was imported. Two "
        "packages (or files) called autograd cannot share an environment: remove the other one, "
        "or use a virtual environment of chalkgrad's own and install it again"
    )

from nn import init
from nn.activations import (
    ELU,
    GELU,
    Hardtanh,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Swish,
    Tanh,
)
from nn.attention import MultiheadAttention
from nn.containers import ModuleList, Residual, Sequential
from nn.convolution import AvgPool2d, Conv2d, MaxPool2d
from nn.dropout import Dropout
from nn.linear import Embedding, Flatten, Identity, Linear
from nn.losses import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    HalfSquaredError,
    HingeLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MSELoss,
    NLLLoss,
)
from nn.modes import elementary, scopes
from nn.module import Module
from nn.normalization import BatchNorm1d, LayerNorm, RMSNorm
from nn.perceptron import MLP, Layer, Neuron
from nn.pytorch import to_torch
from nn.randomness import manual_seed
from nn.recurrent import RNNCell
from nn.saving import load, save

__all__ = [
    "ELU",
    "GELU",
    "MLP",
    "AvgPool2d",
    "BCELoss",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "Conv2d",
    "CrossEntropyLoss",
    "Dropout",
    "Embedding",
    "Flatten",
    "HalfSquaredError",
    "Hardtanh",
    "HingeLoss",
    "HuberLoss",
    "Identity",
    "KLDivLoss",
    "L1Loss",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSigmoid",
    "LogSoftmax",
    "MSELoss",
    "MaxPool2d",
    "Module",
    "ModuleList",
    "MultiheadAttention",
    "NLLLoss",
    "Neuron",
    "RMSNorm",
    "RNNCell",
    "ReLU",
    "Residual",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Swish",
    "Tanh",
    "elementary",
    "init",
    "load",
    "manual_seed",
    "save",
    "scopes",
    "to_torch",
]

# isort: split
# ---- optimisers, data, training, looking inside: their exports, from here ----

from nn import data, optim
from nn.data import DataLoader, random_split
from nn.diagnose import diagnose
from nn.history import Epoch, History
from nn.optim import clip_grad_norm_, clip_grad_value_
from nn.summary import summary
from nn.training import DivergedError, StopTraining, evaluate, fit
from nn.worksheet import worksheet

__all__ += [
    "DataLoader",
    "DivergedError",
    "Epoch",
    "History",
    "StopTraining",
    "check_worksheet",
    "clip_grad_norm_",
    "clip_grad_value_",
    "data",
    "diagnose",
    "evaluate",
    "fit",
    "optim",
    "random_split",
    "summary",
    "worksheet",
]

if TYPE_CHECKING:
    from nn.marking import check_worksheet


def __getattr__(name: str) -> Any:
    """What few programs need is imported when it is first used: marking reads much of autograd."""
    if name == "check_worksheet":
        return importlib.import_module("nn.marking").check_worksheet
    raise AttributeError(f"module 'nn' has no attribute {name!r}")


# ---- to here ----
