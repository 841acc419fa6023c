"""What users of Python and NumPy try with vectors: it gives what they expect, or says why not."""

import copy
import pickle
import typing

import numpy as np
import pytest
from vsa_plugins.algebras.map import MAPB

import vsa
from vsa import Memory, Space, Vector, VsaError

SPACE = Space(dim=64)
A, B = SPACE.atoms("a", "b")
BATCH = SPACE.random(3)


# --- comparison -----------------------------------------------------------------------------------
@pytest.mark.parametrize("other", [A, B, BATCH, copy.copy(A), A.numpy()], ids=str)
@pytest.mark.parametrize("vector", [A, BATCH], ids=str)
def test_vectors_are_not_compared_by_value(vector, other):
    for compare in (lambda: vector == other, lambda: vector != other, lambda: other == vector):
        with pytest.raises(VsaError, match=r"use a\.similarity\(b\), or a is b") as caught:
            compare()
        assert isinstance(caught.value, TypeError)


def test_a_vector_is_no_answer_and_no_array():
    memory = Memory(SPACE)
    memory.add("a", A)
    with pytest.raises(VsaError, match="similarity"):
        assert memory.cleanup(A) == A
    assert A != "a"
    assert A is not None
    assert not A == None  # noqa: E711, SIM201 - which people write
    assert A != 0


def test_vectors_are_told_apart_by_what_they_are():
    twin = copy.copy(A)
    assert {A: "a", twin: "twin"}[A] == "a"
    assert len({A, twin, A}) == 2
    assert A in (A, B)  # Python looks for the object itself first
    assert A in [A, B]
    for search in (lambda: A in [B, A], lambda: [B].index(A), lambda: A in BATCH):
        with pytest.raises(VsaError, match="similarity"):
            search()


def test_what_holds_vectors_is_compared_by_them():
    assert ("a", A) == ("a", A)  # the object itself, once more
    assert ("a", A) != ("b", B)  # the names tell before the vectors are looked at
    with pytest.raises(VsaError, match="similarity"):
        assert ("a", A) == ("a", B)


@pytest.mark.parametrize("algebra", ["hrr", MAPB])
def test_copies_and_pickles_are_the_same_vector_again(algebra):
    space = Space(16, algebra)
    a, b, c = space.atoms("a", "b", "c")
    for vector in (a, a + b + c, space.random(3)):
        for again in (copy.copy(vector), copy.deepcopy(vector), pickle.loads(pickle.dumps(vector))):
            assert np.array_equal(again.numpy(), vector.numpy())
            assert np.array_equal(again.total, vector.total)
            assert again.label == vector.label
            assert again.space == space


# --- sums -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("algebra", ["hrr", MAPB])
def test_sum_superposes(algebra):
    space = Space(64, algebra)
    a, b, c = space.atoms("a", "b", "c")
    assert np.array_equal(sum([a, b, c]).numpy(), (a + b + c).numpy())
    assert sum([a]) is a
    assert sum(BATCH).similarity(BATCH.bundle()) == pytest.approx(1)
    for wrong in (lambda: 1 + a, lambda: 0.0 + a, lambda: False + a, lambda: a + 0):
        with pytest.raises(TypeError):
            wrong()


# --- numbers and arrays beside vectors --------------------------------------------------------------
@pytest.mark.parametrize(
    "two", [np.array(2.0), np.array([2.0]), np.array([[2]]), np.array(2, "i1")]
)
def test_an_array_of_one_is_a_number(two):
    for scaled in (A * two, two * A, A.scale(2.0), A / (1 / two)):
        assert scaled.shape == ()
        assert scaled.norm() == pytest.approx(2)
    assert (A / two).norm() == pytest.approx(0.5)
    assert (two * BATCH).norms() == pytest.approx(np.full(3, 2.0))


@pytest.mark.parametrize("array", [np.ones(3), np.ones(64), np.array([]), np.ones((3, 64)), np.array(True),
                                   np.array(1j), np.array("x")], ids=repr)  # fmt: skip
def test_an_array_is_no_operand(array):
    for operation in (
        lambda v: v * array, lambda v: array * v, lambda v: v + array, lambda v: array + v,
        lambda v: v - array, lambda v: v / array, lambda v: array / v,
    ):  # fmt: skip
        for vector in (A, BATCH):
            with pytest.raises(TypeError, match=r"no operand of a Vector: \.scale\(array\) scales"):
                operation(vector)


def test_complex_numbers_do_not_scale():
    for operation in (
        lambda: A * 1j,
        lambda: 1j * A,
        lambda: A * np.complex64(1j),
        lambda: A ** (1j),
    ):
        with pytest.raises(TypeError):
            operation()


def test_ufuncs_are_refused_and_products_are_those_of_the_components():
    for ufunc in (np.add, np.multiply, np.matmul, np.equal):
        with pytest.raises(TypeError):
            ufunc(A, B)
    with pytest.raises(TypeError):
        np.sum(BATCH, axis=0)
    assert np.dot(A, A) == pytest.approx(1)
    assert np.dot(A, B) == pytest.approx(A.dot(B), abs=1e-6)
    assert np.inner(BATCH, A) == pytest.approx(BATCH.dots(A), abs=1e-6)
    assert np.inner(BATCH, BATCH).shape == (3, 3)
    assert np.vdot(A, B) == pytest.approx(A.dot(B), abs=1e-6)
    assert np.linalg.norm(2 * A) == pytest.approx(2)
    with pytest.raises(ValueError, match="not aligned"):
        np.dot(BATCH, BATCH)


def test_a_vector_is_an_array_of_its_components():
    assert np.array_equal(np.asarray(A), A.numpy())
    assert np.array_equal(np.array([A, B]), np.stack([A.numpy(), B.numpy()]))
    assert np.asarray(A, dtype=np.float64).dtype == np.float64
    assert np.mean(np.asarray(A)) == pytest.approx(A.numpy().mean(), abs=1e-6)
    assert np.allclose(A, A.numpy())
    assert np.array_equal(SPACE.vector([A, B]).numpy(), SPACE.vector(np.array([A, B])).numpy())


def test_what_would_leave_a_device_or_a_gradient_is_no_array_by_itself():
    pytest.importorskip("torch")
    vector = Space(dim=64, backend="torch").atom("a")
    with pytest.raises(TypeError, match=r"is no array; use \.numpy\(\)"):
        np.asarray(vector)
    assert vector.numpy().shape == (64,)


# --- spaces ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "dtype", ["float64", np.float64, np.dtype("float64"), float, "f8", "double"]
)
def test_a_dtype_is_given_as_numpy_takes_it(dtype):
    space = Space(64, dtype=dtype)
    assert space.atom("a").numpy().dtype == np.float64
    assert space == Space(64, dtype="float64")
    assert repr(space) == repr(Space(64, dtype="float64"))


def test_a_dtype_of_torch():
    torch = pytest.importorskip("torch")
    assert Space(64, dtype=torch.float64) == Space(64, dtype="float64")
    with pytest.raises(VsaError, match="dtype must be one of float32, float64, not 'float16'"):
        Space(64, dtype=torch.float16)


def test_a_vector_is_a_vector_already():
    assert SPACE.vector(A) is A
    assert SPACE.vector(Space(dim=64).atom("a")).similarity(A) == pytest.approx(1)  # an equal space
    with pytest.raises(VsaError, match="does not belong"):
        SPACE.vector(Space(dim=64, seed=1).atom("a"))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["x"] * 64, "the array of components must be real numbers, not 'x'"),
        (np.array([None] * 64), "the array of components must be real numbers, not None"),
        ([[1.0], [1.0, 2.0]], r"the array of components must be real numbers in an array: .*"),
        (
            np.exp(1j * np.arange(64)),
            r"the array of components must be real .*np\.fft\.irfft\(spec.*",
        ),
        ([1j] * 64, r"the array of components must be real numbers, not complex ones; .*"),
    ],
)
def test_what_is_no_array_of_components(given, message):
    with pytest.raises(TypeError, match=f"^{message}$") as caught:
        SPACE.vector(given)
    assert isinstance(caught.value, VsaError)


def test_phasors_come_in_by_the_inverse_transform():
    spectrum = SPACE.atom("a").data
    assert SPACE.vector(np.fft.irfft(spectrum, n=64)).similarity(A) == pytest.approx(1)


def test_components_beyond_single_precision_are_infinite():
    with pytest.raises(VsaError, match="NaN or infinity"):
        SPACE.vector(np.full(64, 1e300))


# --- types that a checker reads -------------------------------------------------------------------
def test_one_vector_gives_a_float_and_a_batch_an_array():
    for one, many in (("similarity", "similarities"), ("dot", "dots"), ("norm", "norms")):
        others = () if one == "norm" else (A,)
        assert typing.get_type_hints(getattr(Vector, one))["return"] is float
        assert type(getattr(A, one)(*others)) is float
        assert getattr(A, many)(*others).shape == ()
        assert getattr(BATCH, many)(*others).shape == (3,)
        assert np.array_equal(getattr(BATCH, one)(*others), getattr(BATCH, many)(*others))
        assert typing.get_type_hints(getattr(vsa, one))["return"] is float
