"""What vectors, memories and answers look like: by closed forms, and by others' reckoning."""

import re

import numpy as np
import pytest
from backends import PRESENT
from structured import error

import vsa
from vsa.errors import ArgumentTypeError, ArgumentValueError
from vsa.pictures import Curves, HeatMap, Points
from vsa.views import capacity_curve, interval, memory_map, reliability, similarity_map, spectrum


# --- how alike -------------------------------------------------------------------------------------
@pytest.mark.parametrize("backend", PRESENT)
@pytest.mark.parametrize("algebra", ["hrr", "fhrr", "bsc", "map-b", "bsdc-seg", "vtb"])
def test_each_cell_is_the_similarity_of_its_row_and_column(algebra, backend):
    space = vsa.Space(dim=256, algebra=algebra, backend=backend)
    x, y = space.random(3), space.random(4)
    values = similarity_map(x, y).values
    assert values.shape == (3, 4)
    expected = [[float(x[i].similarity(y[j])) for j in range(4)] for i in range(3)]
    assert np.allclose(values, expected, atol=1e-5)
    assert np.allclose(np.diag(similarity_map(x).values), 1, atol=1e-5)


def themed(dim=512, own=0.6, **options):
    """A memory of three kinds, whose members have much in common."""
    space = vsa.Space(dim=dim, **options)
    memory = vsa.Memory(space)
    for kind in ("bird", "fish", "tool"):
        names = [f"{kind}{i}" for i in range(4)]
        items = (space.batch(names).scale(own) + space.atom(kind)).normalize()
        memory.add(names, items, kind=kind)
    return memory


def test_a_map_is_the_principal_axes_of_the_items():
    memory = themed()
    drawn = memory_map(memory)
    assert isinstance(drawn, Points)
    rows = np.asarray(memory.vectors(np.arange(12)).numpy())
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    u, s, _ = np.linalg.svd(rows - rows.mean(0), full_matrices=False)
    share = s[:2] ** 2 / (s**2).sum()
    assert np.allclose(np.abs(drawn.places), np.abs(u[:, :2] * s[:2]), atol=1e-4)
    assert drawn.x == f"first axis, {100 * share[0]:.0f} %"
    assert drawn.note == f"the two axes have {100 * share.sum():.0f} % of the variance"


def test_the_map_keeps_kinds_together():
    drawn = memory_map(themed())
    apart = np.linalg.norm(drawn.places[:, None] - drawn.places[None], axis=-1)
    same = np.equal.outer(drawn.kinds, drawn.kinds)
    assert apart[same].max() < 0.25 * apart[~same].min()


@pytest.mark.parametrize("count", [4, 8, 20, 100])
@pytest.mark.parametrize("algebra", ["hrr", "bsc"])
@pytest.mark.parametrize("dim", [128, 1024])
def test_unrelated_items_are_no_map(count, algebra, dim):
    space = vsa.Space(dim=dim, algebra=algebra)
    memory = vsa.Memory(space)
    memory.add([f"a{i}" for i in range(count)], space.random(count))
    drawn = memory_map(memory)
    assert isinstance(drawn, HeatMap)
    assert re.fullmatch(
        r"the two axes have \d+ % of the variance, too little for a map: these items are about equally "
        r"far from each other", drawn.note,
    )  # fmt: skip


def test_two_and_three_items_fit_a_plane():
    space = vsa.Space(dim=256)
    memory = vsa.Memory(space)
    memory.add(["a", "b"], space.batch(["a", "b"]))
    apart = np.linalg.norm(np.subtract(*memory_map(memory).places))
    cosine = float(space.atom("a").similarity(space.atom("b")))
    assert apart == pytest.approx(np.sqrt(2 - 2 * cosine), abs=1e-4)
    memory.add("c", space.atom("c"))
    assert memory_map(memory).note == "the two axes have 100 % of the variance"


# --- spectra ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("algebra", ["hrr", "fhrr"])
def test_moduli_multiply_as_vectors_are_bound(algebra):
    space = vsa.Space(dim=64, algebra=algebra)
    mark, fish, eat = space.atoms("mark", "fish", "eat")
    assert np.allclose(spectrum(mark).series[0].y, 1, atol=1e-5)
    a, b = mark + fish, fish + eat
    x, y, z = spectrum(a, b, a * b).series
    assert np.allclose(x.y * y.y, z.y, atol=1e-4)
    assert len(x.x) == (33 if algebra == "hrr" else 64)


def test_the_spectrum_is_that_of_the_components():
    v = vsa.Space(dim=65, atoms="gaussian").atom("v")
    assert np.allclose(spectrum(v).series[0].y, np.abs(np.fft.rfft(v.numpy())), atol=1e-5)
    assert spectrum(v).series[0].label == "v"


# --- how sure and how right ------------------------------------------------------------------------
def test_the_error_is_that_of_the_calibration_tests():
    rng = np.random.default_rng(0)
    p = rng.random(1000)
    for right in (rng.random(1000) < p, rng.random(1000) < p**2):
        drawn = reliability(p, right, 15)
        assert f"{error(p, right):.3f}".removeprefix("0") in drawn.note
        assert len(drawn.series[0].x) == 15


def test_what_comes_true_lies_on_the_diagonal():
    rng = np.random.default_rng(1)
    p = rng.random(20_000)
    (drawn,) = reliability(p, rng.random(20_000) < p).series
    low, high = drawn.error
    inside = (drawn.y - low <= drawn.x) & (drawn.x <= drawn.y + high)
    assert inside.sum() >= 8  # of 10 intervals of 95 %
    (over,) = reliability(np.sqrt(p), rng.random(20_000) < p).series
    assert (over.y[:9] < over.x[:9]).all()


def test_intervals_are_wilsons():
    stats = pytest.importorskip("scipy.stats")
    for right, n in [(0, 5), (3, 7), (20, 20), (50, 200)]:
        found = stats.binomtest(right, n).proportion_ci(0.95, "wilson")
        low, high = interval([right], [n])[:, 0]
        share = right / n
        assert (share - low, share + high) == pytest.approx((found.low, found.high), abs=1e-6)


# --- capacity --------------------------------------------------------------------------------------
@pytest.mark.parametrize("algebra", ["hrr", "bsc", "map-i"])
def test_measured_points_lie_beside_the_theory(algebra):
    space = vsa.Space(dim=64, algebra=algebra)
    drawn = capacity_curve(space, [6, 12], 100, 64, 512, trials=300)
    assert [series.line for series in drawn.series] == [True, False, True, False]
    for theory, measured in (drawn.series[:2], drawn.series[2:]):
        said = np.interp(np.log(measured.x), np.log(theory.x), theory.y)
        # three times the sampling error, and what the theory of single reads is off by
        assert (np.abs(measured.y - said) < 3 * np.sqrt(0.25 / 300) + 0.02).all()
        assert theory.y[0] < 0.8 < 0.97 < theory.y[-1]


# --- what cannot be --------------------------------------------------------------------------------
SPACE = vsa.Space(dim=64)
V = SPACE.atom("v")


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda: similarity_map(V), ArgumentValueError,
         "x must be a batch of vectors (n,), not of shape ()"),
        (lambda: similarity_map(SPACE.random(2), SPACE.random((2, 2))), ArgumentValueError,
         "y must be a batch of vectors (n,), not of shape (2, 2)"),
        (lambda: similarity_map(SPACE.random(2), rows=["a"]), ArgumentValueError,
         "1 labels do not fit 2 rows"),
        (lambda: memory_map(3), ArgumentTypeError, "memory must be a Memory, not 3"),
        (lambda: memory_map(vsa.Memory(SPACE)), vsa.VsaError,
         "there is nothing to draw: a map needs two items in memory at least"),
        (lambda: spectrum(), ArgumentValueError, "there is nothing to draw: give vectors"),
        (lambda: spectrum(SPACE.random(2)), ArgumentValueError,
         "spectrum draws single vectors, not a batch of shape (2,)"),
        (lambda: spectrum(V, names=["a", "b"]), ArgumentValueError, "2 names do not fit 1 vectors"),
        (lambda: spectrum(vsa.Space(64, "bsc").atom("v")), ArgumentValueError,
         "the algebra 'bsc' has no spectrum: it binds otherwise than by frequencies, as hrr and fhrr do"),
        (lambda: reliability([], []), ArgumentValueError,
         "said and right must be as many, and one at least, "
         "not 0 and 0"),
        (lambda: reliability([1.5], [True]), ArgumentValueError,
         "said must be probabilities between 0 and 1"),
        (lambda: reliability([0.5], [0.5]), ArgumentValueError, "right must be true or false of each"),
        (lambda: reliability("a", [1]), ArgumentTypeError,
         "said must be probabilities, and right whether each came true"),
        (lambda: reliability([0.5], [1], 0), ArgumentValueError,
         "bins must be a whole number of at least 1, not 0"),
        (lambda: capacity_curve(SPACE, 0), ArgumentValueError,
         "terms must be a whole number of at least 1, not 0"),
        (lambda: capacity_curve(SPACE, 2, low=99, high=9), ArgumentValueError,
         "dims go from a lower to an upper one, not from 99 to 9"),
        (lambda: capacity_curve(SPACE, []), ArgumentValueError,
         "terms must be one number of pairs at least"),
        (lambda: capacity_curve(SPACE, 2, 100_000, high=65_536), ArgumentValueError,
         "100,000 items of 65,536 dims are more than a curve is drawn of: up to 67,108,864 components"),
    ],
)  # fmt: skip
def test_what_has_no_picture_is_said(call, kind, said):
    with pytest.raises(kind, match=f"^{re.escape(said)}$"):
        call()


def test_where_nothing_unbinds_there_is_no_curve():
    with pytest.raises(vsa.VsaError, match="unbind"):
        capacity_curve(vsa.Space(dim=64, algebra="bsdc-cdt"), 2)


def test_all_views_are_pictures():
    assert isinstance(spectrum(V), Curves)
    assert isinstance(vsa.plot(themed()), str)
