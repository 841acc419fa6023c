"""`def name(params) = body`: every free name is bound when it is defined."""

from __future__ import annotations

from typing import Any

from vsa.lang.check import Checker
from vsa.lang.scope import free_names
from vsa.lang.state import State
from vsa.lang.syntax import tree
from vsa.lang.syntax.errors import LanguageError, Source
from vsa.lang.typed import Definition


def define(state: State, statement: tree.Define, source: Source) -> Definition:
    """The definition that a statement makes, checked as far as its arguments may be anything."""
    name = statement.name.text
    params = [p.text for p in statement.params]
    for ident in statement.params:
        if params.count(ident.text) > 1:
            raise LanguageError(f"the parameter {ident.text!r} is named twice", ident.span, source)
    free: dict[str, Any] = {}
    checker = Checker(state, source, dict.fromkeys(params, (object,)))
    for mention in free_names(statement.body):
        if mention.text == name:
            raise LanguageError(
                f"{name!r} mentions itself: functions cannot call themselves", mention.span, source
            )
        if mention.text not in params:
            free[mention.text] = checker.lookup(mention.text, mention.span)
    definition = Definition(name, tuple(params), statement.body, statement.text, source, free)
    checker.check(statement.body)  # what is wrong with any argument is said now
    return definition
