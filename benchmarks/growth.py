"""What a single thing costs in a memory, or a session, as that grows: at four sizes, and the exponent.

The columns are memories of a 64th, a 16th and a quarter as many items; `size^0.02` is the slope of
log cost over log size, by least squares: 0 of what does not grow, 1 of what grows as the memory does.
The peer of every row is this library in a small memory, so that a ratio of 1× is the goal.
"""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import vsa
from benchmarks.harness import OURS, Candidate, Row

SIZES = {"÷64": 1_000, "÷16": 4_000, "÷4": 16_000, OURS: 64_000}
QUICK = {"÷64": 20, "÷16": 40, "÷4": 80, OURS: 160}
PEERS = ("÷64", "÷16", "÷4")
DIM = 256
POOL = 256  # vectors drawn at a time

Change = Callable[[], Any]


def rows(quick: bool = False) -> Iterator[Row]:
    sizes = QUICK if quick else SIZES
    with tempfile.TemporaryDirectory() as folder:
        made = {peer: Grown(Path(folder), count) for peer, count in sizes.items()}
        try:
            for label in TASKS:
                candidates = [Candidate(peer, TASKS[label](its)) for peer, its in made.items()]
                yield Row(label, candidates, sizes=sizes)
            firsts = [Candidate(peer, its.first) for peer, its in made.items()]
            yield Row("add one behind a bulk", firsts, sizes=sizes, sample=lambda first: first())
        finally:
            for its in made.values():
                its.close()


class Grown:
    """A memory of so many items, one in a file, and a session of so many names."""

    def __init__(self, folder: Path, count: int) -> None:
        self.space = vsa.Space(dim=DIM)
        names = self._names = [f"item {i}" for i in range(count)]
        vectors = self._items = self.space.random(count)
        self.memory = vsa.Memory(self.space)
        self.memory.add(names, vectors, scope="some")
        self.kept = vsa.Memory.open(folder / f"memory {count}.vsa", self.space)
        self.kept.add(names, vectors, scope="some")
        session = vsa.Session(vsa.Space(dim=DIM))
        with session.journal.transaction("all"):
            for i in range(count):  # of each kind of names, and a past as long
                if i % 3 == 0 or i < 6:
                    session.declare_atom(f"a{i}")
                else:
                    session.put("values", f"v{i}", vectors[i] if i % 3 == 1 else [i, "two"])
                session.log(f"v{i} = {i}")
        self.path = folder / f"session {count}.vsa"
        session.save(self.path)
        session.close()
        self.session = vsa.Session.open(self.path)
        self._numbers = itertools.count()
        self._vectors = itertools.chain.from_iterable(
            self.space.random(POOL) for _ in itertools.count()
        )

    def add(self, memory: vsa.Memory, scope: str | None = None) -> None:
        """One more item."""
        memory.add(f"more {next(self._numbers)}", next(self._vectors), scope=scope)

    def compose(self) -> None:
        """One more item that is a sum of products, and so less even than atoms are."""
        a, b, c = (next(self._vectors) for _ in range(3))
        self.memory.add(f"sum {next(self._numbers)}", a * b + c, kind="frame")

    def first(self) -> float:
        """The CPU seconds of the first single item behind many that came at once."""
        memory, vector = vsa.Memory(self.space), next(self._vectors)
        memory.add(self._names, self._items)
        start = time.process_time()
        memory.add("one more", vector)
        return time.process_time() - start

    def reopen(self) -> None:
        """The session's file once more, which one process may have open."""
        self.session.close()
        self.session = vsa.Session.open(self.path)

    def close(self) -> None:
        """Let go of the files."""
        self.kept.close()
        self.session.close()


def _then(*steps: Change) -> Change:
    return lambda: [step() for step in steps]


# what every row does once: made of a memory
TASKS: dict[str, Callable[[Grown], Change]] = {
    "add": lambda g: lambda: g.add(g.memory),
    "add to a scope": lambda g: lambda: g.add(g.memory, "some"),
    "cleanup among a scope": lambda g: lambda: g.memory.cleanup(g.memory["item 7"], among="some"),
    "add to it, select among it": lambda g: _then(
        lambda: g.add(g.memory, "some"), lambda: g.memory.select(among="some")
    ),
    "cleanup": lambda g: lambda: g.memory.cleanup(g.memory["item 7"]),
    "add, cleanup": lambda g: _then(
        lambda: g.add(g.memory), lambda: g.memory.cleanup(g.memory["item 7"])
    ),
    "add a composite, cleanup": lambda g: _then(
        g.compose, lambda: g.memory.cleanup(g.memory["item 7"])
    ),
    "kept: add to a scope": lambda g: lambda: g.add(g.kept, "some"),
    "kept: a statement": lambda g: lambda: g.session.run("x = 1"),
    "kept: an atom": lambda g: lambda: g.session.run(f"atom new{next(g._numbers)}"),
    "kept: a name for a product": lambda g: lambda: g.session.run("v = a3 * a5"),
    "open a session": lambda g: g.reopen,
}
