"""The Fisher penalty: closed forms, gradients, what it does to learning."""

import pytest
from layers import fails

torch = pytest.importorskip("torch")

from torch.nn.functional import cross_entropy  # noqa: E402
from vsa_plugins.biases import fisher_penalty  # noqa: E402

from vsa.nn import measures  # noqa: E402


def setting(count=6):
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.Tanh(), torch.nn.Linear(5, 3))
    return net.double(), torch.randn(count, 4, dtype=torch.float64), torch.arange(count) % 3


def test_with_labels_it_is_the_squared_gradient():
    net, x, labels = setting()
    slopes = torch.autograd.grad(cross_entropy(net(x), labels), list(net.parameters()))
    wanted = sum(float(slope.square().sum()) for slope in slopes)
    found = fisher_penalty(net(x), net.parameters(), labels=labels)
    assert found.item() == pytest.approx(wanted)


def test_of_one_example_its_expectation_is_the_fisher_trace():
    net, x, _ = setting(1)
    p = net(x).softmax(-1)[0].detach()
    expected = sum(
        float(p[y]) * fisher_penalty(net(x), net.parameters(), labels=torch.tensor([y])).item()
        for y in range(3)
    )
    assert expected == pytest.approx(measures.fisher_trace(net, x))
    generator = torch.Generator().manual_seed(0)
    draws = [fisher_penalty(net(x), net.parameters(), generator).item() for _ in range(400)]
    spread = torch.tensor(draws).std().item()
    assert sum(draws) / 400 == pytest.approx(expected, abs=4 * spread / 20)


def test_it_has_gradients():
    _, x, labels = setting(3)
    weight = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)

    def run(weight):
        return fisher_penalty((x @ weight.T).tanh(), [weight], labels=labels)

    assert torch.autograd.gradcheck(run, (weight,))
    frozen = torch.nn.Linear(4, 3).double()
    frozen.bias.requires_grad_(False)
    fisher_penalty(frozen(x), frozen.parameters(), labels=labels).backward()
    assert frozen.bias.grad is None


def test_errors_of_the_penalty():
    net, x, _ = setting()
    found = net(x)
    fails("fisher_penalty: the logits have the shape (3,), not (n, classes)",
          lambda: fisher_penalty(found[0], net.parameters()))  # fmt: skip
    fails("fisher_penalty: the logits depend on no parameter that learns",
          lambda: fisher_penalty(found.detach(), net.parameters()))  # fmt: skip
    fails("fisher_penalty: the logits depend on no parameter that learns",
          lambda: fisher_penalty(found, []))  # fmt: skip
    x[2] = torch.nan
    fails("fisher_penalty: the table of logits holds NaN or infinity in row 2",
          lambda: fisher_penalty(net(x), net.parameters()))  # fmt: skip
