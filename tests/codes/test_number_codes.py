"""Codes of numbers: their kernels over algebras and backends, their range, and what is refused."""

import numpy as np
import pytest
from backends import PRESENT
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from vsa import Space, VsaError
from vsa.algebra.registry import algebra_names
from vsa.numbers import Circular, Level, Place, Power, Thermometer
from vsa.numbers.kernels import KERNELS, frequencies

DIMS = {
    "hrr": 1024, "fhrr": 512, "map-i": 1024, "map-b": 1024, "map-c": 1024, "bsc": 1024, "vtb": 1024,
    "tvtb": 1024, "ghrr": 512, "ghrr:3": 540, "mbat": 1024, "tensor": 64, "sbc": 256,
    "sbc:16:counts": 256, "mcr": 512, "cgr": 512, "bsdc-seg": 4096, "bsdc": 4096, "bsdc-cdt": 4096,
}  # fmt: skip
SPACES = {name: Space(dim, name) for name, dim in DIMS.items()}
X = np.linspace(0, 100, 21)
WITHOUT_OPPOSITES = ("bsdc", "bsdc-seg", "bsdc-cdt")


def alike(code, x, y):
    return code.space.backend.numpy(code.encode(x).similarities(code.encode(y)))


def slack(space):
    """Five standard errors of a similarity, or of which parts were exchanged."""
    parts = getattr(space.algebra, "ones", space.algebra.places)
    return 5 * max(space.noise.deviation, parts**-0.5 / 2)


def test_every_algebra_is_here():
    assert set(algebra_names()) <= set(DIMS)


# --- kernels -------------------------------------------------------------------------------------
@pytest.mark.parametrize("algebra", DIMS)
@pytest.mark.parametrize("kind", [Level, Circular, Thermometer])
def test_levels_are_as_alike_as_their_kernel_says_in_every_algebra(algebra, kind):
    space = SPACES[algebra]
    if kind is Thermometer and algebra in WITHOUT_OPPOSITES:
        with pytest.raises(VsaError) as error:
            Thermometer(space, 0, 100)
        assert str(error.value) == (
            f"a thermometer needs opposites, which the algebra {algebra!r} has not; use Level"
        )
        return
    code = kind(space, 0, 100)
    for x in (0.0, 35.0):
        assert np.abs(alike(code, X, x) - code.kernel(X - x)).max() < slack(space)


@pytest.mark.parametrize("kind", [Level, Circular])
def test_an_atom_at_every_length(kind):
    code = kind(SPACES["map-i"], 0, 100, length=20)
    assert code.kernel([0, 10, 20, 50]) == pytest.approx([1, 0.5, 0, 0])
    assert np.abs(alike(code, X, 35.0) - code.kernel(X - 35)).max() < 0.16


def test_the_ends_of_a_circle_meet_and_those_of_a_thermometer_are_opposite():
    space = SPACES["bsc"]
    hour = Circular(space, 0, 24, length=6)
    assert alike(hour, 24.0, 0.0) == 1
    assert alike(hour, 23.0, 26.0) == pytest.approx(0.5, abs=0.1)
    assert hour.kernel([1, 23, 25, 12]) == pytest.approx([5 / 6, 5 / 6, 5 / 6, 0])
    assert Circular(space, 0, 24, length=7).length == 6  # a whole number of times around
    assert alike(Thermometer(space, 0, 1), 0.0, 1.0) == -1


@pytest.mark.parametrize("algebra", ["hrr", "fhrr"])
@pytest.mark.parametrize("kernel", KERNELS)
def test_powers_are_as_alike_as_their_kernel_says(algebra, kernel):
    code = Power(SPACES[algebra], 0, 100, kernel)
    assert code.length == 5
    # evenly spread frequencies: much closer than the noise of 1/32 that independent ones leave
    closer = 0.03 if kernel == "triangular" else 0.015
    for x in (0.0, 35.0):
        assert np.abs(alike(code, X, x) - code.kernel(X - x)).max() < closer


def test_the_kernels_are_the_closed_forms():
    code = {k: Power(SPACES["fhrr"], 0, 100, k) for k in KERNELS}
    d = np.array([0, 2.5, 5, 7.5, 20])
    assert code["gaussian"].kernel(d) == pytest.approx(np.exp(-((d / 5) ** 2) / 2))
    assert code["sinc"].kernel(d) == pytest.approx([1, 2 / np.pi, 0, -2 / (3 * np.pi), 0], abs=1e-9)
    assert code["triangular"].kernel(d) == pytest.approx([1, 0.5, 0, 0, 0])


def test_frequencies_are_the_quantiles_of_their_densities():
    space = SPACES["fhrr"]
    found = np.sort(frequencies(space, "test", "gaussian"))
    share = (np.arange(512) + 0.5) / 512
    assert np.abs(norm.cdf(found) - share).max() < 1 / 512
    assert (
        np.abs(np.sort(frequencies(space, "test", "sinc")) - np.pi * (2 * share - 1)).max() < 0.02
    )
    fejer = frequencies(space, "test", "triangular")  # P(|ω| > T) goes to 2/πT
    assert np.mean(np.abs(fejer) > 20) == pytest.approx(2 / (20 * np.pi), abs=0.01)


def test_a_period_of_powers_ends_where_it_began():
    code = Power(SPACES["hrr"], 0, 360, length=30, periodic=True)
    assert alike(code, 359.0, -1.0) == pytest.approx(1, abs=1e-5)
    d = np.array([0, 15, 30, 180, 330, 345])
    assert alike(code, d, 0.0) == pytest.approx(code.kernel(d), abs=0.05)
    assert code.decode(code.encode(359.5)).value == pytest.approx(359.5, abs=0.1)


# --- laws ----------------------------------------------------------------------------------------
@given(st.floats(-50, 50), st.floats(-50, 50))
@settings(max_examples=25, deadline=None)
def test_moving_is_binding(x, y):
    code = Power(SPACES["hrr"], -100, 100)
    moved = code.encode(x) * code.encode(y) / code.encode(0)
    assert moved.similarity(code.encode(x + y)) > 0.9999


@given(st.floats(0, 100), st.floats(0, 100), st.floats(1, 40))
@settings(max_examples=25, deadline=None)
def test_the_nearer_the_likelier(x, y, more):
    code = Level(SPACES["map-i"], 0, 100)
    low, high = sorted((x, y))
    beyond = min(high + more, 100)
    assert alike(code, low, beyond) <= alike(code, low, high) + 0.1


@pytest.mark.parametrize("backend", PRESENT)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("kind", "algebra"), [(Power, "hrr"), (Level, "map-i"), (Circular, "bsc")])
def test_backends_agree_on_batches_of_any_shape(backend, dtype, kind, algebra):
    space = Space(256, algebra, backend, dtype)
    x = np.array([[1.0, 20.0, 99.0], [0.0, 100.0, 50.0]])
    code = kind(space, 0, 100)
    found = code.encode(x)
    assert found.shape == (2, 3)
    ours = kind(Space(256, algebra), 0, 100).encode(x).numpy()
    np.testing.assert_allclose(found.numpy(), ours, atol=1e-5)
    said = code.decode(found)
    assert said.shape == (2, 3)
    off = np.abs(said.value - x)
    assert np.minimum(off, 100 - off if kind is Circular else off).max() < 2


def test_powers_pass_gradients_and_find_a_number_by_them():
    torch = pytest.importorskip("torch")
    space = Space(256, backend="torch")
    code = Power(space, 0, 10, length=2.0)
    x = torch.tensor([3.0, 4.0], requires_grad=True)
    target = code.encode(3.5)
    loss = code.encode(x).similarities(target).sum()
    loss.backward()
    d = np.array([0.5, -0.5])
    assert x.grad.numpy() == pytest.approx(d / 4 * np.exp(-(d**2) / 8), abs=0.005)


def test_names_and_seeds_make_other_codes():
    space = SPACES["hrr"]
    one = Power(space, 0, 1).encode(0.5)
    assert one.similarity(Power(Space(1024), 0, 1).encode(0.5)) > 0.9999
    assert abs(one.similarity(Power(space, 0, 1, name="other").encode(0.5))) < 0.2
    # the same scale is the same code, whatever the range
    assert one.similarity(Power(space, 0, 7, length=0.05).encode(0.5)) > 0.9999


# --- regions -------------------------------------------------------------------------------------
@pytest.mark.parametrize("kernel", KERNELS)
def test_a_region_is_the_mean_of_its_numbers(kernel):
    code = Power(SPACES["hrr"], 0, 100, kernel)
    fine = code.encode(np.linspace(20, 40, 8001)).bundle() / 8001
    region = code.region(20, 40)
    assert (region - fine).norm() < 0.003


def test_a_region_of_levels_resembles_what_is_inside():
    code = Level(SPACES["bsc"], 0, 100, length=20)
    inside = code.region(30, 40).similarities(code.encode([35.0, 90.0]))
    assert inside[0] > 0.7 > 0.2 > inside[1]


# --- the range -----------------------------------------------------------------------------------
def test_fit_takes_the_range_from_data():
    code = Power(SPACES["hrr"])
    assert code.fit([[3, 8], [5, 23]]) is code
    assert (code.low, code.high, code.length) == (3, 23, 1)
    place = Place(SPACES["hrr"], [0, 0], [1, 1]).fit([[0, 5], [10, 6], [2, 9]])
    assert [axis.range for axis in place.axes] == [(0, 10), (5, 9)]
    assert [axis.length for axis in place.axes] == [0.5, 0.5]
    with pytest.raises(VsaError) as error:
        place.fit([[0, 7], [3, 7]])
    assert str(error.value) == (
        "all numbers of y in data are 7: give a range of some width as low and high"
    )
    assert [axis.range for axis in place.axes] == [(0, 10), (5, 9)]  # as before
    assert Place(SPACES["hrr"], [0, 0], [1, 1], 0.3).fit([[0, 5], [10, 6]]).length == 0.3


def test_out_of_the_range_is_said():
    code = Level(SPACES["hrr"], 0, 100)
    with pytest.warns(UserWarning, match=r"^120 is out of the range 0 to 100$") as caught:
        high = code.encode(120)
    assert caught[0].filename == __file__
    assert high.similarity(code.encode(100)) > 0.9999
    with pytest.warns(
        UserWarning, match=r"^2 of 3 numbers, such as -1, are out of the range 0 to 1"
    ):
        code.encode([-1, 50, 101])
    Circular(SPACES["hrr"], 0, 24).encode(30)  # comes around, which is no news


S = SPACES["hrr"]
REFUSED = [
    (lambda: Power(S, 5, 5), "high must be a number above 5.0, not 5"),
    (lambda: Power(S, 5), "high must be a number above 5.0, not None"),
    (lambda: Power(S, "a", 5), "low must be a number, not 'a'"),
    (lambda: Power(S, 0, 1, length=0), "length must be a number above 0, not 0"),
    (lambda: Power(S, 0, 1, "cosine"),
     "kernel must be one of gaussian, sinc, triangular, not 'cosine'"),
    (lambda: Power("s", 0, 1), "space must be a Space, not 's'"),
    (lambda: Power(S, 0, 1, periodic=2), "periodic must be True or False, not 2"),
    (lambda: Power(SPACES["bsc"], 0, 1),
     "a fractional power needs fractional powers, which the algebra 'bsc' has not; use Level"),
    (lambda: Power(S).encode(1), "the range is not known yet: give low and high, or fit(data)"),
    (lambda: Power(S).fit([]), "data must hold numbers, two different ones at least"),
    (lambda: Power(S).fit([3, 3]),
     "all numbers of data are 3: give a range of some width as low and high"),
    (lambda: Power(S).fit([1, np.nan]), "data must be finite: it holds NaN or infinity"),
    (lambda: Power(S, 0, 1).encode("x"), "x must be real numbers, not 'x'"),
    (lambda: Power(S, 0, 1).encode(np.inf), "x must be finite: it holds NaN or infinity"),
    (lambda: Power(S, 0, 1).region(1, 0), "high must be a number above 1.0, not 0"),
    (lambda: Level(S, 0, 1, length=1e-5).encode(0.5),
     "a range of 100,000 lengths is too long: at most 4,096; give a greater length"),
    (lambda: Power(S, 0, 1).decode(3), "v must be a Vector, not 3"),
    (lambda: Power(S, 0, 1).decode(S.zero(), terms=0), "terms must be a whole number of at least 1, not 0"),
    (lambda: Power(S, 0, 1).decode(S.zero(), terms=2, load=2),
     "give terms or load: where terms are taken apart the load is known"),
    (lambda: Power(S, 0, 1, length=1e-7).decode(S.random()),
     "the range is too long to look through at a length of 1e-07: "
     "give a greater length, or a smaller range"),
    (lambda: Place(S, [0], [1]), "lows and highs must be two or three numbers each, not 1 and 1"),
    (lambda: Place(S, 0, 1), "lows must be two or three numbers, not 0"),
    (lambda: Place(S, [0, 0], [1, 0]), "high must be a number above 0.0, not 0.0"),
    (lambda: Place(S, [0, 0], [1, 1], bases="square"),
     "bases must be one of random, hexagonal, periodic, not 'square'"),
    (lambda: Place(S, [0, 0], [1, 1], kernel="sinc", bases="hexagonal"),
     "hexagonal bases are of two axes, with the kernel 'gaussian'"),
    (lambda: Place(SPACES["bsc"], [0, 0], [1, 1], bases="hexagonal"),
     "a hexagonal base needs fractional powers, which the algebra 'bsc' has not; use bases='random'"),
    (lambda: Place(SPACES["mbat"], [0, 0], [1, 1]),
     "a place needs keys that may be near to each other, which the algebra 'mbat' has not; "
     "bind numbers as values"),
    (lambda: Place(S, [0, 0], [1, 1]).encode([1, 2, 3]),
     "the last axis of points must hold 2 coordinates, not shape (3,)"),
    (lambda: Place(S, [0, 0], [1, 1]).region([0, 0], [1, 0]),
     "highs[1] must be a number above 0.0, not 0.0"),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(REFUSED)))
def test_what_cannot_be_meant_is_refused_in_one_line(case):
    call, said = REFUSED[case]
    with pytest.raises(VsaError) as error:
        call()
    assert str(error.value) == said


@pytest.mark.parametrize(
    "algebra",
    ["hrr", "fhrr", "map-i", "map-b", "map-c", "bsc", "ghrr", "ghrr:3", "sbc", "sbc:16:counts", "mcr",
     "cgr", "bsdc-seg"],
)  # fmt: skip
def test_levels_of_whole_parts_are_keys_too(algebra):
    space = SPACES[algebra]
    a, key = space.atom("a"), Level(space, 0, 100).encode(37)
    assert (a * key / key).similarity(a) > 0.9999
