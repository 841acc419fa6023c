"""Sums of products of torch's rows by the loop in C: where no gradient flows, and only there."""

import compiled
import numpy as np
import pytest

import vsa
from vsa.algebra import fused
from vsa.algebra.vector import Vector

torch = pytest.importorskip("torch")
pytest.importorskip("array_api_compat")

build, loop = compiled.build, compiled.loop
pytestmark = pytest.mark.filterwarnings(
    "ignore:`torch.jit:DeprecationWarning"
)  # torch's own use, too
NEAR = {"float32": 1e-6, "float64": 1e-14}


@pytest.fixture
def asked(loop, monkeypatch):
    """What the loop said whenever it was asked for a sum."""
    said = []

    class Watched:
        def __getattr__(self, name):
            return getattr(loop, name)

        def sum_of_products(self, *arguments):
            said.append(loop.sum_of_products(*arguments))
            return said[-1]

    monkeypatch.setattr(fused, "LOOP", Watched())
    return said


@pytest.mark.parametrize("dtype", NEAR)
@pytest.mark.parametrize("shapes", [[()] * 5, [(3, 5), (5,), (), (3, 1), (1, 5)]])
@pytest.mark.parametrize("normalize", [False, True])
def test_torch_has_what_numpy_has(asked, dtype, shapes, normalize):
    found = []
    for backend in ("numpy", "torch"):
        space = vsa.Space(33, backend=backend, dtype=dtype)
        a, b, c, d, start = map(space.random, shapes)
        found.append(vsa.bundle_bound([a, b], [c, d], start, normalize).numpy())
    assert np.abs(found[0] - found[1]).max() < NEAR[dtype]
    assert asked == [True, True]


def bundle(space):
    """Σ of a learnt row, bound with a key, and a pair that is not learnt: of the numbers of the first."""
    key, b, c = space.atoms("key", "b", "c")
    pack, unpack = space.algebra.pack, space.algebra.unpack

    def total(numbers):
        learnt = Vector(space, unpack(numbers))
        return pack(vsa.bundle_bound([key, b], [learnt, c], normalize=True).data)

    return total, pack(space.random().data)


def test_gradients_flow_past_it(asked):
    """Whatever a tensor is told of them by."""
    space = vsa.Space(9, backend="torch", dtype="float64")
    total, numbers = bundle(space)
    assert torch.autograd.gradcheck(total, (numbers.clone().requires_grad_(),))
    wanted = torch.autograd.functional.jacobian(total, numbers)
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(numbers, numbers)
        found = torch.autograd.forward_ad.unpack_dual(total(dual)).tangent
        assert torch.allclose(found, wanted @ numbers)
    assert not asked
    with torch.no_grad():
        plain = total(numbers.clone().requires_grad_())
    assert asked == [True]
    for transform in (torch.func.jacrev, torch.func.jacfwd):
        assert torch.allclose(transform(total)(numbers), wanted)
    assert torch.allclose(torch.func.vmap(total)(torch.stack([numbers, -numbers]))[0], plain)
    assert asked == [True]


def test_what_is_traced_has_no_part_in_it(asked):
    """A graph that was made of some numbers would have theirs for ever."""
    space = vsa.Space(9, backend="torch", dtype="float64")
    total, numbers = bundle(space)
    traced = torch.jit.trace(total, (numbers,), check_trace=False)
    other = space.algebra.pack(space.random().data)
    assert torch.allclose(traced(other), total(other))
    assert asked == [True]  # of the last alone
