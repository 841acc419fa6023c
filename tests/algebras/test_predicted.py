"""What the theory of an algebra foretells, against reads of pairs; and the dims that it names."""

import math

import numpy as np
import pytest
from every import ALGEBRAS
from worlds import PLUGINS

from vsa import Session, Space, VsaError, bundle_bound
from vsa.algebra.predicted import needed_dim, next_fit, noise_at, reached, smallest
from vsa.algebra.registry import find_algebra
from vsa.theory.noise import Gaussian
from vsa.theory.overlap import Overlap

ITEMS, PAIRS, SETS, EACH = 200, 12, 2, 30
MODEL = 0.06  # by which the theory may be wrong: it knows no lengths but those on average
UNBINDING = [a for a in ALGEBRAS if a != "bsdc-cdt" and find_algebra(a).kind.name != "tensor"]


def least(algebra):
    return Space(next_fit(find_algebra(algebra), 2), algebra)


def measured(algebra, dim, pairs):
    """How often single reads of pairs are right, and the deviation of that by sets of one memory."""
    rng, right = np.random.default_rng(0), []
    for seed in range(SETS):
        space = Space(dim, algebra, seed=seed)
        items = space.batch(f"item/{i}" for i in range(ITEMS))
        stored = space.metric.stored(items.data)[0]
        keys = space.keys(pairs * EACH).reshape(EACH, pairs)
        chosen = np.array([rng.permutation(ITEMS)[:pairs] for _ in range(EACH)])
        by = [keys[:, i] for i in range(pairs)]
        total = bundle_bound(by, [items[chosen[:, i]] for i in range(pairs)])
        found = np.zeros(EACH)
        for i in range(pairs):
            query = space.metric.queries((total / by[i]).data)[0]
            found += np.asarray(space.metric.scores(query, stored)).argmax(1) == chosen[:, i]
        right += (found / pairs).tolist()
    return float(np.mean(right)), float(np.std(right)) / math.sqrt(len(right))


@pytest.mark.parametrize("algebra", UNBINDING)
def test_pairs_are_read_as_often_as_foretold(algebra):
    space = least(algebra)
    dim = needed_dim(space, [PAIRS], ITEMS, 0.85, pairs=True)
    foretold = reached(noise_at(space, dim), [PAIRS], ITEMS, pairs=True)
    right, deviation = measured(algebra, dim, PAIRS)
    assert right == pytest.approx(foretold, abs=3 * deviation + MODEL)


def test_pairs_in_tensors_hardly_disturb_each_other():
    right, deviation = measured("tensor:2", 16, PAIRS)
    noise = noise_at(least("tensor:2"), 16)
    assert noise.accuracy(PAIRS, ITEMS) < 0.2
    # in so few dims a Gaussian's tails are longer than those of a sphere
    assert right >= noise.pair_accuracy(PAIRS, ITEMS) - 3 * deviation - MODEL


def test_keys_that_do_the_same_are_one():
    moved = Overlap(trials=32, density=1 / 32, keys=1024)
    assert moved.accuracy(15, 1000) == pytest.approx(1)
    among = [1 / (1 + np.random.default_rng(0).binomial(14, 1 / 1024, 400_000))]
    assert moved.pair_accuracy(15, 1000) == pytest.approx(np.mean(among), abs=3e-4)
    assert Gaussian(n=64).pair_accuracy(9, 100) == Gaussian(n=64).accuracy(9, 100)


# --- the dims -------------------------------------------------------------------------------------
@pytest.mark.parametrize("algebra", UNBINDING)
def test_the_dim_that_is_needed_fits_and_is_enough(algebra):
    space = least(algebra)
    session = Session(space, plugins=PLUGINS)
    dim = session.run("needed_dim(8, 100)")[0]
    kind, parameters = find_algebra(algebra)
    assert kind.fits(dim, *parameters)
    assert noise_at(space, dim).accuracy(8, 100) >= 0.99
    below = max((d for d in range(2, dim) if kind.fits(d, *parameters)), default=None)
    assert below is None or noise_at(space, below).accuracy(8, 100) < 0.99
    there = Session(Space(dim, algebra), plugins=PLUGINS)
    assert there.run("accuracy(8, 100)")[0] >= 0.99


def test_where_no_dim_would_do():
    with pytest.raises(VsaError, match="no dim up to 67108864 of the algebra 'tensor:3' would do"):
        smallest(find_algebra("tensor:3"), lambda noise: noise.accuracy(50, 1000) > 0.99)
    with pytest.raises(VsaError, match="no dim up to 67108864 of the algebra 'bsdc-seg'"):
        next_fit(find_algebra("bsdc-seg"), 70_000)


@pytest.mark.parametrize("algebra", ALGEBRAS)
def test_a_sweep_goes_through_dims_that_fit(algebra):
    chosen = find_algebra(algebra)
    session = Session(least(algebra), plugins=PLUGINS)
    session.run("atom mark, fish")
    (outcome,) = session.execute('sweep("dim", 9, 36, top(push(push(nil, mark), fish)), trials=1)')
    dims = [row[0] for row in outcome.value.rows]
    assert dims == sorted({next_fit(chosen, d) for d in (9, 18, 36)})
    said = f"{chosen.name} needs {chosen.kind.wants} for its dim: the sweep takes "
    others = (said + ", ".join(map(str, dims)),) if dims != [9, 18, 36] else ()
    assert outcome.notes == others


# --- warnings -------------------------------------------------------------------------------------
MANY = ", ".join(f"a{i}" for i in range(20))
STATEMENTS = (
    "top(" + "push(" * 20 + "nil" + "".join(f", a{i})" for i in range(20)) + ")",
    f"item([{MANY}], 3)",
    "value(" + " + ".join(f"a{i} * a{i + 30}" for i in range(20)) + ", a30)",
    "f = frame(a0, " + ", ".join(f"s{i}=a{i}" for i in range(1, 20)) + ")",
    "chunks(" + ", ".join(f"a{i}" for i in range(40)) + ", size=20)",
)
READ = "is past its capacity: at dim {} with 101 items in memory it is read right in"
CHUNKS = (
    "chunks of 20 are past their capacity: at dim {} a sequence of 40 items comes back with errors;"
)
WARNED = {
    ("vtb", 256): (
        f"a stack of about 20 items {READ} 44% of cases; dim 625 would do",
        f"a sequence of about 19 items {READ} 85% of cases; dim 529 would do",
        f"an environment of about 17 bindings {READ} 91% of cases; dim 441 would do",
        f"a frame of 20 parts {READ} 71% of cases; dim 576 would do",
        f"{CHUNKS} chunks of 2, or dim 6724, would do",
    ),
    ("mcr:8", 200): (
        f"a stack of about 22 items {READ} 48% of cases; dim 437 would do",
        f"a sequence of about 22 items {READ} 87% of cases; dim 366 would do",
        f"an environment of about 21 bindings {READ} 88% of cases; dim 359 would do",
        f"a frame of 20 parts {READ} 81% of cases; dim 377 would do",
        f"{CHUNKS} chunks of 3, or dim 1819, would do",
    ),
}


@pytest.mark.parametrize(("algebra", "dim"), WARNED)
def test_warnings_past_capacity_name_dims_that_fit(algebra, dim):
    session = Session(Space(dim, algebra), plugins=PLUGINS)
    session.run("atom x, " + ", ".join(f"a{i}" for i in range(100)))
    for statement, said in zip(STATEMENTS, WARNED[algebra, dim], strict=True):
        (outcome,) = session.execute(statement)
        assert outcome.notes == (said.format(dim),)
