"""Names that a plugin gives to a session when there is a use for them, as loading a family does.

Until then they are free for symbols, and what the user has named keeps its meaning. The hook
`vsa_brings` says what a function makes known: so an error about such a name can tell who does, a
session's file refers to its functions, and they stand behind the dot of the values that the function
makes: `family.person`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vsa.algebra.vector import Vector
from vsa.errors import Note, VsaError
from vsa.lang.session import Session
from vsa.notes import note

NAMED = 4  # of the names that keep their meaning


def bring(
    session: Session,
    made: Mapping[str, Any],
    refusal: Callable[[list[str]], str],
    current: str | None = None,
) -> None:
    """Give a session names with values.

    Each is free or has an equal value already; `current` may also have another value of the same
    class, which gives way. Names that are taken keep their meaning, with a note, where what was to
    have them stands behind the dot of the value that `current` names; otherwise nothing is given,
    and VsaError says refusal(the taken names).

    >>> session = Session()
    >>> bring(session, {"half": 0.5}, lambda taken: f"{', '.join(taken)}: in use")
    >>> session.run("half + half")
    [1.0]
    """
    taken = [name for name, value in made.items() if not _free(session, name, value, current)]
    if taken:
        behind = {} if current is None else session.attributes(type(made[current]))
        if current is None or not behind.keys() >= set(taken):
            raise VsaError(refusal(taken))
        if type(session.values.get(current)) is not type(made[current]):  # later it is known
            note(Note(_kept(taken, current)))
        made = {name: value for name, value in made.items() if name not in taken}
    with session.journal.transaction(f"bring {', '.join(list(made)[:3])}"):
        for name, value in made.items():
            if name == current or session.values.get(name) is not value:
                session.set(name, value)


def _kept(taken: list[str], current: str) -> str:
    one, few = len(taken) == 1, taken[:NAMED]
    more = [] if len(taken) <= NAMED else [f"{len(taken) - NAMED} more"]
    names = ", ".join([*few, *more])
    others = ", ".join([*(f"{current}.{name}" for name in few), *more])
    keep = "keeps its meaning" if one else "keep their meanings"
    return f"{names} {keep} here; what came is reached as {others}"


def _free(session: Session, name: str, value: Any, current: str | None) -> bool:
    try:
        found = session.lookup(name)
    except KeyError:
        return True
    if found is value:
        return True
    return type(found) is type(value) and (
        name == current or (not isinstance(value, Vector) and found == value)
    )
