"""Streams by a key are those of SHAKE-256 as hashlib has it, in C or not, together or alone."""

import hashlib
import subprocess
import sys

import compiled
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vsa
from vsa.algebra import fused
from vsa.plugin import drawn_from, streams

loop, either, build = compiled.loop, compiled.either, compiled.build
TABLE = np.random.default_rng(0).standard_normal((1 << 16, 2), np.float32).view(np.complex64)[:, 0]
RATE = 136  # bytes of a block of SHAKE-256
SIZES = st.one_of(st.integers(0, 3 * RATE), st.sampled_from([RATE - 1, RATE, RATE + 1, 2 * RATE]))


@pytest.fixture(params=["C", "hashlib"])
def way(request, monkeypatch):
    found = request.getfixturevalue("loop") if request.param == "C" else None
    monkeypatch.setattr(fused, "LOOP", found)


@settings(max_examples=100, deadline=None)
@given(st.lists(SIZES, max_size=11), SIZES, st.randoms(use_true_random=False))
def test_as_the_standard_has_them(either, lengths, size, random):
    keys = tuple(random.randbytes(n) for n in lengths)
    out, chosen = bytearray(len(keys) * size), np.empty((len(keys), size // 2), np.complex64)
    either.shake256(keys, out)
    assert bytes(out) == b"".join(hashlib.shake_256(key).digest(size) for key in keys)
    either.shake256(keys, chosen, TABLE)
    named = [np.frombuffer(hashlib.shake_256(key).digest(size // 2 * 2), "<u2") for key in keys]
    assert all((row == TABLE[at]).all() for row, at in zip(chosen, named, strict=True))


def test_a_row_for_each_key(way):
    keys = [b"", b"a", b"b" * 500, b"a"]
    found = streams(keys, 300)
    assert found.shape == (4, 300)
    assert [row.tobytes() for row in found] == [hashlib.shake_256(k).digest(300) for k in keys]
    found &= 1  # they are the caller's
    assert streams([], 300).shape == (0, 300)


@pytest.mark.parametrize("count", [0, 1, 67, 68, 69, 513])
def test_what_they_choose_of_a_table(way, count):
    keys = [b"key%d" % i for i in range(13)]
    found = drawn_from(keys, count, TABLE)
    assert found.dtype == TABLE.dtype
    assert (found == TABLE[streams(keys, 2 * count).view("<u2")]).all()
    assert drawn_from([], count, TABLE).shape == (0, count)


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
@pytest.mark.parametrize("step", [1, 2])
def test_what_they_choose_is_written_where_it_belongs(way, dtype, step):
    keys, room = [b"a", b"b", b""], np.zeros((5, 2 * 33), dtype)
    out = room[1:4, : 33 * step : step]
    assert drawn_from(keys, 33, TABLE, out) is out
    assert (out == drawn_from(keys, 33, TABLE)).all()
    assert np.count_nonzero(room) == 3 * 33


def test_what_is_no_key_is_an_error(way):
    with pytest.raises(TypeError):
        streams([b"a", "b"], 10)
    with pytest.raises(TypeError):
        drawn_from([b"a", "b"], 10, TABLE)


@pytest.mark.parametrize(("out", "table"), [
    (bytearray(20), TABLE), (bytearray(24), TABLE[1:]), (bytearray(24), TABLE.astype(complex)),
    (memoryview(bytearray(32))[3:27], TABLE),
])  # fmt: skip
def test_a_table_is_of_so_many_numbers(loop, out, table):
    with pytest.raises(ValueError, match="the arrays are not those that shake256"):
        loop.shake256((b"a",), out, table)


def test_atoms_are_the_same_both_ways(loop, monkeypatch):
    made = []
    for found in (None, loop):
        monkeypatch.setattr(fused, "LOOP", found)
        made.append(vsa.Space(1024).batch([f"x{i}" for i in range(3000)]).data)
    assert (made[0] == made[1]).all()


def test_with_the_loop_an_atom_needs_no_openssl(loop):
    code = (
        "import sys, vsa; vsa.Space(64).atom('a')\n"
        "from vsa.algebra import fused; print(fused.LOOP is None or '_hashlib' not in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
