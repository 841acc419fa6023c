"""Bits in memory as they are: every way to compare them, and files, exports and shards of them."""

import copy
import json
import math
import pickle

import numpy as np
import pytest
from backends import PRESENT
from hypothesis import given
from hypothesis import strategies as st

import vsa
from vsa.algebra import counting
from vsa.algebra.hamming import Hamming
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.errors import VsaError
from vsa.memory.memory import Memory
from vsa.memory.scan import scan
from vsa.persist import keeper, open_memory, open_session
from vsa.persist.mapped import Mapped

NAMES = [f"n{i}" for i in range(300)]
DIMS = [64, 100, 1024]


@pytest.fixture(params=DIMS)
def dim(request):
    return request.param


@pytest.fixture
def space(dim, backend):
    return Space(dim, "bsc", backend)


@pytest.fixture
def memory(space):
    memory = Memory(space)
    memory.add(NAMES[:200], space.batch(NAMES[:200]))
    a, b, c = (space.random(100) for _ in range(3))
    memory.add(NAMES[200:], a + b + c)
    return memory


def queries(memory, count):
    """Bundles of three items and one stranger."""
    space, rows = memory.space, np.arange(count)
    some = [memory.vectors(rows + i) for i in (0, 50, 201 - count)]
    return sum(some, space.random(count))


def bits(vector):
    return vector.numpy().astype(int)


# --- scores ---------------------------------------------------------------------------------------
def faiss_missing(patch):
    patch.setattr(counting, "faiss", lambda: None)


def device(patch):
    """As if rows were out of NumPy's reach."""
    patch.setattr(Hamming, "host", lambda self, rows: None)


@pytest.mark.parametrize("way", [lambda patch: None, faiss_missing, device])
@pytest.mark.parametrize("count", [1, 3, 30])
def test_scores_are_those_of_the_bits(memory, way, count, monkeypatch):
    space = memory.space
    metric = space.metric
    asked = queries(memory, count)
    differ = (bits(asked)[:, None] != bits(memory.vectors(np.arange(300)))[None]).sum(-1)
    way(monkeypatch)
    found = metric.scores(asked.data, memory.table.rows)
    assert space.backend.numpy(found).dtype == space.backend.dtype
    assert space.backend.numpy(found) == pytest.approx(1 - 2 * differ / space.dim, abs=1e-6)
    own = metric.scores(memory.table.rows, memory.table.rows)
    assert (space.backend.numpy(own).diagonal() == 1).all()


def test_blocks_of_rows_join(memory, monkeypatch):
    asked = queries(memory, 7)
    wanted = memory.space.metric.scores(asked.data, memory.table.rows)
    monkeypatch.setattr("vsa.algebra.hamming.ENTRIES", 100)
    monkeypatch.setattr("vsa.algebra.hamming.LIFTED", 1 << 12)
    found = memory.space.metric.scores(asked.data, memory.table.rows)
    device(monkeypatch)
    multiplied = memory.space.metric.scores(asked.data, memory.table.rows)
    for scores in (found, multiplied):
        np.testing.assert_allclose(*map(memory.space.backend.numpy, (scores, wanted)), atol=1e-6)


def test_one_query_finds_what_a_batch_does(memory):
    asked = queries(memory, 20)
    batch = memory.cleanup(asked, 5, exclude=["n3"], load=4)
    for i in range(20):
        one = memory.cleanup(asked[i], 5, exclude=["n3"], load=4)
        assert one.rows.tolist() == batch.rows[i].tolist()
        np.testing.assert_array_equal(one.similarities, batch.similarities[i])
        np.testing.assert_allclose(one.probabilities, batch.probabilities[i], atol=1e-6)
    scores = memory.space.backend.numpy(memory.similarities(asked, np.arange(300)))
    wanted = np.argsort(-scores, axis=-1, kind="stable")  # equally near ones by age
    assert batch.rows.tolist() == [[r for r in row if r != 3][:5] for row in wanted.tolist()]


def test_atoms_in_bundles_are_found_for_certain():
    space = Space(1024, "bsc")
    memory = Memory(space)
    memory.add(NAMES, space.batch(NAMES))
    answer = memory.cleanup(sum(memory[f"n{i}"] for i in range(5)), 5)
    assert sorted(answer.names) == NAMES[:5]
    answer = memory.cleanup(memory["n1"] * memory["n2"] / memory["n2"])
    assert (answer.name, answer.similarity) == ("n1", 1)
    assert answer.probability > 0.999999
    assert memory.cleanup(space.random()).name is None
    assert memory.cleanup(space.zero()).name is None


# --- what is stored -------------------------------------------------------------------------------
def test_a_bit_takes_an_eighth_of_a_byte(dim, backend):
    space = Space(dim, "bsc", backend)
    memory = Memory(space)
    memory.add(NAMES[:128], space.batch(NAMES[:128]))
    rows = memory.table.rows
    assert rows.shape == (128, 8 * math.ceil(dim / 64))
    assert rows.itemsize == 1
    assert len(memory.table.store.array) <= 1.25 * len(rows)  # with room for more


@given(st.integers(0, 1023), st.integers(0, 1023), st.integers(0, 9))
def test_equal_rows_are_one_and_others_are_not(i, j, seed):
    space = Space(1024, "bsc", seed=seed)
    memory, a = Memory(space), space.atom("a")
    changed = bits(a)
    changed[[i, j]] ^= 1
    other = space.vector(changed)
    memory.add(["a", "b"], [a, other])
    memory.add(["c", "d"], [other * space.identity(), a + a])  # those again
    assert memory.names_of(a) == ["a", "d"]
    assert memory.names_of(other) == ["b", "c"]
    assert len(memory.table) == 2


def test_the_highest_bits_of_words_tell_rows_apart():
    """Two of them would cancel each other in a sum of words times odd weights."""
    space = Space(128, "bsc")
    memory, top = Memory(space), np.zeros(128)
    top[[63, 127]] = 1
    memory.add(["none", "both"], space.vector(np.stack([0 * top, top])))
    marks = memory.table.marks(0, 2).tolist()
    assert len(set(marks)) == 2
    memory.add("again", space.vector(top))
    assert memory.names_of(space.vector(top)) == ["both", "again"]


def test_changes_and_undo(memory):
    space = memory.space
    held = memory.cleanup(space.atom("n7"))
    memory.remove("n5")
    assert memory.names_of(space.atom("n5")) == []
    memory.journal.undo()
    assert memory.names_of(space.atom("n5")) == ["n5"]
    memory.add(["x", "y", "twin"], [space.atom("x"), space.random(), space.atom("n7")])
    assert memory.names_of(space.atom("n7")) == ["n7", "twin"]
    answer = memory.cleanup(space.atom("x"))
    memory.journal.undo()
    assert memory.names_of(space.atom("x")) == []
    assert answer.vector.similarity(space.atom("x")) == 1  # of the moment
    assert held.vector.similarity(space.atom("n7")) == 1
    assert list(memory) == NAMES
    with pytest.raises(VsaError, match="'z' is the zero vector"):
        memory.add(["w", "z"], space.stack([space.random() + space.random(), space.zero()]))
    assert list(memory) == NAMES


def test_copies(memory):
    for other in (copy.deepcopy(memory), pickle.loads(pickle.dumps(memory))):
        assert list(other) == NAMES
        host = memory.space.backend.numpy
        np.testing.assert_array_equal(host(other.table.rows), host(memory.table.rows))
        assert other.names_of(memory.space.atom("n9")) == ["n9"]
    answer = memory.cleanup(queries(memory, 4))
    again = pickle.loads(pickle.dumps(answer))
    assert again.name.tolist() == answer.name.tolist()
    assert np.asarray(again.winners).tolist() == np.asarray(answer.winners).tolist()


# --- files ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("large", [False, True])
def test_there_and_back(tmp_path, memory, large, monkeypatch):
    if large:
        monkeypatch.setattr(keeper, "LARGE", 100)
    space, path = memory.space, tmp_path / "a.vsa"
    memory.save(path)
    memory.add("more", space.atom("more"))
    memory.remove("n4")
    memory.close()
    there = sorted(p.name for p in tmp_path.iterdir())
    assert there == (["a.vsa", "a.vsa-rows"] if large else ["a.vsa"])  # and no signs
    for backend in PRESENT:
        for read_only in (True, False):
            with open_memory(path, backend=backend, read_only=read_only) as again:
                if backend == "numpy":
                    assert isinstance(again.table.store, Mapped) == large
                assert list(again) == [n for n in [*NAMES, "more"] if n != "n4"]
                assert again.check() == 301
                host = again.space.backend.numpy
                kept = host(again.table.rows)
                assert kept.tobytes() == space.backend.numpy(memory.table.rows).tobytes()
                answer = again.cleanup(again.space.batch(["n3", "more", "n199"]))
                assert answer.name.tolist() == ["n3", "more", "n199"]
    with open_memory(path) as again:
        again.add("last", again.space.atom("last"))
        again.journal.undo()
        again.add("end", again.space.atom("end"))
    with open_memory(path) as again:
        assert again.names_of(again.space.atom("end")) == ["end"]
        assert "last" not in again


def test_a_bit_that_is_damaged_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(keeper, "LARGE", 100)
    space, path = Space(100, "bsc"), tmp_path / "a.vsa"
    with open_memory(path, space) as memory:
        memory.add(NAMES, space.batch(NAMES))
    rows = tmp_path / "a.vsa-rows"

    def flip(row, byte, bit):
        with rows.open("r+b") as file:
            file.seek(4096 + 16 * row + byte)
            old = file.read(1)[0]
            file.seek(-1, 1)
            file.write(bytes([old ^ bit]))

    flip(150, 3, 1)
    with open_memory(path) as memory, pytest.raises(VsaError, match="'n150' is not as written"):
        memory.check()
    flip(150, 3, 1)
    flip(0, 15, 128)  # behind the bits
    with pytest.raises(VsaError, match="a row is not of 100 bits and zeros behind them"):
        open_memory(path)


def test_a_session(tmp_path):
    path = tmp_path / "s.vsa"
    with open_session(path, Space(1024, "bsc")) as session:
        session.run("atom mark, fish, eat, agent, object")
        session.run("x = mark * agent + fish * object + eat; z = nil; y = mark * agent")
        wanted = str(session.run("x / object; top(push(push(nil, mark), fish)); z"))
        total = session.values["x"].total
    with open_session(path) as again:
        assert str(again.run("x / object; top(push(push(nil, mark), fish)); z")) == wanted
        assert again.values["x"].total.tolist() == total.tolist()
        assert again.values["y"].data.dtype == np.uint8
        assert again.values["z"].norm() == 0


def test_exchange(tmp_path):
    numpy = pytest.importorskip("safetensors.numpy")
    from vsa.persist.exchange import export_session, import_session

    session = vsa.Session(Space(100, "bsc"))
    session.run("atom mark, fish; x = mark + fish + mark * fish")
    export_session(session, tmp_path / "out")
    tensors = numpy.load_file(tmp_path / "out.safetensors")
    assert tensors["rows"].dtype == np.uint8
    names = json.loads((tmp_path / "out.json").read_text())["names"]
    shown = np.unpackbits(tensors["rows"], axis=-1, bitorder="little")[:, :100]
    assert shown[names.index("mark")].tolist() == bits(session.space.atom("mark")).tolist()
    other = vsa.Session(Space(100, "bsc"))
    import_session(other, tmp_path / "out")
    assert other.memory.table.rows.tobytes() == session.memory.table.rows.tobytes()
    assert str(other.run("x / fish")) == str(session.run("x / fish"))
    for rows, said in (
        (tensors["rows"].astype(np.float32), "'rows' .* is of float32, and what is read is uint8"),
        (tensors["rows"] | 128, "a row is not of 100 bits and zeros behind them"),
        (tensors["rows"][:, :8], "operands|not"),
    ):
        numpy.save_file({**tensors, "rows": rows}, tmp_path / "out.safetensors")
        with pytest.raises(VsaError, match=said):
            import_session(vsa.Session(Space(100, "bsc")), tmp_path / "out")


# --- shards ---------------------------------------------------------------------------------------
def test_a_shard_finds_what_a_memory_does(memory):
    pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    from vsa.cluster.shard import Lot, Question, Shard, pack, unpack
    from vsa.memory.matches import Query

    space = memory.space
    made = memory.vectors(np.arange(200, 300))
    packed = pack(made)
    assert (packed.dtype, packed.shape[1]) == (np.uint8, space.algebra.row.width)
    assert bits(unpack(space, packed)).tolist() == bits(made).tolist()
    steps = [
        Lot(NAMES[:200], list(range(200)), "atom"),
        Lot(NAMES[200:], list(range(200, 300)), "atom", 0),
    ]
    shard = pickle.loads(pickle.dumps(Shard(space, steps, packed)))
    asked = queries(memory, 10)
    found = shard.look(Question(3, None, None, frozenset()), pack(asked))
    wanted = scan(Query(Vector(space, asked.data), memory.table.rows, np.arange(300), 3))
    np.testing.assert_array_equal(found.rows, wanted.rows)
    np.testing.assert_array_equal(found.similarities, wanted.similarities)
    np.testing.assert_array_equal(shard.packed([3, 250]), pack(memory.vectors(np.array([3, 250]))))
