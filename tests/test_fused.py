"""The loop in C beside NumPy: the same numbers, whatever arrays look like; and installations without it."""

import os
import subprocess
import sys
import zipfile

import compiled
import numpy as np
import pytest
from compiled import COMPILES, ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from vsa_plugins.frame import frame
from vsa_plugins.sequence import sequence

import vsa
from vsa.algebra import fused

build, loop = compiled.build, compiled.loop
LAST = {"complex64": 4e-7, "complex128": 8e-16}  # a few roundings, of the sum of moduli
PHASORS = ["hrr", "fhrr", "sbc:8:counts", "sbc:5:counts"]


@pytest.fixture(params=["C", "NumPy"])
def way(request, monkeypatch):
    """Both ways to compute: with the loop, and without."""
    found = request.getfixturevalue("loop") if request.param == "C" else None
    monkeypatch.setattr(fused, "LOOP", found)
    return request.param


def numbers(rng, shape, dtype):
    return (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(dtype)


def by_numpy(terms, pairs):
    """The definition, in double precision, and how large rounding may be beside it."""
    terms = [np.asarray(t, dtype=np.complex128) for t in terms]
    pieces = [terms[i] * terms[pairs + i] for i in range(pairs)] + terms[2 * pairs :]
    return sum(pieces), sum(map(np.abs, pieces))


# --- the loop itself --------------------------------------------------------------------------
@st.composite
def operands(draw):
    """A result and terms that broadcast to it, whose batches lie in memory in many ways."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    dtype = draw(st.sampled_from(["complex64", "complex128"]))
    batch = draw(st.lists(st.integers(0, 4), max_size=3))
    width, pairs = draw(st.integers(1, 19)), draw(st.integers(1, 10))

    def array(shape):
        lay = draw(st.sampled_from(["plain", "reversed", "every second", "columns"]))
        if lay == "plain" or not shape[:-1]:
            return numbers(rng, shape, dtype)
        if lay == "reversed":
            return numbers(rng, shape, dtype)[::-1]
        if lay == "every second":
            return numbers(rng, (2 * shape[0], *shape[1:]), dtype)[::2]
        return numbers(rng, (*shape[:-1], width + 3), dtype)[..., 2:-1]  # a part of longer rows

    def term():
        lack = draw(st.integers(0, len(batch)))
        shape = [n if draw(st.booleans()) else 1 for n in batch[lack:]]
        return array((*shape, width))

    terms = tuple(term() for _ in range(2 * pairs + draw(st.integers(0, 2))))
    return array((*batch, width)), terms, pairs


@settings(max_examples=150, deadline=None)
@given(operands())
def test_sums_of_products(loop, given):
    out, terms, pairs = given
    wanted, size = by_numpy(terms, pairs)
    assert loop.sum_of_products(out, terms, pairs) is True
    error = np.abs(out - wanted)
    assert (error <= LAST[out.dtype.name] * np.broadcast_to(size, out.shape)).all()


@settings(max_examples=100, deadline=None)
@given(operands(), st.integers(0, 7))
def test_a_product_past_the_caches_is_the_same(loop, given, shift):
    """Wherever it begins in memory; of more terms nothing is written so."""
    out, terms, pairs = given
    memory = np.zeros(out.nbytes + 64, np.uint8)
    moved = memory[8 * shift : 8 * shift + out.nbytes].view(out.dtype).reshape(out.shape)
    for some, n in ((terms, pairs), ((terms[0], terms[pairs]), 1)):
        wanted = np.empty_like(moved)
        assert loop.sum_of_products(wanted, some, n)
        assert loop.sum_of_products(moved, some, n, None, True)
        assert (moved == wanted).all()
        assert not memory[: 8 * shift].any()
        assert not memory[8 * shift + out.nbytes :].any()
        assert loop.sum_of_products(out, some, n, None, True)
        assert (out == wanted).all()


@settings(max_examples=60, deadline=None)
@given(operands(), st.integers(0, 2**32))
def test_sums_scaled_to_length_1(loop, given, seed):
    out, terms, pairs = given
    real = out.real.dtype
    weights = np.random.default_rng(seed).uniform(0.5, 2, 2 * out.shape[-1]).astype(real)
    assert loop.sum_of_products(out, terms, pairs, weights)
    wanted, size = by_numpy(terms, pairs)
    parts = np.ascontiguousarray(np.broadcast_to(wanted, out.shape)).view(np.float64)
    length = np.sqrt((weights * parts**2).sum(-1))[..., None]
    near = 30 * LAST[out.dtype.name] * np.broadcast_to(size, out.shape)
    assert (np.abs(out * length - wanted) <= near + length * 30 * LAST[out.dtype.name]).all()


@pytest.mark.parametrize("dtype", LAST)
def test_a_number_does_not_depend_on_where_it_stands(loop, dtype):
    """In a block or alone, in the middle of a row or at its end."""
    rng = np.random.default_rng(3)
    a, b, c = (numbers(rng, (5, 37), dtype) for _ in range(3))
    whole, one = np.empty_like(a), np.empty(1, dtype)
    loop.sum_of_products(whole, (a, b, c), 1)
    for i, j in np.ndindex(*a.shape):
        loop.sum_of_products(one, (a[i, j, None], b[i, j, None], c[i, j, None]), 1)
        assert one[0] == whole[i, j]


def test_nothing_is_summed_where_it_would_be_wrong(loop):
    """Other numbers, shapes and memory; a result that is read after it was written."""
    rng = np.random.default_rng(0)
    a, b = (numbers(rng, (4, 9), "complex64") for _ in range(2))
    out = np.zeros_like(a)
    fixed = out.copy()
    fixed.setflags(write=False)
    odd = np.zeros(4 * 9 * 8 + 1, dtype=np.uint8)[1:].view("complex64").reshape(4, 9)
    room = numbers(rng, (5, 9), "complex64")
    before = room.copy()
    refused = [
        (room[:4], (room[:4], b)),
        (out, (a, b.astype("complex128"))), (out, (a.real.copy(), b)), (out, (a, b[:, :8])),
        (out, (a, b[:3])), (out, (a, b.T[:, :4])), (out, (a, b.astype(">c8"))), (fixed, (a, b)),
        (out, (a, "text")), (out, (a, [1])), (out[0], (a, b)),
        (out, (a, odd)), (odd, (a, b)), (out[:, ::2], (a, b)), (out, (a, b[0, 0])),
        (room[1:], (room[:-1], b)), (room[:4], (a, room[0])), (room[3::-1], (room[:4], b)),
    ]  # fmt: skip
    for to, terms in refused:
        assert loop.sum_of_products(to, terms, 1) is False
    for weights in (
        np.ones(17, "f4"),
        np.ones(18),
        np.ones((1, 18), "f4"),
        "text",
        np.ones(36, "f4")[::2],
    ):
        assert loop.sum_of_products(out, (a, b), 1, weights) is False
    assert not out.any()
    assert np.array_equal(room, before)


def test_what_is_no_sum_is_an_error(loop):
    a = np.ones((2, 3), "complex64")
    for terms, pairs in (((a,), 1), ((a, a), 0), ((), 0), ((a, a), 2)):
        with pytest.raises(
            ValueError, match=r"^pairs must be at least 1, and terms twice as many$"
        ):
            loop.sum_of_products(a, terms, pairs)
    with pytest.raises(TypeError):
        loop.sum_of_products(a, [a, a], 1)


# --- structures -------------------------------------------------------------------------------
def structures(space, rows):
    """Frames and sequences of a batch, of single vectors, of both."""
    head, p, q = space.atom("head"), space.random(rows), space.random()
    heads = space.random(rows)
    for normalize in (True, False):
        yield frame(head, x=p, y=q, normalize=normalize)
        yield frame(heads, x=p, y=p, normalize=normalize)
        yield frame(head, x=q, y=q, normalize=normalize)
        yield vsa.bundle_bound([q, p], [space.zero(), space.zero()], normalize=normalize)
        yield vsa.bundle_bound([p[None, :3]], [p[:2, None]], q, normalize)
    yield sequence(p, q, p)
    yield sequence(*[space.zero((0,))] * 2)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("algebra", PHASORS)
def test_structures_are_the_same_both_ways(algebra, dtype, loop, monkeypatch):
    made = []
    for found in (None, loop):
        monkeypatch.setattr(fused, "LOOP", found)
        made.append(list(structures(vsa.Space(64, algebra, dtype=dtype), 300)))
    for one, other in zip(*made, strict=True):
        assert one.data.shape == other.data.shape
        assert one.data.dtype == other.data.dtype
        size = np.abs(one.data).max(initial=1)
        assert np.abs(one.data - other.data).max(initial=0) <= 10 * size * np.finfo(dtype).eps


@pytest.mark.parametrize(
    "algebra", [*PHASORS, "ghrr", "map-c", "map-i", "mbat", "tensor:2", "tvtb", "vtb"]
)
def test_the_weights_of_squares_are_those_of_dot(algebra):
    space = vsa.Space(64, algebra, dtype="float64")
    x = (space.random(5) + 0.3 * space.random(5)).data
    parts = x.view(np.float64)
    assert np.allclose((space.algebra.squares * parts**2).sum(-1), space.algebra.dot(x, x))


def test_an_algebra_without_such_weights_measures_itself(way, monkeypatch):
    space = vsa.Space(64, "fhrr")
    monkeypatch.setattr(type(space.algebra), "squares", None)
    made = frame(space.atom("head"), x=space.random(20))
    assert np.allclose(made.norm(), 1)


def test_the_loop_reads_what_all_rows_share_once(loop, monkeypatch):
    """A role is not copied for every row of a block: that would be read from memory again."""
    seen = []

    class Watched:
        @staticmethod
        def sum_of_products(out, terms, pairs, weights, past):
            seen.extend(t.shape for t in terms)
            return loop.sum_of_products(out, terms, pairs, weights, past)

    space = vsa.Space(64)
    monkeypatch.setattr(space.backend, "block_bytes", 1 << 15)
    rows = 50 * (1 << 15) // (33 * 8)
    keys, values = [space.key("k")], [space.random(rows)]
    monkeypatch.setattr(fused, "LOOP", Watched)
    made = vsa.bundle_bound(keys, values)
    assert made.shape == (rows,)
    assert len(seen) > 4  # some blocks
    assert {shape[-2] for shape in seen[1::2]} == {1}


# --- with and without -------------------------------------------------------------------------
def run(code, **environment):
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={**os.environ, **environment}, cwd=ROOT,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.mark.parametrize("said", ["0", " off ", "FALSE", "no"])
def test_it_is_switched_off(said):
    code = "from vsa.algebra import fused; print(fused.LOOP, fused.WHY_NOT)"
    assert run(code, VSA_FUSED=said) == f"None switched off by VSA_FUSED={said.strip()}"


def test_without_the_file_numpy_computes():
    code = (
        "import sys; sys.modules['vsa.algebra._fused'] = None\n"
        "import vsa; from vsa.algebra import fused\n"
        "a, b = vsa.Space(64).atoms('a', 'b')\n"
        "print(fused.WHY_NOT, round(vsa.bundle_bound([a], [b]).similarity(a * b), 5))"
    )
    assert run(code, VSA_FUSED="") == f"{fused.MISSING} 1.0"


def test_where_nothing_compiles_the_wheel_has_none(build, tmp_path, monkeypatch):
    built = tmp_path / "_fused.abi3.so"
    built.write_bytes(b"of an older source")
    monkeypatch.setenv("CC", "no-such-compiler -x")
    if COMPILES:
        assert build.compile_to(built) == "no-such-compiler: No such file or directory"
    monkeypatch.setenv("VSA_FUSED", "0")
    assert build.compile_to(built) == "switched off by VSA_FUSED=0"
    monkeypatch.delenv("VSA_FUSED")
    monkeypatch.setattr(build.platform, "machine", lambda: "sparc")
    assert build.compile_to(built).startswith("they are for x86-64 and a Unix, not sparc")
    assert not built.exists()


def test_a_wheel_has_the_loop_where_it_compiles(tmp_path):
    """And not the source; the tree that it is made of is left as it was."""
    before = sorted((ROOT / "vsa/algebra").glob("*.so"))
    stamps = [path.stat().st_mtime_ns for path in before]
    for name, compiler in (("with", None), ("without", "no-such-compiler")):
        environment = {k: v for k, v in os.environ.items() if k != "CC"}
        command = [
            sys.executable,
            "-m",
            "hatchling",
            "build",
            "-t",
            "wheel",
            "-d",
            str(tmp_path / name),
        ]
        subprocess.run(
            command, cwd=ROOT, check=True, capture_output=True,
            env=environment | ({"CC": compiler} if compiler else {}),
        )  # fmt: skip
        (wheel,) = (tmp_path / name).glob("*.whl")
        there = compiler is None and COMPILES
        assert wheel.stem.endswith("-any") is not there
        files = zipfile.ZipFile(wheel).namelist()
        assert ("vsa/algebra/_fused.abi3.so" in files) is there
        assert not [file for file in files if file.endswith((".c", ".h"))]
    assert sorted((ROOT / "vsa/algebra").glob("*.so")) == before
    assert [path.stat().st_mtime_ns for path in before] == stamps
