"""Relations apart from items: laws, forms of the softmax, roles, and nets that see nothing else."""

import copy

import layers
import numpy as np
import pytest
from layers import DIM, fails, packed, vector

from vsa import Memory, Space

torch = pytest.importorskip("torch")

from vsa_plugins.biases import CoRelNet, lower  # noqa: E402

import vsa.nn as vnn  # noqa: E402
from benchmarks.biases import relations as benchmark  # noqa: E402
from benchmarks.biases.relation_nets import right, same_shape  # noqa: E402

space, single = layers.space, layers.single  # fixtures
FORMS = {
    "cosines": {},
    "others": {"temperature": 0.5},
    "itself": {"temperature": 0.5, "diagonal": True},
    "level": {"temperature": 0.5, "diagonal": 0.3},
}


# --- laws -----------------------------------------------------------------------------------------
def test_cosines_are_the_similarities_of_the_vectors(space):
    a = packed(space, 2, 3, 4)
    found = vnn.Relations(space)(a)
    items = vector(space, a)
    expected = items.reshape(2, 3, 4, 1).similarity(items.reshape(2, 3, 1, 4))
    assert found.shape == (2, 3, 4, 4)
    assert torch.allclose(found, expected)
    assert torch.allclose(vnn.Relations(space)(items), found)  # a Vector in, numbers out
    nothing = vnn.Relations(space)(torch.cat([a[0, 0], 0 * a[0, 0, :1]]))
    assert not nothing[4].any()  # the zero vector is like none


@pytest.mark.parametrize("form", FORMS)
def test_what_keeps_lengths_changes_no_relation(space, form):
    relations, a = vnn.Relations(space, **FORMS[form]), packed(space, 3, 5)
    found = relations(a)
    key = vnn.Unitary(space)(packed(space, seed=1))
    generator = torch.Generator().manual_seed(0)
    any_map = torch.randn(space.dim, space.dim, dtype=a.dtype, generator=generator)
    rotation = torch.linalg.qr(any_map).Q
    lengths = torch.rand(3, 5, 1, dtype=a.dtype, generator=generator) + 0.5
    for moved in (vnn.Bind(space)(a, key), a @ rotation, lengths * a):
        assert torch.allclose(relations(moved), found)
    assert (relations(a @ any_map) - found).norm() > 0.05 * found.norm()  # any other map does


@pytest.mark.parametrize("form", FORMS)
def test_items_in_another_order_have_their_relations_in_it(space, form):
    relations, a = vnn.Relations(space, **FORMS[form]), packed(space, 3, 5)
    order = torch.tensor([3, 0, 4, 1, 2])
    assert torch.allclose(relations(a[:, order]), relations(a)[:, order][:, :, order])


# --- forms of the softmax -------------------------------------------------------------------------
def test_each_row_is_a_softmax_over_the_other_items(space):
    a = packed(space, 2, 5)
    cosines, found = vnn.Relations(space)(a), vnn.Relations(space, 0.2)(a)
    for i in range(5):
        others = [j for j in range(5) if j != i]
        assert torch.allclose(found[:, i, others], (cosines[:, i, others] / 0.2).softmax(-1))
    assert not found.diagonal(dim1=-2, dim2=-1).any()


def test_the_item_itself_takes_its_row_or_a_given_likeness_stands_for_it(space):
    a = packed(space, 2, 5)
    cosines = vnn.Relations(space)(a)
    itself = vnn.Relations(space, 0.1, diagonal=True)(a)
    assert torch.allclose(itself, (cosines / 0.1).softmax(-1))
    level = vnn.Relations(space, 0.1, diagonal=0.3)(a)
    own = torch.eye(5, dtype=torch.bool)
    assert torch.allclose(level, (torch.where(own, 0.3, cosines) / 0.1).softmax(-1))
    # e^(1/.1) against others of e^0: the row is lost
    assert float(itself.diagonal(dim1=-2, dim2=-1).min()) > 0.9


def test_of_two_items_only_a_likeness_for_nothing_tells_the_same_from_others(space):
    a, b = packed(space, 2)
    same, different = torch.stack([a, a]), torch.stack([a, b])
    others, level = vnn.Relations(space, 0.1), vnn.Relations(space, 0.1, diagonal=0.3)
    assert torch.equal(others(same), others(different))
    assert float(level(same)[0, 0]) < 0.01  # e^(.3/.1) against e^(1/.1)
    assert float(level(different)[0, 0]) > 0.5
    assert float(level(0 * same)[0, 0]) == pytest.approx(1 / (1 + np.exp(-3)))


# --- roles ----------------------------------------------------------------------------------------
def test_unbinding_alone_tells_no_roles_apart(space):
    """It keeps lengths, so each role has the relations of the whole items."""
    a, roles = packed(space, 2, 5), space.random(3)
    found = vnn.Relations(space, roles=roles)(a)
    assert found.shape == (2, 3, 5, 5)
    whole = vnn.Relations(space)(a)
    assert torch.allclose(found, whole[:, None].expand_as(found))


def test_with_a_cleanup_each_role_has_its_own_relations():
    space = Space(256, backend="torch")
    shapes, colours, roles = space.random(20), space.random(20), space.random(2)
    generator = torch.Generator().manual_seed(0)
    shape, colour = torch.randint(3, (2, 8, 6), generator=generator)
    items = shapes[shape] * roles[0] + colours[colour] * roles[1]
    cleanups = [vnn.Cleanup(space, each, 0.05) for each in (shapes, colours)]
    found = vnn.Relations(space, roles=roles, cleanup=cleanups)(items)
    assert found.shape == (8, 2, 6, 6)
    for i, kind in enumerate((shape, colour)):
        same = kind[:, :, None] == kind[:, None]
        assert torch.equal(found[:, i] > 0.5, same)
    memory = Memory(space)
    memory.add([f"shape {i}" for i in range(20)], shapes)
    memory.add([f"colour {i}" for i in range(20)], colours)
    shared = vnn.Relations(space, roles=roles, cleanup=vnn.Cleanup(space, memory, 0.05))(items)
    assert torch.equal(shared > 0.5, found > 0.5)


def test_any_module_may_stand_between(space):
    a, roles = packed(space, 4), vnn.Vectors(space, 2)
    linear = torch.nn.Linear(space.dim, space.dim, bias=False, dtype=torch.float64)
    relations = vnn.Relations(space, roles=roles, cleanup=linear)
    fillers = vnn.Unbind(space)(a, roles()[:, None])
    assert torch.allclose(relations(a), vnn.Relations(space)(linear(fillers)))
    assert {name for name, _ in relations.named_parameters()} == {"roles.weight", "cleanup.weight"}
    relations(a)[0, 0, 1].backward()
    assert roles.weight.grad[0].any()
    assert not roles.weight.grad[1].any()


def test_algebras_of_other_kinds_have_relations_too():
    for name in ("fhrr", "map-b", "bsc", "vtb"):
        space = Space(256, name, backend="torch")
        role, items = space.random(1), space.random(4)
        found = vnn.Relations(space, roles=role)(items[[0, 1, 0]] * items[2:3])
        assert found.shape == (1, 3, 3)
        assert float(found[0, 0, 2]) == pytest.approx(1, abs=1e-5)
        assert abs(float(found[0, 0, 1])) < 0.4


# --- as modules -----------------------------------------------------------------------------------
def everything(space):
    items = vnn.Vectors(space, 3)
    return vnn.Relations(space, 0.3, vnn.Vectors(space, 2), vnn.Cleanup(space, items, 0.4))


@pytest.mark.parametrize("dim", [6, 7])
def test_gradients_agree_with_finite_differences(dim):
    space = Space(dim, backend="torch", dtype="float64")
    a = packed(space, 2, 3).requires_grad_()
    for form in FORMS.values():
        assert torch.autograd.gradcheck(vnn.Relations(space, **form), (a,))
    layer = everything(space)
    assert torch.autograd.gradcheck(lambda x, *_: layer(x), (a, *layer.parameters()))
    net = CoRelNet(space, 3, 2, hidden=4)
    assert torch.autograd.gradcheck(lambda x, *_: net(x), (a, *net.parameters()))


def test_copies_states_and_precision(single):
    net = CoRelNet(single, 3, 2, roles=vnn.Vectors(single, 2), cleanup=everything(single).cleanup)
    a = packed(single, 4, 3)
    before = net(a)
    twin = copy.deepcopy(net)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.mul_(1.5)
    assert torch.equal(twin(a), before)
    assert not torch.allclose(net(a), before)
    twin.load_state_dict(net.state_dict())
    assert torch.equal(twin(a), net(a))
    twin.to(torch.float64)
    assert twin.relations.space == Space(DIM, backend="torch", dtype="float64")
    assert torch.allclose(twin(a.double()).float(), net(a), atol=1e-5)


def test_it_compiles_in_one_graph():
    space = Space(16, backend="torch")
    layer, a = everything(space), packed(space, 2, 3)
    torch._dynamo.reset()
    compiled = torch.compile(layer, fullgraph=True, backend="aot_eager")
    results = []
    for run in (layer, compiled):
        x = a.clone().requires_grad_()
        found = run(x)
        found.square().sum().backward()
        results.append((found, x.grad))
    for eager, fused in zip(*results, strict=True):
        assert torch.allclose(eager, fused, atol=1e-6)


# --- a net that sees nothing else -------------------------------------------------------------------
def test_below_the_diagonal_row_by_row():
    r = torch.arange(32).reshape(2, 4, 4)
    assert lower(r)[0].tolist() == [4, 8, 9, 12, 13, 14]
    assert lower(r, diagonal=True)[0].tolist() == [0, 4, 5, 8, 9, 10, 12, 13, 14, 15]
    assert lower(r).shape == (2, 6)
    fails("lower takes relations (..., n, n), not of the shape (3, 4)", lambda: lower(r[0, :3]))
    fails("lower takes relations (..., n, n), not of the shape ()", lambda: lower([[1.0]]))


def test_the_net_is_a_perceptron_over_the_relations(space):
    a = packed(space, 5, 4)
    cosines = CoRelNet(space, 4, 3, temperature=None)
    assert torch.allclose(cosines(a), cosines.answer(lower(vnn.Relations(space)(a))))
    assert cosines(a).shape == (5, 3)
    others = CoRelNet(space, 4, 3, diagonal=False)
    off = ~torch.eye(4, dtype=torch.bool)
    seen = vnn.Relations(space, 0.1)(a)[:, off]
    assert seen.shape == (5, 12)
    assert torch.allclose(others(a), others.answer(seen))
    default = CoRelNet(space, 4, 3)
    every = vnn.Relations(space, 0.1, diagonal=0.3)(a).flatten(-2)
    assert torch.allclose(default(a), default.answer(every))
    by_role = CoRelNet(space, 4, 3, 7, roles=space.random(2))
    assert by_role.answer[0].weight.shape == (7, 2 * 16)
    assert by_role(a[0]).shape == (3,)


def test_the_net_cannot_tell_old_objects_from_new_ones(space):
    """Bound with a unitary vector, objects are others, with the relations that they had."""
    net, a = CoRelNet(space, 4, 3), packed(space, 5, 4)
    moved = vnn.Bind(space)(a, vnn.Unitary(space)(packed(space, seed=1)))
    assert torch.allclose(net(moved), net(a))
    assert not torch.allclose(moved, a, atol=0.1)


def test_what_it_learns_of_five_objects_holds_for_all_others():
    """Match to sample: a net that sees the items beside their relations answers by them, at chance."""
    assert right("softmax", "match to sample", 95, 0, steps=200) > 0.97
    assert right("leak", "match to sample", 95, 0, steps=200) < 0.7


def test_with_noisy_looks_its_own_cosine_takes_a_row():
    """The net of rows that hold it finds nothing there: the same object is alike by only .5."""
    task = "distribution of three"
    assert right("softmax", task, 95, 0, steps=120, noise=1.0) > 0.97
    assert right("itself", task, 95, 0, steps=120, noise=1.0) < 0.6


def test_rows_of_the_benchmark():
    """Of each table the cheapest, as it makes it; reference .754 with a standard error of .007."""
    assert same_shape("whole", 256, 0) == pytest.approx(0.754, abs=0.03)
    unbound = same_shape("unbound", 256, 0)
    assert unbound == pytest.approx(same_shape("whole", 256, 0), abs=0.001)
    assert same_shape("cleaned up", 256, 0) > 0.999
    assert right("softmax", "same/different", 98, 0) > 0.99
    assert right("cosines", "same/different", 95, 0, steps=400, noise=1.0) > 0.99
    assert len({table.__name__ for table in benchmark.TABLES}) == 3


# --- errors ---------------------------------------------------------------------------------------
def test_errors_of_operands(single):
    relations, a = vnn.Relations(single, 0.1), packed(single, 3)
    fails(f"Relations: a is one vector: give a batch (..., n, {DIM})", lambda: relations(a[0]))
    fails("Relations: a has too few items, 1: give at least 2", lambda: relations(a[:1]))
    fails(
        "Relations: a has too few items, 0: give at least 1", lambda: vnn.Relations(single)(a[:0])
    )
    fails(f"Relations: a has the shape (3, 60), not (..., {DIM})", lambda: relations(a[:, :60]))
    a[1, 0] = float("nan")
    fails("Relations: a holds NaN or infinity in row 1", lambda: relations(a))
    fails("Relations: a holds NaN or infinity in row (0, 1)", lambda: relations(a[None]))
    net = CoRelNet(single, 4, 2)
    fails("CoRelNet: a has 3 items, not 4", lambda: net(packed(single, 3)))
    short = vnn.Relations(single, cleanup=torch.nn.Linear(DIM, 5))
    fails(f"Relations: what is cleaned up has the shape (3, 5), not (..., {DIM})",
          lambda: short(packed(single, 3)))  # fmt: skip


def test_errors_of_construction(single):
    other, two = Space(DIM, backend="torch", seed=1), single.random(2)
    cleanup = vnn.Cleanup(single, two)
    for wrong in (0, -1.0, float("nan"), "hot", True):
        fails(f"the temperature must be a number above 0, not {wrong!r}",
              lambda t=wrong: vnn.Relations(single, t))  # fmt: skip
    fails("diagonal must be a number in [-1, 1], not 2", lambda: vnn.Relations(single, diagonal=2))
    fails("roles must be a Vectors module or a Vector, not 3",
          lambda: vnn.Relations(single, roles=3))  # fmt: skip
    fails(f"Relations: the roles are of {other!r}, the layer of {single!r}",
          lambda: vnn.Relations(single, roles=vnn.Vectors(other, 2)))  # fmt: skip
    fails("Relations takes roles of the shape (k,), k ≥ 1, not ()",
          lambda: vnn.Relations(single, roles=single.atom("a")))  # fmt: skip
    fails("Relations takes roles of the shape (k,), k ≥ 1, not (0,)",
          lambda: vnn.Relations(single, roles=vnn.Vectors(single, 0)))  # fmt: skip
    fails("cleanup must be a module, or one for each role in a list, not 3",
          lambda: vnn.Relations(single, cleanup=3))  # fmt: skip
    fails(f"Relations: the cleanup is of {other!r}, the layer of {single!r}",
          lambda: vnn.Relations(single, cleanup=vnn.Cleanup(other, other.random(2))))  # fmt: skip
    fails("Relations takes a cleanup for each role, not 3 for 2 roles",
          lambda: vnn.Relations(single, roles=two, cleanup=[cleanup] * 3))  # fmt: skip
    fails("Relations takes a cleanup for each role, not 2 for no roles",
          lambda: vnn.Relations(single, cleanup=[cleanup] * 2))  # fmt: skip
    sparse = Space(DIM, "bsdc-cdt", backend="torch")
    fails("relations by role needs unbinding, which the algebra 'bsdc-cdt' has not",
          lambda: vnn.Relations(sparse, roles=sparse.random(2)))  # fmt: skip
    fails("items must be a whole number of at least 2, not 1", lambda: CoRelNet(single, 1, 2))
    fails("out_features must be a whole number of at least 1, not 0",
          lambda: CoRelNet(single, 3, 0))  # fmt: skip
    fails("hidden must be a whole number of at least 1, not 0",
          lambda: CoRelNet(single, 3, 2, 0))  # fmt: skip
    fails("CoRelNet: a softmax over 1 other item is 1: give diagonal a number",
          lambda: CoRelNet(single, 2, 2, diagonal=False))  # fmt: skip
    assert "temperature=0.1, diagonal=0.3" in repr(CoRelNet(single, 2, 2))
