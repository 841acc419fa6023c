"""`def name(params) = body`: free names and defaults get their values when it is defined."""

from __future__ import annotations

from typing import Any

from vsa.lang.check import Checker
from vsa.lang.evaluate import evaluated
from vsa.lang.scope import free_names
from vsa.lang.state import State
from vsa.lang.syntax import tree
from vsa.lang.syntax.errors import LanguageError, Source
from vsa.lang.typed import Definition


def define(state: State, statement: tree.Define, source: Source) -> Definition:
    """The definition that a statement makes, checked as far as its arguments may be anything."""
    name = statement.name.text
    params = [p.name.text for p in statement.params]
    free: dict[str, Any] = {}
    checker = Checker(state, source, dict.fromkeys(params, (object,)))
    for mention in free_names(statement.body, checker.spelled):
        if mention.text == name:
            raise LanguageError(
                f"{name!r} mentions itself: functions cannot call themselves", mention.span, source
            )
        if mention.text not in params:
            free[mention.text] = checker.lookup(mention.text, mention.span)
    checker.check(statement.body)  # what is wrong with any argument is said now
    defaults = {
        p.name.text: evaluated(state, p.default, source)
        for p in statement.params
        if p.default is not None
    }
    return Definition.of(statement, source, free, defaults)
