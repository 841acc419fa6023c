"""Sequences of 8 items by position, Σ xᵢ ⊛ pⁱ, one and many.

Ours: `sequence(*items)`.  torchhd: Horner's rule with its bind.  blocks: the better of that and of
hash_table with the powers of p, ready made; batches in blocks of rows.  nengo-spa: its operators
with the powers ready made, no batches.  rolls: torchhd's own bundle_sequence, Σ roll(xᵢ, 8 − i), which is
another form (rolling is binding with a shifted impulse, the same for every key, so that nested
sequences collide) and far less work: it is shown for comparison and no goal.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vsa_plugins.sequence import sequence

import vsa
from benchmarks.harness import OURS, Candidate, Row
from benchmarks.machine import Work
from benchmarks.peers import hrr_tensor, peer, pointer, real

PEERS = ("torchhd", "blocks", "rolls", "nengo-spa")
LENGTH = 8
BLOCKS = (8, 32, 128)


def rows(quick: bool = False) -> Iterator[Row]:
    space = vsa.Space(dim=128 if quick else 1024)
    many = 40 if quick else 10_000
    for shape, label in (((), "1 sequence"), ((many,), f"{many:,} sequences")):
        items = [space.random(shape) for _ in range(LENGTH)]
        candidates = [
            Candidate(OURS, lambda items=items: sequence(*items), real),
            *_torchhd(items),
            *_nengo(items),
        ]
        one = items[0].data.nbytes
        work = Work(read=LENGTH * one, written=one)
        yield Row(f"{label} of {LENGTH}", candidates, {"torchhd": 30}, work=work)


def powers(space: vsa.Space) -> list[vsa.Vector]:
    """p, p² … as the sequence of that one item shows them."""
    one, zero = space.identity(), space.zero()
    return [sequence(*[zero] * i, one) for i in range(LENGTH)]


def _torchhd(items: list[vsa.Vector]) -> Iterator[Candidate]:
    torchhd = peer("torchhd")
    if not torchhd:
        return
    torch = peer("torch")
    values = torch.stack([hrr_tensor(x) for x in items], dim=-2)
    keys = torch.stack([hrr_tensor(p) for p in powers(items[0].space)])
    key = keys[0].clone()

    def horner(values: Any = values) -> Any:
        total = values[..., LENGTH - 1, :].bind(key)
        for i in reversed(range(LENGTH - 1)):
            total = (values[..., i, :] + total).bind(key)
        return total

    def table(values: Any = values) -> Any:
        return torchhd.hash_table(keys, values)

    def rolls(values: Any = values) -> Any:
        return torchhd.bundle_sequence(values)

    ways = {"Horner": horner, "hash table": table}
    yield Candidate("torchhd", horner, real)
    if values.ndim == 2:
        yield Candidate("blocks", table, real, "hash table")
        yield Candidate("rolls", rolls)
        return
    out = torch.empty_like(values[:, 0])

    def blocks(run: Any, step: int) -> Any:
        for i in range(0, len(values), step):
            out[i : i + step] = run(values[i : i + step])
        return out

    for step in BLOCKS:
        for way, run in ways.items():
            yield Candidate("blocks", lambda r=run, s=step: blocks(r, s), real, f"{way}, of {step}")
        yield Candidate("rolls", lambda s=step: blocks(rolls, s), None, f"blocks of {step}")


def _nengo(items: list[vsa.Vector]) -> Iterator[Candidate]:
    if not peer("nengo_spa") or items[0].shape:
        return
    pairs = [(pointer(p), pointer(x)) for p, x in zip(powers(items[0].space), items, strict=True)]

    def build() -> Any:
        total = pairs[0][0] * pairs[0][1]
        for key, value in pairs[1:]:
            total = total + key * value
        return total

    yield Candidate("nengo-spa", build, real)
