"""Cleanup: the nearest of many items, for one query and for 32, exactly and by the sketch.

Queries are superpositions of 8 bound pairs with one role taken out, so that they carry crosstalk.
Ours: `memory.cleanup(query, exact=True)`, which gives names, probabilities and P(nothing) as well.
The others give the index of the winner and its score, no more, from the same unit vectors in
float32:
NumPy: a matrix product and argmax.  torch: mm and topk.  faiss: IndexFlatIP.search.
torchhd: cosine_similarity and max, which is what its cleanup does and which it refuses for
batches; its memory is one tensor of the items. What compresses the scan is in `sketched`.

The last row fills a memory, which scales the items to length 1, finds those that are equal and
keeps their names; NumPy does the first, faiss copies them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import vsa
from benchmarks import sketched
from benchmarks.harness import OURS, Candidate, Row
from benchmarks.machine import Work
from benchmarks.peers import hrr_tensor, peer

PEERS = ("numpy", "torch", "faiss", "torchhd", "exact", "binary", "rabitq", "found")
GOALS = {"numpy": 1.0, "torch": 1.0, "faiss": 1.0}
PAIRS = 8


def rows(quick: bool = False) -> Iterator[Row]:
    space = vsa.Space(dim=256 if quick else 1024)
    for items in (50, 200) if quick else (1000, 10_000, 100_000):
        vectors = space.random(items)
        memory = vsa.Memory(space)
        memory.add([f"item/{i}" for i in range(items)], vectors)
        for count in (1, 4) if quick else (1, 32):
            yield _row(memory, vectors, queries(vectors, count))
    yield _adding(space, 100 if quick else 10_000)
    yield from sketched.rows(quick, peer)


def _adding(space: vsa.Space, count: int) -> Row:
    vectors = space.random(count)
    names = [f"item/{i}" for i in range(count)]
    items = np.ascontiguousarray(vectors.numpy(), dtype=np.float32)

    def ours() -> vsa.Memory:
        memory = vsa.Memory(space)
        memory.add(names, vectors)
        return memory

    candidates = [
        Candidate(OURS, ours, len),
        Candidate("numpy", lambda: items / np.linalg.norm(items, axis=1, keepdims=True), len),
    ]
    if faiss := peer("faiss"):
        candidates.append(Candidate("faiss", lambda: faiss.IndexFlatIP(space.dim).add(items)))
    return Row(f"add {count:,} items", candidates)


def queries(vectors: vsa.Vector, count: int) -> vsa.Vector:
    """Σ role ⊛ item, unbound by one of the roles; the first `count` items are the answers."""
    space = vectors.space
    total = vectors[:count]
    for i in range(1, PAIRS):
        total = total + space.random((count,)) * vectors[(np.arange(count) + 7 * i) % len(vectors)]
    return total.normalize()


def _row(memory: vsa.Memory, vectors: vsa.Vector, many: vsa.Vector) -> Row:
    single = len(many) == 1
    query = many[0] if single else many
    items = np.ascontiguousarray(vectors.normalize().numpy(), dtype=np.float32)
    asked = np.ascontiguousarray(many.numpy(), dtype=np.float32)
    names = [f"item/{i}" for i in range(len(items))]
    index = {name: i for i, name in enumerate(names)}

    def ours(answer: vsa.Answer) -> list[int]:
        return [index[name] for name in np.atleast_1d(answer.name)]

    candidates = [
        Candidate(OURS, lambda: memory.cleanup(query, exact=True), ours),
        *sketched.bare(items, asked),
        *_torch(items, asked),
        *_faiss(items, asked),
        *_torchhd(vectors, query),
    ]
    what = "1 query" if single else f"{len(many)} queries"
    # torchhd's product of many queries is nearly ours: only the rest of what it does can be saved
    goals = {**GOALS, "torchhd": 8.0} if single else GOALS
    work = Work(read=items.nbytes + asked.nbytes, flops=2 * items.size * len(asked))
    return Row(f"{len(items):,} items, {what}", candidates, goals, work=work)


def _torch(items: Any, asked: Any) -> Iterator[Candidate]:
    torch = peer("torch")
    if not torch:
        return
    x, q = torch.from_numpy(items), torch.from_numpy(asked)
    yield Candidate("torch", lambda: torch.topk(torch.mm(q, x.T), 1), lambda r: r[1][:, 0].tolist())
    if len(asked) == 1:
        v = q[0]
        yield Candidate(
            "torch", lambda: torch.topk(torch.mv(x, v), 1), lambda r: r[1].tolist(), "mv"
        )


def _faiss(items: Any, asked: Any) -> Iterator[Candidate]:
    faiss = peer("faiss")
    if not faiss:
        return
    index = faiss.IndexFlatIP(items.shape[1])
    index.add(items)
    yield Candidate("faiss", lambda: index.search(asked, 1), lambda r: r[1][:, 0].tolist())


def _torchhd(vectors: vsa.Vector, query: vsa.Vector) -> Iterator[Candidate]:
    torchhd = peer("torchhd")
    if not torchhd:
        return
    x, q = hrr_tensor(vectors), hrr_tensor(query)
    max_of = peer("torch").max
    yield Candidate(
        "torchhd",
        lambda: max_of(torchhd.cosine_similarity(q, x), dim=-1),
        lambda r: np.atleast_1d(np.asarray(r[1])).tolist(),
    )
