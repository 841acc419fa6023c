"""Multisets beside Python's Counter, and what is said of their errors, under several algebras."""

import warnings
from collections import Counter

import numpy as np
import pytest
from backends import PRESENT
from hypothesis import given, settings
from hypothesis import strategies as st
from vsa_plugins.multiset import Multiset, count, most, multiset
from vsa_plugins.sketches import contains, filter_, sketch

from vsa import Memory, Session, Set, Space, VsaError
from vsa.errors import Note
from vsa.plugin import open_session, save

pytestmark = pytest.mark.filterwarnings("ignore::vsa.errors.Note")
DIMS = {
    "hrr": 4096, "map-i": 4096, "map-b": 4096, "bsc": 4096, "vtb": 4096, "sbc:16": 512,
    "bsdc-seg": 4096, "bsdc": 4096, "bsdc-cdt": 4096,
}  # fmt: skip
SMALL = {
    "hrr": 512, "fhrr": 256, "map-i": 512, "map-c": 512, "map-b": 512, "bsc": 512, "vtb": 529,
    "tvtb": 529, "ghrr:2": 256, "mbat": 512, "sbc:16": 64, "sbc:16:counts": 64, "mcr:8": 256,
    "cgr:8": 256, "bsdc-seg": 1024, "bsdc": 1024, "bsdc-cdt": 1024, "tensor:2": 32,
}  # fmt: skip
WORLDS = {}


def world(algebra="hrr", dim=None, items=60, backend="numpy", seed=0):
    place = (algebra, dim, items, backend, seed)
    if place not in WORLDS:
        space = Space(dim or DIMS[algebra], algebra, backend=backend, seed=seed)
        memory, names = Memory(space), [f"n{i}" for i in range(items)]
        memory.add(names, space.batch(names))
        WORLDS[place] = memory, space.batch(names)
    return WORLDS[place]


def bag(memory, v, counts):
    return Multiset.empty(memory).more(v[list(counts)], np.array(list(counts.values()), int))


def listed(made):
    return Counter({name: n for name, n, _ in most(made, 1000).rows})


# --- beside Counter ---------------------------------------------------------------------------------
BAGS = st.dictionaries(st.integers(0, 20), st.integers(1, 2), min_size=1, max_size=4)


@pytest.mark.parametrize("algebra", DIMS)
@given(first=BAGS, second=BAGS)
@settings(max_examples=10, deadline=None, derandomize=True)
def test_arithmetic_is_that_of_counters(algebra, first, second):
    memory, v = world(algebra)
    a, b = bag(memory, v, first), bag(memory, v, second)
    x, y = (Counter({f"n{i}": n for i, n in c.items()}) for c in (first, second))
    for made, model in ((a + b, x + y), (a - b, x - y), (a | b, x | y), (a & b, x & y)):
        assert made.size == made.terms.sum() == model.total()
        assert listed(made) == model
    one = v[next(iter(second))]
    assert listed(a + one) == x + Counter([f"n{next(iter(second))}"])
    assert listed(a - one) == x - Counter([f"n{next(iter(second))}"])


@pytest.mark.parametrize("backend", PRESENT)
def test_what_they_are_made_of(backend):
    memory, v = world(backend=backend)
    made = multiset(v[0], v[:3], Set(memory, [0, 5, 5]), memory=memory)
    assert listed(made) == Counter(n0=3, n1=1, n2=1, n5=2)
    found = count(made, v[:6])
    assert found.number.tolist() == [3, 1, 1, 0, 0, 2]
    assert count(made, v[0]).number == 3
    assert count(made, v[:6].reshape(2, 3)).value.shape == (2, 3)
    assert contains(made, v[:4]).tolist() == [True, True, True, False]


def test_what_is_more_than_a_vector_holds_is_cut_in_parts():
    memory, v = world(dim=512, items=400)
    made = multiset(memory=memory)
    for i in range(150):
        made = made + v[i]
    assert made.parts > 4
    assert made.size == 150
    assert abs(made.terms.sum() - 150) <= 8
    assert set(listed(made)) >= {f"n{i}" for i in range(140)}
    other = multiset(v[:5], v[399], memory=memory)
    assert other.parts == 1
    assert (made + other).size == 156
    assert count(other + made, v[3]).number == 2
    assert listed(made & other) == Counter(f"n{i}" for i in range(5))
    assert count(made - other, v[2]).number == 0


def test_no_more_is_listed_than_there_is():
    """With an error near ½ a hundred strangers of 2,000 would be read as members."""
    memory, v = world(dim=256, items=2000)
    made = bag(memory, v, {0: 5, 1: 5, 2: 5})
    assert np.mean(count(made, v).value > 0.5) > 0.02
    assert listed(made).total() <= 15
    assert list(listed(made))[:3] == [n for n in listed(made) if n in ("n0", "n1", "n2")]


# --- errors -----------------------------------------------------------------------------------------
def scores(algebra, dim, items, draws=12):
    """Errors of counts in multiples of what is said of them: of items 0 to 3 times in one vector."""
    found = []
    for seed in range(draws):
        memory, v = world(algebra, dim, items, seed=seed)
        truth = np.random.default_rng(seed).integers(0, 4, items)
        read = count(Multiset.empty(memory, fixed=True).more(v, truth), v)
        found.append((read.value - truth) / read.error)
    return np.concatenate(found)


@pytest.mark.parametrize("algebra", SMALL)
def test_a_count_is_within_its_error_in_95_of_100(algebra):
    """The noise of all others, and no more."""
    found = scores(algebra, SMALL[algebra], 60)
    assert np.mean(found) == pytest.approx(0, abs=0.15)
    assert np.std(found) == pytest.approx(1, abs=0.1)
    assert np.mean(np.abs(found) < 1.96) == pytest.approx(0.95, abs=0.025)


def test_counts_of_plain_bundles():
    _, v = world(dim=1024)
    found = count(v[0] + v[0] + v[1], v[0])
    assert found.number == 2
    assert found.error == pytest.approx(1 / 32, rel=0.1)  # that of one other, at dim 1024
    assert count((v[:2] + v[:2]).reshape(2), v[:2]).number.tolist() == [2, 2]


@pytest.mark.parametrize("algebra", ["bsc", "map-b", "sbc:16", "bsdc-seg"])
def test_rows_that_were_made_of_sums_have_no_counts(algebra):
    memory, v = world(algebra)
    whole = v[0] + v[0] + v[1]
    assert count(whole, v[0]).number == 2
    name = memory.space.algebra.name
    with pytest.raises(VsaError) as error:
        count(type(v).of_row(memory.space, whole.data), v[0])
    assert str(error.value) == (
        f"a row of {name!r} keeps no counts, only the sum does that it was made of: members says "
        "what is in it"
    )


# --- filters ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("wish", [0.2, 0.02])
@pytest.mark.parametrize("algebra", ["hrr", "map-b", "bsc", "vtb", "sbc:16", "bsdc-seg", "bsdc"])
def test_a_filter_is_wrong_as_often_as_it_says(algebra, wish):
    lost, wrong, said, strangers = [], [], [], 3000
    for seed in range(3):
        memory, v = world(algebra, SMALL[algebra], items=600, seed=seed)
        made = filter_(v, v[:50], error=wish, memory=memory)
        assert made.size == 600  # each once
        wrong.append(contains(made, memory.space.random((strangers,))).mean())
        lost.append(1 - contains(made, v).mean())
        said.append((made.positives, made.negatives))
    for found, stated, of in zip((wrong, lost), zip(*said, strict=True), (9000, 1800), strict=True):
        stated = np.mean(stated)
        assert stated <= wish * 1.15
        assert np.mean(found) == pytest.approx(stated, abs=4 * np.sqrt(stated / of) + 0.12 * stated)


def test_a_filter_is_cut_in_as_many_parts_as_its_wish_wants():
    memory, v = world(dim=1024, items=600)
    few, many = (filter_(v, error=error, memory=memory) for error in (0.2, 0.001))
    assert few.parts < many.parts
    assert str(filter_(v[0], memory=memory)) == (
        "a filter of 1 item: 0.00% false positives, 0.00% false negatives"
    )
    assert f"a filter of 600 items in {few.parts} parts: " in str(few)
    assert not contains(filter_(memory=memory), v[0])


# --- sketches ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("algebra", ["hrr", "bsc", "sbc:16"])
def test_a_sketch_of_a_stream_keeps_its_error(algebra):
    """20,000 of 2,000 different items, as unequal as words are."""
    memory, v = world(algebra, SMALL[algebra], items=2000)
    rng = np.random.default_rng(0)
    truth = rng.multinomial(20_000, (1 / np.arange(1, 2001)) / (1 / np.arange(1, 2001)).sum())
    made = sketch(error=0.005, memory=memory).more(v, truth)
    assert made.size == 20_000
    found = count(made, v)
    score = (found.value - truth) / found.error
    assert np.mean(np.abs(score) < 1.96) == pytest.approx(0.95, abs=0.02)
    length = np.sqrt(np.sum(truth.astype(float) ** 2))
    assert np.sqrt(np.mean((found.value - truth) ** 2)) < 0.005 * length * 1.05
    best = [name for name, _, _ in most(made, 10).rows]
    assert best == [f"n{i}" for i in np.argsort(-truth, kind="stable")[:10]] or set(best) > {
        f"n{i}" for i in range(7)
    }
    assert (made + v[:5]).parts == made.parts  # it stays as large as it is


def test_what_chance_brings_up_is_no_heavy_hitter():
    memory, v = world(items=2000, dim=512)
    truth = np.r_[[1000, 500], np.ones(998, int), np.zeros(1000, int)]
    made = sketch(error=0.05, memory=memory).more(v, truth)
    assert [name for name, _, _ in most(made, 50).rows] == ["n0", "n1"]


# --- in the language --------------------------------------------------------------------------------
def test_they_are_undone_and_kept(tmp_path):
    s = Session(Space(512))
    s.run(
        "atom mark, fish, john; m = multiset(mark, mark, fish); f = filter(mark); c = count(m, mark)"
    )
    s.run("m = m + john; :undo")
    save(s, tmp_path / "kept.vsa")
    s.close()
    again = open_session(tmp_path / "kept.vsa")
    assert again.run("count(m, mark).number; count(m, john).number; contains(f, mark)") == [
        2,
        0,
        True,
    ]
    assert again.run("c.number")[0] == 2
    assert again.run("c")[0].vsa_json().keys() == {"number", "value", "error"}
    again.close()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("multiset(nil)", "nil is no item of a multiset: give an item of memory"),
        ("count(m, nil)", "nil is no item of a multiset: give an item of memory"),
        ("count(m, mark).size", "a count has no 'size': there are number, value and error"),
        ("filter(mark, error=0)", "error must be a number in [0.0001, 0.5], not 0.0"),
        ("sketch(error=1)", "error must be a number in [0.0001, 0.5], not 1.0"),
        ("contains(mark, mark)", "contains wants a filter or a multiset as 'filter', not a vector"),
        ("most(m, 0)", "k must be a whole number of at least 1, not 0"),
    ],
)
def test_what_is_wrong_is_said(text, said):
    s = Session(Space(512))
    s.run("atom mark; m = multiset(mark)")
    with pytest.raises(VsaError) as error:
        s.run(text)
    assert str(error.value).split("\n")[0] == said


def test_multisets_of_two_memories_do_not_combine():
    (one, v), (two, w) = world(), world(seed=1)
    with pytest.raises(VsaError, match="these multisets are of two memories, and do not combine"):
        multiset(v[0], memory=one) + multiset(w[0], memory=two)
    with pytest.raises(VsaError, match="these multisets are of two memories, and do not combine"):
        multiset(v[0], memory=one) & multiset(w[0], memory=two)


def test_the_cut_is_said():
    memory, v = world(dim=512, items=400)
    with pytest.warns(Note, match="^100 items are more than one vector holds at dim 512: now in"):
        multiset(v[:100], memory=memory)


if __name__ == "__main__":
    print("how often counts are within 1.96 errors; false and lost of a filter, as found / as said")
    warnings.simplefilter("ignore")
    for name in SMALL:
        for factor, size in ((1, 60), (1, 600), (4, 60), (4, 600)):
            if name == "tensor:2" and factor > 1:
                continue  # too large a row
            wide = SMALL[name] * factor
            within = np.mean(np.abs(scores(name, wide, size, 720 // size)) < 1.96)
            stock, vectors = world(name, wide, size)
            tried = filter_(vectors, error=0.05, memory=stock)
            false = contains(tried, stock.space.random((3000,))).mean()
            lost = 1 - contains(tried, vectors).mean()
            print(
                f"{name:14} dim {wide:5} {size:4} items: {within:.3f}; "
                f"{false:.3f} / {tried.positives:.3f}, {lost:.3f} / {tried.negatives:.3f}",
                flush=True,
            )
