"""Credible sets of a memory in shards are those of one Memory that holds every item."""

import numpy as np
import pytest

import vsa
from vsa.cluster import ClusterMemory
from vsa.cluster.shard import Lot, Shard
from vsa.errors import ArgumentTypeError, ArgumentValueError
from vsa.memory import credible
from vsa.memory.matches import Query

NAMES = [f"item {i}" for i in range(300)]
DIMS = {"hrr": 256, "bsc": 256, "sbc:16": 32, "bsdc-seg": 256}


@pytest.fixture(scope="module", params=DIMS)
def pair(request, client):
    """The same items in shards and in one Memory."""
    space = vsa.Space(DIMS[request.param], algebra=request.param)
    shards, one = ClusterMemory(space, client), vsa.Memory(space)
    shards.add(NAMES)
    one.add(NAMES, space.batch(NAMES))
    for memory in (shards, one):
        memory.add(["frame 0", "frame 1"], [*space.batch(["x", NAMES[4]])], kind="frame")
    assert len(shards.shards) > 1
    return shards, one


def queries(space):
    """Clear, between several, hopeless and empty ones, (2, 4)."""
    rng, terms = np.random.default_rng(0), (1, 2, 3, 4, 8, 16, 40)
    known = [*NAMES, "x", "unknown"]
    sums = [space.batch(list(rng.choice(known, count))).bundle() for count in terms]
    empty = space.zero() if not space.closed else sums[0]
    return space.stack([*(s.normalize() for s in sums), empty]).reshape(2, 4)


def same(found, expected):
    np.testing.assert_array_equal(found.size, expected.size)
    np.testing.assert_array_equal(found.holds_nothing, expected.holds_nothing)
    np.testing.assert_array_equal(found.names, expected.names)
    np.testing.assert_allclose(found.probabilities, expected.probabilities, rtol=1e-4, atol=1e-9)
    np.testing.assert_allclose(found.nothing, expected.nothing, rtol=1e-4, atol=1e-9)
    np.testing.assert_allclose(found.similarities, expected.similarities, atol=1e-6)
    np.testing.assert_allclose(found.margin, expected.margin, atol=1e-6)
    assert (found.coverage, found.items) == (expected.coverage, expected.items)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"load": 4},
        {"prior_nothing": 0},
        {"prior_nothing": 0.95, "load": 8},
        {"kinds": "frame"},
        {"kinds": "token"},
        {"exclude": NAMES[:200], "prior_nothing": 0.2},
        {"among": [NAMES[3], NAMES[250], "frame 0"]},
    ],
    ids=str,
)
def test_shards_give_the_sets_of_one_memory(pair, options):
    shards, one = pair
    batch = queries(one.space)
    for coverage in (0.5, 0.95, 0.999):
        found = shards.cleanup(batch, coverage=coverage, **options)
        assert found.shape == (2, 4)
        same(found, one.cleanup(batch, coverage=coverage, **options))
    for query in (batch[0, 1], batch[1, 3]):
        same(
            shards.cleanup(query, coverage=0.9, **options),
            one.cleanup(query, coverage=0.9, **options),
        )


def test_a_set_prints_and_stands_for_its_winner(client):
    space = vsa.Space(256)
    shards, one = ClusterMemory(space, client), vsa.Memory(space)
    assert str(shards.cleanup(space.random(), coverage=0.9)) == "nothing  certain"
    assert shards.cleanup(space.random(0), coverage=0.9).shape == (0,)
    shards.add(NAMES)
    one.add(NAMES, space.batch(NAMES))
    pair = space.atom(NAMES[1]) + 0.997 * space.atom(NAMES[2])
    found = shards.cleanup(pair, coverage=0.99, load=2)
    assert found.holds(NAMES[1])
    assert found.holds(NAMES[2])
    assert found.vector.similarity(space.atom(NAMES[1])) > 0.999
    noise = space.random()
    text = str(shards.cleanup(noise, coverage=0.999, prior_nothing=0))
    assert text == str(one.cleanup(noise, coverage=0.999, prior_nothing=0))
    assert "items" in text  # over a hundred members are counted


def test_batches_that_travel_in_pieces(client, monkeypatch):
    space = vsa.Space(256)
    shards, one = ClusterMemory(space, client), vsa.Memory(space)
    shards.add(NAMES[:150])
    one.add(NAMES[:150], space.batch(NAMES[:150]))
    batch = queries(space).reshape(-1)
    monkeypatch.setattr("vsa.cluster.pieces.TRAVEL_BYTES", 3 * shards._pieces.row_bytes)
    loads = np.arange(1, 9)
    same(
        shards.cleanup(batch, coverage=0.9, load=loads),
        one.cleanup(batch, coverage=0.9, load=loads),
    )


def test_a_shard_gives_no_more_than_may_be_in_the_sets():
    """What travels back are the members that a shard contributes, not all its items."""
    space = vsa.Space(256)
    shards = [
        Shard(space, [Lot(NAMES[i::3], list(range(i, 300, 3)), "atom")]) for i in range(3)
    ]  # fmt: skip
    one = vsa.Memory(space)
    one.add(NAMES, space.batch(NAMES))
    asked = queries(space).reshape(-1)
    whole = credible.evidence(Query(asked, one.table.rows, np.arange(300)).flat())
    sets = one.cleanup(asked, coverage=0.9)
    for shard in shards:
        rows = np.arange(len(shard.memory))
        part = credible.scan(Query(asked, shard.memory.table.rows, rows), 0.9, whole)
        mine = set(shard.memory.names())
        for i, answer in enumerate(sets):
            wanted = [name for name, *_ in answer.matches() if name in mine]
            found = [n for n in shard.memory.reported(part.rows[i]) if n is not None]
            assert found[: len(wanted)] == wanted
            but_last = part.probabilities[i, : max(len(found) - 1, 0)].sum()
            assert but_last < 0.9


@pytest.mark.parametrize(
    ("options", "kind", "said"),
    [
        ({"coverage": 1.5}, ArgumentValueError, "coverage must be a number in (0, 1), not 1.5"),
        ({"coverage": "most"}, ArgumentTypeError, "coverage must be a number in (0, 1), not 'most'"),
        (
            {"coverage": 0.9, "k": 2}, ArgumentValueError,
            "give k or coverage, not both: a set is as large as its coverage takes",
        ),
    ],
)  # fmt: skip
def test_what_is_no_coverage_is_refused(client, options, kind, said):
    space = vsa.Space(256)
    with pytest.raises(kind) as error:
        ClusterMemory(space, client).cleanup(space.atom("a"), **options)
    assert str(error.value) == said


def test_sets_too_large_to_hold_are_refused(client, monkeypatch):
    space = vsa.Space(256)
    shards = ClusterMemory(space, client)
    shards.add(NAMES)
    monkeypatch.setattr(credible, "MOST", 400)
    with pytest.raises(
        ArgumentValueError, match=r"^a batch of 5 sets of up to 300 items takes too"
    ):
        shards.cleanup(space.random(5), coverage=1 - 1e-8, prior_nothing=0)
