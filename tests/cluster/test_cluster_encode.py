"""Batch encoding: the vectors of single calls, the same bytes here and on a cluster, resumable."""

import itertools
import os
import time
import tracemalloc
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from second_algebra import MAPB
from vsa_plugins.frame import frame
from vsa_plugins.sequence import decode, sequence

import vsa
from vsa.cluster import ClusterMemory, Encoded, Frames, Sequences, encode
from vsa.cluster.allocator import keeping_memory

pytest.importorskip("zarr")
pytest.importorskip("pyarrow")

SPACE = vsa.Space(dim=128)
VERBS = ["eat", "see", "give"]
RECORDS = [
    {"id": f"r{i}", "verb": VERBS[i % 3], "agt": f"person {i % 17}", "obj": i % 23}
    for i in range(200)
]
FRAMES = Frames(frame, head="verb")
SMALL = 64 * 128 * 4  # bytes of a part here: 64 rows, four parts
TEXTS = ["holographic", "a", "", "reduced", "reduced representations", "ab"]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Blocks of 16 rows, so that parts, blocks and chunks all end somewhere in the middle."""
    monkeypatch.setattr("vsa.cluster.encoding.BLOCK_BYTES", 16 * 128 * 4)


def encoded(folder, source=RECORDS, encoder=FRAMES, **options):
    options = {"space": SPACE, "names": "id", "part_bytes": SMALL, "progress": False, **options}
    return encode(source, folder, encoder, **options)


def files(folder):
    """Every file of a folder and what is in it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file()
    }


def frames(space=SPACE):
    """The records encoded one by one, by the function that a user would call."""
    atom = space.atom
    return [frame(atom(r["verb"]), agt=atom(r["agt"]), obj=atom(str(r["obj"]))) for r in RECORDS]


# --- what is encoded -----------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["zarr", "parquet"])
@pytest.mark.parametrize("form", ["packed", "real"])
@pytest.mark.parametrize("algebra", ["hrr", MAPB], ids=str)
def test_records_are_frames(kind, form, algebra, tmp_path, monkeypatch):
    space = vsa.Space(dim=128, algebra=algebra, seed=5)
    if algebra is MAPB:  # a space is known by the name of its algebra, which a plugin would supply
        monkeypatch.setattr("vsa.space.find_algebra", lambda a: MAPB)
    monkeypatch.setattr("vsa.cluster.drawn.KEPT_BYTES", 20 * 1024)  # of 43 atoms some 20 stay
    there = encoded(tmp_path, files=kind, form=form, space=space)
    assert there.complete
    assert there.names() == [r["id"] for r in RECORDS]
    vectors = there.vectors()
    assert vectors.shape == (200,)
    for found, wanted in zip(vectors, frames(space), strict=True):
        np.testing.assert_allclose(found.numpy(), wanted.numpy(), atol=1e-5)
    some = [3, 4, 63, 64, 65, 130, 199]
    np.testing.assert_array_equal(there.take(some).numpy(), vectors[np.array(some)].numpy())
    np.testing.assert_array_equal(there.vectors(60, 130).numpy(), vectors[60:130].numpy())
    assert there.names(62, 66) == ["r62", "r63", "r64", "r65"]


def test_others_can_read_the_files(tmp_path):
    import pyarrow.parquet
    import zarr

    encoded(tmp_path / "z", form="real")
    encoded(tmp_path / "p", form="real", files="parquet")
    wanted = np.array([f.numpy() for f in frames()])
    group = zarr.open_group(tmp_path / "z" / "vectors.zarr", mode="r")
    assert group["vectors"].dtype == np.float32
    np.testing.assert_allclose(group["vectors"][:], wanted, atol=1e-6)
    assert list(group["names"][:3]) == ["r0", "r1", "r2"]
    table = pyarrow.parquet.read_table(tmp_path / "p" / "vectors.parquet")
    assert table.column("name").to_pylist()[199] == "r199"
    vectors = np.stack(table.column("vector").to_numpy())
    np.testing.assert_array_equal(vectors, group["vectors"][:])


@pytest.mark.parametrize("unit", ["letters", "words"])
def test_texts_are_sequences(unit, tmp_path):
    there = encoded(tmp_path, TEXTS, Sequences(sequence, unit=unit), names=None)
    cut = list if unit == "letters" else str.split
    for text, found in zip(TEXTS, there.vectors(), strict=True):
        items = SPACE.atoms(*cut(text))
        wanted = sequence(*items) if items else SPACE.zero()
        np.testing.assert_allclose(found.numpy(), wanted.numpy(), atol=1e-5)
    with pytest.raises(vsa.VsaError, match="has no names"):
        there.names()


def test_long_and_short_texts_keep_their_order(tmp_path, monkeypatch):
    monkeypatch.setattr("vsa.cluster.encoders.ITEM_BYTES", 40 * 2 * 128 * 4)
    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice(list("abcd"), rng.integers(0, 30))) for _ in range(100)]
    there = encoded(tmp_path, {"text": texts}, Sequences(sequence), names=None)
    for text, found in zip(texts, there.vectors(), strict=True):
        wanted = sequence(*SPACE.atoms(*text)) if text else SPACE.zero()
        np.testing.assert_allclose(found.numpy(), wanted.numpy(), atol=1e-5)


def test_encoded_texts_are_decoded(tmp_path):
    space = vsa.Space(dim=1024)
    memory = vsa.Memory(space)
    letters = sorted(set("".join(TEXTS)))
    memory.add(letters, space.batch(letters))
    text = "reduced representations"
    there = encoded(tmp_path, [text], Sequences(sequence), names=None, space=space)
    assert "".join(decode(there.vectors()[0], len(text), memory=memory).name) == text


def test_heads_prefixes_and_empty_slots(tmp_path):
    records = [{"agt": "mark", "obj": None}, {"agt": True, "obj": 7}]
    atom = SPACE.atom
    for name, options, wanted in (
        (
            "a", {"of": "eat", "missing": "empty"},
            [frame(atom("eat"), agt=atom("mark")),
             frame(atom("eat"), agt=atom("True"), obj=atom("7"))],
        ),
        (
            "b", {"missing": "empty", "prefix": True},
            [frame(SPACE.zero(), agt=atom("agt mark")),
             frame(SPACE.zero(), agt=atom("agt True"), obj=atom("obj 7"))],
        ),
        (
            "c", {"slots": ("agt",)},
            [frame(SPACE.zero(), agt=atom("mark")), frame(SPACE.zero(), agt=atom("True"))],
        ),
        ("d", {"slots": (), "of": "eat"}, [atom("eat"), atom("eat")]),
    ):  # fmt: skip
        there = encoded(tmp_path / name, records, Frames(frame, **options), names=None)
        found = there.vectors().numpy()
        np.testing.assert_allclose(found, [w.numpy() for w in wanted], atol=1e-5)


def twice(space, rows, times=2):
    """A function of the user's own."""
    return rows.atoms(space, "agt").scale(float(times)) + rows.atoms(space, "obj")


def test_a_function_of_ones_own(client, tmp_path):
    here = encoded(tmp_path / "here", encoder=partial(twice, times=3))
    encoded(tmp_path / "there", encoder=partial(twice, times=3), client=client)
    assert files(tmp_path / "here") == files(tmp_path / "there")
    wanted = 3 * SPACE.atom(RECORDS[9]["agt"]) + SPACE.atom("9")
    np.testing.assert_allclose(here.vectors()[9].numpy(), wanted.numpy(), atol=1e-5)
    with pytest.raises(vsa.VsaError, match="was begun with another encoder"):
        encoded(tmp_path / "here", encoder=partial(twice, times=4))


# --- where from ----------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """The same records in every shape that a source may have."""
    import pyarrow
    import pyarrow.parquet

    folder = tmp_path_factory.mktemp("inputs")
    columns = {name: [r[name] for r in RECORDS] for name in RECORDS[0]}
    table = pyarrow.table(columns)
    pyarrow.parquet.write_table(table, folder / "one.parquet", row_group_size=150)
    (folder / "many").mkdir()
    for i, (a, b) in enumerate(itertools.pairwise([0, 50, 51, 51, 170, 200])):
        path = folder / "many" / f"{i}.parquet"
        pyarrow.parquet.write_table(table.slice(a, b - a), path, row_group_size=20)
    structured = np.array(
        [tuple(r.values()) for r in RECORDS],
        dtype=[("id", "U8"), ("verb", "U8"), ("agt", "U16"), ("obj", int)],
    )
    return {
        "records": RECORDS, "columns": columns, "table": table, "structured": structured,
        "one": folder / "one.parquet", "many": str(folder / "many"),
    }  # fmt: skip


@pytest.mark.parametrize("what", ["columns", "table", "structured", "one", "many"])
def test_every_source_of_the_same_records_gives_the_same_vectors(inputs, what, tmp_path):
    expected = encoded(tmp_path / "records")
    there = encoded(tmp_path / "other", inputs[what])
    assert there.names() == expected.names()
    np.testing.assert_array_equal(there.vectors().numpy(), expected.vectors().numpy())


@pytest.mark.parametrize("kind", ["npy", "zarr", "array"])
def test_an_array_of_items_is_encoded_as_sequences(kind, tmp_path):
    import zarr

    array = np.arange(300).reshape(100, 3) % 11
    path = tmp_path / f"items.{kind}"
    if kind == "npy":
        np.save(path, array)
    elif kind == "zarr":
        zarr.save_array(path, array)
    encoder = Sequences(sequence, column="items", unit="items")
    there = encoded(tmp_path / "out", array if kind == "array" else path, encoder, names=None)
    for row, found in zip(array[::9], there.vectors()[::9], strict=True):
        wanted = sequence(*SPACE.atoms(*map(str, row)))
        np.testing.assert_allclose(found.numpy(), wanted.numpy(), atol=1e-5)


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
            killed.extend(kill())

    encoder = partial(slowly, str(tmp_path / "at work"))
    options = {"encoder": encoder, "part_bytes": SMALL // 4}
    there = encoded(tmp_path / "there", client=client, progress=progress, **options)
    assert len(killed) == 1
    assert (tmp_path / "at work" / str(killed[0])).exists()  # it had begun
    assert there.complete
    encoded(tmp_path / "here", **options)
    assert files(tmp_path / "here") == files(tmp_path / "there")


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
    monkeypatch.setattr("vsa.cluster.encoding.BLOCK_BYTES", 128 * 1024 * 4)
    monkeypatch.setattr("vsa.cluster.drawn.KEPT_BYTES", 1_000_000)
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
