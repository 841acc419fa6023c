"""Notes: what is said beside a result. They are collected for whoever runs a statement.

Outside a statement a note is a Python warning. Each thread collects its own, which Python's
`warnings.catch_warnings` does not do.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from vsa.errors import CapacityWarning, Note

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


def once(notes: Iterable[Note]) -> tuple[str, ...]:
    """What a statement has to say, nothing twice.

    A stack that is popped again and again is past its capacity at every step: the first, which read
    the most, speaks for all that say the same with other numbers.
    """
    found: dict[str, str] = {}
    for said in notes:
        text = str(said)
        same = re.sub(r"\d[\d,.]*", "", text) if isinstance(said, CapacityWarning) else text
        found.setdefault(same, text)
    return tuple(found.values())


def _from_numpy(what: str, _: int) -> None:
    note(Note(f"{what} in the arithmetic"))
