"""Vectors and spaces as Python sees them: operators, batches, NumPy beside them, and what is refused."""

import copy

import numpy as np
import pytest
from vsa_plugins.algebras.map import MAPB

import vsa
from vsa.algebra.base import Algebra
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector


@pytest.fixture
def space():
    return Space(64)


# --- operators ------------------------------------------------------------------------------------
def test_operators_are_the_functions(space):
    a, b = space.atoms("a", "b")
    pairs = [
        (a * b, vsa.bind(a, b)), (a / b, vsa.unbind(a, b)), (~a, vsa.involution(a)),
        (a**3, vsa.power(a, 3)), (a**-1, vsa.inverse(a)), (a + b, vsa.bundle(a, b)),
        (a.normalize(), vsa.normalize(a)), (a.unitary(), vsa.unitary(a)),
        (a.permute(2), vsa.permute(a, 2)), (a.shift(2), vsa.shift(a, 2)), (a + b, b + a),
        (a / 2, 0.5 * a), (a - b, a + -b), (2 * a, a * 2), (a - a, space.zero()),
    ]  # fmt: skip
    for one, other in pairs:
        assert np.allclose(one.data, other.data, atol=1e-6)
    assert vsa.similarity(a, b) == a.similarity(b)
    assert vsa.dot(a, 2 * a) == pytest.approx(2)
    assert vsa.norm(2 * a) == pytest.approx(2)


@pytest.mark.parametrize("number", [2, 2.0, True, np.float32(2), np.float64(2), np.int8(2)])
def test_numbers_of_any_kind_scale(space, number):
    a = space.atom("a")
    for scaled in (number * a, a * number):
        assert isinstance(scaled, Vector)
        assert scaled.norm() == pytest.approx(float(number))
    assert (a / number).norm() == pytest.approx(1 / float(number))


@pytest.mark.parametrize("number", [float("inf"), -float("inf"), float("nan"), 1e16, 10**400])
def test_numbers_that_make_no_vector_are_refused(space, number):
    for scale in (lambda a: number * a, lambda a: a * number, lambda a: a.scale(number)):
        with pytest.raises(vsa.VsaError, match="scaled by"):
            scale(space.atom("a"))
    with pytest.raises(vsa.VsaError, match="scaled by"):
        space.atom("a") / 1e-300
    large = Space(1 << 16).atom("a") * 1e15  # the largest one still has a length
    assert large.norm() == pytest.approx(1e15)
    assert large.similarity(large) == pytest.approx(1)


def test_division_by_zero_is_refused(space):
    with pytest.raises(vsa.VsaError, match="cannot be divided by zero"):
        space.atom("a") / 0


def test_arrays_leave_operators_to_vectors(space):
    a = space.random(3)
    for operation in (lambda: np.ones(3) * a, lambda: a + np.ones(3), lambda: np.ones(3) / a,
                      lambda: a - "text", lambda: None * a, lambda: a + 1):  # fmt: skip
        with pytest.raises(TypeError):
            operation()


def test_vectors_of_different_spaces_do_not_mix(space):
    a = space.atom("a")
    for other in (Space(65), Space(64, seed=1), Space(64, MAPB), Space(64, dtype="float64"),
                  Space(64, atoms="gaussian")):  # fmt: skip
        b = other.atom("a")
        for operation in (
            lambda b: a * b, lambda b: a / b, lambda b: a + b, lambda b: a - b,
            lambda b: a.dot(b), lambda b: a.similarity(b), lambda b: a.protect(b, 1),
            lambda b: a.protect(b, 2), lambda b: vsa.bundle_bound([a], [b]), lambda b: space.stack([a, b]),
        ):  # fmt: skip
            with pytest.raises(vsa.VsaError, match=r"Space\(dim=.*Space\(dim="):
                operation(b)
    assert a.similarity(Space(64).atom("a")) == pytest.approx(1)  # equal spaces are one
    for wrong in (1, "a", None):
        with pytest.raises(vsa.VsaError, match="must be a Vector, not"):
            a.similarity(wrong)


# --- batches --------------------------------------------------------------------------------------
def test_batches_behave_like_arrays_of_vectors(space):
    batch = space.random((4, 3))
    assert batch.shape == (4, 3)
    assert batch.dim == 64
    assert len(batch) == 4
    assert [v.shape for v in batch] == [(3,)] * 4
    for index in (0, -1, (1, 2), slice(1, 3), (slice(None), 1), (..., 0), ..., None, [0, 2],
                  np.array([True, False, True, True]), ([0, 1], [2, 0]), (0, ...)):  # fmt: skip
        assert np.array_equal(batch[index].numpy(), batch.numpy()[_components(index)])
    assert np.array_equal(batch.reshape(2, 6).data[1, 5], batch.data[3, 2])
    assert batch.reshape((12,)).shape == batch.reshape(-1).shape == (12,)
    assert batch[0, 0].reshape(1, 1).shape == (1, 1)


def _components(index):
    index = index if isinstance(index, tuple) else (index,)
    return (*index, slice(None)) if any(i is Ellipsis for i in index) else index


def test_single_vectors_are_no_batches(space):
    a = space.atom("a")
    with pytest.raises(TypeError, match=r"no length; its dimension is \.dim"):
        len(a)
    with pytest.raises(TypeError, match="cannot be iterated"):
        iter(a)
    with pytest.raises(vsa.VsaError, match="cannot be indexed"):
        a[0]


def test_a_batch_is_bundled_along_any_axis(space):
    batch = space.random((4, 3))
    real = batch.numpy()
    for axis in (0, 1, -1, -2):
        assert np.allclose(batch.bundle(axis).numpy(), real.sum(axis % 2), atol=1e-6)
    for axis in (2, -3):
        with pytest.raises(vsa.VsaError, match=f"has no axis {axis} to bundle along"):
            batch.bundle(axis)
    assert np.allclose(vsa.bundle(batch).numpy(), real.sum(0), atol=1e-6)
    assert vsa.bundle(batch[0, 0]) is not None
    assert np.all(space.random(0).bundle().numpy() == 0)
    with pytest.raises(vsa.VsaError, match=r"the empty superposition is space.zero\(\)"):
        vsa.bundle()


def test_stacking_makes_a_batch(space):
    a, b = space.random(2), space.random(2)
    assert np.array_equal(space.stack([a, b]).data, np.stack([a.data, b.data]))
    assert space.stack([]).shape == (0,)
    with pytest.raises(vsa.VsaError, match="must be a Vector, not list"):
        space.stack([a, [1.0]])
    with pytest.raises(vsa.VsaError, match=r"shapes \(2,\) and \(\) do not stack"):
        space.stack([a, b[0]])


def test_labels_name_atoms_and_nothing_else(space):
    a = space.atom("mark")
    assert a.label == "mark"
    assert space.key("stack/p").label == "stack/p"
    assert (a * a).label is None
    assert repr(a) == "<Vector 'mark' dim 64>"
    assert repr(space.random((2, 1))) == "<Vector dim 64, batch (2, 1)>"
    with pytest.raises(AttributeError, match="'Vector' object has no attribute 'lable'"):
        _ = a.lable


@pytest.mark.parametrize("algebra", ["hrr", MAPB])
def test_vectors_can_be_copied(algebra):
    space = Space(16, algebra)
    total = space.atom("a") + space.atom("b") + space.atom("c")
    for twin in (copy.copy(total), copy.deepcopy(total)):
        assert np.array_equal(twin.data, total.data)
    assert (copy.copy(total) + total).similarity(total) > 0.99


# --- spaces ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dim": 1}, "dim must be a whole number of at least 2, not 1"),
        ({"dim": 2.5}, "dim must be a whole number"), ({"dim": "64"}, "dim must be a whole number"),
        ({"dim": None}, "dim must be a whole number"), ({"dim": True}, "dim must be a whole number"),
        ({"dim": float("nan")}, "dim must be"), ({"dim": float("inf")}, "dim must be"),
        ({"dim": 1 << 27}, "dim must be a whole number of at most 67,108,864, not 134217728"),
        ({"seed": 0.5}, "seed must be a whole number"), ({"seed": None}, "seed must be a whole"),
        ({"atoms": "binary"}, "atoms of hrr are unitary or gaussian, not 'binary'"),
        ({"backend": "jax"}, "backend must be one of numpy, cupy, torch, not 'jax'"),
        ({"dtype": "float16"}, "dtype must be one of float32, float64, not 'float16'"),
        ({"algebra": "xyz"}, "unknown algebra 'xyz': choose one of .*hrr"),
    ],
)  # fmt: skip
def test_settings_out_of_range_are_named(settings, message):
    with pytest.raises(vsa.VsaError, match=message):
        Space(**settings)


def test_equal_spaces_are_one():
    one, other = Space(64, seed=np.int64(3)), Space(64.0, seed=3)
    assert one == other
    assert hash(one) == hash(other)
    assert (one.atom("a") * other.atom("b")).dim == 64
    assert one == eval(repr(one), {"Space": Space})
    assert one.like() == one
    for change in ({"dim": 65}, {"seed": 4}, {"dtype": "float64"}, {"atoms": "gaussian"}):
        assert one.like(**change) != one
        assert one.like(**change).like(dim=64, seed=3, dtype="float32", atoms="unitary") == one
    assert one != "Space"


def test_vectors_are_made_of_real_numbers(space):
    x = np.random.default_rng(0).standard_normal((2, 64))
    assert np.allclose(space.vector(x).numpy(), x, atol=1e-6)
    assert np.allclose(space.vector(x.tolist()).numpy(), x, atol=1e-6)
    for bad, message in (
        (x[:, :63], r"the last axis must have dim 64, not shape \(2, 63\)"),
        (1.0, r"not shape \(\)"),
        (x * np.nan, "must not hold NaN or infinity"),
        (x * np.inf, "must not hold NaN or infinity"),
    ):
        with pytest.raises(vsa.VsaError, match=message):
            space.vector(bad)


def test_a_missing_library_says_how_to_install_it(monkeypatch):
    def no_such_module(name):
        raise ImportError(name=name.partition(".")[0])

    monkeypatch.setattr("vsa.extras.importlib.import_module", no_such_module)
    with pytest.raises(vsa.VsaError, match=r'pip install "vsa-algebra\[torch\]"'):
        Space(backend="torch")
    with pytest.raises(vsa.VsaError, match=r'pip install "vsa-algebra\[cuda12\]" or \[cuda13\]'):
        Space(backend="cupy")


# --- another algebra ------------------------------------------------------------------------------
def test_an_algebra_of_ones_own_carries_the_whole_library(backend):
    space = Space(1024, MAPB, backend=backend)
    assert space.like(seed=1).algebra.__class__ is MAPB
    items = space.random(50)
    memory = vsa.Memory(space)
    names = [str(i) for i in range(50)]
    memory.add(names, items)
    record = vsa.bundle_bound(list(space.keys(7)), list(items[:7]))
    assert memory.cleanup(record / space.keys(7)).name.tolist() == names[:7]
    stack = space.zero()  # binding with powers would return after two steps: it permutes instead
    for item in items[:7]:
        stack = item + stack.protect(space.key("stack/p"))
    place = [memory.cleanup(stack.protect(space.key("stack/p"), -i)).name for i in range(7)]
    assert place[0] == "6"  # a majority at every push halves what lies below
    total = space.zero()
    for i, item in enumerate(items[:7]):
        total = total + item.protect(space.key("stack/p"), i)
    place = [memory.cleanup(total.protect(space.key("stack/p"), -i)).name for i in range(7)]
    assert place == names[:7]  # a sum kept open until it is looked at does not


def test_sums_stay_open_until_someone_looks():
    space = Space(1024, MAPB)
    parts = space.random(9)
    total = space.zero()
    for part in parts:
        total = total + part
    assert np.ptp(total.similarity(parts)) < 0.2  # the first counts as much as the last
    assert set(np.unique(total.data)) == {-1, 1}
    weights = (3 * parts[0] + parts[1] + parts[2]).similarity(parts[:3])
    assert weights[0] > 0.99


def test_what_an_algebra_leaves_out_is_said():
    class Bare(MAPB):
        name = "bare"
        laws = frozenset({"unbinding"})
        wants = "8 or more"
        power, involution = Algebra.power, Algebra.involution
        left_unbind, identity = Algebra.left_unbind, Algebra.identity

        @classmethod
        def fits(cls, dim, *parameters):
            return dim >= 8

    with pytest.raises(vsa.VsaError, match=r"^bare needs 8 or more for its dim, not 4: 8$"):
        Space(4, Bare)
    space = Space(8, Bare)
    a, b = space.atoms("a", "b")
    for operation, law in (
        (lambda: a**2, "powers"), (lambda: ~a, "an involution"), (a.inverse, "exact inverses"),
        (lambda: a.left_unbind(b), "unbinding from the left"), (space.identity, "an identity"),
        (lambda: (a + b).left_unbind(b), "unbinding from the left"),
        (lambda: space.base("x"), "fractional powers"),
    ):  # fmt: skip
        with pytest.raises(vsa.VsaError, match=f"needs {law}, which the algebra 'bare' has not"):
            operation()
