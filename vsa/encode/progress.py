"""The bar that `encode` draws on a terminal, or in a notebook."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from vsa.progress import NotebookBar, in_notebook

WIDTH = 30


@contextmanager
def bar(
    title: str, progress: Callable[[int, int], None] | bool
) -> Iterator[Callable[[int, int], None]]:
    """What is to be called with (done, total): a function of the caller's, a bar, or nothing."""
    if callable(progress):
        yield progress
    elif progress and in_notebook():
        drawn = NotebookBar()
        try:
            yield lambda done, total: drawn.count(title, done, total)
        finally:
            drawn.close()
    elif not progress or not sys.stderr.isatty():
        yield lambda done, total: None
    else:
        since = time.monotonic()
        try:
            yield lambda done, total: _draw(title, done, total, time.monotonic() - since)
        finally:
            sys.stderr.write("\n")


def _draw(title: str, done: int, total: int, elapsed: float) -> None:
    full = WIDTH * done // max(total, 1)
    text = f"{title} [{'#' * full}{'.' * (WIDTH - full)}] {done}/{total}  {elapsed:.0f} s"
    sys.stderr.write("\r" + text[: shutil.get_terminal_size().columns - 1])
    sys.stderr.flush()
