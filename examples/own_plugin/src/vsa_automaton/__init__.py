"""Finite-state automata in one vector: Σ state ⊛ symbol ⊛ ρ(next), ρ a fixed permutation.

The permutation keeps a transition from being read backwards: without it, what follows a state
under a symbol and what precedes it would be the same. A state may have several successors under a
symbol; then the nearest is answered. The form is common in the literature (Kleyko et al., A survey
on hyperdimensional computing, 2022).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from vsa import Answer, Memory, Vector, VsaError, by_rows, hookimpl
from vsa.plugin import terms_of, warn_past_capacity

ARROW = re.compile(r"\s*(\w+)\s*-\s*(\w+)\s*->\s*(\w+)\s*")


@dataclass(frozen=True, eq=False)
class Automaton:
    """Transitions and the state it is in; `turnstile @ coin` is in the next state.

    `a + b` has the transitions of both and is in the state of the first. As a dataclass it is kept
    in a session's file without more.
    """

    vsa_name: ClassVar[str] = "automaton"
    transitions: Vector
    state: Vector
    memory: Memory

    def __matmul__(self, symbol: Vector) -> Automaton:
        answer = after(self, symbol)
        if answer.is_nothing:
            here, by = (self._name(v) for v in (self.state, symbol))
            raise VsaError(f"nothing follows the state {here} by {by}: add a transition with +")
        return Automaton(self.transitions, answer.vector, self.memory)

    def __add__(self, other: Automaton) -> Automaton:
        return Automaton(self.transitions + other.transitions, self.state, self.memory)

    def _name(self, vector: Vector) -> str:
        return next(iter(self.memory.names_of(vector)), "?")

    def __str__(self) -> str:
        count = round(terms_of(self.transitions))
        return f"an automaton of load {count}, in the state {self._name(self.state)}"


def machine(transitions: Vector, state: Vector, *, memory: Memory) -> Automaton:
    """An automaton from a sum of transitions and the state it is in.

    > atom day, night, hour; machine(arc(day, hour, night), day) @ hour
    an automaton of load 1, in the state night
    """
    return Automaton(transitions, state, memory)


def arc(state: Vector, symbol: Vector, next: Vector) -> Vector:
    """From a state, by a symbol, to the next state: state ⊛ symbol ⊛ ρ(next).

    From Python the three may be batches.

    > atom ice, water, heat; cleanup(permute(arc(ice, heat, water) / (ice * heat), -1))
    water  …
    """
    return by_rows(lambda s, a, n: s * a * n.permute(), state, symbol, next)


def after(machine: Automaton, symbol: Vector) -> Answer:
    """Which state follows by a symbol; nothing, where there is no transition.

    From Python the machine's state and the symbol may be batches.

    > door = fsm"shut -knock-> open"; after(door, knock)
    open  …
    """
    query = by_rows(
        lambda m, s, a: (m / (s * a)).permute(-1), machine.transitions, machine.state, symbol
    )
    answer = machine.memory.cleanup(query, kinds=("atom", "token"))
    load = terms_of(machine.transitions)
    warn_past_capacity(
        f"an automaton of about {round(load)} transitions", [load], query.space, answer.items
    )
    return answer


def current(machine: Automaton) -> Answer:
    """The state that an automaton is in.

    > current(fsm"shut -knock-> open, open -leave-> shut")
    shut  …
    """
    return machine.memory.cleanup(machine.state, kinds=("atom", "token"))


def walk(machine: Automaton, *symbols: Vector) -> Answer:
    """The states that some symbols lead through, one after the other.

    > clock = fsm"tick -wait-> tock, tock -wait-> tick"; walk(clock, wait, wait)
    [tock, tick]
    """
    if not symbols:
        raise VsaError("walk wants at least one symbol: walk(machine, coin)")
    passed = []
    for symbol in symbols:
        machine = machine @ symbol
        passed.append(current(machine))
    return Answer.stack(passed)


def fsm(text: str, *, memory: Memory) -> Automaton:
    """An automaton as text, its first state the one it is in: fsm"locked -coin-> unlocked".

    Transitions are separated by commas. States and symbols that are new become atoms.
    """
    found = []
    for part in filter(str.strip, text.split(",")):
        match = ARROW.fullmatch(part)
        if match is None:
            raise VsaError(f"{part.strip()!r} is no transition; write: state -symbol-> state")
        found.append(match.groups())
    if not found:
        raise VsaError('an automaton needs a transition: fsm"locked -coin-> unlocked"')
    with memory.journal.transaction("fsm"):
        for name in dict.fromkeys(name for names in found for name in names):
            if name not in memory:
                memory.add(name, memory.space.atom(name))
    columns = (memory.space.stack([memory[n] for n in names]) for names in zip(*found, strict=True))
    return Automaton(arc(*columns).bundle(), memory[found[0][0]], memory)


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """What the language can call."""
    return [machine, arc, after, current, walk]


@hookimpl
def vsa_types() -> Iterable[type]:
    """The values; their operators are their annotated methods."""
    return [Automaton]


@hookimpl
def vsa_literals() -> Mapping[str, Callable[..., Any]]:
    """fsm"…"."""
    return {"fsm": fsm}
