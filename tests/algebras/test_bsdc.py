"""Binary sparse codes by their definitions: segments, shifts, thinning, and superposition by OR."""

import math

import numpy as np
import pytest
from vsa_plugins.algebras.sparse import packed, subsets, unpacked

import vsa
from vsa.algebra.backend import make_backend
from vsa.algebra.space import Space

KINDS = ["bsdc-seg", "bsdc", "bsdc-cdt"]
DIMS = {"bsdc-seg": [9, 64, 100, 1024], "bsdc": [5, 64, 99, 1000], "bsdc-cdt": [5, 64, 99, 1000]}
EVERY = [(kind, dim) for kind in KINDS for dim in DIMS[kind]]


def bits(vector):
    return vector.numpy().astype(int)


def segments(vector):
    """(..., bit, segment) of a code of segments."""
    components = bits(vector)
    length = math.isqrt(components.shape[-1])
    return components.reshape(*components.shape[:-1], length, length)


def places(vector):
    return segments(vector).argmax(-2)


@pytest.fixture(params=EVERY, ids=lambda pair: f"{pair[0]}-{pair[1]}")
def space(request, backend):
    kind, dim = request.param
    return Space(dim, kind, backend)


def seg(length=10, backend="numpy"):
    return Space(length**2, "bsdc-seg", backend)


# --- bits -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 7, 8, 9, 64, 100])
def test_bits_are_packed_and_come_back(count, backend):
    there = make_backend(backend, "float32")
    drawn = np.random.default_rng(count).integers(0, 2, (3, 2, count), dtype=np.uint8)
    expected = np.packbits(drawn, axis=-1, bitorder="little")
    for bits_ in (drawn, drawn > 0):
        for width in (-(-count // 8), 16):
            rows = packed(there, there.asarray(bits_), width)
            assert np.array_equal(there.numpy(rows)[..., : expected.shape[-1]], expected)
            assert there.numpy(rows)[..., expected.shape[-1] :].sum() == 0
            assert np.array_equal(there.numpy(unpacked(there, rows, count)), drawn)


def test_subsets_have_their_size_and_any_number_as_often():
    keys = [str(i).encode() for i in range(4000)]
    taken = subsets(keys, 5, 20)
    assert (taken.sum(-1) == 5).all()
    assert taken.sum(0) == pytest.approx(np.full(20, 1000), abs=4 * math.sqrt(4000 / 4 * 3 / 4))
    pairs = taken.T.astype(int) @ taken
    apart = pairs[~np.eye(20, dtype=bool)]
    assert apart.mean() == pytest.approx(4000 * 20 / 380, rel=0.001)
    assert apart.std() < 1.3 * math.sqrt(4000 * 20 / 380)


# --- what all have in common ----------------------------------------------------------------------
def test_atoms_have_as_many_ones_as_the_root_of_dim(space):
    drawn = bits(space.random(20))
    assert set(np.unique(drawn)) == {0, 1}
    assert (drawn.sum(-1) == round(math.sqrt(space.dim))).all()


def test_superposition_is_or(space):
    a, b, c = space.random((3, 2))
    assert np.array_equal(bits(a + b + c), bits(a) | bits(b) | bits(c))
    assert np.array_equal(bits(vsa.bundle(a, b, c)), bits(a) | bits(b) | bits(c))
    assert np.array_equal(bits(a + b - b), bits(a))
    rounding = 0.1 * a + 0.2 * b + 0.3 * c - 0.3 * c - 0.1 * b - 0.1 * b
    assert np.array_equal(bits(rounding), bits(a))
    assert np.array_equal(bits((a + b).scale(1e-9)), bits(a) | bits(b))
    assert np.array_equal(bits((a + b).normalize() + c), bits(a) | bits(b) | bits(c))


def test_rows_are_compared_less_their_mean(space):
    a, b = space.random(10), (space.random(10) + space.random(10)).normalize()
    shape = (10, *((round(space.dim**0.5),) * 2 if space.algebra.name == "bsdc-seg" else (-1, 1)))
    x, y = (v - v.mean(-2, keepdims=True) for v in (bits(a).reshape(shape), bits(b).reshape(shape)))
    dots, ones = (x * y).sum((-2, -1)), round(space.dim**0.5)
    size = ones * (1 - ones / space.dim)
    assert np.allclose(a.dot(b), dots / size, atol=1e-5)
    lengths = np.sqrt((x * x).sum((-2, -1)) * (y * y).sum((-2, -1)))
    assert np.allclose(a.similarity(b), dots / lengths, atol=1e-5)
    pack = [space.backend.numpy(space.algebra.pack(v.data)) for v in (a, b)]
    assert np.allclose((pack[0] * pack[1]).sum(-1), dots / size, atol=1e-5)
    assert np.array_equal(
        bits(vsa.Vector(space, space.algebra.unpack(space.algebra.pack(b.data)))), bits(b)
    )
    assert np.allclose(a.norm(), 1, atol=1e-5)


def test_components_are_bits(space):
    a = space.atom("a")
    assert np.array_equal(bits(space.vector(a.numpy())), bits(a))
    with pytest.raises(vsa.VsaError, match=r"components in bsdc.* are 0 and 1"):
        space.vector(np.full(space.dim, 0.5))


def test_zero_is_a_sum_and_no_row(space):
    zero, a = space.zero(), space.atom("a")
    assert zero.norm() == 0
    assert (zero * a).norm() == 0
    assert bits(zero * a).sum() == 0
    assert zero.similarity(a) == 0
    assert np.array_equal(bits(zero + a), bits(a))
    memory = vsa.Memory(space)
    memory.add("a", a)
    for nothing in (zero, a - a, -a):
        assert memory.cleanup(nothing).name is None
    with pytest.raises(vsa.VsaError, match="zero vector"):
        memory.add("zero", zero)


def test_batches_of_sums_are_not_finished(space):
    total = space.random((3, 6)).bundle() + space.random(6)
    kept = space.backend.numpy(total.total)
    assert np.array_equal(space.backend.numpy(total[2:4].total), kept[2:4])
    assert np.array_equal(space.backend.numpy(total.reshape(2, 3)[1, 0].total), kept[3])
    assert np.array_equal(
        space.backend.numpy(space.stack([total[4], total[1]]).total), kept[[4, 1]]
    )
    moved = total.permute(3)
    assert np.array_equal(bits(moved), bits(total.normalize().permute(3)))
    assert np.array_equal(bits(moved.permute(-3)), bits(total))


@pytest.mark.parametrize(("name", "dim"), [("bsdc-seg", 1000), ("bsdc-seg", 257**2), ("bsdc", 3)])
def test_dims_that_do_not_fit_are_refused(name, dim):
    with pytest.raises(vsa.VsaError, match=r"needs .* for its dim"):
        Space(dim, name)


# --- segments -------------------------------------------------------------------------------------
@pytest.mark.parametrize("length", [3, 8, 10, 32])
def test_binding_moves_the_one_of_each_segment(length, backend):
    space = seg(length, backend)
    a, b = space.random(4), space.random(4)
    assert (segments(a).sum(-2) == 1).all()
    assert np.array_equal(places(a * b), (places(a) + places(b)) % length)
    assert np.array_equal(places(a / b), (places(a) - places(b)) % length)
    assert np.array_equal(places(~a), -places(a) % length)
    assert (bits(a * b).sum(-1) == length).all()
    for n in (-2, 0, 5, 10**9):
        assert np.array_equal(places(a**n), places(a) * n % length)
    assert np.array_equal(bits(a * space.identity()), bits(a))


@pytest.mark.parametrize("length", [3, 8, 17])
def test_several_ones_move_by_each_of_them(length, backend):
    space = seg(length, backend)
    a, b, c, d = space.random(4)
    several, others = (a + b).normalize(), (c + d).normalize()
    expected = bits(a * c) | bits(a * d) | bits(b * c) | bits(b * d)
    assert np.array_equal(bits(several * others), expected)
    assert np.array_equal(bits((a + b) * others), expected)
    assert np.array_equal(bits(several * others), bits(others * several))
    expected = bits(a / c) | bits(a / d) | bits(b / c) | bits(b / d)
    assert np.array_equal(bits(several / others), expected)
    with pytest.raises(vsa.VsaError, match="one 1 in each segment"):
        several**2


def test_sums_are_moved_as_their_terms_are(backend):
    space = seg(10, backend)
    a, b, k = space.random((3, 4))
    numpy = space.backend.numpy
    assert np.array_equal(numpy((a + 3 * b).__mul__(k).total), numpy((a * k + 3 * (b * k)).total))
    assert np.array_equal(numpy(((a + 3 * b) * k / k).total), numpy((a + 3 * b).total))


def test_a_key_is_one_of_the_ones_of_each_segment_by_chance(backend):
    space = seg(32, backend)
    total = space.random((3, 50)).bundle()
    keys = total.unitary()
    assert (segments(keys).sum(-2) == 1).all()
    assert np.array_equal(bits(keys) & bits(total), bits(keys))
    assert np.array_equal(bits(total.scale(7.0).unitary()), bits(keys))
    assert (segments(space.vector(np.zeros(1024)).unitary()).sum(-2) == 1).all()
    shares = [float((bits(keys) & bits(t)).sum(-1).mean()) / 32 for t in (total, keys)]
    assert shares[1] == 1
    x = space.atom("x")
    assert np.array_equal(bits(x * keys / keys), np.broadcast_to(bits(x), (50, 1024)))
    other = space.random((3, 50)).bundle().unitary()
    by_chance = np.mean(places(keys) == places(other))
    assert by_chance == pytest.approx(1 / 32, abs=3 * math.sqrt(1 / 32 / 1600))


# --- shifts ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("dim", [5, 64, 1000])
def test_binding_moves_the_pattern_by_the_places_of_the_key(dim, backend):
    space = Space(dim, "bsdc", backend)
    a, b = space.random(4), space.random(4)
    steps = (bits(b) * np.arange(dim)).sum(-1) % dim
    for i in range(4):
        assert np.array_equal(bits(a * b)[i], np.roll(bits(a)[i], steps[i]))
        assert np.array_equal(bits(a / b)[i], np.roll(bits(a)[i], -steps[i]))
    numpy, total = space.backend.numpy, a + 2 * space.random(4)
    assert np.array_equal(numpy((total * b).total)[1], np.roll(numpy(total.total)[1], steps[1]))
    assert np.array_equal(numpy((total * b / b).total), numpy(total.total))


def test_shifts_know_no_other_way_to_unbind():
    a, b = Space(100, "bsdc").atoms("a", "b")
    for law, refused in {
        "involution": lambda: ~a, "unbinding from the left": lambda: a.left_unbind(b),
        "powers": lambda: a**2, "identity": lambda: a.space.identity(),
    }.items():  # fmt: skip
        with pytest.raises(vsa.VsaError, match=law):
            refused()


# --- thinning -------------------------------------------------------------------------------------
@pytest.mark.parametrize("dim", [1024, 4096])
def test_thinning_keeps_the_density_and_some_of_both(dim, backend):
    space = Space(dim, "bsdc-cdt", backend)
    a, b = space.random(50), space.random(50)
    bound, ones = a * b, math.isqrt(dim)
    weight = bits(bound).sum(-1)
    assert weight.min() >= ones
    assert weight.mean() < 1.1 * ones
    assert np.array_equal(bits(bound) & (bits(a) | bits(b)), bits(bound))
    for part in (a, b):
        overlap = (bits(bound) & bits(part)).sum(-1) / ones
        assert 0.45 < overlap.mean() < 0.6
    other = a * space.random(50)
    assert (bits(bound) & bits(other)).sum(-1).mean() / ones < 0.4  # b chose other ones of a
    assert np.array_equal(bits(bound), bits(b * a))
    assert np.array_equal(bits(a * a), bits(a))


def test_thinning_cannot_be_undone():
    a, b = Space(100, "bsdc-cdt").atoms("a", "b")
    for refused in (
        lambda: a / b,
        lambda: (a + b) / b,
        lambda: a.left_unbind(b),
        lambda: (a + a) / b,
    ):
        with pytest.raises(vsa.VsaError, match=r"unbinding.*bind the key with each candidate"):
            refused()


def test_fillers_are_found_by_binding_each_candidate():
    space = Space(1024, "bsdc-cdt")
    candidates, roles = space.random(100), space.random(6)
    right = 0
    for i in range(20):
        fillers = np.random.default_rng(i).integers(0, 100, 6)
        whole = (candidates[fillers] * roles).bundle()
        for role, filler in zip(roles, fillers, strict=True):
            bound = candidates * role
            overlap = (bits(bound) & bits(whole)).sum(-1) / bits(bound).sum(-1)
            right += int(overlap.argmax() == filler)
    assert right / 120 > 0.98


# --- how much there is room for -------------------------------------------------------------------
@pytest.mark.parametrize("name", ["bsdc-seg", "bsdc"])
def test_cleanup_meets_the_cliff(name):
    space = Space(1024, name)
    memory = vsa.Memory(space)
    items = space.random(1000)
    memory.add([str(i) for i in range(1000)], items)
    for k in (24, 48, 64):
        rng, right = np.random.default_rng(k), []
        for _ in range(6):
            fillers, keys = rng.integers(0, 1000, k), space.random(k)
            read = (items[fillers] * keys).bundle() / keys
            right.append((memory.cleanup(read).names[:, 0].astype(int) == fillers).mean())
        assert np.mean(right) == pytest.approx(space.noise.accuracy(k, 1000), abs=0.1)
