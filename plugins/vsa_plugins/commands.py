"""Help, and the `:` commands that act on the session rather than compute."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from vsa import Expression, Session, hookimpl
from vsa.plugin import Definition, Function, Quit, aligned, describe, show, summary, told


def help_(about: Expression | None = None, *, session: Session) -> str:
    """What something does, or what there is: help(push), help("+"), ?push, ?:plot, ?+, help().

    > help(top)
    top(stack)
    …
    """
    if about is None:
        return _overview(session)
    text = about.name
    if text is None:
        value = about.evaluate()
        if not isinstance(value, str):
            return f"{about.text}: {summary(session, value)}"
        text = value.strip()
    elif text in getattr(about, "local", ()):
        return f"{text}: {summary(session, about.evaluate())}"
    return told(session, text)


def _overview(session: Session) -> str:
    groups: dict[str, list[str]] = {}
    brought = [f for f in session.values.values() if isinstance(f, Function)]
    for function in [*session.plugins.functions.values(), *brought]:
        groups.setdefault(function.plugin, []).append(function.name)
    for tag, function in session.plugins.literals.items():
        groups.setdefault(function.plugin, []).append(f'{tag}"…"')
    groups["commands"] = [f":{name}" for name in session.plugins.commands]
    return "\n".join(
        [
            "declare symbols: atom a, b   name a value: x = a * b   define: def f(x) = …",
            "superpose: a + b   bind: a * b   unbind: a / b   involution: ~a   power: a ^ 2",
            "sequence: [a, b]   set: {a, b}   slot: f.agt   comment: # …",
            "",
            aligned([(group, "  ".join(names)) for group, names in groups.items()]),
            "",
            "?name tells more about one of them; ?+ about a sign, ?:plot about a command",
        ]
    )


def told_about(about: Expression | str | None = None, *, session: Session) -> str:
    """:help tells what there is; :help name about a function, a sign or a command, as ?name does."""
    return _overview(session) if about is None else told(session, str(about).strip(' ?"'))


told_about.__name__ = "help"


def type_(expression: Expression, *, session: Session) -> str:
    """:type expression says what it would give, without evaluating it."""
    name = expression.name
    found = session.lookup(name) if name is not None and session.known(name) else None
    if isinstance(found, Function):
        return f"{found.signature} → {describe(found.returns)}"
    if isinstance(found, Definition):
        return f"{found.signature} → what it makes of its arguments: :type {found.name}(…) says it"
    return describe(expression.types)


def names(*, session: Session) -> str:
    """:names lists what has a name."""
    rows = [(name, summary(session, value)) for name, value in session.values.items()]
    rows += [(d.name, d.text) for d in session.definitions.values()]
    return aligned(rows) or "no names yet: declare some with  atom a, b"


def undo(*, session: Session) -> str:
    """:undo takes back the last statement that changed anything."""
    return f"undone: {session.journal.undo()}"


def history(*, session: Session) -> str:
    """:history lists the statements that were carried out."""
    return "\n".join(session.history) or "nothing has been carried out yet"


def time_(expression: Expression, *, session: Session) -> str:
    """:time expression evaluates it and says how long that took."""
    start = time.perf_counter()
    value = expression.evaluate()
    seconds = time.perf_counter() - start
    unit, factor = ("s", 1) if seconds >= 1 else ("ms", 1e3) if seconds >= 1e-3 else ("µs", 1e6)
    return f"{show(session, value)}\n{seconds * factor:.3g} {unit}"


def set_(text: str | None = None, *, session: Session) -> str:
    """:set name value chooses a setting of a plugin; :set alone lists them all."""
    if text is None:
        rows = [(name, session.setting(name)) for name in sorted(session.plugins.settings)]
        return "\n".join(f"{name}  {show(session, value)}" for name, value in rows)
    name, _, value = text.partition(" ")
    if not value.strip():
        return f"{name}  {show(session, session.setting(name))}"
    read = {"true": True, "false": False}
    try:
        given: Any = read[value] if value in read else float(value)
    except ValueError:
        given = value.strip('"')
    session.choose(name, given)
    return f"{name}  {show(session, session.setting(name))}"


def quit_(*, session: Session) -> None:
    """:quit ends the session, as Ctrl-D does."""
    raise Quit


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """help."""
    return [help_]


@hookimpl
def vsa_commands() -> Iterable[Callable[..., Any]]:
    """:help, :type, :names, :undo, :history, :time, :set, :quit."""
    return [told_about, type_, names, undo, history, time_, set_, quit_]
