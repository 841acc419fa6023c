"""Encoders: how some rows of a table become a batch of vectors.

An encoder is any function of (space, rows) that gives one vector a row; it travels to the workers.
These two call the function that they are given, such as `frame` or `sequence`, on whole batches.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.arguments import checked_instance
from vsa.encode.atoms import drawn
from vsa.encode.columns import EMPTY, Coder, Rows, as_name, require
from vsa.errors import VsaError

Encoder = Callable[[Space, Rows], Vector]

ITEM_BYTES = 1 << 25  # atoms of the sequences that are made at a time
UNITS = ("letters", "words", "items")


def _check_missing(missing: str | None) -> None:
    if missing not in (None, EMPTY):
        raise VsaError(f'missing is None (a null is an error) or "empty", not {missing!r}')


@dataclass(frozen=True)
class Frames:
    """Records as frames: `function(head, slot=filler, …)`, where columns are slots.

    head: the column of the heads.  of: one atom that is the head of all; without either the
    frames have none.  slots: the columns that are slots, all others if none are given.
    missing="empty": a null leaves its slot empty.  prefix: name fillers after their column too.
    numbers: columns of numbers and the code of each (`vsa.numbers`), whose range is known; near
    numbers are alike. It may be a code of the space that the encoding is for, or of an equal one.
    """

    __module__ = "vsa.encode"

    function: Callable[..., Vector]
    head: str | None = None
    of: str | None = None
    slots: tuple[str, ...] | None = None
    missing: str | None = None
    prefix: bool = False
    numbers: Mapping[str, Coder] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_missing(self.missing)
        if self.head is not None and self.of is not None:
            raise VsaError("the head is a column, head=…, or one atom, of=…, not both")
        if isinstance(self.slots, str):
            raise VsaError(f"slots is a tuple of columns: ({self.slots!r},)")
        if self.slots is not None:
            object.__setattr__(self, "slots", tuple(self.slots))
        checked_instance("numbers", self.numbers, Mapping, 'a dictionary: {"age": code}')
        for column, code in self.numbers.items():
            if not callable(getattr(code, "encode", None)):
                raise VsaError(
                    f"numbers has {type(code).__name__} for {column!r}: give a code, as "
                    "vsa.numbers.Power(space, 0, 100)"
                )
            _ = code.axes[0].range  # an error unless it is known

    def columns(self, free: Sequence[str], there: Sequence[str]) -> list[str]:
        """The columns that are read, of those that are there; `free` are without the names."""
        slots = [c for c in free if c != self.head] if self.slots is None else list(self.slots)
        taken = set(inspect.signature(self.function).parameters)
        for slot in slots:
            if "/" in slot or slot in taken:
                raise VsaError(f"{slot!r} cannot be a slot: rename the column, or name slots=(…)")
        wanted = [*slots] if self.head is None else [self.head, *slots]
        require(there, [*wanted, *self.numbers])
        for column in self.numbers:
            if column not in slots:
                raise VsaError(f"{column!r} has a code of numbers and is no slot: name it in slots")
        return wanted

    def __call__(self, space: Space, rows: Rows) -> Vector:
        fillers = {
            slot: rows.numbers(slot, self.numbers[slot], missing=self.missing)
            if slot in self.numbers
            else rows.atoms(space, slot, missing=self.missing, prefix=self.prefix)
            for slot in (self.slots or rows)
            if slot != self.head
        }
        if self.head is not None:
            return self.function(rows.atoms(space, self.head), **fillers)
        head = space.zero() if self.of is None else space.atom(self.of)
        made = self.function(head, **fillers)
        return made if made.shape else space.stack([made] * rows.count)


@dataclass(frozen=True)
class Sequences:
    """Texts, or lists, as sequences: `function(first, second, …)` of batches of atoms.

    unit: "letters" or "words" of a text, "items" of lists. A shorter text leaves the places after
    its end empty, so it is the vector that it would be alone.
    """

    __module__ = "vsa.encode"

    function: Callable[..., Vector]
    column: str = "text"
    unit: str = "letters"
    missing: str | None = None

    def __post_init__(self) -> None:
        _check_missing(self.missing)
        if self.unit not in UNITS:
            raise VsaError(f"unknown unit {self.unit!r}: choose one of {', '.join(UNITS)}")

    def columns(self, free: Sequence[str], there: Sequence[str]) -> list[str]:
        """The column that is read."""
        require(there, [self.column])
        return [self.column]

    def __call__(self, space: Space, rows: Rows) -> Vector:
        known: dict[str, int] = {}
        texts = [
            [known.setdefault(item, len(known)) for item in self._items(rows, i)]
            for i in range(rows.count)
        ]
        atoms = drawn(space, list(known))
        lengths = np.array([len(text) for text in texts], dtype=np.intp)
        order = np.argsort(lengths, kind="stable")  # those of about one length together
        made: list[Any] = []
        start = 0
        while start < rows.count:
            stop = start + 1
            while stop < rows.count and self._fits(space, lengths[order[stop]], stop - start + 1):
                stop += 1
            made.append(self._some(atoms, [texts[i] for i in order[start:stop]]).data)
            start = stop
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return Vector(space, space.backend.xp.concat(made, axis=0))[back]

    def _fits(self, space: Space, longest: int, count: int) -> bool:
        return int(longest) * count * 2 * space.dim * 4 <= ITEM_BYTES

    def _some(self, atoms: Vector, texts: Sequence[Sequence[int]]) -> Vector:
        """The sequences of some texts, given by the numbers of their atoms."""
        longest = max(map(len, texts))
        if not longest:
            return atoms.space.zero((len(texts),))
        index = np.full((len(texts), longest), -1, dtype=np.intp)
        for row, text in zip(index, texts, strict=True):
            row[: len(text)] = text
        items = []
        for column in index.T:
            item = atoms[column]
            items.append(item if column.min() >= 0 else item.scale((column >= 0).astype(float)))
        return self.function(*items)

    def _items(self, rows: Rows, row: int) -> list[str]:
        value = rows[self.column][row]
        if value is None and self.missing == EMPTY:
            return []
        if self.unit != "items":
            text = as_name(value, rows, self.column, row) or ""
            return list(text) if self.unit == "letters" else text.split()
        if isinstance(value, str) or not hasattr(value, "__iter__"):
            as_name(value, rows, self.column, row)
            raise VsaError(
                f"row {rows.start + row}, column {self.column!r} holds no list: "
                'say unit="letters" or "words" for texts'
            )
        return [str(as_name(x, rows, self.column, row)) for x in value]


def described(thing: Any) -> Any:
    """An encoder as plain data, by which a folder knows that it is continued by the same one."""
    if isinstance(thing, (str, int, float, bool)) or thing is None:
        return thing
    if isinstance(thing, (list, tuple)):
        return [described(x) for x in thing]
    if isinstance(thing, Mapping):
        return {str(key): described(value) for key, value in sorted(thing.items())}
    if hasattr(thing, "func") and hasattr(thing, "keywords"):  # functools.partial
        keywords = {name: described(x) for name, x in sorted(thing.keywords.items())}
        return {"partial": described(thing.func), "args": described(thing.args), **keywords}
    kind = thing if hasattr(thing, "__qualname__") else type(thing)
    name = f"{kind.__module__}:{kind.__qualname__}"
    if kind is thing:
        return name
    fields = getattr(thing, "__dataclass_fields__", {})
    settings = getattr(thing, "settings", {})  # of a code of numbers
    return {
        "encoder": name,
        **{field: described(getattr(thing, field)) for field in fields},
        **{name: described(value) for name, value in settings.items()},
    }
