"""Stacks: 8 pushes; and reading them again, top and pop, with a memory of 1,000 items.

Ours: `push(stack, item)`, `top(stack, memory=…)`, `pop(stack, memory=…)`.
torchhd has no stack: pushing is item + bind(p, stack) (blocks: all pushes to a block of rows before
the next block, which its users would have to write); reading is the best cosine among the items,
by cosine_similarity and max, and popping takes that item off and binds with the inverse of p.
nengo-spa: the same with its operators; reading is not compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from vsa_plugins.stack import pop, push, top

import vsa
from benchmarks.harness import OURS, Candidate, Row
from benchmarks.machine import Work
from benchmarks.peers import hrr_tensor, peer, pointer, real

PEERS = ("torchhd", "blocks", "nengo-spa")
DEPTH = 8
BLOCKS = (64, 256)


def rows(quick: bool = False) -> Iterator[Row]:
    space = vsa.Space(dim=256 if quick else 1024)
    many, known = (20, 50) if quick else (1000, 1000)
    key = push(space.identity(), space.zero())  # p itself
    for shape, label in (((), "1 stack"), ((many,), f"{many:,} stacks")):
        items = [space.random(shape) for _ in range(DEPTH)]
        candidates = [
            Candidate(OURS, lambda items=items: pushed(items), real),
            *_torchhd_push(key, items),
            *_nengo_push(key, items),
        ]
        one = items[0].data.nbytes
        work = Work(read=2 * DEPTH * one, written=DEPTH * one)  # one push after the other
        yield Row(f"{label}, {DEPTH} pushes", candidates, {"torchhd": 15}, work=work)
    vocabulary = space.random(known)
    memory = vsa.Memory(space)
    memory.add([f"item/{i}" for i in range(known)], vocabulary)
    for count in (1, 32) if not quick else (1, 4):
        shape = () if count == 1 else (count,)
        chosen = [np.arange(i, i + count) if shape else i for i in range(DEPTH)]
        stack = pushed([vocabulary[index] for index in chosen])
        what = "1 stack" if count == 1 else f"{count} stacks"
        for kind in ("top", "pop"):
            run = (lambda s=stack: top(s, memory=memory).vector) if kind == "top" else (
                lambda s=stack: pop(s, memory=memory)
            )  # fmt: skip
            others = [*_torchhd_read(key, stack, vocabulary, kind)]
            yield Row(f"{what}, {kind} among {known:,}", [Candidate(OURS, run, real), *others], {})


def pushed(items: list[vsa.Vector]) -> vsa.Vector:
    stack = items[0].space.zero()
    for item in items:
        stack = push(stack, item)
    return stack


def _torchhd_push(key: vsa.Vector, items: list[vsa.Vector]) -> Iterator[Candidate]:
    if not peer("torchhd"):
        return
    p = hrr_tensor(key)
    values = [hrr_tensor(x) for x in items]

    def build(values: Any = values) -> Any:
        stack = values[0]
        for x in values[1:]:
            stack = x + stack.bind(p)
        return stack

    yield Candidate("torchhd", build, real)
    if items[0].shape:
        out = peer("torch").empty_like(values[0])

        def blocks(step: int) -> Any:
            for i in range(0, len(out), step):
                out[i : i + step] = build([x[i : i + step] for x in values])
            return out

        for step in BLOCKS:
            yield Candidate("blocks", lambda s=step: blocks(s), real, f"of {step}")


def _nengo_push(key: vsa.Vector, items: list[vsa.Vector]) -> Iterator[Candidate]:
    if not peer("nengo_spa") or items[0].shape:
        return
    p, values = pointer(key), [pointer(x) for x in items]

    def build() -> Any:
        stack = values[0]
        for x in values[1:]:
            stack = x + p * stack
        return stack

    yield Candidate("nengo-spa", build, real)


def _torchhd_read(
    key: vsa.Vector, stack: vsa.Vector, vocabulary: vsa.Vector, kind: str
) -> Iterator[Candidate]:
    torchhd = peer("torchhd")
    if not torchhd:
        return
    max_of = peer("torch").max
    s, items, back = hrr_tensor(stack), hrr_tensor(vocabulary), hrr_tensor(~key)

    def read() -> Any:
        return items[max_of(torchhd.cosine_similarity(s, items), dim=-1).indices]

    yield Candidate("torchhd", read if kind == "top" else lambda: (s - read()).bind(back), real)
