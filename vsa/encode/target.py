"""Writing a folder of encoded vectors: the manifest, and parts that are there whole or not at all."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Sequence
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
        if manifest["files"] == "zarr":
            _make_arrays(path / ZARR, manifest, chunk)
        else:
            (path / PARQUET).mkdir(exist_ok=True)
        text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
        _put(path / MANIFEST, lambda there: there.write_text(text, encoding="utf-8"))
    except OSError as error:
        raise VsaError(f"{called(path)} cannot be written: {error.strerror or error}") from error
    return Encoded(path)


def _make_arrays(path: Path, manifest: dict[str, Any], chunk: int) -> None:
    """The Zarr group, without numbers as yet; random numbers are not worth compressing."""
    rows, (width, dtype) = manifest["rows"], manifest["row"]
    chunk = min(chunk, max(rows, 1))
    group = cluster_module("zarr").open_group(path, mode="w")
    group.create_array(
        "vectors", shape=(rows, width), chunks=(chunk, width), dtype=dtype, compressors=None
    )
    if manifest["names"] is not None:
        group.create_array("names", shape=(rows,), chunks=(chunk,), dtype=str)


def write(
    target: Encoded,
    part: int,
    start: int,
    vectors: np.ndarray[Any, Any],
    names: Sequence[str] | None,
) -> None:
    """Write a part, then mark it done."""
    try:
        if target.manifest["files"] == "zarr":
            group = cluster_module("zarr").open_group(target.path / ZARR, mode="r+")
            # all there is goes to disk: to see whether a chunk is all zeros takes as long as to write it
            whole = group["vectors"].with_config({"write_empty_chunks": True})
            whole[start : start + len(vectors)] = vectors
            if names is not None:
                group["names"][start : start + len(vectors)] = np.array(names, dtype=object)
        else:
            table = _table(vectors, names)
            parquet = cluster_module("pyarrow.parquet")
            _put(
                target.file(part),
                lambda there: parquet.write_table(
                    table, there, compression="none", use_dictionary=False
                ),
            )
        _put(target.path / DONE / f"{part:06d}", lambda there: there.touch())
    except OSError as error:
        raise VsaError(
            f"part {part} cannot be written to {target.path}: {error.strerror or error}"
        ) from error


def _table(vectors: np.ndarray[Any, Any], names: Sequence[str] | None) -> Any:
    pyarrow = cluster_module("pyarrow")
    flat = pyarrow.array(vectors.reshape(-1))
    columns = {"vector": pyarrow.FixedSizeListArray.from_arrays(flat, vectors.shape[1])}
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
