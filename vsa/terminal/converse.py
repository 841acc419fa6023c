"""The interactive session, and the same for piped input and for terminals that can do little."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from vsa.errors import VsaError
from vsa.files import LINE
from vsa.layout import fitted, window
from vsa.terminal.report import JsonReporter, Reporter, TextReporter, say
from vsa.terminal.style import terminal

if TYPE_CHECKING:
    from vsa.lang.session import Session
    from vsa.terminal.run import Runner

PROMPT, CONTINUED = "> ", ". "


def converse(session: Session, json: bool = False, traceback: bool = False) -> int:
    """Read statements from stdin until it ends; returns the exit status.

    At a terminal with a prompt and editing; otherwise without, and 1 if a statement failed.
    """
    from vsa.errors import Quit
    from vsa.terminal.run import Runner

    typed = terminal(sys.stdin)
    reporter: Reporter = JsonReporter(traceback)
    if not json:
        caret = typed or terminal(sys.stderr)
        reporter = TextReporter(not typed, caret, traceback=traceback)
    runner = Runner(session, reporter)
    if not typed:
        lines = Lines(runner, "<stdin>")
        with suppress(Quit):
            lines.read()
        return int(lines.failed)
    session.on_question = runner.answered
    from vsa import __version__

    greeting = f"vsa {__version__}. help() lists what there is, ?name tells more, Ctrl-D leaves."
    say(fitted(greeting, window(sys.stdout), 0))
    with suppress(Quit):
        if os.environ.get("TERM", "").lower() in ("dumb", "unknown"):
            TypedLines(runner, "<input>").read()
        else:
            from vsa.terminal.prompt import Prompt

            Prompt(runner).read()
    return 0


class Lines:
    """Statements from a pipe: no prompt, and after one that fails the next is read."""

    def __init__(self, runner: Runner, name: str) -> None:
        self.runner = runner
        self.name = name
        self.failed = False
        self.number = 0  # of lines read
        self.text = ""  # read, and not run yet
        self.transcript: bool | None = None  # whether prompts stand before what was typed
        self.typed = False  # whether the last line of a transcript was
        self.left_out = 0  # lines of it, which are results

    def read(self) -> None:
        """Run each statement as soon as its last line is there, until the input ends."""
        from vsa.lang.syntax import is_open

        first = 0
        while (line := self.line()) is not None:
            self.number += 1
            line = self.unprompted(line)
            if not self.text:
                first = self.number
            # To look costs as much as the text is long, so not at every line of a long list.
            shut = not self.text or any(sign in line for sign in ")]}")
            self.text += line
            if shut and not is_open(self.text):
                self.run(first)
        if self.text:
            self.run(first)
        if self.left_out:
            from vsa.lang.syntax.transcript import said

            self.runner.reporter.note(said(self.left_out))

    def unprompted(self, line: str) -> str:
        """A line of a transcript without its prompt, empty where it is a result; others as they are."""
        from vsa.lang.syntax import transcript

        if self.transcript is None and line.strip():
            self.transcript = transcript.begins(line)
        if not self.transcript:
            return line
        found = transcript.typed(line, self.typed)
        self.typed = found is not None
        self.left_out += not self.typed and bool(line.strip())
        return found if found is not None else "\n"

    def line(self) -> str | None:
        """The next line with its end, None at the end of the input."""
        from vsa.terminal.run import decode

        stream = getattr(sys.stdin, "buffer", sys.stdin)
        while stream is not None and (line := stream.readline(LINE + 1)):
            try:
                if len(line) > LINE:
                    while line and line[-1:] not in ("\n", b"\n"):
                        line = stream.readline(LINE)
                    place = f"{self.name}:{self.number + 1}"
                    raise VsaError(f"{place}: the line is longer than {LINE:,} bytes")
                return line if isinstance(line, str) else decode(line, self.name, self.number)
            except VsaError as error:
                self.number += 1
                self.failed = True
                self.runner.reporter.error(error)
        return None

    def run(self, first: int) -> None:
        """Run what has been read; it began in the line `first`."""
        text, self.text = self.text, ""
        if not self.runner.run(text, self.name, first - 1):
            self.failed = True


class TypedLines(Lines):
    """Statements typed at a terminal that knows no escape codes: a prompt, no editing.

    Lines come one by one, and who pastes some may type on: each is taken by itself.
    """

    def unprompted(self, line: str) -> str:
        """The line without a prompt."""
        from vsa.lang.syntax import transcript

        return transcript.typed(line, bool(self.text)) or line

    def read(self) -> None:
        """Prompt, read and run until Ctrl-D; Ctrl-C drops what has been typed."""
        while True:
            try:
                super().read()
                print()
                return
            except KeyboardInterrupt:
                self.text = ""
                print()

    def line(self) -> str | None:
        """The next line, asked for with a prompt."""
        print(CONTINUED if self.text else PROMPT, end="", flush=True)
        return super().line()

    def run(self, first: int) -> None:
        """Run what has been read; Ctrl-C interrupts it."""
        self.number = 0
        try:
            super().run(1)
        except KeyboardInterrupt:
            self.runner.say_interrupted()
