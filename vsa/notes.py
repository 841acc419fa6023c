"""Notes: what is said beside a result. They are collected for whoever runs a statement.

Outside a statement a note is a Python warning. Each thread collects its own, which Python's
`warnings.catch_warnings` does not do.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from vsa.errors import Note

_collected: ContextVar[list[Note] | None] = ContextVar("collected", default=None)


def note(message: Note, stacklevel: int = 2) -> None:
    """Say something beside the result: to the statement that runs, or else as a warning."""
    collected = _collected.get()
    if collected is None:
        warnings.warn(message, stacklevel=stacklevel + 1)
    else:
        collected.append(message)


@contextmanager
def collecting() -> Iterator[list[Note]]:
    """The notes said inside, in this thread, as a list that grows; NumPy's warnings are some."""
    found: list[Note] = []
    token = _collected.set(found)
    try:
        with np.errstate(over="call", divide="call", invalid="call", call=_from_numpy):
            yield found
    finally:
        _collected.reset(token)


def _from_numpy(what: str, _: int) -> None:
    note(Note(f"{what} in the arithmetic"))
