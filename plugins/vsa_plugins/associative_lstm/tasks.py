"""Sequences to learn from: episodic copy, variable assignment, nested tags, addition.

Each task draws texts in which some symbols can be known from what came before; a network reads a
symbol a step and is asked for those. After Danihelka et al. 2016, in small.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

import numpy as np

from vsa import VsaError
from vsa.plugin import suggest

Array = np.ndarray[Any, Any]
Generator = np.random.Generator
Drawn = tuple[str, str, str]  # what is read; what is to follow; "?" where that is asked

NAMES = 2  # letters of a variable
TAG = (2, 4)  # letters of a tag's name
DEPTH = 4  # to which tags are nested


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts as numbers of symbols, each (count, steps): read, wanted, and where it is asked."""

    read: Array
    wanted: Array
    asked: Array


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of text.

    unit: what is counted in a text.  symbols: all that occur, the first fills up short texts.
    size: least and most of the unit.  draw: a text of a size.
    """

    name: str
    unit: str
    symbols: str
    size: tuple[int, int]
    draw: Callable[[Generator, int], Drawn]

    def batch(self, rng: Generator, count: int, size: tuple[int, int] | None = None) -> Batch:
        """Some texts, each of a size drawn from least to most, filled up at their ends."""
        least, most = self.size if size is None else size
        if not 1 <= least <= most:
            raise VsaError(f"a size is (least, most) of {self.unit}, at least 1, not {size!r}")
        return self.encode(
            [self.draw(rng, int(rng.integers(least, most + 1))) for _ in range(count)]
        )

    def encode(self, texts: Sequence[Drawn]) -> Batch:
        """Texts as a batch."""
        number = {symbol: i for i, symbol in enumerate(self.symbols)}
        longest = max(len(read) for read, _, _ in texts)
        read, wanted = np.zeros((2, len(texts), longest), dtype=np.int64)
        asked = np.zeros((len(texts), longest), dtype=bool)
        for row, (given, after, marks) in enumerate(texts):
            n = len(given)
            read[row, :n] = [number[s] for s in given]
            wanted[row, :n] = [number[s] for s in after]
            asked[row, :n] = [mark == "?" for mark in marks]
        return Batch(read, wanted, asked)


# --- episodic copy ---------------------------------------------------------------------------------
COPIED = "abcdefgh"
BLANK, RECALL = "_", ">"


def copy_task(blanks: int = 10) -> Task:
    """Some of eight symbols, blanks, a sign; then the symbols are asked for in their order."""
    if blanks < 0:
        raise VsaError(f"blanks must be a number of at least 0, not {blanks}")

    def draw(rng: Generator, size: int) -> Drawn:
        items = "".join(rng.choice(list(COPIED), size))
        read = items + BLANK * blanks + RECALL + BLANK * (size - 1)
        before = size + blanks
        return read, BLANK * before + items, " " * before + "?" * size

    return Task("copy", "symbols", BLANK + RECALL + COPIED, (1, 10), draw)


# --- texts of which some characters follow ---------------------------------------------------------
def _followed(parts: Sequence[tuple[str, bool]]) -> Drawn:
    """Pieces of text, each with whether its characters are asked, as next characters."""
    text = "".join(piece for piece, _ in parts)
    marks = "".join(("?" if asked else " ") * len(piece) for piece, asked in parts)
    return text[:-1], text[1:], marks[1:]


def _word(rng: Generator, length: int) -> str:
    return "".join(rng.choice(list(ascii_lowercase), length))


def _assignment(rng: Generator, size: int) -> Drawn:
    names: list[str] = []
    while len(names) < size:
        name = _word(rng, NAMES)
        if name not in names:
            names.append(name)
    values = {name: _word(rng, 1) for name in names}
    parts = [(f"s({name},{value}),", False) for name, value in values.items()]
    for place in rng.permutation(size):
        name = names[place]
        parts += [(f"q({name})", False), (values[name], True), (".", False)]
    return _followed(parts)


def _tags(rng: Generator, size: int) -> Drawn:
    parts: list[tuple[str, bool]] = []
    opened: list[str] = []
    left = size
    while left or opened:
        may_close = bool(opened)
        may_open = left > 0 and len(opened) < DEPTH
        if may_open and not (may_close and rng.random() < 0.5):
            opened.append(_word(rng, int(rng.integers(TAG[0], TAG[1] + 1))))
            parts.append((f"<{opened[-1]}>", False))
            left -= 1
        else:
            parts += [("</", False), (f"{opened.pop()}>", True)]
    return _followed(parts)


def _addition(rng: Generator, size: int) -> Drawn:
    a, b = (str(rng.integers(10 ** (digits - 1) if digits > 1 else 0, 10**digits))
            for digits in (size, int(rng.integers(1, size + 1))))  # fmt: skip
    if rng.random() < 0.5:
        a, b = b, a
    total = str(int(a) + int(b))
    return _followed([(f"{a[::-1]}+{b[::-1]}=", False), (f"{total[::-1]}.", True)])


TASKS: dict[str, Callable[[], Task]] = {
    "copy": copy_task,
    "assignment": lambda: Task(
        "assignment", "variables", " " + ascii_lowercase + "(),.", (1, 4), _assignment
    ),
    "tags": lambda: Task("tags", "tags", " " + ascii_lowercase + "</>", (1, 4), _tags),
    "addition": lambda: Task("addition", "digits", " 0123456789+=.", (1, 10), _addition),
}


def task(name: str) -> Task:
    """A task by its name."""
    if name not in TASKS:
        hint = suggest(name, TASKS) or f"choose of {', '.join(TASKS)}"
        raise VsaError(f"there is no task {name!r}: {hint}")
    return TASKS[name]()
