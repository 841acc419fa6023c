"""What a memory stores, keeps apart and refuses."""

import items
import numpy as np
import pytest
from items import ITEMS

import vsa
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.memory.changes import KINDS
from vsa.memory.memory import Memory

dtype, memory = items.dtype, items.memory


def state(memory):
    """Everything that can be seen of a memory."""
    some = [n for i, n in enumerate(memory) if i in (0, 1, 29, 30, 39)]
    return (
        list(memory), len(memory), memory.kinds, [memory.kind(n) for n in memory], memory.scopes,
        [memory[n].numpy().tobytes() for n in some], [memory.names_of(memory[n]) for n in some],
        memory.cleanup(memory.space.zero()).items,
    )  # fmt: skip


# --- storing --------------------------------------------------------------------------------------
def test_what_is_stored_is_found_again(space, memory):
    assert len(memory) == 40
    assert list(memory) == memory.names() == ITEMS
    assert memory.names("token") == ITEMS[30:]
    assert memory.kinds == ["atom", "token"]
    assert memory.kind("item 30") == "token"
    assert "item 3" in memory
    assert "item 40" not in memory
    for other in (3, ["item 3"], None):
        assert other not in memory
    answer = memory.cleanup(space.batch(ITEMS))
    assert list(answer.name) == ITEMS
    assert np.allclose(answer.similarity, 1, atol=1e-6)
    assert np.all(np.asarray(answer.probability) > 0.9999)


def test_vectors_come_back_with_their_lengths(space):
    memory = Memory(space)
    bundle = vsa.bundle(*space.atoms("a", "b", "c"))
    memory.add(["long", "sum"], [3 * space.atom("a"), bundle])
    assert memory["sum"].numpy() == pytest.approx(bundle.numpy(), abs=1e-6)
    length = 3 if space.closed else 1  # a finished sum has lost it
    assert memory["long"].norm() == pytest.approx(length, abs=1e-5)
    assert memory["long"].label == "long"


def test_names_without_vectors_are_atoms(space):
    memory = Memory(space)
    memory.add(["a", "b"])
    memory.add("c", kind="colour")
    for name in "abc":
        assert memory[name].similarity(space.atom(name)) == pytest.approx(1, abs=1e-6)
    assert (memory.kind("a"), memory.kind("c")) == ("atom", "colour")


def test_one_name_may_come_with_one_vector(space):
    memory = Memory(space)
    memory.add("a", space.atom("a"))
    memory.add(["b"], [space.atom("b")])
    memory.add(("c", "d"), space.batch(["c", "d"]))
    memory.add([], space.batch([]))
    assert list(memory) == ["a", "b", "c", "d"]
    assert repr(memory) == f"<Memory dim {space.dim}: 4 atom>"


def nan(space):
    return Vector(space, space.atom("a").data * float("nan"))


REFUSED = {
    "a name in use": (lambda s: (["new", "item 3"], s.random(2)), "'item 3' is in memory already"),
    "a name twice": (lambda s: (["new", "new"], s.random(2)), "'new' is in memory already"),
    "too few names": (lambda s: (["new"], s.random(2)), "1 names do not fit a batch of shape"),
    "a deep batch": (lambda s: (["new"], s.random((1, 1))), "do not fit a batch of shape"),
    "zero": (lambda s: (["new", "no"], [s.random(), s.zero()]), "'no' is the zero vector"),
    "NaN": (lambda s: (["new", "no"], [s.random(), nan(s)]), "'no' is not finite"),
    "another space": (
        lambda s: ("new", s.like(seed=1).atom("a")),
        r"this memory holds vectors of Space\(.*seed=0, .*not Space\(.*seed=1",
    ),
    "a list of another space": (lambda s: (["new"], [s.like(seed=1).atom("a")]), "does not belong"),
    "unequal shapes": (lambda s: (["new", "no"], [s.random(), s.random(2)]), "do not stack"),
    "no vector": (
        lambda s: ("new", np.ones((1, s.dim))),
        "each of the vectors must be a Vector, not ndarray",
    ),
}


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_leaves_nothing(space, memory, what, nested):
    make, message = REFUSED[what]
    if what == "NaN" and "int" in str(space.algebra.row.dtype):
        pytest.skip("whole numbers have no NaN")
    names, vectors = make(space)
    before = state(memory)
    if nested:  # caught inside a transaction that goes on
        with memory.journal.transaction("outer"):
            with pytest.raises(vsa.VsaError, match=message):
                memory.add(names, vectors, kind="new kind", scope="new scope")
            assert state(memory) == before
    else:
        with pytest.raises(vsa.VsaError, match=message):
            memory.add(names, vectors, kind="new kind", scope="new scope")
    assert state(memory) == before
    memory.add("new", space.atom("new"), kind="new kind")
    assert memory.cleanup(space.atom("new"), kinds="new kind").name == "new"


def test_a_late_zero_in_a_large_batch_leaves_nothing():
    space = Space(1024)
    memory = Memory(space)
    vectors = space.batch(map(str, range(2000)))
    vectors.data[1999] = 0
    with pytest.raises(vsa.VsaError, match="'1999' is the zero vector"):
        memory.add([str(i) for i in range(2000)], vectors)
    assert len(memory) == 0
    assert memory.cleanup(vectors[0]).name is None
    memory.add("again", vectors[0])
    assert memory.names_of(vectors[0]) == ["again"]


def test_there_is_room_for_so_many_kinds(space):
    memory = Memory(space)
    vectors = space.random(KINDS + 1)
    for i in range(KINDS):
        memory.add(f"n{i}", vectors[i], kind=f"kind {i}")
    for i in (0, 31, 32, 63):
        assert memory.cleanup(vectors[i], kinds=f"kind {i}").name == f"n{i}"
        assert memory.cleanup(vectors[i], kinds="kind 5").name in ("n5", None)
    with pytest.raises(vsa.VsaError, match="no room for the kind 'one more'"):
        memory.add("more", vectors[KINDS], kind="one more")
    memory.journal.undo()
    memory.add("more", vectors[KINDS], kind="one more")  # an undone kind leaves its place
    assert memory.cleanup(vectors[KINDS], kinds="one more").name == "more"


def test_ten_thousand_items_one_at_a_time():
    space = Space(32)
    vectors = space.batch(map(str, range(10_000)))
    memory = Memory(space)
    early = None
    for i in range(10_000):
        memory.add(str(i), vectors[i])
        if i == 10:
            early = memory.cleanup(vectors[10]).vector  # it must survive the growth
    assert len(memory) == 10_000
    some = [0, 1, 63, 64, 65, 127, 128, 4095, 4096, 8191, 8192, 9999]
    answer = memory.cleanup(vectors[some])
    assert list(answer.name) == [str(i) for i in some]
    assert answer.items == 10_000
    assert np.allclose(answer.vector.numpy(), vectors[some].numpy(), atol=1e-6)
    assert np.allclose(early.numpy(), vectors[10].numpy(), atol=1e-6)


# --- equal vectors --------------------------------------------------------------------------------
def test_equal_vectors_share_a_row(space, memory):
    a = space.atom("item 3")
    memory.add("king", a)
    memory.add("rex", space.vector(a.numpy()), kind="title")  # equal up to rounding
    assert memory.names_of(a) == ["item 3", "king", "rex"]
    answer = memory.cleanup(a, k=2)
    assert answer.items == 40
    assert answer.name == "item 3"
    assert answer.probability > 0.9999  # not shared among the names
    assert memory.cleanup(a, kinds="title").name == "item 3"
    assert memory.kind("rex") == "title"
    memory.remove("item 3")
    assert memory.cleanup(a).name == "king"
    assert memory.cleanup(a, kinds="title").name == "king"
    memory.remove("rex")
    assert memory.cleanup(a, kinds="title").name is None
    memory.remove("king")
    assert memory.cleanup(a).name is None
    assert memory.names_of(a) == []
    memory.add("back", a, kind="token")
    assert memory.cleanup(a, kinds="token").name == "back"
    assert memory.cleanup(a, kinds="atom").name is None


def test_a_name_that_a_person_chose_is_the_one_reported(space):
    memory = Memory(space)
    a = space.atom("a")
    for name, reported in (("frame/1", "frame/1"), ("s1", "s1"), ("s2", "s1"), ("x/2", "s1")):
        memory.add(name, a)
        assert memory.cleanup(a).name == reported
    memory.rename("s1", "s1/old/1")
    assert memory.cleanup(a).name == "s2"
    memory.remove("s2")
    assert memory.cleanup(a).name == "frame/1"
    assert memory.names_of(a) == ["frame/1", "s1/old/1", "x/2"]


def test_equal_vectors_of_one_batch_share_a_row(space):
    memory = Memory(space)
    a, b = space.atoms("a", "b")
    memory.add(["a", "b", "c", "d", "e"], [a, b, a, b, space.atom("e")])
    assert memory.names_of(a) == ["a", "c"]
    assert memory.names_of(b) == ["b", "d"]
    assert list(memory) == ["a", "c", "b", "d", "e"]
    answer = memory.cleanup(a, k=9)
    assert answer.items == 3
    assert sorted(n for n, _, _ in answer.matches()) == ["a", "b", "e"]


def test_sums_in_another_order_are_equal(space):
    memory = Memory(space)
    rng = np.random.default_rng(0)
    keys, fillers = space.random((200, 6)), space.random((200, 6))
    pairs = [keys[:, i] * fillers[:, i] for i in range(6)]
    memory.add([f"s{i}" for i in range(200)], vsa.bundle(*pairs).normalize())
    for j in range(3):
        again = vsa.bundle(*(pairs[i] for i in rng.permutation(6))).scale(rng.uniform(0.1, 9))
        memory.add([f"again {j} {i}" for i in range(200)], again)
    assert memory.cleanup(space.zero()).items == 200
    for i in (0, 7, 199):
        assert memory.names_of(again[i]) == [f"s{i}", *(f"again {j} {i}" for j in range(3))]


def test_rounding_is_forgiven_wherever_it_falls():
    """Signatures are cells of a grid: of so many vectors some lie on a border."""
    space = Space(64)
    memory = Memory(space)
    names = [str(i) for i in range(6000)]
    real = space.batch(names).numpy()
    memory.add(names, space.vector(real))
    noise = np.random.default_rng(0).standard_normal(real.shape)
    memory.add([f"{n} again" for n in names], space.vector(real * (1 + 2e-5 * noise)))
    assert len(memory) == 12_000
    assert memory.cleanup(space.atom("0")).items == 6000


def test_what_is_merely_similar_is_not_equal(space):
    memory = Memory(space)
    a, b = space.atoms("a", "b")
    memory.add("a", a)
    assert memory.names_of(-a) == []
    nearly = a + 0.1 * b if space.closed else a + b  # which differ in some places
    assert memory.names_of(nearly) == []
    memory.add("opposite", -a)
    assert memory.cleanup(-a).name == "opposite"
    with pytest.raises(vsa.VsaError, match="this memory holds vectors of"):
        memory.names_of(space.like(seed=1).atom("a"))


def test_many_items_are_each_found_again(make_space):
    """Equal ones are found by a signature: all of them, although signatures may collide."""
    space = make_space(64)
    memory = Memory(space)
    names = [str(i) for i in range(3000)]
    memory.add(names, space.batch(names))
    memory.add([f"{n} again" for n in names], space.batch(names))
    assert memory.cleanup(space.zero()).items == 3000
    assert memory.names_of(space.atom("227")) == ["227", "227 again"]


# --- removing, renaming ---------------------------------------------------------------------------
def test_what_is_removed_is_not_found(space, memory):
    memory.remove("item 30")
    a = space.atom("item 30")
    assert "item 30" not in memory
    assert len(memory) == 39
    assert memory.cleanup(a).name is None
    assert memory.scopes["some"] == frozenset(ITEMS[28:33]) - {"item 30"}
    for lost in (memory.kind, memory.remove, memory.__getitem__, lambda n: memory.rename(n, "x")):
        with pytest.raises(vsa.VsaError, match="'item 30' is not in memory"):
            lost("item 30")
    memory.add("item 30", space.atom("other"))
    assert memory.cleanup(space.atom("other")).name == "item 30"
    assert memory.cleanup(a).name is None


def test_what_is_renamed_keeps_its_place(space, memory):
    memory.rename("item 30", "thirty")
    assert list(memory) == [*ITEMS[:30], "thirty", *ITEMS[31:]]
    assert memory.kind("thirty") == "token"
    assert memory.scopes["some"] == frozenset(ITEMS[28:33]) - {"item 30"} | {"thirty"}
    assert memory.cleanup(space.atom("item 30")).name == "thirty"
    before = state(memory)
    with pytest.raises(vsa.VsaError, match="'item 3' is in memory already"):
        memory.rename("thirty", "item 3")
    assert state(memory) == before
    memory.rename("item 29", "item 30")
    assert memory.cleanup(space.atom("item 29")).name == "item 30"


def test_undo_gives_back_everything(space, memory):
    seen = [state(memory)]
    memory.add("alias", space.atom("item 1"), kind="third", scope="some")
    seen.append(state(memory))
    memory.remove("item 1")
    seen.append(state(memory))
    memory.rename("alias", "item 1")
    seen.append(state(memory))
    memory.define_scope("other", ["item 1"])
    seen.append(state(memory))
    memory.remove("item 1")
    memory.journal.undo()
    while seen:
        assert state(memory) == seen.pop()
        if seen:
            memory.journal.undo()
