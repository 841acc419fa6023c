"""NAC and NALU: their equations, and what they are refused."""

import pytest
from layers import fails

torch = pytest.importorskip("torch")

from vsa_plugins.biases import NAC, NALU  # noqa: E402
from vsa_plugins.biases.arithmetic import drawn  # noqa: E402

from benchmarks.biases.learned import NUMBERS  # noqa: E402


def test_a_nac_adds_and_subtracts_and_scales_nothing():
    torch.manual_seed(0)
    nac = NAC(3, 1).double()
    x = torch.randn(5, 3, dtype=torch.float64)
    weight = torch.tanh(nac.raw) * torch.sigmoid(nac.keep)
    assert torch.allclose(nac(x), x @ weight.T)
    assert (nac.weight.abs() < 1).all()
    with torch.no_grad():
        nac.raw.copy_(torch.tensor([[20.0, -20.0, 0.0]]))
        nac.keep.fill_(40)
    assert torch.allclose(nac(x)[:, 0], x[:, 0] - x[:, 1])


@pytest.mark.parametrize("gate", ["input", "free"])
@pytest.mark.parametrize("shared", [True, False])
def test_a_nalu_is_its_equation(shared, gate):
    torch.manual_seed(0)
    nalu = NALU(3, 2, shared=shared, gate=gate).double()
    x = torch.randn(4, 3, dtype=torch.float64)
    g = torch.sigmoid(x @ nalu.gate.T if gate == "input" else nalu.gate)
    added = x @ nalu.add.weight.T
    multiplied = torch.exp(torch.log(x.abs() + 1e-7) @ nalu.multiply.weight.T)
    assert torch.allclose(nalu(x), g * added + (1 - g) * multiplied)
    assert (nalu.add is nalu.multiply) == shared
    assert torch.autograd.gradcheck(lambda x: nalu(x), x.requires_grad_())


def test_a_nalu_knows_no_signs():
    """Its product is a modulus: that of −2 and 3 is what that of 2 and 3 is."""
    nalu = NALU(2, 1).double()
    with torch.no_grad():
        nalu.add.raw.fill_(20)
        nalu.add.keep.fill_(40)
        nalu.gate.copy_(torch.tensor([[-50.0, -50.0]]))
    x = torch.tensor([[2.0, 3.0], [-2.0, 3.0]], dtype=torch.float64)
    assert torch.allclose(nalu(x)[:, 0], torch.tensor([6.0, 6.0], dtype=torch.float64))


def test_the_start_keeps_the_variance():
    torch.manual_seed(0)
    weight = torch.tanh(drawn(400, 600)) * torch.sigmoid(drawn(400, 600))
    assert weight.var().item() == pytest.approx(2 / 1000, rel=0.03)


def test_a_row_of_the_benchmark_with_few_steps():
    """A difference is learnt: far less is left than of its spread, which one that says the mean leaves."""
    row = NUMBERS[1].ours
    assert row(0, steps=600) < 0.3


def test_errors():
    x = torch.ones(2, 3)
    fails("NAC: the input has the shape (2, 3), not (..., 4)", lambda: NAC(4, 1)(x))
    fails(
        "NAC: the input holds NaN or infinity in row 1",
        lambda: NAC(3, 1)(x.log() / x.new_tensor([[1], [0]])),
    )
    fails("NAC: the input is torch.float64, the layer torch.float32: .to() makes them one",
          lambda: NALU(3, 1)(x.double()))  # fmt: skip
    fails("NALU: gate must be input or free, not 'none'", lambda: NALU(3, 1, gate="none"))
