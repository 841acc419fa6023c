"""Modules of the algebra: what they compute, how they learn, move, copy and load, and their errors."""

import copy
import io
import shutil
import subprocess
import sys

import numpy as np
import pytest
from second_algebra import MAPB

import vsa
from vsa.errors import VsaError
from vsa.space import Space

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


def convolve(x, y):
    """Circular convolution by its definition."""
    d = len(x)
    return np.array([sum(x[k] * y[(j - k) % d] for k in range(d)) for j in range(d)])


# --- what they compute ----------------------------------------------------------------------------
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


LAYERS = {
    "bind": lambda space: (vnn.Bind(space), [(3,), (1,)]),
    "unbind": lambda space: (vnn.Unbind(space), [(3,), (3,)]),
    "superpose": lambda space: (vnn.Superpose(space, normalize=True), [(2, 3)]),
    "cleanup": lambda space: (
        vnn.Cleanup(space, vnn.Vectors(space, 4), 0.3, learn_temperature=True), [(3,)]
    ),
    "unitary": lambda space: (vnn.Unitary(space), [(3,)]),
}  # fmt: skip


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
def unitary_vectors(space, start=4):
    vectors = vnn.Vectors(space, start)
    parametrize.register_parametrization(vectors, "weight", vnn.Unitary(space))
    return vectors


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


# --- state ----------------------------------------------------------------------------------------
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


# --- errors ---------------------------------------------------------------------------------------
def fails(message, call):
    with pytest.raises(VsaError) as error:
        call()
    assert str(error.value) == message


def test_errors_name_the_operand_and_the_mend(single):
    bind, superpose, unitary = vnn.Bind(single), vnn.Superpose(single), vnn.Unitary(single)
    a = packed(single, 3)
    bad = packed(single, 2, 4)
    bad[1, 2, 7] = float("nan")
    other = Space(DIM, backend="torch", seed=1)
    fails(f"Bind: b has the shape (3, 60), not (..., {DIM})", lambda: bind(a, a[:, :60]))
    fails(f"Bind: a has the shape (), not (..., {DIM})", lambda: bind(a[0, 0], a))
    fails("Bind: a is a list, not a tensor or a Vector", lambda: bind([1.0], a))
    fails("Bind: b holds NaN or infinity in row (1, 2)", lambda: bind(a[0], bad))
    fails("Unitary: a holds NaN or infinity in row 2", lambda: unitary(bad[1]))
    fails("Unitary: a holds NaN or infinity", lambda: unitary(bad[1, 2] / 0))
    fails(
        "Bind: batches of shapes (3,) and (2, 4) do not go together",
        lambda: bind(a, packed(single, 2, 4)),
    )
    fails(
        "Bind: a is torch.float64, the layer torch.float32: .to() makes them one",
        lambda: bind(a.double(), a),
    )
    fails(f"Bind: b is of {other!r}, the layer of {single!r}", lambda: bind(a, other.atom("a")))
    fails(f"Superpose: a is one vector: give a batch (..., n, {DIM})", lambda: superpose(a[0]))
    fails(
        "Superpose: the tensor of weights has the shape (2,), not (..., 3)",
        lambda: superpose(a, torch.ones(2)),
    )
    fails(
        "Superpose: the tensor of weights holds NaN or infinity",
        lambda: superpose(a, torch.full((3,), torch.nan)),
    )


def test_a_large_sum_is_no_error(single):
    """The sum that shows NaN may overflow where no number is infinite."""
    huge = torch.full((2, DIM), 3e38)
    assert torch.isfinite(vnn.Superpose(single)(huge, torch.tensor([0.1, 0.1]))).all()


def test_checks_can_be_left_out(single):
    bad = packed(single, 2)
    bad[1, 0] = float("nan")
    found = vnn.Bind(single, check=False)(bad, packed(single, 2))
    assert torch.isfinite(found[0]).all()
    assert not torch.isfinite(found[1]).all()


def test_errors_of_construction(single):
    plain = Space(DIM)
    other = Space(DIM, backend="torch", seed=1)
    memory = vsa.Memory(other)
    fails(
        'Bind computes in torch, not numpy: give it space.like(backend="torch")',
        lambda: vnn.Bind(plain),
    )
    fails("a Space is wanted here, not int", lambda: vnn.Bind(64))
    fails(f"Vectors: the start is of {plain!r}, the layer of {single!r}",
          lambda: vnn.Vectors(single, plain.atom("a")))  # fmt: skip
    fails("a batch cannot have the shape (-1,)", lambda: vnn.Vectors(single, -1))
    nan = vsa.Vector(single, single.atom("a").data * float("nan"))
    fails("Vectors: the start holds NaN or infinity", lambda: vnn.Vectors(single, nan))
    for wrong in (0, -1.0, float("nan"), float("inf"), "hot"):
        fails(f"the temperature must be a number above 0, not {wrong!r}",
              lambda t=wrong: vnn.Cleanup(single, vnn.Vectors(single, 2), t))  # fmt: skip
    fails("items are a Memory, a Vectors module or a Vector, not int",
          lambda: vnn.Cleanup(single, 3))  # fmt: skip
    fails(f"the items are of {other!r}, the layer of {single!r}",
          lambda: vnn.Cleanup(single, memory))  # fmt: skip
    fails("Cleanup takes items of the shape (n,), n ≥ 1, not (0,)",
          lambda: vnn.Cleanup(single, vsa.Memory(single)))  # fmt: skip
    fails("Cleanup takes items of the shape (n,), n ≥ 1, not (2, 2)",
          lambda: vnn.Cleanup(single, vnn.Vectors(single, (2, 2))))  # fmt: skip
    layer = vnn.Vectors(single, 3)
    fails("vectors are float32 or float64, which torch.float16 is not", lambda: layer.half())
    assert layer().dtype == torch.float32  # nothing changed


def test_errors_of_rows(single):
    vectors = vnn.Vectors(single, 3)
    fails("there is no row 3: the rows are 0 to 2", lambda: vectors(torch.tensor([0, 3])))
    fails("there is no row -1: the rows are 0 to 2", lambda: vectors(torch.tensor([0, -1])))
    fails("rows are given by a tensor of whole numbers, not by torch.float32",
          lambda: vectors(torch.tensor([0.0])))  # fmt: skip
    fails("rows are given by a tensor of whole numbers, not by list", lambda: vectors([0]))
    fails("Vectors of the shape (2, 2) have no rows: that takes a batch (n,)",
          lambda: vnn.Vectors(single, (2, 2))(torch.tensor([0])))  # fmt: skip


def test_learnt_items_that_diverged_are_named(single):
    vectors = vnn.Vectors(single, 3)
    layer = vnn.Cleanup(single, vectors)
    with torch.no_grad():
        vectors.weight[1] = float("inf")
    fails(
        "Cleanup: the table of items holds NaN or infinity in row 1",
        lambda: layer(packed(single, 2)),
    )


# --- imports --------------------------------------------------------------------------------------
def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_a_missing_torch_says_how_to_install_it():
    done = run("import sys; sys.modules['torch'] = None; import vsa, vsa.nn")
    last = done.stderr.strip().splitlines()[-1]
    assert last == (
        "vsa.errors.VsaError: vsa.nn needs the package 'torch': pip install \"vsa-algebra[torch]\""
    )
