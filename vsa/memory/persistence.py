"""The slot through which memories and sessions are opened from files and written to them.

What keeps them (vsa.persist) stands above what is kept, and is loaded by those who keep something;
the face of the library puts it here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vsa.algebra.space import Space
from vsa.arguments import checked_instance, checked_path, checked_text, checked_truth

_load: Callable[[], Any] | None = None


def provide(load: Callable[[], Any]) -> None:
    """From now on `load()` gives the module with open_memory, open_session, save and check."""
    global _load
    _load = load


def persistence() -> Any:
    """That module."""
    assert _load is not None, "vsa/__init__.py provides it"
    return _load()


def checked_place(path: Any, space: Any, backend: Any, read_only: Any) -> None:
    """Refuse what no file can be opened with, before one is made."""
    checked_path("path", path)
    if space is not None:
        checked_instance("space", space, Space, "a Space")
    if backend is not None:
        checked_text("backend", backend)
    checked_truth("read_only", read_only)
