"""`%vsa` and `%%vsa`: statements of the language in a notebook, in one session for all its cells."""

from __future__ import annotations

import sys
from typing import Any

from vsa.errors import Quit, VsaError
from vsa.lang.session import Outcome, Session
from vsa.notebook.complete import matcher
from vsa.notebook.display import Formats, Text, display
from vsa.progress import NotebookBar, in_notebook
from vsa.suggest import printable
from vsa.terminal.report import TextReporter, explain, warn
from vsa.terminal.run import Runner

NAME = "vsa_session"  # the Python variable that has the session
CELL = "<cell>"  # what messages call a cell


class CellError(VsaError):
    """A statement of a cell failed, or was interrupted: shown as at the prompt, without a traceback."""

    __module__ = "vsa"

    def __init__(self, message: str, text: str) -> None:
        super().__init__(message)
        self.text = text

    def _render_traceback_(self) -> list[str]:
        """What IPython shows."""
        return printable(self.text).splitlines()


class CellReporter(TextReporter):
    """Shows values as a notebook does, each at once; keeps the last one and what went wrong."""

    def __init__(self, shown: bool) -> None:
        super().__init__(located=False, caret=True, colour=False)
        self.shown = shown
        self.value: Any = None
        self.failure: BaseException | None = None

    def outcome(self, session: Session, outcome: Outcome) -> None:
        """Show the value if it is to be shown, then the notes."""
        try:
            if outcome.shown:
                self.value = outcome.value
                if self.shown:
                    display(session, outcome.value)
        finally:
            for note in outcome.notes:
                self.note(note)

    def error(self, error: BaseException) -> None:
        """Keep it: the magic raises it, so that the cells below do not run."""
        self.failure = error


class Notebook:
    """The language in one shell of IPython."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.formats = Formats(shell, lambda: self.session)
        self.matcher = matcher(lambda: self.session)

    @property
    def session(self) -> Session:
        """That of the variable `vsa_session`, which is made where there is none."""
        found = self.shell.user_ns.get(NAME)
        if found is None:
            found = Session()
            for problem in found.plugins.problems:
                warn(problem.text, problem.error, traceback=False)
            self.shell.user_ns[NAME] = found
        if not isinstance(found, Session):
            kind = type(found).__name__
            message = f"{NAME} must be a vsa.Session, not {kind}: del {NAME} makes a new one"
            raise CellError(message, f"error: {message}")
        return found

    def magic(self, line: str, cell: str | None = None) -> Any:
        """Statements of the language vsa, which share one session: the variable `vsa_session`.

        `%vsa EXPR` gives the value of a line to Python: `answer = %vsa top(s)`. A cell that begins
        with `%%vsa` shows its values; `%%vsa NAME` also gives the last one that Python name.
        """
        if cell is None:
            value = self._run(line, CellReporter(shown=False))
            return Text(value) if isinstance(value, str) else value
        name = line.strip()
        if name and not name.isidentifier():
            message = f"what follows %%vsa is a Python name for the last value, not {name!r}"
            raise CellError(message, f"error: {message}")
        value = self._run(cell, CellReporter(shown=True), before=1)
        if name:
            self.shell.user_ns[name] = value
        return None

    def _run(self, text: str, reporter: CellReporter, before: int = 0) -> Any:
        """The last value shown by the statements of a text, of which so many lines stand before."""
        session = self.session
        self.formats.follow(session)
        watched, bar = session.on_progress, NotebookBar()
        runner = Runner(session, reporter)
        if in_notebook():
            session.on_progress = bar.count
        try:
            runner.run(text, CELL, before)
        except Quit:
            print("note: a notebook goes on until its kernel is stopped", file=sys.stderr)
        except KeyboardInterrupt:
            raise CellError("interrupted", runner.interrupted()) from None
        finally:
            session.on_progress = watched
            bar.close()
        if reporter.failure is not None:
            error = reporter.failure
            pretty = getattr(error, "pretty", lambda: explain(error))
            raise CellError(explain(error), f"error: {pretty()}") from error
        return reporter.value


_loaded: dict[int, Notebook] = {}  # by the identity of the shell


def load(shell: Any) -> None:
    """Make `%vsa` and `%%vsa` known to a shell of IPython."""
    from IPython.core.magic import no_var_expand

    if id(shell) in _loaded:
        return
    notebook = _loaded[id(shell)] = Notebook(shell)

    @no_var_expand  # type: ignore[untyped-decorator, unused-ignore]  # {a, b} is a set, and no Python
    def vsa(line: str, cell: str | None = None) -> Any:
        return notebook.magic(line, cell)

    vsa.__doc__ = Notebook.magic.__doc__
    shell.register_magic_function(vsa, "line_cell")
    shell.Completer.custom_matchers.append(notebook.matcher)


def unload(shell: Any) -> None:
    """Take both away again; the session stays under its name."""
    notebook = _loaded.pop(id(shell), None)
    if notebook is None:
        return
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("vsa", None)
    shell.Completer.custom_matchers.remove(notebook.matcher)
    notebook.formats.forget()
