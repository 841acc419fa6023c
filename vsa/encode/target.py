"""Writing a folder of encoded vectors: the manifest, and parts that are there whole or not at all."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from vsa.encode.encoded import DONE, MANIFEST, PARQUET, ZARR, Encoded
from vsa.errors import VsaError
from vsa.files import called
from vsa.workers.client import cluster_module

WHAT = {
    "source": "other input", "encoder": "another encoder", "space": "another space",
    "rows": "other input", "part": "parts of another size",
}  # fmt: skip
# random numbers are not worth compressing, nor is it of use which of them is the largest
PARQUET_AS = {"compression": "none", "use_dictionary": False, "write_statistics": ["name"]}


def prepare(path: Path, manifest: dict[str, Any], chunk: int) -> Encoded:
    """The folder, new or begun with the same manifest; VsaError for any other."""
    if os.path.exists(path) and not os.path.isdir(path):
        raise VsaError(f"{path} is a file: name a folder")
    manifest = json.loads(json.dumps(manifest))  # as it is read back
    if os.path.exists(path / MANIFEST):
        target = Encoded(path)
        for key in manifest:
            if target.manifest.get(key) != manifest[key]:
                what = WHAT.get(key, f"another {key!r}")
                raise VsaError(f"{path} was begun with {what}: choose another folder, or delete it")
        return target
    try:
        if path.exists() and any(p.name not in (DONE, ZARR, PARQUET) for p in path.iterdir()):
            raise VsaError(f"{path} holds other files: choose a folder that is new or empty")
        (path / DONE).mkdir(parents=True, exist_ok=True)
        made = {}
        if manifest["files"] == "zarr":
            made = _make_arrays(path / ZARR, manifest, chunk)
        else:
            (path / PARQUET).mkdir(exist_ok=True)
        text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
        _put(path / MANIFEST, lambda there: there.write_text(text, encoding="utf-8"))
    except OSError as error:
        raise VsaError(f"{called(path)} cannot be written: {error.strerror or error}") from error
    target = Encoded(path)
    target.opened = made
    return target


def _make_arrays(path: Path, manifest: dict[str, Any], chunk: int) -> dict[str, Any]:
    """The arrays of Zarr, without numbers as yet."""
    rows, (width, dtype) = manifest["rows"], manifest["row"]
    chunk = min(chunk, max(rows, 1))
    group = cluster_module("zarr").open_group(path, mode="w")
    made = {}
    made["vectors"] = group.create_array(
        "vectors",
        shape=(rows, width),
        chunks=(chunk, width),
        dtype=dtype,
        compressors=None,
        serializer={"name": "bytes", "configuration": {"endian": "little"}},
    )
    if manifest["names"] is not None:
        made["names"] = group.create_array("names", shape=(rows,), chunks=(chunk,), dtype=str)
    return made


def write(
    target: Encoded,
    part: int,
    start: int,
    blocks: Iterable[np.ndarray[Any, Any]],
    names: Sequence[str] | None,
) -> None:
    """Write a part block by block, as its vectors come, then mark it done."""
    if target.manifest["files"] == "zarr":
        place = start
        for vectors in blocks:
            with _writing(target, part):
                _chunk(target, place, vectors)
            place += len(vectors)
        if names is not None:
            with _writing(target, part):
                target.array("names")[start : start + len(names)] = np.array(names, dtype=object)
    else:
        table = _table(list(blocks), names)
        parquet = cluster_module("pyarrow.parquet")
        with _writing(target, part):
            _put(target.file(part), lambda there: parquet.write_table(table, there, **PARQUET_AS))
    with _writing(target, part):
        _put(target.path / DONE / f"{part:06d}", lambda there: there.touch())


def _chunk(target: Encoded, start: int, vectors: np.ndarray[Any, Any]) -> None:
    """Write rows into the array of Zarr.

    A chunk that is not compressed is a file of its numbers, and is written as one: on the way through
    Zarr it would wait for a thread that all share, for as long as the writing takes.
    """
    array, count = target.array("vectors"), len(vectors)
    rows, width = array.chunks
    number, rest = divmod(start, rows)
    whole = not rest and count <= rows and count in (rows, array.shape[0] - start)
    if not whole or array.compressors or array.shards or vectors.dtype != array.dtype:
        array[start : start + count] = vectors
        return
    kind = vectors.dtype.newbyteorder("<")  # as the array was made

    def make(there: Path) -> None:
        there.write_bytes(np.ascontiguousarray(vectors, kind).data)
        if count < rows:  # zeros fill the chunk behind the last row
            os.truncate(there, rows * width * kind.itemsize)

    path = target.path / ZARR / "vectors" / array.metadata.encode_chunk_key((number, 0))
    path.parent.mkdir(parents=True, exist_ok=True)
    _put(path, make)


@contextmanager
def _writing(target: Encoded, part: int) -> Iterator[None]:
    """VsaError for what the system says."""
    try:
        yield
    except OSError as error:
        raise VsaError(
            f"part {part} cannot be written to {target.path}: {error.strerror or error}"
        ) from error


def _table(blocks: Sequence[np.ndarray[Any, Any]], names: Sequence[str] | None) -> Any:
    pyarrow = cluster_module("pyarrow")
    vectors = pyarrow.chunked_array(
        pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(block.reshape(-1)), block.shape[1])
        for block in blocks
    )
    columns = {"vector": vectors}
    if names is not None:
        columns = {"name": pyarrow.array(names, type=pyarrow.string()), **columns}
    return pyarrow.table(columns)


def _put(path: Path, make: Any) -> None:
    """Make a file under a name of its own, then give it its name: it is there whole or not."""
    there = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        make(there)
        os.replace(there, path)
    finally:
        there.unlink(missing_ok=True)
