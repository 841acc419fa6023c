"""Vectors handed down a tree, as `applied.py` has planned it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vsa_plugins.composition.applied import Applied, Step, ordered
from vsa_plugins.composition.forms import Matrix, Tensor, torch
from vsa_plugins.composition.operations import arrays, rows
from vsa_plugins.composition.trees import Array

BLOCK = 1 << 17  # numbers of operators that the nearest cache holds


def contents(
    plan: Applied, form: Matrix, words: Tensor, operators: Tensor, which: Array
) -> Iterator[Tensor]:
    """Contents of the compositions (m, n), level by level.

    words: contents of the plan's words.  operators, which: a table and the words' rows in it.
    """
    n = words.shape[-1]
    coming: list[list[Tensor]] = [[] for _ in plan.steps]
    level = words
    for i, step in enumerate(plan.steps):
        still = arrays(level, operators, form.operators)
        if still is None:
            made = _recorded(step, level, operators, which, form)
        else:
            made = torch.from_numpy(_still(step, which, *still))
        for later, part in zip(coming[i:], made.split(step.sizes), strict=True):
            later.append(part)
        pairs = rows(torch.cat(coming[i]), step.pairs).reshape(-1, 2 * n)
        coming[i].clear()
        whole = form.paired(pairs, form.weight, step.spans)
        level = form.activation(form.biased(whole, step.spans, None))
        yield level


def _still(step: Step, which: Array, level: Array, operators: Array, weight: Array) -> Array:
    """What comes of the vectors of a step (·, n), without gradients."""
    n = level.shape[-1]
    acted = len(step.rows)
    most = max((layer.spans[-1][2] for layer in step.layers if layer.spans), default=0)
    pool = np.empty((acted + most, n), dtype=level.dtype)
    block = max(1, BLOCK // n**2)
    word = row = 0
    for count, width in step.groups:
        for size in [block] * (count // block) + [count % block]:
            there = operators.take(which[step.words[word : word + size]], 0)
            end = row + size * width
            given = level.take(step.rows[row:end], 0).reshape(size, width, n)
            np.matmul(given, there, out=pool[row:end].reshape(size, width, n))
            word, row = word + size, end
    below = pool
    for layer in reversed(step.layers):
        pairs = below.reshape(-1, 2 * n) if layer.spans else below
        for kind, a, b in layer.spans:
            np.matmul(pairs[a:b], weight[kind], out=pool[acted + a : acted + b])
        below = pool.take(layer.rows, 0)
    return below


def _recorded(step: Step, level: Tensor, operators: Tensor, which: Array, form: Matrix) -> Tensor:
    """What comes of the vectors of a step (·, n), in operations that torch can differentiate."""
    n = level.shape[-1]
    there = rows(operators, which[step.words]).split([count for count, _ in step.groups])
    given = rows(level, step.rows).split([count * width for count, width in step.groups])
    acted = torch.cat(
        [
            torch.bmm(x.reshape(len(y), -1, n), y).flatten(0, 1)
            for x, y in zip(given, there, strict=True)
        ]
    )
    below: Tensor = None
    for layer in reversed(step.layers):
        at = np.flatnonzero(layer.rows >= len(acted))
        number = layer.rows.copy()
        number[at] = 0
        here = rows(acted, number)
        if layer.spans:
            made = form.paired(below.reshape(-1, 2 * n), form.operators, layer.spans)
            at = at[ordered(layer.rows[at] - len(acted))]
            here = here.index_copy(0, torch.from_numpy(at).to(here.device), made)
        below = here
    return below
