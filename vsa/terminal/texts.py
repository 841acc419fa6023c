"""What a text may name where it stands: a file, a vocabulary, a kind of items, a slot."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from vsa.annotations import Names
from vsa.hooks.functions import Function, Parameter
from vsa.lang import syntax
from vsa.lang.session import Session
from vsa.terminal.words import Word, callee, nfc, open_call

ENTRIES = 10_000  # of a folder that are looked at


class Named(NamedTuple):
    """A name, a line about it, and whether it is complete: a folder goes on."""

    name: str
    about: str
    whole: bool = True


def wanted(session: Session, head: str, found: list[Word]) -> Parameter | None:
    """The parameter that an argument goes to which begins where a text ends; None elsewhere."""
    call = open_call(found)
    function = None if call is None else callee(session, call.name)
    if call is None or not isinstance(function, Function):
        return None
    if len(found) > 1 and found[-1].text == "=" and found[-2].kind == "name":
        return function.parameter(nfc(found[-2].text))
    # Only where the parser would take `name=` does an argument begin.
    if "EQUAL" not in syntax.expected(f"{head}x"):
        return None
    places = function.positional
    if call.position < len(places):
        return places[call.position]
    return places[-1] if places and places[-1].many else None


def named(session: Session, names: Names, typed: str) -> Iterator[Named]:
    """What texts of this sort there are that begin with what has been typed."""
    if names.what == "file":
        yield from _files(typed, names.suffixes)
        return
    for name, about in _known(session, names.what):
        if name.startswith(nfc(typed)):
            yield Named(name, about)


def _known(session: Session, what: str) -> Iterator[tuple[str, str]]:
    if what == "vocabulary":
        for name, members in session.memory.scopes.items():
            yield name, f"{len(members):,} item{'s' * (len(members) != 1)}"
    elif what == "kind":
        for name in session.memory.item_kinds:
            yield name, "a kind"
    elif what == "slot":
        for name in slots(session):
            yield name, "a slot"


def slots(session: Session) -> list[str]:
    """The slots that frames have used."""
    return sorted({name.rpartition("/")[2] for name in session.memory.names("slot")})


def _files(typed: str, suffixes: tuple[str, ...]) -> Iterator[Named]:
    """Files and folders, as a path that goes on from what is typed; those of a suffix first."""
    folder, beginning = os.path.split(typed)
    before = typed[: len(typed) - len(beginning)]
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:
            some = [(e.name, e.is_dir()) for e in islice(entries, ENTRIES)]
    except (OSError, ValueError):  # no such folder, or what none can be called
        return
    found = []
    for name, is_folder in some:
        # What is hidden is there for who begins with its dot.
        if name.startswith(beginning) and (beginning or not name.startswith(".")):
            fits = not suffixes or name.lower().endswith(suffixes)
            rank = 1 if is_folder else 0 if fits else 2
            found.append((rank, name, is_folder))
    for _, name, is_folder in sorted(found):
        if name.isprintable():
            about = "a folder" if is_folder else "a file"
            yield Named(before + name + ("/" if is_folder else ""), about, not is_folder)


def quoted(name: str, whole: bool = True) -> str:
    """A text of the language; without the sign at its end where it goes on."""
    inside = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inside}"' if whole else f'"{inside}'


def unquoted(text: str) -> str | None:
    """What has been typed of a text that is not closed yet; None of one that is."""
    inside, name, at = text[1:], "", 0
    while at < len(inside):
        if inside[at] == '"':
            return None
        if inside[at] == "\\":
            at += 1
        name += inside[at : at + 1]
        at += 1
    return name
