"""How often a program waits for a device: by its calls, and not by its blocks, queries or rows.

Nothing here needs a device: `device.py` has arrays that count what would wait for one.
"""

from __future__ import annotations

import importlib.util

import device
import numpy as np
import pytest
from vsa_plugins import frame, stack
from vsa_plugins.sequence import forms as sequence

import vsa
from vsa.algebra import backend as backends
from vsa.memory import scan, summed
from vsa.memory.matches import Query

DIM = 64
NAMES = [f"n{i}" for i in range(3000)]
KINDS = ["cupy", "torch"] if importlib.util.find_spec("torch") else ["cupy"]


@pytest.fixture(params=KINDS)
def space(request, monkeypatch):
    """Vectors on a device that counts."""
    made = {"cupy": device.Remote, "torch": device.RemoteTorch}[request.param]
    monkeypatch.setitem(backends.BACKENDS, request.param, made)
    return vsa.Space(dim=DIM, backend=request.param)


def waits(space, call):
    """How often a call waits, once what it keeps is made."""
    call()
    with device.counted(space) as found:
        call()
    return found.waits


def filled(space, count=3000, **options):
    memory = vsa.Memory(space, **options)
    memory.add(NAMES[:count], space.batch(NAMES[:count]))
    return memory


def queries(space, count):
    """Items under noise, mere noise and zero."""
    some = space.batch([NAMES[i % 1000] for i in range(count)]).scale(1.5)
    some = some + space.batch([f"noise {i}" for i in range(count)])
    weights = np.ones(count)
    weights[3::50] = 0
    return some.scale(weights)


# --- vectors: nothing waits, however many blocks there are --------------------------------------
@pytest.mark.parametrize("rows", [1 << 20, 7])
def test_no_block_of_vectors_waits(space, rows):
    space.backend.block_bytes = rows * 8 * (DIM // 2 + 1)
    x, y = space.batch(NAMES[:100]), space.batch(NAMES[100:200])
    key, held = space.key("k"), space.zero((100,))
    for call in (
        lambda: x * y,
        lambda: x / key,
        lambda: vsa.bind(x, y, out=held) if space.backend.has_out else None,
        lambda: vsa.bundle(x, y, x * y),
        lambda: vsa.bundle_bound([key, y], [x, y], x, normalize=True),
        lambda: (x + y).unitary(),
        lambda: (x + y).normalize(),
        lambda: x.permute(3).shift(2),
        lambda: x.norms(),
        lambda: x.similarities(y),
        lambda: frame.frame(x, agt=y, obj=key),
        lambda: stack.push(stack.push(held, x), key),
        lambda: sequence.sequence(x, y, key),
        lambda: vsa.by_rows(lambda v: v * key + v, x),
    ):
        assert waits(space, call) == 0


def test_a_power_is_looked_at_once_for_being_finite(space):
    few, many = space.batch(NAMES[:5]), space.batch(NAMES[:500])
    space.backend.block_bytes = 10 * 8 * (DIM // 2 + 1)
    assert waits(space, lambda: few**3) == waits(space, lambda: many**3) == 1
    assert waits(space, lambda: few**-3) == waits(space, lambda: many**-3) == 2  # and for zeros


def test_a_frame_of_one_head_is_told_by_one_look(space):
    eat, many = space.atom("eat"), space.batch(NAMES[:500])
    space.backend.block_bytes = 10 * 8 * (DIM // 2 + 1)
    few = many[:5]
    assert waits(space, lambda: frame.frame(eat, agt=few)) == 1
    assert waits(space, lambda: frame.frame(eat, agt=many)) == 1


def test_orders_of_components_are_sent_once(space):
    x = space.batch(NAMES[:5])
    x.permute(3)
    with device.counted(space) as found:
        x.permute(3)
    assert found.sent == 0


def test_components_are_looked_at_once_for_being_finite(space):
    for count in (3, 300):
        components = np.random.default_rng(0).standard_normal((count, DIM))
        assert waits(space, lambda given=components: space.vector(given)) == 1


# --- memories ------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [10, 3000])
def test_adding_waits_for_lengths_signatures_and_equal_ones(space, count):
    vectors = space.batch(NAMES[:count])
    with device.counted(space) as found:
        memory = vsa.Memory(space)
        memory.add(NAMES[:count], vectors)
    assert found.waits == 2
    with device.counted(space) as found:
        memory.add([f"again {name}" for name in NAMES[:count]], vectors)
    assert found.waits == 3
    assert len(memory.table) == count


@pytest.mark.parametrize("k", [1, 5, 50])
@pytest.mark.parametrize("blocks", [1, 3])
def test_no_block_of_a_scan_waits_and_no_query(space, blocks, k, monkeypatch):
    """The scan does twice: for the lengths of the queries, and for what is found."""
    memory, asked = filled(space), queries(space, 400)
    added, add = [], summed.Summed.add
    monkeypatch.setattr(summed.Summed, "add", lambda *given: added.append(add(*given)))
    loads = np.random.default_rng(0).choice([2.0, 3.0, 8.0], 400)
    for count in (1, 10, 400):
        rows = len(NAMES) // blocks
        monkeypatch.setattr(scan, "SCORE_BLOCKS", 1)
        monkeypatch.setattr(scan, "BREADTH", rows)
        space.backend.block_bytes = 4 * count * rows
        some = asked[:count]
        for load in (None, loads[:count]):
            added.clear()
            call = lambda some=some, load=load: memory.cleanup(some, k, load=load)  # noqa: E731
            assert waits(space, call) == 2
            assert len(added) == 2 * blocks


def test_few_items_are_compared_in_one_block_likewise(space):
    memory, asked = filled(space, 100), queries(space, 1000)
    assert waits(space, lambda: memory.cleanup(asked)) == 2
    assert waits(space, lambda: memory.cleanup(asked[0])) == 2


@pytest.mark.filterwarnings("ignore::vsa.errors.CapacityWarning")
@pytest.mark.parametrize("read", ["top", "pop", "slot", "item"])
def test_structures_are_read_in_as_many_transfers_of_many_as_of_few(space, read):
    memory = filled(space, 2000)
    found = set()
    for count in (3, 1000):
        x, y = space.batch(NAMES[:count]), space.batch(NAMES[1000 : 1000 + count])
        stacks, listed = stack.push(stack.push(space.zero(), x), y), sequence.sequence(x, y)
        framed = frame.frame(x, agt=y, memory=memory)
        call = {
            "top": lambda s=stacks: stack.top(s, memory=memory),
            "pop": lambda s=stacks: stack.pop(s, memory=memory),
            "slot": lambda f=framed: frame.slot(f, "agt", memory=memory),
            "item": lambda s=listed: sequence.item(s, 2, memory=memory),
        }[read]
        found.add(waits(space, call))
    assert len(found) == 1
    assert found.pop() < 20


# --- what is found is what NumPy finds -----------------------------------------------------------
@pytest.mark.filterwarnings("ignore::vsa.errors.CapacityWarning")
@pytest.mark.parametrize(
    "options",
    [
        {}, {"k": 4}, {"k": 40}, {"exclude": NAMES[:700]}, {"among": NAMES[:90], "k": 2},
        {"load": 2}, {"coverage": 0.8},
    ],
)  # fmt: skip
def test_a_device_finds_what_numpy_finds(space, options, monkeypatch):
    here = vsa.Space(dim=DIM)
    there, memory = filled(space), filled(here, exact=True)
    for size in (1 << 20, 1 << 12):
        for each in (space, here):
            monkeypatch.setattr(each.backend, "block_bytes", size)
        found = there.cleanup(queries(space, 200), **options)
        wanted = memory.cleanup(queries(here, 200), **options)
        assert np.array_equal(found.rows, wanted.rows)
        for name in ("similarities", "probabilities", "nothing", "margin"):
            np.testing.assert_allclose(
                getattr(found, name), getattr(wanted, name), rtol=3e-3, atol=1e-5
            )
        one = there.cleanup(queries(space, 9)[8], **options)
        assert np.array_equal(one.rows, memory.cleanup(queries(here, 9)[8], **options).rows)


def test_equal_vectors_on_a_device_are_one_row_as_on_numpy(space):
    here = vsa.Space(dim=DIM)
    names = [f"{i % 7} {i}" for i in range(40)]
    for each in (here, space):
        memory = vsa.Memory(each)
        memory.add("old", each.atom("3"))
        memory.add(names, each.batch(name.split()[0] for name in names))
        assert len(memory.table) == 7
        assert memory.names_of(each.atom("3")) == ["old", *names[3::7]]
        rows = memory.rows_of(each.batch(["3", "0", "1", "2", "4", "5", "6", "new"])).tolist()
        assert rows == [0, 1, 2, 3, 4, 5, 6, -1]
        memory.journal.undo()
        assert memory.rows_of(each.batch(["3", "0"])).tolist() == [0, -1]


def test_structures_on_a_device_are_numpys(space):
    here = vsa.Space(dim=256)
    there = space.like(dim=256)
    found = []
    for each in (here, there):
        memory = filled(each, 200)
        x, y = each.batch(NAMES[:5]), each.batch(NAMES[5:10])
        heads = x.scale([1, 1, 0, 1, 1])  # one frame of no head
        framed = frame.frame(heads, agt=y, memory=memory)
        stacked = stack.push(stack.push(each.zero((5,)), x), y)
        listed = sequence.sequence(x, y, x)
        found.append([
            framed.numpy(),
            frame.slot(framed, "agt", memory=memory).name,
            stack.depth(stacked, memory=memory),
            stack.pop(stacked, memory=memory).numpy(),
            sequence.decode(listed, memory=memory).name,
        ])  # fmt: skip
    for ours, theirs in zip(*found, strict=True):
        if ours.dtype.kind == "f":
            np.testing.assert_allclose(theirs, ours, atol=1e-6)
        else:
            assert np.asarray(theirs).tolist() == np.asarray(ours).tolist()


# --- what counts ---------------------------------------------------------------------------------
def test_what_would_wait_is_counted(space):
    x = space.batch(NAMES[:4]).norms()
    backend, xp = space.backend, space.backend.xp
    for call in (
        lambda: backend.numpy(x), lambda: float(x[0]), lambda: bool(x[0] > 0), lambda: int(x[0]),
        lambda: x[x > 0], lambda: xp.nonzero(x), lambda: x.tolist(), lambda: x[0].item(),
    ):  # fmt: skip
        assert waits(space, call) == 1
    for call in (lambda: x + 1, lambda: x[1:], lambda: xp.where(x > 0, x, 0.0), lambda: x.shape):
        assert waits(space, call) == 0
    with device.counted(space) as found:
        backend.asarray(np.ones(3))
    assert found.sent == 1
    assert [a.tolist() for a in backend.brought(x[:2] * 0 + 1, x[None] > 2)] == [
        [1, 1], [[False] * 4],
    ]  # fmt: skip
    assert waits(space, lambda: backend.brought(x, x > 0)) == 1


def test_what_lies_where_numpy_computes_is_looked_up_there():
    pytest.importorskip("torch")
    space = vsa.Space(dim=DIM, backend="torch")
    memory = filled(space, 200)
    assert space.on_host.backend.name == "numpy"
    asked = queries(space, 20)
    question = Query(asked, memory.table.rows, memory.select())
    for there, here in ((memory.table.rows, question.stored), (asked.data, question.vector.data)):
        assert isinstance(here, np.ndarray)
        assert np.shares_memory(here, there.numpy())
    answer = memory.cleanup(asked, 2)
    wanted = filled(vsa.Space(dim=DIM), 200).cleanup(queries(vsa.Space(dim=DIM), 20), 2)
    assert np.array_equal(answer.rows, wanted.rows)
    assert np.allclose(answer.probabilities, wanted.probabilities, atol=1e-6)
    assert answer.vector.space is space
    assert memory.cleanup(asked[0]).query.space is space
