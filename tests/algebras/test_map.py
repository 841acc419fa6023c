"""MAP-I, MAP-C, MAP-B by their definitions and by torchhd; how ties fall, and what sums keep."""

import math
import warnings
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vsa_plugins.algebras import ties
from vsa_plugins.algebras.map import CLIPPED, MAPB, MAPC, MAPI

import vsa
from vsa.algebra.backend import make_backend
from vsa.algebra.space import Space

NAMES = [f"n{i}" for i in range(300)]
NUMPY = make_backend("numpy", "float32")


def importable(name):
    with warnings.catch_warnings():  # theirs, about what they import
        warnings.simplefilter("ignore")
        return pytest.importorskip(name, exc_type=ImportError)


def components(space, *names):
    return [space.atom(name).numpy().astype(np.float64) for name in names]


def by_definition(total):
    """Signs of one sum (dim,); ties as vsa_plugins/algebras/ties.py says."""
    dim = len(total)
    anchor = 1 if not total.any() else np.sign(total[np.flatnonzero(total)[0]])
    fixed = np.where(ties.pattern(dim), -1, 1) * anchor
    filled = np.where(total == 0, fixed, np.sign(total))
    product = [
        math.prod(int(filled[(j - offset) % dim]) for offset in ties.offsets(dim))
        for j in range(dim)
    ]
    return np.where(total == 0, product, np.sign(total))


@pytest.fixture(params=[MAPI, MAPC, MAPB], ids=lambda algebra: algebra.name)
def kind(request):
    return request.param


@pytest.fixture(params=[2, 3, 64, 100])
def space(request, kind, backend, dtype):
    return Space(request.param, kind, backend, dtype)


# --- definitions ----------------------------------------------------------------------------------
def test_operations_are_those_of_the_components(space):
    a, b, c = space.atoms("a", "b", "c")
    x, y, z = components(space, "a", "b", "c")
    assert np.allclose((a * b).numpy(), x * y)
    assert np.allclose((a / b).numpy(), x * y)
    assert np.allclose((a + 2 * b - c).total, x + 2 * y - z, atol=1e-6)
    assert np.allclose(((a + b) * c).total, (x + y) * z, atol=1e-6)
    assert np.allclose((a**3).numpy(), x**3, atol=1e-6)
    assert np.allclose(space.stack([a, b])[:, None].__pow__(np.array([0, 2])).numpy()[1, 1], y**2)
    scale = 3 if space.algebra.name == "map-c" else 1
    assert (a + b).dot(c) == pytest.approx(((x + y) * z).mean() * scale, abs=1e-5)
    finished = {"map-i": x + y - 2 * z, "map-c": np.clip(x + y - 2 * z, -1, 1)}
    expected = finished.get(space.algebra.name, by_definition(x + y - 2 * z))
    assert np.allclose((a + b - 2 * c).numpy(), expected, atol=1e-6)


def test_keys_are_plus_and_minus_one_and_undo_themselves(space):
    a, key = space.atom("a"), space.key("k")
    assert np.array_equal(np.abs(key.numpy()), np.ones(space.dim))
    for back in (a * key / key, a * key * key, a * key**-1 * key, (a * key).left_unbind(key)):
        assert np.array_equal(back.numpy(), a.numpy())
    assert np.array_equal((key**2).numpy(), space.identity().numpy())
    assert np.array_equal((key**-3).numpy(), key.numpy())
    for exponent in (0.5, np.array([1, 2.5])):
        with pytest.raises(vsa.VsaError, match="no whole number needs fractional powers"):
            key**exponent
    with pytest.raises(vsa.VsaError, match="a base needs fractional powers"):
        space.base("x")


def test_projection_takes_the_signs(space):
    a, b, c = space.atoms("a", "b", "c")
    x, y, z = components(space, "a", "b", "c")
    key = (a + b + c).unitary()
    total = np.clip(x + y + z, -1, 1) if space.algebra.name == "map-c" else x + y + z
    assert np.array_equal(key.numpy(), by_definition(total))
    assert np.array_equal((a * key / key).numpy(), a.numpy())


def test_atoms_of_map_c_are_uniform():
    space = Space(4096, MAPC)
    a = np.sort(space.batch(NAMES).numpy().ravel())
    assert np.abs(a - (2 * (np.arange(a.size) + 0.5) / a.size - 1)).max() < 0.005
    assert np.array_equal(np.abs(space.like(atoms="unitary").atom("a").numpy()), np.ones(4096))
    lengths = space.batch(NAMES).norms()
    assert lengths.mean() == pytest.approx(1, abs=3e-3)
    with pytest.raises(vsa.VsaError, match="exact inverse"):
        space.atom("a").inverse()


def test_map_b_is_a_byte_a_component():
    space = Space(256, MAPB)
    a, b, c = space.atoms("a", "b", "c")
    for vector in (a, a * b, a.permute(), space.key("k"), a + b, a**2, (a + b).unitary()):
        assert vector.data.dtype == np.int8
    assert (a + b + c).total.dtype == ((a + b) * c).total.dtype == np.float32
    many = space.random(300)  # more than a byte counts
    total = many.data.astype(int).sum(axis=0)
    assert np.array_equal(vsa.bundle(*many).numpy(), by_definition(total))
    assert np.array_equal(vsa.bundle(*([a] * 200)).numpy(), a.numpy())


def test_what_is_no_row_is_refused():
    with pytest.raises(vsa.VsaError, match="components of map-b are 1 and -1"):
        Space(4, MAPB).vector([1, 0, -1, 1])
    with pytest.raises(vsa.VsaError, match="components of map-c lie from -1 to 1"):
        Space(4, MAPC).vector([1, 0, -1, 1.5])
    assert np.array_equal(Space(4, MAPI).vector([1, 0, -1, 5]).numpy(), [1, 0, -1, 5])


def test_powers_of_sums_are_those_of_the_components():
    space = Space(4, MAPI)
    x = space.vector([2, -3, 1, -1])
    assert np.allclose((x**3).numpy(), [8, -27, 1, -1])
    assert np.allclose(x.inverse().numpy(), [1 / 2, -1 / 3, 1, -1])
    assert np.allclose((x**0).numpy(), np.ones(4))
    with pytest.raises(vsa.VsaError, match="no exact inverse: a component is zero"):
        space.vector([0, 1, 1, 1]).inverse()
    with pytest.raises(vsa.VsaError, match="the power is too large"):
        x**1000


# --- ties -----------------------------------------------------------------------------------------
sums = st.integers(2, 40).flatmap(
    lambda dim: st.lists(st.integers(-3, 3), min_size=dim, max_size=dim)
)


@given(sums, st.sampled_from([np.int8, np.float32, np.float64]), st.sampled_from([1, 2, 0.3, 40]))
def test_signs_are_those_of_the_definition(total, dtype, scale):
    total = np.array(total)
    given_ = (total * (1 if dtype is np.int8 else scale)).astype(dtype)
    pattern = ties.pattern(len(total))
    found = ties.signs(NUMPY, given_, pattern)
    assert np.array_equal(np.where(found, -1, 1), by_definition(total))
    if total.any():  # odd
        assert np.array_equal(ties.signs(NUMPY, -given_, pattern), ~found)


@pytest.mark.parametrize("dim", [64, 72, 100, 512, 520])
def test_every_backend_and_batch_has_the_same_ties(dim, backend):
    here = make_backend(backend, "float32")
    total = np.random.default_rng(0).integers(-1, 2, (3, 2, dim)).astype(np.float32)
    expected = np.array([[by_definition(row) for row in rows] for rows in total])
    for array in (total, total.astype(np.int8)):
        pattern = here.asarray(ties.pattern(dim))
        found = here.numpy(ties.signs(here, here.asarray(array), pattern))
        assert np.array_equal(np.where(found, -1, 1), expected)
        one = here.numpy(ties.signs(here, here.asarray(array[2, 1]), pattern))
        assert np.array_equal(one, found[2, 1])


def test_offsets_are_an_odd_number_of_places_within_the_dim():
    for dim in range(2, 700):
        found = ties.offsets(dim)
        assert len(found) % 2 == 1
        assert 0 < found[0] <= found[-1] < dim
    assert ties.offsets(512) == ties.offsets(4096) == (64, 128, 192, 256, 320)


def test_rounding_does_not_decide_a_tie():
    """A third three times is not one in binary, and in another order it is."""
    space = Space(512, MAPB)
    terms = [space.atom(f"t{i}").scale(w) for i, w in enumerate([0.1, 0.2, -0.3, 0.7, 0.7])]
    one = terms[0] + terms[1] + terms[2] + terms[3] + terms[4]
    other = terms[3] + terms[2] + terms[4] + terms[0] + terms[1]
    assert np.array_equal(one.numpy(), other.numpy())
    assert np.array_equal(one.numpy(), (one.scale(1 / 3)).numpy())


@pytest.mark.parametrize("count", [2, 4, 8])
def test_unrelated_bundles_are_not_alike(count):
    """Fixed ties would give P(tie)²: .25, .14 and .07."""
    dim, n = 4096, 200
    space = Space(dim, MAPB)
    rows = space.random((count, n)).bundle(0).numpy().astype(np.float64)
    cosines = (rows @ rows.T / dim)[np.triu_indices(n, 1)]
    assert abs(cosines.mean()) < 3 / math.sqrt(dim * len(cosines)) + 1e-3
    assert np.abs(cosines).max() < 6 / math.sqrt(dim)
    assert cosines.std() == pytest.approx(1 / math.sqrt(dim), rel=0.05)
    assert (rows < 0).mean() == pytest.approx(0.5, abs=0.003)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 8, 16])
def test_a_majority_has_the_share_that_the_theory_says(count):
    space = Space(4096, MAPB)
    terms = space.random((count, 20))
    found = terms.bundle(0).similarity(terms[0])
    assert found.mean() == pytest.approx(space.algebra.shares(count), abs=0.02)


# --- shares of clipped sums -----------------------------------------------------------------------
def clipped_share(k):
    """√K·ρ(K) by exact integration of the density of the sum of K uniform numbers."""

    def integral(low, high, power):
        total = Fraction(0)
        for j in range(k + 1):
            corner = 2 * j - k
            start = max(low, corner)
            for i in range(power + 1 if start < high else 0):
                n = k + i
                piece = Fraction((high - corner) ** n - (start - corner) ** n, n)
                sign = (-1) ** j * math.comb(k, j) * math.comb(power, i)
                total += sign * Fraction(corner) ** (power - i) * piece
        return total / (2**k * math.factorial(k - 1))

    inside, outside, beyond = integral(0, 1, 2), integral(1, k, 0), integral(1, k, 1)
    return math.sqrt(3 / k) * (inside + beyond) / math.sqrt((inside + outside) / 2)


def test_shares_of_clipped_sums_are_exact_and_go_on_well():
    assert [round(float(clipped_share(k)), 6) for k in range(1, 17)] == list(CLIPPED.first)
    for k in (17, 24, 32):
        assert math.sqrt(k) * CLIPPED(k) == pytest.approx(clipped_share(k), abs=0.0025)
    space = Space(4096, MAPC)
    terms = space.random((12, 20))
    found = terms.bundle(0).similarity(terms[3])
    assert found.mean() == pytest.approx(CLIPPED(12), abs=0.02)


# --- sums that stay sums --------------------------------------------------------------------------
def test_sums_are_sliced_reshaped_and_stacked_without_a_change(kind):
    space = Space(512, kind)
    memory = vsa.Memory(space)
    memory.add(NAMES, space.batch(NAMES))
    keys = space.stack([space.key(f"k{i}") for i in range(5)])
    sums = (space.batch(NAMES[:5]) * keys)[:, None] + space.zero((5, 3))
    total = sums.bundle(0)
    for same in (total[:3], total.reshape(1, 3)[0], space.stack([total[i] for i in range(3)])):
        assert np.array_equal(same.total, total.total)
        found = memory.cleanup(same[None] / keys[:, None])
        assert [list(row) for row in found.name] == [[name] * 3 for name in NAMES[:5]]


def test_zero_is_nothing(kind):
    space = Space(64, kind)
    zero, a = space.zero(), space.atom("a")
    assert zero.norm() == zero.similarity(a) == zero.similarity(zero) == 0
    assert (zero * a).norm() == (a - a).norm() == 0
    assert np.array_equal((a + zero).numpy(), a.numpy())
    memory = vsa.Memory(space)
    memory.add("a", a)
    assert memory.cleanup(zero).name is None
    assert memory.cleanup(a - a).name is None
    assert memory.cleanup(a + zero).name == "a"
    with pytest.raises(vsa.VsaError, match="zero vector"):
        memory.add("nothing", a - a)


# --- torchhd --------------------------------------------------------------------------------------
def test_torchhd_computes_the_same(kind):
    torchhd, torch = importable("torchhd"), importable("torch")
    space = Space(512, kind)
    rows = space.batch(NAMES[:5])
    given_ = rows.numpy().astype(np.float32)
    theirs = torch.from_numpy(given_).as_subclass(torchhd.MAPTensor)
    a, b, s, t = rows[0], rows[1], theirs[0], theirs[1]
    assert np.allclose((a * b).numpy(), torchhd.bind(s, t).numpy())
    assert np.allclose((a / b).numpy(), torchhd.bind(s, torchhd.inverse(t)).numpy())
    assert np.allclose(rows.bundle().total, torchhd.multiset(theirs).numpy(), atol=1e-6)
    if kind is MAPB:  # five have no ties
        signs = torchhd.multiset(theirs).normalize().numpy()
        assert np.array_equal(rows.bundle().numpy(), signs)
    expected = torchhd.cosine_similarity(s, theirs).numpy()
    assert np.allclose(rows.similarity(a), expected, atol=1e-5)


# --- memories -------------------------------------------------------------------------------------
@pytest.mark.parametrize("dim", [64, 1000])
def test_stored_signs_are_bytes_that_come_back(dim, backend, dtype, monkeypatch):
    monkeypatch.setattr("vsa.algebra.backend.Backend.block_bytes", 10_000)
    space = Space(dim, MAPB, backend, dtype)
    memory = vsa.Memory(space)
    rows = space.batch(NAMES)
    memory.add(NAMES, rows)
    memory.add("again", space.atom("n3"))
    host = space.backend.numpy
    assert memory.table.rows.itemsize == 1
    assert len(memory.table) == 300
    assert np.array_equal(host(memory.vectors(np.arange(300)).data), host(rows.data))
    assert memory.names_of(space.atom("n3")) == ["n3", "again"]
    query = space.stack([space.atom("n1") + space.atom("n2") + space.atom("n3"), space.atom("x")])
    found = memory.cleanup(query, k=5)
    cosines = np.sort(host(query[:, None].similarities(rows[None])))[:, ::-1]
    assert np.allclose(found.found.similarities, cosines[:, :5], atol=1e-6)
    one = memory.cleanup(query[0], k=5)
    assert np.allclose(one.found.similarities, cosines[0, :5], atol=1e-6)
