"""Identities of learning that are often quoted wrong: LSTM gradients, ridge, small steps of descent."""

from itertools import pairwise

import pytest

torch = pytest.importorskip("torch")

from torch.nn.functional import cross_entropy  # noqa: E402
from vsa_plugins.biases import Gamma, Hat, fisher_penalty  # noqa: E402


def normal(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


# --- the gradients of an LSTM ---------------------------------------------------------------------
def test_the_gradients_of_an_lstm_by_hand():
    """c = f c′ + i g, h = o tanh c, a = W_x x + W_h h′ + b; δ stands for ∂L/∂."""
    size, wide = 5, 3
    given = {
        "x": normal(wide), "h0": normal(size, seed=1), "c0": normal(size, seed=2),
        "wx": normal(4 * size, wide, seed=3), "wh": normal(4 * size, size, seed=4),
        "b": normal(4 * size, seed=5),
    }  # fmt: skip
    for tensor in given.values():
        tensor.requires_grad_()
    x, h0, c0, wx, wh, b = given.values()
    a = wx @ x + wh @ h0 + b
    i, f, o = (part.sigmoid() for part in (a[:size], a[size : 2 * size], a[3 * size :]))
    g = a[2 * size : 3 * size].tanh()
    c = f * c0 + i * g
    h = o * c.tanh()
    dh, direct = normal(size, seed=6), normal(size, seed=7)
    inside = (a, i, f, g, o, c, *given.values())
    wanted = torch.autograd.grad((h * dh).sum() + (c * direct).sum(), inside)
    by_name = dict(zip(("a", "i", "f", "g", "o", "c", *given), wanted, strict=True))

    with torch.no_grad():
        do = dh * c.tanh()  # not tanh²
        dc = direct + dh * o * (1 - c.tanh() ** 2)
        di, df, dg = dc * g, dc * c0, dc * i
        da = torch.cat([di * i * (1 - i), df * f * (1 - f), dg * (1 - g**2), do * o * (1 - o)])
        found = {
            "a": da, "i": di, "f": df, "g": dg, "o": do, "c": dc,
            "x": wx.T @ da, "h0": wh.T @ da, "c0": dc * f,
            "wx": da[:, None] * x, "wh": da[:, None] * h0, "b": da,
        }  # fmt: skip
        assert (dh * c.tanh() ** 2 - by_name["o"]).abs().max() > 0.1
    assert found.keys() == by_name.keys()
    for name, gradient in found.items():
        assert torch.allclose(gradient, by_name[name], atol=1e-14), name
    # torch's own cell is the same, with its gates in this order
    cell = torch.nn.LSTMCell(wide, size).double()
    cell.load_state_dict({"weight_ih": wx, "weight_hh": wh, "bias_ih": b, "bias_hh": 0 * b})
    assert torch.allclose(cell(x, (h0, c0))[0], h)


# --- ridge ----------------------------------------------------------------------------------------
def test_the_penalty_of_ridge_regression_is_a_prior():
    """λ = σ²/τ² has the least E |w − w*|², w* ~ N(0, τ²): by calculus, and by draws."""
    sigma, tau, x = 2.0, 1.0, normal(12, 8)
    gram, one = x.T @ x, torch.eye(8, dtype=torch.float64)

    def expected(lam):
        back = torch.linalg.inv(gram + lam * one)
        return sigma**2 * (back @ gram @ back).trace() + (lam * tau) ** 2 * (back @ back).trace()

    lam = torch.tensor(sigma**2 / tau**2, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(expected(lam), lam, create_graph=True)
    (bend,) = torch.autograd.grad(slope, lam)
    assert abs(slope.item()) < 1e-12
    assert bend > 0
    w = tau * normal(4000, 8, seed=1)
    y = w @ x.T + sigma * normal(4000, 12, seed=2)
    errors = {}
    for lam in (0.5, 1.0, 2.0, 4.0, 8.0, 16.0):
        found = torch.linalg.solve(gram + lam * one, x.T @ y.T).T
        square = (found - w).square().sum(1)
        errors[lam] = float(square.mean())
        # five standard errors of the mean
        assert errors[lam] == pytest.approx(
            float(expected(lam)), abs=5 * float(square.std()) / 4000**0.5
        )
    assert min(errors, key=errors.get) == 4


# --- implicit gradient regularisation -------------------------------------------------------------
X, Y = normal(6, 1), torch.tensor([0, 1, 1, 0, 1, 0])


def logits(theta):
    hidden = torch.tanh(theta[0] * X)
    return torch.cat([torch.zeros_like(hidden), theta[1] * hidden + 0.3], 1)


def slope(theta, weight):
    """∇(E + weight ‖∇E‖²), E the cross-entropy of a net of two parameters."""
    theta = theta.detach().requires_grad_()
    found = logits(theta)
    loss = cross_entropy(found, Y)
    if weight:
        loss = loss + weight * fisher_penalty(found, [theta], labels=Y)
    return torch.autograd.grad(loss, theta)[0]


def flow(weight, time, steps=20):
    """Where −∇ takes the parameters, by Runge and Kutta."""
    theta, h = START, time / steps
    for _ in range(steps):
        a = -slope(theta, weight)
        b = -slope(theta + h / 2 * a, weight)
        c = -slope(theta + h / 2 * b, weight)
        d = -slope(theta + h * c, weight)
        theta = theta + h / 6 * (a + 2 * b + 2 * c + d)
    return theta


START = torch.tensor([1.2, -0.8], dtype=torch.float64)


def test_small_steps_of_descent_follow_a_penalised_loss_one_order_closer():
    """Of size h: E itself to order 1, E + (h/4) ‖∇E‖² to order 2."""
    plain, penalised = [], []
    for h in (0.4, 0.2, 0.1):
        theta = START
        for _ in range(round(4 / h)):
            theta = theta - h * slope(theta, 0)
        plain.append((theta - flow(0, 4)).norm().item())
        penalised.append((theta - flow(h / 4, 4)).norm().item())
    for order, errors in ((1, plain), (2, penalised)):
        for larger, smaller in pairwise(errors):
            assert larger / smaller == pytest.approx(2**order, rel=0.15), order
    assert penalised[-1] < 0.1 * plain[-1]


# --- activations ----------------------------------------------------------------------------------
def test_hat_is_the_linear_spline():
    x = torch.tensor([-1.0, 0.0, 0.25, 1.0, 1.5, 2.0, 3.0])
    assert Hat()(x).tolist() == [0, 0, 0.25, 1, 0.5, 0, 0]


def test_gamma_is_between_softplus_and_sigmoid():
    x = torch.linspace(-4, 4, 401)
    assert torch.allclose(Gamma(1, 1.0, 1.0)(x), x.sigmoid(), atol=1e-6)
    assert torch.allclose(2 * Gamma(1, 2.0, 1.0)(x) - 1, x.tanh(), atol=1e-6)
    near = (Gamma(1, 10.0, 0.0)(x) - x.relu()).abs()
    assert near.max().item() == pytest.approx(torch.tensor(2.0).log().item() / 10, rel=1e-4)


@pytest.mark.parametrize(("gain", "saturation"), [(2.0, 0.2), (2.0, 0.8), (5.0, 0.5), (1.0, 0.3)])
def test_the_steepest_slope_of_gamma(gain, saturation):
    x = torch.linspace(-9, 9, 4_001, dtype=torch.float64).requires_grad_()
    (slope,) = torch.autograd.grad(Gamma(1, gain, saturation).double()(x).sum(), x)
    n, s = gain, saturation
    wanted = (1 + s * (n - 1)) ** 2 / (4 * n * s) if s > 1 / (n + 1) else 1 - s
    assert slope.max().item() == pytest.approx(wanted, rel=1e-4)


def test_gamma_learns_a_pair_for_each_unit():
    layer, x = Gamma(3, 2.0, 0.4).double(), normal(4, 3)
    assert layer.gain.tolist() == pytest.approx([2.0] * 3)
    parameters = tuple(layer.parameters())
    assert [tuple(p.shape) for p in parameters] == [(3,), (3,)]
    assert torch.autograd.gradcheck(lambda x, *_: layer(x), (x.requires_grad_(), *parameters))
