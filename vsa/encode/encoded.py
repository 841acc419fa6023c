"""A folder that `encode` writes, and reading it again.

manifest.json        what is encoded: input, encoder, space; how it is cut into parts
done/000000 …        a part that is written whole
vectors.zarr/        "vectors" (rows, dim), and "names" (rows,) if there are some; or
part-000000.parquet  columns "vector", a list of fixed size, and "name"
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.arguments import checked_path
from vsa.errors import VsaError
from vsa.files import called, read_whole
from vsa.workers.client import cluster_module, shared

MANIFEST, DONE = "manifest.json", "done"
MANIFEST_BYTES = 1 << 20  # of what is said of an encoding
ZARR, PARQUET = "vectors.zarr", "vectors.parquet"
SETTINGS = ("dim", "algebra", "backend", "dtype", "seed", "atoms")


class Encoded:
    """The vectors in a folder, and their names; read part by part as they are asked for."""

    __module__ = "vsa.encode"

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.path = Path(checked_path("the folder", folder))
        if not os.path.isdir(self.path):
            raise VsaError(f"{called(folder)} is no folder: encode writes one")
        if not os.path.exists(self.path / MANIFEST):
            what = f"{folder} is no folder that encode(…) wrote"
            raise VsaError(f"{what}: it has no {MANIFEST}")
        try:
            self.manifest = json.loads(read_whole(self.path / MANIFEST, MANIFEST_BYTES))
            self.rows = int(self.manifest["rows"])
            self.part_rows = int(self.manifest["part"])
            settings = dict(zip(SETTINGS, self.manifest["space"], strict=True))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise VsaError(f"{folder} is no folder that encode(…) wrote: {error}") from error
        self.space = shared(Space(**settings))
        self.opened: dict[str, Any] = {}

    @property
    def complete(self) -> bool:
        """Whether every part is written."""
        return all(self.has(part) for part in range(self.parts))

    @property
    def parts(self) -> int:
        """How many parts there are."""
        return -(-self.rows // self.part_rows)

    def has(self, part: int) -> bool:
        """Whether a part is written whole."""
        return (self.path / DONE / f"{part:06d}").exists() and (
            self.manifest["files"] == "zarr" or self.file(part).exists()
        )

    def file(self, part: int) -> Path:
        """The Parquet file of a part."""
        return self.path / PARQUET / f"part-{part:06d}.parquet"

    def array(self, name: str) -> Any:
        """An array of Zarr, to write to, opened once: "vectors", or "names" if there are some."""
        if name not in self.opened:
            self.opened[name] = cluster_module("zarr").open_array(
                self.path / ZARR / name, mode="r+"
            )
        return self.opened[name]

    def __len__(self) -> int:
        return self.rows

    def vectors(self, start: int = 0, stop: int | None = None) -> Vector:
        """Vectors of some rows, as a batch."""
        found = self._read("vectors", start, stop)
        if self.manifest["form"] == "real":
            return self.space.vector(found)
        metric, backend = self.space.metric, self.space.backend
        carried = backend.asarray(np.asarray(found), dtype=metric.carry.dtype)
        return Vector(self.space, metric.brought(carried))

    def take(self, rows: Sequence[int]) -> Vector:
        """Vectors of the rows with these numbers, ascending; runs are read in one go."""
        ends = [i + 1 for i, (a, b) in enumerate(pairwise(rows)) if b != a + 1]
        runs = pairwise([0, *ends, len(rows)])
        found = [self.vectors(rows[a], rows[b - 1] + 1).data for a, b in runs]
        return Vector(self.space, self.space.backend.xp.concat(found, axis=0))

    def names(self, start: int = 0, stop: int | None = None) -> list[str]:
        """Names of some rows."""
        if self.manifest["names"] is None:
            raise VsaError(f"{self.path} has no names: encode with names=COLUMN")
        return [str(name) for name in self._read("names", start, stop)]

    def _read(self, what: str, start: int, stop: int | None) -> Any:
        start, stop, _ = slice(start, stop).indices(self.rows)
        for part in range(start // self.part_rows, -(-stop // self.part_rows)):
            if not self.has(part):
                raise VsaError(f"{self.path} lacks part {part}: run the same encode(…) again")
        if self.manifest["files"] == "zarr":
            return cluster_module("zarr").open_group(self.path / ZARR, mode="r")[what][start:stop]
        return self._read_parquet(what.removesuffix("s"), start, stop)

    def _read_parquet(self, column: str, start: int, stop: int) -> Any:
        parquet = cluster_module("pyarrow.parquet")
        width, dtype = self.manifest["row"]
        found: list[Any] = []
        for part in range(start // self.part_rows, -(-stop // self.part_rows)):
            cells = parquet.read_table(self.file(part), columns=[column]).column(0).combine_chunks()
            first = part * self.part_rows
            cells = cells[max(start - first, 0) : stop - first]
            if column == "name":
                found += cells.to_pylist()
            else:
                found.append(cells.flatten().to_numpy().reshape(-1, width))
        if column == "name":
            return found
        return np.concatenate(found) if found else np.zeros((0, width), dtype)

    def __repr__(self) -> str:
        return f"<Encoded {self.path}: {self.rows} vectors of dim {self.space.dim}>"
