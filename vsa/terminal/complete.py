"""What Tab offers: what the parser would accept next, of what the session knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import dropwhile, islice
from typing import Any, NamedTuple

from vsa.algebra.vector import Vector
from vsa.annotations import Expression
from vsa.hooks.faults import FAULTS
from vsa.hooks.functions import Function, Parameter, describe, fits
from vsa.lang import syntax
from vsa.lang.session import Session
from vsa.lang.typed import Definition
from vsa.terminal.dots import attributes, dotted
from vsa.terminal.texts import Named, named, quoted, unquoted, wanted
from vsa.terminal.words import Word, callee, expression_in, introduced, nfc, open_call, words

MOST = 500  # offers; a memory may hold a million names


class Offer(NamedTuple):
    """What could replace the text from `start` to the cursor, and a line about it."""

    text: str
    start: int
    about: str


def offers(session: Session, text: str) -> list[Offer]:
    """Everything that may follow a text and begins with the word it ends with.

    What fits the parameter that it would go to stands first.
    """
    found = words(text)
    for inside in (_argument(session, text, found), _tagged(session, found)):
        if inside is not None:
            return inside
    if found and found[-1].kind == "string":
        return _inside(session, text, found)
    word, start = syntax.partial(text)
    beginning = nfc(word)
    some: dict[str, str] = {}
    for name, known in _choices(session, text[:start]):
        if name.startswith(beginning) and name not in some:
            some[name] = about(session, name) if known is None else known
            if len(some) == MOST:
                break
    return [Offer(name, start, line) for name, line in some.items()]


def _argument(session: Session, text: str, found: list[Word]) -> list[Offer] | None:
    """What may go on in what is typed behind a command; None elsewhere."""
    # A text in it that is not closed is a word of its own.
    before = list(dropwhile(lambda word: word.kind in ("argument", "string"), reversed(found)))
    if before and before[0].kind == "command" and len(before) < len(found):
        command, start = before[0], found[len(before)].start
    elif text[-1:].isspace() and "REST" in syntax.expected(text):
        command, start = found[-1], len(text)
    else:
        return None
    expression = expression_in(session, command.text, text[start:])
    if expression is not None:  # an expression, and no statement
        start = len(text) - len(expression)
        return [o._replace(start=o.start + start - 1) for o in offers(session, "(" + expression)]
    function = session.plugins.commands.get(nfc(command.text))
    names = function.positional[0].names if function is not None and function.positional else None
    if names is None:
        return []
    start += text[start : start + 1] == '"'
    return [Offer(n.name, start, n.about) for n in _first(named(session, names, text[start:]))]


def _inside(session: Session, text: str, found: list[Word]) -> list[Offer]:
    """What a text that is being typed may name, where something is to be named."""
    last = found.pop()
    typed = unquoted(last.text)
    parameter = wanted(session, text[: last.start], found)
    if typed is None or parameter is None or parameter.names is None:
        return []
    some = _first(named(session, parameter.names, typed))
    return [Offer(quoted(n.name, n.whole), last.start, n.about) for n in some]


def _first(some: Iterable[Named]) -> Iterable[Named]:
    return islice(some, MOST)


def _choices(session: Session, head: str) -> Iterator[tuple[str, str | None]]:
    """Whatever may follow a text, with a line about each; None where `about` knows it."""
    expected = syntax.expected(head)
    found = words(head)
    last = found[-1] if found else Word("", "", 0)
    if "NUMBER" in expected:  # an expression may begin here
        parameter = wanted(session, head, found)
        if parameter is not None and parameter.names is not None and not parameter.keyworded:
            for one in named(session, parameter.names, ""):
                yield quoted(one.name, one.whole), one.about
        yield from _arguments(session, head, found)
        for name in sorted(introduced(found)):  # above in the same text, which has not been run
            if not session.known(name):
                yield name, "a name of this text"
        yield from _names(session, parameter)
        if "ATOM" in expected:
            yield "atom", "declares symbols: atom a, b"
            yield "def", "defines a function: def f(x) = x * x"
        for tag in sorted(session.tags()):
            function = session.literal(tag)
            yield f'{tag}"', function.summary if function is not None else ""
    elif last.kind == "number" and dotted(head):  # `frame/1.`, whose dot ends a number so far
        yield from attributes(session, head)
    elif "NAME" not in expected:
        return
    elif last.text == ".":
        yield from attributes(session, head)
    elif last.text == ":":
        for name, function in sorted(session.plugins.commands.items()):
            yield name, function.summary
    elif last.text == "?":
        yield from _names(session)


def _completed(cls: Any, inside: str) -> Iterable[str]:
    with suppress(*FAULTS):
        return list(cls.vsa_complete(inside))
    return []


def _tagged(session: Session, found: list[Word]) -> list[Offer] | None:
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
        if p.keyworded and p.names is not None:
            for one in named(session, p.names, ""):
                if one.name not in taken:
                    yield f"{one.name}=", one.about
        elif not p.many and p.name not in taken:
            known = isinstance(function, Function) or p.required
            meant = [describe(p.types)] if known else []
            yield f"{p.name}=", ", ".join(meant if p.required else [*meant, str(p)])


def _names(session: Session, parameter: Parameter | None = None) -> Iterator[tuple[str, None]]:
    """What the user has named, then the constants, the functions and the rest of memory.

    With a parameter, what fits it before what does not.
    """
    own = {*session.values, *session.definitions}
    some = [n for g in (own, session.constants, session.plugins.functions) for n in sorted(g)]
    rest = (name for name in session.memory if "/" not in name and name not in own)
    types = (object,) if parameter is None or Expression in parameter.types else parameter.types
    if parameter is not None and parameter.names is not None and not parameter.keyworded:
        types = tuple(cls for cls in types if cls is not str)  # what it names is offered already
    for fitting in (True, False):
        for name in some:
            if _fits(session, name, types) is fitting:
                yield name, None
        if fits(Vector, types) is fitting:
            for name in rest:
                yield name, None


def _fits(session: Session, name: str, types: tuple[type, ...]) -> bool:
    """Whether a name may be given, or what its function gives, as far as classes tell."""
    function = callee(session, name)
    if isinstance(function, Function):
        return any(fits(cls, types) for cls in function.returns)
    known = session.values if name in session.values else session.constants
    return function is not None or fits(type(known[name]), types)


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
