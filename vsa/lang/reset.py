"""A session begun anew: `:reset`."""

from __future__ import annotations

from vsa.algebra.space import Space
from vsa.lang.state import State


def reset(session: State, space: Space | None = None) -> None:
    """Forget all names, items, settings and the history: undoably, and in the session's file too.

    space: another one to begin in; then the session becomes one that is kept in no file, and what
    was kept stays in its file.
    """
    if space is not None:
        session.close()
        session.become(type(session)(space, plugins=session.plugins))
        return
    journal, memory = session.journal, session.memory
    with journal.transaction(":reset"):
        for name, section in session.sections.items():
            for key, _ in list(section.items()):
                journal.discard(name, section, key)
        for item in list(memory):
            memory.remove(item)
        for scope in list(memory.state.scopes):
            journal.discard("scopes", memory.state.scopes, scope)
    session.used.clear()
