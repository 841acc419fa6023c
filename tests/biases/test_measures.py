"""Measures: each by an identity that holds exactly, and in the words of its errors."""

import math

import layers
import pytest
from layers import fails, packed

from vsa.algebra.space import Space

torch = pytest.importorskip("torch")

import vsa.nn as vnn  # noqa: E402
from vsa.nn import measures  # noqa: E402

single = layers.single  # a fixture
DIM = 64


@pytest.fixture
def space():
    return Space(DIM, backend="torch", dtype="float64")


def normal(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def bound_with(space, key):
    bind = vnn.Bind(space)
    return lambda x: bind(x, key)


def unitary(space, seed=1):
    return vnn.Unitary(space)(packed(space, seed=seed))


# --- Jacobians ------------------------------------------------------------------------------------
def test_binding_with_a_unitary_key_is_an_isometry(space):
    turned = bound_with(space, unitary(space))
    found = measures.spectrum(turned, packed(space, 3))
    assert found.values.shape == (3, DIM)
    assert torch.allclose(found.values, torch.ones_like(found.values))
    assert found.effective_rank == pytest.approx(DIM)
    assert (found.zero, found.small()) == (0, 0)
    assert measures.geometric_complexity(turned, packed(space, 3)) == pytest.approx(DIM)


def test_of_a_linear_map_the_measures_are_those_of_its_matrix():
    linear, x = torch.nn.Linear(5, 8).double(), normal(4, 5)
    weight = linear.weight.detach()
    assert measures.geometric_complexity(linear, x) == pytest.approx(float(weight.square().sum()))
    found = measures.spectrum(linear, x)
    assert torch.allclose(found.values, torch.linalg.svdvals(weight).expand(4, 5))
    assert found.effective_rank == pytest.approx(float(measures.effective_rank(weight)))
    assert linear.weight.grad is None


def test_a_jacobian_is_of_all_that_follows_the_first_axis():
    """Not of each position by itself: a module may relate them."""
    mixed = normal(6, 6)
    found = measures.spectrum(lambda x: (x.flatten(1) @ mixed).reshape(x.shape), normal(2, 2, 3))
    assert torch.allclose(found.values, torch.linalg.svdvals(mixed).expand(2, 6))


def test_dead_units_are_zero_singular_values():
    x = torch.tensor([[1.0, 2.0, -1.0, -2.0], [1.0, 1.0, 1.0, -1.0]])
    found = measures.spectrum(torch.nn.ReLU(), x)
    assert found.zero == 3 / 8
    assert found.effective_rank == pytest.approx((2 + 3) / 2)
    scaled = measures.spectrum(lambda x: x * torch.tensor([1.0, 0.5, 0.04, 1e-9]), x)
    assert (scaled.zero, scaled.small(), scaled.small(0.5)) == (0.25, 0.5, 0.75)


def test_a_hard_cleanup_is_constant_around_its_items(space):
    items = vnn.Vectors(space, 20, learn=False)
    near = items() + 0.3 * packed(space, 20)
    hard, soft = (
        measures.geometric_complexity(vnn.Cleanup(space, items, t), near) for t in (0.02, 0.5)
    )
    assert hard < 1e-9
    assert soft > 1e-3


def test_outputs_that_do_not_depend_on_an_input_have_zero_rows():
    assert measures.geometric_complexity(lambda x: x[:, :1] * 2, normal(3, 4)) == pytest.approx(4)
    both = measures.spectrum(lambda x: torch.stack([x[:, 0], 0 * x[:, 0]], 1), normal(3, 4))
    assert both.zero == 0.5


# --- matrices -------------------------------------------------------------------------------------
def test_effective_rank_counts_equal_singular_values():
    for rank in (1, 3, 6):
        left, _ = torch.linalg.qr(normal(8, rank))
        right, _ = torch.linalg.qr(normal(6, rank, seed=1))
        assert float(measures.effective_rank(5 * left @ right.T)) == pytest.approx(rank)
    batch = torch.stack([torch.eye(3), torch.zeros(3, 3)])
    assert measures.effective_rank(batch).tolist() == pytest.approx([3, 0])


def test_effective_rank_is_of_singular_values_not_their_squares():
    shares = torch.tensor([2 / 3, 1 / 3])
    entropy = -float((shares * shares.log()).sum())
    found = measures.effective_rank(torch.diag(torch.tensor([4.0, 2.0])))
    assert float(found) == pytest.approx(math.exp(entropy))


@pytest.mark.parametrize(("length", "published"), [(1, 51.0), (4, 31.6), (16, 10.5)])
def test_chains_of_maps_lose_rank_and_chains_of_bindings_none(length, published, space):
    ranks = []
    for seed in range(8):
        chain = torch.eye(DIM, dtype=torch.float64)
        for step in range(length):
            chain = normal(DIM, DIM, seed=100 * seed + step) @ chain / 8
        ranks.append(float(measures.effective_rank(chain)))
    ranks = torch.tensor(ranks)
    # theirs is of one or a few draws, so that its own spread comes in as well
    assert float(ranks.mean()) == pytest.approx(published, abs=3 * float(ranks.std()))
    x = torch.eye(DIM, dtype=torch.float64)
    for step in range(length):
        x = vnn.Bind(space)(x, unitary(space, step))
    assert float(measures.effective_rank(x)) == pytest.approx(DIM)


# --- kernels and classes --------------------------------------------------------------------------
def test_alignment_is_1_of_the_labels_own_kernel_and_near_0_of_any_other():
    labels = torch.arange(60) % 4
    same = (labels[:, None] == labels).double()
    for kernel in (same, 3 * same + 2, same - 1):
        assert float(measures.alignment(kernel, labels)) == pytest.approx(1)
    assert float(measures.alignment(1 - same, labels)) == pytest.approx(-1)
    x = normal(200, 60, 5)
    random = measures.alignment(x @ x.mT, labels)
    assert random.shape == (200,)
    # traces are in common: tr E K · tr Y / (59 |K| |Y|), K of Wishart's distribution
    wanted = 45 * 5 / (15 * 3**0.5 * (59 * 5 * (59 + 5 + 1)) ** 0.5)
    error = float(random.std()) / 200**0.5
    assert float(random.mean()) == pytest.approx(wanted, abs=4 * error)
    assert wanted < 0.07
    plain = measures.alignment(torch.ones(60, 60), labels, center=False)
    assert float(plain) == pytest.approx(1 / 4**0.5)


def test_classes_are_separable_by_their_bundles(space):
    atoms = space.algebra.pack(space.random(3).data)
    labels = torch.arange(60) % 3
    near = atoms[labels] + packed(space, 60)
    assert measures.class_separability(near, labels) == 1
    assert measures.class_separability(near.reshape(60, 2, 32), 7 * labels - 3) == 1
    shuffled = torch.arange(60) // 20
    assert measures.class_separability(near, shuffled) < 0.7
    assert (
        measures.class_separability(torch.eye(2)[[0, 1, 0, 0]], torch.tensor([0, 0, 1, 1])) == 0.75
    )


# --- Fisher trace ---------------------------------------------------------------------------------
def test_the_fisher_trace_of_softmax_regression_has_a_closed_form():
    linear, x = torch.nn.Linear(6, 4, bias=False).double(), 3 * normal(7, 6)
    p = linear(x).softmax(-1).detach()
    wanted = (x.square().sum(-1) * (1 - p.square().sum(-1))).mean()
    assert measures.fisher_trace(linear, x) == pytest.approx(float(wanted))
    many = x[:1].expand(1000, 6)
    one = measures.fisher_trace(linear, x[:1])
    drawn = measures.fisher_trace(linear, many, exact=False, generator=torch.Generator())
    each = x[0].square().sum() * (torch.eye(4) - p[0]).square().sum(-1)
    error = float((p[0] @ (each - one) ** 2 / 1000).sqrt())
    assert drawn == pytest.approx(one, abs=4 * error)
    assert linear.weight.grad is None


def test_the_fisher_trace_of_a_cleanup_falls_with_its_temperature(space):
    items = vnn.Vectors(space, 5)
    found = [
        measures.fisher_trace(vnn.Cleanup(space, items, t), packed(space, 6)) for t in (0.2, 2, 20)
    ]
    assert found[0] > 10 * found[1]
    assert found[1] == pytest.approx(100 * found[2], rel=0.1)  # flat weights: as 1 / T²


# --- symmetries -----------------------------------------------------------------------------------
def test_layers_have_the_symmetries_of_their_laws(space):
    a, b = packed(space, 2, 5)
    key = unitary(space)
    bind, superpose = vnn.Bind(space), vnn.Superpose(space)
    turned = bound_with(space, key)
    assert measures.equivariance(bind, (a, b), lambda a, b: (b, a)) < 1e-12  # commutative
    assert measures.equivariance(bind, (a, b), lambda a, b: (turned(a), b), turned) < 1e-12
    assert measures.equivariance(superpose, a, lambda x: x.flip(-2)) < 1e-12
    assert measures.equivariance(superpose, a, turned, turned) < 1e-12
    linear = torch.nn.Linear(DIM, DIM, bias=False).double()
    assert measures.equivariance(linear, a, turned, turned) == pytest.approx(2**0.5, rel=0.15)


def test_a_cleanup_whose_items_are_bound_too_gives_the_same_weights(space):
    def weights(x, items):
        return vnn.Cleanup(space, layers.vector(space, items), 0.3)(x).weights

    a, items = packed(space, 2, 5)
    turned = bound_with(space, unitary(space))
    assert measures.equivariance(weights, (a, items), lambda *two: tuple(map(turned, two))) < 1e-12
    assert measures.equivariance(weights, (a, items), lambda x, items: (turned(x), items)) > 0.1


def test_a_convolution_is_equivariant_and_invariant_only_after_pooling():
    def shift(x):
        return x.roll(3, -1)

    x = normal(4, 1, 16)
    circular = torch.nn.Conv1d(1, 3, 5, padding=2, padding_mode="circular").double()
    padded = torch.nn.Conv1d(1, 3, 5, padding=2).double()
    padded.load_state_dict(circular.state_dict())
    assert measures.equivariance(circular, x, shift, shift) < 1e-12
    assert measures.equivariance(circular, x, shift) > 0.5
    assert measures.equivariance(lambda x: circular(x).mean(-1), x, shift) < 1e-12
    assert measures.equivariance(padded, x, shift, shift) > 0.05


# --- errors ---------------------------------------------------------------------------------------
def test_errors_name_the_measure_and_the_operand():
    net, x = torch.nn.Linear(3, 2), torch.zeros(4, 3)
    bad = x.clone()
    bad[2, 1] = torch.nan
    labels = torch.tensor([0, 1, 0, 1])
    fails("spectrum: the input is a list, not a tensor", lambda: measures.spectrum(net, [1.0]))
    fails("spectrum: the input has the shape (0, 3), not of a batch of rows",
          lambda: measures.spectrum(net, x[:0]))  # fmt: skip
    fails("geometric_complexity: the input holds NaN or infinity in row 2",
          lambda: measures.geometric_complexity(net, bad))  # fmt: skip
    fails("spectrum: the output has no gradient with respect to the inputs",
          lambda: measures.spectrum(lambda x: x.detach(), x))  # fmt: skip
    fails("spectrum: 4 inputs gave 1 outputs: one each is wanted",
          lambda: measures.spectrum(lambda x: x[:1], x))  # fmt: skip
    fails("effective_rank: the matrix has the shape (3,), not of a matrix",
          lambda: measures.effective_rank(x[0]))  # fmt: skip
    fails("effective_rank: the matrix holds NaN or infinity in row 2",
          lambda: measures.effective_rank(bad))  # fmt: skip
    fails("alignment: the kernel has the shape (4, 3), not (..., n, n)",
          lambda: measures.alignment(x, labels))  # fmt: skip
    fails("alignment: the labels have the shape (3,), not (4,)",
          lambda: measures.alignment(torch.eye(4), labels[:3]))  # fmt: skip
    fails("alignment: the kernel, or the labels, tell no two items apart",
          lambda: measures.alignment(torch.ones(4, 4), labels))  # fmt: skip
    fails("class_separability: the labels are torch.float32, not whole numbers",
          lambda: measures.class_separability(x, labels.float()))  # fmt: skip
    fails("class_separability: the table of activations holds NaN or infinity in row 2",
          lambda: measures.class_separability(bad, labels))  # fmt: skip
    fails("fisher_trace: the module has no parameters that learn",
          lambda: measures.fisher_trace(torch.nn.ReLU(), x))  # fmt: skip
    fails("equivariance: outputs of shapes (2, 2) and (4, 2) cannot be compared",
          lambda: measures.equivariance(net, x, lambda x: x[:2]))  # fmt: skip
    fails("equivariance: the output is zero, so that no error is relative to it",
          lambda: measures.equivariance(torch.nn.ReLU(), x, lambda x: x))  # fmt: skip
    fails("share must be a number in [0, 1], not 2",
          lambda: measures.spectrum(net, x).small(2))  # fmt: skip
