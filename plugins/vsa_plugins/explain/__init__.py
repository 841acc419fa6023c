"""Why did it answer that, how much can it hold, and how would it do in another space?

These evaluate expressions of the language in their own way, and so import its evaluator, which other
plugins do without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from vsa import hookimpl
from vsa_plugins.explain.advise import advise
from vsa_plugins.explain.sweep import (
    Sweep,
    accuracy,
    algebras,
    needed_dim,
    reliability,
    sweep,
)
from vsa_plugins.explain.why import TERMS, why

__all__ = ["accuracy", "advise", "algebras", "needed_dim", "reliability", "sweep", "why"]


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """why, sweep, reliability, algebras, accuracy, needed_dim, advise."""
    return [why, sweep, reliability, algebras, accuracy, needed_dim, advise]


@hookimpl
def vsa_types() -> Iterable[type]:
    """The table of a sweep, which is kept with its intervals."""
    return [Sweep]


@hookimpl
def vsa_settings() -> Mapping[str, Any]:
    """How many terms `why` lists."""
    return {TERMS: 8}
