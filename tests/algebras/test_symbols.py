"""Memories of symbols: places, levels and sparse bits, as they are stored, compared and kept."""

import copy
import pickle

import numpy as np
import pytest

import vsa
from vsa.algebra.space import Space
from vsa.memory.scan import scan
from vsa.persist import keeper, open_memory, open_session
from vsa.persist.mapped import Mapped

NAMES = [f"n{i}" for i in range(300)]
EVERY = [
    ("sbc:16", 70), ("sbc:5", 64), ("mcr:8", 70), ("mcr:2", 65), ("cgr:5", 64), ("bsdc-seg", 100),
    ("bsdc-seg", 1024), ("bsdc", 1000), ("bsdc-cdt", 512),
]  # fmt: skip


@pytest.fixture(params=EVERY, ids=lambda pair: f"{pair[0]}-{pair[1]}")
def pair(request):
    return request.param


@pytest.fixture
def space(pair, backend):
    name, dim = pair
    return Space(dim, name, backend)


@pytest.fixture
def memory(space):
    """Of 200 atoms and 100 superpositions."""
    memory = vsa.Memory(space)
    memory.add(NAMES[:200], space.batch(NAMES[:200]))
    memory.add(NAMES[200:], space.random(100) + space.random(100) + space.random(100))
    return memory


def queries(memory, count):
    """Bundles of three items and one stranger."""
    rows = np.arange(count)
    some = [memory.vectors(rows + i) for i in (0, 50, 201 - count)]
    return sum(some, memory.space.random(count))


def host(vectors):
    return vectors.numpy().astype(int)


def by_definition(space, asked, stored):
    """What the similarities are, one by one."""
    x, y, algebra = host(asked)[:, None], host(stored)[None], space.algebra
    if algebra.name.startswith("sbc"):
        chance = 1 / algebra.levels
        return ((x == y).mean(-1) - chance) / (1 - chance)
    if not algebra.name.startswith("bsdc"):
        return np.cos(2 * np.pi * (x - y) / algebra.levels).mean(-1)
    chance = np.clip(np.round(x.mean(-1), 3), 0.001, 0.999)
    shared, weight, ones = (x & y).sum(-1), y.sum(-1), algebra.ones
    part = np.minimum(shared / weight, 1 - 1 / ones)
    share = np.where(shared == weight, np.maximum(weight / ones, 1), part)
    return np.maximum((share - chance) / (1 - chance), -1)


# --- scores ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3, 20])
def test_scores_are_what_they_are_said_to_be(memory, count, monkeypatch):
    space, asked = memory.space, queries(memory, count)
    stored = memory.vectors(np.arange(300))
    found = space.metric.scores(asked.data, memory.table.rows)
    assert space.backend.numpy(found).dtype == space.backend.dtype
    expected = by_definition(space, asked, stored)
    assert space.backend.numpy(found) == pytest.approx(expected, abs=1e-5)
    own = space.backend.numpy(space.metric.scores(stored.data, memory.table.rows)).diagonal()
    assert own.min() > 1 - 1e-6
    monkeypatch.setattr(space.backend, "block_bytes", 10_000)
    again = space.metric.scores(asked.data, memory.table.rows)
    assert np.allclose(*map(space.backend.numpy, (found, again)), atol=1e-6)


def test_one_query_finds_what_a_batch_does(memory):
    asked = queries(memory, 12)
    batch = memory.cleanup(asked, 5, exclude=["n3"], load=4)
    for i in range(12):
        one = memory.cleanup(asked[i], 5, exclude=["n3"], load=4)
        assert np.allclose(one.similarities, batch.similarities[i], atol=1e-6)
        assert np.allclose(one.probabilities, batch.probabilities[i], atol=1e-5)
        assert one.rows[0] == batch.rows[i, 0]


def test_each_query_has_a_noise(memory):
    asked = queries(memory, 6)
    noises, which = memory.space.metric.noises(asked.data)
    assert len(which) == 6
    assert max(which) < len(noises)
    if memory.space.algebra.name.startswith("bsdc"):
        density = host(asked).mean(-1)
        assert np.allclose([noises[i].chance for i in which], density, atol=0.0006)
        assert memory.space.metric.noises(asked.data)[0][0] is noises[0]
    else:
        assert noises == (memory.space.noise,)


# --- what is stored -------------------------------------------------------------------------------
def test_rows_are_stored_as_bytes(memory):
    space, rows = memory.space, memory.table.rows
    assert rows.dtype == space.backend.xp.uint8
    assert rows.shape == (300, space.algebra.row.width)
    back = memory.vectors(np.arange(200))
    assert np.array_equal(host(back), host(space.batch(NAMES[:200])))


def test_equal_rows_are_one_and_others_are_not(memory):
    space = memory.space
    a = space.atom("n7")
    memory.add(
        ["twin", "bundle", "other"], [a + a, space.atom("n8") + a + a + a, space.atom("new")]
    )
    assert memory.names_of(a)[:2] == ["n7", "twin"]
    assert memory.names_of(space.atom("new")) == ["other"]
    assert memory.names_of(space.random()) == []
    assert len(memory.table) in (301, 302)  # a majority of three is that of one


def test_changes_and_undo(memory):
    space = memory.space
    held = memory.cleanup(space.atom("n7"))
    memory.remove("n5")
    assert memory.names_of(space.atom("n5")) == []
    memory.journal.undo()
    assert memory.names_of(space.atom("n5")) == ["n5"]
    memory.add(["x", "y", "twin"], [space.atom("x"), space.random(), space.atom("n7")])
    assert memory.names_of(space.atom("n7")) == ["n7", "twin"]
    memory.journal.undo()
    assert memory.names_of(space.atom("x")) == []
    assert held.vector.similarity(space.atom("n7")) == pytest.approx(1)
    assert list(memory) == NAMES
    with pytest.raises(vsa.VsaError, match="'z' is the zero vector"):
        memory.add(["w", "z"], space.stack([space.random() + space.random(), space.zero()]))
    assert list(memory) == NAMES


def test_copies(memory):
    for other in (copy.deepcopy(memory), pickle.loads(pickle.dumps(memory))):
        assert list(other) == NAMES
        rows = [memory.space.backend.numpy(m.table.rows) for m in (other, memory)]
        assert np.array_equal(*rows)
        assert other.names_of(memory.space.atom("n9")) == ["n9"]


@pytest.mark.parametrize(
    ("name", "dim"),
    [("sbc:16", 256), ("mcr:8", 512), ("cgr:8", 1024), ("bsdc-seg", 1024), ("bsdc", 1024)],
)
def test_members_are_those_that_were_superposed(name, dim):
    session = vsa.Session(Space(dim, name))
    names = [f"x{i}" for i in range(80)]
    session.run("atom " + ", ".join(names))
    for k in (1, 3, 12):
        found = session.run(f"members({' + '.join(names[:k])})")[0]
        assert sorted(answer.name for answer in found) == sorted(names[:k])
        assert min(answer.probability for answer in found) > 0.7


# --- files ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("large", [False, True])
def test_there_and_back(tmp_path, pair, large, monkeypatch):
    if large:
        monkeypatch.setattr(keeper, "LARGE", 100)
    name, dim = pair
    space, path = Space(dim, name), tmp_path / "a.vsa"
    with open_memory(path, space) as memory:
        memory.add(NAMES[:200], space.batch(NAMES[:200]))
        memory.add("bundle", space.random() + space.random())
        memory.remove("n4")
        rows = memory.table.rows.tobytes()
    with open_memory(path) as again:
        assert isinstance(again.table.store, Mapped) == large
        assert again.space == space
        assert list(again) == list(memory)
        assert again.table.rows.tobytes() == rows
        assert again.check() == 201
        assert again.cleanup(again.space.batch(["n3", "n199"])).name.tolist() == ["n3", "n199"]
        again.add("last", again.space.atom("last"))
        again.journal.undo()
        again.add("end", again.space.atom("end"))
    with open_memory(path, read_only=True) as again:
        assert again.names_of(again.space.atom("end")) == ["end"]
        assert "last" not in again
        again.close()


@pytest.mark.parametrize(
    ("name", "bad", "says"),
    [("sbc:16", 16, "of symbols below 16"), ("mcr:8", 8, "of levels below 8"),
     ("cgr:5", 255, "of levels below 5")],
)  # fmt: skip
def test_bytes_that_are_none_are_found(tmp_path, monkeypatch, name, bad, says):
    monkeypatch.setattr(keeper, "LARGE", 100)
    space, path = Space(64, name), tmp_path / "a.vsa"
    with open_memory(path, space) as memory:
        memory.add(NAMES, space.batch(NAMES))
    with (tmp_path / "a.vsa-rows").open("r+b") as file:
        file.seek(4096 + 3)
        file.write(bytes([bad]))
    with pytest.raises(vsa.VsaError, match=says):
        open_memory(path)


def test_a_session(tmp_path, pair):
    name, dim = pair
    if name in ("bsdc-cdt", "mcr:2") or dim < 70:
        pytest.skip("no unbinding, or no room")
    path = tmp_path / "s.vsa"
    with open_session(path, Space(dim, name)) as session:
        session.run("atom mark, fish, eat, agent, object")
        session.run("x = mark * agent + fish * object + eat; z = nil; y = mark * agent")
        wanted = str(session.run("cleanup(x / object); top(push(push(nil, mark), fish)); z"))
        assert session.run("cleanup(x / object)")[0].name == "fish"
        assert session.run("top(push(push(nil, mark), fish))")[0].name == "fish"
        total = session.values["x"].total
    with open_session(path) as again:
        assert str(again.run("cleanup(x / object); top(push(push(nil, mark), fish)); z")) == wanted
        assert np.array_equal(again.values["x"].total, total)
        assert again.values["y"].data.dtype == np.uint8
        assert again.values["z"].norm() == 0


# --- shards ---------------------------------------------------------------------------------------
def test_a_shard_finds_what_a_memory_does(memory):
    pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    from vsa.cluster.shard import Lot, Question, Shard, pack, unpack
    from vsa.memory.matches import Query

    space = memory.space
    made = memory.vectors(np.arange(200, 300))
    packed = pack(made)
    assert (packed.dtype, packed.shape[1]) == (np.uint8, space.algebra.row.width)
    assert np.array_equal(host(unpack(space, packed)), host(made))
    steps = [
        Lot(NAMES[:200], list(range(200)), "atom"),
        Lot(NAMES[200:], list(range(200, 300)), "atom", 0),
    ]
    shard = pickle.loads(pickle.dumps(Shard(space, steps, packed)))
    asked = queries(memory, 10)
    found = shard.look(Question(3, None, None, frozenset()), pack(asked))
    wanted = scan(Query(vsa.Vector(space, asked.data), memory.table.rows, np.arange(300), 3))
    assert np.array_equal(found.rows, wanted.rows)
    assert np.array_equal(found.similarities, wanted.similarities)
