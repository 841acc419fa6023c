"""Recurrence by a Schur form: whose eigenvalues are where, and what the cell computes."""

import copy

import pytest
from layers import fails

torch = pytest.importorskip("torch")
pytest.importorskip("array_api_compat")

from vsa_plugins.biases import ModReLU, NonNormal, NonNormalRNNCell  # noqa: E402

from vsa.nn.measures import fisher_memory, henrici  # noqa: E402


def filled(features=64, deviation=0.1, gain=1.0):
    """With something above the blocks, in double precision."""
    torch.manual_seed(0)
    module = NonNormal(features, gain).double()
    with torch.no_grad():
        module.upper.normal_(0, deviation)
    return module


def test_it_begins_orthogonal():
    theta = NonNormal(32).double()()
    assert torch.allclose(theta @ theta.T, torch.eye(32).double(), atol=1e-9)
    assert float(henrici(theta)) < 1e-6


@pytest.mark.parametrize("deviation", [0.03, 0.1])
def test_moduli_are_the_gains_whatever_is_above_the_blocks(deviation):
    module = filled(deviation=deviation)
    with torch.no_grad():
        module.gain.copy_(torch.linspace(0.5, 1.5, 32))
    moduli = torch.linalg.eigvals(module()).abs().sort().values
    assert torch.allclose(moduli, module.gain.repeat_interleave(2).sort().values, atol=1e-7)
    assert float(henrici(module())) == pytest.approx(
        float((module.upper * module.mask).norm().detach())
    )
    assert float(torch.linalg.matrix_norm(module().detach(), 2)) > 1.5  # and yet it amplifies


def test_a_mask_that_takes_in_the_blocks_would_move_the_moduli():
    """The control: the entry beside each block's diagonal adds to −sin θ."""
    module = filled()
    module.mask.copy_(torch.ones(64, 64).triu(1))
    moduli = torch.linalg.eigvals(module()).abs()
    assert (moduli - 1).abs().max().item() > 0.02


def test_the_schur_form_is_blocks_and_what_is_above_them():
    module = filled(4)
    c, s = module.angles.detach().cos(), module.angles.detach().sin()
    blocks = torch.block_diag(*[torch.tensor([[x, -y], [y, x]]) for x, y in zip(c, s, strict=True)])
    assert torch.allclose(module.schur[:2, :2], blocks[:2, :2].double())
    assert torch.allclose(module.schur[2:, 2:], blocks[2:, 2:].double())
    assert torch.equal(module.schur[:2, 2:], module.upper[:2, 2:])
    assert not module.schur[2:, :2].any()


def test_feeding_forward_holds_more_than_any_normal_matrix():
    """A chain of blocks: past what binding can hold, whose total is 1."""
    module = filled(64, 0.0, gain=0.0)
    with torch.no_grad():
        module.upper.diagonal(2).fill_(1.0)
    source = module.basis.weight.detach()[:, -1]  # T hands on to lower units
    assert fisher_memory(module().detach(), source).total == pytest.approx(
        sum(1 / k for k in range(1, 33))
    )


def test_the_penalty_is_zero_at_the_start_and_counts_what_is_used():
    assert NonNormal(6).penalty().item() == 0
    module = filled(6, gain=1.5)
    with torch.no_grad():
        module.upper.fill_(2.0)
    assert module.penalty(0.1, 0.01).item() == pytest.approx(0.1 * 3 * 0.25 + 0.01 * 12 * 4)


def test_the_cell_computes_what_it_says():
    torch.manual_seed(1)
    x, h = torch.randn(2, 5, 3).double(), torch.randn(5, 8).double()
    for name, function in (("tanh", torch.tanh), ("relu", torch.relu)):
        cell = NonNormalRNNCell(3, 8, nonlinearity=name).double()
        plain = function(x @ cell.source.weight.T + cell.source.bias + h @ cell.recurrence().T)
        assert torch.allclose(cell(x, h), plain)
        assert torch.allclose(cell(x), cell(x, torch.zeros(8).double()))
    assert NonNormalRNNCell(3, 8, bias=False).source.bias is None


def test_modrelu_keeps_signs_and_shifts_sizes():
    layer = ModReLU(4)
    assert layer.bias.abs().max().item() <= 0.01
    with torch.no_grad():
        layer.bias.copy_(torch.tensor([-1.0, -1.0, 0.5, 0.5]))
    found = layer(torch.tensor([[3.0, 0.5, -2.0, 0.0], [-3.0, -0.5, 2.0, 1.0]]))
    assert found.tolist() == [[2, 0, -2.5, 0], [-2, 0, 2.5, 1.5]]


def test_gradients_of_the_cell():
    torch.manual_seed(2)
    cell = NonNormalRNNCell(2, 4).double()
    x, h = torch.randn(3, 2).double(), torch.randn(3, 4).double()
    assert torch.autograd.gradcheck(cell, (x.requires_grad_(), h.requires_grad_()))
    cell(x, cell(x, h)).square().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in cell.parameters())
    assert cell.recurrence.upper.grad.triu(1).any()
    assert not cell.recurrence.upper.grad.tril().any()


def test_a_step_of_descent_keeps_the_basis_orthogonal():
    torch.manual_seed(3)
    cell = NonNormalRNNCell(2, 8).double()
    descent = torch.optim.SGD(cell.parameters(), 0.1)
    (cell(torch.ones(2).double(), torch.ones(8).double()) - 3).square().sum().backward()
    before = cell.recurrence.basis.weight.detach().clone()
    descent.step()
    after = cell.recurrence.basis.weight.detach()
    assert not torch.allclose(before, after)
    assert torch.allclose(after @ after.T, torch.eye(8).double(), atol=1e-9)


def test_states_and_copies():
    cell, other = NonNormalRNNCell(2, 8), NonNormalRNNCell(2, 8)
    other.load_state_dict(cell.state_dict())
    x, h = torch.ones(2), torch.ones(8)
    assert torch.equal(cell(x, h), other(x, h))
    twin = copy.deepcopy(cell)
    with torch.no_grad():
        twin.recurrence.angles.add_(1)
    assert torch.equal(cell(x, h), other(x, h))
    assert not torch.equal(cell(x, h), twin(x, h))
    assert not NonNormal(4, learn_gain=False).gain.requires_grad


def test_errors_of_recurrence():
    fails("features must be even, which 5 is not", lambda: NonNormal(5))
    fails("features must be a whole number of at least 2, not 0", lambda: NonNormal(0))
    fails("gain must be a number, not nan", lambda: NonNormal(4, float("nan")))
    fails("num_features must be a whole number of at least 1, not 0", lambda: ModReLU(0))
    fails("nonlinearity must be one of modrelu, tanh, relu, not 'elu'",
          lambda: NonNormalRNNCell(2, 4, nonlinearity="elu"))  # fmt: skip
    cell, x, h = NonNormalRNNCell(2, 4), torch.ones(3, 2), torch.ones(3, 4)
    fails("NonNormalRNNCell: the input has the shape (3, 4), not (..., 2)", lambda: cell(h))
    fails("NonNormalRNNCell: the hidden state has the shape (3, 2), not (..., 4)",
          lambda: cell(x, x))  # fmt: skip
    x[1, 0] = float("nan")
    fails("NonNormalRNNCell: the input holds NaN or infinity in row 1", lambda: cell(x))
    fails("ModReLU: the input is torch.float64, the layer torch.float32: .to() makes them one",
          lambda: ModReLU(4)(h.double()))  # fmt: skip
