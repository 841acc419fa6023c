"""Sums of products in one pass over memory, by a loop in C where that was compiled.

The loop (_fused.c) is part of an installation that found a compiler, and of one processor's kind, x86-64
with AVX2. Where it is missing, or VSA_FUSED=0 says so when vsa is imported, NumPy does the same in
several passes, with the same numbers but for the last bit.
"""

from __future__ import annotations

import os
from types import ModuleType

from vsa.algebra.backend import Array

SWITCH = "VSA_FUSED"  # in the environment; 0 leaves the loop alone
MISSING = "not compiled"


def _found() -> tuple[ModuleType | None, str]:
    """The compiled loop, and why there is none."""
    if os.environ.get(SWITCH, "").strip().lower() in ("0", "off", "false", "no"):
        return None, f"switched off by {SWITCH}={os.environ[SWITCH].strip()}"
    try:
        from vsa.algebra import _fused
    except ImportError as error:
        return None, str(error) if "AVX2" in str(error) else MISSING
    return _fused, ""


LOOP, WHY_NOT = _found()


def sum_of_products(
    out: Array, terms: tuple[Array, ...], pairs: int, weights: Array | None = None
) -> bool:
    """Write Σ aᵢ·bᵢ + Σ cⱼ into `out`; whether that was done, as of all but NumPy's it is not.

    terms: so many values as there are pairs, as many keys, and what else is added: complex arrays
    (..., width) that broadcast to that of `out`.  weights: (2 · width,), how the square of each real
    number of a row counts in its squared length; given, every row but zero is scaled to length 1.
    """
    return LOOP is not None and bool(LOOP.sum_of_products(out, terms, pairs, weights))
