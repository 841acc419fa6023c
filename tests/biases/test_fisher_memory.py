"""What a recurrence holds in noise: closed forms, published totals, and what binding cannot exceed."""

import pytest
from layers import fails

from vsa.algebra.space import Space

torch = pytest.importorskip("torch")
pytest.importorskip("array_api_compat")

from vsa_plugins.biases import bind_, chain_, source_  # noqa: E402

from vsa.nn.memory_curve import BEYOND, fisher_memory, henrici  # noqa: E402

DOUBLE = torch.float64


def chain(n, *settings):
    return chain_(torch.empty(n, n, dtype=DOUBLE), *settings)


def first(n):
    return torch.eye(n, dtype=DOUBLE)[0]


def normal(n, seed=0):
    drawn = torch.randn(n, n, dtype=DOUBLE, generator=torch.Generator().manual_seed(seed))
    return torch.linalg.qr(drawn).Q


def recurrence(n):
    """A small matrix with nothing special about it."""
    drawn = torch.randn(n, n, dtype=DOUBLE, generator=torch.Generator().manual_seed(1))
    return 0.8 * drawn / torch.linalg.eigvals(drawn).abs().max()


def test_the_curve_is_the_sum_it_is_defined_by():
    w, v = recurrence(12), normal(12)[0]
    powers = [torch.linalg.matrix_power(w, k) for k in range(400)]
    noise = sum(p @ p.T for p in powers)
    plain = torch.stack([(p @ v) @ torch.linalg.solve(noise, p @ v) for p in powers])
    found = fisher_memory(w, v, steps=400)
    assert torch.allclose(found.curve, plain, atol=1e-12)
    assert found.total == pytest.approx(float(plain.sum()))
    assert fisher_memory(w, v, steps=3).total == found.total  # of all lags, whatever is shown
    assert fisher_memory(w, v).curve.shape == (12,)


@pytest.mark.parametrize("gain", [0.97, 1.0, 1.02, 1.1, 2.0])
def test_a_chain_has_its_closed_form(gain):
    n = 64
    steps = torch.arange(n, dtype=DOUBLE)
    closed = 1 / torch.cumsum(gain ** (-2 * steps), 0)
    found = fisher_memory(chain(n, gain), first(n))
    assert torch.allclose(found.curve, closed, rtol=1e-9)
    assert found.total == pytest.approx(float(closed.sum()), rel=1e-9)
    if gain == 1:
        assert found.total == pytest.approx(sum(1 / k for k in range(1, n + 1)))  # harmonic


@pytest.mark.parametrize(
    ("settings", "total"),
    [
        ((0.95,), 3.03),  # published, as the next
        ((0.99, 0.04), 5.35),
        ((0.99, 0.1), 8.53),
        # as computed in 60 digits; a sum of W^k W^kᵀ that is formed gives 19.92 and 16.17
        ((1.05, 0.0, 0.2), 20.84),
        ((1.0, 0.0, 0.2), 16.30),
    ],
)
def test_totals_at_a_hundred_units(settings, total):
    assert fisher_memory(chain(100, *settings), first(100)).total == pytest.approx(total, abs=6e-3)


def test_weak_links_past_the_chain_as_published():
    below = 0.005 * torch.ones(100, 100, dtype=DOUBLE).tril(-2)
    assert fisher_memory(chain(100, 0.95) + below, first(100)).total == pytest.approx(
        3.18, abs=6e-3
    )


@pytest.mark.parametrize("n", [16, 64])
def test_every_stable_normal_matrix_has_the_total_one(n):
    angles = torch.rand(n // 2, generator=torch.Generator().manual_seed(2), dtype=DOUBLE)
    blocks = [torch.stack([torch.stack([a.cos(), -a.sin()]), torch.stack([a.sin(), a.cos()])])
              for a in 6 * angles]  # fmt: skip
    turned = normal(n, 1) @ torch.block_diag(*blocks) @ normal(n, 1).T
    shift = torch.eye(n, dtype=DOUBLE).roll(1, 0)
    for w in (torch.eye(n, dtype=DOUBLE), shift, normal(n), turned):
        assert fisher_memory(0.97 * w, normal(n, 3)[0]).total == pytest.approx(1, abs=1e-8)


def test_binding_is_normal_whatever_the_key():
    space = Space(64, backend="torch", dtype="float64")
    for key in (space.key("p"), space.random(), space.vector(normal(64)[0])):
        w = bind_(torch.empty(64, 64, dtype=DOUBLE), key)
        assert torch.allclose(w @ w.T, w.T @ w, atol=1e-12)
        w = 0.97 * w / torch.linalg.eigvals(w).abs().max()
        assert fisher_memory(w, first(64)).total == pytest.approx(1, abs=1e-6)
        assert float(henrici(w)) < 1e-6


def test_a_source_elsewhere_on_the_chain_holds_less():
    w = chain(64, 1.1)
    whole = fisher_memory(w, source_(torch.empty(64, 1, dtype=DOUBLE), 1.0)[:, 0]).total
    assert whole == pytest.approx(13.185, abs=1e-3)
    assert fisher_memory(w, torch.eye(64, dtype=DOUBLE)[32]).total < 1
    assert fisher_memory(w, torch.eye(64, dtype=DOUBLE)[63]).total < 0.01
    # the chain above the diagonal runs towards the source, and holds nothing
    assert fisher_memory(w.T, first(64)).total < 0.01


def test_henrici_is_what_is_above_the_diagonal_of_the_schur_form():
    assert float(henrici(chain(64, 1.02))) == pytest.approx(1.02 * 63**0.5)
    upper = torch.diag(torch.arange(1.0, 9)).to(DOUBLE)
    upper[0, 7], upper[2, 3] = 3.0, 4.0
    q = normal(8)
    assert float(henrici(q @ upper @ q.T)) == pytest.approx(5)
    both = henrici(torch.stack([upper, q]))
    assert both.shape == (2,)
    assert float(both[1]) == pytest.approx(0, abs=1e-6)


def test_single_precision_is_raised():
    found = fisher_memory(chain(64, 1.0).float(), first(64).float())
    assert found.curve.dtype == DOUBLE
    assert found.total == pytest.approx(4.7439, abs=1e-4)


def test_errors_of_measures():
    w, v = chain(4, 1.0), first(4)
    nan = v / 0
    fails("fisher_memory: the matrix has the shape (4,), not (n, n)", lambda: fisher_memory(v, v))
    fails("fisher_memory: the matrix has the shape (4, 3), not (n, n)",
          lambda: fisher_memory(w[:, :3], v))  # fmt: skip
    fails("fisher_memory: the matrix has the shape (1, 4, 4), not (n, n)",
          lambda: fisher_memory(w[None], v))  # fmt: skip
    fails("henrici: the matrix has the shape (4,), not (..., n, n)", lambda: henrici(v))
    fails("henrici: the matrix is list, not a tensor of real numbers", lambda: henrici([1.0]))
    fails("henrici: the matrix is torch.complex128, not a tensor of real numbers",
          lambda: henrici(w * 1j))  # fmt: skip
    fails("fisher_memory: the source has the shape (3,), not (4,)", lambda: fisher_memory(w, v[:3]))
    fails("fisher_memory: the source holds NaN or infinity", lambda: fisher_memory(w, nan))
    fails("fisher_memory: the matrix holds NaN or infinity", lambda: fisher_memory(w * nan[1], v))
    fails("steps must be a whole number of at least 1, not 0", lambda: fisher_memory(w, v, 0))


def test_what_has_no_stationary_noise_is_refused():
    fails(
        "fisher_memory: the matrix has the spectral radius 1.5: noise adds up without end unless it "
        "is below 1",
        lambda: fisher_memory(1.5 * torch.eye(4), first(4)),
    )
    fails(
        "fisher_memory: the matrix has the spectral radius 1: noise adds up without end unless it "
        "is below 1",
        lambda: fisher_memory(torch.eye(4).roll(1, 0), first(4)),
    )
    fails(BEYOND, lambda: fisher_memory(chain(100, 1.0, 0.0, 0.5), first(100)))
    fails(BEYOND, lambda: fisher_memory(1e200 * chain(8, 1.0), first(8)))
