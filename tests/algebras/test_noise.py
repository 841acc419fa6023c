"""The noise of symbols that agree by chance, against the distributions themselves and simulations."""

import math

import numpy as np
import pytest
from scipy import stats

from vsa.errors import VsaError
from vsa.theory.likelihood import log_likelihood
from vsa.theory.noise import PLAIN, Binomial, Gaussian, Shares, majority
from vsa.theory.overlap import Overlap

M = np.arange(257)
CODE = Binomial(PLAIN, 256, 1 / 16)


# --- shares ---------------------------------------------------------------------------------------
def test_shares_go_from_those_computed_to_their_limit():
    shares = Shares((1.0, 0.8, 0.7), 0.5, 0.5)
    assert shares(0.3) == 1
    assert [shares(k) * math.sqrt(k) for k in (1, 2, 3)] == pytest.approx([1, 0.8, 0.7])
    assert shares(1.5) * math.sqrt(1.5) == pytest.approx(0.9)
    assert shares(12) * math.sqrt(12) == pytest.approx(0.5 + 0.2 / 2)
    assert shares(1e12) * 1e6 == pytest.approx(0.5, abs=1e-5)
    assert np.array_equal(shares.over(np.array([[1.0, 2.0]])), [[shares(1), shares(2)]])


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5, 8, 15, 16, 31])
def test_the_majority_has_the_shares_that_it_has(k):
    rng = np.random.default_rng(k)
    terms = rng.choice([-1, 1], (k, 200_000))
    sign = np.sign(terms.sum(0) + 0.5 * rng.choice([-1, 1], terms.shape[1]))
    assert majority()(k) == pytest.approx((sign * terms[0]).mean(), abs=0.009)


@pytest.mark.parametrize(
    "noise", [CODE, Gaussian(majority(), 1024), Binomial(majority(), 64, 0.25)]
)
def test_the_number_of_terms_inverts_their_share(noise):
    for k in (1.0, 3.0, 40.0, 1000.0):
        c = noise.shares(k)
        assert noise.shares(noise.terms(c)) == pytest.approx(c, rel=1e-6)
        assert noise.load(k) == pytest.approx(c**-2)


def test_equal_noises_have_one_hash():
    for noise, same in [
        (Binomial(majority(), 64, 0.25), Binomial(Shares(majority().first, majority().limit), 64, 0.25)),
        (Gaussian(PLAIN, 5), Gaussian(n=5)),
        (Overlap(PLAIN, 32, 0.5, 0.03), Overlap(trials=32, chance=0.5, density=0.03)),
    ]:  # fmt: skip
        assert noise == same
        assert hash(noise) == hash(same)
    assert Binomial(PLAIN, 32, 0.5) != Overlap(PLAIN, 32, 0.5)


# --- the binomial ---------------------------------------------------------------------------------
@pytest.mark.parametrize(("trials", "chance"), [(256, 1 / 16), (64, 0.25), (7, 0.5), (3, 1 / 256)])
def test_the_grid_is_that_of_the_matches(trials, chance):
    noise = Binomial(PLAIN, trials, chance)
    grid, m = noise.grid(), np.arange(trials + 1)
    assert grid[-1] == 1
    assert (stats.binom.pmf(m, trials, chance) * grid).sum() == pytest.approx(0, abs=1e-12)
    spread = math.sqrt((stats.binom.pmf(m, trials, chance) * grid**2).sum())
    assert noise.deviation == pytest.approx(spread)
    below, beyond = noise.place(grid.astype(np.float32))
    assert np.allclose(below + beyond, m, atol=1e-4)
    assert [sum(noise.place_one(c)) for c in grid.tolist()] == pytest.approx(m)
    assert sum(noise.place_one(-1.5)) == 0
    assert sum(noise.place_one(1.5)) == trials


@pytest.mark.parametrize("items", [1, 100, 100_000])
def test_a_false_match_is_the_tail_of_the_binomial(items):
    tail = np.minimum(stats.binom.sf(M - 1, 256, 1 / 16), 1 - 1e-16)
    wanted = -np.expm1(items * np.log1p(-tail))
    assert np.allclose(CODE.false_match(CODE.grid(), items), wanted, rtol=1e-9, atol=0)
    between = (CODE.grid()[40] + CODE.grid()[41]) / 2
    assert CODE.false_match(between, items) == pytest.approx(wanted[41])


def test_the_ratio_is_that_of_two_binomials():
    share = np.array([0.0, 0.1, 0.5, 0.99])
    ratio = CODE.log_ratio(share)
    hit = 1 / 16 + share * 15 / 16
    null = stats.binom.logpmf(M, 256, 1 / 16)[:, None]
    assert np.allclose(ratio, stats.binom.logpmf(M[:, None], 256, hit) - null, atol=1e-9)
    assert np.array_equal(CODE.log_ratio(share, slice(5, 6)), ratio[5:6])


@pytest.mark.parametrize("noise", [CODE, Binomial(PLAIN, 64, 0.25), Binomial(PLAIN, 512, 1 / 3)])
def test_the_likelihood_averages_to_one_over_noise(noise):
    null = stats.binom.pmf(np.arange(noise.trials + 1), noise.trials, noise.chance)
    for load in (None, ("terms", 5.0)):
        likelihood = np.exp(log_likelihood(noise.grid(), noise, load))
        assert (null * likelihood).sum() == pytest.approx(1, abs=1e-3)


# --- how often cleanup is right -------------------------------------------------------------------
def sbc(rng, blocks, length, k, items, retrievals):
    """How often one of k superposed atoms is found among items, ties by chance."""
    right = 0
    for _ in range(retrievals):
        terms = rng.integers(0, length, (k, blocks), dtype=np.uint8)
        counts = (terms[..., None] == np.arange(length)).sum(0) + rng.random((blocks, length)) / 2
        query = counts.argmax(-1)
        stored = np.vstack((terms[:1], rng.integers(0, length, (items - 1, blocks))))
        right += int(((stored == query).sum(-1) + rng.random(items) / 2).argmax() == 0)
    return right / retrievals


def test_accuracy_is_that_of_simulated_cleanups():
    rng = np.random.default_rng(0)
    shares = Shares(
        (1, 0.7071, 0.6134, 0.5859, 0.5952, 0.5936, 0.5937, 0.5894)
    )  # of argmax, L = 16
    for k in (4, 8):
        noise = Binomial(shares, 32, 1 / 16)
        found = sbc(rng, 32, 16, k, 100, 1000)
        assert noise.accuracy(k, 100) == pytest.approx(found, abs=0.05)


def test_accuracy_has_its_limits():
    assert CODE.accuracy(5, 1) == 1
    assert CODE.accuracy(1, 10**6) == pytest.approx(1)
    assert CODE.accuracy(1e9, 1000) == pytest.approx(1 / 1000, rel=0.02)
    falling = [CODE.accuracy(k, 1000) for k in (1, 10, 30, 100, 300)]
    assert falling == sorted(falling, reverse=True)
    with pytest.raises(VsaError, match="below 1"):
        CODE.accuracy(0.5, 10)


# --- superposition by OR --------------------------------------------------------------------------
def test_an_or_of_many_ends_at_a_cliff():
    noise = Overlap(PLAIN, 32, 1 / 32, 1 / 32)
    found = [noise.accuracy(k, 1000) for k in (1, 32, 48, 64)]
    assert found == pytest.approx([1, 1.0, 0.83, 0.09], abs=0.005)
    assert noise.accuracy(64, 1) == 1


def test_the_terms_of_an_or_follow_from_its_density():
    for k in (1, 5, 40):
        chance = 1 - (1 - 1 / 32) ** k
        assert Overlap(PLAIN, 32, chance, 1 / 32).terms(1.0) == pytest.approx(k)
    assert Overlap(PLAIN, 32, 0.001, 1 / 32).terms(1.0) == 1


def test_a_member_of_an_or_is_nearly_always_whole():
    noise = Overlap(PLAIN, 32, 0.4, 1 / 32)
    null = stats.binom.pmf(np.arange(33), 32, 0.4)
    grid = noise.grid()[:33]
    likelihood = np.exp(log_likelihood(grid, noise))
    assert (null * likelihood).sum() == pytest.approx(1, abs=1e-3)
    assert likelihood[32] > 100 * likelihood[31]
    assert (null * likelihood)[32] == pytest.approx(0.98, abs=0.01)
    thinned = np.exp(log_likelihood(grid, Overlap(PLAIN, 32, 0.4, 1 / 32, 0.5)))
    assert (null * thinned).sum() == pytest.approx(1, abs=1e-3)
    assert thinned[30] > 5 * likelihood[30]


@pytest.mark.parametrize("ones", [33, 64, 96, 1000])
def test_an_item_of_more_ones_is_the_likelier_if_it_is_whole(ones):
    """By chance it is so with δ to as many more: three times as many as an atom, twice as sure."""
    noise = Overlap(PLAIN, 32, 0.4, 1 / 32)
    atom, item = ((w / 32 - 0.4) / 0.6 for w in (32, ones))
    more = log_likelihood(np.array([item]), noise) - log_likelihood(np.array([atom]), noise)
    assert more[0] == pytest.approx((ones - 32) * -math.log(0.4), rel=1e-4, abs=0.03)
    assert sum(noise.place_one(item)) == pytest.approx(sum(np.ravel(noise.place(item))))
    assert noise.false_match(item, 10) == noise.false_match(atom, 10)
