"""What a person or a program is told: values, notes and errors, as text or as lines of JSON."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from vsa.errors import VsaError
from vsa.layout import fitted, window, within
from vsa.notes import collecting
from vsa.style import painted, styled, styling
from vsa.suggest import printable
from vsa.terminal import style
from vsa.terminal.style import coloured

if TYPE_CHECKING:
    from vsa.lang.session import Outcome, Session


def say(text: str, aside: bool = False, colour: bool = False) -> None:
    """Print a text, to stderr if it is an aside: all that is printed as text goes through here.

    It may come from a file, a name or a plugin, so that it commands no terminal.
    """
    text = printable(text)
    text = painted(text, style.TEXT) if colour else text
    print(text, file=sys.stderr if aside else sys.stdout, flush=True)


class Reporter(Protocol):
    """Where the outcomes of statements go."""

    @property
    def width(self) -> int | None:
        """The columns for values, None where nothing limits them."""

    def outcome(self, session: Session, outcome: Outcome) -> None:
        """A statement is done."""

    def error(self, error: BaseException) -> None:
        """A statement, or what led up to it, failed."""

    def note(self, text: str) -> None:
        """Something to be said beside what statements give."""

    def line(self, text: str, data: Mapping[str, Any]) -> None:
        """Something else that was asked for."""

    def warning(self, text: str, error: BaseException) -> None:
        """Something went wrong beside what was asked for."""


class TextReporter:
    """Values to stdout; notes and errors to stderr, the same note once.

    located: errors begin with `file:line:col:`, as compilers write them, else with `error:`.
    caret: the line of source follows, with carets under the culprit.
    colour: escape codes may be used; None where `coloured` says so of a stream.
    echo: each statement is printed before what it gives; a text alone is a heading as it stands.
    traceback: all of an error follows.
    """

    def __init__(
        self,
        located: bool,
        caret: bool,
        colour: bool | None = None,
        echo: bool = False,
        traceback: bool = False,
    ) -> None:
        self.located = located
        self.echo = echo
        self.caret = caret
        self._colour = colour
        self.traceback = traceback
        self._noted: set[str] = set()

    @property
    def width(self) -> int | None:
        """The columns of the window; files and pipes have none."""
        return window(sys.stdout)

    def colour(self, stream: TextIO | None) -> bool:
        """Whether a stream gets escape codes."""
        return coloured(stream) if self._colour is None else self._colour

    def outcome(self, session: Session, outcome: Outcome) -> None:
        """Print the value if it is to be shown, then the notes."""
        if self.echo and not (outcome.shown and isinstance(outcome.value, str)):
            say("\n".join(f"> {line}" for line in outcome.text.splitlines()))
        try:
            if outcome.shown:
                colour = self.colour(sys.stdout)
                say(shown(session, outcome.value, self.width, colour), colour=colour)
        finally:
            for note in outcome.notes:
                self.note(note)

    def error(self, error: BaseException) -> None:
        """Print what went wrong and where."""
        message, place, pretty = explain(error), "", None
        span = getattr(error, "span", None)
        source = getattr(error, "source", None)
        if span is not None and source is not None:
            if self.located:
                line, column = source.location(span.start)
                place = f"{source.name}:{line}:{column}: "
            if self.caret:
                pretty = error.pretty  # type: ignore[attr-defined]
        with within(window(sys.stderr)), styling(self.colour(sys.stderr)):
            self.aside("error", message if pretty is None else pretty(), place)
        if self.traceback:
            show_traceback(error)

    def note(self, text: str) -> None:
        """Print the text to stderr, if it has not been said yet."""
        if text not in self._noted:
            self._noted.add(text)
            self.aside("note", text)

    def aside(self, word: str, message: str, place: str = "") -> None:
        """A line of stderr that begins with a place or with a word for what it is."""
        colour = self.colour(sys.stderr)
        with styling(colour):
            head = styled((place or word + ": ").rstrip(), word)
        say(fitted(f"{head} {message}", window(sys.stderr)), aside=True, colour=colour)

    def warning(self, text: str, error: BaseException) -> None:
        """Print the text to stderr."""
        warn(text, error, self.traceback)

    def line(self, text: str, data: Mapping[str, Any]) -> None:
        """Print the text."""
        say(fitted(text, self.width), colour=self.colour(sys.stdout))


class JsonReporter:
    """One JSON object a line on stdout, errors too."""

    width = None

    def __init__(self, traceback: bool = False) -> None:
        self.traceback = traceback

    def outcome(self, session: Session, outcome: Outcome) -> None:
        """Print the value if it is to be shown; the notes go with it."""
        notes = list(outcome.notes)
        if outcome.shown:
            with collecting():  # the statement's own have been noted
                value = plain(session, outcome.value)
            _print_json({"value": value, "notes": notes})
        else:
            for note in notes:
                self.note(note)

    def note(self, text: str) -> None:
        """Print the text to stderr."""
        say(f"note: {text}", aside=True)

    def error(self, error: BaseException) -> None:
        """Print the message, the place and the hint."""
        span, source = getattr(error, "span", None), getattr(error, "source", None)
        line = column = None
        if span is not None and source is not None:
            line, column = source.location(span.start)
        message = getattr(error, "message", None) or explain(error)
        hint = getattr(error, "hint", None)
        _print_json({"error": {"message": message, "line": line, "column": column, "hint": hint}})
        if self.traceback:
            show_traceback(error)

    def warning(self, text: str, error: BaseException) -> None:
        """Print the text to stderr."""
        warn(text, error, self.traceback)

    def line(self, text: str, data: Mapping[str, Any]) -> None:
        """Print the data."""
        _print_json(data)


def _print_json(data: Mapping[str, Any]) -> None:
    print(json.dumps(data), flush=True)


def explain(error: BaseException) -> str:
    """An exception in one line; what was not raised on purpose is called a fault of ours."""
    if isinstance(error, VsaError):
        return str(error)
    if isinstance(error, MemoryError):
        return "there is not enough memory for this"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    text = " ".join(str(error).split())
    name = type(error).__name__
    return f"internal error, please report it: {name}{': ' if text else ''}{text}"


def warn(text: str, error: BaseException, traceback: bool) -> None:
    """A warning on stderr, and all of the error behind it if that is wanted."""
    TextReporter(located=False, caret=False).aside("warning", text)
    if traceback:
        show_traceback(error)


def show_traceback(error: BaseException) -> None:
    """All of an error, for the authors of plugins: what `--traceback` asks for."""
    import traceback

    say("".join(traceback.format_exception(error.__cause__ or error)).rstrip("\n"), aside=True)


def shown(session: Session, value: Any, columns: int | None = None, colour: bool = False) -> str:
    """A value as text, for so many columns; with colour it says what its pieces are."""
    from vsa.lang.show import show

    with collecting(), within(columns), styling(colour):  # the statement's own have been noted
        return fitted(show(session, value))


def plain(session: Session, value: Any) -> Any:
    """A value as what strict JSON has: null for NaN and infinity, which it has not."""
    from vsa.lang.show import to_json

    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(session, item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(session, item) for item in value]
    return plain(session, to_json(session, value))
