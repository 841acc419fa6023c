"""Associative LSTM: a recurrent network whose cell stores key–value pairs in redundant copies.

Start reading at `cell.py` (the equations) and `layer.py` (the module, with the interface of
`torch.nn.LSTM`; `looks.py` looks at what it is given). `noise.py` has the law of retrieval noise,
`tasks.py` the texts to learn from, `experiment.py` trains, `probe.py` reads a cell, `picture.py` draws
curves, `language.py` is what can be typed. torch is imported when a network is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from vsa import hookimpl

__all__ = [
    "NETS",
    "TASKS",
    "AssociativeLSTM",
    "Net",
    "Run",
    "draw_curves",
    "law",
    "learn",
    "make",
    "measured",
    "read_queue",
    "score",
    "task",
]  # fmt: skip
HOMES = {
    "AssociativeLSTM": "layer", "NETS": "experiment",
    "Net": "experiment", "Run": "experiment", "learn": "experiment", "make": "experiment",
    "score": "experiment", "TASKS": "tasks", "task": "tasks", "law": "noise", "measured": "noise",
    "read_queue": "probe", "draw_curves": "picture",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"vsa_plugins.associative_lstm.{HOMES[name]}"), name)


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """copy_noise and learn_task."""
    from vsa_plugins.associative_lstm.language import FUNCTIONS

    return FUNCTIONS
