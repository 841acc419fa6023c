"""What decoders say: how exact, how sure, and the published figures for many numbers in one vector."""

import numpy as np
import pytest
from backends import PRESENT
from scipy.optimize import linear_sum_assignment

from vsa import Space, capacity
from vsa.numbers import Level, Place, Power
from vsa.numbers.coordinates import coordinates
from vsa.numbers.estimate import Estimate
from vsa.numbers.several import Fit

HRR = Space(1024)


def superposed(dim, seed, count=32):
    """Numbers anywhere in 0 … 1, in order, and their sum: a Gaussian kernel, length .05."""
    code = Power(Space(dim, seed=seed), 0, 1)
    x = np.sort(np.random.default_rng(100 + seed).uniform(0, 1, count))
    return code, x, code.encode(x).bundle()


def test_thirty_two_numbers_in_one_vector():
    errors = []
    for seed in range(4):
        code, x, v = superposed(1024, seed)
        said = code.decode(v, terms=32)
        assert not said.is_nothing.any()
        errors.append(np.abs(said.value - x))
    assert np.median(errors) <= 0.008
    assert np.max(errors) < 0.1  # none off by two lengths


def test_eight_numbers_are_exact_where_the_highest_similarities_are_not():
    code, x, v = superposed(1024, 0, 8)
    said = code.decode(v, terms=12)
    assert said.is_nothing.tolist() == [False] * 8 + [True] * 4
    assert np.abs(said.value[:8] - x).max() < 1e-4
    grid = np.linspace(0, 1, 801)
    off, left = [], v
    for _ in range(8):  # the highest, and what it resembles taken away
        best = grid[np.argmax(code.encode(grid).dots(left))]
        off.append(np.abs(x - best).min())
        left = left - code.encode(best)
    assert np.max(off) > 0.005


def test_two_numbers_within_a_length_are_told_apart_and_scale_does_not_matter():
    code = Power(HRR, 0, 100)
    said = code.decode(0.3 * (code.encode(40) + code.encode(42)), terms=3)
    assert said.value[:2] == pytest.approx([40, 42], abs=0.01)
    assert said.is_nothing.tolist() == [False, False, True]
    assert code.decode(HRR.zero(), terms=2).is_nothing.all()
    assert code.decode(HRR.random(), terms=2).is_nothing.all()


@pytest.mark.parametrize("algebra", ["map-i", "bsc", "mcr"])
def test_superposed_levels_are_taken_apart(algebra):
    code = Level(Space(1024, algebra), 0, 100, length=10)
    said = code.decode(code.encode([20.0, 50.0, 81.0]).bundle(), terms=3)
    assert np.abs(said.value - [20, 50, 81]).max() < 3


def test_a_scene_of_twenty_things():
    errors = []
    for seed in range(3):
        space = Space(1024, seed=seed)
        place = Place(space, [0, 0], [10, 10], 0.5)
        points = np.random.default_rng(seed).uniform(0, 10, (20, 2))
        things = space.batch([f"thing/{i}" for i in range(20)])
        scene = (things * place.encode(points)).bundle()
        said = place.decode(place.where(scene, things))
        assert not said.is_nothing.any()
        errors.append(np.linalg.norm(said.value - points, axis=-1))
        assert place.decode(place.where(scene, space.random())).is_nothing
    assert np.max(errors) < 1  # none off by two lengths
    assert np.median(errors) <= 0.12
    # of 20 things a coordinate errs by √(19 / 1024) lengths; the median in the plane is 1.18 times that
    assert np.median(errors) == pytest.approx(1.177 * 0.5 * np.sqrt(19 / 1024), rel=0.25)
    assert capacity.accuracy(1024, 20, 400) > 0.99


def test_superposed_places_are_taken_apart():
    place = Place(HRR, [0, 0], [10, 10], 0.5)
    points = np.random.default_rng(3).uniform(0, 10, (6, 2))
    said = place.decode(place.encode(points).bundle(), terms=7)
    assert said.is_nothing.tolist() == [False] * 6 + [True]
    apart = np.linalg.norm(said.value[:6, None] - points, axis=-1)
    assert apart[linear_sum_assignment(apart)].max() < 0.02


@pytest.mark.parametrize(("algebra", "kind", "options"), [
    ("hrr", Power, {}), ("hrr", Power, {"kernel": "sinc"}), ("hrr", Power, {"kernel": "triangular"}),
    ("map-i", Level, {"length": 10}), ("bsc", Level, {"length": 10}),
])  # fmt: skip
def test_what_is_said_is_so(algebra, kind, options):
    """Half of the queries hold a number, among as many others as chance says, up to 200."""
    rng = np.random.default_rng(5)
    said, right, nothing, absent, z = [], [], [], [], []
    for seed in range(3):
        space = Space(256, algebra, seed=seed)
        code = kind(space, 0, 100, **options)
        queries, x, there = [], rng.uniform(0, 100, 80), rng.random(80) < 0.5
        for number, holds in zip(x, there, strict=True):
            others = space.random(int(np.exp(rng.uniform(0, np.log(200)))))
            queries.append((others.bundle() + code.encode(number)) if holds else others.bundle())
        found = Estimate.joined([code.decode(q).reshape((1,)) for q in queries], 1)
        good = there & (np.abs(found.value - x) < code.length)
        said, right = [*said, *found.probability], [*right, *good]
        nothing, absent = [*nothing, *found.nothing], [*absent, *~there]
        sure = good & (found.probability > 0.9)
        z = [*z, *((found.value - x) / found.deviation)[sure]]
    for p, so in ((said, right), (nothing, absent)):
        p, so = np.array(p), np.array(so, dtype=float)
        parts = np.array_split(np.argsort(p), 6)
        error = sum(abs(p[part].mean() - so[part].mean()) * len(part) for part in parts) / len(p)
        assert error < 0.09  # by chance alone .045
        assert abs((p - so).mean()) < 0.06
    assert len(z) > 30
    assert np.mean(np.abs(z) < 2) > 0.85
    assert 0.5 < np.median(np.abs(z)) / 0.6745 < 1.5


def test_knowing_the_load_leaves_less_room_for_nothing():
    code = Power(Space(256), 0, 100)
    v = code.encode(30) + code.space.random(19).bundle()
    assert code.decode(v, load=20).nothing < code.decode(v).nothing
    assert code.decode(v, prior_nothing=0.99).probability < code.decode(v).probability


def test_off_the_grid_and_at_the_ends():
    code = Power(HRR, 0, 100)
    x = np.array([0, 0.01, 33.333, 99.99, 100])
    said = code.decode(code.encode(x))
    assert said.value == pytest.approx(x, abs=0.01)
    assert (said.probability > 0.999).all()
    assert code.decode(code.encode(x)[:0]).shape == (0,)


@pytest.mark.parametrize("bases", ["random", "hexagonal", "periodic"])
def test_bases_of_places(bases):
    place = Place(HRR, [0, 0], [10, 10], 0.5, bases=bases)
    d = np.array([[0, 0], [0.5, 0], [0.5, 0.5], [-0.3, 1], [4, 4]])
    found = place.encode(d + 5).similarities(place.encode([5, 5]))
    assert found == pytest.approx(place.kernel(d), abs=0.12)
    assert place.decode(place.encode([9.9, 1.2])).value == pytest.approx([9.9, 1.2], abs=0.01)
    edge = place.encode([0.0, 5.0]).similarity(place.encode([10.0, 5.0]))
    assert edge == pytest.approx(1.0 if bases == "periodic" else 0.0, abs=0.12)


def test_hexagons_come_in_threes():
    place = Place(HRR, [0, 0], [10, 10], bases="hexagonal")
    along = np.stack([axis.turns for axis in place.axes], axis=1)
    waves = along[np.abs(along).sum(1) > 0][:510].reshape(-1, 3, 2)
    assert np.abs(waves.sum(1)).max() < 1e-9
    sizes = np.linalg.norm(waves, axis=-1)
    assert sizes == pytest.approx(np.broadcast_to(sizes[:, :1], sizes.shape))
    assert sizes[:, 0].std() > 0.4


def test_three_dimensions():
    place = Place(HRR, [0, 0, 0], [2, 2, 2], 0.5)
    said = place.decode(place.encode([0.3, 1.1, 1.9]))
    assert said.value == pytest.approx([0.3, 1.1, 1.9], abs=0.02)
    region = place.region([0, 0, 0], [1, 1, 1])
    inside, outside = region.dots(place.encode([[0.5, 0.5, 0.5], [1.9, 1.9, 1.9]]))
    assert inside > 0.3 > 0.1 > outside


@pytest.mark.parametrize(
    "algebra", ["hrr", "bsc", "map-b", "mcr", "ghrr", "vtb", "tvtb", "sbc", "bsdc-seg"]
)
def test_places_of_every_algebra_that_can(algebra):
    dim = {"bsdc-seg": 4096, "sbc": 256}.get(algebra, 1024)
    space = Space(dim, algebra)
    place = Place(space, [0, 0], [4, 4], 1.0)
    mark, fish = space.atoms("mark", "fish")
    scene = mark * place.encode([1.0, 3.0]) + fish * place.encode([3.5, 0.5])
    said = place.decode(place.where(scene, mark))
    assert said.value == pytest.approx([1, 3], abs=0.35)
    assert said.probability > 0.9
    seen = scene / place.encode([3.4, 0.5])
    assert seen.similarity(fish) > seen.similarity(mark) + 0.2


def test_a_region_of_a_plane_is_the_mean_of_its_places():
    for algebra in ("hrr", "map-b"):
        place = Place(Space(512, algebra), [0, 0], [4, 4], 1.0)
        near, far = np.array([1.0, 1.0]), np.array([3.5, 3.5])
        region = place.region([0.5, 0.5], [1.5, 1.5])
        grid = np.stack(np.meshgrid(*2 * [np.linspace(0.5, 1.5, 41)]), -1).reshape(-1, 2)
        wanted = place.kernel(grid - near).mean()
        if algebra == "hrr":
            assert region.dots(place.encode(near)) == pytest.approx(wanted, abs=0.03)
        inside, outside = region.similarities(place.encode([near, far]))
        assert inside > 0.5
        assert outside < 0.25


def test_how_alike_all_places_are():
    place = Place(HRR, [0, 0], [10, 5], 0.5)
    seen = place.alike(place.encode([[2.5, 5.0], [10, 0]]))
    assert seen.shape == (2, 41, 21)
    assert np.unravel_index(seen[0].argmax(), (41, 21)) == (10, 20)
    assert np.unravel_index(seen[1].argmax(), (41, 21)) == (40, 0)


@pytest.mark.parametrize("backend", PRESENT)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_backends_take_sums_and_scenes_apart(backend, dtype):
    space = Space(1024, backend=backend, dtype=dtype)
    code = Power(space, 0, 1)
    said = code.decode(code.encode([0.7, 0.1, 0.33, 0.3]).bundle(), terms=5)
    assert said.value[:4] == pytest.approx([0.1, 0.3, 0.33, 0.7], abs=1e-3)
    assert said.is_nothing.tolist() == [False] * 4 + [True]
    place = Place(space, [0, 0], [10, 10], 0.5)
    points = np.array([[1, 2], [3, 4], [9, 9]])
    things = space.batch(["a", "b", "c"])
    said = place.decode(place.where((things * place.encode(points)).bundle(), things))
    assert said.value == pytest.approx(points, abs=0.15)
    assert place.decode(place.encode(points).bundle(), terms=3).value == pytest.approx(
        points, abs=0.01
    )


def test_places_pass_gradients():
    torch = pytest.importorskip("torch")
    place = Place(Space(512, backend="torch"), [0, 0], [10, 10], 1.0)
    point = torch.tensor([1.0, 2.0], requires_grad=True)
    place.encode(point).similarities(place.encode([1.5, 2.0])).backward()
    assert point.grad.numpy() == pytest.approx([0.5 * np.exp(-0.125), 0], abs=0.1)


def test_numbers_that_fell_into_one_are_parted():
    code = Power(HRR, 0, 1)
    fit = Fit(code, coordinates(code), code.encode([0.47, 0.53, 0.8]).bundle())
    fit.points = np.array([[0.5], [0.5], [0.8]])
    fit.refine(50)
    assert fit.points[0] == fit.points[1]  # their slopes are equal, whatever is left
    found = fit.settled()
    assert np.sort(found.points[:, 0]) == pytest.approx([0.47, 0.53, 0.8], abs=1e-4)
