"""Inductive biases: relatives and controls of the layers of `vsa.nn`, a small module each.

What is a law of binding is in `vsa.nn`; here is what it is measured against, and what carries its ideas
on: `arithmetic.py` (NAC, NALU), `coordinates.py` (CoordConv), `experts.py` and `softmaxes.py` (mixtures),
`corelnet.py` and `tasks.py` (relations, and tasks about them), `initialisers.py` and `nonnormal.py`
(recurrence), `relevancy.py` (a cell that screens), `flow.py` (a classifier by gradient flow),
`penalty.py`, `activations.py`, `patches.py` (a net without gradients). `language.py` is what can be
typed. torch is imported when one of them is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from vsa import hookimpl

HOMES: dict[str, str] = {
    "DenseMixture": "experts", "FlowClassifier": "flow", "Gamma": "activations", "Hat": "activations",
    "MixedCleanup": "softmaxes", "fisher_penalty": "penalty",
}  # fmt: skip
__all__ = [*HOMES]


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"vsa_plugins.biases.{HOMES[name]}"), name)


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """rule."""
    from vsa_plugins.biases.language import FUNCTIONS

    return FUNCTIONS
