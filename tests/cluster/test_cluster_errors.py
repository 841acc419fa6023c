"""What goes wrong is said in one line that names the culprit and the mend."""

import os
import sys

import numpy as np
import pytest
from vsa_plugins.frame import frame
from vsa_plugins.sequence import sequence

import vsa
from vsa import VsaError
from vsa.cluster import ClusterMemory, Encoded, Frames, Sequences, encode

SPACE = vsa.Space(dim=64)
RECORDS = [{"id": f"r{i}", "verb": "eat", "agt": "mark", "obj": f"fish {i}"} for i in range(4)]


def changed(row, **cells):
    return [{**record, **(cells if i == row else {})} for i, record in enumerate(RECORDS)]


def without(row, column):
    return [
        {k: v for k, v in record.items() if i != row or k != column}
        for i, record in enumerate(RECORDS)
    ]


def wrong_shape(space, rows):
    return space.random(rows.count + 1)


def wrong_space(space, rows):
    return vsa.Space(dim=32).random(rows.count)


def not_finite(space, rows):
    scale = np.ones(rows.count)
    scale[2] = np.nan
    return space.random(rows.count).scale(scale)


def numbers(space, rows):
    return np.zeros((rows.count, 64))


FRAMES = Frames(frame, head="verb")
CASES = {
    "null": (
        changed(2, agt=None), FRAMES, {},
        "row 2, column 'agt' is null: fill it in, or say missing=\"empty\"",
    ),
    "null head": (
        changed(1, verb=None), Frames(frame, head="verb", missing="empty"), {},
        "row 1, column 'verb' is null: fill it in",
    ),
    "null name": (changed(3, id=None), FRAMES, {"names": "id"}, "row 3, column 'id' is null"),
    "number": (
        changed(1, obj=2.5), FRAMES, {},
        "row 1, column 'obj' holds float '2.5', which names no atom: "
        "make it a text or a whole number",
    ),
    "ragged": (
        without(2, "obj"), FRAMES, {}, "record 2 has no 'obj': give it one, or None for none",
    ),
    "too much": (
        changed(3, extra="x"), FRAMES, {},
        "record 3 has 'extra', which record 0 has not: give it to all",
    ),
    "no record": (
        [*RECORDS, "five"], FRAMES, {}, "record 4 is a str, not a dictionary",
    ),
    "unknown slot": (
        RECORDS, Frames(frame, slots=("agt", "objj")), {},
        "the input has no column 'objj': did you mean 'obj'?",
    ),
    "unknown head": (
        RECORDS, Frames(frame, head="zzz"), {},
        "the input has no column 'zzz': there are id, verb, agt, obj",
    ),
    "unknown names": (RECORDS, FRAMES, {"names": "ids"}, "no column 'ids': did you mean 'id'?"),
    "no text column": (
        RECORDS, Sequences(sequence), {}, "the input has no column 'text'",
    ),
    "reserved slot": (
        {"memory": ["a"]}, Frames(frame), {},
        "'memory' cannot be a slot: rename the column, or name slots=(…)",
    ),
    "unequal columns": (
        {"agt": ["a", "b"], "obj": ["c"]}, Frames(frame), {},
        "column 'obj' has 1 rows, column 'agt' has 2: make them equally long",
    ),
    "no columns": ({}, Frames(frame), {}, "the input has no columns"),
    "no cells": ({"agt": 3}, Frames(frame), {}, "column 'agt' is a int, not a list of cells"),
    "no rows": (7, Frames(frame), {}, "no rows can be read from int"),
    "three axes": (
        np.zeros((2, 2, 2), int), Frames(frame), {}, "one axis, one of sequences two, not 3",
    ),
    "no list": (
        ["abc"], Sequences(sequence, unit="items"), {},
        "row 0, column 'text' holds no list: say unit=\"letters\" or \"words\" for texts",
    ),
    "wrong shape": (
        RECORDS, wrong_shape, {},
        "the encoder gave a batch of shape (5,) for rows 0 to 3: it should give (4,)",
    ),
    "not finite": (
        RECORDS, not_finite, {}, "the encoder gave a vector that is not finite for row 2",
    ),
    "wrong space": (RECORDS, wrong_space, {}, "the encoder gave vectors of Space(dim=32"),
    "no vector": (RECORDS, numbers, {}, "the encoder gave ndarray for rows 0 to 3"),
    "no encoder": (RECORDS, 5, {}, "an encoder is a function of (space, rows), not int"),
    "files": (RECORDS, FRAMES, {"files": "csv"}, "files is \"zarr\" or \"parquet\", not 'csv'"),
    "form": (RECORDS, FRAMES, {"form": "raw"}, "form is \"packed\" or \"real\", not 'raw'"),
    "no client": (RECORDS, FRAMES, {"client": 5}, "a distributed.Client is wanted here, not int"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bad_input(case, tmp_path):
    for package in ("zarr", "pyarrow", "distributed"):
        pytest.importorskip(package)
    source, encoder, options, message = CASES[case]
    with pytest.raises(VsaError) as caught:
        encode(source, tmp_path / "out", encoder, space=SPACE, **options)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    if (tmp_path / "out").exists():
        assert not Encoded(tmp_path / "out").complete


def test_encoders_that_cannot_be():
    with pytest.raises(VsaError, match=r"or one atom, of=…, not both"):
        Frames(frame, head="verb", of="eat")
    with pytest.raises(VsaError, match="slots is a tuple of columns"):
        Frames(frame, slots="agt")
    with pytest.raises(VsaError, match="missing is None"):
        Frames(frame, missing="zero")
    with pytest.raises(VsaError, match="unknown unit 'word': choose one of letters, words, items"):
        Sequences(sequence, unit="word")


def test_an_error_on_a_worker_is_the_same_line(client, tmp_path):
    with pytest.raises(VsaError, match=r"^row 2, column 'agt' is null: fill it in"):
        encode(changed(2, agt=None), tmp_path / "out", FRAMES, space=SPACE, client=client)


def test_files_that_cannot_be_read(tmp_path):
    pytest.importorskip("zarr")
    pytest.importorskip("pyarrow")

    def refused(path, message):
        with pytest.raises(VsaError, match=message) as caught:
            encode(path, tmp_path / "out", FRAMES, space=SPACE)
        assert "\n" not in str(caught.value)

    refused(tmp_path / "nowhere.parquet", "there is no .*nowhere")
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", r"holds no \*.parquet files")
    for name in ("text.parquet", "text.npy"):
        (tmp_path / name).write_text("no such thing")
        refused(tmp_path / name, f"{name} is no .* that can be read")
        os.mkfifo(tmp_path / f"pipe.{name}")
        refused(tmp_path / f"pipe.{name}", f"pipe.{name} is not a file that can be read through")
    for path in ("a\0b.npy", "a\ud800.parquet"):
        refused(path, "cannot be the name of a file: choose another name")
        with pytest.raises(VsaError, match="cannot be the name of a file: choose another name"):
            encode(RECORDS, path, FRAMES, space=SPACE)
    refused("long" * 2000, "File name too long")
    with pytest.raises(VsaError, match="cannot be written: File name too long"):
        encode(RECORDS, tmp_path / ("long" * 2000), FRAMES, space=SPACE)


def test_a_row_group_that_would_fill_the_memory(tmp_path, monkeypatch):
    pytest.importorskip("zarr")
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")

    from vsa.encode import source

    path = tmp_path / "same.parquet"
    columns = {name: [value] * 20_000 for name, value in RECORDS[0].items()}
    parquet.write_table(pyarrow.table(columns), path)
    monkeypatch.setattr(source, "GROUP", 10_000)
    with pytest.raises(VsaError, match="has 20,000 rows in one group, and at most 10,000 are read"):
        encode(path, tmp_path / "out", FRAMES, space=SPACE)


def test_a_folder_that_is_none_of_ours(tmp_path):
    pytest.importorskip("zarr")
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(VsaError, match="holds other files: choose a folder that is new or empty"):
        encode(RECORDS, tmp_path, FRAMES, space=SPACE)
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]
    with pytest.raises(VsaError, match=r"letter\.txt is a file: name a folder"):
        encode(RECORDS, tmp_path / "letter.txt", FRAMES, space=SPACE)
    with pytest.raises(VsaError, match=r"is no folder that encode\(…\) wrote"):
        Encoded(tmp_path)


def test_a_folder_is_continued_by_the_same_arguments_alone(tmp_path):
    pytest.importorskip("zarr")
    options = {"source": RECORDS, "encoder": FRAMES, "space": SPACE}
    encode(folder=tmp_path / "out", **options)
    for what, other in (
        ("other input", {"source": changed(0, agt="john")}),
        ("another encoder", {"encoder": Frames(frame, of="eat")}),
        ("another space", {"space": vsa.Space(dim=64, seed=1)}),
        ("another 'files'", {"files": "parquet"}),
        ("another 'form'", {"form": "real"}),
        ("another 'names'", {"names": "id"}),
    ):
        with pytest.raises(VsaError, match=f"was begun with {what}: choose another folder"):
            encode(folder=tmp_path / "out", **{**options, **other})
    assert encode(folder=tmp_path / "out", **options).complete


def test_memory_says_what_it_does_not_take(client, tmp_path):
    memory = ClusterMemory(SPACE, client)
    memory.add(["mark", "john"])
    x = SPACE.atom("x")
    for attempt, message in (
        (lambda: memory.add("mark"), "'mark' is in memory already: remove it first"),
        (lambda: memory.add(["a", "a"]), "'a' is in memory already"),
        (lambda: memory.add([3]), "a name must be a text, not 3"),
        (lambda: memory.add(None), "names must be a text, or texts in a list, not None"),
        (lambda: memory.add("a", kind=3), "a kind must be a text, not 3"),
        (lambda: memory.add(["a", "b"], SPACE.random(3)), r"2 names do not fit a batch of shape"),
        (lambda: memory.add("a", SPACE.zero()), "'a' is the zero vector"),
        (lambda: memory.add("a", vsa.Space(dim=32).atom("a")), "this memory holds vectors of"),
        (lambda: memory.cleanup(x, 0), "k must be a whole number of at least 1, not 0"),
        (lambda: memory.cleanup(x, k="x"), "k must be a whole number of at least 1, not 'x'"),
        (lambda: memory.cleanup(x, kinds=3), "kinds must be a text, or texts in a list, not 3"),
        (lambda: memory.cleanup(x, kinds=[3]), "a kind must be a text, not 3"),
        (lambda: memory.cleanup(x, among=3), "among must be a text, or texts in a list, not 3"),
        (lambda: memory.cleanup(x, among=[[]]), "a name must be a text, not list"),
        (lambda: memory.cleanup(x, exclude=[3]), "an excluded item must be a text, not 3"),
        (
            lambda: memory.cleanup(x, prior_nothing=1),
            r"prior_nothing must be a number in \[0, 1\), not 1",
        ),
        (lambda: memory.cleanup(5), "query must be a Vector, not 5"),
        (lambda: memory.cleanup(x, among=["nobody"]), "'nobody' is not in memory"),
        (lambda: memory["nobody"], "'nobody' is not in memory"),
        (lambda: memory.read(tmp_path), r"is no folder that encode\(…\) wrote: it has no manifest"),
        (lambda: memory.read(tmp_path / "none"), "none is no folder: encode writes one"),
        (lambda: memory.read(3), "the folder must be a path, as a text or a Path, not 3"),
    ):
        with pytest.raises(VsaError, match=message):
            attempt()
    assert memory.names() == ["mark", "john"]
    assert memory.cleanup(SPACE.atom("mark")).name == "mark"


def test_a_memory_that_is_closed_says_so(client):
    memory = ClusterMemory(SPACE, client)
    memory.add(["mark", "john"])
    answer = memory.cleanup(SPACE.atom("mark"))
    memory.close()
    memory.close()
    for attempt in (
        lambda: memory.cleanup(SPACE.atom("mark")),
        lambda: memory.add(["fish"]),
        lambda: memory.remove("mark"),
        lambda: memory.names(),
        lambda: memory.shards,
        lambda: memory["mark"],
        lambda: "mark" in memory,
        lambda: len(memory),
        lambda: answer.vector,
    ):
        with pytest.raises(VsaError, match=r"^this memory is closed: make another with ClusterMem"):
            attempt()
    assert repr(memory) == f"<ClusterMemory dim {SPACE.dim}: closed>"
    with ClusterMemory(SPACE, client) as another:
        assert another.names() == []


def test_folders_that_a_memory_does_not_take(client, tmp_path):
    pytest.importorskip("zarr")
    memory = ClusterMemory(SPACE, client)
    encode(RECORDS, tmp_path / "no names", Frames(frame, slots=("agt",)), space=SPACE)
    with pytest.raises(VsaError, match="has no names: encode with names=COLUMN"):
        memory.read(tmp_path / "no names")
    small = vsa.Space(dim=32)
    encode(RECORDS, tmp_path / "small", FRAMES, space=small, names="id")
    with pytest.raises(VsaError, match="holds vectors of Space"):
        memory.read(tmp_path / "small")


def test_a_client_that_is_closed(client):
    from distributed import Client

    with Client(client.scheduler.address) as other:
        memory = ClusterMemory(SPACE, other)
        memory.add(["mark"])
    for attempt in (
        lambda: memory.cleanup(SPACE.atom("mark")),
        lambda: memory.add(["john"]),
        lambda: memory.remove("mark"),
        lambda: ClusterMemory(SPACE, other),
    ):
        with pytest.raises(VsaError, match="the Dask client is closed: make another"):
            attempt()


@pytest.mark.parametrize("package", ["distributed", "zarr", "pyarrow"])
def test_a_package_that_is_missing(package, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, package, None)
    files = "parquet" if package == "pyarrow" else "zarr"
    client = object() if package == "distributed" else None
    if client is not None:
        pytest.importorskip("zarr")
    mend = rf'this needs the package {package!r}: pip install "vsa-algebra\[cluster\]"'
    with pytest.raises(VsaError, match=mend):
        encode(RECORDS, tmp_path / "out", FRAMES, space=SPACE, files=files, client=client)
