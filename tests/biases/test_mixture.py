"""Mixtures: of bindings, of dense experts, of softmaxes; and the one that needs no class."""

import copy

import layers
import pytest
from layers import DIM, fails, packed, vector

from vsa.algebra.space import Space

torch = pytest.importorskip("torch")

from vsa_plugins.biases import DenseMixture, MixedCleanup  # noqa: E402

import vsa.nn as vnn  # noqa: E402
from vsa.nn import measures  # noqa: E402

space, single = layers.space, layers.single  # fixtures


# --- bindings -------------------------------------------------------------------------------------
@pytest.mark.parametrize("gates", ["softmax", "sigmoid", "constant"])
def test_a_mixture_is_the_sum_of_its_bindings(space, gates):
    torch.manual_seed(0)
    layer, x = vnn.Mixture(space, 3, gates=gates), packed(space, 2, 4)
    share = layer.gates(x)
    assert share.shape == (2, 4, 3)
    each = vnn.Bind(space)(x[..., None, :], layer.keys())
    assert torch.allclose(layer(x), (share[..., None] * each).sum(-2))
    if gates == "constant":
        assert torch.equal(share, torch.full_like(share, 1 / 3))
        assert [name for name, _ in layer.named_parameters()] == ["keys.weight"]
    else:
        scores = 8 * x @ layer.gate().T
        assert torch.allclose(share, scores.softmax(-1) if gates == "softmax" else scores.sigmoid())
    found = layer(vector(space, x[0]))
    assert found.shape == (4,)
    assert torch.allclose(space.algebra.pack(found.data), layer(x)[0])


def test_with_constant_gates_it_is_one_binding(space):
    layer, x = vnn.Mixture(space, 4, gates="constant"), packed(space, 5)
    assert torch.allclose(layer(x), vnn.Bind(space)(x, layer.keys().mean(0)))


def test_mixing_keys_only_lowers_the_rank_that_one_binding_has():
    space = Space(128, backend="torch", dtype="float64")
    x = torch.nn.functional.normalize(packed(space, 2), dim=-1)

    def rank(experts, gates):
        return measures.spectrum(vnn.Mixture(space, experts, gates=gates), x).effective_rank / 128

    assert rank(1, "constant") == pytest.approx(1)
    assert 0.75 < rank(4, "constant") < 0.95
    assert 0.75 < rank(4, "softmax") < 0.95


def test_linear_maps_in_place_of_bindings(space):
    torch.manual_seed(0)
    layer, x = vnn.Mixture(space, 3, kind="linear"), packed(space, 2, 4)
    each = torch.einsum("koi,bni->bnko", layer.maps, x)
    assert torch.allclose(layer(x), (layer.gates(x)[..., None] * each).sum(-2))
    assert layer.maps.shape == (3, space.dim, space.dim)


def test_gates_choose_the_key_of_a_category():
    """From 100 examples, and rightly so for tokens never seen."""
    space = Space(DIM, backend="torch")
    pack, experts = space.algebra.pack, 3
    names, keys = pack(space.random(experts).data), pack(space.random(experts).data)

    def draw(count):
        kind = torch.arange(count) % experts
        x = torch.nn.functional.normalize(names[kind] + pack(space.random(count).data), dim=-1)
        return x, vnn.Bind(space)(x, keys[kind])

    (x, y), (fresh, wanted) = draw(100), draw(300)
    layer = vnn.Mixture(space, experts)
    descent = torch.optim.Adam(layer.parameters(), lr=0.03)
    for step in range(110):
        rows = torch.arange(32 * step, 32 * step + 32) % 100
        descent.zero_grad()
        (1 - torch.cosine_similarity(layer(x[rows]), y[rows])).mean().backward()
        descent.step()
    # the best one key, which constant gates amount to, has 1 / √3 = .58
    assert torch.cosine_similarity(layer(fresh), wanted).mean().item() > 0.85
    assert torch.equal(layer.gates(names).argmax(-1).sort().values, torch.arange(experts))


@pytest.mark.parametrize("kind", ["bind", "linear"])
@pytest.mark.parametrize("gates", ["softmax", "sigmoid", "constant"])
def test_gradients_of_mixtures(kind, gates):
    space = Space(7, backend="torch", dtype="float64")
    layer, x = vnn.Mixture(space, 2, gates=gates, kind=kind), packed(space, 3).requires_grad_()
    assert torch.autograd.gradcheck(lambda x, *_: layer(x), (x, *layer.parameters()))


def test_mixtures_move_are_copied_saved_and_compiled(single):
    layer, x = vnn.Mixture(single, 3), packed(single, 2)
    twin = copy.deepcopy(layer).double()
    assert twin.space == single.like(dtype="float64")
    assert torch.allclose(twin(x.double()).float(), layer(x), atol=1e-5)
    fresh = vnn.Mixture(single, 3)
    assert not torch.allclose(fresh(x), layer(x), atol=1e-3)
    fresh.load_state_dict(layer.state_dict())
    assert torch.equal(fresh(x), layer(x))
    torch._dynamo.reset()
    graph = torch.compile(layer, fullgraph=True, backend="eager")
    assert torch.allclose(graph(x), layer(x), atol=1e-6)


def test_errors_of_mixtures(single):
    layer, x = vnn.Mixture(single, 3), packed(single, 2)
    x[1, 5] = torch.nan
    fails("Mixture: a holds NaN or infinity in row 1", lambda: layer(x))
    fails("Mixture: a holds NaN or infinity in row 1", lambda: layer.gates(x))
    fails(f"Mixture: a has the shape (2, 5), not (..., {DIM})", lambda: layer(x[:, :5]))
    fails("experts must be a whole number of at least 1, not 0", lambda: vnn.Mixture(single, 0))
    fails("gates must be one of softmax, constant, sigmoid, not 'hard'",
          lambda: vnn.Mixture(single, 2, gates="hard"))  # fmt: skip
    fails("kind must be one of bind, linear, not 'sum'",
          lambda: vnn.Mixture(single, 2, kind="sum"))  # fmt: skip
    fails("sharpness must be a number above 0, not 0",
          lambda: vnn.Mixture(single, 2, sharpness=0))  # fmt: skip
    fails("a mixture needs gradients, which the algebra 'map-b' has not",
          lambda: vnn.Mixture(Space(DIM, "map-b", backend="torch"), 2))  # fmt: skip
    fails("a mixture of bindings needs keys that may be sums, which the algebra 'map-c' has not",
          lambda: vnn.Mixture(Space(DIM, "map-c", backend="torch"), 2))  # fmt: skip


@pytest.mark.parametrize("algebra", ["fhrr", "ghrr", "map-i", "vtb"])
def test_mixtures_of_other_algebras(algebra):
    space = Space(DIM, algebra, backend="torch", dtype="float64")
    layer = vnn.Mixture(space, 3)
    x = space.algebra.pack(space.random(4).data)
    each = vnn.Bind(space)(x[:, None], layer.keys())
    assert torch.allclose(layer(x), (layer.gates(x)[..., None] * each).sum(-2))


# --- dense experts --------------------------------------------------------------------------------
@pytest.mark.parametrize("gates", ["softmax", "constant"])
def test_an_output_is_dead_where_all_experts_are_off(gates):
    """A share 2^−K of singular values is zero; two inputs tell 64 outputs each."""
    torch.manual_seed(0)
    for experts in (1, 2, 3):
        x = torch.randn(20, 64)
        found = measures.spectrum(DenseMixture(64, 64, experts, gates=gates), x)
        wanted = 0.5**experts
        assert found.zero == pytest.approx(
            wanted, abs=4 * (wanted * (1 - wanted) / 1280) ** 0.5 + 0.01
        )


def test_centring_keeps_a_deep_stack_from_one_direction():
    torch.manual_seed(0)
    ranks = []
    for center in (False, True):
        layers = [DenseMixture(48, 48, 8, gates="constant", center=center) for _ in range(10)]
        x = torch.randn(4, 48)
        ranks.append(measures.spectrum(normalised(layers), x).effective_rank)
    assert ranks[0] < 3
    assert ranks[1] > 8


def normalised(layers):
    """A stack whose activations keep their length, as a number for each input."""

    def run(x):
        for layer in layers:
            y = layer(x)
            x = y * (len(x[0]) ** 0.5 / y.detach().norm(dim=-1, keepdim=True))
        return x

    return run


def test_dense_mixtures_are_sums_of_gated_experts():
    torch.manual_seed(0)
    layer = DenseMixture(5, 7, 3, torch.nn.Tanh()).double()
    x = torch.randn(2, 4, 5, dtype=torch.float64)
    each = torch.stack([torch.tanh(x @ w.T) for w in layer.weight], -2)
    assert torch.allclose(layer(x), (layer.gates(x)[..., None] * each).sum(-2))
    assert torch.allclose(layer.gates(x).sum(-1), torch.ones(2, 4, dtype=torch.float64))
    x[1, 2, 0] = torch.nan
    fails("DenseMixture: the input holds NaN or infinity in row (1, 2)", lambda: layer(x))
    fails("DenseMixture: the input has the shape (3,), not (..., 5)", lambda: layer(x[0, 0, :3]))
    fails("out_features must be a whole number of at least 1, not 0",
          lambda: DenseMixture(5, 0, 3))  # fmt: skip
    fails("gates must be one of softmax, constant, not 'none'",
          lambda: DenseMixture(5, 5, 3, gates="none"))  # fmt: skip


# --- softmaxes ------------------------------------------------------------------------------------
def test_one_softmax_has_a_rank_and_a_mixture_has_none():
    """Of log-probabilities: dim + 1 (cosines, and the logarithm of their sum)."""
    torch.manual_seed(0)
    space = Space(8, backend="torch", dtype="float64")
    items, x = vnn.Vectors(space, 40), packed(space, 60)

    def rank(layer):
        return int(torch.linalg.matrix_rank(layer(x).weights.log(), rtol=1e-4))

    assert rank(vnn.Cleanup(space, items, 0.2)) == 9
    assert rank(MixedCleanup(space, items, 1, 0.2)) == 9
    assert rank(MixedCleanup(space, items, 3, 0.2)) > 25


def test_a_mixed_cleanup_is_a_mixture_of_cleanups(space):
    torch.manual_seed(0)
    items = vnn.Vectors(space, 5)
    layer, x = MixedCleanup(space, items, 3, 0.3), packed(space, 2, 4)
    with torch.no_grad():
        layer.gate.normal_()
    found, share = layer(x), layer.gates(x)
    one = vnn.Cleanup(space, items, 0.3)
    weights = sum(share[..., k, None] * one(x @ layer.maps[k].T).weights for k in range(3))
    assert torch.allclose(found.weights, weights)
    assert torch.allclose(found.vector, weights @ items())
    assert layer(vector(space, x)).vector.shape == (2, 4)
    x[1, 0, 3] = torch.inf
    fails("MixedCleanup: a holds NaN or infinity in row (1, 0)", lambda: layer(x))
    fails("parts must be a whole number of at least 1, not 0",
          lambda: MixedCleanup(space, items, 0))  # fmt: skip
    small = Space(5, backend="torch", dtype="float64")
    net, given = MixedCleanup(small, vnn.Vectors(small, 3), 2, 0.5), packed(small, 2)
    assert torch.autograd.gradcheck(lambda *_: net(given).weights, tuple(net.parameters()))


# --- non-local ------------------------------------------------------------------------------------
def test_a_non_local_layer_is_cleanup_with_the_batch_for_its_items(space):
    """Softmax attention of each row over all rows, keys of length 1."""
    x = packed(space, 6)
    found = vnn.Cleanup(space, vector(space, x), 0.1)(x)
    keys = torch.nn.functional.normalize(x, dim=-1)
    wanted = torch.nn.functional.scaled_dot_product_attention(keys, keys, x, scale=10.0)
    assert torch.allclose(found.vector, wanted)
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    moved = vnn.Cleanup(space, vector(space, x[order]), 0.1)(x[order])
    assert torch.allclose(moved.vector, found.vector[order])  # and so it is equivariant
