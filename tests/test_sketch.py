"""The sketch and its theory. Truth is counted out: signs one by one, misses in drawn samples."""

from __future__ import annotations

import math
from contextlib import suppress

import numpy as np
import pytest
import sketches
from hypothesis import given, settings
from hypothesis import strategies as st
from sketches import at_cosine, filled

import vsa
from vsa.memory import storage
from vsa.memory.sketch import bits, kernels, search, theory
from vsa.memory.sketch.bits import Sketch
from vsa.memory.table import Table
from vsa.theory.capacity import false_match
from vsa.theory.likelihood import log_likelihood
from vsa.theory.noise import noise_of

small, open_queries = sketches.small, sketches.open_queries
SEARCHES = [search.by_loop, search.by_numpy] + [search.by_faiss] * (kernels.faiss() is not None)


# --- the theory ----------------------------------------------------------------------------------


def drawn(kind, n, dim, rng):
    """Unit rows with normal coordinates, or those of phasors."""
    if kind == "normal":
        rows = rng.standard_normal((n, dim))
    else:
        phase = rng.uniform(0, 2 * np.pi, (n, dim // 2))
        rows = np.stack((np.cos(phase), np.sin(phase)), axis=-1).reshape(n, dim)
    return rows / np.linalg.norm(rows, axis=1)[:, None]


@pytest.mark.parametrize("c", [0.15, 0.35, 0.7])
@pytest.mark.parametrize(("kind", "gain"), [("normal", 1.0), ("phasors", bits.EVEN)])
def test_signs_differ_as_often_as_the_theory_says(kind, gain, c):
    rng = np.random.default_rng(1)
    rows = drawn(kind, 2000, 512, rng)
    differ = ((rows > 0) != (at_cosine(rows, c, rng) > 0)).mean()
    expected = theory.differing(c, gain)
    if kind == "normal":
        assert expected == pytest.approx(math.acos(c) / math.pi)
        assert differ == pytest.approx(expected, abs=0.002)
    else:  # spectral signs of unitary vectors differ less often still, above all at high cosines
        assert differ < expected
        assert 0.5 - differ > 1.1 * (0.5 - math.acos(c) / math.pi)


@pytest.mark.parametrize("compared", [512, 1024])
@pytest.mark.parametrize("c", [0.2, 0.3, 0.4])
def test_misses_are_as_rare_as_the_theory_says(c, compared):
    """Of vectors at a cosine over all 1024 coordinates, of which 512 or all are compared."""
    rng = np.random.default_rng(2)
    rows = drawn("normal", 4000, 1024, rng)
    near = at_cosine(rows, c, rng)
    differ = ((rows > 0) != (near > 0))[:, :compared].sum(1)
    for share in (0.3, 0.05, 0.01):
        distance = int(np.quantile(differ, 1 - share))
        step = theory.Step((theory.Cut(1, compared, distance),), 1024, noise_of(1024))
        counted = (differ > distance).mean()
        assert theory.missed(c, step) == pytest.approx(counted, abs=0.006 + 0.15 * share)


def test_misses_of_unitary_vectors_are_rarer_than_the_theory_says():
    rng = np.random.default_rng(3)
    rows = drawn("phasors", 4000, 1024, rng)
    differ = ((rows > 0) != (at_cosine(rows, 0.3, rng) > 0)).sum(1)
    for distance in (400, 410, 420, 430):
        step = theory.Step((theory.Cut(2, 1024, distance),), 1024, noise_of(1024), bits.EVEN)
        assert (differ > distance).mean() <= theory.missed(0.3, step) + 0.005


def within(items, query, cuts):
    """Which of the items differ from the query little enough, for every cut."""
    differ = np.cumsum((items > 0) != (query > 0), axis=1, dtype=np.int32)
    return np.all([differ[:, cut.bits - 1] <= cut.distance for cut in cuts], axis=0)


@pytest.mark.parametrize("dim", [512, 1024])
def test_the_first_shortlist_holds_the_items_of_its_load(dim):
    rng = np.random.default_rng(4)
    items = drawn("normal", 20_000, dim, rng)
    rest = rng.standard_normal((2000, dim)) / math.sqrt(dim)
    query = items[:2000] / math.sqrt(8) + math.sqrt(7 / 8) * rest
    step = theory.steps(dim, len(items))[0]
    assert (~within(items[:2000], query, step.cuts)).mean() <= 1.5 * theory.AIM
    width = np.mean([within(items, q, step.cuts) for q in query[:20]])
    assert width == pytest.approx(step.share, rel=0.35)


@pytest.mark.parametrize("items", [10**4, 10**6])
@pytest.mark.parametrize("dim", [300, 512, 1024, 4096])
def test_steps_grow_until_they_cost_as_much_as_an_exact_scan(dim, items):
    steps = theory.steps(dim, items)
    assert list(steps) == sorted(steps)
    assert all(step.share <= theory.WIDEST for step in steps)
    prefixes = theory.prefixes(dim)
    assert all(prefixes[cut.planes - 1] == cut.bits for step in steps for cut in step.cuts)
    for step in steps:  # of what is left after some bits, more are compared
        assert [cut.bits for cut in step.cuts] == sorted({cut.bits for cut in step.cuts})
    faintest = [theory.faintest(step) for step in steps]
    assert faintest == sorted(faintest, reverse=True)
    for step, c in zip(steps, faintest, strict=True):
        assert theory.missed(c, step) == pytest.approx(theory.MISS, rel=1e-3)


@settings(max_examples=300)
@given(st.integers(0, 10**9))
def test_sizes_are_rounded_up_by_an_eighth_at_most(count):
    found = theory.rounded(count)
    assert count <= found <= count * 9 / 8
    assert found == theory.rounded(found)
    assert len({theory.rounded(n) for n in range(10_000, 20_000)}) <= 12


@pytest.mark.parametrize("dim", [512, 1024])
def test_what_is_out_of_sight_weighs_what_it_does_on_average(dim):
    """E[L; distance > h] over unrelated rows, L heavy-tailed: it is counted by share instead."""
    rng = np.random.default_rng(5)
    step = theory.steps(dim, 10_000)[0]
    share = np.exp(rng.uniform(-math.log(math.sqrt(dim)), 0, 20_000))[:, None]
    item = rng.standard_normal((20_000, dim))
    query = share * item + np.sqrt(1 - share**2) * rng.standard_normal(item.shape)
    hidden = (~within(item, query, step.cuts)).mean()
    if len(step.cuts) == 1:
        assert theory.unseen(step) == pytest.approx(hidden, abs=0.015)
    else:  # beyond one cut or the other: their sum is more than that
        assert hidden - 0.005 < theory.unseen(step) < 1.15 * hidden


@pytest.mark.parametrize("items", [10**4, 10**6])
@pytest.mark.parametrize("dim", [512, 1024, 4096])
def test_rivals_of_what_is_certain_are_seen(dim, items):
    """Who has a hundredth of the best item's likelihood or more changes its probability."""
    c = np.linspace(0, 1, 20_001)
    height = log_likelihood(c, dim)
    for step in theory.steps(dim, items):
        for best, chance in (
            (theory.clear(step), lambda c: 1.0),
            (theory.unrivalled(step, items), lambda c: false_match(c, dim, items)),
        ):
            rivals = c[height >= log_likelihood(best, dim) + math.log(0.01)]
            risk = chance(rivals.min()) * theory.missed(rivals.min(), step)
            assert risk <= 1.25 * theory.MISS  # cosines are tabulated
            below = c[height >= log_likelihood(best - 0.01, dim) + math.log(0.01)].min()
            assert chance(below) * theory.missed(below, step) > theory.MISS


# --- the sketch ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dim", [256, 300, 512, 700, 1024, 1500, 4096, 5000])
@pytest.mark.parametrize("count", [1, 3, 40])
def test_distances_are_those_of_the_signs(dim, count):
    rng = np.random.default_rng(dim)
    space = vsa.Space(dim=dim)
    table = Table(space)
    table.append([str(i) for i in range(300)], space.random(300))
    table.sketch.follow(table.rows)
    asked = rng.standard_normal((count, dim)).astype(np.float32)
    signs = table.sketch.signs(asked)
    differ = ((table.rows > 0)[None] != (asked > 0)[:, None]).cumsum(-1)
    for cuts in chosen(table.sketch.prefixes, differ):
        planes = table.sketch.planes(cuts[-1].planes)
        keep = np.all([differ[..., cut.bits - 1] <= cut.distance for cut in cuts], axis=0)
        for kernel in SEARCHES:
            found = kernels.near(kernel, planes, signs, cuts)
            assert np.transpose(found).tolist() == np.argwhere(keep).tolist()


def chosen(prefixes, differ):
    """Each prefix as the one cut, and all of them as a cascade; a tenth is within the first."""
    cuts = [
        theory.Cut(i, bits, int(np.quantile(differ[..., bits - 1], 0.1)))
        for i, bits in enumerate(prefixes, 1)
    ]
    return [*((cut,) for cut in cuts), tuple(cuts), tuple(cuts[::2])]


def test_a_query_near_to_a_crowd_has_no_shortlist():
    space = vsa.Space(dim=512)
    table = Table(space)
    head = space.random()
    table.append([str(i) for i in range(200)], (head + 0.5 * space.random(200)).normalize())
    table.sketch.follow(table.rows)
    for count in (1, 2):  # the second query is near to nothing
        asked = storage.asked(space.stack([head, space.random()][:count]))[0]
        planes, signs = table.sketch.planes(1), table.sketch.signs(asked)
        cuts = (theory.Cut(1, 512, 200),)
        for compare in SEARCHES:
            which, row = kernels.near(compare, planes, signs, cuts)
            assert (len(which), len(row)) == (0, 0)


changes = st.lists(
    st.tuples(
        st.sampled_from(["add", "undo", "add", "undo", "remove", "rename"]),
        st.integers(1, 3),
        st.booleans(),
    ),
    min_size=6,
    max_size=20,
)


@settings(max_examples=100)
@given(changes)
def test_the_sketch_keeps_up_with_any_change(steps):
    space = vsa.Space(dim=256)
    memory = vsa.Memory(space)
    for turn, (what, n, look) in enumerate(steps):
        names = memory.names()
        if what == "add":
            memory.add([f"{turn}/{i}" for i in range(n)], space.random(n))
        elif what == "undo":
            with suppress(vsa.VsaError):  # there may be nothing to undo
                memory.journal.undo()
        elif what == "remove" and names:
            memory.remove(names[n % len(names)])
        elif what == "rename" and names:
            memory.rename(names[n % len(names)], f"new{turn}")
        if look:  # in between, rows may have gone and others come
            in_step(memory.table)
    in_step(memory.table)


def in_step(table):
    table.sketch.follow(table.rows)
    assert len(table.sketch) == len(table)
    fresh = table.sketch.signs(table.rows)
    for plane, expected in zip(table.sketch.planes(1), fresh, strict=True):
        np.testing.assert_array_equal(plane, expected)


def test_rows_that_take_the_place_of_others_are_sketched_anew():
    memory = filled(50, dim=256)
    for first in range(0, 30, 10):
        memory.add([f"{first}/{i}" for i in range(10)], memory.space.random(10))
        in_step(memory.table)
        memory.journal.undo()


def test_the_sketch_grows_by_what_is_added(monkeypatch):
    memory = filled(100, dim=256)
    sketched = []
    told = Sketch._told
    monkeypatch.setattr(
        Sketch, "_told", lambda self, rows: sketched.append(len(rows)) or told(self, rows)
    )
    query = memory.space.random()
    memory.cleanup(query)
    memory.add(["a", "b"], memory.space.random(2))
    memory.remove("7")
    memory.rename("8", "eight")
    memory.cleanup(query)
    memory.cleanup(query)
    assert sketched == [100, 2]
