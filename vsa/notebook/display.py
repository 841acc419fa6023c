"""How a notebook shows values: their table as HTML, and the prompt's text where that is not drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vsa.algebra.vector import Vector
from vsa.errors import VsaError
from vsa.lang.session import Session
from vsa.lang.show import rich
from vsa.memory.answer import Answer, Answers
from vsa.suggest import printable
from vsa.table import Tabular
from vsa.terminal.report import shown

LINES = 100  # of a text that are shown
PLAIN = (float, int, bool, str)  # classes of the language that IPython shows itself


class Text(str):
    """A text that a notebook shows as it stands, without quotation marks."""

    __slots__ = ()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(bounded(self))


def text(session: Session, value: Any) -> str:
    """What the prompt prints of a value, as far as it can be read."""
    return bounded(shown(session, value))


def bounded(text: str) -> str:
    """No more than some hundred lines of a text, without what commands a terminal."""
    lines = printable(text).split("\n")
    more = len(lines) - LINES
    return "\n".join([*lines[:LINES], f"… {more:,} more lines"] if more > 0 else lines)


def display(session: Session, value: Any) -> None:
    """Show a value of the language."""
    from IPython.display import display as shows

    bundle = {"text/plain": text(session, value)}
    drawn = rich(session, value)
    if drawn is not None:
        bundle["text/html"] = drawn
    shows(bundle, raw=True)


class Formats:
    """How values are shown that a Python cell ends with: as in the cells of the language."""

    def __init__(self, shell: Any, session: Callable[[], Session]) -> None:
        self.session = session
        formatters = shell.display_formatter.formatters
        self.plain, self.html = formatters["text/plain"], formatters["text/html"]
        self.classes: set[type] = set()

    def follow(self, session: Session) -> None:
        """Know the classes of a session's plugins."""
        for cls in {Answer, Answers, *session.plugins.types} - self.classes - {*PLAIN}:
            self.classes.add(cls)
            self.plain.for_type(cls, self._print)
            if not issubclass(cls, Tabular):  # which knows its own HTML
                self.html.for_type(cls, self._draw)

    def forget(self) -> None:
        """Leave the classes to IPython again."""
        for cls in self.classes:
            self.plain.pop(cls, None)
            self.html.pop(cls, None)
        self.classes.clear()

    def _print(self, value: Any, printer: Any, cycle: bool) -> None:
        try:
            session = self.session()
            strange = isinstance(value, Vector) and value.space != session.space
            printer.text(repr(value) if strange else text(session, value))
        except VsaError as error:
            printer.text(f"error: {error}")

    def _draw(self, value: Any) -> str | None:
        try:
            return rich(self.session(), value)
        except VsaError:  # the text says it
            return None
