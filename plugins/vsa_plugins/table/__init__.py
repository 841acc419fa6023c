"""Tables: rows of a file or a data frame as frames in memory, columns as their slots.

Files, each above the last: `cells.py` and `names.py` (what stands in a cell, and names made of it),
`sheet.py` (where rows come from), `kinds.py`, `columns.py` and `tally.py` (what a column is),
`values.py` (tables and rows), `load.py`, `matches.py`, and `language.py` and `learn.py` (what is typed,
`targets.py` being what is learnt).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from vsa import hookimpl

__all__ = ["Cell", "Column", "Records", "Row", "load_table"]
HOMES = {
    "Cell": "columns", "Column": "columns", "Records": "values", "Row": "values",
    "load_table": "language",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"vsa_plugins.table.{HOMES[name]}"), name)


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """load_table, columns, renamed, row, similar_rows, rows_like; learn, predict, score."""
    from vsa_plugins.table import language, learn

    return [*language.FUNCTIONS, *learn.FUNCTIONS]


@hookimpl
def vsa_types() -> Iterable[type]:
    """Tables, rows, and what is read of them."""
    from vsa_plugins.table.columns import Cell, Column
    from vsa_plugins.table.learn import Learned, Score
    from vsa_plugins.table.matches import Matches
    from vsa_plugins.table.targets import PredictedNumber, Prediction
    from vsa_plugins.table.values import Records, Row

    return [Records, Row, Column, Cell, Matches, Learned, Prediction, PredictedNumber, Score]
