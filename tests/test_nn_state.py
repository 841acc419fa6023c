"""Modules of the algebra: how they are saved, copied, moved and compiled."""

import copy
import io
import shutil

import layers
import numpy as np
import pytest
from layers import DIM, LAYERS, packed, unitary_vectors

import vsa
from vsa.algebra.space import Space
from vsa.errors import VsaError

torch = pytest.importorskip("torch")

import vsa.nn as vnn  # noqa: E402

space, single = layers.space, layers.single  # fixtures


def network(space):
    vectors = unitary_vectors(space)
    memory = vsa.Memory(space)
    memory.add(["a", "b"], space.batch(["a", "b"]))
    return torch.nn.ModuleDict(
        {
            "bind": vnn.Bind(space),
            "vectors": vectors,
            "cleanup": vnn.Cleanup(space, memory, 0.1),
            "soft": vnn.Cleanup(space, vnn.Vectors(space, 3), 0.1, learn_temperature=True),
        }
    )


def test_state_dicts_load_as_weights_only(space):
    net = network(space)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter += 0.1
    file = io.BytesIO()
    torch.save(net.state_dict(), file)
    file.seek(0)
    fresh = network(space)
    fresh.load_state_dict(torch.load(file, weights_only=True))
    assert torch.equal(fresh["vectors"](), net["vectors"]())
    assert fresh["soft"].temperature == net["soft"].temperature
    assert "_place" not in "".join(net.state_dict())


def test_copies_are_independent(space):
    net = network(space)
    twin = copy.deepcopy(net)
    before = twin["vectors"]().detach().clone()
    with torch.no_grad():
        next(net["vectors"].parameters()).add_(1.0)
    assert torch.equal(twin["vectors"](), before)
    assert not torch.equal(net["vectors"](), before)
    assert twin["vectors"].vector.space == space
    found = twin["bind"](twin["vectors"].vector, space.atom("a"))
    assert found.shape == (4,)


def test_modules_change_precision_with_their_space(single):
    net = network(single)
    a = single.atom("a")
    before = net["bind"](net["vectors"].vector, a).numpy()
    net.double()
    double = Space(DIM, backend="torch", dtype="float64")
    assert net["vectors"]().dtype == torch.float64
    assert net["vectors"].vector.space == double
    after = net["bind"](net["vectors"].vector, double.atom("a"))
    assert np.allclose(after.numpy(), before, atol=1e-6)
    assert net["soft"](after).weights.dtype == torch.float64
    net.float()
    assert net["bind"].space == single


def test_modules_move_to_the_gpu_and_back(single):
    if not torch.cuda.is_available():
        pytest.skip("there is no GPU")
    net = network(single)
    before = net["bind"](net["vectors"](), net["vectors"]()).detach()
    net.to("cuda")
    there = net["vectors"].vector
    assert there.space == Space(DIM, backend="torch:cuda")
    assert there.data.is_cuda
    bound = net["bind"](net["vectors"](), net["vectors"]())
    assert torch.allclose(bound.detach().cpu(), before, atol=1e-5)
    net["soft"](bound).weights.log().sum().backward()
    assert next(net["vectors"].parameters()).grad.is_cuda
    with pytest.raises(VsaError, match=r"^Bind: a is on cpu, the layer on cuda:0: use .to\(\)$"):
        net["bind"](before, before)
    assert copy.deepcopy(net)["bind"](there, there).data.is_cuda
    net.cpu()
    assert net["bind"].space == single
    assert torch.allclose(net["bind"](net["vectors"](), net["vectors"]()), before)


def test_a_space_follows_to_any_device(single):
    """As on a GPU, shown where there is none: torch's device without numbers."""
    layer = vnn.Vectors(single, 3).to("meta")
    assert layer.space == Space(DIM, backend="torch:meta")
    assert layer.vector.data.device.type == "meta"
    back = layer.to_empty(device="cpu")
    assert back.space == single
    back.load_state_dict({"weight": packed(single, 3)})
    assert torch.equal(back(), packed(single, 3))


def test_half_precision_of_autocast_is_raised(single):
    layer = torch.nn.Sequential(torch.nn.Linear(DIM, DIM), vnn.Unitary(single))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert layer(packed(single, 2)).dtype == torch.float32


# --- torch.compile --------------------------------------------------------------------------------
@pytest.mark.skipif(
    not shutil.which("g++") and not shutil.which("clang++"), reason="no C++ compiler"
)
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("name", LAYERS)
def test_layers_compile_in_one_graph(name):
    space = Space(16, backend="torch")
    layer, shapes = LAYERS[name](space)
    torch._dynamo.reset()
    compiled = torch.compile(layer, fullgraph=True)
    results = []
    for run in (layer, compiled):
        given = [packed(space, *shape, seed=i).requires_grad_() for i, shape in enumerate(shapes)]
        found = run(*given)
        found = found.vector if isinstance(found, tuple) else found
        found.square().sum().backward() if name == "bind" else (
            found * packed(space)
        ).sum().backward()
        results.append((found, *(x.grad for x in given)))
    for eager, fused in zip(*results, strict=True):
        assert torch.allclose(eager, fused, atol=1e-6)
