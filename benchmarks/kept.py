"""Sessions on disk: what it costs that nothing acknowledged is lost. Wall time, for disks take it.

limit: the goals, 10,000 vectors stored a second and a million opened in one.  sqlite: the bare
commit of as many bytes, with the same promises (WAL, synchronous=FULL).  numpy: np.save and fsync,
which is written whole or not at all only while nobody reads it; np.load.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

import vsa
from benchmarks.harness import OURS, Candidate, Row

PEERS = ("limit", "sqlite", "numpy")
STORED = 10_000  # a second
OPENED = 1_000_000


def wall(run: Callable[[], Any]) -> float:
    """Seconds that `run` takes, or that it says a goal leaves."""
    start = time.perf_counter()
    said = run()
    return said if isinstance(said, float) else time.perf_counter() - start


def rows(quick: bool = False) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as made:
        bare = sqlite3.connect(Path(made, "bare"), isolation_level=None)
        with closing(bare):
            yield from _rows(Path(made), bare, quick)


def _rows(folder: Path, bare: sqlite3.Connection, quick: bool) -> Iterator[Row]:
    space = vsa.Space(dim=64 if quick else 1024)
    numbers = count()
    batch = 100 if quick else STORED
    memory = vsa.Memory.open(folder / "stored.vsa", space)
    vectors = space.random(batch)
    plain = np.ascontiguousarray(space.algebra.pack(vectors.data))
    for statement in ("journal_mode=WAL", "synchronous=FULL"):
        bare.execute(f"PRAGMA {statement}")
    bare.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, data BLOB)")

    def add() -> None:
        turn = next(numbers)
        memory.add([f"{turn}/{i}" for i in range(batch)], space.random(batch))

    def add_plain() -> None:
        np.save(folder / "plain.npy", plain)
        with open(folder / "plain.npy", "rb+") as file:
            os.fsync(file.fileno())

    def insert() -> None:
        bare.execute("BEGIN")
        bare.executemany("INSERT INTO t (data) VALUES (?)", ((row.tobytes(),) for row in plain))
        bare.execute("COMMIT")

    yield Row(
        f"store {batch:,} (with drawing them)",
        [
            Candidate(OURS, add),
            Candidate("limit", lambda: batch / STORED),
            Candidate("sqlite", insert),
            Candidate("numpy", add_plain),
        ],
        {"limit": 1.0},
        sample=wall,
    )

    def commit() -> None:
        bare.execute("INSERT INTO t (data) VALUES (?)", (b"n = 1",))

    with vsa.Session.open(folder / "session.vsa", space) as session:
        session.run("n = 0")
        yield Row(
            "a statement",
            [Candidate(OURS, lambda: session.run("n = 1")), Candidate("sqlite", commit)],
            sample=wall,
        )
    memory.close()
    size = 200 if quick else 100_000
    path = folder / "opened.vsa"
    with vsa.Memory.open(path, space) as filled:
        for start in range(0, size, batch):
            names = [f"item {i}" for i in range(start, start + batch)]
            filled.add(names, space.batch(names))
        np.save(folder / "opened.npy", filled.table.rows)
    query = space.atom("item 7")

    def opened() -> None:
        vsa.Memory.open(path, read_only=True).close()

    def answered() -> None:
        with vsa.Memory.open(path, read_only=True) as found:
            assert found.cleanup(query).name == "item 7"

    yield Row(
        f"open {size:,}",
        [
            Candidate(OURS, opened),
            Candidate("limit", lambda: 1.0 if quick else size / OPENED),
            Candidate("numpy", lambda: np.load(folder / "opened.npy").sum(where=False)),
        ],
        {"limit": 1.0},
        sample=wall,
    )
    yield Row(f"open {size:,} and ask once", [Candidate(OURS, answered)], sample=wall)
