"""The prompt of an interactive session: colours, Tab, history, editing over several lines."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.formatted_text.utils import split_lines
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.output.defaults import create_output
from prompt_toolkit.styles import Style

from vsa.lang.session import Session
from vsa.lang.syntax import is_open, transcript
from vsa.layout import LEAST, columns, fitted
from vsa.terminal.complete import offers
from vsa.terminal.run import Runner
from vsa.terminal.style import TYPED, terminal
from vsa.terminal.words import callee, open_call, roles, words

MARGINS = 5  # columns of a menu beside its words
LONG = 10_000  # characters; a longer text is not coloured, so that typing stays quick
INDENT = "  "


class Prompt:
    """Reads statements with prompt_toolkit and runs them."""

    def __init__(self, runner: Runner, prompt: str = "> ", continued: str = ". ") -> None:
        self.runner = runner
        self.session = runner.session
        self.colours = Colours(self.session)
        self.editor: PromptSession[str] = PromptSession(
            prompt,
            multiline=True,
            prompt_continuation=continued,
            lexer=self.colours,
            style=Style.from_dict(TYPED),
            include_default_pygments_style=False,
            completer=Words(self.session),
            complete_while_typing=False,
            history=history(),
            auto_suggest=AutoSuggestFromHistory(),
            enable_history_search=True,
            enable_suspend=True,
            bottom_toolbar=self.toolbar,
            key_bindings=keys(),
            # Values may go to a file while the prompt is seen.
            output=None if terminal(sys.stdout) else create_output(always_prefer_tty=True),
        )

    def read(self) -> None:
        """Prompt, read and run until Ctrl-D; raises Quit."""
        while True:
            try:
                text = self.editor.prompt()
            except KeyboardInterrupt:
                if not self.editor.default_buffer.text:
                    print("Ctrl-D or :quit leaves", file=sys.stderr)
                continue
            except EOFError:
                return
            if text.strip():
                try:
                    self.runner.run(text, "<input>")
                except KeyboardInterrupt:
                    self.runner.say_interrupted()
                self.colours.changed()

    def toolbar(self) -> StyleAndTextTuples:
        """What stands below the prompt."""
        room = self.editor.output.get_size().columns
        return status(self.session, self.editor.default_buffer.document.text_before_cursor, room)


def status(session: Session, before: str, room: int | None = None) -> StyleAndTextTuples:
    """The space and how much there is; the signature of the call that the cursor stands in.

    Of so many columns the signature has what it needs; of the rest is said what there is room for.
    """
    call = open_call(words(before)) if len(before) < LONG else None
    function = callee(session, call.name) if call is not None else None
    signature = "" if function is None else first_line(function.signature, room)
    space, file = session.space, session.file
    said = [
        f"dim {space.dim}", space.algebra.name, session.counted, f"{space.atom_kind} atoms",
        space.backend_name, *([] if file is None else [file.name]),
    ]  # fmt: skip
    while room is not None and said and columns("  ".join([*said, f" {signature}"])) > room:
        said.pop()
    parts: StyleAndTextTuples = [("class:bottom-toolbar", "  ".join(said))]
    if signature:
        parts.append(("class:bottom-toolbar.call", "   " * bool(said) + signature))
    return parts


def first_line(text: str, room: int | None) -> str:
    """A text up to the last word that there is room for; … where more follows."""
    if room is None or columns(text) <= room:
        return text
    return fitted(text, room - 2).split("\n")[0] + " …"


class Words(Completer):
    """Completions with a line about each."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        """What may replace the word before the cursor."""
        text = document.text_before_cursor
        closed = document.current_char == '"'  # a text that has its end already
        found = offers(self.session, text)
        widest = max((columns(offer.text) for offer in found), default=0)
        room = get_app().output.get_size().columns - widest - MARGINS
        for offer in found:
            shown = offer.text[:-1] if closed and offer.text.endswith('"') else offer.text
            about = first_line(offer.about, max(room, LEAST))
            yield Completion(shown, offer.start - len(text), display_meta=about)


class Colours(Lexer):
    """The grammar's own tokens, names told apart by what they are."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.generation = 0

    def changed(self) -> None:
        """Names may mean something else from now on."""
        self.generation += 1

    def invalidation_hash(self) -> int:
        """Texts that were coloured under another hash are coloured anew."""
        return self.generation

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """The styled pieces of each line."""
        lines = list(split_lines(self.pieces(document.text)))
        return lambda number: lines[number] if number < len(lines) else []

    def pieces(self, text: str) -> StyleAndTextTuples:
        """A text cut into styled pieces; prompts and results of a transcript as comments."""
        if len(text) > LONG:
            return [("", text)]
        found: StyleAndTextTuples = []
        at = 0
        typed, _ = transcript.statements(text)  # as long as the text
        between = "" if typed == text else "class:vsa.comment"
        for word in roles(self.session, typed):
            if word.start > at:
                found.append((between, text[at : word.start]))
            at = word.start + len(word.text)
            style = between if word.kind == "newline" else f"class:vsa.{word.kind}"
            found.append((style, text[word.start : at]))
        return [*found, (between, text[at:])]


def keys() -> KeyBindings:
    """Enter runs what is complete and continues what is not; Alt-Enter always continues."""
    bindings = KeyBindings()

    @bindings.add("enter")
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.complete_state is not None and buffer.complete_state.current_completion:
            buffer.complete_state = None  # takes the completion, and no more
        elif is_open(buffer.text):
            depth = sum(
                1 if word.text in "([{" else -1
                for word in words(buffer.document.text_before_cursor)
                if word.kind == "bracket"
            )
            buffer.insert_text("\n" + INDENT * max(0, depth))
        else:
            buffer.validate_and_handle()

    @bindings.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return bindings


class KeptHistory(FileHistory):
    """A file of what was typed; where it can no longer be written, typing goes on."""

    def store_string(self, string: str) -> None:
        """Add an entry to the file."""
        with suppress(OSError, UnicodeError):
            super().store_string(string)


def history() -> History:
    """What was typed in earlier sessions, or only in this one where no file can be kept."""
    folder = state_folder()
    if folder is None:
        return InMemoryHistory()
    path = folder / "history"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists() and not path.is_file():
            return InMemoryHistory()
        os.close(os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600))
    except OSError:
        return InMemoryHistory()
    return KeptHistory(path)


def state_folder() -> Path | None:
    """Where this user's programs keep what they remember, None where there is no such place."""
    name = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_STATE_HOME"
    base = os.environ.get(name, "")
    if os.path.isabs(base):
        return Path(base, "vsa")
    try:
        return Path.home() / ".local" / "state" / "vsa"
    except RuntimeError:
        return None
