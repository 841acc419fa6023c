"""What Tab offers: what the parser would accept next, of what the session knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from vsa.hooks.faults import FAULTS
from vsa.hooks.functions import Function, describe
from vsa.lang import syntax
from vsa.lang.session import Session
from vsa.lang.typed import Definition
from vsa.terminal.words import Word, callee, nfc, open_call, takes_expression, words

MOST = 500  # offers; a memory may hold a million names


class Offer(NamedTuple):
    """What could replace the text from `start` to the cursor, and a line about it."""

    text: str
    start: int
    about: str


def offers(session: Session, text: str) -> list[Offer]:
    """Everything that may follow a text and begins with the word it ends with."""
    literal = _literal(session, words(text))
    if literal is not None:
        return literal
    word, start = syntax.partial(text)
    beginning = nfc(word)
    found: dict[str, str] = {}
    for name, known in _choices(session, text[:start]):
        if name.startswith(beginning) and name not in found:
            found[name] = about(session, name) if known is None else known
            if len(found) == MOST:
                break
    return [Offer(name, start, line) for name, line in found.items()]


def _choices(session: Session, head: str) -> Iterator[tuple[str, str | None]]:
    """Whatever may follow a text, with a line about each; None where `about` knows it."""
    wanted = syntax.expected(head)
    found = words(head)
    last = found[-1] if found else Word("", "", 0)
    if last.kind == "argument" or "REST" in wanted:
        argument, command = ("", last) if "REST" in wanted else (head[last.start :], found[-2])
        if takes_expression(session, command.text):
            yield from _choices(session, "(" + argument)  # an expression, and no statement
    elif "NUMBER" in wanted:  # an expression may begin here
        yield from _arguments(session, head, found)
        yield from _names(session)
        if "ATOM" in wanted:
            yield "atom", "declares symbols: atom a, b"
            yield "def", "defines a function: def f(x) = x * x"
        for tag in sorted(session.tags()):
            function = session.literal(tag)
            yield f'{tag}"', function.summary if function is not None else ""
    elif "NAME" not in wanted:
        return
    elif last.text == ".":
        yield from _attributes(session, found)
    elif last.text == ":":
        for name, function in sorted(session.plugins.commands.items()):
            yield name, function.summary
    elif last.text == "?":
        yield from _names(session)


def _attributes(session: Session, found: list[Word]) -> Iterator[tuple[str, str]]:
    """What may follow a dot: the attributes of a value's class, or slots."""
    before = found[-2] if len(found) > 1 else Word("", "", 0)
    value = session.values.get(nfc(before.text)) if before.kind == "name" else None
    if value is not None and hasattr(value, "vsa_attributes"):
        with suppress(*FAULTS):  # a plugin's class that fails must not break the prompt
            for name in value.vsa_attributes():
                yield name, describe((type(value),))
        return
    if brought := session.attributes(type(value)):
        for name, function in sorted(brought.items()):
            known = function.summary if isinstance(function, Function) else ""
            yield name, known or getattr(function, "doc", "") or describe((type(function),))
        return
    for name in sorted(session.memory.names("slot")):
        yield name.rpartition("/")[2], "a slot"


def _completed(cls: Any, inside: str) -> Iterable[str]:
    with suppress(*FAULTS):
        return list(cls.vsa_complete(inside))
    return []


def _literal(session: Session, found: list[Word]) -> list[Offer] | None:
    """What may go on in a literal that is being typed, `tag"text`; None outside of one."""
    if len(found) < 2 or found[-1].kind != "string" or found[-2].kind != "name":
        return None
    tag, text = found[-2:]
    if tag.start + len(tag.text) != text.start:
        return None
    function, inside = session.literal(nfc(tag.text)), text.text[1:]
    if function is None:
        return []
    word = re.split(r"[\s(),;]", inside)[-1]
    start = text.start + len(text.text) - len(word)
    return [
        Offer(offer, start, function.name)
        for cls in function.returns
        if hasattr(cls, "vsa_complete")
        for offer in _completed(cls, inside)
        if offer.startswith(word)
    ]


def _arguments(session: Session, head: str, found: list[Word]) -> Iterator[tuple[str, str]]:
    """The named arguments that a call still wants, where one may stand."""
    call = open_call(found)
    # Only where the parser would take `name=`, which is not so behind `f(x=`.
    if call is None or "EQUAL" not in syntax.expected(f"{head}x"):
        return
    function = callee(session, call.name)
    if function is None:
        return
    taken = {p.name for p in function.positional[: call.position]} | call.given
    for p in function.parameters:
        if not p.many and p.name not in taken:
            known = isinstance(function, Function) or p.required
            meant = [describe(p.types)] if known else []
            yield f"{p.name}=", ", ".join(meant if p.required else [*meant, str(p)])


def _names(session: Session) -> Iterator[tuple[str, None]]:
    """What the user has named, then the constants, the functions and the rest of memory."""
    own = {*session.values, *session.definitions}
    for names in (own, session.constants, session.plugins.functions):
        for name in sorted(names):
            yield name, None
    for name in session.memory:
        if "/" not in name and name not in own:
            yield name, None


def about(session: Session, name: str) -> str:
    """What a name stands for, in a line."""
    function = callee(session, name)
    if isinstance(function, Definition):
        return function.text
    if function is not None:
        return f"{function.signature.removeprefix(function.name)}  {function.summary}"
    if name in session.memory:
        return session.memory.kind(name)
    if name in session.constants:
        return "the zero vector" if name == "nil" else "a constant"
    try:
        value = session.values[name]
        return getattr(value, "doc", "") or describe((type(value),), value)
    except FAULTS:  # a plugin's class that fails to say its name must not break the prompt
        return ""
