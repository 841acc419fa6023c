"""Where rows come from: Parquet files, arrays on disk, or what is in memory.

A source tells its rows and columns and gives parts; a part of files is read by whoever encodes it,
a part of something in memory travels there.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from vsa.arguments import checked_path
from vsa.encode.columns import Rows
from vsa.errors import VsaError
from vsa.files import readable
from vsa.workers.client import cluster_module

Part = Callable[[], Rows]
GROUP = 1 << 24  # rows of a Parquet file that are in memory at a time
TEXT, ITEMS = "text", "items"  # the columns of an array of one axis, and of two
ROW_NUMBERS = re.compile(r"__index_level_\d+__")  # what pandas calls an index without a name


@dataclass(frozen=True)
class Source:
    """`rows` records with `columns`; `identity` tells another input from this one.

    cut: (start, stop, columns) → a function without arguments that reads those rows.
    """

    rows: int
    columns: list[str]
    identity: Any
    cut: Callable[[int, int, Sequence[str]], Part]


def open_source(source: Any) -> Source:
    """A Parquet file or a folder of them, a `.npy` or `.zarr` array, records, columns, an array, or
    a table of another library (pyarrow, pandas, polars …) by Arrow's interface."""
    if isinstance(source, (str, os.PathLike)):
        return _of_path(Path(checked_path("the source", source)))
    if hasattr(source, "__arrow_c_stream__"):
        source = _of_arrow(source)
    if isinstance(source, Mapping):
        return _of_columns(source)
    if isinstance(source, np.ndarray):
        return _of_array(source)
    if isinstance(source, Sequence):
        return _of_list(source)
    raise VsaError(
        f"no rows can be read from {type(source).__name__}: give a path, records, columns, "
        "a table or an array"
    )


# --- in memory -----------------------------------------------------------------------------------
def _of_list(items: Sequence[Any]) -> Source:
    if not items or not isinstance(items[0], Mapping):
        return _of_columns({TEXT: items})
    columns = list(items[0])
    for i, record in enumerate(items):
        if not isinstance(record, Mapping):
            raise VsaError(f"record {i} is a {type(record).__name__}, not a dictionary")
        for name in columns:
            if name not in record:
                raise VsaError(f"record {i} has no {name!r}: give it one, or None for none")
        if len(record) > len(columns):
            other = next(name for name in record if name not in columns)
            raise VsaError(f"record {i} has {other!r}, which record 0 has not: give it to all")
    return _of_columns({name: [record[name] for record in items] for name in columns})


def _of_columns(columns: Mapping[str, Any]) -> Source:
    if not columns:
        raise VsaError("the input has no columns")
    cells = {name: _listed(column, name) for name, column in columns.items()}
    first, *others = cells
    rows = len(cells[first])
    for name in others:
        if len(cells[name]) != rows:
            raise VsaError(
                f"column {name!r} has {len(cells[name])} rows, column {first!r} has {rows}: "
                "make them equally long"
            )
    digest = hashlib.sha256()
    for name, column in cells.items():
        digest.update(f"{name!r}\x1f{column!r}\x1e".encode("utf-8", "surrogatepass"))

    def cut(start: int, stop: int, wanted: Sequence[str]) -> Part:
        some = {name: cells[name][start:stop] for name in wanted}
        return partial(Rows, start, stop - start, some)

    return Source(rows, list(cells), {"sha256": digest.hexdigest()}, cut)


def _listed(column: Any, name: str) -> list[Any]:
    if isinstance(column, str) or not hasattr(column, "__len__"):
        raise VsaError(f"column {name!r} is a {type(column).__name__}, not a list of cells")
    return column.tolist() if isinstance(column, np.ndarray) else list(column)


def _of_arrow(source: Any) -> Mapping[str, Any]:
    """The columns of a table of any library; the numbers of its rows, if it has some, are none."""
    pyarrow = cluster_module("pyarrow")
    try:
        if len(getattr(source, "shape", (0, 0))) == 1:  # a column alone, as a Series
            return {TEXT: pyarrow.chunked_array(source).to_pylist()}
        columns: dict[str, Any] = pyarrow.table(source).to_pydict()
    except (ValueError, TypeError, pyarrow.ArrowException) as error:
        reason = " ".join(str(error).split())[:160]
        what = type(source).__name__
        raise VsaError(f"the {what} cannot be read as a table of Arrow: {reason}") from error
    return {name: cells for name, cells in columns.items() if not ROW_NUMBERS.fullmatch(name)}


def _of_array(array: np.ndarray[Any, Any]) -> Source:
    if array.dtype.names:
        return _of_columns({name: array[name] for name in array.dtype.names})
    return _of_columns({_column(array): array})


def _column(array: Any) -> str:
    if array.ndim not in (1, 2):
        raise VsaError(f"an array of texts has one axis, one of sequences two, not {array.ndim}")
    return TEXT if array.ndim == 1 else ITEMS


# --- on disk -------------------------------------------------------------------------------------
def _of_path(path: Path) -> Source:
    folder = os.path.isdir(path)
    if folder and path.suffix == ".zarr":
        return _of_file(path, _open_zarr, path / "zarr.json")
    if folder:  # what other programs leave there begins with . or _, and is no part of it
        found = sorted(p for p in path.glob("*.parquet") if p.name[0] not in "._")
        if not found:
            raise VsaError(f"the folder {path} holds no *.parquet files")
        return _of_parquet(found)
    readable(path)
    return _of_file(path, _open_npy, path) if path.suffix == ".npy" else _of_parquet([path])


def _stamp(path: Path) -> list[Any]:
    if not path.exists():
        return [path.name]
    status = path.stat()
    return [path.name, status.st_size, status.st_mtime_ns]


def _open_npy(path: Path) -> Any:
    try:
        return np.load(path, mmap_mode="r")
    except (ValueError, OSError, EOFError) as error:
        raise VsaError(f"{path} is no array of NumPy that can be read: {error}") from error


def _open_zarr(path: Path) -> Any:
    array = cluster_module("zarr").open(path, mode="r")
    if not hasattr(array, "dtype"):
        raise VsaError(f"{path} is a group: give the path of one of its arrays")
    return array


def _of_file(path: Path, opened: Callable[[Path], Any], stamped: Path) -> Source:
    path = path.resolve()
    array = opened(path)
    column = _column(array)

    def cut(start: int, stop: int, wanted: Sequence[str]) -> Part:
        return partial(_read_array, opened, path, column, start, stop)

    shape = [*map(int, array.shape), str(array.dtype)]
    return Source(int(array.shape[0]), [column], [_stamp(stamped), shape], cut)


def _read_array(
    opened: Callable[[Path], Any], path: Path, column: str, start: int, stop: int
) -> Rows:
    return Rows(start, stop - start, {column: np.asarray(opened(path)[start:stop]).tolist()})


def _of_parquet(files: Sequence[Path]) -> Source:
    columns: list[str] = []
    spans: list[tuple[str, int, int]] = []
    rows = 0
    for i, path in enumerate(files):
        file = _parquet(path)
        here = list(file.schema_arrow.names)
        if i and here != columns:
            raise VsaError(
                f"{path} has the columns {', '.join(here)}, {files[0]} has {', '.join(columns)}"
            )
        columns = here
        count = file.metadata.num_rows
        spans.append((str(path.resolve()), rows, rows + count))
        rows += count

    def cut(start: int, stop: int, wanted: Sequence[str]) -> Part:
        some = [span for span in spans if span[1] < stop and span[2] > start]
        return partial(_read_parquet, some, start, stop, list(wanted))

    return Source(rows, columns, [_stamp(path) for path in files], cut)


def _parquet(path: str | Path) -> Any:
    pyarrow, parquet = cluster_module("pyarrow"), cluster_module("pyarrow.parquet")
    try:
        return parquet.ParquetFile(readable(path))
    except (pyarrow.ArrowException, OSError) as error:
        reason = str(error).partition("\n")[0][:160]
        raise VsaError(f"{path} is no Parquet file that can be read: {reason}") from error


def _read_parquet(
    spans: Sequence[tuple[str, int, int]], start: int, stop: int, wanted: Sequence[str]
) -> Rows:
    """Rows of the row groups that hold them."""
    cells: dict[str, list[Any]] = {name: [] for name in wanted}
    for path, first, last in spans:
        low, high = max(start, first) - first, min(stop, last) - first
        at, metadata = 0, _parquet(path).metadata
        for group in range(metadata.num_row_groups):
            count = metadata.row_group(group).num_rows
            if count > GROUP:  # a few bytes of a file may say a thousand million times the same
                raise VsaError(
                    f"{path} has {count:,} rows in one group, and at most {GROUP:,} are read at a time: "
                    "write it with smaller row groups"
                )
            if at < high and at + count > low:
                table = _row_group(path, os.stat(path).st_mtime_ns, group, tuple(wanted))
                some = table.slice(max(low - at, 0), min(high - at, count) - max(low - at, 0))
                for name in wanted:
                    cells[name] += some.column(name).to_pylist()
            at += count
    return Rows(start, stop - start, cells)


@lru_cache(maxsize=1)  # the next part is likely in the same one
def _row_group(path: str, written: int, group: int, wanted: tuple[str, ...]) -> Any:
    return _parquet(path).read_row_group(group, columns=list(wanted), use_threads=False)
