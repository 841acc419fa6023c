"""Linear read-outs of a cell: can the k-th oldest of a queue be told from it?

A network that has learnt to copy is a queue: at the sign for recall all its symbols are still to come.
A ridge regression from the cell to the one-hot symbol at place k is fitted on some texts and judged on
others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from vsa import VsaError
from vsa_plugins.associative_lstm.cell import torch
from vsa_plugins.associative_lstm.experiment import Net
from vsa_plugins.associative_lstm.tasks import Task

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Readout:
    """right: share of symbols read right at each place, the oldest first.  numbers: in the cell.

    fitted: by how many texts.
    """

    right: tuple[float, ...]
    numbers: int
    fitted: int


def ridge(inputs: Array, targets: Array, penalty: float) -> Array:
    """Weights (numbers + 1, targets) that minimise ‖xW − y‖² + λ‖W‖², the last row the constant."""
    mean, middle = inputs.mean(0), targets.mean(0)
    x, y = inputs - mean, targets - middle
    if x.shape[1] <= len(x):
        weights = np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T @ y)
    else:
        weights = x.T @ np.linalg.solve(x @ x.T + penalty * np.eye(len(x)), y)
    return np.vstack([weights, middle - mean @ weights])


def read_queue(
    net: Net, task: Task, length: int, *, texts: int = 2000, emitted: int = 0,
    penalty: float = 1.0, seed: int = 0,
) -> Readout:  # fmt: skip
    """Read the symbols of queues of one length from the cell, linearly; half of the texts judge.

    emitted: so many symbols have been given out before the cell is looked at.
    """
    if task.name != "copy":
        raise VsaError(f"a queue is read in the task 'copy', not in {task.name!r}")
    if not 0 <= emitted < length:
        raise VsaError(f"emitted must lie between 0 and {length - 1}, not {emitted!r}")
    drawn = task.batch(np.random.default_rng([seed % 2**64, 3]), texts, (length, length))
    steps = drawn.read.shape[1] - (length - 1) + emitted  # up to the sign, and what followed it
    with torch.no_grad():
        shown = net.one_hot(torch.from_numpy(drawn.read[:, :steps]))
        cells = net.layer(shown)[1][1][-1].double().reshape(texts, -1).numpy()
    items = drawn.read[:, :length]
    half = texts // 2
    right = []
    for place in range(length):
        targets = np.eye(net.symbols)[items[:half, place]]
        weights = ridge(cells[:half], targets, penalty)
        found = (cells[half:] @ weights[:-1] + weights[-1]).argmax(-1)
        right.append(float((found == items[half:, place]).mean()))
    return Readout(tuple(right), cells.shape[1], half)
