"""What is computed here and in PyTorch: modules by name, with their arguments and inputs.

A case runs in the same way in both: parameters are set to numbers drawn from a seed, the outputs
are summed with the weights 1, 1/2, 1/3, ..., and backward is run from that sum.
"""

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NUMBERS = Path(__file__).parents[1] / "data" / "torch_modules.json"


@dataclass
class Case:
    """A module of both libraries and what it is called with.

    `inputs` are arrays of floats, of which the first `differentiable` get gradients.
    """

    module: str
    arguments: dict[str, Any] = field(default_factory=dict)
    inputs: tuple[Any, ...] = ()
    differentiable: int = 1
    training: bool = True
    calls: int = 1
    options: dict[str, Any] = field(default_factory=dict)  # of the call
    note: str = ""

    @property
    def name(self):
        given = ",".join(f"{name}={value}" for name, value in self.arguments.items())
        mode = "" if self.training else " in evaluation"
        return f"{self.module}({given}){mode} {self.note}".strip()


def drawn(seed, *shape, low=-2.0, high=2.0):
    """Numbers of a shape, the same in every process."""
    generator = random.Random(seed)

    def part(shape):
        if not shape:
            return round(generator.uniform(low, high), 6)
        return [part(shape[1:]) for _ in range(shape[0])]

    return part(shape)


ROW = drawn(1, 3, 4)
WIDE = drawn(13, 5, 4)
CAUSAL = [[False, True, True], [False, False, True], [False, False, False]]
IMAGES = drawn(2, 2, 2, 5, 6)
KINKS = [-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 25.0, -800.0, 800.0]
PROBABILITIES = [[0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.5, 0.0], [1.0, 0.0, 0.0, 0.0]]
LOG_PROBABILITIES = drawn(3, 3, 4, low=-3.0, high=-0.1)
FAR_LOGITS = [[1000.0, -1000.0, 0.0, 3.0], [-1000.0, -1000.0, -1000.0, -1000.0], ROW[0]]
REDUCTIONS = ("mean", "sum", "none")

CASES = [
    Case("Linear", {"in_features": 4, "out_features": 3}, (ROW,)),
    Case("Linear", {"in_features": 4, "out_features": 2, "bias": False}, (ROW[0],), note="a row"),
    Case("Linear", {"in_features": 2, "out_features": 2}, (drawn(4, 2, 3, 2),), note="3-D"),
    Case(
        "Embedding",
        {"num_embeddings": 5, "embedding_dim": 2, "padding_idx": 1},
        ([[4, 1], [0, 4]],),
        differentiable=0,
    ),
    Case("Flatten", {}, (IMAGES,)),
    Case("Flatten", {"start_dim": 0, "end_dim": 1}, (drawn(5, 2, 3, 2),)),
    Case("ReLU", {}, (KINKS,)),
    Case("LeakyReLU", {"negative_slope": 0.1}, (KINKS,)),
    Case("ELU", {"alpha": 1.5}, (KINKS,)),
    Case("GELU", {}, (KINKS,)),
    Case("GELU", {"approximate": "tanh"}, (KINKS,)),
    Case("SiLU", {}, (KINKS,)),
    Case("Sigmoid", {}, (KINKS,)),
    Case("LogSigmoid", {}, (KINKS,)),
    Case("Tanh", {}, (KINKS,)),
    Case("Softplus", {}, (KINKS,)),
    Case("Softplus", {"beta": 2.0, "threshold": 1.5}, (KINKS,)),
    Case("Hardtanh", {"min_val": -1.0, "max_val": 0.5}, (KINKS,)),
    Case("Softmax", {"dim": 1}, (ROW,)),
    Case("Softmax", {"dim": 0}, (ROW,)),
    Case("Softmax", {"dim": -1}, (FAR_LOGITS,), note="of far logits"),
    Case("Softmax", {"dim": 1}, (drawn(6, 2, 3, 2),), note="3-D"),
    Case("LogSoftmax", {"dim": 1}, (ROW,)),
    Case("LogSoftmax", {"dim": -1}, (FAR_LOGITS,), note="of far logits"),
    Case("BatchNorm1d", {"num_features": 4}, (ROW,), calls=3),
    Case("BatchNorm1d", {"num_features": 4, "momentum": None}, (ROW,), calls=3),
    Case("BatchNorm1d", {"num_features": 4}, (ROW,), training=False),
    Case("BatchNorm1d", {"num_features": 3, "affine": False}, (drawn(7, 2, 3, 4),), note="3-D"),
    Case("BatchNorm1d", {"num_features": 4, "track_running_stats": False}, (ROW,), training=False),
    Case("LayerNorm", {"normalized_shape": 4}, (ROW,)),
    Case("LayerNorm", {"normalized_shape": (3, 2), "bias": False}, (drawn(8, 2, 3, 2),)),
    Case("LayerNorm", {"normalized_shape": 4, "elementwise_affine": False}, (ROW,)),
    Case("RMSNorm", {"normalized_shape": 4}, (ROW,)),
    Case("RMSNorm", {"normalized_shape": (4,), "eps": 0.1}, (ROW,)),
    Case("Conv2d", {"in_channels": 2, "out_channels": 3, "kernel_size": 3}, (IMAGES,)),
    Case(
        "Conv2d",
        {
            "in_channels": 2,
            "out_channels": 2,
            "kernel_size": (2, 3),
            "stride": (2, 1),
            "padding": (1, 2),
            "bias": False,
        },
        (IMAGES[0],),
        note="one image",
    ),
    Case(
        "Conv2d",
        {"in_channels": 2, "out_channels": 1, "kernel_size": (3, 2), "padding": "same"},
        (IMAGES,),
    ),
    Case("MaxPool2d", {"kernel_size": 2}, (IMAGES,)),
    Case("MaxPool2d", {"kernel_size": 3, "stride": 2, "padding": 1}, (IMAGES,)),
    Case("MaxPool2d", {"kernel_size": 2}, ([[[1.0, 1.0], [1.0, 0.0]]],), note="of ties"),
    Case("AvgPool2d", {"kernel_size": (2, 3)}, (IMAGES,)),
    Case("AvgPool2d", {"kernel_size": 3, "stride": 2, "padding": 1}, (IMAGES[0],)),
    Case("RNNCell", {"input_size": 4, "hidden_size": 2}, (ROW, drawn(12, 3, 2)), differentiable=2),
    Case(
        "RNNCell",
        {"input_size": 4, "hidden_size": 2, "bias": False, "nonlinearity": "relu"},
        (ROW[0],),
        note="one sample",
    ),
    Case("MultiheadAttention", {"embed_dim": 4, "num_heads": 2}, (ROW, WIDE, WIDE), 3),
    Case(
        "MultiheadAttention",
        {"embed_dim": 4, "num_heads": 1, "bias": False, "batch_first": True},
        ([ROW, ROW], drawn(14, 2, 5, 4), drawn(15, 2, 5, 4)),
        3,
        note="a batch",
    ),
    Case(
        "MultiheadAttention",
        {"embed_dim": 4, "num_heads": 4},
        (drawn(16, 3, 2, 4),) * 3,
        3,
        options={"attn_mask": CAUSAL, "average_attn_weights": False},
        note="the length first",
    ),
    Case(
        "MultiheadAttention",
        {"embed_dim": 4, "num_heads": 2},
        (ROW,) * 3,
        options={
            "attn_mask": [[0.5, 1.0, 0.0], [0.0, -2.0, 0.0], [0.0, 0.0, -float("inf")]],
            "key_padding_mask": [0.0, -float("inf"), 0.0],
        },
        note="masks of numbers",
    ),
    *[
        Case(loss, {"reduction": reduction}, (ROW, drawn(9, 3, 4)))
        for loss in ("MSELoss", "L1Loss", "HuberLoss")
        for reduction in REDUCTIONS
    ],
    Case("HuberLoss", {"delta": 0.5}, ([0.5, -0.5, 0.2, 0.0, 3.0], [0.0] * 5), note="at delta"),
    Case("L1Loss", {}, ([1.0, 2.0], [1.0, 5.0]), note="of equals"),
    Case("BCELoss", {}, ([0.2, 0.5, 0.9, 1e-9], [0.0, 0.3, 1.0, 1.0])),
    *[
        Case("BCEWithLogitsLoss", {"reduction": reduction}, (KINKS, [0.0, 1.0] * 4 + [1.0, 0.25]))
        for reduction in REDUCTIONS
    ],
    *[
        Case("CrossEntropyLoss", {"reduction": reduction}, (ROW, [3, 0, 1]))
        for reduction in REDUCTIONS
    ],
    Case("CrossEntropyLoss", {}, (ROW[0], 2), note="of one sample"),
    Case("CrossEntropyLoss", {}, (FAR_LOGITS, [1, 3, 0]), note="of far logits"),
    Case("CrossEntropyLoss", {}, (ROW, [3, -100, 1]), note="one ignored"),
    Case("CrossEntropyLoss", {"weight": [1.0, 2.0, 0.5, 3.0]}, (ROW, [3, 0, 1])),
    Case("CrossEntropyLoss", {"label_smoothing": 0.1}, (ROW, [3, 0, 1])),
    Case(
        "CrossEntropyLoss",
        {"weight": [1.0, 2.0, 0.5, 3.0], "label_smoothing": 0.3},
        (ROW, [3, -100, 1]),
        note="one ignored",
    ),
    *[
        Case(
            "CrossEntropyLoss",
            {"reduction": reduction},
            (ROW, PROBABILITIES),
            note="of probabilities",
        )
        for reduction in REDUCTIONS
    ],
    Case(
        "CrossEntropyLoss",
        {"weight": [1.0, 2.0, 0.5, 3.0], "label_smoothing": 0.3},
        (ROW, PROBABILITIES),
        note="of probabilities",
    ),
    Case("CrossEntropyLoss", {}, (drawn(10, 2, 3, 2), [[0, 2], [1, 1]]), note="of sequences"),
    Case("NLLLoss", {}, (LOG_PROBABILITIES, [0, 3, 3])),
    Case("NLLLoss", {"weight": [1.0, 2.0, 0.5, 3.0]}, (LOG_PROBABILITIES, [0, 3, 3])),
    Case("NLLLoss", {"reduction": "none"}, (LOG_PROBABILITIES, [0, -100, 3])),
    *[
        Case("KLDivLoss", {"reduction": reduction}, (LOG_PROBABILITIES, PROBABILITIES))
        for reduction in (*REDUCTIONS, "batchmean")
    ],
    Case("KLDivLoss", {"log_target": True}, (LOG_PROBABILITIES, drawn(11, 3, 4, low=-3, high=0))),
]


def weights(count):
    """What the outputs are summed with."""
    return [1.0 / (i + 1) for i in range(count)]


def stored_numbers():
    """What PyTorch answered, by the name of the case."""
    return json.loads(NUMBERS.read_text(encoding="utf-8"))
