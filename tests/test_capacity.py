"""The formulas against SciPy, against simulation, against published figures."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, special, stats

from vsa.errors import VsaError
from vsa.theory.capacity import accuracy, capacity, false_match, needed_dim, unwinding
from vsa.theory.likelihood import log_likelihood, log_total, posterior
from vsa.theory.membership import membership

SHARE_MAX = 1 - 1e-4


def unit(rng, *shape):
    v = rng.standard_normal(shape)
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


# -- accuracy and what is built on it ---------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "k", "items"), [(1024, 32, 1000), (64, 3.5, 100), (64, 200, 5), (512, 90, 10**7)]
)
def test_accuracy_is_the_integral(n, k, items):
    def integrand(h):
        x = (1 + h * math.sqrt((k - 1) / n)) / math.sqrt(k / n)
        return stats.norm.pdf(h) * math.exp((items - 1) * stats.norm.logcdf(x))

    expected = integrate.quad(integrand, -12, 12, limit=500, epsabs=1e-13)[0]
    assert accuracy(n, k, items) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("n", "k", "items", "simulated"),  # Frady, Kleyko and Sommer 2018: MAP, then FHRR as 2N reals
    [
        (500, 50, 27, 0.856), (1000, 50, 27, 0.987), (500, 100, 27, 0.598),
        (1000, 100, 27, 0.857), (500, 50, 1000, 0.476), (1000, 50, 1000, 0.882),
    ],
)  # fmt: skip
def test_accuracy_agrees_with_published_simulations(n, k, items, simulated):
    assert accuracy(n, k, items) == pytest.approx(simulated, abs=0.006)


def test_accuracy_agrees_with_a_simulation():
    rng, n, k, items, trials = np.random.default_rng(0), 128, 10, 200, 4000
    stored = unit(rng, items, n)
    queries = stored[0] + unit(rng, trials, k - 1, n).sum(1)
    right = np.mean((queries @ stored.T).argmax(1) == 0)
    assert right == pytest.approx(accuracy(n, k, items), abs=0.03)


def test_accuracy_at_its_limits():
    assert accuracy(64, 5, 1) == accuracy(64, 5, 0) == 1.0
    assert accuracy(1024, 1, 1000) == pytest.approx(1.0)
    assert accuracy(64, 1e9, 50) == pytest.approx(1 / 50, rel=1e-3)  # a guess
    assert accuracy(256, 20, 500) > accuracy(256, 20.5, 500) > accuracy(256, 21, 500)


def test_a_stack_unwinds_as_often_as_predicted():
    rng, n, k, items, trials = np.random.default_rng(1), 256, 12, 100, 400
    vocabulary = np.fft.rfft(unit(rng, items, n))
    p = np.exp(1j * rng.uniform(-np.pi, np.pi, n // 2 + 1))
    p[[0, -1]] = 1
    packed = np.fft.irfft(vocabulary, n=n)
    chosen = rng.integers(0, items, (trials, k))
    stack = (vocabulary[chosen] * p ** np.arange(k)[:, None]).sum(1)
    whole = np.ones(trials, bool)
    for depth in range(k):
        top = (np.fft.irfft(stack, n=n) @ packed.T).argmax(1)
        whole &= top == chosen[:, depth]
        stack = (stack - vocabulary[top]) * p.conj()
    assert whole.mean() == pytest.approx(unwinding(n, k, items), abs=0.08)
    assert 0.5 < whole.mean() < 0.98


def test_unwinding_a_stack_of_32():
    # .95 in simulation at dim 1024 with 1,000 items
    assert unwinding(1024, 32, 1000) == pytest.approx(0.95, abs=0.01)
    assert unwinding(1024, 1, 1000) == accuracy(1024, 1, 1000)


def test_needed_dim_is_the_smallest_that_does():
    n = needed_dim(15, 1000)
    assert accuracy(n, 15, 1000) >= 0.99 > accuracy(n - 1, 15, 1000)
    assert needed_dim(15, 1000, target=0.5) < n < needed_dim(15, 100_000)
    n = needed_dim(32, 1000, target=0.95, steps=range(1, 33))
    assert unwinding(n, 32, 1000) >= 0.95 > unwinding(n - 1, 32, 1000)
    assert needed_dim(1, 1) == 2


@pytest.mark.parametrize(("k", "published"), [(15, 515), (50, 1708)])
def test_needed_dim_agrees_with_published_capacity(k, published):
    # Schlegel, Neubert and Protzel 2022: HRR, key–value pairs, 1,000 items, .99 right
    assert needed_dim(k, 1000) == pytest.approx(published, rel=0.08)


def test_capacity_is_the_largest_load_that_does():
    k = capacity(1024, 1000)
    assert accuracy(1024, k, 1000) >= 0.99 > accuracy(1024, k + 1, 1000)
    assert capacity(4, 10_000) == 0


@pytest.mark.parametrize(
    ("call", "culprit"),
    [
        (lambda: accuracy(1, 5, 10), "dim 1 "),
        (lambda: accuracy(64, 0.5, 10), "load 0.5"),
        (lambda: accuracy(64, math.nan, 10), "load nan"),
        (lambda: needed_dim(5, 10, target=1.0), "target 1.0"),
        (lambda: capacity(64, 10, target=0.0), "target 0.0"),
        (lambda: capacity(64, 1), "1 items"),
        (lambda: false_match(0.5, 0, 10), "dim 0"),
        (lambda: log_likelihood(0.5, 1), "dim 1 "),
        (lambda: posterior([0.0], 0.0, 1, 1.5), "prior_nothing 1.5"),
        (lambda: membership([0.5], 64, -0.1), "prior_nothing -0.1"),
        (lambda: membership(np.zeros((3, 0)), 64), "at least 1"),
    ],
)
def test_errors_name_the_culprit(call, culprit):
    with pytest.raises(VsaError, match=culprit):
        call()


# -- false matches ----------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 3, 5, 64, 1024, 10_000])
def test_false_match_is_the_incomplete_beta_function(n):
    c = np.concatenate([np.linspace(-0.99, 0.99, 45), [0.999, 3 / math.sqrt(n + 20)]])
    tail = 0.5 * special.betainc((n - 1) / 2, 0.5, 1 - c * c)
    one = np.where(c > 0, tail, 1 - tail)
    representable = one > 1e-280
    assert false_match(c, n, 1)[representable] == pytest.approx(one[representable], rel=1e-8)
    with np.errstate(divide="ignore"):
        many = -np.expm1(1000 * np.log1p(-one))
    assert false_match(c, n, 1000)[representable] == pytest.approx(many[representable], rel=1e-8)


def test_false_match_at_its_limits():
    np.testing.assert_array_equal(false_match([[1.0, -1.0], [1.0000001, 0.0]], 64, 0), 0.0)
    np.testing.assert_allclose(false_match([[1.0, -1.0], [2.0, 0.0]], 64, 1), [[0, 1], [0, 0.5]])
    assert false_match(0.3, 64, 10).shape == ()
    assert 0 < false_match(0.6, 1024, 10) < 1e-80


# -- likelihood -------------------------------------------------------------------------------


def reference(c, n):
    """log L from the normal densities of the components themselves, integrated over ln ρ."""
    query, item = np.zeros(n), np.eye(n)[0]
    query[:2] = c, math.sqrt(1 - c * c)
    noise = stats.norm.logpdf(query, 0, math.sqrt(1 / n)).sum()

    def log_ratio(share):
        density = stats.norm.logpdf(query, share * item, math.sqrt((1 - share**2) / n)).sum()
        return density - noise + 0.5 * math.log(1 - share**4)  # the query has unit length

    grid = np.linspace(-0.5 * math.log(n), math.log(SHARE_MAX), 1001)
    logs = np.array([log_ratio(math.exp(g)) for g in grid])
    area = integrate.simpson(np.exp(logs - logs.max()), x=grid) / (grid[-1] - grid[0])
    return logs.max() + math.log(area)


@pytest.mark.parametrize("n", [3, 16, 64, 256])
def test_log_likelihood_is_the_density_integrated_over_the_share(n):
    c = np.array([-0.3, 0.0, 0.07, 0.2, 0.35, 0.6, 0.8])
    assert log_likelihood(c, n) == pytest.approx([reference(x, n) for x in c], abs=0.01)


@pytest.mark.parametrize(("n", "tolerance"), [(2, 0.03), (5, 0.01), (16, 0.003), (1024, 0.003)])
def test_likelihood_averages_one_over_noise(n, tolerance):
    # The cosine of a random direction has density sech^(n−1) t in t = artanh c.
    t = np.linspace(-8, 8, 400_001)
    log_density = -(n - 1) * np.logaddexp(t, -t)
    log_density -= log_total(log_density)
    average = np.exp(log_density + log_likelihood(np.tanh(t), n)).sum()
    assert average == pytest.approx(1, abs=tolerance)


@pytest.mark.parametrize("n", [*range(2, 16), 17, 101, 1024, 10_000])
def test_log_likelihood_rises_and_is_finite(n):
    # From −3 standard deviations of noise on: below, in small dimensions, all is equally hopeless.
    c = np.linspace(max(-3 / math.sqrt(n), -1), 1, 3001)
    logs = log_likelihood(c, n)
    assert np.isfinite(logs).all()
    assert (np.diff(logs) >= 0).all()
    assert np.isfinite(log_likelihood([-1.0000001, -1.0, 1.0000001], n)).all()


@pytest.mark.parametrize("shape", [(), (0,), (7,), (2, 3, 4)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_log_likelihood_keeps_the_shape_and_answers_in_double(shape, dtype):
    c = np.random.default_rng(0).uniform(-0.2, 0.9, shape).astype(dtype)
    logs = log_likelihood(c, 512)
    assert (logs.shape, logs.dtype) == (shape, np.float64)
    if c.size:
        assert logs == pytest.approx(log_likelihood(c.astype(float), 512), rel=1e-3, abs=0.02)


# -- posterior --------------------------------------------------------------------------------

logs = st.lists(st.floats(-50, 5000), min_size=1, max_size=8)


@given(logs, st.floats(0, 1))
def test_posterior_sums_to_one(log_l, prior):
    match, nothing = posterior(log_l, log_total(log_l), len(log_l), prior)
    assert match.sum() + nothing == pytest.approx(1)
    assert list(np.argsort(match, kind="stable")) == sorted(
        range(len(log_l)), key=lambda i: match[i]
    )


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=8), st.floats(0, 1))
def test_posterior_is_bayes_rule(log_l, prior):
    weights = (1 - prior) * np.exp(log_l) / len(log_l)
    match, nothing = posterior(log_l, log_total(log_l), len(log_l), prior)
    assert match == pytest.approx(weights / (prior + weights.sum()))
    assert nothing == pytest.approx(prior / (prior + weights.sum()))


def test_posterior_of_a_batch_is_that_of_each():
    log_l = np.random.default_rng(0).normal(0, 300, (2, 3, 5))
    match, nothing = posterior(log_l, log_total(log_l), 5, 0.25)
    assert (match.shape, nothing.shape) == ((2, 3, 5), (2, 3))
    for i in np.ndindex(2, 3):
        one, none = posterior(log_l[i], log_total(log_l[i]), 5, 0.25)
        assert match[i] == pytest.approx(one)
        assert nothing[i] == pytest.approx(none)


def test_posterior_with_few_of_the_items_as_candidates():
    log_l = np.array([4.0, 1.0, 0.0, -2.0])
    every, nothing = posterior(log_l, log_total(log_l), 4)
    best, same = posterior(log_l[:1], log_total(log_l), 4)
    assert best == pytest.approx(every[:1])
    assert same == nothing


@pytest.mark.parametrize("prior", [0.0, 0.5, 1.0])
def test_among_no_items_the_answer_is_nothing(prior):
    match, nothing = posterior([], log_total(np.zeros(0)), 0, prior)
    assert (match.size, nothing) == (0, 1.0)


def test_log_total():
    assert log_total([[1000.0, 1000.0], [-math.inf, 0.0]]) == pytest.approx(
        [1000 + math.log(2), 0.0]
    )
    assert (log_total(np.zeros((2, 0))) == -math.inf).all()


# -- membership -------------------------------------------------------------------------------


def cosines(items, *weights, noise=0.0, seed=0):
    """Of a superposition of the first items, with these weights and noise of this length."""
    query = np.array(weights) @ items[: len(weights)] if weights else np.zeros(items.shape[1])
    query = query + noise * unit(np.random.default_rng(seed), items.shape[1])
    return items @ query / np.linalg.norm(query)


@pytest.fixture(scope="module")
def stored():
    return unit(np.random.default_rng(0), 300, 512)


@pytest.mark.parametrize(
    "weights", [(1,), (1, 1), (1,) * 12, (3, 2, 1), (3, 1, 1, 2), (1, 1, 1)], ids=str
)
def test_membership_finds_the_members(stored, weights):
    members = membership(cosines(stored, *weights), 512)
    k = len(weights)
    assert members[:k].min() > 0.9
    assert members[k:].sum() < 0.5


def test_membership_sees_through_noise(stored):
    members = membership(cosines(stored, 1, 1, noise=3.0), 512)
    assert members[:2].min() > 0.9
    assert members[2:].max() < 0.5


def test_membership_of_noise_is_none(stored):
    many = np.stack([cosines(stored, noise=1.0, seed=s) for s in range(40)])
    assert membership(many, 512).sum(-1).mean() < 0.2
    assert (membership(many, 512, prior_nothing=1.0) < 1e-9).all()


def test_two_fillers_of_one_slot_are_members_where_one_answer_would_be_a_coin_toss(stored):
    c = cosines(stored, 1, 1, noise=1.0)
    log_l = log_likelihood(c, 512)
    match, _ = posterior(log_l, log_total(log_l), len(c))
    assert match.max() > 0.95  # as if only one could be right
    assert (membership(c, 512)[:2] > 0.95).all()


def test_membership_of_a_batch_is_that_of_each(stored):
    batch = np.stack([cosines(stored, *[1] * m) for m in (1, 4, 9, 2)]).reshape(2, 2, -1)
    members = membership(batch, 512)
    assert members.shape == batch.shape
    for i in np.ndindex(2, 2):
        assert members[i] == pytest.approx(membership(batch[i], 512))


@pytest.mark.parametrize("n", [*range(2, 16), 10_000])
def test_membership_of_few_items_in_any_dimension(n):
    members = membership([[1.0, 0.0, -0.1], [0.0, 0.0, 0.0]], n)
    assert np.isfinite(members).all()
    assert members[0, 0] > members[0, 1] > 0
    assert membership([1.0], n).item() > 0.5
