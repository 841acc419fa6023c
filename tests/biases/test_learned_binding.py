"""Learnt binding: fitted from one example, learnt by gradients, rounded, and written as a formula."""

import copy
import math

import pytest
from layers import fails, packed

import vsa
from vsa.algebra.space import Space

torch = pytest.importorskip("torch")
pytest.importorskip("array_api_compat")

import vsa.nn as vnn  # noqa: E402
from benchmarks.biases import learned  # noqa: E402

SPACES = {"hrr": 256, "fhrr": 128, "map-i": 256, "map-c": 256}
LAW = torch.tensor([[-1.0, 1.0, 1.0, 0.0]])


def space_of(name, dtype="float32", dim=None):
    return Space(dim or SPACES[name], algebra=name, backend="torch", dtype=dtype)


def drawn(space, *shape):
    return space.algebra.pack(space.random(shape).data)


@pytest.mark.parametrize("name", SPACES)
def test_one_example_fixes_the_rule_for_symbols_never_seen(name):
    space = space_of(name)
    layer = vnn.LearnedBinding(space, 4, outputs=2)
    a, b, c, d = items = space.random(4)
    found = layer.fit(items, space.stack([b * c / a, a * d]))
    assert [one.probability > 0.999 for one in found] == [True, True]
    sign = 1 if layer.undoes else -1
    assert layer.rounded().tolist() == [[sign, 1, 1, 0], [1, 0, 0, 1]]
    e, f, g, h = others = space.random(4)
    wanted = space.stack([f * g / e, e * h])
    assert (layer(others).similarity(wanted) > 0.98).all()
    assert torch.allclose(
        layer(others, layer.rounded()).similarity(wanted), torch.ones(2), atol=1e-5
    )


def test_formulas_and_shapes():
    space = space_of("hrr")
    layer = vnn.LearnedBinding(space, 3)
    a, b, c = items = space.random(3)
    layer.fit(items, b * c / a)
    assert layer.formula(["a", "b", "c"]) == "b * c / a"
    assert layer(drawn(space, 5, 2, 3)).shape == (5, 2, 1, 256)
    assert isinstance(layer(items), vsa.Vector)
    assert layer(items).shape == (1,)
    assert torch.equal(layer(items.data.new_zeros(()).real + drawn(space, 3)).isfinite(),
                       torch.ones(1, 256, dtype=torch.bool))  # fmt: skip


def test_several_examples_and_most():
    space = space_of("hrr")
    layer = vnn.LearnedBinding(space, 20)
    a = drawn(space, 3, 20)
    law = torch.zeros(1, 20)
    law[0, 3], law[0, 17] = 1, -1
    (found,) = layer.fit(a, layer(a, law), most=2)
    assert layer.rounded().tolist() == law.long().tolist()
    assert found.answers.shape == (3,)


def test_gradients_go_on_from_a_fit():
    space = space_of("hrr", "float64")
    layer = vnn.LearnedBinding(space, 4)
    items = drawn(space, 4)
    y = layer(items, LAW)
    layer.fit(items, y)
    before = torch.cosine_similarity(layer(items), y, dim=-1).item()
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.05)
    for _ in range(50):
        optimizer.zero_grad()
        (1 - torch.cosine_similarity(layer(items), y, dim=-1)).sum().backward()
        optimizer.step()
    assert before < torch.cosine_similarity(layer(items), y, dim=-1).item() <= 1
    assert layer.rounded().tolist() == LAW.long().tolist()


@pytest.mark.parametrize("difference", [0.25, 0.5, 1.0])
def test_the_landscape_is_a_sinc_of_each_exponent(difference):
    """E sim = ∏ sinc(wᵢ − wᵢ*): at a distance of 1 nothing tells in which direction the rule lies."""
    space = space_of("fhrr", dim=1024)
    layer = vnn.LearnedBinding(space, 2)
    items = drawn(space, 64, 2)
    law = torch.tensor([[1.0, 1.0]])
    for moved, power in (
        (torch.tensor([[difference, 0.0]]), 1),
        (torch.tensor([[difference] * 2]), 2),
    ):
        cosine = torch.cosine_similarity(layer(items, law - moved), layer(items, law), dim=-1)
        expected = (math.sin(math.pi * difference) / (math.pi * difference)) ** power
        assert abs(cosine.mean().item() - expected) < 4 / math.sqrt(64 * 1024)


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("dim", [6, 7])
def test_gradients_agree_with_finite_differences(name, dim):
    space = space_of(name, "float64", dim)
    layer = vnn.LearnedBinding(space, 3, 2)
    a = drawn(space, 2, 3).requires_grad_()
    assert torch.autograd.gradcheck(lambda a, *_: layer(a), (a, *layer.parameters()))


def test_a_zero_vector_spoils_no_gradient():
    space = space_of("hrr", "float64")
    layer = vnn.LearnedBinding(space, 2)
    a = torch.stack([drawn(space, 2), torch.zeros(2, 256, dtype=torch.float64)]).requires_grad_()
    layer(a).sum().backward()
    assert a.grad.isfinite().all()


def test_modulus_loss_is_convex_and_zero_at_the_rule():
    space = Space(128, backend="torch", dtype="float64", atoms="gaussian")
    layer = vnn.LearnedBinding(space, 4)
    a = drawn(space, 2, 4)
    y = layer(a, LAW)
    layer.fit(a, y)
    near = layer.modulus_loss(a, y).item()
    with torch.no_grad():
        layer.raw.neg_()  # every exponent turned round
    assert near < 0.01 < layer.modulus_loss(a, y).item()


def test_layers_are_copied_saved_and_moved():
    space = space_of("hrr")
    layer = vnn.LearnedBinding(space, 3)
    twin = copy.deepcopy(layer)
    layer.fit(space.random(3), space.random(()))
    assert not torch.equal(twin.keep, layer.keep)
    twin.load_state_dict(layer.state_dict())
    assert torch.equal(twin.weight, layer.weight)
    assert twin.double()(drawn(twin.space, 3)).dtype == torch.float64


@pytest.mark.parametrize("row", [learned.RULES[2], learned.RULES[7], learned.RULES[-2]])
def test_a_row_of_the_benchmark(row):
    assert row.ours(0) == pytest.approx(float(row.reference), abs=0.02)


@pytest.mark.parametrize("name", ["hrr", "map-i"])
def test_it_compiles_as_one_graph(name):
    space = space_of(name)
    layer = vnn.LearnedBinding(space, 3)
    compiled = torch.compile(layer, backend="aot_eager", fullgraph=True)
    a = drawn(space, 5, 3)
    found = compiled(a)
    assert torch.allclose(found, layer(a), atol=1e-5)
    found.sum().backward()
    assert layer.keep.grad.abs().max() > 0


# --- errors ---------------------------------------------------------------------------------------
def test_errors():
    space = space_of("hrr")
    layer = vnn.LearnedBinding(space, 3, outputs=2)
    a, y = packed(space, 3), packed(space, 2)
    bad = packed(space, 4, 3).to(torch.float32)
    bad[2, 1, 0] = float("nan")
    name = "LearnedBinding"
    fails(f"{name}: a has the shape (2, 256), not (..., 3, 256)", lambda: layer(a[:2]))
    fails(f"{name}: a has the shape (3, 64), not (..., 256)", lambda: layer(a[:, :64]))
    fails(f"{name}: a holds NaN or infinity in row (2, 1)", lambda: layer(bad))
    fails(f"{name}: y has the shape (3, 256), not (..., 2, 256)", lambda: layer.fit(a, a))
    fails(f"{name}: the batches of a and y differ: () and (1,)", lambda: layer.fit(a, y[None]))
    fails(f"{name}: a holds no example: one is enough", lambda: layer.fit(a[None][:0], y[None][:0]))
    fails(f"{name}: names must be 3, not 2", lambda: layer.formula(["a", "b"]))
    fails("output must be a whole number of at most 1, not 2", lambda: layer.formula("abc", 2))
    fails("inputs must be a whole number of at least 1, not 0",
          lambda: vnn.LearnedBinding(space, 0))  # fmt: skip
    wide = vnn.LearnedBinding(space, 13)
    fails("13 items have 1,594,323 patterns, more than 1,000,000: give most=8, the most that are used",
          lambda: wide.fit(packed(space, 13), packed(space)))  # fmt: skip


def test_errors_of_laws():
    other = space_of("map-i")
    fails(
        "a loss of moduli needs fractional powers, which the algebra 'map-i' has not",
        lambda: vnn.LearnedBinding(other, 2).modulus_loss(packed(other, 2), packed(other)),
    )
    vtb = Space(64, algebra="vtb", backend="torch")
    fails(
        "a learnt binding needs binding whose order is free, which the algebra 'vtb' has not; where "
        "order counts an answer can be made of the same items in too many ways: name the order, and "
        "take factors away with / and left_unbind",
        lambda: vnn.LearnedBinding(vtb, 2),
    )
    bits = Space(64, algebra="bsc", backend="torch")
    fails(
        "what is learnt needs gradients, which the algebra 'bsc' has not",
        lambda: vnn.LearnedBinding(bits, 2),
    )
