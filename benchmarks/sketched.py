"""Cleanup by the sketch (`vsa.memory.sketch`) against the exact scan and against other compressed scans.

Queries as in `cleanup`: 8 bound pairs with one role taken out; of noise the answer is nothing, and
found is how long as many answers take that are not. How long depends on the queries, of which some are
looked for twice, so both are means over `DRAWS` batches.  exact: our own exact scan, which the exact rows
hold against the rest.  numpy: a bare product and argmax.  binary: faiss IndexBinaryFlat, the winner
among the nearest sketches by exact cosine, in NumPy; of `WIDTHS` the first that finds .99 of the
items.  rabitq: faiss IndexRaBitQFastScan with `WIDTHS[0]` reranked by IndexRefineFlat.  All work on
the same coordinates, the packed ones, whose signs tell more than those of the real components
(`python -m benchmarks.recall`).

VSA_BENCH_LARGE=1 in the environment adds dims 512 and 4096 and a million items, which takes up to
20 GB of memory and of disk, and half an hour. A million of 4096 components are mapped from a file,
and answer 32 queries at most: an exact scan of 1,000 takes a minute and a half.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import vsa
from benchmarks.harness import OURS, Candidate, Row
from benchmarks.machine import Work
from vsa.algebra.vector import Vector
from vsa.memory import storage

PAIRS = 8
WIDTHS = (32, 100, 320, 1000)  # sketches that the peers rerank
RECALL = 0.99
TRIED = 500  # queries that decide on the width
BLOCK = 4096
DRAWS = {1: 48}  # batches whose times are averaged, by their size
FEW = 8  # of larger ones
MAPPED = 1 << 33  # bytes of rows, beyond which they lie in a file: memory that grows is copied
GOALS = {1: 20.0, 32: 10.0, 1000: 5.0}

Peer = Callable[[str], Any]


def sizes(quick: bool) -> list[tuple[int, int]]:
    """(items, dim) of the tables."""
    if quick:
        return [(5000, 1024)]
    if os.environ.get("VSA_BENCH_LARGE"):
        return [(n, dim) for dim in (512, 1024, 4096) for n in (10_000, 100_000, 1_000_000)]
    return [(1000, 1024), (10_000, 512), (10_000, 1024), (100_000, 1024)]


def rows(quick: bool, peer: Peer) -> Iterator[Row]:
    for items, dim in sizes(quick):
        with tempfile.TemporaryDirectory() as folder:
            large = 4 * items * dim > MAPPED
            file = Path(folder) / "memory.vsa" if large else None
            with filled(vsa.Space(dim=dim), items, file=file) as memory:
                for count in (1, 4) if quick else (1, 32) if large else (1, 32, 1000):
                    yield _row(memory, count, peer)
                if quick or items == 100_000:
                    yield from (_nothing(memory, count) for count in (1, 32))


def filled(space: vsa.Space, items: int, seed: int = 0, file: Path | None = None) -> vsa.Memory:
    """A memory of random atoms, named by their numbers, drawn and added in blocks."""
    rng = np.random.default_rng(seed)
    memory = vsa.Memory(space) if file is None else vsa.Memory.open(file, space)
    for start in range(0, items, BLOCK):
        count = min(BLOCK, items - start)
        if space.atom_kind == "unitary":
            phase = rng.random((count, space.dim // 2 + 1), dtype=np.float32)
            spectra = np.exp(2j * np.pi * phase).astype(np.complex64)
            ends = [0, -1] if space.dim % 2 == 0 else [0]
            spectra[:, ends] = np.sign(spectra[:, ends].real)
            vectors = Vector(space, spectra)
        else:
            vectors = space.vector(rng.standard_normal((count, space.dim)) / space.dim**0.5)
        memory.add([str(i) for i in range(start, start + count)], vectors)
    return memory


def crosstalk(memory: vsa.Memory, count: int, pairs: int) -> Vector:
    """Σ role ⊛ item, unbound by one of the roles; the first `count` items are the answers."""
    space, items = memory.space, len(memory)
    first = np.arange(count) % items
    total = memory.vectors(first).normalize()
    for i in range(1, pairs):
        other = memory.vectors((first + 7 * i) % items).normalize()
        total = total + space.random((count,)) * other
    return total.normalize()


def _row(memory: vsa.Memory, count: int, peer: Peer) -> Row:
    many = crosstalk(memory, count, PAIRS)
    query = many[0] if count == 1 else many
    items, asked = memory.table.rows, storage.asked(many)[0]
    tried = storage.asked(crosstalk(memory, min(TRIED, len(memory)), PAIRS))[0]
    memory.cleanup(crosstalk(memory, 16, PAIRS))  # after so many queries there is a sketch

    def found(answer: vsa.Answer) -> list[int]:
        return [int(name) for name in np.atleast_1d(answer.name)]

    candidates = [
        Candidate(OURS, lambda: memory.cleanup(query), found),
        Candidate("exact", lambda: memory.cleanup(query, exact=True), found),
        *(bare(items, asked) if count == 1 else ()),
        *_binary(items, asked, tried, peer),
        *_rabitq(items, asked, peer),
    ]
    goals = {"exact": GOALS[count], "binary": 1.0} if count in GOALS else {}
    if len(items) <= 1000:
        goals = {"numpy": 1 / 1.3} if count == 1 else {}
    label = f"sketch {len(items):,} × {memory.space.dim}, {_asked(count)}"
    # of one query the bits are read once; of many they stay in cache, and counting them is no flops
    work = Work(read=items.size // 8) if count == 1 else None
    return Row(label, candidates, goals, work=work)


def _nothing(memory: vsa.Memory, count: int) -> Row:
    draws = DRAWS.get(count, FEW)
    noise = [memory.space.random((count,)) for _ in range(draws)]
    some = [crosstalk(memory, count, PAIRS) for _ in range(draws)]
    if count == 1:
        noise, some = ([one[0] for one in each] for each in (noise, some))
    memory.cleanup(crosstalk(memory, 16, PAIRS))

    def winners(answers: list[vsa.Answer]) -> list[int]:
        return [int(row) for answer in answers for row in np.atleast_1d(answer.winners)]

    def each(run: Callable[[], Any]) -> float:
        run()
        start = time.process_time()
        run()
        return (time.process_time() - start) / draws

    candidates = [
        Candidate(OURS, lambda: [memory.cleanup(one) for one in noise], winners),
        Candidate("exact", lambda: [memory.cleanup(one, exact=True) for one in noise], winners),
        Candidate("found", lambda: [memory.cleanup(one) for one in some]),
    ]
    label = f"nothing of {len(memory):,} × {memory.space.dim}, {_asked(count)}"
    return Row(label, candidates, {"found": 1 / 5}, sample=each)


def _asked(count: int) -> str:
    return "1 query" if count == 1 else f"{count:,} queries"


def bare(items: Any, asked: Any) -> Iterator[Candidate]:
    """NumPy's product and argmax of as many queries."""
    if len(asked) == 1:
        q = asked[0]

        def one() -> Any:
            scores = items @ q
            best = scores.argmax()
            return best, scores[best]

        yield Candidate("numpy", one, lambda r: [int(r[0])])

    def gemm() -> Any:
        scores = asked @ items.T
        best = scores.argmax(axis=1)
        return best, scores[np.arange(len(best)), best]

    yield Candidate("numpy", gemm, lambda r: r[0].tolist(), "gemm")


def _binary(items: Any, asked: Any, tried: Any, peer: Peer) -> Iterator[Candidate]:
    faiss = peer("faiss")
    if not faiss:
        return
    index = faiss.IndexBinaryFlat(items.shape[1])
    for start in range(0, len(items), BLOCK):
        index.add(np.packbits(items[start : start + BLOCK] > 0, axis=1))

    def search(queries: Any, width: int) -> list[int]:
        _, near = index.search(np.packbits(queries > 0, axis=1), width)
        return [int(ids[(items[ids] @ q).argmax()]) for ids, q in zip(near, queries, strict=True)]

    def enough(width: int) -> bool:
        return bool(np.mean(search(tried, width) == np.arange(len(tried))) >= RECALL)

    width = next((w for w in WIDTHS[:-1] if enough(w)), WIDTHS[-1])
    yield Candidate("binary", lambda: search(asked, width), list, f"{width} reranked")


def _rabitq(items: Any, asked: Any, peer: Peer) -> Iterator[Candidate]:
    faiss = peer("faiss")
    if not faiss or not hasattr(faiss, "IndexRaBitQFastScan") or items.nbytes > 1 << 30:
        return
    index = faiss.IndexRaBitQFastScan(items.shape[1], faiss.METRIC_INNER_PRODUCT)
    refined = faiss.IndexRefineFlat(index)
    refined.train(items[:BLOCK])
    refined.add(items)
    refined.k_factor = WIDTHS[0]
    # at 4096 components its sums overflow and the answers are wrong: they are not compared
    answer = (lambda r: r[1][:, 0].tolist()) if items.shape[1] < 2048 else None
    yield Candidate("rabitq", lambda: refined.search(asked, 1), answer)
