"""Codebooks: k-means finds the centres, their codes are symbols, and learning may start there."""

import copy
import io

import numpy as np
import pytest
from layers import fails

import vsa

torch = pytest.importorskip("torch")
pytest.importorskip("array_api_compat")

import vsa.nn as vnn  # noqa: E402
from vsa.nn import codebook as module  # noqa: E402


def space(**settings):
    return vsa.Space(64, backend="torch", **{"dtype": "float64", **settings})


def normal(*shape, seed=0):
    return torch.tensor(np.random.default_rng(seed).standard_normal(shape))


def blobs(count, each=20, features=5, spread=0.05, seed=0):
    """Points around `count` centres that are far apart, those of a centre one after the other."""
    middles = 10 * torch.eye(count, features, dtype=torch.float64)
    return (middles[:, None] + spread * normal(count, each, features, seed=seed)).flatten(0, 1)


def plain(codes, seed=0, **settings):
    return vnn.Codebook(space(seed=seed), codes, normalize=False, **settings)


# --- k-means ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("seed", range(10))
def test_centres_are_the_means_of_clusters_that_are_apart(seed):
    """Of four starts at random there is one in each of four clusters one time in eleven."""
    points = blobs(4)
    book = plain(4, seed).fit(points)
    codes = book.codes(points).reshape(4, 20)
    assert (codes == codes[:, :1]).all()
    assert sorted(codes[:, 0].tolist()) == [0, 1, 2, 3]
    means = points.reshape(4, 20, 5).mean(1)
    assert torch.allclose(book.centres[codes[:, 0]], means)


def test_it_ends_where_each_centre_is_the_mean_of_what_is_nearest():
    points = normal(500, 3)
    book = plain(8, iterations=200).fit(points)
    codes = torch.cdist(points, book.centres).argmin(1)
    assert torch.equal(book.codes(points), codes)
    for code, centre in enumerate(book.centres):
        assert torch.allclose(points[codes == code].mean(0), centre)


def test_as_good_as_that_of_scikit_learn():
    cluster = pytest.importorskip("sklearn.cluster", reason="the extra 'examples' brings it")
    points = normal(600, 4)
    theirs = cluster.KMeans(10, n_init=5, random_state=0).fit(points.numpy()).inertia_

    def inertia(seed):
        book = plain(10, seed, iterations=200).fit(points)
        return float((points - book.centres[book.codes(points)]).square().sum())

    assert min(inertia(seed) for seed in range(5)) < 1.03 * theirs


def test_a_centre_that_lost_its_rows_moves_to_the_farthest():
    rows = torch.tensor([[0.0], [0.2], [4.0], [9.0]])
    centres = module._lloyd(rows, torch.tensor([[0.0], [50.0], [4.0]]), 40)
    assert sorted(centres[:, 0].tolist()) == pytest.approx([0.1, 4, 9])


def test_the_same_comes_out_whatever_torch_drew_before():
    points = normal(200, 3)
    one = plain(6).fit(points)
    torch.rand(17)
    assert torch.equal(plain(6).fit(points).centres, one.centres)
    assert not torch.equal(plain(6, seed=1).fit(points).centres, one.centres)
    assert not torch.equal(plain(6, name="other").fit(points).centres, one.centres)
    assert torch.equal(one.fit(points).centres, plain(6).fit(points).centres)


def test_an_offset_takes_no_precision():
    points = blobs(4, spread=0.5).float()
    book = vnn.Codebook(space(dtype="float32"), 4, normalize=False)
    codes = book.fit(points).codes(points)
    far = book.fit(points + 2**13).codes(points + 2**13)
    assert torch.equal(codes, far)


def test_as_many_different_rows_as_codes_are_the_centres():
    points = torch.cat([normal(5, 3)] * 4)
    assert torch.allclose(plain(5).fit(points).centres.sort(0).values, points[:5].sort(0).values)


# --- what goes in and comes out ------------------------------------------------------------------------
def test_brightness_and_contrast_say_nothing_once_normalised():
    points = normal(100, 9)
    book = vnn.Codebook(space(), 5).fit(points)
    assert torch.equal(book.codes(3 * points + 7), book.codes(points))
    rows = book.normalized(torch.cat([points, torch.full((1, 9), 0.1, dtype=torch.float64)]))
    assert torch.allclose(rows.sum(1), torch.zeros(101, dtype=torch.float64), atol=1e-12)
    assert torch.allclose(rows[:-1].norm(dim=1), torch.ones(100, dtype=torch.float64))
    assert not rows[-1].any()


def test_vectors_are_the_atoms_of_the_codes():
    points = blobs(4)
    book = plain(4).fit(points)
    atoms = space().batch([f"code/{i}" for i in range(4)])
    found = book(points.reshape(8, 10, 5))
    assert found.shape == (8, 10, 64)
    assert torch.equal(found.flatten(0, 1), space().algebra.pack(atoms.data)[book.codes(points)])
    assert torch.equal(book.vectors(points[3]), found[0, 3])
    assert torch.equal(plain(4).fit(points.reshape(8, 10, 5)).centres, book.centres)


@pytest.mark.parametrize("algebra", ["map-i", "bsc"])
def test_codes_are_atoms_of_any_algebra(algebra):
    home = vsa.Space(64, algebra, backend="torch")
    points = blobs(3).float()
    book = vnn.Codebook(home, 3, normalize=False).fit(points)
    wanted = home.algebra.pack(home.atom("code/1").data)
    assert torch.equal(book(points)[book.codes(points) == 1][0], wanted)


def test_learning_may_start_at_centres_or_at_class_bundles():
    """One line each: centres of noisy items are nearer to what they are noisy about than any is."""
    home = space()
    items = home.algebra.pack(home.random(6).data)
    noisy = items[:, None] + 0.05 * normal(6, 25, 64)
    book = vnn.Codebook(home, 6, normalize=False).fit(noisy)
    centres = vnn.Vectors(home, vsa.Vector(home, home.algebra.unpack(book.centres)))
    bundles = vnn.Vectors(home, vsa.Vector(home, home.algebra.unpack(noisy.sum(1))))
    layer = vnn.Cleanup(home, centres)
    assert layer(items).weights.max(1).values.min() > 0.9
    assert len(set(layer(items).weights.argmax(1).tolist())) == 6
    true = vsa.Vector(home, home.algebra.unpack(items))
    for start in (centres.vector[layer(items).weights.argmax(1)], bundles.vector):
        # of m examples with a deviation of s in each of d components, (1 + s²d/m)^-½
        assert float(start.similarity(true).detach().mean()) == pytest.approx(
            (1 + 0.0025 * 64 / 25) ** -0.5, abs=5e-3
        )
    assert centres.weight.requires_grad


# --- as a module ----------------------------------------------------------------------------------------
def test_the_state_carries_the_centres():
    points = blobs(4)
    book = plain(4).fit(points)
    file = io.BytesIO()
    torch.save(torch.nn.ModuleList([book]).state_dict(), file)
    file.seek(0)
    fresh = plain(4, seed=3)
    torch.nn.ModuleList([fresh]).load_state_dict(torch.load(file, weights_only=True))
    assert torch.equal(fresh(points), book(points))
    assert sorted(book.state_dict()) == ["centres", "items.weight"]
    other = plain(4)
    other.load_state_dict(plain(4).state_dict())  # of one that was not fitted either
    assert not other.centres.numel()
    twin = copy.deepcopy(book)
    book.fit(points + 1)
    assert torch.equal(twin.centres, fresh.centres)
    single = twin.float()
    assert torch.equal(single.codes(points.float()), fresh.codes(points))
    assert single(points.float()).dtype == torch.float32


def test_errors_change_nothing():
    points = normal(20, 3)
    bad = points.clone()
    bad[7, 1] = torch.nan
    book = plain(5)
    fails("Codebook: there are no centres yet: call fit(x), or load them",
          lambda: book.codes(points))  # fmt: skip
    before = book.fit(points).centres
    fails("Codebook: the input has 4 rows, too few for 5 codes", lambda: book.fit(points[:4]))
    fails("Codebook: the input has 4 different rows, too few for 5 codes",
          lambda: book.fit(torch.cat([points[:4]] * 3)))  # fmt: skip
    fails("Codebook: the input holds NaN or infinity in row 7", lambda: book.fit(bad))
    fails("Codebook: the input holds NaN or infinity in row 7", lambda: book(bad))
    fails("Codebook: the input has the shape (20, 2), not (..., 3)",
          lambda: book.codes(points[:, :2]))  # fmt: skip
    fails("Codebook: the input is a list, not a tensor", lambda: book.fit([[1.0, 2.0]]))
    fails("Codebook: the input has the shape (), not (..., 1)",
          lambda: book.fit(torch.tensor(1.0)))  # fmt: skip
    fails("Codebook: the input is torch.float32, the layer torch.float64: .to() makes them one",
          lambda: book.codes(points.float()))  # fmt: skip
    assert book.centres is before
    fails("codes must be a whole number of at least 1, not 0", lambda: plain(0))
    fails("iterations must be a whole number of at least 1, not 0",
          lambda: plain(2, iterations=0))  # fmt: skip
