"""Names that a plugin gives to a session when there is a use for them, as loading a family does.

Until then they are free for symbols. The hook `vsa_brings` says what a function makes known: so an
error about such a name can tell who does, and a session's file refers to its functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vsa.algebra.vector import Vector
from vsa.errors import VsaError
from vsa.lang.session import Session


def bring(
    session: Session,
    made: Mapping[str, Any],
    refusal: Callable[[list[str]], str],
    current: str | None = None,
) -> None:
    """Give a session names with values, all or none of them.

    Each is free or has an equal value already; `current` may also have another value of the same
    class, which gives way. If others are taken, VsaError says refusal(the taken names).

    >>> session = Session()
    >>> bring(session, {"half": 0.5}, lambda taken: f"{', '.join(taken)}: in use")
    >>> session.run("half + half")
    [1.0]
    """
    taken = [name for name, value in made.items() if not _free(session, name, value, current)]
    if taken:
        raise VsaError(refusal(taken))
    with session.journal.transaction(f"bring {', '.join(list(made)[:3])}"):
        for name, value in made.items():
            if name == current or session.values.get(name) is not value:
                session.set(name, value)


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
