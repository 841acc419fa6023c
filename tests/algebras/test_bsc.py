"""Binary spatter codes by their definitions, bit by bit, and by torchhd; majorities counted in words."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vsa_plugins.algebras import ties
from vsa_plugins.algebras.bsc import BSC

import vsa
from vsa.algebra import counting, orders
from vsa.algebra.batches import bundle, bundle_bound
from vsa.algebra.space import Space
from vsa.errors import ArgumentValueError
from vsa.theory.noise import majority

DIMS = [2, 7, 63, 64, 65, 72, 100, 128, 512, 1000]


def bits(vector):
    return vector.numpy().astype(int)


def by_definition(rows):
    """The majority of rows of bits (k, dim), ties as vsa_plugins/algebras/ties.py says; plain Python."""
    dim = len(rows[0])
    totals = [sum(1 - 2 * int(row[j]) for row in rows) for j in range(dim)]
    first = next((total for total in totals if total), 1)
    fixed = [bool(p) != (first < 0) for p in ties.pattern(dim)]
    signs = [total < 0 if total else fixed[j] for j, total in enumerate(totals)]
    product = [sum(signs[(j - o) % dim] for o in ties.offsets(dim)) % 2 for j in range(dim)]
    return [int(total < 0) if total else product[j] for j, total in enumerate(totals)]


@pytest.fixture(params=DIMS)
def space(request, backend, dtype):
    return Space(request.param, BSC, backend, dtype)


# --- definitions ----------------------------------------------------------------------------------
def test_operations_are_those_of_the_bits(space):
    a, b = space.atoms("a", "b")
    x, y = bits(a), bits(b)
    for made, wanted in (
        (a * b, x ^ y), (a / b, x ^ y), (~a, x), (a**3, x), (a**-1, x), (a**2, 0 * x),
        (a.inverse(), x), (a.unitary(), x), (space.identity(), 0 * x), (a.left_unbind(b), x ^ y),
        (a.permute(), x[orders.cycle(space.dim)]),
        (a.permute(-2), x[orders.power(orders.cycle(space.dim), -2)]),
    ):  # fmt: skip
        assert bits(made).tolist() == wanted.tolist()
    h = int((x != y).sum())
    assert a.similarity(b) == pytest.approx(1 - 2 * h / space.dim, abs=1e-6)
    assert a.dot(b) == pytest.approx(1 - 2 * h / space.dim, abs=1e-6)
    assert a.similarity(a) == a.norm() == 1


def test_rows_are_whole_words_with_nothing_behind_the_bits(space):
    made = [space.random(5), space.random(5).permute(), space.random(5) * space.random()]
    made += [space.random(5) + space.random(5), space.vector(np.ones(space.dim))]
    made += [2 * space.random() + space.random(), space.zero()]
    for vector in made:
        rows = space.backend.numpy(vector.data)
        assert rows.dtype == np.uint8
        assert rows.shape[-1] == 8 * -(-space.dim // 64)
        flat = np.unpackbits(rows, axis=-1, bitorder="little")
        assert not flat[..., space.dim :].any()
        shown = space.backend.numpy(space.algebra.words.bits(vector.data))
        assert flat[..., : space.dim].tolist() == shown.tolist()


def test_atoms_are_the_same_on_every_backend_and_half_of_their_bits_are_set(backend):
    names = [f"n{i}" for i in range(200)]
    space = Space(1000, "bsc", backend)
    drawn = bits(space.batch(names))
    assert drawn.tolist() == bits(Space(1000, "bsc").batch(names)).tolist()
    assert abs(drawn.mean() - 0.5) < 4 * 0.5 / drawn.size**0.5
    spread = (drawn @ drawn.T)[np.triu_indices(200, 1)]  # ones in common: B(1000, ¼)
    assert abs(spread.mean() - 250) < 1
    assert spread.std() == pytest.approx((1000 * 3 / 16) ** 0.5, rel=0.1)


def test_components_are_0_and_1(space):
    a = space.random(3)
    assert bits(space.vector(a.numpy())).tolist() == bits(a).tolist()
    assert bits(space.vector([[True] * space.dim])).tolist() == [[1] * space.dim]
    for wrong in (0.5, -1, 2):
        given = np.zeros((2, space.dim))
        given[1, 1] = wrong
        with pytest.raises(ArgumentValueError, match=f"0 or 1, not {wrong}$"):
            space.vector(given)


def test_coordinates_are_isometric_and_their_signs_the_bits(space):
    algebra, a = space.algebra, space.random(4)
    packed = space.backend.numpy(algebra.pack(a.data))
    assert packed == pytest.approx((1 - 2 * bits(a)) / space.dim**0.5)
    again = algebra.unpack(3 * algebra.pack(a.data))
    assert space.backend.numpy(again).tolist() == space.backend.numpy(a.data).tolist()


def test_only_whole_powers(space):
    exponents = np.array([0, 1, -3, 4])
    a = space.random(4)
    assert bits(a**exponents).tolist() == (bits(a) * (exponents % 2)[:, None]).tolist()
    with pytest.raises(vsa.VsaError, match="fractional"):
        space.algebra.power(a.data, 0.5)
    with pytest.raises(vsa.VsaError):
        space.atom("a") ** 0.5


# --- the majority ---------------------------------------------------------------------------------
@pytest.mark.parametrize("k", [1, 2, 3, 4, 5, 8])
def test_a_bundle_is_the_majority(space, k):
    atoms = [space.atom(f"n{i}") for i in range(k)]
    wanted = by_definition([bits(a) for a in atoms])
    total = atoms[0] if k == 1 else bundle(*atoms)
    assert bits(total).tolist() == wanted
    assert bits(sum(atoms)).tolist() == wanted
    assert bits(space.stack(atoms).bundle()).tolist() == wanted
    assert bits(2.5 * total).tolist() == wanted
    assert bits(bundle_bound([space.identity()] * k, atoms)).tolist() == wanted
    batch = bundle(*(space.stack([a, a, a]) for a in atoms)) if k > 1 else atoms[0].reshape(1)
    assert bits(batch).tolist() == [wanted] * len(batch)


@settings(max_examples=150)
@given(
    dim=st.sampled_from([*DIMS, 256, 1024]) | st.integers(2, 200),
    shape=st.sampled_from([(), (1,), (3,), (2, 2), (0,), (700,)]),
    backend=st.sampled_from(["numpy", "torch"]),
    picks=st.lists(st.integers(0, 9), min_size=1, max_size=40),
)
def test_words_count_what_sums_do(dim, shape, backend, picks):
    pytest.importorskip(backend)
    space = Space(dim, BSC, backend)
    algebra, some = space.algebra, [space.random(shape).data for _ in range(10)]
    terms = [some[i] for i in picks]
    total = sum([algebra.accumulate(t) for t in terms[1:]], algebra.accumulate(terms[0]))
    wanted = space.backend.numpy(algebra.finish(total))
    found = space.backend.numpy(algebra.finish_terms(terms))
    assert found.shape == wanted.shape
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, wanted)


@given(st.integers(2, 130), st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_ties_of_any_sum_are_those_of_the_rule(dim, seed, largest):
    space = Space(dim, BSC)
    rng = np.random.default_rng(seed)
    totals = rng.integers(-largest, largest + 1, (3, dim)).astype(np.float32)
    wanted = ties.signs(space.backend, totals, ties.pattern(dim))
    for found in (space.algebra.finish(totals), [space.algebra.finish(t) for t in 0.3 * totals]):
        np.testing.assert_array_equal(space.algebra.words.bits(np.array(found)), wanted)


@pytest.mark.parametrize("k", [2, 4, 8])
def test_unrelated_bundles_are_unlike(k):
    space = Space(1024, BSC)
    a, b = (bundle(*(space.random(400) for _ in range(k))) for _ in range(2))
    found = np.asarray(a.similarities(b))
    assert abs(found.mean()) < 3 * 1024**-0.5 / 20
    assert found.std() == pytest.approx(1024**-0.5, rel=0.15)
    assert abs(bits(a).mean() - 0.5) < 0.005


@pytest.mark.parametrize("k", [2, 3, 4, 9])
def test_a_term_has_the_share_that_the_theory_says(k):
    space = Space(1024, BSC)
    terms = [space.random(300) for _ in range(k)]
    found = np.asarray(bundle(*terms).similarities(terms[0]))
    assert found.mean() == pytest.approx(majority()(k), abs=4 * 1024**-0.5 / 300**0.5)


# --- sums by their rows ---------------------------------------------------------------------------
def test_a_sum_is_the_same_by_its_rows_and_by_its_counts(backend):
    space = Space(128, BSC, backend)
    a, b, c, k = space.random(6), space.random(6), space.random(6), space.random()
    rows, counts = a + b + c, (a + b + c).scale(1.0)  # scaled: only the counts are known
    assert [len(rows._rows), len(counts._rows)] == [3, 0]
    for change in (
        lambda v: v * k, lambda v: k * v, lambda v: v / k, lambda v: v.left_unbind(k),
        lambda v: v.permute(3), lambda v: v[2:5], lambda v: v[1], lambda v: v.reshape(2, 3),
        lambda v: v + c, lambda v: v - c, lambda v: v + a.permute() + b, lambda v: v.bundle(),
        lambda v: v.normalize(), lambda v: (v * k).reshape(3, -1)[1, 0] / k + a[2],
    ):  # fmt: skip
        rows = a + b + c
        one, other = change(rows), change(counts)
        assert one.shape == other.shape
        assert bits(one).tolist() == bits(other).tolist()
        numpy = space.backend.numpy
        assert numpy(one.total).tolist() == numpy(other.total).tolist()


def test_rows_are_kept_while_they_take_less_room_than_a_sum():
    space = Space(1024, BSC)
    assert space.algebra.rows_in_sum == 32
    one, many = space.random(), space.random(2)
    total, totals = one, many
    for i in range(300):
        total, totals = total + one, totals + many
        assert len(total._rows) in ({i + 2} if i + 2 <= 256 else {0})
        assert len(totals._rows) in ({i + 2} if i + 2 <= 32 else {0})
    assert total.count_terms() == 301**2
    assert bits(totals).tolist() == bits(many).tolist()


def test_a_sum_of_nothing_is_told_by_its_rows(backend):
    space = Space(2, BSC, backend)
    every = space.vector([[0, 0], [0, 1], [1, 0], [1, 1]])
    for i in range(4):
        sums = bundle(every, every[[i, i, i, i]])  # two opposite ones are nothing
        assert len(sums._rows) == 2
        wanted = space.backend.numpy(sums.scale(1.0).norms()) > 0
        assert space.backend.numpy(sums._there).tolist() == wanted.tolist()
        assert (every[i] + every[3 - i]).similarity(every[i]) == 0
        assert (every[i] + every[i]).similarity(every[i]) == 1
        assert bits(every[i] + every[3 - i]).tolist() == [0, 0]


# --- without faiss, and the standard alone --------------------------------------------------------
@pytest.mark.parametrize("width", [8, 16, 128, 1256])
def test_every_way_to_count_gives_the_same(monkeypatch, width):
    rng = np.random.default_rng(width)
    monkeypatch.setattr(counting, "ROWS", 200)  # in several blocks
    monkeypatch.setattr(counting, "FEW", 2)
    rows, queries = (rng.integers(0, 256, (n, width), dtype=np.uint8) for n in (700, 5))
    wanted = np.unpackbits(rows[None] ^ queries[:, None], axis=-1).sum(-1)
    np.testing.assert_array_equal(counting.distances(queries, rows), wanted)
    found = np.empty((len(rows), len(queries)), dtype=np.int32)
    counting.by_numpy(rows, queries, found)
    np.testing.assert_array_equal(found.T, wanted)
    np.testing.assert_array_equal(counting.ones(np, rows ^ queries[0]), wanted[0])
    monkeypatch.setattr(counting, "faiss", lambda: None)
    np.testing.assert_array_equal(counting.distances(queries, rows), wanted)
    found = counting.distances(queries[:, :8], rows[:, :8])  # no contiguous arrays
    np.testing.assert_array_equal(
        found, np.unpackbits(rows[None, :, :8] ^ queries[:, None, :8], -1).sum(-1)
    )


# --- another library ------------------------------------------------------------------------------
@pytest.fixture
def torchhd():
    pytest.importorskip("torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("torchhd", exc_type=ImportError)


def test_binding_similarity_and_odd_bundles_are_those_of_torchhd(torchhd):
    import torch

    space = Space(1000, BSC)
    a, b = space.random(20), space.random(20)

    def theirs(vector):
        return torch.tensor(vector.numpy() == 1).as_subclass(torchhd.BSCTensor)

    assert (torchhd.bind(theirs(a), theirs(b)).int().numpy() == bits(a * b)).all()
    similar = torchhd.cosine_similarity(theirs(a), theirs(b[0])).numpy()
    assert np.asarray(a.similarities(b[0])) == pytest.approx(similar, abs=1e-5)
    nine = torchhd.multibundle(theirs(a[:9]))
    assert (nine.int().numpy() == bits(a[:9].bundle())).all()
