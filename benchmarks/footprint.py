"""Peak memory of batch operations beyond their output, which should be 64 MB at most.

Ours: bytes that Python and NumPy have allocated at the peak (tracemalloc), less those of before and
of the result. Peers are not compared: their allocations are not seen that way.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

from vsa_plugins.frame import frame, replace, slot
from vsa_plugins.sequence import decode, item, sequence
from vsa_plugins.stack import depth, pop, push, top

import vsa
from benchmarks.harness import OURS, Candidate, Row

PEERS = ("limit",)
LIMIT = 64 << 20


def rows(quick: bool = False) -> Iterator[Row]:
    count = 200 if quick else 20_000
    space = vsa.Space(dim=128 if quick else 1024)
    vectors, others = space.random(count), space.random(count)
    head = space.atom("head")
    batch = [vectors, others] * 4
    slots = {f"slot{i}": v for i, v in enumerate(batch)}
    known = 100 if quick else 500
    memory = vsa.Memory(space)
    memory.add([f"item/{i}" for i in range(known)], vectors[:known])
    memory.add("head", head)
    names = [f"name/{i}" for i in range(count)]
    framed = frame(head, slot0=vectors, slot1=others)
    listed, stacked = sequence(vectors, others), push(vectors, others)
    operations: dict[str, Callable[[], Any]] = {
        "a * b": lambda: vectors * others,
        "a / b": lambda: vectors / others,
        "a + b": lambda: vectors + others,
        "~a": lambda: ~vectors,
        "a ^ 3": lambda: vectors**3,
        "unitary": lambda: vsa.unitary(vectors),
        "normalize": lambda: vsa.normalize(vectors),
        "similarity": lambda: vsa.similarity(vectors, others),
        "permute": lambda: vsa.permute(vectors),
        "numpy()": lambda: vectors.numpy(),
        "space.random": lambda: space.random(count),
        "frame, one head": lambda: frame(head, **slots),
        "frame, a head each": lambda: frame(others, **slots),
        "sequence of 8": lambda: sequence(*batch),
        "slot": lambda: slot(framed, "slot0", memory=memory),
        "replace": lambda: replace(framed, slot0=others, memory=memory),
        "item": lambda: item(listed, 2, memory=memory),
        "decode": lambda: decode(listed, memory=memory),
        "top": lambda: top(stacked, memory=memory),
        "depth": lambda: depth(stacked, memory=memory),
        "push": lambda: push(vectors, others),
        "pop": lambda: pop(vectors, memory=memory),
        "cleanup": lambda: memory.cleanup(vectors),
        "cleanup, k=10": lambda: memory.cleanup(vectors, k=10),
        "memory.add": lambda: filled(space, names, vectors),
    }
    for label, run in operations.items():
        candidates = [Candidate(OURS, run), Candidate("limit", lambda: None)]
        yield Row(f"{label}, {count:,}", candidates, {"limit": 1.0}, "B", extra)


def filled(space: vsa.Space, names: list[str], vectors: vsa.Vector) -> vsa.Memory:
    memory = vsa.Memory(space)
    memory.add(names, vectors)
    return memory


def extra(run: Callable[[], Any]) -> float:
    """Bytes at the peak of `run` less those that its result keeps; the limit for the limit."""
    gc.collect()
    tracemalloc.start()
    try:
        result = run()
        peak = tracemalloc.get_traced_memory()[1]
        gc.collect()
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    return float(LIMIT if result is None else peak - kept)
