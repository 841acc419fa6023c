"""Queues beside `collections.deque`, at both ends, alone and in batches; what they say of errors."""

import warnings
from collections import deque

import pytest
from backends import PRESENT
from hypothesis import given, settings
from hypothesis import strategies as st
from vsa_plugins.queue import (
    back,
    dequeue,
    dequeue_back,
    enqueue,
    enqueue_front,
    front,
    queue,
    queue_size,
)
from vsa_plugins.stack import pop, push, top
from worlds import NAMES, PLUGINS, names, world

from vsa import CapacityWarning, Session, Space, Vector, VsaError
from vsa.plugin import open_session

ALGEBRAS = {"hrr": 1024, "bsc": 2048, "vtb": 1024, "mbat": 1024, "sbc:16": 512, "bsdc-seg": 4096}
STEPS = st.lists(st.tuples(st.sampled_from(["in", "front in", "out", "back out"]), st.integers(0, 49)),
                 max_size=14)  # fmt: skip
ROWS = 3


@pytest.fixture(scope="module", params=ALGEBRAS)
def filled(request):
    return world(ALGEBRAS[request.param], items=50, algebra=request.param)


def took(steps, memory):
    """A queue and the oracle after some steps; those out of an empty queue are left out."""
    whole, held = memory.space.zero(), deque()
    for step, number in steps:
        item = NAMES[number]
        if step == "in":
            whole = enqueue(whole, memory[item])
            held.append(item)
        elif step == "front in":
            whole = enqueue_front(whole, memory[item])
            held.appendleft(item)
        elif held and step == "out":
            whole = dequeue(whole, memory=memory)
            held.popleft()
        elif held:
            whole = dequeue_back(whole, memory=memory)
            held.pop()
    return whole, held


@settings(max_examples=25)
@given(steps=STEPS)
def test_a_queue_is_a_deque(filled, steps):
    _, memory = filled
    whole, held = took(steps, memory)
    assert queue_size(whole) == len(held)
    if held:
        ends = front(whole, memory=memory).name, back(whole, memory=memory).name
        assert ends == (held[0], held[-1])
    while held:
        assert front(whole, memory=memory).name == held.popleft()
        whole = dequeue(whole, memory=memory)
    assert queue_size(whole) == 0


@settings(max_examples=25)
@given(histories=st.lists(STEPS, min_size=ROWS, max_size=ROWS), item=st.integers(0, 49))
def test_the_rows_of_a_batch_are_queues_of_their_own(filled, histories, item):
    space, memory = filled
    wholes, held = zip(*(took(steps, memory) for steps in histories), strict=True)
    batch, x = space.stack(wholes), NAMES[item]
    assert queue_size(batch).tolist() == [len(h) for h in held]
    changes = {
        enqueue: lambda h: h.append(x), enqueue_front: lambda h: h.appendleft(x),
        dequeue: lambda h: h and h.popleft(), dequeue_back: lambda h: h and h.pop(),
    }  # fmt: skip
    for change, expected in changes.items():
        given = {"item": memory[x]} if "enqueue" in change.__name__ else {"memory": memory}
        if change in (dequeue, dequeue_back) and not any(held):
            assert queue_size(change(batch, **given)).tolist() == [0] * ROWS
            continue
        after = [deque(h) for h in held]
        for h in after:
            expected(h)
        made = change(batch, **given)
        assert queue_size(made).tolist() == [len(h) for h in after]
        assert names(front(made, memory=memory)) == [h[0] if h else None for h in after]
        assert names(back(made, memory=memory)) == [h[-1] if h else None for h in after]


@pytest.mark.parametrize("backend", PRESENT)
def test_batches_of_items_on_every_backend(backend):
    space, memory = world(items=100, backend=backend)
    some = space.batch(NAMES[:3])
    whole = queue(some, memory["n7"], some)
    assert queue_size(whole).tolist() == [3, 3, 3]
    assert names(front(whole, memory=memory)) == names(back(whole, memory=memory)) == NAMES[:3]
    assert names(front(dequeue(whole, memory=memory), memory=memory)) == ["n7"] * 3
    assert (
        names(back(enqueue(enqueue(memory["n1"].space.zero(), memory["n8"]), some), memory=memory))
        == (NAMES[:3])
    )


def test_a_queue_made_at_once_is_one_made_step_by_step():
    space, memory = world(items=10)
    whole = space.zero()
    for name in NAMES[:5]:
        whole = enqueue(whole, memory[name])
    assert whole.similarity(queue(*(memory[name] for name in NAMES[:5]))) > 0.999


def test_a_queue_is_a_stack_whose_end_is_marked():
    _, memory = world(items=10)
    whole = queue(memory["n1"], memory["n2"])
    assert top(pop(whole, memory=memory), memory=memory).name == "n2"
    assert queue_size(push(whole, memory["n3"])) == 3


def test_hundreds_of_items_pass_through_a_short_queue():
    _, memory = world(items=100)
    whole = queue(*(memory[f"n{i}"] for i in range(5)))
    for i in range(5, 305):
        assert front(whole, memory=memory).name == f"n{(i - 5) % 100}"
        whole = enqueue(dequeue(whole, memory=memory), memory[f"n{i % 100}"])
    assert queue_size(whole) == 5


@pytest.mark.parametrize("algebra", ["bsc", "map-b", "sbc:16", "mcr:8"])
def test_a_row_that_was_made_of_a_queue_still_has_an_end(algebra):
    space, memory = world(Space(2048, "hrr").dim if algebra != "sbc:16" else 512, items=50,
                          algebra=algebra)  # fmt: skip
    made = queue(*(memory[n] for n in NAMES[:4]))
    row = Vector.of_row(space, made.data)
    assert queue_size(row) == 4
    assert (front(row, memory=memory).name, back(row, memory=memory).name) == ("n0", "n3")
    assert queue_size(enqueue(row, memory["n9"])) == 5
    assert back(dequeue(row, memory=memory), memory=memory).name == "n3"


@pytest.mark.parametrize(("count", "warned"), [(19, False), (31, True)])
def test_a_queue_warns_when_past_its_capacity(count, warned):
    _, memory = world()
    whole = queue(*(memory[name] for name in NAMES[:count]))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CapacityWarning)
        back(whole, memory=memory)
    assert bool(caught) == warned
    if warned:
        said = str(caught[0].message)
        assert said.startswith(f"a queue of {count} items is past its capacity: at dim 1024")
        assert "would do" in said


NONE = (
    "this is no queue, or past its capacity: no end of one is found in it; make one with "
    "enqueue(nil, item)"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("front(nil)", "the queue is empty"),
        ("back(nil)", "the queue is empty"),
        ("dequeue(dequeue(queue(mark)))", "the queue is empty"),
        ("dequeue_back(nil)", "the queue is empty"),
        ("queue()", "an empty queue is nil: enqueue(nil, item)"),
        ("front(mark)", NONE),
        ("queue_size(mark + fish)", NONE),
        ("enqueue(mark, fish)", NONE),
    ],
)
def test_errors_say_what_to_do(text, message):
    session = Session(Space(1024), plugins=PLUGINS)
    session.run("atom mark, fish; q = enqueue(nil, mark)")
    with pytest.raises(VsaError) as error:
        session.run(text)
    assert str(error.value) == message
    assert session.run("queue_size(q)") == [1]


def test_a_queue_is_undone_explained_and_kept(tmp_path):
    session = Session(Space(1024), plugins=PLUGINS)
    session.run("atom mark, fish; q = enqueue(enqueue(nil, mark), fish)")
    session.run("q = dequeue(q)")
    session.run(":undo")
    assert session.run("queue_size(q)") == [2]
    assert "signal" in str(session.run("why(front(q))")[0])
    session.save(tmp_path / "kept.vsa")
    session.close()
    again = open_session(tmp_path / "kept.vsa", plugins=PLUGINS)
    assert again.run("back(q)")[0].name == "fish"
    assert again.run("front(dequeue(q))")[0].name == "fish"
    again.close()
