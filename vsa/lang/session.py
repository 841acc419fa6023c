"""A session: text in, values out. Start reading here.

`Session.execute` is the whole of it: the text is parsed into statements; each is checked,
evaluated and committed in turn, and a statement that fails or is interrupted leaves no trace.
"""

from __future__ import annotations

import os
import unicodedata
import warnings
from collections.abc import Iterable, Iterator, Sized
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.annotations import Expression, Service
from vsa.errors import Note, Quit, VsaError
from vsa.hooks.functions import Function, describe
from vsa.hooks.loader import RESERVED, Plugins, load_plugins
from vsa.lang import syntax
from vsa.lang.check import Checker
from vsa.lang.command import perform_command
from vsa.lang.define import define
from vsa.lang.evaluate import Evaluator
from vsa.lang.quotation import Quotation
from vsa.lang.syntax import tree
from vsa.lang.syntax.errors import LanguageError, Source, Span
from vsa.lang.typed import Definition
from vsa.memory.journal import Journal
from vsa.memory.memory import Memory
from vsa.memory.persistence import persistence

__all__ = ["Outcome", "Quit", "Session"]

T = TypeVar("T")


@dataclass(frozen=True)
class Outcome:
    """What a statement came to: its value, if it has one to show, and warnings."""

    statement: tree.Statement
    value: Any = None
    shown: bool = False  # whether the value is what the user asked to see
    notes: tuple[str, ...] = ()
    text: str = ""  # of the statement


class Session(Service):
    """Names, functions and a memory over one space, driven by text.

    >>> session = Session(Space(dim=512))
    >>> session.run("atom mark; top(push(nil, mark))")[-1].name
    'mark'
    """

    def __init__(
        self,
        space: Space | None = None,
        memory: Memory | None = None,
        plugins: Plugins | None = None,
    ) -> None:
        self.memory = memory if memory is not None else Memory(space or Space())
        self.space = self.memory.space
        if space is not None and space != self.space:
            raise VsaError(f"the memory is of {self.space!r}, not of {space!r}")
        self.plugins = plugins if plugins is not None else load_plugins()
        self.journal: Journal = self.memory.journal
        self.values: dict[str, Any] = {}
        self.definitions: dict[str, Definition] = {}
        self.counters: dict[str, int] = {}
        self.history: list[str] = []  # the statements that changed something
        self.constants = {"nil": self.space.zero(), "true": True, "false": False}

    # --- on disk (vsa/persist) -----------------------------------------------------------------
    @classmethod
    def open(cls, path: str | os.PathLike[str], space: Space | None = None, *,
             read_only: bool = False) -> Session:  # fmt: skip
        """The session that a file holds, or a new one that is kept in it; see vsa.persist."""
        opened: Session = persistence().open_session(path, space, read_only=read_only)
        return opened

    @property
    def file(self) -> Path | None:
        """Where the session is kept: every statement is there before its result is seen."""
        return self.memory.file

    def close(self) -> None:
        """Let go of the file that the session is kept in; what is there stays there."""
        self.memory.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def become(self, other: Session) -> None:
        """Take over all that another session is, but for who watches its progress."""
        names = ("memory", "space", "journal", "values", "definitions", "counters", "history",
                 "constants", "plugins")  # fmt: skip
        for name in names:
            setattr(self, name, getattr(other, name))
        if self.journal.keeper is not None:
            self.journal.keeper.session = self  # type: ignore[attr-defined]

    # --- running text --------------------------------------------------------------------------
    def run(self, text: str, name: str = "<input>") -> list[Any]:
        """The values of the statements of a text, None for those without one.

        Raises LanguageError at the first that fails; those before it stay done.
        """
        return [outcome.value for outcome in self.execute(text, name)]

    def execute(self, text: str, name: str = "<input>") -> Iterator[Outcome]:
        """Parse the whole text, then run its statements one by one."""
        source = Source(text, name)
        for statement in syntax.parse(text, name):
            yield self.perform(statement, source)

    def perform(self, statement: tree.Statement, source: Source) -> Outcome:
        """Check, evaluate and commit one statement."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", Note)
            try:
                if isinstance(statement, tree.Command):
                    with self.journal.transaction(text_of(source, statement.span)):
                        value, shown = perform_command(self, statement, source), True
                else:
                    title = text_of(source, statement.span)
                    with self.journal.transaction(title):
                        value, shown = self._statement(statement, source)
                        if self.journal.changed:  # history is what made the session what it is
                            self.journal.record(self.forget_from, len(self.history))
                            self.history.append(title)
            except RecursionError:
                raise LanguageError(
                    "the expression is nested too deeply", statement.span, source
                ) from None
        notes = tuple(dict.fromkeys(str(w.message) for w in caught))
        text = text_of(source, statement.span)
        return Outcome(statement, value, shown and value is not None, notes, text)

    def forget_from(self, length: int) -> None:
        """Shorten the history."""
        del self.history[length:]

    def _statement(self, statement: tree.Statement, source: Source) -> tuple[Any, bool]:
        match statement:
            case tree.Evaluate(value=expression):
                return self.evaluate(expression, source), True
            case tree.Assign(name=ident, value=expression):
                self._check_free(ident, source)
                value = self.evaluate(expression, source)
                self._assign(ident.text, value)
                return value, False
            case tree.Atoms(names=names):
                for ident in names:
                    self._declare(ident, source)
                return None, False
            case tree.Define():
                self._check_free(statement.name, source)
                made = define(self, statement, source)
                if made.name in self.values:
                    self.journal.discard(self.values, made.name)
                self.journal.assign(self.definitions, made.name, made)
                return made, False
            case tree.Help(name=ident):
                return self._help(ident, source), True
        raise TypeError(f"not a statement: {statement!r}")  # pragma: no cover

    def evaluate(self, expression: tree.Expr, source: Source) -> Any:
        """Check, then evaluate an expression."""
        return Evaluator(self, source).evaluate(Checker(self, source).check(expression))

    # --- statements ----------------------------------------------------------------------------
    def set(self, name: str, value: Any) -> None:
        """Give a Python value a name: a Vector (a batch too), a number, a text, a plugin's value."""
        name = _name(name)
        source = Source(name, "<python>")
        value = value.item() if isinstance(value, np.generic) else value
        if isinstance(value, Vector) and value.space != self.space:
            raise VsaError(f"this session is of {self.space!r}, not of {value.space!r}")
        self._check_free(tree.Ident(name, Span(0, len(name))), source)
        with self.journal.transaction(f"set {name}"):
            self._assign(name, value)

    def declare(self, *names: str) -> None:
        """Declare symbols, as `atom` does."""
        with self.journal.transaction(f"atom {', '.join(names)}"):
            for name in map(_name, names):
                self._declare(tree.Ident(name, Span(0, len(name))), Source(name, "<python>"))

    def _check_free(self, ident: tree.Ident, source: Source) -> None:
        name = ident.text
        if name in RESERVED:
            raise LanguageError(f"{name!r} is a word of the language", ident.span, source)
        if name in self.plugins.functions:
            plugin = self.plugins.functions[name].plugin
            raise LanguageError(
                f"{name!r} is a function of the plugin {plugin!r}: choose another name",
                ident.span, source,
            )  # fmt: skip

    def _assign(self, name: str, value: Any) -> None:
        if name in self.definitions:
            self.journal.discard(self.definitions, name)
        self._name_in_memory(name, value)
        self.journal.assign(self.values, name, value)

    def _name_in_memory(self, name: str, value: Any) -> None:
        """An item that was remembered without a name takes this one; the old holder steps back."""
        names = self.memory.names_of(value) if isinstance(value, Vector) and not value.shape else []
        if name in names:
            return
        if name in self.memory:
            self.memory.rename(name, self.unused(f"{name}/old"))
        unnamed = [n for n in names if "/" in n and "/old/" not in n]
        if unnamed:
            self.memory.rename(unnamed[-1], name)

    def _declare(self, ident: tree.Ident, source: Source) -> None:
        name = ident.text
        self._check_free(ident, source)
        atom = self.space.atom(name)
        known = self.values.get(name)
        if name in self.definitions or known is not None:
            if isinstance(known, Vector) and known.label == name:
                if name not in self.memory and known.similarity(atom) > 0.999:
                    self.memory.add(name, atom)  # it had been forgotten
                if name in self.memory.names_of(atom):
                    return  # declared again: nothing else changes
            what = describe((type(known),)) if name in self.values else "a function"
            raise LanguageError(f"{name!r} is already {what}", ident.span, source)
        if name in self.memory:
            if name in self.memory.names_of(atom):
                self.journal.assign(self.values, name, atom)
                return
            raise LanguageError(f"{name!r} is already in memory", ident.span, source)
        self.memory.add(name, atom)
        self.journal.assign(self.values, name, atom)

    def _help(self, ident: tree.Ident | None, source: Source) -> Any:
        function = self.plugins.functions.get("help")
        if function is None:
            raise LanguageError("no loaded plugin has the function 'help'", None, source)
        evaluator = Evaluator(self, source)
        args = []
        if ident is not None and ident.text in RESERVED:
            return RESERVED[ident.text]
        if ident is not None:
            known = self.literal(ident.text) or self.plugins.commands.get(ident.text)
            if known is None:
                Checker(self, source).lookup(ident.text, ident.span)
            args = [self.expression(tree.Name(ident.text, ident.span), source, {})]
        span = ident.span if ident is not None else Span(0, 0)
        return evaluator.call(function, args, {}, span)

    # --- what the checker and the evaluator ask ------------------------------------------------
    def lookup(self, name: str) -> Any:
        """A function, a definition or a value; items of memory answer to their names too."""
        for table in (self.values, self.definitions, self.plugins.functions, self.constants):
            if name in table:
                return table[name]
        if name in self.memory:
            return self.memory[name]
        raise KeyError(name)

    def candidates(self) -> Iterable[str]:
        """Every name that can be typed."""
        yield from self.values
        yield from self.definitions
        yield from self.plugins.functions
        yield from self.constants
        yield from (n for n in self.memory if "/" not in n and n not in self.values)

    def brought_by(self, name: str) -> str | None:
        """A hint for a name that a function will make known."""
        for function in self.plugins.functions.values():
            if name in function.brings():
                return f"{function.name}(…) makes it known."
        return None

    def literal(self, tag: str) -> Function | None:
        """The function of a tagged literal."""
        return self.plugins.literals.get(tag)

    def tags(self) -> Iterable[str]:
        """Every tag."""
        return self.plugins.literals

    def expression(self, node: tree.Expr, source: Source, local: dict[str, Any]) -> Expression:
        """An argument left unevaluated."""
        return Quotation(node, text_of(source, node.span), source, self, dict(local))

    # --- what plugins may ask ------------------------------------------------------------------
    def count(self, name: str) -> int:
        """The next number, from 1, of a counter that is rolled back with its statement."""
        number = self.counters.get(name, 0) + 1
        self.journal.assign(self.counters, name, number)
        return number

    def unused(self, name: str) -> str:
        """`name/1`, `name/2` … the first that memory, which others may share, does not have."""
        while True:
            numbered = f"{name}/{self.count(name)}"
            if numbered not in self.memory:
                return numbered

    def remember_result(self, value: Any, kind: str) -> None:
        """Keep what a structure's function returned, as `frame/17` until it is assigned."""
        if not isinstance(value, Vector) or value.shape or not value.norm() > 0:
            return
        known = self.memory.names_of(value)
        if not any(self.memory.kind(name) == kind for name in known):
            self.memory.add(self.unused(kind), value, kind=kind)

    def track(self, items: Iterable[T], title: str) -> Iterator[T]:
        """Iterate while whoever drives the session may show how far it is."""
        total = len(items) if isinstance(items, Sized) else None
        for done, item in enumerate(items):
            self.progress(title, done, total)
            yield item
        self.progress(title, total, total)

    def progress(self, title: str, done: int | None, total: int | None) -> None:
        """Called by `track`; the REPL replaces it with one that draws."""


def _name(name: str) -> str:
    """A name given from Python as the language has it."""
    if not isinstance(name, str) or not name.isidentifier():
        raise VsaError(f"{name!r} is not a name: use letters, digits and underscores")
    return unicodedata.normalize("NFC", name)


@lru_cache(maxsize=10_000)
def parsed(text: str) -> tuple[Source, tree.Statement]:
    """A statement of the history again."""
    (statement,) = syntax.parse(text, "<history>")
    return Source(text, "<history>"), statement


def text_of(source: Source, span: Span) -> str:
    """The source text of a span."""
    return source.text[span.start : span.end]
