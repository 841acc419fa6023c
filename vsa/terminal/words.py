"""What the words of a text are: functions, known names, slots, new names … for colours and Tab.

Only tokens and their neighbours are looked at; what may stand where is the parser's to say.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from vsa.annotations import Expression
from vsa.hooks.functions import Function
from vsa.lang import syntax
from vsa.lang.command import WORD
from vsa.lang.session import Session
from vsa.lang.typed import Definition


class Word(NamedTuple):
    """A token: its class in `vsa.lang.syntax.parse`, its text and where it starts."""

    kind: str
    text: str
    start: int


def words(text: str) -> list[Word]:
    """The tokens of a text, without comments."""
    return [Word(*token) for token in syntax.tokens(text) if token[0] != "comment"]


def nfc(name: str) -> str:
    """A name as the session knows it."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def roles(session: Session, text: str) -> Iterator[Word]:
    """The tokens of a text, names with what they are: function, known, unknown, new, slot,
    parameter (of a call), tag; commands as command or unknown."""
    found = [Word(*token) for token in syntax.tokens(text)]
    new = introduced(found)
    for i, word in enumerate(found):
        before = found[i - 1].text if i else ""
        after = found[i + 1].text if i + 1 < len(found) else ""
        if word.kind == "name":
            role = "slot" if before == "." else _role(session, word.text, after, new)
            yield word._replace(kind=role)
        elif word.kind == "quoted":
            yield word._replace(kind=_role(session, word.text[1:-1], after, new))
        elif word.kind == "command" and before == ":" and word.text not in session.plugins.commands:
            yield word._replace(kind="unknown")
        elif word.kind == "tagged":
            tag, quote, rest = word.text.partition('"')
            role = "tag" if session.literal(nfc(tag)) is not None else "unknown"
            yield Word(role, tag, word.start)
            yield Word("string", quote + rest, word.start + len(tag))
        elif word.kind == "argument":
            expression = expression_in(session, before, word.text) or ""
            first = len(word.text) - len(expression)  # what stands before it is a file's name
            if first:
                yield word._replace(text=word.text[:first])
            for inner in roles(session, expression):
                yield inner._replace(start=inner.start + word.start + first)
        else:
            yield word


def _role(session: Session, name: str, after: str, new: set[str]) -> str:
    name = nfc(name)
    if callee(session, name) is not None:
        return "function"
    # Not by `lookup`, which would make a vector of an item at every key that is pressed.
    known = (session.values, session.constants, session.results, session.memory)
    if any(name in names for names in known):
        return "known"
    if name in new:
        return "new"
    return "parameter" if after == "=" else "unknown"


def callee(session: Session, name: str) -> Function | Definition | None:
    """The function of a name, if it is the name of one."""
    if name in session.values:  # functions may come with a value, as with a family
        value = session.values[name]
        return value if isinstance(value, Function) else None
    return session.definitions.get(name) or session.plugins.functions.get(name)


def introduced(found: list[Word]) -> set[str]:
    """The names that a text itself assigns, declares or takes as parameters."""
    names: set[str] = set()
    statement, depth, heading = True, 0, False
    for i, word in enumerate(found):
        after = found[i + 1].text if i + 1 < len(found) else ""
        if word.kind == "bracket":
            depth += 1 if word.text in "([{" else -1
        elif word.kind == "newline" or word.text.startswith(";"):
            statement, depth, heading = True, 0, False
            continue
        elif word.kind == "keyword":
            heading = True  # `atom a, b` and `def f(x, y)`, up to its sign
        elif word.text == "=" and depth <= 0:
            heading = False
        elif word.kind == "name" and (
            (heading and depth <= 1 and found[i - 1].text != "=") or (statement and after == "=")
        ):
            names.add(nfc(word.text))
        statement = False
    return names


def expression_in(session: Session, command: str, argument: str) -> str | None:
    """The part of `:command argument` that is an expression of the language, None where there is none.

    Each parameter but the last takes a word.
    """
    function = session.plugins.commands.get(command)
    for parameter in () if function is None else function.positional:
        if Expression in parameter.types or str not in parameter.types:
            return argument
        argument = argument.lstrip()
        word = WORD.match(argument)
        if word is None or word.end() == len(argument):
            return None
        argument = argument[word.end() :]
    return None


class Call(NamedTuple):
    """A call whose bracket is open: its function, and the arguments before the place looked at."""

    name: str
    position: int  # how many are complete, by position
    given: frozenset[str]  # those named


def open_call(found: list[Word]) -> Call | None:
    """The call that the end of some tokens stands in the brackets of, if it is one."""
    depth = position = 0
    given: set[str] = set()
    for i in range(len(found) - 1, -1, -1):
        word = found[i]
        if word.kind == "bracket":
            depth += 1 if word.text in ")]}" else -1
            if depth < 0:
                before = found[i - 1] if i else None
                if word.text != "(" or before is None or before.kind != "name":
                    return None
                return Call(nfc(before.text), position - len(given), frozenset(given))
        elif depth == 0 and word.text == ",":
            position += 1
        elif depth == 0 and word.text == "=" and i and found[i - 1].kind == "name":
            given.add(nfc(found[i - 1].text))
    return None
