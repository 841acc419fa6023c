"""Credible sets: they are the smallest that hold their coverage, and they hold it when counted."""

import copy
import math
import pickle
import tracemalloc

import numpy as np
import pytest
from backends import PRESENT
from credible_sets import COVERAGE, measure
from hypothesis import given, settings
from hypothesis import strategies as st

import vsa
from vsa.errors import ArgumentTypeError, ArgumentValueError
from vsa.memory import credible
from vsa.persist import open_session
from vsa.plugin import show, to_json

SEVERAL = ["hrr", "map-b", "bsc", "fhrr", "sbc:16", "bsdc-seg"]


def stocked(algebra="hrr", dim=64, count=40, **settings):
    space = vsa.Space(dim, algebra=algebra, **settings)
    memory, names = vsa.Memory(space), [f"n{i}" for i in range(count)]
    memory.add(names, space.batch(names))
    return memory


def superposed(memory, seed, size, loads=(2, 12)):
    """Sums of items and of what memory lacks, (size,)."""
    space, rng = memory.space, np.random.default_rng(seed)
    known = [*memory, *(f"stranger{i}" for i in range(20))]
    picked = [rng.choice(known, rng.integers(*loads), replace=False) for _ in range(size)]
    return space.stack([space.batch(list(names)).bundle().normalize() for names in picked])


def smallest(names, probabilities, nothing, coverage):
    """The oracle: names, None among them, taken one by one until they come to the coverage."""
    ranked = [(p, name) for name, p in zip(names, probabilities, strict=True) if name is not None]
    place = sum(p >= nothing for p, _ in ranked)
    ranked.insert(place, (nothing, None))
    taken, total = [], 0.0
    while total < coverage - 1e-9:
        p, name = ranked[len(taken)]
        total += p
        taken.append(name)
    return taken


# --- which items are in it -----------------------------------------------------------------------
@pytest.mark.parametrize("backend", PRESENT)
@pytest.mark.parametrize("algebra", SEVERAL)
@settings(max_examples=5)
@given(st.integers(0, 2**31), st.floats(0.01, 0.999), st.sampled_from([0.0, 0.1, 0.5, 0.95]))
def test_a_set_is_the_smallest_of_its_coverage(algebra, backend, seed, coverage, prior):
    memory = stocked(algebra, backend=backend)
    query = superposed(memory, seed, 5)
    load = None if seed % 2 else 4
    options = {"prior_nothing": prior, "load": load}
    sets = memory.cleanup(query, coverage=coverage, **options)
    every = memory.cleanup(query, len(memory), **options)
    for found, best in zip(sets, every, strict=True):
        wanted = smallest(best.names, best.probabilities, best.nothing, coverage)
        items = [name for name in wanted if name is not None]
        assert [name for name, *_ in found.matches()] == items
        assert found.holds_nothing == (None in wanted)
        assert found.size == len(wanted)
        assert found.nothing == pytest.approx(best.nothing, abs=1e-4)
        p = best.probabilities[: len(items)]
        assert found.probabilities[: len(items)] == pytest.approx(p, abs=1e-4)
        assert found.margin == pytest.approx(best.margin, abs=1e-6)
        assert found.is_nothing == best.is_nothing


def test_one_query_and_a_batch_of_any_shape_and_any_blocks(monkeypatch):
    memory = stocked()
    query = superposed(memory, 3, 6)
    one = [memory.cleanup(q, coverage=0.9) for q in query]
    grid = memory.cleanup(query.reshape((2, 3)), coverage=0.9)
    assert grid.shape == (2, 3)
    assert grid.size.tolist() == np.reshape([a.size for a in one], (2, 3)).tolist()
    monkeypatch.setattr(credible, "CELLS", 64)
    blocks = memory.cleanup(query, coverage=0.9)
    for i, answer in enumerate(one):
        for other in (blocks[i], grid[divmod(i, 3)]):
            assert other.names.tolist() == answer.names.tolist()
            assert other.probabilities == pytest.approx(answer.probabilities, abs=1e-5)
            assert str(other) == str(answer)
    assert memory.cleanup(query[:0], coverage=0.9).shape == (0,)


def test_what_is_looked_at_is_what_may_be_in_it():
    """One item of ten counts (which gathers its rows), half of them (which masks), and all."""
    memory = stocked(count=40)
    memory.add(["k0", "k1"], memory.space.batch(["k0", "k1"]), kind="key")
    noise = memory.space.random()
    for options, chosen in (
        ({"among": ["n1", "n2"]}, {"n1", "n2"}),
        ({"kinds": "key"}, {"k0", "k1"}),
        (
            {"exclude": [f"n{i}" for i in range(20)]},
            {*(f"n{i}" for i in range(20, 40)), "k0", "k1"},
        ),
        ({}, {*memory}),
    ):
        found = memory.cleanup(noise, coverage=0.99999, prior_nothing=0, **options)
        assert {name for name, *_ in found.matches()} <= chosen
        assert found.items == len(chosen)
        assert not found.holds_nothing
        assert found.probabilities.sum() >= 0.99999 - 1e-9
        best = memory.cleanup(noise, prior_nothing=0, **options)
        assert (found.names[0], found.rows[0]) == (best.names[0], best.rows[0])


def test_equal_items_stand_by_age():
    space = vsa.Space(64, algebra="map-b")
    memory, names = vsa.Memory(space), list("abcd")
    memory.add(names, space.batch(names))
    nothing_like_it = space.zero() + space.batch(names).bundle()
    found = memory.cleanup(nothing_like_it, coverage=0.95, prior_nothing=0)
    assert found.names.tolist() == memory.cleanup(nothing_like_it, 4).names.tolist()[: found.size]


def test_zero_and_an_empty_memory_are_of_nothing():
    memory = stocked()
    zero = memory.cleanup(memory.space.zero(), coverage=0.9)
    none = memory.cleanup(memory.space.atom("n1"), coverage=0.9, kinds="no such kind")
    for found in (zero, none):
        assert (found.size, found.holds_nothing, found.name, found.matches()) == (1, True, None, [])
        assert str(found) == "nothing  certain"
    mixed = memory.cleanup(memory.space.stack([memory["n1"], memory.space.zero()]), coverage=0.9)
    assert mixed.holds([None, None]).tolist() == [False, True]
    assert mixed.holds("n1").tolist() == [True, False]
    assert mixed.name.tolist() == ["n1", None]


def test_it_stands_for_its_winner():
    memory = stocked(dim=256)
    pair = memory["n1"] + 0.99 * memory["n2"]
    found = memory.cleanup(pair, coverage=0.99, load=2)
    assert found.holds("n1")
    assert found.holds("n2")
    assert not found.holds("n3")
    assert not found.holds(None)
    assert found.vector.similarity(memory["n1"]) > 0.999
    assert (found.coverage, memory.cleanup(pair).coverage) == (0.99, None)


def test_copies_go_with_the_set():
    memory = stocked()
    sets = memory.cleanup(superposed(memory, 1, 3), coverage=0.9)
    for other in (pickle.loads(pickle.dumps(sets)), copy.deepcopy(sets)):
        assert other.coverage == 0.9
        assert other.size.tolist() == sets.size.tolist()
        assert str(other) == str(sets)
    joined = vsa.Answer.stack([sets[0], sets[1], sets[2]])
    assert str(joined) == str(sets)


def test_few_numbers_are_held_at_a_time():
    space = vsa.Space(16, dtype="float32")
    memory, names = vsa.Memory(space), [str(i) for i in range(20_000)]
    memory.add(names, space.random(len(names)))
    query = memory.vectors(np.arange(500))
    memory.cleanup(query[:2], coverage=0.001, prior_nothing=0)
    tracemalloc.start()
    memory.cleanup(query, coverage=0.001, prior_nothing=0, load=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60 << 20  # all cosines and their likelihoods would be 120 MB


# --- counted -------------------------------------------------------------------------------------
CELLS = [
    ("hrr", 256, 16, 200, 0.5), ("hrr", 256, 32, 1000, 0.5), ("hrr", 256, 32, 200, 0.0),
    ("bsc", 256, 24, 200, 0.5), ("fhrr", 128, 32, 200, 0.5), ("mcr:8", 128, 32, 200, 0.5),
]  # fmt: skip
COUNT = 1000
CHANCE = 3 * math.sqrt(COVERAGE * (1 - COVERAGE) / COUNT)  # of the counted coverage


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_counted_coverage_where_the_load_is_known(cell):
    found = measure(*cell[:4], COUNT, cell[4])
    assert COVERAGE - CHANCE < found.covered.mean() < 0.99 + CHANCE / 2
    # the quantile is that of COUNT ranks: of its neighbours by chance, too
    upper = np.quantile(found.rank, COVERAGE + CHANCE, method="inverted_cdf")
    assert found.size.mean() <= 1.5 * upper


@pytest.mark.parametrize(("algebra", "dim", "load"), [("hrr", 256, None), ("hrr", 256, 16)])
def test_counted_coverage_where_it_is_not(algebra, dim, load):
    found = measure(algebra, dim, load, 200, COUNT, known=False)
    assert found.covered.mean() > COVERAGE - CHANCE


def test_a_load_that_is_known_makes_sets_small():
    known, unknown = (measure("hrr", 256, 8, 200, 500, known=k).size.mean() for k in (True, False))
    assert known < unknown / 5


# --- in the language -----------------------------------------------------------------------------
@pytest.fixture
def session():
    session = vsa.Session(vsa.Space(256))
    session.run("atom mark, fish, john; " + "; ".join(f"atom a{i}" for i in range(150)))
    return session


def printed(session, text):
    return show(session, session.run(text)[-1])


def test_sets_are_printed(session):
    assert printed(session, "cleanup(mark + 0.99 * fish, coverage=0.99, load=2)") == (
        "mark   0.69  P = 0.94, likely\nfish   0.69  P = 0.06, doubtful"
    )
    assert printed(session, "cleanup(mark, coverage=0.95)") == "mark  1.00  certain"
    with_nothing = printed(session, "cleanup(mark * fish, coverage=0.95)").splitlines()
    assert with_nothing[0].split() == ["nothing", "P", "=", "0.71"]
    assert printed(session, "cleanup(mark * fish, coverage=0.5)") == "nothing  P = 0.71, doubtful"
    assert printed(session, "cleanup(nil, coverage=0.5)") == "nothing  certain"
    few = "cleanup(mark * fish, coverage=0.95, prior_nothing=0, among={mark, fish, john})"
    assert [line.split()[0] for line in printed(session, few).splitlines()] == ["fish", "john"]


def test_of_over_a_hundred_members_the_number_is_printed(session):
    assert printed(session, "cleanup(mark * fish, coverage=0.99, prior_nothing=0.1)") == (
        "118 items or nothing  P = 0.99, likely"
    )
    assert printed(session, "cleanup(mark * fish, coverage=0.99, prior_nothing=0)") == (
        "122 items  P = 0.99, likely"
    )
    (found,) = session.run("cleanup(mark * fish, coverage=0.99, prior_nothing=0)")
    assert found.size == 122
    assert repr(found) == "<Answer 122 items  P = 0.99, likely>"
    assert len(to_json(session, found)["matches"]) == 122


def test_a_batch_of_sets_in_one_line(session):
    session.set(
        "q",
        session.space.batch(["mark", "x"]) * session.space.atom("one") / session.space.atom("one"),
    )
    text = printed(session, "cleanup(q, coverage=0.97)")
    assert text.startswith("[mark, ")
    assert text.endswith("items or nothing]")
    session.run("r = mark + 0.99 * fish")
    session.set("r", session.values["r"].reshape(1))
    assert printed(session, "cleanup(r, coverage=0.99, load=2)") == "[{mark, fish}]"


def test_sets_as_json(session):
    (found,) = session.run("cleanup(mark + 0.99 * fish, coverage=0.99, load=2)")
    plain = to_json(session, found)
    assert plain["set"] == {"coverage": 0.99, "size": 2, "nothing": False, "probability": 1.0}
    assert [match["name"] for match in plain["matches"]] == ["mark", "fish"]
    assert "set" not in to_json(session, *session.run("cleanup(mark)"))


def test_sets_are_kept_and_undone(session, tmp_path):
    session.run(f"s = cleanup(mark * fish, coverage=0.8); :save {tmp_path / 's.vsa'}")
    text = printed(session, "s")
    session.run("s = cleanup(mark)")
    session.run(":undo")
    assert printed(session, "s") == text
    session.close()
    with open_session(tmp_path / "s.vsa") as again:
        assert printed(again, "s") == text
        assert again.run("s")[0].coverage == 0.8


# --- what is refused -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("options", "kind", "said"),
    [
        ({"coverage": 1}, ArgumentValueError, "coverage must be a number in (0, 1), not 1"),
        ({"coverage": 0.0}, ArgumentValueError, "coverage must be a number in (0, 1), not 0.0"),
        ({"coverage": math.nan}, ArgumentValueError, "coverage must be a number in (0, 1), not nan"),
        ({"coverage": "95%"}, ArgumentTypeError, "coverage must be a number in (0, 1), not '95%'"),
        ({"coverage": True}, ArgumentTypeError, "coverage must be a number in (0, 1), not True"),
        (
            {"coverage": 0.9, "k": 2}, ArgumentValueError,
            "give k or coverage, not both: a set is as large as its coverage takes",
        ),
    ],
)  # fmt: skip
def test_what_is_no_coverage_is_refused(options, kind, said):
    memory = stocked()
    with pytest.raises(kind) as error:
        memory.cleanup(memory["n1"], **options)
    assert str(error.value) == said


def test_the_language_refuses_it_and_changes_nothing(session):
    for text, said in (
        ("s = cleanup(mark, coverage=95)", "coverage must be a number in (0, 1), not 95.0"),
        ("s = cleanup(mark, k=2, coverage=0.9)", "give k or coverage, not both: a set is as large"),
        ('s = cleanup(mark, coverage="most")', "cleanup wants a number as 'coverage', not a text"),
    ):
        with pytest.raises(vsa.VsaError) as error:
            session.run(text)
        assert str(error.value).startswith(said)
    assert "s" not in session.values


def test_what_is_not_finite_is_named():
    memory = stocked()
    query = vsa.Vector(memory.space, memory.space.atom("x").data * np.nan)
    with pytest.raises(vsa.VsaError, match=r"^the query has NaN or infinite components$"):
        memory.cleanup(query, coverage=0.9)


def test_a_batch_of_sets_too_large_to_hold_is_refused(monkeypatch):
    memory = stocked(count=100)
    monkeypatch.setattr(credible, "MOST", 200)
    with pytest.raises(ArgumentValueError) as error:
        memory.cleanup(memory.space.random(5), coverage=1 - 1e-8, prior_nothing=0)
    assert str(error.value) == (
        "a batch of 5 sets of up to 100 items takes too much memory: ask in smaller batches, for "
        "less coverage, or give load="
    )
    assert memory.cleanup(memory.space.random(), coverage=1 - 1e-8, prior_nothing=0).size == 100
