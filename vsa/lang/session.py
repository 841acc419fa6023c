"""A session: text in, values out. Start reading here.

`Session.execute` is the whole of it: the text is parsed into statements; each is checked,
evaluated and committed in turn, and a statement that fails or is interrupted leaves no trace.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.arguments import checked_path, checked_text
from vsa.errors import ArgumentValueError
from vsa.lang import syntax
from vsa.lang.command import meant, perform_command
from vsa.lang.define import define
from vsa.lang.evaluate import Evaluator, evaluated, quoted
from vsa.lang.state import State
from vsa.lang.syntax import transcript, tree
from vsa.lang.syntax.errors import LanguageError, Source, Span
from vsa.memory.persistence import checked_place, persistence
from vsa.notes import collecting, once
from vsa.record import Record


class Outcome(Record):
    """What a statement came to: its value, if it has one to show, and notes."""

    statement: tree.Statement
    value: Any = None
    shown: bool = False  # whether the value is what the user asked to see
    notes: tuple[str, ...] = ()
    text: str = ""  # of the statement


class Session(State):
    """Names, functions and a memory over one space, driven by text.

    >>> session = Session(Space(dim=512))
    >>> session.run("atom mark; top(push(nil, mark))")[-1].name
    'mark'
    """

    __module__ = "vsa"

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        space: Space | None = None,
        *,
        backend: str | None = None,
        read_only: bool = False,
    ) -> Session:
        """The session that a file holds, or a new one that is kept in it.

        space, backend, read_only: as in `Memory.open`.
        """
        checked_place(path, space, backend, read_only)
        opened: Session = persistence().open_session(
            path, space, backend=backend, read_only=read_only
        )
        return opened

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the session to a new file and keep it there from now on, after every statement."""
        persistence().save(self, checked_path("path", path))

    def backup(self, path: str | os.PathLike[str]) -> None:
        """Copy all that the session's file has to a new file, and go on in the old one."""
        self.memory.backup(path)

    # --- running text --------------------------------------------------------------------------
    def run(self, text: str, name: str = "<input>") -> list[Any]:
        """The values of the statements of a text, None for those without one.

        Raises LanguageError at the first that fails; those before it stay done.
        """
        return [outcome.value for outcome in self.execute(text, name)]

    def execute(self, text: str | Source, name: str = "<input>") -> Iterator[Outcome]:
        """Parse the whole text, then run its statements one by one."""
        source = (
            text
            if isinstance(text, Source)
            else Source(checked_text("text", text), checked_text("name", name))
        )
        left_out = source.left_out
        for statement in syntax.parse(source):
            outcome = self.perform(statement, source)
            if left_out:
                outcome = outcome.changed(notes=(*outcome.notes, transcript.said(left_out)))
                left_out = 0
            yield outcome

    def perform(self, statement: tree.Statement, source: Source) -> Outcome:
        """Check, evaluate and commit one statement."""
        title, statement = source.of(statement.span), meant(self, statement)
        with collecting() as notes, self.journal.transaction(title):
            before = self.journal.changes
            try:
                if isinstance(statement, tree.Command):
                    value, shown = perform_command(self, statement, source), True
                else:
                    value, shown = self._statement(statement, source)
                    if self.journal.changes > before:  # history is what made the session what it is
                        self.log(title)
            except RecursionError:
                raise LanguageError(
                    "the expression is nested too deeply", statement.span, source
                ) from None
        return Outcome(statement, value, shown and value is not None, once(notes), title)

    def _statement(self, statement: tree.Statement, source: Source) -> tuple[Any, bool]:
        match statement:
            case tree.Evaluate(value=expression):
                return evaluated(self, expression, source), True
            case tree.Assign(name=ident, value=expression):
                value = evaluated(self, expression, source)
                with source.at(ident.span):  # of what the expression has not used
                    self.check_free(ident.text)
                self.assign(ident.text, value)
                return value, False
            case tree.Atoms(names=names):
                for ident in names:
                    with source.at(ident.span):
                        self.declare_atom(ident.text)
                return None, False
            case tree.Define():
                made = define(self, statement, source)
                with source.at(statement.name.span):
                    self.check_free(statement.name.text)
                self.define(made)
                return made, False
            case tree.Help(name=ident, command=command):
                return self._help(ident, source, command), True
        raise TypeError(f"not a statement: {statement!r}")  # pragma: no cover

    def _help(self, ident: tree.Ident | None, source: Source, command: bool = False) -> Any:
        function = self.plugins.functions.get("help")
        if function is None:
            raise LanguageError("no loaded plugin has the function 'help'", None, source)
        if ident is None:
            return Evaluator(self, source).call(function, [], {}, Span(0, 0))
        name = f":{ident.text}" if command else ident.text
        about = quoted(self, tree.Name(name, ident.span), source)
        return Evaluator(self, source).call(function, [about], {}, ident.span)

    # --- from Python ---------------------------------------------------------------------------
    def evaluate(self, expression: tree.Expr, source: Source) -> Any:
        """Check, then evaluate an expression."""
        return evaluated(self, expression, source)

    def set(self, name: str, value: Any) -> None:
        """Give a Python value a name: a Vector (a batch too), a number, a text, a plugin's value."""
        name = _name(name)
        value = value.item() if isinstance(value, np.generic) else value
        if isinstance(value, Vector) and value.space != self.space:
            raise ArgumentValueError(f"this session is of {self.space!r}, not of {value.space!r}")
        self.check_free(name)
        with self.journal.transaction(f"set {name}"):
            self.assign(name, value)

    def declare(self, *names: str) -> None:
        """Declare symbols, as `atom` does."""
        names = tuple(map(_name, names))
        with self.journal.transaction(f"atom {', '.join(names)}"):
            for name in names:
                self.declare_atom(name)


def _name(name: str) -> str:
    """A name given from Python as the language has it."""
    if not checked_text("a name", name).isidentifier():
        raise ArgumentValueError(f"{name!r} is not a name: use letters, digits and underscores")
    return unicodedata.normalize("NFC", name)


@lru_cache(maxsize=10_000)
def parsed(text: str) -> tuple[Source, tree.Statement]:
    """A statement of the history again."""
    source = Source(text, "<history>")
    (statement,) = syntax.parse(source)
    return source, statement
