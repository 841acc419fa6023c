"""Products taken apart: by searching them all, by a resonator, with noise, out of sums."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vsa
from vsa.errors import VsaError
from vsa.products.resonator import Resonator

RESONATE = {"hrr": 512, "fhrr": 256, "map-i": 512, "map-b": 512, "map-c": 1024, "bsc": 512,
            "mcr:8": 256, "sbc:16:counts": 64}  # fmt: skip
SEARCH = {**RESONATE, "vtb": 400, "tvtb": 400, "ghrr:2": 128, "mbat": 400, "sbc:16": 128,
          "cgr:8": 512, "bsdc-seg": 1024}  # fmt: skip
BOTH = [(a, "search") for a in SEARCH] + [(a, "resonator") for a in RESONATE]
ERROR = 1e-3


def books_of(space, *sizes):
    return [space.batch([f"{f}/{i}" for i in range(size)]) for f, size in enumerate(sizes)]


def bound(books, rows):
    """The products of some rows (..., factors), one binding after the other."""
    found = books[0][rows[..., 0]]
    for book, column in zip(books[1:], np.moveaxis(rows, -1, 0)[1:], strict=True):
        found = found * book[column]
    return found


def names(found):
    """The numbers of the winners (..., factors), -1 for nothing."""
    columns = [np.asarray(answer.name) for answer in found.answers]
    return np.stack([np.where(c == None, -1, c).astype(int) for c in columns], axis=-1)  # noqa: E711


# --- products -------------------------------------------------------------------------------------
@pytest.mark.parametrize(("algebra", "method"), BOTH)
def test_the_factors_of_a_batch_of_products(algebra, method):
    space = vsa.Space(SEARCH[algebra], algebra=algebra)
    books = books_of(space, 7, 9, 8)
    rows = np.random.default_rng(0).integers(7, size=(2, 3, 3))
    found = vsa.factor(bound(books, rows), *books, method=method)
    assert found.shape == (2, 3)
    assert names(found).tolist() == rows.tolist()
    assert found.reproduces.all()
    assert found.found.all()
    assert all((answer.probability > 0.999).all() for answer in found.answers)
    assert (found.similarity > 0.999).all()
    assert (found.chance < 1e-6).all()
    assert bool((found.sweeps > 0).all()) == (method == "resonator")
    assert np.allclose(found.product.similarities(bound(books, rows)), 1, atol=1e-3)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("algebra", ["hrr", "bsc"])
def test_on_every_backend_by_either_way(algebra, backend):
    if backend == "torch":
        pytest.importorskip("torch")
    space = vsa.Space(512, algebra=algebra, backend=backend)
    books = books_of(space, 12, 11, 10)
    rows = np.random.default_rng(1).integers(10, size=(5, 3))
    for method in ("search", "resonator"):
        found = vsa.factor(bound(books, rows), *books, method=method)
        assert names(found).tolist() == rows.tolist()


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 6), min_size=2, max_size=4),
    algebra=st.sampled_from(["hrr", "bsc", "map-i"]),
    seed=st.integers(0, 1000),
    data=st.data(),
)
def test_search_finds_what_comparing_all_products_finds(sizes, algebra, seed, data):
    """An oracle: every product made and compared, with noise so strong that the best may be wrong."""
    space = vsa.Space(64, algebra=algebra, seed=seed)
    books = books_of(space, *sizes)
    row = np.array([data.draw(st.integers(0, size - 1)) for size in sizes])
    x = bound(books, row) + space.random() + space.random()
    grid = np.stack(np.unravel_index(np.arange(math.prod(sizes)), sizes), axis=-1)
    cosines = np.array([x.similarity(bound(books, r)) for r in grid])
    found = vsa.factor(x, *books, method="search", error=0.5)
    best = [int(answer.names[0]) for answer in found.answers]
    same = float(x.similarity(bound(books, np.array(best))))
    # a sum is compared as it is, also where its rows would be finished
    if space.closed:
        assert same == pytest.approx(cosines.max(), abs=1e-5)
    else:
        assert same >= cosines.max() - 3 / math.sqrt(64)


def test_a_table_larger_than_a_block_is_searched_whole():
    space = vsa.Space(256)
    books = books_of(space, 70, 65, 60)  # more than one table, and more than one block of the rest
    rows = np.array([[69, 64, 59], [0, 0, 0], [69, 0, 30]])
    assert names(vsa.factor(bound(books, rows), *books, method="search")).tolist() == rows.tolist()


@pytest.mark.parametrize(("items", "factors"), [(50, 3), (20, 4), (79, 3), (30, 4)])
@pytest.mark.parametrize("algebra", ["hrr", "map-i"])
def test_large_search_spaces_at_dim_1024(algebra, items, factors):
    space = vsa.Space(1024, algebra=algebra)
    books = books_of(space, *[items] * factors)
    rows = np.random.default_rng(2).integers(items, size=(10, factors))
    found = vsa.factor(bound(books, rows), *books, method="resonator")
    assert (names(found) == rows).all(axis=1).sum() >= 9  # a path may wander longer than allowed
    right = (names(found) == rows).all(axis=1)
    assert (right == found.found).all()  # and what is not solved is not claimed


def test_without_a_method_many_products_go_to_the_resonator():
    space = vsa.Space(1024)
    small, large = books_of(space, 8, 8), books_of(space, 110, 110, 110)
    assert vsa.factor(small[0][1] * small[1][2], *small).method == "search"
    found = vsa.factor(large[0][7] * large[1][8] * large[2][9], *large)
    assert found.method == "resonator"
    assert [answer.name for answer in found.answers] == ["7", "8", "9"]


def test_what_the_resonator_does_not_find_is_searched_for():
    space = vsa.Space(512)
    books = books_of(space, 110, 110, 110)
    x = books[0][7] * books[1][8] * books[2][9]
    alone = vsa.factor(x, *books, method="resonator", sweeps=1, lanes=1)
    assert not alone.found
    found = vsa.factor(x, *books, sweeps=1, lanes=1)
    assert [answer.name for answer in found.answers] == ["7", "8", "9"]
    assert bool(found.reproduces)


def test_vectors_that_are_no_keys_are_taken_apart_too():
    space = vsa.Space(1024, atoms="gaussian")
    books = books_of(space, 9, 9, 9)
    rows = np.random.default_rng(3).integers(9, size=(4, 3))
    for method in ("search", "resonator"):
        found = vsa.factor(bound(books, rows), *books, method=method)
        assert names(found).tolist() == rows.tolist()
        assert found.reproduces.all()


# --- how sure -------------------------------------------------------------------------------------
@pytest.mark.parametrize("algebra", ["hrr", "bsc", "map-c", "sbc:16"])
def test_what_is_no_product_is_taken_for_one_no_more_often_than_stated(algebra):
    space = vsa.Space(SEARCH[algebra] // 2, algebra=algebra)
    books = books_of(space, 15, 15, 15)
    noise, error = space.random(400), 0.05
    found = vsa.factor(noise, *books, method="search", error=error)
    assert found.found.mean() <= error + 3 * math.sqrt(error / 400)
    assert not found.reproduces.any()


@pytest.mark.parametrize("algebra", ["hrr", "bsc"])
def test_probabilities_of_noisy_products_come_true(algebra):
    """Where as many are as faint as the error supposes, what they say is how often they are right."""
    space, rng = vsa.Space(256, algebra=algebra), np.random.default_rng(4)
    books = books_of(space, 12, 12)
    rows = rng.integers(12, size=(600, 2))
    x = bound(books, rows).scale(rng.uniform(0.1, 1, 600))
    for _ in range(8):
        x = x + space.random(600).scale(rng.uniform(0.3, 1, 600))
    found = vsa.factor(x, *books, method="search", error=0.5)
    right = names(found) == rows
    p = np.stack([answer.probability for answer in found.answers], axis=-1)
    sure = p > 0.5
    deviation = math.sqrt((p * (1 - p))[sure].sum() * 2)  # of both factors of one alike
    assert right[sure].sum() > p[sure].sum() - 3 * deviation  # never surer than it is right
    assert sure.mean() > 0.2


def test_a_factor_that_is_known_is_surer_than_one_in_doubt():
    space = vsa.Space(512)
    colours, shapes = books_of(space, 4, 5)
    both = colours[1] * shapes[2] + colours[1] * shapes[3]
    found = vsa.factor(both, colours, shapes)
    assert found.answers[0].name == "1"
    assert found.answers[0].probability > 0.99
    assert found.answers[1].probability < 0.9


def test_nothing_is_found_in_nothing():
    space = vsa.Space(256)
    books = books_of(space, 4, 4)
    for method in ("search", "resonator"):
        found = vsa.factor(space.zero(), *books, method=method, sweeps=10)
        assert not found.found
        assert found.answers[0].is_nothing
        assert not found.reproduces


# --- sums -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["search", "resonator"])
@pytest.mark.parametrize("algebra", ["hrr", "fhrr", "map-i", "bsc", "mcr:8"])
def test_the_terms_of_a_sum_one_after_the_other(algebra, method):
    space = vsa.Space(RESONATE[algebra] * 2, algebra=algebra)
    books = books_of(space, 8, 8, 8)
    rows = np.random.default_rng(5).integers(8, size=(4, 3, 3))
    total = bound(books, rows[:, 0])
    for term in (1, 2):
        total = total + bound(books, rows[:, term])
    found = vsa.factor(total, *books, terms=5, method=method)
    assert found.shape == (4, 5)
    for i in range(4):
        seen = {tuple(row) for row in names(found)[i] if row[0] >= 0}
        assert seen == {tuple(row) for row in rows[i]}
    assert found.reproduces.all()


def test_weights_of_terms_do_not_matter():
    space = vsa.Space(1024)
    books = books_of(space, 10, 10)
    rows = np.array([[1, 2], [3, 4]])
    terms = bound(books, rows)
    found = vsa.factor(terms[0].scale(3) - terms[1].scale(0), *books, terms=2)
    assert names(found).tolist() == [[1, 2], [-1, -1]]
    found = vsa.factor(terms[0].scale(3) + terms[1], *books, terms=3)
    assert names(found).tolist() == [[1, 2], [3, 4], [-1, -1]]
    assert bool(found.reproduces)


# --- the network itself ---------------------------------------------------------------------------
def test_one_sweep_is_that_of_the_paper():
    """x̂_f ← sgn(X_fᵀ X_f (c ⊙ Π x̂_g)), one factor after the other, from the sum of each codebook."""
    space = vsa.Space(301, algebra="map-i")
    books = [v.total for v in books_of(space, 9, 9, 9)]
    product = books[0][1] * books[1][2] * books[2][3]
    found = Resonator(space, books).settle(product[None], 0.999, 1, lanes=1, patience=1)
    estimates = [np.where(b.sum(0) == 0, 1, np.sign(b.sum(0))) for b in books]
    rows = []
    for f, book in enumerate(books):
        u = product * np.prod([e for g, e in enumerate(estimates) if g != f], axis=0)
        weights = book @ u
        rows.append(int(np.abs(weights).argmax()))
        new = np.sign(weights @ book)
        estimates[f] = np.where(new == 0, estimates[f], new)
    assert found.rows[0].tolist() == rows
    assert found.sweeps.tolist() == [1]


def test_no_product_takes_more_sweeps_than_allowed():
    space = vsa.Space(64)
    books = books_of(space, 40, 40, 40)
    found = vsa.factor(space.random(3), *books, method="resonator", sweeps=50, lanes=4)
    assert (found.sweeps <= 50 + 4).all()
    assert not found.found.any()


# --- arguments ------------------------------------------------------------------------------------
def test_codebooks_are_memories_batches_or_lists():
    space = vsa.Space(512)
    colours = vsa.Memory(space)
    colours.add(["red", "green", "blue"], space.batch(["red", "green", "blue"]))
    square, circle = space.atoms("square", "circle")
    found = vsa.factor(space.atom("blue") * circle, colours, [square, circle])
    assert [answer.name for answer in found.answers] == ["blue", "1"]
    assert found.labels == ("factor 1", "factor 2")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda s, a: vsa.factor(a[0], a), "a product has at least two factors: name a codebook for each"),
        (lambda s, a: vsa.factor(a[0], a, a[0]),
         "codebook 2 is a Memory or a batch of vectors (items,), not of shape ()"),
        (lambda s, a: vsa.factor(a[0], a, vsa.Memory(s)), "codebook 2, 'factor 2', has no members"),
        (lambda s, a: vsa.factor(a[0], a, vsa.Space(64).random(2)),
         f"codebook 2, 'factor 2', is of another space: {vsa.Space(64)!r}"),
        (lambda s, a: vsa.factor(a[0], a, a, method="guess"),
         "method must be one of search, resonator, not 'guess'"),
        (lambda s, a: vsa.factor(a[0], a, a, terms=0), "terms must be a whole number of at least 1, not 0"),
        (lambda s, a: vsa.factor(a[0], a, a, error=2), "error must be a number in [1e-12, 0.5], not 2"),
        (lambda s, a: vsa.factor(3, a, a), "product must be a Vector, not 3"),
        (lambda s, a: vsa.factor(a[0], a, 3), "codebook 2 must be a Vector, not 3"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_named(call, said):
    space = vsa.Space(128)
    with pytest.raises(VsaError) as error:
        call(space, space.random(4))
    assert str(error.value) == said


def test_what_an_algebra_cannot_do_names_the_law():
    space = vsa.Space(100, algebra="vtb")
    a = space.random(4)
    with pytest.raises(VsaError) as error:
        vsa.factor(a[0] * a[1], a, a, method="resonator")
    assert str(error.value) == (
        "a resonator needs sums that binding multiplies component by component, which the algebra "
        "'vtb' has not; search, method=\"search\""
    )
    space = vsa.Space(512, algebra="bsdc-cdt")
    a = space.random(4)
    with pytest.raises(VsaError, match="taking a product apart needs unbinding"):
        vsa.factor(a[0], a, a)
