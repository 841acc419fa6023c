"""Modules of the algebra: how they learn, freely and within the unitary vectors."""

import layers
import numpy as np
import pytest
from layers import DIM, LAYERS, packed, unitary_vectors, vector

import vsa
from vsa.algebra.space import Space

torch = pytest.importorskip("torch")

from torch.nn.utils import parametrize  # noqa: E402

import vsa.nn as vnn  # noqa: E402

space, single = layers.space, layers.single  # fixtures


# --- learnable vectors ----------------------------------------------------------------------------
def test_vectors_hold_exactly_dim_numbers_each(space):
    for start, shape in ((5, (5,)), ((2, 3), (2, 3)), ((), ()), (space.atom("a"), ())):
        vectors = vnn.Vectors(space, start)
        assert vectors.vector.shape == shape
        assert vectors().shape == (*shape, space.dim)
        (parameter,) = vectors.parameters()
        assert parameter.numel() == np.prod(shape) * space.dim
        assert not parameter.is_complex()
    assert vectors.vector.similarity(space.atom("a")).item() == pytest.approx(1)


def test_rows_are_looked_up_as_an_embedding_does(space):
    vectors = vnn.Vectors(space, 6)
    rows = torch.tensor([[0, 5], [2, 2]])
    assert torch.equal(vectors(rows), vectors()[rows])
    vectors(rows).sum().backward()
    assert vectors.weight.grad[:, 0].tolist() == [1, 0, 2, 0, 0, 1]


def test_gradients_reach_vectors_through_operators_and_layers(space):
    vectors = vnn.Vectors(space, 2)
    (vectors.vector[0] * space.atom("k")).dot(vectors.vector[1]).backward()
    by_operators = vectors.weight.grad.clone()
    vectors.zero_grad()
    key = space.algebra.pack(space.atom("k").data)
    (vnn.Bind(space)(vectors()[0], key) @ vectors()[1]).backward()
    assert torch.allclose(vectors.weight.grad, by_operators)
    assert by_operators.abs().max() > 1e-3


def test_what_is_not_to_be_learnt_stays(space):
    fixed = vnn.Vectors(space, 3, learn=False)
    assert not fixed.weight.requires_grad
    assert list(fixed.state_dict()) == ["weight"]
    taken = vnn.Vectors(space, fixed.vector + fixed.vector)
    assert taken.weight.requires_grad
    assert taken.weight.is_leaf


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("dim", [6, 7])
def test_gradients_of_layers_agree_with_finite_differences(name, dim):
    space = Space(dim, backend="torch", dtype="float64")
    layer, shapes = LAYERS[name](space)
    given = [packed(space, *shape, seed=i).requires_grad_() for i, shape in enumerate(shapes)]

    def run(*inputs):
        found = layer(*inputs[: len(shapes)])
        return tuple(found) if isinstance(found, tuple) else found

    assert torch.autograd.gradcheck(run, (*given, *layer.parameters()))


def test_a_learnt_temperature_falls_when_answers_are_right(space):
    items = vnn.Vectors(space, 5, learn=False)
    layer = vnn.Cleanup(space, items, 1.0, learn_temperature=True)
    assert layer.temperature == pytest.approx(1)
    optimizer = torch.optim.SGD(layer.parameters(), lr=1.0)
    for _ in range(20):
        optimizer.zero_grad()
        torch.nn.functional.nll_loss(layer(items()).weights.log(), torch.arange(5)).backward()
        optimizer.step()
    assert 0 < layer.temperature < 0.3
    assert [n for n, p in vnn.Cleanup(space, items).named_parameters() if p.requires_grad] == []


def test_a_network_learns_a_relation(single):
    """The key between pairs is found, by layers among ordinary ones."""
    torch.manual_seed(0)
    pairs = single.random((2, 40))
    items = vnn.Vectors(single, pairs[1], learn=False)

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.key = vnn.Vectors(single)
            self.bind = vnn.Bind(single)
            self.linear = torch.nn.Linear(DIM, DIM)
            self.cleanup = vnn.Cleanup(single, items, 0.1)

        def forward(self, x):
            return self.cleanup(self.linear(self.bind(x, self.key()))).weights

    net, x = Net(), single.algebra.pack(pairs[0].data)
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(100):
        optimizer.zero_grad()
        torch.nn.functional.nll_loss(net(x).log(), torch.arange(40)).backward()
        optimizer.step()
    assert (net(x).argmax(-1) == torch.arange(40)).double().mean() > 0.95


# --- unitary parametrisation ----------------------------------------------------------------------
def moduli(vectors):
    return vectors.vector.data.detach().abs()


def test_parametrised_vectors_stay_unitary_while_they_learn(space):
    vectors, target = (
        unitary_vectors(space, vsa.Vector(space, 3 * space.random(4).data)),
        packed(space, 4),
    )
    before = vectors().detach().clone()
    optimizer = torch.optim.Adam(vectors.parameters(), lr=0.05)
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        losses.append((vectors() - target).square().sum())
        losses[-1].backward()
        optimizer.step()
        assert torch.allclose(moduli(vectors), torch.ones_like(moduli(vectors)))
    assert losses[-1] < 0.8 * losses[0]
    assert (vectors() - before).abs().max() > 1e-2


def test_assigning_to_parametrised_vectors_projects(space):
    vectors = unitary_vectors(space)
    new = packed(space, 4)
    vectors.weight = new
    nearest = vector(space, new).unitary()
    assert torch.allclose(vectors.vector.data, nearest.data)
    free = vectors.parametrizations.weight.original
    assert torch.allclose(free, space.algebra.pack(nearest.data))
    again = vectors().detach().clone()
    vectors.weight = again  # what is unitary already comes back as it is
    assert torch.allclose(vectors(), again)
    # and nothing unitary is nearer
    other = vector(space, packed(space, 4, seed=1)).unitary()
    gap = (vector(space, new) - nearest).norm()
    assert (gap < (vector(space, new) - other).norm()).all()


def test_a_linear_layer_can_be_parametrised(space):
    linear = torch.nn.Linear(space.dim, 3, bias=False, dtype=torch.float64)
    parametrize.register_parametrization(linear, "weight", vnn.Unitary(space))
    assert torch.allclose(
        vector(space, linear.weight).data.abs(), torch.ones(1, dtype=torch.float64)
    )
