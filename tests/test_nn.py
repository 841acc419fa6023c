"""Modules of the algebra: what they compute."""

import layers
import numpy as np
import pytest
from layers import DIM, packed, vector
from oracles import convolve
from vsa_plugins.algebras.map import MAPB

import vsa
from vsa.algebra.space import Space

torch = pytest.importorskip("torch")

import vsa.nn as vnn  # noqa: E402

space, single = layers.space, layers.single  # fixtures


def test_bind_is_circular_convolution_of_what_the_packed_tensors_stand_for(space):
    a, b = packed(space, 2)
    bound = vnn.Bind(space)(a, b)
    assert bound.shape == (space.dim,)
    x, y = vector(space, a).numpy(), vector(space, b).numpy()
    assert np.allclose(vector(space, bound).numpy(), convolve(x, y))


def test_unbind_takes_out_what_bind_put_in(space):
    a, key = packed(space, 5), vnn.Unitary(space)(packed(space, 5, seed=1))
    bind, unbind = vnn.Bind(space), vnn.Unbind(space)
    assert torch.allclose(unbind(bind(a, key), key), a)
    assert not torch.allclose(unbind(bind(a, packed(space, 5)), packed(space, 5)), a)
    assert bind(a.reshape(5, 1, -1), key).shape == (5, 5, space.dim)


def test_a_packed_tensor_is_isometric(space):
    a, b = packed(space, 2)
    assert float(a @ b) == pytest.approx(vector(space, a).dot(vector(space, b)))
    assert float(a @ b) == pytest.approx(vector(space, a).numpy() @ vector(space, b).numpy())


def test_superpose_sums_over_the_last_batch_axis(space):
    a, weights = packed(space, 3, 4), torch.rand(3, 4, dtype=torch.float64)
    layer, scaled = vnn.Superpose(space), vnn.Superpose(space, normalize=True)
    assert torch.allclose(layer(a), a.sum(1))
    assert torch.allclose(layer(a, weights), (weights[..., None] * a).sum(1))
    assert torch.allclose(layer(a, weights[0]), (weights[0][:, None] * a).sum(1))
    assert torch.allclose(layer(a[0], weights), (weights[..., None] * a[0]).sum(1))
    assert torch.allclose(scaled(a), a.sum(1) / a.sum(1).norm(dim=-1, keepdim=True))
    assert not scaled(0 * a).any()


def test_superpose_does_as_the_algebra_does():
    """A majority vote where that is the superposition, not a sum."""
    space = Space(DIM, MAPB, backend="torch")
    terms = space.random(5)
    layer = vnn.Superpose(space)
    assert torch.equal(layer(terms).data, terms.bundle().data)
    cleaned = vnn.Cleanup(space, terms)(terms[2])
    assert cleaned.vector.similarity(terms[2]) == pytest.approx(1)


def test_cleanup_is_a_softmax_of_cosines(space):
    items, query = vnn.Vectors(space, 7), packed(space, 2, 3)
    layer = vnn.Cleanup(space, items, temperature=0.5)
    found = layer(query)
    cosines = vector(space, query).reshape(2, 3, 1).similarity(items.vector)
    assert torch.allclose(found.weights, (cosines / 0.5).softmax(-1))
    assert torch.allclose(found.vector, found.weights @ items())
    assert found.vector.shape == (2, 3, space.dim)
    assert torch.allclose(found.weights, layer(3 * query).weights)  # lengths do not matter
    nothing = layer(0 * query).weights
    assert torch.allclose(nothing, torch.full_like(nothing, 1 / 7))


def test_a_cold_cleanup_of_a_memory_finds_what_its_own_cleanup_finds(space):
    memory = vsa.Memory(space)
    names = [f"n{i}" for i in range(30)]
    memory.add(names, 2 * space.batch(names))
    memory.add(["k"], [space.key("k")], kind="key")
    query = vector(space, packed(space, 12)) + space.batch(names[:12])
    layer = vnn.Cleanup(space, memory, temperature=1e-4, kinds="atom")
    found = layer(query)
    assert layer.names == tuple(names)
    best = [layer.names[i] for i in found.weights.argmax(-1).tolist()]
    assert best == list(memory.cleanup(query, kinds="atom").name)
    assert found.vector.similarity(query).shape == (12,)  # a Vector, as the query is
    assert found.vector.norm().tolist() == pytest.approx([2.0] * 12, abs=0.2)  # of their lengths


def test_a_memory_may_be_of_another_backend_and_precision(single):
    plain = Space(DIM)
    memory = vsa.Memory(plain)
    memory.add(["a", "b"], plain.batch(["a", "b"]))
    found = vnn.Cleanup(single, memory)(single.atom("b"))
    assert found.weights.argmax() == 1
    assert float(found.vector.similarity(single.atom("b"))) == pytest.approx(1)


def test_vectors_in_vector_out(single):
    a, b = single.atoms("a", "b")
    packed_b = single.algebra.pack(b.data)
    for layer, expected in ((vnn.Bind(single), a * b), (vnn.Unbind(single), a / b)):
        for given in (b, packed_b):
            found = layer(a, given)
            assert isinstance(found, vsa.Vector)
            assert found.similarity(expected) == pytest.approx(1, abs=1e-6)
    assert isinstance(vnn.Superpose(single)(single.random(3)), vsa.Vector)
    assert vnn.Unitary(single)(a + b).similarity((a + b).unitary()) == pytest.approx(1, abs=1e-6)
