"""A line on stderr while a statement takes longer than a second."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from typing import TextIO, TypeVar

from vsa.suggest import printable

T = TypeVar("T")

DELAY = 1.0  # seconds before anything is drawn
EVERY = 0.2  # seconds between drawings


class Progress:
    """Draws how far the work is, from a thread; erases it when the work is done.

    Only blanks and carriage returns are used, which every terminal has.
    """

    def __init__(self, stream: TextIO | None = None, delay: float = DELAY) -> None:
        self.stream = stream or sys.stderr
        self.delay = delay
        self._lock = threading.Lock()
        self._since: float | None = None  # when the running statement began
        self._counted: tuple[str, int, int | None] | None = None
        self._drawn = 0  # columns to erase

    def count(self, title: str, done: int | None, total: int | None) -> None:
        """What `Session.track` calls: so much of the counted work is done."""
        self._counted = None if done is None or done == total else (title, done, total)

    def watch(self, statements: Iterable[T]) -> Iterator[T]:
        """Yield what an iterator does, watching the time that each item takes."""
        finished = threading.Event()
        thread = threading.Thread(target=self._draw_until, args=(finished,), daemon=True)
        thread.start()
        try:
            remaining = iter(statements)
            while True:
                self._since, self._counted = time.monotonic(), None
                try:
                    item = next(remaining)
                except StopIteration:
                    return
                finally:
                    self.rest()
                yield item
        finally:
            finished.set()
            thread.join()

    def _draw_until(self, finished: threading.Event) -> None:
        while not finished.wait(min(EVERY, self.delay)):
            with self._lock:
                since = self._since
                if since is not None and time.monotonic() - since >= self.delay:
                    self._draw(time.monotonic() - since)

    def _draw(self, elapsed: float) -> None:
        text = f"{elapsed:.0f} s"
        if self._counted is not None:
            title, done, total = self._counted
            text = f"{title} {done}{'' if total is None else f'/{total}'}  {text}"
        text = printable(text)[: shutil.get_terminal_size().columns - 1]
        self._write("\r" + text.ljust(self._drawn))
        self._drawn = len(text)

    def rest(self) -> None:
        """Erase what was drawn, and draw no more until the next statement: it is done, or asks."""
        with self._lock:
            self._since = None
            if self._drawn:
                self._write("\r" + " " * self._drawn + "\r")
                self._drawn = 0

    def _write(self, text: str) -> None:
        try:
            self.stream.write(text)
            self.stream.flush()
        except (OSError, ValueError):  # the terminal has gone; the work goes on
            self._since = None
