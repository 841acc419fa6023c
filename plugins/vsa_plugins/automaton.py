"""Finite automata in one vector: Σ next ⊛ key(state, symbol) + start ⊛ key (Osipov et al. 2017).

key(state, symbol) = unitary(π(state) ⊛ π²(symbol)): permuted, so that a state, a symbol and what comes
next are told apart where binding commutes, and none cancels another where x ⊛ x is 1. An accepting
state is one that the structural symbol `automaton/end` leads to itself. What is read is cleaned up
after every step: a deterministic automaton is in its likeliest state, a nondeterministic one in every
state that is likelier than not to be among the next ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from vsa import Answer, Memory, Session, Set, Vector, VsaError, bundle, hookimpl
from vsa.plugin import (
    ArgumentValueError,
    Noise,
    as_vector,
    bound_with,
    checked,
    is_empty,
    key_at,
    load_by_norm,
    membership,
    shown,
    terms_of,
    warn_past_capacity,
)
from vsa_plugins.memory import named
from vsa_plugins.sequence import decode

ARROW = "->"
START, END = "automaton/start", "automaton/end"
Triple = tuple[str, str, str]
Numbers = np.ndarray[Any, Any]


# --- making ---------------------------------------------------------------------------------------
@checked
def transition(state: Vector, symbol: Vector, next: Vector) -> Vector:
    """From a state with a symbol to a next state; automata are sums of these.

    From Python all three may be batches.

    > step(transition(mark, x, fish) + transition(fish, x, john), fish, x)
    john  …
    """
    next.space.algebra.need("an automaton", "unbinding", "use frame(…) for each state")
    return next * _key(state, symbol)


def _key(state: Vector, symbol: Vector) -> Vector:
    return (key_at(1, state) * key_at(2, symbol)).unitary()


@checked
def automaton(
    *transitions: Vector | str | Sequence[str],
    start: Vector | str | None = None,
    accepting: Set | Vector | str | Sequence[str] | None = None,
    memory: Memory,
    session: Session | None = None,
) -> Vector:
    """Transitions, a start and accepting states as one automaton, for `accepts`.

    Transitions are text, "state symbol -> next next; …", and what `transition` gives; from Python
    also triples of names, as (state, symbol, next). Several states may come next.

    > accepts(automaton("x mark -> y; y mark -> x", start=x, accepting={y}), "mark mark mark")
    true
    """
    if not transitions:
        raise ArgumentValueError('an automaton has transitions, as in "mark x -> fish"')
    names = _Names(memory, session)
    terms: list[Vector] = []
    for given in transitions:
        if isinstance(given, str):
            terms += [transition(*map(names.vector, t)) for t in triples(given)]
        elif isinstance(given, (tuple, list)) and len(given) == 3:
            terms.append(transition(*(names.vector(part) for part in given)))
        else:
            terms.append(names.vector(given))
    space = terms[0].space
    if start is not None:
        terms.append(names.vector(start) * space.key(START))
    end = space.key(END)
    terms += [transition(state, end, state) for state in names.several(accepting)]
    return bundle(*terms)


def triples(text: str) -> list[Triple]:
    """The transitions that a text names, in order: "a x -> b c" is (a, x, b) and (a, x, c)."""
    found = []
    for line in text.replace("\n", ";").split(";"):
        if not line.strip():
            continue
        left, arrow, right = line.partition(ARROW)
        if not arrow or len(left.split()) != 2 or not right.split():
            raise ArgumentValueError(
                f'{shown(line.strip())} is no transition: write "state symbol -> next"'
            )
        state, symbol = left.split()
        found += [(state, symbol, each) for each in right.split()]
    if not found:
        raise ArgumentValueError('an automaton has transitions, as in "mark x -> fish"')
    return found


class _Names:
    """The vectors that names stand for."""

    def __init__(self, memory: Memory, session: Session | None) -> None:
        self.memory, self.session = memory, session

    def vector(self, given: Any) -> Vector:
        if not isinstance(given, str):
            return as_vector(given, "each of the transitions, states and symbols")
        return named(given, "the automaton", self.memory, self.session)

    def several(self, given: Any) -> list[Vector]:
        """One vector, a set, or names in a text or a list."""
        if given is None:
            return []
        if isinstance(given, Set):
            rows = np.array(given.of(self.memory), dtype=int)
            return list(self.memory.vectors(rows)) if len(rows) else []
        if isinstance(given, str):
            given = given.split()
        if isinstance(given, (list, tuple)):
            return [self.vector(part) for part in given]
        one = as_vector(given, "states")
        return list(one.reshape(-1)) if one.shape else [one]


# --- one state -----------------------------------------------------------------------------------
@checked
def step(automaton: Vector, state: Vector, symbol: Vector, *, memory: Memory) -> Answer:
    """The state that a symbol leads to; nothing where there is no transition.

    > step(automaton("x mark -> y; y mark -> x"), y, mark)
    x  …
    """
    answer = _next(automaton, state, symbol, memory)
    _warn(automaton, 1, answer.items)
    return answer


def _next(automaton: Vector, state: Vector, symbol: Vector, memory: Memory) -> Answer:
    return bound_with(memory, automaton, _key(state, symbol), load=load_by_norm)


@checked
def accepts(
    automaton: Vector,
    word: str | Vector | Sequence[Any],
    nondeterministic: bool = False,
    *,
    memory: Memory,
    session: Session | None = None,
) -> bool:
    """Whether a word leads from the start to an accepting state.

    The word is a text of names, "one zero", or a sequence, [one, zero]; from Python also a list of
    names or Vectors. With nondeterministic=true all ways are followed at once.

    > accepts(automaton("x mark -> y; y mark -> x", start=x, accepting=x), [mark, mark])
    true
    """
    given = _Names(memory, session)
    symbols = _symbols(word, given)
    if nondeterministic:
        there = states_after(automaton, symbols, memory=memory)
        return bool(len(there)) and bool(np.any(_accepting(automaton, there, memory)))
    state = _start(automaton, memory)
    for symbol in symbols:
        state = _next(automaton, state.vector, symbol, memory)
        if state.is_nothing:
            return False
    _warn(automaton, len(symbols) + 2, state.items)
    return bool(_accepting(automaton, state, memory))


def _accepting(automaton: Vector, states: Answer, memory: Memory) -> Numbers:
    """Which states the end leads to themselves."""
    found = _next(automaton, states.vector, automaton.space.key(END), memory)
    same = found.rows[..., 0] == states.rows[..., 0]
    return np.asarray(same & ~np.asarray(found.is_nothing))


def _start(automaton: Vector, memory: Memory) -> Answer:
    if automaton.shape:
        raise ArgumentValueError("words are read by one automaton at a time: take one of the batch")
    found = bound_with(memory, automaton, automaton.space.key(START), load=load_by_norm)
    if found.is_nothing:
        raise VsaError("the automaton has no start: say automaton(…, start=state)")
    return found


def _symbols(word: Any, given: _Names) -> list[Vector]:
    """The symbols of a word, from the first to the last."""
    if isinstance(word, str):
        return [given.vector(name) for name in word.split()]
    if isinstance(word, (list, tuple)):
        return [given.vector(part) for part in word]
    sequence = as_vector(word, "word")
    if sequence.shape:
        raise ArgumentValueError("a word is one sequence, not a batch")
    if is_empty(sequence):
        return []
    read = decode(sequence, memory=given.memory)
    if np.any(read.is_nothing):
        raise VsaError(f"the word has a symbol that memory lacks: {read}")
    return list(read.vector)


# --- several states ---------------------------------------------------------------------------------
@checked
def next_states(
    automaton: Vector, states: Set | Vector, symbol: Vector, *, memory: Memory
) -> Answer:
    """Every state that a symbol leads to from one of some states, each with its probability.

    > next_states(automaton("x mark -> x y; y mark -> john"), {x, y}, mark)
    [y, john, x]
    """
    chosen = _Names(memory, None).several(states)
    found = _all_next(automaton, chosen, symbol, memory)
    _warn(automaton, 1, found.items)
    return found


@checked
def states_after(
    automaton: Vector,
    word: str | Vector | Sequence[Any],
    *,
    memory: Memory,
    session: Session | None = None,
) -> Answer:
    """Every state that a word leads to from the start, all ways followed at once.

    After each symbol the states that are likelier than not are taken for those that there are.

    > states_after(automaton("x mark -> x y; y mark -> john", start=x), [mark, mark])
    [y, john, x]
    """
    given = _Names(memory, session)
    symbols = _symbols(word, given)
    there: Answer = Answer.stack([_start(automaton, memory)])
    for symbol in symbols:
        states = list(there.vector) if len(there) else []
        there = _all_next(automaton, states, symbol, memory)
    _warn(automaton, len(symbols) + 1, there.items)
    return there


def _all_next(automaton: Vector, states: list[Vector], symbol: Vector, memory: Memory) -> Answer:
    """P(some state leads to it) of each item, those more likely than not."""
    if automaton.shape or symbol.shape:
        raise ArgumentValueError("next states are read of one automaton and one symbol at a time")
    rows = memory.select(kinds=memory.item_kinds)
    cosines, missed, noise = np.full(len(rows), -1.0), np.ones(len(rows)), memory.space.noise
    for state in states:
        own, probability, noise = _members(automaton, _key(state, symbol), memory)
        cosines, missed = np.maximum(cosines, own), missed * (1 - probability)
    return memory.answers(rows, cosines, 1 - missed, noise)


def _members(automaton: Vector, key: Vector, memory: Memory) -> tuple[Numbers, Numbers, Noise]:
    """The items bound with a key: cosines and P(member) of all items, and the noise of them."""
    metric, query = memory.space.metric, automaton / key
    rows = memory.select(kinds=memory.item_kinds)
    cosines = memory.space.backend.numpy(memory.similarities(query.reshape(1), rows))[0]
    noises, _ = metric.noises(metric.queries(query.data[None])[0])
    return cosines, membership(cosines, noises[0]), noises[0]


def _warn(automaton: Vector, steps: int, items: int) -> None:
    load = terms_of(automaton)
    what = f"an automaton of about {round(load)} transitions"
    what += f", read {steps} times," * (steps > 1)
    warn_past_capacity(what, [load] * steps, automaton.space, items, pairs=True)


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """Automata, a step of one, and what words they accept."""
    return [transition, automaton, step, accepts, next_states, states_after]
