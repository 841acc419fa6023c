"""Frames of 8 slots: head + Σ role ⊛ filler, scaled to length 1.

Ours: `frame(head, **slots)`, which also computes the roles from the slots' names and the head, once
for a batch that shares its head. The peers are handed those roles, ready made.
torchhd: bundle of the head and hash_table(roles, fillers), then normalize.  blocks: the same in
blocks of rows, of the size that suits it best.  nengo-spa: its operators, which have no batches.
The last row gives every frame its own head and so its own roles; torchhd's still come for free.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from vsa_plugins.frame import frame, role

import vsa
from benchmarks.harness import OURS, Candidate, Row
from benchmarks.machine import Work
from benchmarks.peers import hrr_tensor, peer, pointer, real

PEERS = ("torchhd", "blocks", "nengo-spa")
SLOTS = [f"slot{i}" for i in range(8)]
BLOCKS = (8, 32, 128)  # rows of 8 fillers, for torchhd


def rows(quick: bool = False) -> Iterator[Row]:
    space = vsa.Space(dim=128 if quick else 1024)
    many = 40 if quick else 10_000
    head = space.atom("head")
    yield _row("1 frame", head, {s: space.random() for s in SLOTS}, {})
    fillers = {s: space.random(many) for s in SLOTS}
    yield _row(f"{many:,} frames, one head", head, fillers, {"blocks": 12})
    yield _row(f"{many:,} frames, a head each", space.random(many), fillers, {})


def _row(
    label: str, head: vsa.Vector, fillers: dict[str, vsa.Vector], goals: dict[str, float]
) -> Row:
    one = next(iter(fillers.values())).data.nbytes
    return Row(
        label,
        [
            Candidate(OURS, lambda: frame(head, **fillers), real),
            *_torchhd(head, fillers),
            *_nengo(head, fillers),
        ],
        goals,
        work=Work(read=head.data.nbytes + len(fillers) * one, written=one),
    )


def _torchhd(head: vsa.Vector, fillers: dict[str, vsa.Vector]) -> Iterator[Candidate]:
    torchhd = peer("torchhd")
    if not torchhd:
        return
    torch = peer("torch")
    first = hrr_tensor(head)
    # (8, dim) or (n, 8, dim): its hash table bundles along the last axis but one
    keys = torch.stack([hrr_tensor(role(s, head)) for s in fillers], dim=-2)
    values = torch.stack([hrr_tensor(v) for v in fillers.values()], dim=-2)

    def whole(head: Any = first, keys: Any = keys, values: Any = values) -> Any:
        return torchhd.normalize(torchhd.bundle(head, torchhd.hash_table(keys, values)))

    yield Candidate("torchhd", whole, real)
    if values.ndim == 2:
        return
    out = torch.empty_like(values[:, 0])

    def blocks(step: int) -> Any:
        for i in range(0, len(values), step):
            rows = slice(i, i + step)
            each = (first[rows], keys[rows]) if first.ndim > 1 else (first, keys)
            out[rows] = whole(*each, values[rows])
        return out

    for step in BLOCKS:
        yield Candidate("blocks", lambda step=step: blocks(step), real, f"of {step}")


def _nengo(head: vsa.Vector, fillers: dict[str, vsa.Vector]) -> Iterator[Candidate]:
    if not peer("nengo_spa") or next(iter(fillers.values())).shape:
        return
    first = pointer(head)
    pairs = [(pointer(role(s, head)), pointer(v)) for s, v in fillers.items()]

    def build() -> Any:
        total = first
        for key, value in pairs:
            total = total + key * value
        return total.normalized()

    yield Candidate("nengo-spa", build, lambda p: np.asarray(p.v))
