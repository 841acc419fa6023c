"""Tasks about which of some items are the same object, as whole numbers; atoms or images stand for them.

After Webb, Sinha, Cohen 2021 (ESBN) and Kerg and others 2022 (CoRelNet), as their programs draw them:
each function gives the objects (trials, items) and the answers (trials,).
"""

from __future__ import annotations

from typing import Any

import torch

from vsa.plugin import checked_whole

Tensor = Any
Trials = tuple[Tensor, Tensor]


def same_different(objects: int, trials: int, generator: Any = None) -> Trials:
    """Two items: are they the same object, 0, or different ones, 1?

    >>> items, answers = same_different(100, 50)
    >>> bool(((items[:, 0] != items[:, 1]) == answers).all())
    True
    """
    a, b = _distinct(objects, trials, 2, generator).T
    different = _choices(2, trials, generator)
    return torch.stack([a, torch.where(different == 1, b, a)], -1), different


def match_to_sample(objects: int, trials: int, generator: Any = None) -> Trials:
    """Three pairs: which of the last two, 0 or 1, is the same or different as the first is?"""
    a, b, c, d, e = _distinct(objects, trials, 5, generator).T
    different, later = _choices(2, trials, generator), _choices(2, trials, generator)
    same, apart = torch.stack([c, c], -1), torch.stack([d, e], -1)
    swap = later[:, None] == 1
    pairs = torch.where(swap, apart, same), torch.where(swap, same, apart)
    sample = torch.stack([a, torch.where(different == 1, b, a)], -1)
    return torch.cat([sample, *pairs], -1), later ^ different


def distribution_of_three(objects: int, trials: int, generator: Any = None) -> Trials:
    """Three objects, two of them again, and four choices: which of these, 0 to 3, is the third?"""
    chosen = _distinct(objects, trials, 4, generator)
    again = chosen[:, :3].gather(-1, _distinct(3, trials, 3, generator))
    choices, answer = _choose(chosen, again[:, 2:], generator)
    return torch.cat([chosen[:, :3], again[:, :2], choices], -1), answer


def identity_rules(objects: int, trials: int, generator: Any = None) -> Trials:
    """A triple AAA, ABA or ABB, two of a second one, and four choices: which, 0 to 3, goes on as it did?"""
    chosen = _distinct(objects, trials, 4, generator)
    rule = _choices(3, trials, generator)
    shown = torch.tensor([[0, 0, 0, 1, 1], [0, 1, 0, 2, 3], [0, 1, 1, 2, 3]])[rule]
    right = torch.tensor([[1], [2], [3]])[rule]
    choices, answer = _choose(chosen, chosen.gather(-1, right), generator)
    return torch.cat([chosen.gather(-1, shown), choices], -1), answer


def _distinct(objects: int, trials: int, count: int, generator: Any) -> Tensor:
    """So many different objects (trials, count) for each trial."""
    objects, trials = (
        checked_whole("objects", objects, count),
        checked_whole("trials", trials, 1),
    )
    return torch.rand(trials, objects, generator=generator).argsort(-1)[:, :count]


def _choices(count: int, trials: int, generator: Any) -> Tensor:
    return torch.randint(count, (trials,), generator=generator)


def _choose(chosen: Tensor, right: Tensor, generator: Any) -> Trials:
    """The objects in any order, and at which place the right one stands."""
    order = _distinct(chosen.shape[1], len(chosen), chosen.shape[1], generator)
    choices = chosen.gather(-1, order)
    return choices, (choices == right).int().argmax(-1)
