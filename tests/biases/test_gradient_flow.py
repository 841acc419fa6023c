"""Gradient flow of class vectors: its first instant, its equations, its two kinds of gradients."""

import copy

import layers
import pytest
from layers import DIM, fails, packed, vector

from vsa.algebra.space import Space

torch = pytest.importorskip("torch")

from vsa_plugins.biases import FlowClassifier  # noqa: E402

import vsa.nn as vnn  # noqa: E402

space, single = layers.space, layers.single  # fixtures


def normal(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


ITEMS, LABELS, START = normal(10, 32), torch.arange(10) % 5, 0.1 * normal(5, 32, seed=1)


def loss(weight, items=ITEMS, labels=LABELS):
    return torch.nn.functional.cross_entropy(items @ weight.mT, labels)


# --- what it is -----------------------------------------------------------------------------------
def test_the_bundle_of_a_class_is_its_first_instant():
    flow = vnn.gradient_flow(ITEMS, LABELS, 1e-4)
    own = torch.nn.functional.one_hot(LABELS).double()
    bundle = own.T @ ITEMS
    centred = bundle - ITEMS.sum(0) / 5
    assert (torch.cosine_similarity(flow.weight, centred) > 1 - 1e-9).all()
    assert torch.allclose(flow.weight * 10 / 1e-4, centred, atol=1e-2)
    assert torch.allclose(flow.shares * 10 / 1e-4, own - 0.2, atol=1e-3)


def test_it_follows_the_gradient():
    """dW/dt = −∇L, by a difference in time and by many small steps of descent."""
    for time in (0.0, 0.5, 3.0):
        flow, soon = (
            vnn.gradient_flow(ITEMS, LABELS, t, START, steps=200).weight
            for t in (time, time + 1e-5)
        )
        flow = flow.requires_grad_()
        (slope,) = torch.autograd.grad(loss(flow), flow)
        assert torch.allclose((soon - flow) / 1e-5, -slope, atol=1e-4)
    weight = START.clone().requires_grad_()
    for _ in range(1000):
        (slope,) = torch.autograd.grad(loss(weight), weight)
        weight = (weight - 3e-3 * slope).detach().requires_grad_()
    flow = vnn.gradient_flow(ITEMS, LABELS, 3.0, START)
    assert torch.allclose(flow.weight, weight.detach(), atol=5e-3)
    assert torch.allclose(flow.weight, START + flow.shares.T @ ITEMS)


def test_a_long_flow_goes_to_the_largest_margin():
    """Two items apart by a plane half way; a third one, far behind, stops mattering."""
    items = torch.tensor([[1.0, 1.0], [-1.0, 1.0], [3.0, 4.5]], dtype=torch.float64)
    labels = torch.tensor([0, 1, 0])

    def direction(time):
        weight = vnn.gradient_flow(items, labels, time).weight
        return torch.nn.functional.normalize(weight[0] - weight[1], dim=0)

    assert direction(0.01)[0] < 0.8
    assert direction(30.0)[0] > 0.999
    shares = vnn.gradient_flow(items, labels, 30.0).shares
    assert shares[2, 0] < 0.1 * shares[0, 0]  # and the shares tell which


def test_steps_come_from_the_largest_eigenvalue():
    """With as many as a short flow takes a long one breaks; with its own it does not."""
    items = 8 * torch.nn.functional.normalize(normal(25, 64, seed=3), dim=-1)
    labels = torch.arange(25) % 5
    exact = vnn.gradient_flow(items, labels, 60, steps=2000).weight

    def error(**given):
        return float((vnn.gradient_flow(items, labels, 60, **given).weight - exact).norm())

    assert error() < 1e-4 * exact.norm()
    assert error(steps=25) > 1e-3 * exact.norm()


# --- gradients ------------------------------------------------------------------------------------
@pytest.mark.parametrize("time", [0.0, 5.0, 20.0])
def test_both_kinds_of_gradients_agree(time):
    found = []
    for method in ("autograd", "forward"):
        items, start = ITEMS.clone().requires_grad_(), START.clone().requires_grad_()
        t = torch.tensor(time, dtype=torch.float64, requires_grad=True)
        flow = vnn.gradient_flow(items, LABELS, t, start, steps=150, method=method)
        score = flow.weight.sin().sum() + 3 * flow.shares.square().sum()
        found.append((flow.weight, flow.shares, *torch.autograd.grad(score, (items, start, t))))
    for i, (one, other) in enumerate(zip(*found, strict=True)):
        close = 1e-8 if i < 4 else 1e-5  # by time "forward" has the slope, not that of the steps
        assert torch.allclose(one, other, rtol=close, atol=1e-11)


@pytest.mark.parametrize("method", ["autograd", "forward"])
def test_gradients_agree_with_finite_differences(method):
    items, labels, start = normal(3, 2), torch.tensor([0, 1, 1]), normal(2, 2, seed=1)
    given = (items, torch.tensor(1.5, dtype=torch.float64), start)
    for x in given:
        x.requires_grad_()

    steps = 5 if method == "autograd" else 15  # "forward" has the slope at the end of a fine flow

    def run(items, time, start):
        return vnn.gradient_flow(items, labels, time, start, steps=steps, method=method)

    assert torch.autograd.gradcheck(run, given)


def test_the_gradient_by_time_is_that_of_the_loss():
    """∂L/∂T = −⟨∇L_train(W(T)), ∇L⟩."""
    for method in ("autograd", "forward"):
        time = torch.tensor(4.0, dtype=torch.float64, requires_grad=True)
        weight = vnn.gradient_flow(ITEMS, LABELS, time, steps=100, method=method).weight
        score = loss(weight, normal(6, 32, seed=7), torch.arange(6) % 5)
        by_weight, by_time = torch.autograd.grad(score, (weight, time))
        weight = weight.detach().requires_grad_()
        (slope,) = torch.autograd.grad(loss(weight), weight)
        assert by_time.item() == pytest.approx(-float((slope * by_weight).sum()), rel=1e-5)


@pytest.mark.parametrize("method", ["autograd", "forward"])
def test_batches_flow_side_by_side(method):
    items, labels = normal(3, 2, 6, 4), torch.arange(6).repeat(3, 2, 1) % 3
    labels[1] = labels[1].flip(-1)
    start = normal(3, 4, seed=2).requires_grad_()
    flow = vnn.gradient_flow(items, labels, 2, start, steps=20, method=method)
    assert flow.weight.shape == (3, 2, 3, 4)
    assert flow.shares.shape == (3, 2, 6, 3)
    one = vnn.gradient_flow(items[1, 0], labels[1, 0], 2, start, steps=20, method=method)
    assert torch.allclose(one.weight, flow.weight[1, 0])
    flow.weight.sum().backward()
    assert start.grad.shape == (3, 4)


def test_class_vectors_of_vectors_are_vectors(space):
    items, labels = vector(space, packed(space, 6)), torch.arange(6) % 2
    flow = vnn.gradient_flow(items, labels, 1.5)
    assert flow.weight.shape == (2,)
    plain = vnn.gradient_flow(packed(space, 6), labels, 1.5)
    assert torch.allclose(space.algebra.pack(flow.weight.data), plain.weight)
    again = vnn.gradient_flow(items, labels, 0, start=flow.weight)
    assert torch.allclose(again.weight.data, flow.weight.data)


# --- the classifier -------------------------------------------------------------------------------
def test_the_classifier_scores_by_class_vectors(single):
    net, support, query = FlowClassifier(single, 2, time=3), packed(single, 6), packed(single, 4)
    labels = torch.arange(6) % 2
    wanted = query @ vnn.gradient_flow(support, labels, 3.0).weight.T
    assert torch.allclose(net(support, labels, query), wanted, atol=1e-6)
    torch.nn.functional.cross_entropy(net(support, labels, query), labels[:4]).backward()
    assert net.log_time.grad.abs() > 0
    fixed = FlowClassifier(single, 2, time=3, learn_time=False)
    assert not list(fixed.parameters())
    fixed.load_state_dict(net.state_dict())
    assert fixed.time == pytest.approx(3)
    twin = copy.deepcopy(net).double()
    found = twin(support.double(), labels, query.double())
    assert torch.allclose(found.float(), wanted, atol=1e-5)


def test_a_longer_flow_classifies_what_bundles_confuse():
    """Five classes of five under nuisance that all share: the bundle's mistakes are mended."""
    space = Space(DIM, backend="torch")
    generator = torch.Generator().manual_seed(0)

    def draw(*shape):
        return torch.randn(*shape, generator=generator)

    atoms = torch.nn.functional.normalize(draw(60, 5, DIM), dim=-1)
    nuisance = torch.nn.functional.normalize(draw(60, 6, DIM), dim=-1)

    def examples(each):
        labels = torch.arange(5 * each) % 5
        noise = draw(60, 5 * each, 6) @ nuisance + 2 * draw(60, 5 * each, DIM) / DIM**0.5
        return atoms[:, labels] + noise, labels.expand(60, -1)

    (support, labels), (query, wanted) = examples(5), examples(10)
    right = {}
    for time in (0.01, 100.0):
        found = FlowClassifier(space, 5, time)(support, labels, query).argmax(-1)
        right[time] = float((found == wanted).double().mean())
    assert right[100.0] > right[0.01] + 0.1  # .64 and .46 of many episodes


# --- errors ---------------------------------------------------------------------------------------
def test_errors_of_flows(single):
    def flow(items=ITEMS, labels=LABELS, time=1.0, *rest, **given):
        return lambda: vnn.gradient_flow(items, labels, time, *rest, **given)

    bad = ITEMS.clone()
    bad[3, 0] = torch.nan
    fails("gradient_flow: the table of items holds NaN or infinity in row 3", flow(bad))
    fails("gradient_flow: items have the shape (0, 32), not (..., n, dim), n ≥ 1",
          flow(ITEMS[:0], LABELS[:0]))  # fmt: skip
    fails("gradient_flow: labels have the shape (9,), not (10,)", flow(labels=LABELS[1:]))
    fails("gradient_flow: labels are whole numbers in a tensor, not torch.float32",
          flow(labels=LABELS.float()))  # fmt: skip
    fails("gradient_flow: labels hold 4: the classes are 0 to 3", flow(classes=4))
    fails("gradient_flow: labels hold -1: the classes are 0 to 3", flow(labels=LABELS - 1))
    fails("gradient_flow: the start has the shape (4, 32), not (..., 5, 32)",
          flow(start=START[:4]))  # fmt: skip
    fails("time must be a number of at least 0, not -1", flow(time=-1))
    fails("time must be a number of at least 0, not nan", flow(time=torch.tensor(torch.nan)))
    fails("steps must be a whole number of at least 1, not 0", flow(steps=0))
    fails("method must be one of autograd, forward, not 'euler'", flow(method="euler"))
    fails("classes must be a whole number of at least 2, not 1", lambda: FlowClassifier(single, 1))
    fails("time must be a number above 0, not 0", lambda: FlowClassifier(single, 2, 0))
    net, query = FlowClassifier(single, 2), packed(single, 3)
    fails(f"FlowClassifier: query has the shape (3, 5), not (..., {DIM})",
          lambda: net(query, torch.arange(3) % 2, query[:, :5]))  # fmt: skip
