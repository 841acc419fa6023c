"""encode: many records or texts as vectors in a folder, here or on a Dask cluster.

The rows are cut into parts of a size that follows from the dimension. A part is one task: it reads
its rows, makes their vectors block by block, writes them, and marks itself done; what is marked is
not made again. Without a cluster the same tasks run here, as many at a time as threads are set, to the
same bytes.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vsa import threads
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.arguments import checked_path
from vsa.encode.columns import Rows, require
from vsa.encode.encoded import Encoded
from vsa.encode.encoders import Encoder, described
from vsa.encode.progress import bar
from vsa.encode.source import Part, Source, open_source
from vsa.encode.target import prepare, write
from vsa.errors import VsaError
from vsa.workers.allocator import keeping_memory
from vsa.workers.client import checked, cluster_module, shared, submit, told

PART_BYTES = 1 << 23  # vectors of a part: what a task holds and writes
BLOCK_BYTES = 1 << 22  # vectors of a block, which an encoder makes at a time; a chunk in Zarr
AHEAD = 2  # tasks that are out for each thread of the cluster

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Job:
    """Everything that a part needs beside its rows; this travels with every part."""

    folder: str
    space: Space
    encoder: Encoder
    columns: list[str]
    names: str | None
    form: str
    block: int

    def run(self, number: int, part: Part, target: Encoded | None = None) -> int:
        """Make and write one part.  target: the folder, if it is open."""
        with keeping_memory():
            return self._run(number, part, target or Encoded(self.folder))

    def _run(self, number: int, part: Part, target: Encoded) -> int:
        rows = part()
        names = None
        if self.names is not None:
            names = [str(rows.name(self.names, i)) for i in range(rows.count)]
        write(target, number, rows.start, self._blocks(rows), names)
        return number

    def _blocks(self, rows: Rows) -> Iterator[np.ndarray[Any, Any]]:
        """The vectors of a part, block by block."""
        space = shared(self.space)
        for start in range(0, rows.count, self.block):
            some = rows.cut(start, start + self.block, self.columns)
            vectors = self.encoder(space, some)
            self._check(vectors, some)
            numbers = self._numbers(vectors)
            if (wrong := _not_finite(numbers)) is not None:
                row = some.start + wrong
                raise VsaError(f"the encoder gave a vector that is not finite for row {row}")
            yield numbers

    def _check(self, vectors: Any, rows: Rows) -> None:
        where = f"rows {rows.start} to {rows.start + rows.count - 1}"
        if not isinstance(vectors, Vector):
            raise VsaError(
                f"the encoder gave {type(vectors).__name__} for {where}: it should give a Vector"
            )
        if vectors.space != self.space:
            raise VsaError(f"the encoder gave vectors of {vectors.space!r}, not of {self.space!r}")
        if vectors.shape != (rows.count,):
            raise VsaError(
                f"the encoder gave a batch of shape {vectors.shape} for {where}: "
                f"it should give ({rows.count},), one vector a row"
            )

    def _numbers(self, vectors: Vector) -> np.ndarray[Any, Any]:
        if self.form == "real":
            return vectors.numpy()
        backend = vectors.space.backend
        return backend.numpy(vectors.space.metric.carried(backend.detach(vectors.data)))


def encode(
    source: Any,
    folder: str | os.PathLike[str],
    encoder: Encoder,
    *,
    space: Space,
    client: Any = None,
    names: str | None = None,
    files: str = "zarr",
    form: str = "packed",
    part_bytes: int = PART_BYTES,
    progress: Progress | bool = True,
) -> Encoded:
    """Encode every row of a source into a folder, and give the folder.

    source: a Parquet file, a folder of them, a `.npy` or `.zarr` array, a list of dictionaries or
    of texts, a dictionary of columns, a table of pyarrow, pandas or polars, an array.
    encoder: `Frames(frame, …)`, `Sequences(sequence, …)`, or a function of (space, rows) that gives
    a vector a row.
    client: a `distributed.Client`, whose workers see the same paths; None works here.
    names: the column of the names under which a memory can read the folder.
    files: "zarr" or "parquet".  form: "packed" (for a memory) or "real" components.
    part_bytes: size of a part.  progress: True draws a bar on a terminal; a function is called with
    the numbers of parts done and of all.

    A folder that was begun with the same arguments is continued; any other is refused.
    """
    if files not in ("zarr", "parquet"):
        raise VsaError(f'files is "zarr" or "parquet", not {files!r}')
    if form not in ("packed", "real"):
        raise VsaError(f'form is "packed" or "real", not {form!r}')
    if not callable(encoder):
        raise VsaError(f"an encoder is a function of (space, rows), not {type(encoder).__name__}")
    cluster_module("zarr" if files == "zarr" else "pyarrow")
    if client is not None:
        checked(client)
    opened = open_source(source)
    columns = _columns(opened, encoder, names)
    row = 4 * max(space.algebra.row.width, space.algebra.packed)
    block = max(BLOCK_BYTES // row, 1)
    kept = space.metric.carry if form == "packed" else space.algebra.shown
    dtype = space.backend.host_dtype(kept.dtype)
    if dtype.kind == "c" and files != "zarr":
        raise VsaError(f'{space.settings[1]} shows complex numbers: keep them in files="zarr"')
    manifest = {
        "format": 1,
        "files": files,
        "form": form,
        "rows": opened.rows,
        "part": max(part_bytes // (row * block), 1) * block,
        "names": names,
        "row": [kept.width, dtype.name],
        "space": list(space.settings),
        "source": opened.identity,
        "encoder": described(encoder),
    }
    target = prepare(Path(checked_path("the folder", folder)).resolve(), manifest, block)
    job = Job(str(target.path), space, encoder, columns, names, form, block)
    parts = _parts(opened, job, target)
    if client is None:
        work = threads.as_done(lambda one: job.run(one[0], one[1], target), parts)
    else:
        work = _on_cluster(job, parts, client)
    total = target.parts
    todo = sum(not target.has(part) for part in range(total))
    with bar("encode", progress) as show, closing(work):
        show(total - todo, total)
        for done, _ in enumerate(work, start=total - todo + 1):
            show(done, total)
    return target


def _not_finite(rows: np.ndarray[Any, Any]) -> int | None:
    """The first row that is not, if one is: looked for only where their sum is none."""
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(rows.sum()):
            return None
    good = np.isfinite(rows).all(axis=1)
    return None if good.all() else int(np.argmin(good))


def _columns(source: Source, encoder: Encoder, names: str | None) -> list[str]:
    """The columns that the encoder is given; VsaError for one that is not there."""
    if names is not None:
        require(source.columns, [names])
    if not hasattr(encoder, "columns"):
        return source.columns
    columns: list[str] = encoder.columns([c for c in source.columns if c != names], source.columns)
    return columns


def _parts(source: Source, job: Job, target: Encoded) -> Iterator[tuple[int, Part]]:
    """The parts that are not done."""
    columns = dict.fromkeys([*job.columns, *([] if job.names is None else [job.names])])
    for number in range(target.parts):
        if not target.has(number):
            start = number * target.part_rows
            stop = min(start + target.part_rows, source.rows)
            yield number, source.cut(start, stop, list(columns))


def _on_cluster(
    job: Job, parts: Iterator[tuple[int, Part]], client: Any
) -> Generator[int, None, None]:
    """A few parts for each thread are out at a time; what is out when this is left is cancelled."""
    running = cluster_module("distributed").as_completed(loop=client.loop)
    out: set[Any] = set()

    def send(count: int) -> None:
        for number, part in itertools.islice(parts, count):
            future = submit(client, job.run, number, part)
            out.add(future)
            running.add(future)

    try:
        with told():
            send(AHEAD * sum(client.nthreads().values()))
            for future in running:
                yield future.result()
                out.discard(future)
                send(1)
    finally:
        if out:
            client.cancel(list(out))
