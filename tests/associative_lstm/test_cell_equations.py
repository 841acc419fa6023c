"""The equations: an associative LSTM beside a slow one in complex NumPy, and its gradients."""

import numpy as np
import pytest

from vsa import VsaError

torch = pytest.importorskip("torch")

from vsa_plugins.associative_lstm import AssociativeLSTM  # noqa: E402


def layer(*sizes, scale=1.0, seed=0, **settings):
    """A layer in float64; larger weights bring lengths past 1, where they are bounded."""
    torch.manual_seed(seed)
    made = AssociativeLSTM(*sizes, dtype=torch.float64, **settings)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.mul_(scale)
    return made


def slow(net, x):
    """The paper's equations for one sequence (steps, input), number by number, one layer.

    Gives outputs, last cells, and how many complex numbers were longer than 1 before they were bounded.
    """
    cut = 0

    def bounded(x):
        nonlocal cut
        cut += int((np.abs(x) > 1).sum())
        return x / np.maximum(1, np.abs(x))

    m, state = net.hidden_size // 2, net.weight_hh_l0.shape[0]
    given, recurrent, bias = (
        getattr(net, name).detach().numpy() for name in ("weight_ih_l0", "weight_hh_l0", "bias_l0")
    )
    orders = net.permutations_l0.numpy()
    h, c = np.zeros(2 * m), np.zeros((net.copies, m), dtype=complex)
    out = []
    for row in x:
        z = given[:state] @ row + recurrent @ h + bias[:state]
        u = given[state:] @ row + bias[state:]
        u = bounded(u[:m] + 1j * u[m:])
        forget, write, give = (1 / (1 + np.exp(-z[i * m : (i + 1) * m])) for i in range(3))
        keys = []
        for first in (3 * m, 5 * m):
            if net.keys == "none":
                keys.append(np.ones(m, dtype=complex))
                continue
            key = bounded(z[first : first + m] + 1j * z[first + m : first + 2 * m])
            keys.append(np.abs(key) + 0j if net.keys == "moduli" else key)
        read = np.zeros(m, dtype=complex)
        for s, order in enumerate(orders):
            for j in range(m):
                c[s, j] = forget[j] * c[s, j] + keys[0][order[j]] * write[j] * u[j]
                read[j] += keys[1][order[j]] * c[s, j] / net.copies
        complex_h = give * bounded(read)
        h = np.concatenate([complex_h.real, complex_h.imag])
        out.append(h)
    return np.array(out), np.concatenate([c.real, c.imag], -1), cut


WAYS = [("learnt", 1), ("learnt", 3), ("moduli", 2), ("none", 1)]


@pytest.mark.parametrize(("keys", "copies"), WAYS)
@pytest.mark.parametrize("scale", [1.0, 4.0])
def test_the_layer_computes_the_equations(keys, copies, scale):
    net = layer(3, 10, keys=keys, copies=copies, scale=scale)
    x = torch.randn(7, 2, 3, dtype=torch.float64)
    out, (h, c) = net(x)
    for row in range(2):
        wanted, cells, cut = slow(net, x[:, row].numpy())
        np.testing.assert_allclose(out[:, row].detach().numpy(), wanted, atol=1e-12)
        np.testing.assert_allclose(h[0, row].detach().numpy(), wanted[-1], atol=1e-12)
        np.testing.assert_allclose(c[0, row].detach().numpy(), cells, atol=1e-12)
        assert cut > 10 if scale > 1 else cut < 60  # the bounds are seen at work, and left alone


@pytest.mark.parametrize(("keys", "copies"), WAYS)
@pytest.mark.parametrize("scale", [1.0, 5.0])
def test_the_gradients_are_those_of_finite_differences(keys, copies, scale):
    net = layer(2, 4, keys=keys, copies=copies, scale=scale, seed=1, bidirectional=True)
    lengths = torch.tensor([1, 3])  # backwards the short one begins later
    packed = torch.nn.utils.rnn.pack_padded_sequence
    names = [name for name, _ in net.named_parameters()]

    def call(x, h, c, *weights):
        given = packed(x, lengths, enforce_sorted=False)
        out, (h, c) = torch.func.functional_call(
            net, dict(zip(names, weights, strict=True)), (given, (h, c))
        )
        return out.data, h, c

    shapes = [(3, 2, 2), (2, 2, 4), (2, 2, copies, 4)]
    inputs = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]
    weights = [p.detach().clone().requires_grad_() for p in net.parameters()]
    assert torch.autograd.gradcheck(call, (*inputs, *weights), fast_mode=True)


def test_what_needs_no_gradient_is_computed_alike():
    net = layer(3, 8, copies=2)
    x = torch.randn(5, 2, 3, dtype=torch.float64)
    with_graph = net(x)[0]
    with torch.no_grad():
        without = net(x)[0]
    assert with_graph.requires_grad
    assert not without.requires_grad
    assert torch.equal(with_graph.detach(), without)


@pytest.mark.parametrize("keys", ["learnt", "none"])
@pytest.mark.parametrize("of", ["sum", "squares", "state"])
def test_a_second_derivative_is_refused(of, keys):
    net = layer(2, 4, keys=keys, num_layers=2)
    x = torch.randn(3, 1, 2, dtype=torch.float64, requires_grad=True)
    out, (_, cells) = net(x)
    value = {"sum": out, "squares": out.square(), "state": cells}[of].sum()
    with pytest.raises(VsaError, match=r"^an associative LSTM has no second derivatives: leave"):
        torch.autograd.grad(value, x, create_graph=True, retain_graph=True)
    (gradient,) = torch.autograd.grad(value, x)
    assert bool(gradient.isfinite().all())
    assert not gradient.requires_grad


def test_copies_share_weights_and_their_permutations_are_seeded_buffers():
    one, four = layer(3, 32), layer(3, 32, copies=4)
    assert [p.shape for p in one.parameters()] == [p.shape for p in four.parameters()]
    table = four.permutations_l0
    assert dict(four.named_buffers()).keys() == {"permutations_l0"}
    assert torch.equal(table.sort(-1).values, torch.arange(16).expand(4, 16))
    assert torch.equal(table, layer(3, 32, copies=4, seed=5).permutations_l0)
    torch.manual_seed(0)
    other = AssociativeLSTM(3, 32, copies=4, seed=1)
    assert not torch.equal(table, other.permutations_l0)
    assert not torch.equal(
        *(layer(3, 32, 2, copies=4).get_buffer(f"permutations_l{k}") for k in (0, 1))
    )


def test_copies_that_the_cell_holds_read_with_less_noise():
    """The cell by itself: many pairs are written, one is read, with every gate open."""
    m, pairs = 64, 12

    def noise(copies):
        net = layer(1, 2 * m, copies=copies)
        order = net.permutations_l0.numpy()
        rng = np.random.default_rng(0)
        keys = np.exp(2j * np.pi * rng.random((pairs, m)))
        values = rng.standard_normal((2, pairs, m)) * 0.1
        stored = values[0] + 1j * values[1]
        cells = (keys[:, None][:, 0][:, order] * stored[:, None]).sum(0)  # (copies, m)
        with torch.no_grad():
            for parameter in net.parameters():
                parameter.zero_()
            bias = net.bias_l0
            bias[: 3 * m] = torch.tensor(
                [40.0] * m + [-40.0] * m + [40.0] * m
            )  # keep, no write, give
            reader = torch.from_numpy(keys[0].conj())
            bias[5 * m : 6 * m], bias[6 * m : 7 * m] = reader.real, reader.imag
            c = torch.from_numpy(np.concatenate([cells.real, cells.imag], -1))[None, None]
            h = net(
                torch.zeros(1, 1, 1, dtype=torch.float64), (torch.zeros(1, 1, 2 * m).double(), c)
            )[0]
        read = h[0, 0, :m].numpy() + 1j * h[0, 0, m:].numpy()
        return np.mean(np.abs(read - stored[0]) ** 2) / np.mean(np.abs(stored) ** 2)

    one, many = noise(1), noise(16)
    assert one > 8  # of (K − 1) = 11, some cut by the bound
    assert many < one / 6


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden_size": 5},
         "hidden_size must be even, for it holds real and imaginary parts: give 4 or 6, not 5"),
        ({"hidden_size": 1},
         "hidden_size must be even, for it holds real and imaginary parts: give 2, not 1"),
        ({"input_size": 0}, "input_size must be a whole number of at least 1, not 0"),
        ({"num_layers": 1.5}, "num_layers must be a whole number of at least 1, not 1.5"),
        ({"copies": True}, "copies must be a whole number of at least 1, not True"),
        ({"keys": "fixed"}, "keys is one of learnt, moduli, none, not 'fixed'"),
        ({"keys": "none", "copies": 2}, "copies without keys are all the same: leave copies= out"),
        ({"dropout": 1.5}, "dropout must be a share between 0 and 1, not 1.5"),
        ({"seed": "a"}, "seed must be a whole number, not 'a'"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(settings, message):
    with pytest.raises(VsaError) as caught:
        AssociativeLSTM(**{"input_size": 3, "hidden_size": 4, **settings})
    assert str(caught.value) == message
