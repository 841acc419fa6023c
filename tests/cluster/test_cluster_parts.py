"""Encoding part by part: the same bytes here and on a cluster, resumable, within bounds."""

import itertools
import os
import shutil
import threading
import time
import tracemalloc
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import records
from records import FRAMES, RECORDS, SMALL, SPACE, VERBS, encoded, files, frames
from vsa_plugins.frame import frame

import vsa
from vsa.cluster import ClusterMemory, Encoded, Frames
from vsa.workers.allocator import keeping_memory

pytest.importorskip("zarr")
pytest.importorskip("pyarrow")

small_blocks, inputs = records.small_blocks, records.inputs  # fixtures


# --- on a cluster --------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["zarr", "parquet"])
@pytest.mark.parametrize("what", ["records", "many"])
def test_a_cluster_writes_the_same_bytes(client, inputs, what, kind, tmp_path):
    encoded(tmp_path / "here", inputs[what], files=kind)
    encoded(tmp_path / "there", inputs[what], files=kind, client=client)
    here = files(tmp_path / "here")
    assert len(here) > 5
    assert here == files(tmp_path / "there")


def slowly(folder, space, rows):
    """Frames, by a worker that tells when it is at it, and takes its time."""
    (Path(folder) / f"{os.getpid()}").touch()
    time.sleep(0.05)
    return FRAMES(space, rows)


def test_a_worker_killed_in_the_middle_changes_nothing(client, kill, tmp_path):
    (tmp_path / "at work").mkdir()
    killed = []

    def progress(done, total):
        assert total == 13
        if done == 2:
            begun = {int(path.name) for path in (tmp_path / "at work").iterdir()}
            killed.extend(kill(among=begun))  # on a busy machine the other may not have begun

    encoder = partial(slowly, str(tmp_path / "at work"))
    options = {"encoder": encoder, "part_bytes": SMALL // 4}
    there = encoded(tmp_path / "there", client=client, progress=progress, **options)
    assert len(killed) == 1
    assert there.complete
    encoded(tmp_path / "here", **options)
    assert files(tmp_path / "here") == files(tmp_path / "there")


# --- on threads ----------------------------------------------------------------------------------
@pytest.fixture
def two_threads():
    vsa.set_threads(2)
    yield
    vsa.set_threads(1)


@pytest.mark.parametrize("kind", ["zarr", "parquet"])
def test_two_threads_write_two_parts_at_a_time_and_the_same_bytes(kind, tmp_path, two_threads):
    barrier, met = threading.Barrier(2), itertools.count()

    def together(space, rows):
        if next(met) < 2:
            barrier.wait(60)
        return FRAMES(space, rows)

    options = {"encoder": together, "part_bytes": SMALL // 4, "files": kind}
    encoded(tmp_path / "two", **options)
    vsa.set_threads(1)
    encoded(tmp_path / "one", **options)
    assert files(tmp_path / "two") == files(tmp_path / "one")


def test_a_table_that_is_emptied_serves_who_still_reads_it():
    """While one gathers its rows another fills the table with other atoms."""
    from vsa.encode.atoms import Drawn

    kept = Drawn(SPACE)
    kept.room = 3

    class Interrupted:
        """A lock that is held while places are looked up; when it is let go, another is faster."""

        def __enter__(self):
            pass

        def __exit__(self, *_):
            kept._one = threading.Lock()
            kept.batch(["x", "y", "z"])

    kept.batch(["a", "b", "c"])
    kept._one = Interrupted()
    found = kept.batch(["c", "a", "c"])
    assert np.array_equal(found.data, SPACE.batch(["c", "a", "c"]).data)
    assert np.array_equal(kept.batch(["x", "z"]).data, SPACE.batch(["x", "z"]).data)


def test_more_names_than_the_table_holds_are_drawn_all_the_same():
    from vsa.encode.atoms import Drawn

    kept = Drawn(SPACE)
    kept.room = 3
    for names in (["a", "b", "a"], ["a", "b", "c", "d", "b"], ["d", "a", "d"]):
        assert np.array_equal(kept.batch(names).data, SPACE.batch(names).data)


# --- resuming, progress, bounds ------------------------------------------------------------------
class StopError(Exception):
    """Somebody stops the work."""


@pytest.mark.parametrize("stop", [KeyboardInterrupt, StopError])
@pytest.mark.parametrize("on", ["here", "cluster"])
@pytest.mark.parametrize("kind", ["zarr", "parquet"])
def test_what_was_interrupted_is_continued(on, kind, stop, request, tmp_path):
    client = request.getfixturevalue("client") if on == "cluster" else None

    def interrupt(done, total):
        if done == 2:
            raise stop

    with pytest.raises(stop):
        encoded(tmp_path / "out", files=kind, client=client, progress=interrupt)
    there = Encoded(tmp_path / "out")
    if client is None:  # on a cluster others may have been finished meanwhile
        assert not there.complete
        assert [there.has(part) for part in range(4)] == [True, True, False, False]
        assert there.vectors(0, 128).shape == (128,)
        with pytest.raises(vsa.VsaError, match=r"lacks part 2: run the same encode\(…\) again"):
            there.vectors(0, 129)
    seen = []
    encoded(tmp_path / "out", files=kind, progress=lambda *numbers: seen.append(numbers))
    if client is None:
        assert seen == [(2, 4), (3, 4), (4, 4)]  # the two that were done are not made again
    assert there.complete
    encoded(tmp_path / "whole", files=kind)
    assert files(tmp_path / "out") == files(tmp_path / "whole")


def test_a_part_that_is_gone_is_made_again(tmp_path):
    there = encoded(tmp_path / "out", files="parquet")
    whole = files(tmp_path / "out")
    there.file(1).unlink()
    assert not there.complete
    encoded(tmp_path / "out", files="parquet")
    assert files(tmp_path / "out") == whole


def test_a_chunk_of_zeros_is_written_like_any_other(tmp_path):
    """To see that it is one would take as long."""
    zeros = encoded(tmp_path / "out", encoder=lambda space, rows: space.zero(rows.count))
    assert (tmp_path / "out" / "vectors.zarr" / "vectors" / "c" / "0" / "0").exists()
    assert not zeros.vectors(0, 3).data.any()


def test_chunks_are_files_as_zarr_writes_them(tmp_path):
    """Whole ones, that of the last rows, and those of another size, as an older folder may have."""
    import zarr

    there = encoded(tmp_path / "out", form="real")
    group = zarr.open_group(tmp_path / "zarr", mode="w")
    numbers = there._read("vectors", 0, 200)
    group.create_array("vectors", data=numbers, chunks=(16, 128), compressors=None)
    its = files(tmp_path / "zarr" / "vectors" / "c")
    assert len(its) == 13
    assert files(tmp_path / "out" / "vectors.zarr" / "vectors" / "c") == its
    older = tmp_path / "older"
    shutil.copytree(tmp_path / "out", older)
    shutil.rmtree(older / "vectors.zarr")
    group = zarr.open_group(older / "vectors.zarr", mode="w")
    group.create_array("vectors", shape=(200, 128), chunks=(24, 128), dtype="float32")
    group.create_array("names", shape=(200,), chunks=(24,), dtype=str)
    for part in (older / "done").iterdir():
        part.unlink()
    again = encoded(older, form="real")
    assert np.array_equal(again._read("vectors", 0, 200), numbers)
    assert again.names() == there.names()


@pytest.mark.parametrize("kind", ["zarr", "parquet"])
def test_a_row_that_is_not_finite_is_counted_from_the_first(kind, tmp_path):
    def wrong(space, rows):
        made = FRAMES(space, rows)
        return made.scale(
            np.where(np.arange(rows.start, rows.start + rows.count) == 101, np.nan, 1)
        )

    with pytest.raises(
        vsa.VsaError, match=r"^the encoder gave a vector that is not finite for row 101$"
    ):
        encoded(tmp_path, encoder=wrong, files=kind)
    assert [Encoded(tmp_path).has(part) for part in range(4)] == [True, False, False, False]


def test_rows_whose_sum_is_past_all_numbers_are_finite(tmp_path):
    large = np.full((200, 128), 3e38, np.float32)
    there = encoded(
        tmp_path, form="real", encoder=lambda space, rows: Given(space, large[: rows.count])
    )
    assert np.array_equal(there._read("vectors", 0, 200), large)


class Given(vsa.Vector):
    """A vector whose components are given."""

    def numpy(self):
        return self.data


def test_nothing_to_encode(tmp_path, client):
    for kind, worker in itertools.product(("zarr", "parquet"), (None, client)):
        seen = []
        folder = tmp_path / f"{kind} {worker is None}"
        there = encoded(
            folder, {"id": [], "agt": []}, Frames(frame), files=kind, client=worker,
            progress=lambda *numbers, seen=seen: seen.append(numbers),
        )  # fmt: skip
        assert seen == [(0, 0)]
        assert there.complete
        assert there.vectors().shape == (0,)
        assert there.names() == []


def test_the_bar_is_drawn_on_a_terminal_alone(tmp_path, capsys, monkeypatch):
    encoded(tmp_path / "a", progress=True)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    encoded(tmp_path / "b", progress=True)
    drawn = capsys.readouterr().err.split("\r")
    assert [line.split("  ")[0] for line in drawn[1:]] == [
        f"encode [{'#' * n}{'.' * (30 - n)}] {i}/4" for i, n in enumerate((0, 7, 15, 22, 30))
    ]
    assert drawn[-1].endswith("\n")


def test_memory_is_bounded_by_the_part(tmp_path, monkeypatch):
    """Twelve parts take no more than a few."""
    monkeypatch.setattr("vsa.encode.encoding.BLOCK_BYTES", 128 * 1024 * 4)
    monkeypatch.setattr("vsa.encode.atoms.KEPT_BYTES", 1_000_000)
    space = vsa.Space(dim=1024, seed=77)  # of which no atom is kept yet
    columns = {"agt": [str(i % 50) for i in range(6144)]}
    part = 512 * 1024 * 4
    tracemalloc.start()
    try:
        encoded(tmp_path, columns, Frames(frame), names=None, space=space, part_bytes=part)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert Encoded(tmp_path).parts == 12
    assert peak < 4 * part + 4_000_000


# --- and into memory -----------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["zarr", "parquet"])
def test_a_memory_reads_what_was_encoded(client, kind, tmp_path):
    records = [*RECORDS, {**RECORDS[7], "id": "the same as r7"}]
    there = encoded(tmp_path, records, files=kind)
    shards, one = ClusterMemory(SPACE, client), vsa.Memory(SPACE)
    shards.add(VERBS)
    one.add(VERBS, SPACE.batch(VERBS))
    shards.read(tmp_path)
    one.add(there.names(), there.vectors(), kind="frame")
    assert len(shards) == len(one) == 204
    probe = frames()[7] + 0.7 * frames()[150] + 0.5 * SPACE.atom("noise")
    found, expected = shards.cleanup(probe, k=3), one.cleanup(probe, k=3)
    assert found.name == "r7"
    assert found.items == expected.items == 203  # two records of one content are one row
    np.testing.assert_array_equal(found.names, expected.names)
    np.testing.assert_allclose(found.similarities, expected.similarities, atol=1e-6)
    assert shards["the same as r7"].similarity(frames()[7]) == pytest.approx(1, abs=1e-5)


# --- the allocator -------------------------------------------------------------------------------
def test_the_allocator_is_put_back(monkeypatch):
    """What Dask asked of glibc is changed while a task computes, and only then."""
    calls = []

    class Glibc:
        def __init__(self, name):
            assert name is None

        def mallopt(self, *call):
            calls.append(call)

    monkeypatch.setattr("ctypes.CDLL", Glibc)
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "65536")
    with keeping_memory():
        assert dict(calls) == {-3: 1 << 25, -1: 1 << 28}
    assert dict(calls[2:]) == {-3: 1 << 17, -1: 65536}
    monkeypatch.delenv("MALLOC_TRIM_THRESHOLD_")
    with keeping_memory():
        assert len(calls) == 4
