"""Memory of large results is used again once they are gone, and only then."""

import gc
import threading

import numpy as np
import pytest

import vsa
from vsa.algebra import room

SPACE = vsa.Space(dim=1024)
ROWS = (1 << 25) // (513 * 8) + 300  # of spectra, just above what the C library keeps


@pytest.fixture(autouse=True)
def nothing_kept():
    gc.collect()
    room._kept.clear()
    yield
    vsa.set_threads(1)
    room._kept.clear()


@pytest.fixture(scope="module")
def batch():
    return SPACE.random(ROWS)


def start(array):
    return array.__array_interface__["data"][0]


# what makes a large batch
WAYS = {
    "product": lambda a: a * a,
    "key of all": lambda a: a * SPACE.key("k"),
    "quotient": lambda a: a / a,
    "unitary": lambda a: a.unitary(),
    "frames": lambda a: vsa.bundle_bound([SPACE.key("k")], [a], normalize=True),
    "atoms": lambda a: SPACE.batch([f"x{i}" for i in range(ROWS)]),
}


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_result_takes_the_place_of_one_that_is_gone(way, count, batch):
    vsa.set_threads(count)
    first = way(batch)
    wanted, place = first.data[::500].copy(), start(first.data)
    second = way(batch)
    assert not np.shares_memory(first.data, second.data)
    first = None
    (kept,) = room._kept
    assert 0 <= place - start(kept) < room.LINE
    third = way(batch)
    assert start(third.data) == place
    assert not room._kept
    assert np.array_equal(third.data[::500], wanted)
    assert np.array_equal(second.data[::500], wanted)


def test_a_view_of_it_is_enough_to_hold_it():
    first = room.empty((3000, 3000), np.float32)
    view = first[7, 5:9]
    view[:] = 7
    place = start(first)
    first = None
    second = room.empty((3000, 3000), np.float32)
    second[:] = 1
    assert place != start(second)
    assert (view == 7).all()
    view = None
    assert start(room.empty((3000, 3000), np.float32)) == place


def test_what_fits_is_found_and_little_is_kept():
    size = 1 << 26
    lost = room.empty((size,), np.uint8)
    place = start(lost)
    lost = None
    assert (
        start(room.empty((size // 4,), np.uint8)) != place
    )  # of small ones the C library has some
    assert start(room.empty((size + 1,), np.uint8)) != place
    assert start(room.empty((size // 16 + size // 2, 1), np.uint8)) == place
    held = [room.empty((size,), np.uint8) for _ in range(5)]
    held.clear()
    assert len(room._kept) == room.PIECES
    room._kept.clear()
    lost = room.empty((room.MOST + 1,), np.uint8)
    lost = None
    assert not room._kept


def test_arrays_are_like_any_other():
    made = room.empty((40_000, 300), np.complex64)
    assert made.shape == (40_000, 300)
    assert made.dtype == np.complex64
    assert made.flags.c_contiguous
    assert made.flags.writeable
    assert made.flags.aligned
    assert type(made) is np.ndarray
    assert room.empty((0, 5), np.float64).shape == (0, 5)


def test_large_arrays_begin_with_a_line_of_the_cache():
    for rows in range(600, 640):
        for made in (room.empty((rows, 513), np.complex64), room.in_lines((rows, 64), np.float64)):
            assert start(made) % room.LINE == 0
    memory = vsa.Memory(SPACE)
    memory.add([str(i) for i in range(5000)], SPACE.random(5000))
    memory.table.sketch.follow(memory.table.rows)
    for rows in (memory.table.rows, *memory.table.sketch.planes(2)):
        assert start(rows) % room.LINE == 0


def test_two_threads_never_get_the_same():
    def fill(number):
        for _ in range(40):
            made = room.empty((1 << 25, 2), np.uint8)
            made[::4096] = number
            wrong.extend([1] if (made[::4096] != number).any() else [])

    wrong = []
    threads = [threading.Thread(target=fill, args=(i,)) for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
