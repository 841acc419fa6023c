"""Two threads beside one, in wall time, and what two threads gain in C on this machine.

Ours: on two threads (`vsa.set_threads(2)`).  one: the same on one thread, so that its ratio is the
gain. The first rows are the machine's own: each thread makes one call, which runs in C throughout,
on memory of its own: reading (a dot product), reading and writing (a sum into a third array), and
a product of matrices. No batch gains more than these allow, and none of the others may be at work on
the machine meanwhile: all figures are wall time.

Frames, sequences and a scan of one query are bound by reading, binding by reading and writing, a scan of
32 queries and atoms by arithmetic; encoding writes files too.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from vsa_plugins.frame import frame
from vsa_plugins.sequence import sequence

import vsa
import vsa.encode
from benchmarks.cleanup import queries
from benchmarks.harness import OURS, Candidate, Row
from benchmarks.machine import MOST
from benchmarks.peers import peer
from vsa.threads import each

PEERS = ("one",)
TWO = 2
SAMPLE_S = 0.05


@dataclass(frozen=True)
class On:
    """Some work, and on how many threads."""

    threads: int
    work: Callable[[], Any]
    after: Callable[[], Any] = lambda: None  # what is not counted

    def __call__(self) -> Any:
        return self.work()


def wall(run: Any) -> float:
    """The seconds of a call, of as many as fill a sample."""
    vsa.set_threads(run.threads)
    try:
        run()  # threads begin, and caches and free pages are those of this candidate
        run.after()
        taken, number = 0.0, 0
        while taken < SAMPLE_S:
            start = time.perf_counter()
            run()
            taken += time.perf_counter() - start
            number += 1
            run.after()
        return taken / number
    finally:
        vsa.set_threads(1)


def rows(quick: bool = False) -> Iterator[Row]:
    for label, work, *after in [*_in_c(quick), *_ours(quick), *_encoding(quick)]:
        ours, one = On(TWO, work, *after), On(1, work, *after)
        yield Row(label, [Candidate(OURS, ours), Candidate("one", one)], sample=wall)


def _in_c(quick: bool) -> Iterator[tuple[str, Callable[[], Any]]]:
    """What the machine can do, in two calls that need nothing of each other."""
    moved, side = (1 << 14, 16) if quick else (MOST, 1024)
    long = [[np.full(moved // 24, 0.5, np.float32) for _ in range(3)] for _ in range(TWO)]
    wide = [[np.full((side, side), 0.5, np.float32) for _ in range(3)] for _ in range(TWO)]
    yield "in C: read", lambda: each(lambda x: np.dot(x[0], x[1]), long)
    yield "in C: read and write", lambda: each(lambda x: np.add(x[0], x[1], out=x[2]), long)
    yield "in C: sgemm", lambda: each(lambda x: np.matmul(x[0], x[1], out=x[2]), wide)


def _ours(quick: bool) -> Iterator[tuple[str, Callable[[], Any]]]:
    space = vsa.Space(dim=128 if quick else 1024)
    many, items = (40, 50) if quick else (10_000, 20_000)
    a, b = space.random(many), space.random(many)
    c = a * b
    yield f"bind(a, b, out=c), {many:,} pairs", lambda: vsa.bind(a, b, out=c)
    yield f"a * b, {many:,} pairs", lambda: a * b
    fillers = [space.random(many) for _ in range(8)]
    slots = {f"slot{i}": filler for i, filler in enumerate(fillers)}
    head = space.atom("head")
    yield f"{many:,} frames of 8", lambda: frame(head, **slots)
    yield f"{many:,} sequences of 8", lambda: sequence(*fillers)
    yield f"unitary, {many:,}", a.unitary
    yield f"components, {many:,}", a.numpy
    names = [f"item/{i}" for i in range(items)]
    yield f"atoms, {items:,}", lambda: space.batch(names)
    vectors = space.batch(names)
    memory = vsa.Memory(space, exact=True)
    memory.add(names, vectors)
    for count in (1, 32):
        asked = queries(vectors, count)
        some = asked if count > 1 else asked[0]
        label = f"exact scan of {items:,}, {count} quer{'ies' if count > 1 else 'y'}"
        yield label, lambda some=some: memory.cleanup(some)


def _encoding(quick: bool) -> Iterator[tuple[str, Callable[[], Any], Callable[[], Any]]]:
    """Records to files in a folder, which is then deleted: nobody waits for that."""
    if not peer("zarr"):
        return
    space, count = vsa.Space(dim=128 if quick else 1024), 50 if quick else 20_000
    columns = {f"slot{i}": [f"filler{(i + 7 * j) % 500}" for j in range(count)] for i in range(3)}
    with tempfile.TemporaryDirectory() as folder:
        there, encoder = Path(folder) / "vectors", vsa.encode.Frames(frame)
        for files in ("zarr", "parquet"):
            yield (
                f"encode {count:,} records of 3, {files}",
                partial(
                    vsa.encode.encode,
                    columns, there, encoder, space=space, files=files, progress=False,
                ),
                partial(shutil.rmtree, there),
            )  # fmt: skip
