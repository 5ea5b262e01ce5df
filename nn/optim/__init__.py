"""Optimisers, learning-rate schedules and gradient clipping, as in `torch.optim`.

>>> w = Value(3.0)
>>> optimizer = SGD([w], lr=0.1)
>>> for _ in range(2):
...     optimizer.zero_grad()
...     (w * w).backward()
...     optimizer.step()
>>> round(w.data, 6)
1.92
"""

from nn.optim import lr_scheduler
from nn.optim.algorithms import SGD, Adagrad, Adam, AdamW, RMSprop
from nn.optim.clipping import clip_grad_norm_, clip_grad_value_
from nn.optim.optimizer import Optimizer

__all__ = [
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "Optimizer",
    "RMSprop",
    "clip_grad_norm_",
    "clip_grad_value_",
    "lr_scheduler",
]
