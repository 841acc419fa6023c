"""What Tab offers behind a dot: what the value before it has, which is read for that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from vsa.algebra.vector import Vector
from vsa.hooks.faults import FAULTS
from vsa.hooks.functions import Function, describe
from vsa.lang.check import Checker
from vsa.lang.evaluate import evaluated
from vsa.lang.session import Session
from vsa.lang.syntax import parse_expression, tree
from vsa.lang.syntax.errors import Source
from vsa.memory.answer import Answers
from vsa.notes import collecting
from vsa.style import LIKELY
from vsa.terminal.texts import slots

LONGEST = 200  # characters before a dot that are read
READ = 200_000  # items, once for each slot, that may be looked at for a list of slots
# Names and slots of theirs: a call is not made to see what it gives.
SUBJECT = re.compile(r"(?:'[^'\r\n]+'|[^\W\d]\w*)(?:/\w+)*(?:\.[^\W\d]\w*)*\.\Z")


def dotted(head: str) -> str | None:
    """The names that a text ends with, up to their dot; None where it ends otherwise."""
    found = SUBJECT.search(head[-LONGEST:])
    return None if found is None else found[0]


def attributes(session: Session, head: str) -> Iterator[tuple[str, str]]:
    """What may follow the dot that a text ends with, a line about each.

    The attributes of the value's class; or slots, those that the value fills before the others.
    """
    value = before(session, head)
    if hasattr(value, "vsa_attributes"):
        with suppress(*FAULTS):  # a plugin's class that fails must not break the prompt
            for name in value.vsa_attributes():
                yield name, describe((type(value),))
        return
    if brought := session.attributes(type(value)):
        for name, function in sorted(brought.items()):
            known = function.summary if isinstance(function, Function) else ""
            yield name, known or getattr(function, "doc", "") or describe((type(function),))
        return
    known_slots = slots(session)
    filled = dict(_filled(session, value, len(known_slots)))
    yield from filled.items()
    for name in known_slots:
        if name not in filled:
            yield name, "a slot"


def before(session: Session, head: str) -> Any:
    """The value of the names before the dot that a text ends with; None where it is not known."""
    subject = dotted(head)
    if subject is None:
        return None
    source = Source(f"{subject}x")
    with suppress(*FAULTS), collecting():
        expression = Checker(session, source).spelled(parse_expression(source.text, 0, source))
        if isinstance(expression, tree.Chain):  # a division, whose last part the dot stands behind
            expression = expression.rest[-1][2]
        if isinstance(expression, tree.Dot):
            return evaluated(session, expression.value, source)
    return None


def _filled(session: Session, value: Any, known: int) -> Iterator[tuple[str, str]]:
    """The slots that a value fills and what fills them, as far as that is soon read."""
    function = session.plugins.functions.get("slots")
    if function is None or not known or known * len(session.memory) > READ:
        return
    with suppress(*FAULTS), collecting():
        vector = value.vsa_vector() if hasattr(value, "vsa_vector") else value
        if isinstance(vector, Vector) and not vector.shape:
            found = function.call(vector, memory=session.memory)
            assert isinstance(found, Answers)
            some = list(zip(found.labels or (), found, strict=True))
            for name, filler in sorted(some, key=lambda one: one[1].probability < LIKELY):
                yield name, filler.line()
