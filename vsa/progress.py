"""The bar of a notebook, where one is run: tqdm's, which is drawn as a widget if there is ipywidgets."""

from __future__ import annotations

import sys
import warnings
from typing import Any

DELAY = 1.0  # seconds before a bar is drawn


def in_notebook() -> bool:
    """Whether this runs in the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


class NotebookBar:
    """Draws how far counted work is; without tqdm nothing is drawn."""

    def __init__(self, delay: float = DELAY) -> None:
        self.delay = delay
        self._bar: Any = None
        self._title = ""

    def count(self, title: str, done: int | None, total: int | None) -> None:
        """So much of the work of this title is done, of so much; all of it where that is the same."""
        if done is None or done == total:
            self.close()
            return
        if self._bar is None or title != self._title:
            self.close()
            self._bar, self._title = _made(title, total, self.delay), title
        if self._bar is not None:
            self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _made(title: str, total: int | None, delay: float) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without ipywidgets tqdm draws in text, and warns of that
        try:
            from tqdm.auto import tqdm
        except ImportError:
            return None
    return tqdm(total=total, desc=title, delay=delay, leave=False)
