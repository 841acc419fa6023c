"""Runs texts in a session and reports what they came to, for all who drive one by text."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from vsa.errors import Quit
from vsa.lang.session import Outcome, Session
from vsa.lang.syntax.errors import LanguageError, Source, Span
from vsa.lang.syntax.tree import Evaluate
from vsa.layout import within
from vsa.terminal.progress import Progress
from vsa.terminal.report import Reporter
from vsa.terminal.style import terminal


class Excerpt(Source):
    """Some lines of a longer input: `before` lines precede them, and reports count those too."""

    def __init__(self, text: str, name: str, before: int) -> None:
        super().__init__(text, name)
        self.before = before

    def location(self, offset: int) -> tuple[int, int]:
        """The line and the column in the longer input."""
        line, column = super().location(offset)
        return line + self.before, column

    def line_span(self, line: int) -> Span:
        """Where a line lies in this text."""
        return super().line_span(line - self.before)


def decode(data: bytes, name: str, before: int = 0) -> str:
    """Bytes as text, from which a mark of its encoding is taken off; LanguageError if they are none.

    They are called `name` in the report, and `before` lines precede them.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = data.decode("utf-8", errors="replace")
        start = len(data[: error.start].decode("utf-8"))
        message = f"this is not a text in UTF-8: byte 0x{data[error.start]:02x}"
        place = Span(start, start + 1)
        raise LanguageError(message, place, Excerpt(text, name, before)) from None


class Runner:
    """Feeds texts to a session; draws progress where stderr is a terminal."""

    def __init__(self, session: Session, reporter: Reporter) -> None:
        self.session = session
        self.reporter = reporter
        self.done = 0  # statements of the last text that were done and shown
        self._known = -1  # the newest of the history when the last one began
        self._progress: Progress | None = None
        if terminal(sys.stderr):
            self._progress = Progress()
            session.on_progress = self._progress.count

    def run(self, text: str, name: str, before: int = 0) -> bool:
        """Run the statements of a text; False once one fails, those before it stay done.

        Raises Quit, and KeyboardInterrupt, of which `say_interrupted` tells more.
        """
        self.done, self._known = 0, self.session.logged
        outcomes: Iterable[Outcome] = self.session.execute(Excerpt(text, name, before))
        if self._progress is not None:
            outcomes = self._progress.watch(outcomes)
        try:
            for outcome in self._laid_out(outcomes):
                self.reporter.outcome(self.session, outcome)
                if outcome.shown and isinstance(outcome.statement, Evaluate):
                    self.session.results.add(outcome.value)
                self.done, self._known = self.done + 1, self.session.logged
        except (Quit, OSError):  # an OSError is of the output: what plugins raise is wrapped
            raise
        except Exception as error:
            self.reporter.error(error)
            return False
        return True

    def _laid_out(self, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
        """The outcomes, what is laid out while a statement runs being for the window as it is."""
        remaining = iter(outcomes)
        while True:
            with within(self.reporter.width):
                outcome = next(remaining, None)
            if outcome is None:
                return
            yield outcome

    def answered(self, question: str) -> bool:
        """Whether who sits at the terminal says yes; Enter, Ctrl-C and Ctrl-D mean no."""
        if self._progress is not None:
            self._progress.rest()
        print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
        try:
            return input().strip().lower() in ("y", "yes")
        except (EOFError, KeyboardInterrupt):
            print(file=sys.stderr)
            return False

    def say_interrupted(self) -> None:
        """After Ctrl-C: tell what it has left behind."""
        # At its beginning the line has the ^C that the terminal drew.
        print(("\r" if terminal(sys.stderr) else "") + self.interrupted(), file=sys.stderr)

    def interrupted(self) -> str:
        """What Ctrl-C has left behind."""
        if self.session.logged != self._known:
            return "interrupted when the statement was done already"
        if self.done:
            return "interrupted; this statement changed nothing, those before it stay done"
        return "interrupted; nothing was changed"
