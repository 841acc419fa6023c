"""Binding pairs: the public API beside the bare product, memory bandwidth and the peers.

`a * b` and `vsa.bind(a, b, out=c)` on vectors that are in the Fourier domain already, as ours are;
the peers' vectors are in their own form, real values, for the same reason. NumPy: the bare product
of the same spectra, allocating where ours allocates. Limit: the time in which the machine streams
the same bytes, two arrays read and one written, by the better of NumPy's real sum and its copy.
torchhd: HRRTensor.bind, float32, of the whole batch.  blocks: the same in blocks of rows that stay
in cache, which its users would have to write.
nengo-spa: SemanticPointer's `*` for one pair (float64, it has no other); it has no batches, so
for many pairs its algebra's bind in a loop, float32.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import vsa
from benchmarks.harness import OURS, Candidate, Row
from benchmarks.machine import Work
from benchmarks.peers import hrr_tensor, peer, pointer, real

PEERS = ("numpy", "limit", "torchhd", "blocks", "nengo-spa")


def rows(quick: bool = False) -> Iterator[Row]:
    dim = 128 if quick else 1024
    space = vsa.Space(dim=dim)
    for pairs in (1, 10, 50) if quick else (1, 1000, 10_000):
        shape = () if pairs == 1 else (pairs,)
        yield from _rows(pairs, space.random(shape), space.random(shape))


def _rows(pairs: int, a: vsa.Vector, b: vsa.Vector) -> Iterator[Row]:
    x, y = a.data, b.data
    c = a * b
    z = np.empty_like(x)
    what = f"{pairs:,} pair{'s' * (pairs > 1)}"
    others = [*_torchhd(a, b), *_nengo(a, b)]
    work = Work(read=x.nbytes + y.nbytes, written=z.nbytes)
    yield Row(
        f"{what}, a * b",
        [
            Candidate(OURS, lambda: a * b, real),
            Candidate("numpy", lambda: x * y),
            *others,
        ],
        {"numpy": 1 / 3, "torchhd": 20, "nengo-spa": 12} if pairs == 1 else {"torchhd": 30},
        work=work,
    )
    yield Row(
        f"{what}, bind(a, b, out=c)",
        [
            Candidate(OURS, lambda: vsa.bind(a, b, out=c), real),
            Candidate("numpy", lambda: np.multiply(x, y, out=z)),
            *_limit(x, y, z),
            *others,
        ],
        {"torchhd": 20, "nengo-spa": 12} if pairs == 1 else {"limit": 0.8, "torchhd": 30},
        work=work,
    )


def _limit(x: Any, y: Any, z: Any) -> Iterator[Candidate]:
    """Moving the same bytes. A batch in cache has another limit than one in memory: same arrays."""
    if x.ndim == 1:
        return
    p, q, r = (array.view(np.float32) for array in (x, y, z))
    # a copy moves two arrays where a product moves three: one and a half of it
    half = np.array_split(np.arange(len(x)), 2)[0]

    def copy() -> None:
        np.copyto(r, p)
        np.copyto(r[half[0] : half[-1] + 1], q[half[0] : half[-1] + 1])

    yield Candidate("limit", lambda: np.add(p, q, out=r), way="sum")
    yield Candidate("limit", copy, way="copy")


def _torchhd(a: vsa.Vector, b: vsa.Vector) -> Iterator[Candidate]:
    if not peer("torchhd"):
        return
    x, y = hrr_tensor(a), hrr_tensor(b)
    yield Candidate("torchhd", lambda: x.bind(y), real)
    if a.shape:
        out = peer("torch").empty_like(x)

        def blocks(step: int = 64) -> Any:
            for i in range(0, len(x), step):
                out[i : i + step] = x[i : i + step].bind(y[i : i + step])
            return out

        yield Candidate("blocks", blocks, real)


def _nengo(a: vsa.Vector, b: vsa.Vector) -> Iterator[Candidate]:
    if not peer("nengo_spa"):
        return
    if not a.shape:
        p, q = pointer(a), pointer(b)
        yield Candidate("nengo-spa", lambda: p * q, real)
        return
    bind = peer("nengo_spa").algebras.HrrAlgebra().bind
    x, y = (v.numpy().astype(np.float32) for v in (a, b))
    out = np.empty_like(x)

    def loop() -> Any:
        for i in range(len(x)):
            out[i] = bind(x[i], y[i])
        return out

    yield Candidate("nengo-spa", loop, real)
