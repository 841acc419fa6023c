"""Layers of vsa.nn and what goes into them, for their tests."""

import numpy as np
import pytest

import vsa
from vsa.algebra.space import Space
from vsa.errors import VsaError

torch = pytest.importorskip("torch")
pytest.importorskip("array_api_compat")

from torch.nn.utils import parametrize  # noqa: E402

import vsa.nn as vnn  # noqa: E402

DIM = 64


@pytest.fixture(params=[DIM, DIM + 1], ids=["even", "odd"])
def space(request):
    return Space(request.param, backend="torch", dtype="float64")


@pytest.fixture
def single():
    return Space(DIM, backend="torch")


def packed(space, *shape, seed=0):
    drawn = np.random.default_rng(seed).standard_normal((*shape, space.dim)) / space.dim**0.5
    return torch.tensor(drawn, dtype=space.backend.real)


def vector(space, tensor):
    """The Vector of a packed tensor, by way of its real components."""
    return vsa.Vector(space, space.algebra.unpack(tensor))


def unitary_vectors(space, start=4):
    vectors = vnn.Vectors(space, start)
    parametrize.register_parametrization(vectors, "weight", vnn.Unitary(space))
    return vectors


LAYERS = {
    "bind": lambda space: (vnn.Bind(space), [(3,), (1,)]),
    "unbind": lambda space: (vnn.Unbind(space), [(3,), (3,)]),
    "superpose": lambda space: (vnn.Superpose(space, normalize=True), [(2, 3)]),
    "cleanup": lambda space: (
        vnn.Cleanup(space, vnn.Vectors(space, 4), 0.3, learn_temperature=True), [(3,)]
    ),
    "unitary": lambda space: (vnn.Unitary(space), [(3,)]),
}  # fmt: skip


def fails(message, call):
    with pytest.raises(VsaError) as error:
        call()
    assert str(error.value) == message
