"""Batches of every algebra: member by member, in blocks, and into a given vector."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rounding import numbers, same

import vsa
from vsa.algebra.blocks import in_blocks
from vsa.algebra.space import Space

# --- batches --------------------------------------------------------------------------------------
UNARY = {
    "involution": lambda a: ~a,
    "inverse": lambda a: a.inverse(),
    "power": lambda a: a**3,
    "negative power": lambda a: a**-2,
    "unitary": lambda a: a.unitary(),
    "normalize": lambda a: a.normalize(),
    "permute": lambda a: a.permute(2),
    "negation": lambda a: -a,
    "scale": lambda a: 2.5 * a,
    "division": lambda a: a / 2,
}
BINARY = {
    "bind": lambda a, b: a * b,
    "unbind": lambda a, b: a / b,
    "sum": lambda a, b: a + b,
    "difference": lambda a, b: a - b,
    "pairs": lambda a, b: vsa.bundle_bound([a, b], [b, a]),
}


@pytest.fixture
def rows(make_space):
    return make_space(37).random((2, 3))


@pytest.mark.parametrize("name", UNARY)
def test_unary_operations_on_a_batch_are_those_on_its_members(rows, name):
    result = UNARY[name](rows)
    assert result.shape == (2, 3)
    assert result.data.dtype == rows.space.algebra.row.dtype
    for i, j in np.ndindex(2, 3):
        assert same(result[i, j], UNARY[name](rows[i, j]))


@pytest.mark.parametrize("name", BINARY)
def test_binary_operations_broadcast_as_in_numpy(rows, name):
    for other in (rows.space.random(3), rows.space.random((2, 1)), rows.space.random((4, 1, 1))):
        result = BINARY[name](rows, other)
        assert result.shape == np.broadcast_shapes(rows.shape, other.shape)
        assert result.data.dtype == rows.space.algebra.row.dtype
        left, right = (np.broadcast_to(_places(v), result.shape) for v in (rows, other))
        for where in np.ndindex(result.shape):
            a, b = rows[left[where]], other[right[where]]
            assert same(result[where], BINARY[name](a, b))


def _places(vector):
    """An array of the batch's own indices."""
    places = np.empty(vector.shape, dtype=object)
    for where in np.ndindex(vector.shape):
        places[where] = where
    return places


def test_measures_broadcast_as_in_numpy(rows):
    other = rows.space.random((4, 1, 1))
    for measure in ("dot", "similarity"):
        result = rows.space.backend.numpy(getattr(rows, measure)(other))
        assert result.shape == (4, 2, 3)
        for i, j, k in np.ndindex(4, 2, 3):
            single = getattr(rows[j, k], measure)(other[i, 0, 0])
            assert result[i, j, k] == pytest.approx(single, abs=1e-6)


def test_scaling_by_an_array_scales_each_member(rows):
    weights = np.array([[1.0, -2.0, 0.0], [0.5, 3.0, 1.0]])
    scaled = rows.scale(weights)
    assert scaled.data.dtype == rows.space.algebra.row.dtype
    for i, j in np.ndindex(2, 3):
        assert same(scaled[i, j], weights[i, j].item() * rows[i, j])


# --- blocks ---------------------------------------------------------------------------------------
SHAPES = st.lists(st.integers(0, 5), min_size=1, max_size=3).map(tuple)


@given(shape=SHAPES, lower=st.integers(0, 2), ones=st.lists(st.booleans(), min_size=3, max_size=3),
       rows=st.integers(1, 12), given_out=st.booleans())  # fmt: skip
def test_blocks_of_rows_give_what_one_piece_gives(shape, lower, ones, rows, given_out):
    backend = Space(8).backend
    rng = np.random.default_rng(0)
    other = tuple(1 if one else n for n, one in zip(shape[lower:], ones, strict=False))
    a, b = rng.standard_normal((*shape, 6)), rng.standard_normal((*other, 6))
    sizes = []

    def widen(x, y):
        result = np.concatenate(np.broadcast_arrays(x * y, x + 0 * y), axis=-1)
        sizes.append(result.size // 12)
        return result

    expected = widen(a, b)
    sizes.clear()
    out = np.empty(expected.shape) if given_out else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vsa.algebra.backend.Backend.block_bytes", rows * 6 * 8)
        result = in_blocks(backend, widen, [a, b], out=out)
    assert np.array_equal(result, expected)
    assert out is None or result is out
    assert max(sizes) <= rows  # no block is larger than the cache it is meant for


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_the_size_of_the_block_shows_nowhere(make_space, extra):
    space = make_space(4096)
    rows = space.backend.block_bytes // space.random().data.nbytes + extra
    many = space.batch(str(i) for i in range(rows))
    for operation in (lambda v: v.unitary(), lambda v: v**3, lambda v: space.vector(v.numpy())):
        assert same(operation(many)[-3:], operation(many[-3:]))
    packed = space.backend.numpy(space.algebra.pack(many.data))
    assert np.array_equal(packed[-2:], space.backend.numpy(space.algebra.pack(many[-2:].data)))


# --- writing into a given vector ------------------------------------------------------------------
def test_bind_writes_into_the_vector_given(make_space):
    space = make_space(64)
    a, b, out = space.random(5), space.random(5), space.random(5)
    out + a  # so that it holds a sum of its own
    array, product = out.data, a * b
    assert vsa.bind(a, b, out=out) is out
    assert same(out, product, 0)
    assert same(out + a, product + a)
    array[0] = 0  # the same memory
    assert not np.any(numbers(out)[0])
    assert vsa.bind(a, b, out=a) is a
    assert same(a, product, 0)


def test_a_vector_that_was_written_into_loses_its_label(make_space):
    space = make_space(16)
    a, b = space.atoms("a", "b")
    assert vsa.bind(a, b, out=a).label is None


def test_bind_refuses_a_vector_of_another_space(make_space):
    space = make_space(16)
    with pytest.raises(vsa.VsaError, match="another space"):
        vsa.bind(space.atom("a"), space.atom("b"), out=make_space(32).zero())
