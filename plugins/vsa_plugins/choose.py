"""Action selection: of several actions the one of greatest utility, as in the basal ganglia."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from vsa import Answer, Expression, Memory, Vector, VsaError, hookimpl
from vsa.pictures import Bars, Drawable
from vsa.plugin import ArgumentTypeError, ArgumentValueError, Note, aligned, bars, checked, note

LONGEST = 24  # characters of an expression that names an action
LISTED = 20  # choices of a batch that are printed


@dataclass(frozen=True, eq=False)
class Choice(Drawable):
    """Actions with their utilities; where a vector is wanted it stands for the winner.

    names: of the actions, in the order they were given.  utilities: (..., actions).  actions:
    (actions,), or (actions, ...) where each is a batch.  winner: the place of the best, (...).
    """

    names: tuple[str, ...]
    utilities: np.ndarray[Any, Any]
    actions: Vector

    vsa_name = "choice"

    @property
    def winner(self) -> np.ndarray[Any, Any]:
        """The place of the action of greatest utility, (...)."""
        return np.asarray(self.utilities.argmax(-1))

    @property
    def name(self) -> Any:
        """The winner's name, of a batch an array of names."""
        found = np.array(self.names, dtype=object)[self.winner]
        return found if self.winner.ndim else str(found)

    def vsa_vector(self) -> Vector:
        """The winning action, of a batch each row's."""
        if not self.winner.ndim:
            return self.actions[int(self.winner)]
        if self.actions.shape == (len(self.names),):
            return self.actions[self.winner]
        return self.actions[(self.winner, *np.indices(self.winner.shape))]

    def vsa_bars(self) -> list[tuple[str, float]]:
        """The utilities, the greatest first."""
        if self.winner.ndim:
            raise VsaError("a batch of choices is not drawn: choose one")
        order = np.argsort(-self.utilities, kind="stable")
        return [(self.names[i], float(self.utilities[i])) for i in order]

    def vsa_picture(self) -> Bars:
        """The same."""
        return Bars(self.vsa_bars(), "utility")

    def vsa_text(self) -> str:
        """The actions with their utilities as bars, the winner first; of a batch the winners."""
        if not self.winner.ndim:
            return bars(self.vsa_bars())
        best = self.utilities.max(-1)
        places = list(np.ndindex(self.winner.shape))
        rows = [
            (",".join(map(str, place)), str(self.name[place]), f"{best[place]:.2f}")
            for place in places[:LISTED]
        ]
        more = [f"… {len(places) - LISTED:,} more"] * (len(places) > LISTED)
        return "\n".join([f"a batch {self.winner.shape} of choices", aligned(rows, {2}), *more])

    def vsa_json(self) -> Any:
        """The winner's name, and the utilities by action."""
        return {
            "name": self.name.tolist() if self.winner.ndim else self.name,
            "utilities": [
                {"name": name, "utility": self.utilities[..., i].tolist()}
                for i, name in enumerate(self.names)
            ],
        }


@checked
def choose(
    utility: float | np.ndarray | Expression,
    action: Vector | Expression,
    *more: float | np.ndarray | Vector | Expression,
    memory: Memory,
) -> Choice:
    """The action of greatest utility, of pairs: choose(utility, action, utility, action, …).

    A utility is a number, such as a similarity or a dot product. The choice prints all utilities and
    stands for the winning action where a vector is wanted; two that are equally good are an error, and
    one action alone wins, with a note.
    Utilities may be batches of one shape; each action is a vector for all, or each a batch of it.
    (Action selection by utilities: Stewart, Choo & Eliasmith 2010; nengo-spa's `ifmax`.)

    > choose(0.8, eat, 0.3, john)
    eat   0.80  …
    john  0.30  …
    > similarity(choose(dot(mark, fish), eat, dot(mark, mark), john), john)
    1
    """
    pairs = (utility, action, *more)
    if len(pairs) % 2:
        raise ArgumentValueError(
            "choose takes pairs of a utility and an action, choose(0.8, eat, 0.3, sleep): "
            f"{len(pairs)} arguments are no pairs"
        )
    names: list[str] = []
    utilities: list[np.ndarray[Any, Any]] = []
    actions: list[Vector] = []
    for place, (worth, chosen) in enumerate(zip(pairs[::2], pairs[1::2], strict=True), 1):
        name, vector = _action(chosen, place, memory)
        names.append(name)
        actions.append(vector)
        utilities.append(_utility(worth, name, memory))
    try:
        table = np.stack(np.broadcast_arrays(*utilities), -1)
    except ValueError:
        shapes = ", ".join(str(utility.shape) for utility in utilities)
        raise ArgumentValueError(f"utilities are batches of one shape, not of {shapes}") from None
    batch = {vector.shape for vector in actions}
    if batch not in ({()}, {table.shape[:-1]}):
        raise ArgumentValueError(
            "the actions are each a vector, or each a batch of the shape of the utilities, "
            f"{table.shape[:-1]}"
        )
    _check_ties(table, names)
    if len(names) == 1:
        note(Note(f"choose has one action, {names[0]}, which wins whatever its utility"))
    return Choice(tuple(names), table, memory.space.stack(actions))


def _action(given: Any, place: int, memory: Memory) -> tuple[str, Vector]:
    """What it is called, and its vector."""
    value = given.evaluate() if isinstance(given, Expression) else given
    named = value.name if isinstance(value, Answer) and not value.shape else None
    value = value.vsa_vector() if hasattr(value, "vsa_vector") else value
    if not isinstance(value, Vector):
        raise ArgumentTypeError(
            f"action {place} is no vector: choose takes pairs, a utility before its action"
        )
    text = given.text if isinstance(given, Expression) and named is None else named or value.label
    if text and len(text) <= LONGEST:
        return text, value
    known = memory.names_of(value) if not value.shape and value.norm() > 0 else []
    return next(iter(known), f"action {place}"), value


def _utility(given: Any, action: str, memory: Memory) -> np.ndarray[Any, Any]:
    """A number, or a batch of them."""
    value = given.evaluate() if isinstance(given, Expression) else given
    value = memory.space.backend.numpy(value) if hasattr(value, "__dlpack__") else value
    if not isinstance(value, (int, float, np.number, np.ndarray)):
        raise ArgumentTypeError(
            f"the utility of {action} is no number: choose takes pairs, a utility before its action"
        )
    found = np.asarray(value, dtype=np.float64)
    if not np.isfinite(found).all():
        raise ArgumentValueError(f"the utility of {action} is not a finite number")
    return found


def _check_ties(table: np.ndarray[Any, Any], names: list[str]) -> None:
    best = table == table.max(-1, keepdims=True)
    tied = best.sum(-1) > 1
    if not tied.any():
        return
    row = tuple(np.argwhere(tied)[0])
    first, second = (names[i] for i in np.flatnonzero(best[row])[:2])
    where = f" in row {','.join(map(str, row))}" if row else ""
    raise ArgumentValueError(
        f"{first} and {second} have the same utility{where}, {table[row].max():g}: "
        "nothing decides between them"
    )


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """choose."""
    return [choose]


@hookimpl
def vsa_types() -> Iterable[type]:
    """What `choose` gives."""
    return [Choice]
