"""What is known of the load: the prior on the share that it makes, and the answers it gives."""

import math

import numpy as np
import pytest
from scipy import integrate

import vsa
from vsa.theory.likelihood import log_likelihood, log_likelihoods, posterior
from vsa.theory.load import DOUBT, UNKNOWN, Load, shares
from vsa.theory.noise import noise_of
from vsa.theory.ratio import log_ratio

COSINES = np.array([-0.2, 0.0, 0.1, 0.3, 0.5, 0.7])


def at(share, n):
    """log of L(ρ), from the density of a query of unit length."""
    c = COSINES
    rest = 1 - share * share
    plain = -n / 2 * math.log(rest) + (n * share * c - n * (1 + share**2) / 2) / rest + n / 2
    return plain + 0.5 * math.log(1 - share**4)


@pytest.mark.parametrize("n", [64, 256, 1024])
@pytest.mark.parametrize("k", [2, 3.5, 20, 60])
def test_known_terms_are_one_share_and_a_doubt(n, k):
    load = Load.terms(k).of_one(n)
    wanted = np.logaddexp(
        math.log1p(-DOUBT) + at(1 / math.sqrt(k), n), math.log(DOUBT) + log_likelihood(COSINES, n)
    )
    assert log_likelihood(COSINES, n, load) == pytest.approx(wanted, rel=0.01, abs=0.15)


@pytest.mark.parametrize("n", [64, 256, 1024])
@pytest.mark.parametrize("squares", [1.0, 3.1, 20.0, 150.0])
def test_a_squared_norm_weighs_the_numbers_of_terms(n, squares):
    """p(k | K) ∝ k⁻¹ N(K; k, 2k(k−1)/n + (.03k)²), term by term."""
    share, log_weight, doubt = shares(("power", squares), n)
    k = np.arange(1, 4 * n + 1)
    variance = 2 * k * (k - 1) / n + (0.03 * k) ** 2
    p = np.exp(-((squares - k) ** 2) / (2 * variance)) / (k * np.sqrt(variance))
    mean = (p / np.sqrt(k)).sum() / p.sum()
    assert np.exp(log_weight).sum() == pytest.approx(1, abs=1e-5)
    assert (np.exp(log_weight) * share).sum() == pytest.approx(mean, rel=0.01)
    assert doubt == pytest.approx(DOUBT, abs=0.001)


@pytest.mark.parametrize("squares", [0.2, 1.4, 50000.0])
def test_a_squared_norm_that_fits_no_number_of_terms_says_nothing(squares):
    assert shares(("power", squares), 1024)[2] > 0.99
    known = log_likelihood(COSINES, 1024, ("power", squares))
    assert known == pytest.approx(log_likelihood(COSINES, 1024), abs=0.02)


@pytest.mark.parametrize("n", [64, 1024])
@pytest.mark.parametrize("c", [0.1, 0.35, 0.8])
def test_the_cosine_of_another_term_weighs_the_shares(n, c):
    known = Load.beside(c).of_one(n)  # the number of the nearest point of the tables
    c = float(noise_of(n).grid()[known[1]])
    spread, log_weight, _ = shares(known, n)
    mean = (np.exp(log_weight) * spread).sum()

    def density(share):
        return float(np.exp(log_ratio(np.arctanh(share), np.arctanh(c), n) - top)) / share

    top = float(log_ratio(np.arctanh(c), np.arctanh(c), n))
    low = 1 / math.sqrt(n)
    total, part = (
        integrate.quad(f, low, 0.999, points=[max(c, 2 * low)], limit=200)[0]
        for f in (density, lambda share: share * density(share))
    )
    assert mean == pytest.approx(part / total, rel=0.01)


def test_likelihoods_by_loads_of_their_own():
    loads = [None, ("terms", 4.0), ("power", 9.0)]
    which = np.array([0, 1, 2, 2, 1, 0])
    each = [log_likelihood(c, 512, loads[i]) for c, i in zip(COSINES, which, strict=True)]
    assert log_likelihoods(
        COSINES, [(noise_of(512), load) for load in loads], which
    ) == pytest.approx(np.array(each))


def test_values_that_say_nothing_are_unknown():
    for value in (math.nan, math.inf, 0.0, -1.0):
        for load in (Load.power(value), Load.beside(value), UNKNOWN):
            assert load.of_one(1024) is None
    loads, which = Load.power([4.0, math.nan, 4.0, math.nan]).known(1024)
    assert [loads[i] is None for i in which] == [False, True, False, True]
    assert len(loads) == 2


def test_cleanup_takes_the_load():
    space = vsa.Space(dim=256)
    memory = vsa.Memory(space)
    names = [f"item {i}" for i in range(50)]
    memory.add(names, space.batch(names))
    keys = space.random(12)
    bound = [key * memory[name] for key, name in zip(keys, names, strict=False)]
    query = vsa.bundle(*bound) / keys[0]
    cosines = np.asarray(memory.similarities(query.reshape(1), np.arange(50)))[0]
    logs = log_likelihood(cosines, 256, Load.terms(12).of_one(256))
    match, nothing = posterior(logs, np.logaddexp.reduce(logs), 50)
    answer = memory.cleanup(query, 50, load=12)
    assert answer.nothing == pytest.approx(float(nothing), rel=1e-3)
    assert np.sort(answer.probabilities) == pytest.approx(np.sort(match), rel=1e-3, abs=1e-6)
    batch = memory.cleanup(space.stack([query, query]), load=[12, 3])
    assert batch.nothing[0] == pytest.approx(float(nothing), rel=1e-3)
    assert batch.nothing[1] > batch.nothing[0]  # three terms leave the item at a larger share
    grid = memory.cleanup(query.reshape(1, 1), load=12)
    assert grid.nothing == pytest.approx(np.full((1, 1), nothing), rel=1e-3)


@pytest.mark.parametrize(
    ("load", "message"),
    [
        (0.5, "load must be a number of at least 1, not 0.5"),
        ("x", "load must be a number of at least 1, not 'x'"),
        ([2, math.nan], "load must be a number of at least 1, not nan"),
        ([2, 3, 4], r"loads of shape \(3,\) do not fit queries of shape \(2,\)"),
    ],
)
def test_loads_that_cannot_be(load, message):
    space = vsa.Space(dim=64)
    memory = vsa.Memory(space)
    memory.add("x", space.atom("x"))
    with pytest.raises(vsa.VsaError, match=message):
        memory.cleanup(space.batch(["x", "y"]), load=load)


@pytest.mark.parametrize("n", [64, 1024])
@pytest.mark.parametrize("kind", ["terms", "power", "beside"])
def test_one_load_is_known_as_in_a_batch(kind, n):
    values = np.append(np.geomspace(0.01, 0.99 if kind == "beside" else 4 * n, 50), np.nan)
    loads, which = Load(kind, values).known(n)
    for value, i in zip(values, which, strict=True):
        one = Load(kind, np.asarray(value)).of_one(n)
        assert (one is None) == (loads[i] is None)
        assert one is None or one[1] == pytest.approx(loads[i][1])
