"""A text run as one statement: `:run file`, all of it or nothing."""

from __future__ import annotations

from contextlib import suppress

from vsa.errors import Quit
from vsa.lang.session import Outcome, Session
from vsa.lang.syntax import parse, tree
from vsa.lang.syntax.errors import LanguageError, Source

# Commands that exchange the session or its past, which cannot be taken back with the rest.
ALONE = frozenset(("import", "load", "reset", "run", "save", "undo"))


def run_script(session: Session, text: str, name: str) -> list[Outcome]:
    """What the statements of a text came to; `:quit` ends it.

    One transaction: if a statement fails, LanguageError with its place, and none of them was done;
    `:undo` takes all of them back.
    """
    source = Source(text, name)
    for statement in parse(source):
        if isinstance(statement, tree.Command) and statement.name.text in ALONE:
            message = f":{statement.name.text} does not go together with what is run as one"
            hint = f"type it, or use vsa run {name}"
            raise LanguageError(message, statement.span, source, hint)
    outcomes: list[Outcome] = []
    with session.journal.transaction(f":run {name}"), suppress(Quit):
        outcomes.extend(session.execute(source))
    return outcomes
