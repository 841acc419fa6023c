"""What a batch operation needs at its peak, beyond its result: at most 64 MB."""

import gc
import tracemalloc

import numpy as np
import pytest
from vsa_plugins import binding, frame, sequence, stack

import vsa

COUNT, DIM = 24_000, 1024  # so that one forgotten temporary, 94 MB, is over the limit
LIMIT = 64 << 20


@pytest.fixture(scope="module")
def world():
    space = vsa.Space(dim=DIM)
    names = [f"a{i}" for i in range(40)]
    items = space.batch(names)
    memory = vsa.Memory(space)
    memory.add(names, items)
    memory.add(["role/agt"], [space.key("role/agt")], kind="slot")
    rng = np.random.default_rng(0)
    first, second = (items[rng.integers(0, 40, COUNT)] for _ in range(2))
    return memory, space.atom("a0"), first, second


def structures(world):
    _, head, first, second = world
    key = head.space.key("x")
    return {
        "stack": stack.push(first, second),
        "frame": frame.frame(head, agt=first, obj=second),
        "sequence": sequence.sequence(first, second),
        "environment": key * first + head * second,
    }


OPERATIONS = {
    "cleanup": ("stack", lambda v, m, *_: m.cleanup(v)),
    "top": ("stack", lambda v, m, *_: stack.top(v, memory=m)),
    "pop": ("stack", lambda v, m, *_: stack.pop(v, memory=m)),
    "pop, projected": ("stack", lambda v, m, *_: stack.pop(v, projection=True, memory=m)),
    "depth": ("stack", lambda v, m, *_: stack.depth(v, memory=m)),
    "slot": ("frame", lambda v, m, *_: frame.slot(v, "agt", memory=m)),
    "slot, head given": ("frame", lambda v, m, h, x: frame.slot(v, "agt", h, memory=m)),
    "slots": ("frame", lambda v, m, *_: frame.slots(v, memory=m)),
    "slot_of": ("frame", lambda v, m, h, x: frame.slot_of(v, x, h, memory=m)),
    "replace": ("frame", lambda v, m, h, x: frame.replace(v, agt=x, memory=m)),
    "item": ("sequence", lambda v, m, *_: sequence.item(v, 2, memory=m)),
    "decode": ("sequence", lambda v, m, *_: sequence.decode(v, memory=m)),
    "position": ("sequence", lambda v, m, h, x: sequence.position(v, x)),
    "value": ("environment", lambda v, m, h, x: binding.value(v, h, memory=m)),
    "assign": ("environment", lambda v, m, h, x: binding.assign(v, h, x, memory=m)),
}


@pytest.mark.filterwarnings("ignore::vsa.CapacityWarning")
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_large_batch_is_read_part_by_part(world, name):
    memory, head, first, _ = world
    which, run = OPERATIONS[name]
    vector = structures(world)[which]
    gc.collect()
    tracemalloc.start()
    try:
        result = run(vector, memory, head, first)
        peak = tracemalloc.get_traced_memory()[1]
        gc.collect()
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert result is not None
    assert peak - kept < LIMIT


def test_parts_answer_as_the_whole_does(world, monkeypatch):
    memory, head, first, second = world
    some, others = first[:50], second[:50]
    framed = frame.frame(head, agt=some, obj=others)
    listed = sequence.sequence(some, others)
    listed = memory.space.stack([*listed[:49], some[0] * memory.space.key("sequence/p")])
    stacked = stack.push(some, others)

    def answers():
        return [
            frame.slot(framed, "obj", memory=memory).name,
            frame.replace(framed, agt=others, memory=memory).numpy(),
            sequence.decode(listed, memory=memory).name,
            sequence.position(listed, others),
            stack.depth(stacked, memory=memory),
            stack.pop(stacked, memory=memory).numpy(),
        ]

    whole = answers()
    monkeypatch.setattr("vsa.hooks.structure.PART_BLOCKS", 1)  # seven rows, one in the last
    monkeypatch.setattr("vsa.algebra.backend.Backend.block_bytes", 4 * DIM * 7)
    for parts, together in zip(answers(), whole, strict=True):
        if together.dtype == object:
            assert parts.tolist() == together.tolist()
        else:
            np.testing.assert_allclose(parts, together, atol=1e-6)
