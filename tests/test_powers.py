"""Powers and cosines of complex rows: the loops in C and NumPy, beside the definition."""

import os

import compiled
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vsa
from vsa.algebra import fused

build, loop = compiled.build, compiled.loop
NEAR = {"float32": 1.2e-7, "float64": 1e-14}
OF = {"float32": "complex64", "float64": "complex128"}
CLOSED = [
    "hrr",
    "fhrr",
    "map-i",
    "vtb",
    "tvtb",
    "ghrr",
    "mbat",
    "tensor",
    "sbc:8:counts",
    "sbc:5:counts",
]
EIGHTHS = np.arange(-9, 10) / 8  # where sine and cosine take each other's place


@pytest.fixture(params=["C", "NumPy"])
def way(request, monkeypatch):
    """Both ways to compute: with the loops, and without; which of the loops did so."""
    asked = []
    if request.param == "NumPy":
        monkeypatch.setattr(fused, "LOOP", None)
        return asked
    found = request.getfixturevalue("loop")

    class Counted:
        def __getattr__(self, name):
            def call(*arguments):
                said = getattr(found, name)(*arguments)
                if name != "shake256":  # which draws the vectors
                    asked.append((name, said))
                return said

            return call

    monkeypatch.setattr(fused, "LOOP", Counted())
    return asked


@pytest.fixture(params=OF)
def dtype(request):
    return request.param


def moduli_of_1(a):
    a = a.astype(np.clongdouble)
    return a / np.abs(a)


@pytest.mark.parametrize("algebra", ["hrr", "fhrr"])
@pytest.mark.parametrize("count", [None, 3, 300])
def test_whole_powers(way, algebra, dtype, count):
    space = vsa.Space(dim=1021, algebra=algebra, dtype=dtype)
    a = space.random() if count is None else space.random(count)
    for n in (3, -3, 5, -8, 17):
        wanted = moduli_of_1(a.data) ** n
        assert np.abs((a**n).data - wanted).max() < NEAR[dtype]
    if way:
        assert set(way) == {("whole_power", True)}


@pytest.mark.parametrize("count", [None, 300])
def test_whole_powers_of_other_moduli(way, dtype, count):
    space = vsa.Space(dim=256, dtype=dtype, atoms="gaussian")
    a = space.random() if count is None else space.random(count)
    for n in (3, 7, -4):
        wanted = a.data.astype(np.clongdouble) ** n
        assert np.abs((a**n).data / wanted - 1).max() < NEAR[dtype]


@pytest.mark.parametrize("algebra", ["hrr", "fhrr"])
def test_real_powers(way, algebra, dtype):
    space = vsa.Space(dim=1021, algebra=algebra, dtype=dtype)
    base = space.base("b")
    phases = np.angle(base.data.astype(np.clongdouble))
    for exponents in (
        np.linspace(-9, 9, 400),
        np.linspace(0, 1, 6).reshape(2, 3),
        np.zeros((0,)),
        0.37,
    ):
        wanted = np.exp(1j * np.asarray(exponents, np.longdouble)[..., None] * phases)
        found = (base**exponents).data
        assert found.shape == wanted.shape
        assert np.abs(found - wanted).max(initial=0) < NEAR[dtype]
    if way:
        assert set(way) == {("real_powers", True)}


def test_a_power_too_large_for_its_precision(way):
    space = vsa.Space(dim=64, atoms="gaussian")
    with pytest.raises(vsa.VsaError, match="the power is too large"):
        (1e6 * space.random()) ** 9
    with pytest.raises(vsa.VsaError, match="no exact inverse"):
        space.zero() ** -3


@pytest.mark.parametrize("dim", [2, 3, 512, 1021])
def test_cosines(way, dim, dtype):
    space = vsa.Space(dim=dim, dtype=dtype)
    a, b = space.random(), 3 * space.random()
    x, y = (v.numpy().astype(np.longdouble) for v in (a, b))
    assert abs(a.similarity(b) - (x @ y) / np.sqrt((x @ x) * (y @ y))) < NEAR[dtype]
    assert a.similarity(a) == pytest.approx(1, abs=NEAR[dtype])
    assert a.similarity(space.zero()) == space.zero().similarity(a) == 0.0
    backwards = vsa.Vector(space, a.data[::-1])  # no array in one piece
    assert abs(backwards.similarity(vsa.Vector(space, b.data[::-1].copy()))) <= 1
    if way:
        assert {name for name, _ in way} == {"cosine"}


@pytest.mark.parametrize("algebra", CLOSED)
def test_cosines_of_every_closed_algebra(way, algebra, dtype):
    """In one call of the loop, that of the coordinates."""
    space = vsa.Space(dim=16 if algebra == "tensor" else 256, algebra=algebra, dtype=dtype)
    a, b = space.random(), 3 * space.random()
    b = b + a
    x, y = (space.algebra.pack(v.data).astype(np.longdouble) for v in (a, b))
    wanted = (x @ y) / np.sqrt((x @ x) * (y @ y))
    assert abs(a.similarity(b) - wanted) < 8 * NEAR[dtype]
    assert a.similarity(space.zero()) == space.zero().similarity(a) == 0.0
    every_second = vsa.Vector(space, np.repeat(b.data, 2)[::2])  # no array in one piece
    assert abs(a.similarity(every_second) - wanted) < 8 * NEAR[dtype]
    if fused.LOOP is not None:
        assert [name for name, said in way if said is not None] == ["cosine"] * 3


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_cosines_of_rows_that_are_no_sums(way, dtype):
    space = vsa.Space(dim=256, algebra="map-c", dtype=dtype)
    a, b, c = space.random(), space.random(), space.random()
    x, y = a.data.astype(np.longdouble), b.data.astype(np.longdouble)
    assert abs(a.similarity(b) - (x @ y) / np.sqrt((x @ x) * (y @ y))) < 8 * NEAR[dtype]
    many = space.stack([a, b])
    assert (a + b).similarity(c) == pytest.approx((many + many[::-1]).similarity(c)[0])
    nothing = a + b.scale(0) - a  # a sum, of which no row is made
    assert nothing.similarity(c) == c.similarity(nothing) == 0.0
    if fused.LOOP is not None:
        assert [name for name, _ in way] == ["cosine"]


# --- the loops themselves ---------------------------------------------------------------------
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 19), st.integers(-40, 40), st.sampled_from([*OF]))
def test_a_number_does_not_depend_on_where_it_stands(loop, seed, count, n, dtype):
    """In the middle of an array, at its end, alone."""
    rng = np.random.default_rng(seed)
    a = (rng.standard_normal((count, 2)) @ [1, 1j]).astype(OF[dtype])
    whole, one = np.empty_like(a), np.empty(1, OF[dtype])
    assert loop.whole_power(whole, a, n)
    for i in range(count):
        loop.whole_power(one, a[i : i + 1], n)
        assert one.tobytes() == whole[i : i + 1].tobytes()
    turns, exponents = rng.uniform(-0.5, 0.5, count), rng.uniform(-9, 9, 3)
    rows = np.empty((3, count), OF[dtype])
    assert loop.real_powers(rows, turns, exponents)
    for i, j in np.ndindex(*rows.shape):
        loop.real_powers(one, turns[j : j + 1], exponents[i : i + 1])
        assert one[0] == rows[i, j]


def test_phasors_around_the_circle(loop):
    turns = (EIGHTHS[:, None] + [-1e-9, -1e-17, 0, 1e-17, 1e-9]).ravel()
    found = np.empty((3, len(turns)), np.complex128)
    exponents = np.array([1.0, -1.0, 4096.0])
    assert loop.real_powers(found, turns, exponents)
    left = turns * exponents[:, None]
    phases = 2 * np.longdouble("3.14159265358979323846264338327950288") * (left - np.rint(left))
    assert np.abs(found - np.exp(1j * phases)).max() < 4e-16


@pytest.mark.parametrize("dtype", OF.values())
def test_the_loop_tells_what_is_not_finite(loop, dtype):
    """Wherever it stands, and as it is stored; what lies behind a row's end does not count."""
    largest = np.finfo(dtype).max
    for count in (1, 2, 3, 4, 7, 8, 9, 16, 21):
        a = np.full(count, 1j, dtype)
        out = np.empty_like(a)
        for n in (3, -3, 0, 1001):
            assert loop.whole_power(out, a, n) is True
        for i in range(count):
            for bad, n in [(largest, 2), (np.nan, 3), (np.inf, 1), (1j * np.inf, 2), (0, -1)]:
                a[i] = bad
                assert loop.whole_power(out, a, n) is False
                assert not np.isfinite(out[i])
                assert np.isfinite(np.delete(out, i)).all()
            a[i] = largest
            assert loop.whole_power(out, a, 1) is True
            a[i] = 1j
    assert loop.whole_power(a[:0].copy(), a[:0], 3) is True


@pytest.mark.parametrize("dtype", OF.values())
def test_vectors_of_every_width_give_the_same_numbers(loop, build, tmp_path, monkeypatch, dtype):
    monkeypatch.setenv("CC", f"{os.environ.get('CC') or 'cc'} -DAVX2_ONLY")
    assert build.compile_to(tmp_path / "_fused.abi3.so") is None
    narrow = compiled.loaded(tmp_path / "_fused.abi3.so", "vsa.algebra._fused")
    rng = np.random.default_rng(7)
    size = (
        9005  # more than 64 kB, from which on vectors are wide, and not a multiple of their numbers
    )
    a = (rng.standard_normal((size, 2)) @ [1, 1j]).astype(dtype)
    keys, turns = a / np.abs(a), rng.uniform(-0.5, 0.5, size // 5)
    exponents = np.array([1e-3, 0.37, -1.0, 8.0, -1e5])
    found = []
    for module in (loop, narrow):
        out = np.empty((9, size), dtype)
        for i, n in enumerate((2, 3, 1001, -5)):
            assert module.whole_power(out[i], keys, n)
            assert module.whole_power(out[4 + i], a, min(n, 7))
        assert module.real_powers(out[8], turns, exponents)
        found.append(out.tobytes())
        for i in (0, 3, size - 6, size - 1):
            held, a[i] = a[i], np.nan
            assert module.whole_power(out[0], a, 3) is False
            a[i] = held
    assert found[0] == found[1]


def test_powers_in_blocks_are_told_apart(way):
    """One number of many blocks is too large."""
    space = vsa.Space(dim=1024)
    many = space.random(300)
    assert np.isfinite((many**3).data).all()
    for row in (0, 150, 299):
        data = many.data.copy()
        data[row, -2] = 1e30
        for exponent in (3, np.full(300, 3.0)):
            with pytest.raises(vsa.VsaError, match="the power is too large"):
                space.algebra.power(data, exponent)
        data[row, -2] = 0
        with pytest.raises(vsa.VsaError, match="no exact inverse"):
            space.algebra.power(data, -3)


def test_nothing_is_computed_where_it_would_be_wrong(loop):
    """Other numbers, lengths and memory."""
    a, real = np.ones(9, np.complex64), np.ones(9)
    weights = np.ones(18, np.float32)
    fixed = a.copy()
    fixed.setflags(write=False)
    for out, bases in [(a, a.astype(complex)), (a, a[:8]), (fixed, a), (a, a[::-1]), (real, real),
                       (a, a.astype(">c8")), (a, [1j] * 9)]:  # fmt: skip
        before = np.array(out)
        assert loop.whole_power(out, bases, 3) is None
        assert (out == before).all()
    for out, turns, exponents in [(a, real, real), (a, real, real[:2]), (fixed, real, real[:1]),
                                  (real, real, real[:1]), (a, weights[:9], real[:1])]:  # fmt: skip
        assert loop.real_powers(out, turns, exponents) is None
    single, whole = real.astype(np.float32), np.ones(9, int)
    for x, y, w in [(a, a, real), (a, a[:8], weights), (a[::-1], a, weights), (a, a, weights[:9]),
                    (a, a, None), (a, a, 1), (real, single, 1.0), (real, real, single),
                    (real, real, real[:8]), (whole, whole, 1.0), (whole, whole, whole),
                    (real, real[::-1], 1.0), ([1.0], [1.0], 1.0)]:  # fmt: skip
        assert loop.cosine(x, y, w) is None
