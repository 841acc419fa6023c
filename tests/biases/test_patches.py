"""A net without gradients: what its layers compute, where its filters come from, and digits by it."""

import pytest
from layers import fails

torch = pytest.importorskip("torch")
pytest.importorskip("array_api_compat")

from torch.nn import functional  # noqa: E402
from vsa_plugins.biases import PatchNet  # noqa: E402

import vsa  # noqa: E402
import vsa.nn as vnn  # noqa: E402
from benchmarks.biases import codebooks as rows  # noqa: E402


def images(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def normalised(patches):
    centred = patches - patches.mean(-1, keepdim=True)
    return centred / centred.norm(dim=-1, keepdim=True)


# --- what it computes ---------------------------------------------------------------------------------
def test_a_layer_of_patches_as_they_are_is_a_convolution():
    x = images(4, 2, 7, 9)
    net = PatchNet((6,), start="crops", normalize=False).fit(x)
    filters = net.books[0].centres.reshape(6, 2, 3, 3)
    maps = functional.conv2d(x, filters).relu()  # (4, 6, 5, 7)
    assert torch.allclose(net(x), functional.adaptive_avg_pool2d(maps, 2).flatten(1), atol=1e-5)
    assert net(x).shape == (4, 24)


@pytest.mark.parametrize("encode", ["relu", "triangle"])
def test_normalised_patches_are_compared_with_each_filter(encode):
    x = images(3, 1, 6, 6)
    net = PatchNet((5,), encode=encode).fit(x)
    patches = normalised(functional.unfold(x, 3).mT)  # (3, 16, 9)
    filters = net.books[0].centres
    if encode == "relu":
        found = (patches @ filters.mT).relu()
    else:
        away = (patches[:, :, None] - filters).norm(dim=-1)
        found = (away.mean(-1, keepdim=True) - away).relu()
    quarters = found.reshape(3, 2, 2, 2, 2, 5).mean((2, 4)).permute(0, 3, 1, 2).flatten(1)
    assert torch.allclose(net(x), quarters, atol=1e-5)


def test_layers_see_what_the_one_before_gives():
    x = images(10, 1, 8, 8)
    net = PatchNet((4, 6), start="gaussian").fit(x)
    first = PatchNet((4,), start="gaussian").fit(x)
    assert torch.equal(net.books[0].centres, first.books[0].centres)
    assert net.books[1].centres.shape == (6, 4 * 9)
    assert net(x).shape == (10, 24)


# --- where filters come from -----------------------------------------------------------------------
def test_filters_are_the_codebooks_centres_crops_or_noise():
    x = images(20, 1, 6, 6)
    patches = functional.unfold(x, 3).mT.flatten(0, 1)
    made = {start: PatchNet((5,), start=start).fit(x) for start in ("kmeans", "crops", "gaussian")}
    found = {start: net.books[0].centres for start, net in made.items()}
    book = vnn.Codebook(vsa.Space(2, backend="torch"), 5).fit(patches)
    assert torch.allclose(found["kmeans"], book.centres, atol=1e-6)
    away = torch.cdist(found["crops"], normalised(patches)).min(1).values
    assert away.max() < 1e-3
    other = PatchNet((5,), start="gaussian").fit(images(20, 1, 6, 6, seed=1))
    assert torch.equal(found["gaussian"], other.books[0].centres)
    assert torch.allclose(found["gaussian"].norm(dim=1), torch.ones(5))
    for start, centres in found.items():
        again = PatchNet((5,), start=start, seed=1).fit(x)
        assert not torch.equal(again.books[0].centres, centres)
        assert not any(p.requires_grad for p in again.parameters())


def test_its_state_is_that_of_its_filters():
    x = images(9, 1, 6, 6)
    net, fresh = PatchNet((5, 3)).fit(x), PatchNet((5, 3), seed=7)
    fresh.load_state_dict(net.state_dict())
    assert torch.equal(fresh(x), net(x))
    assert torch.allclose(net.double()(x.double()).float(), fresh(x), atol=1e-5)


def test_errors_change_nothing():
    x = images(9, 1, 6, 6)
    bad = x.clone()
    bad[4, 0, 2, 2] = torch.nan
    net = PatchNet((5, 3))
    fails("PatchNet: patches of 9, filters of 0 numbers: fit(images)", lambda: net(x))
    before = net.fit(x).books[0].centres
    fails("PatchNet: patches of 18, filters of 9 numbers: fit(images)",
          lambda: net(images(9, 2, 6, 6)))  # fmt: skip
    fails("PatchNet: the input holds NaN or infinity in row 4", lambda: net(bad))
    fails("PatchNet: the input (6, 6) is not (n, channels, h, w) of patches",
          lambda: net.fit(x[0, 0]))  # fmt: skip
    fails("PatchNet: the input (9, 5, 2, 2) is not (n, channels, h, w) of patches",
          lambda: net.fit(x[..., :4, :4] + 1))  # fmt: skip
    fails("Codebook: the input has 1 rows, too few for 5 codes",
          lambda: net.fit(x[:1, :, :3, :3]))  # fmt: skip
    assert net.books[0].centres is before
    fails("encode must be one of relu, triangle, not 'tanh'", lambda: PatchNet(encode="tanh"))
    fails("start must be one of kmeans, crops, gaussian, not 'zero'",
          lambda: PatchNet(start="zero"))  # fmt: skip


# --- digits -------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def digits():
    pytest.importorskip("sklearn", reason="the extra 'examples' brings the digits")
    return rows


def test_random_filters_read_digits_as_well_as_those_of_kmeans(digits):
    """The splits spread by about a percent."""
    pixels, random = digits.net(0), digits.net(0, 16, start="gaussian")
    assert pixels == pytest.approx(93.1, abs=2.5)
    assert random == pytest.approx(96.5, abs=2)
    assert digits.net(0, 16, start="kmeans") == pytest.approx(95.9, abs=2)
    assert random > pixels


def test_codes_read_digits_where_they_are_bound_with_places(digits):
    bundles, nearest = digits.read(0, 16, "crops")
    assert bundles == pytest.approx(88.9, abs=5)
    assert nearest == pytest.approx(94.3, abs=3)
    nowhere = digits.read(0, 16, "crops", "none")
    assert bundles - nowhere[0] > 8


def test_items_that_start_at_class_bundles_know_their_classes(digits):
    assert digits.learnt(0, "bundles", steps=0) > 85
    assert digits.learnt(0, "atoms", steps=0) < 30


def test_without_digits_the_tables_say_so(monkeypatch):
    monkeypatch.setattr(rows, "find_spec", lambda name: None)
    for made in rows.TABLES:
        assert 'no digits: pip install "vsa-algebra[examples]"' in str(made(True))
