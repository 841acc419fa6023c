"""Inductive biases that are equations on vectors, each beside its control: a module for each group."""

from __future__ import annotations

from importlib import import_module

QUICK = True  # one seed of each row, unless --full asks for all of them and the controls
ROOMS = (
    "learned", "relations", "mixture", "positions", "recurrence", "screening", "flow", "measures",
    "learning", "codebooks",
)  # fmt: skip
TABLES = tuple(made for room in ROOMS for made in import_module(f"benchmarks.biases.{room}").TABLES)
