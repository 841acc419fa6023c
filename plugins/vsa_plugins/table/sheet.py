"""Where the rows of a table come from: text apart by commas, Parquet, or a data frame in memory.

A sheet is read twice, to see what its columns hold and to encode it, some rows at a time.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from vsa import VsaError
from vsa.plugin import files, shown

BLOCK = 1024  # rows that are read at a time
SAMPLE = 1 << 18  # bytes that tell the encoding and the dialect
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
STRANGE = 0.05  # of the bytes are such: no text has so many
LINE = 1 << 22  # characters of a line
HEAD = 100  # lines that tell the dialect
SEPARATORS = ",;\t|"
OTHER = {".parquet", ".npy", ".zarr"}  # which say themselves what they are
Columns = list[Sequence[Any]]


@dataclass(frozen=True)
class Sheet:
    """Headings, and blocks of rows from the first on, each a list of columns.

    name: what messages call it.  separator: of cells, where there is one.
    """

    name: str
    headings: list[str]
    blocks: Callable[[], Iterator[Columns]]
    separator: str = ""

    @cached_property
    def titles(self) -> list[str]:
        """What columns are called: a second `a` is `a_2`, the third without heading `column_3`."""
        there, found = set(self.headings), dict[str, None]()
        for i, heading in enumerate(self.headings, 1):
            plain = title = heading or f"column_{i}"
            number = 1
            while title in found or (title != heading and title in there):
                number += 1
                title = f"{plain}_{number}"
            found[title] = None
        return list(found)


def open_sheet(source: Any, encoding: str | None = None, header: bool = True) -> Sheet:
    """The sheet of a path, of a data frame of pandas, polars or Arrow, of records or of columns."""
    if isinstance(source, (str, os.PathLike)):
        path = Path(source) if os.fspath(source) else files.readable(source)
        if path.suffix.lower() not in OTHER and not path.is_dir():
            return _of_text(path, encoding, header)
    from vsa.encode import open_source  # which most sessions do without

    opened = open_source(source)
    name = Path(source).name if isinstance(source, (str, os.PathLike)) else "the table"
    titles = [str(title) for title in opened.columns]

    def blocks() -> Iterator[Columns]:
        for start in range(0, opened.rows, BLOCK):
            part = opened.cut(start, min(start + BLOCK, opened.rows), opened.columns)()
            yield [part[title] for title in opened.columns]

    return Sheet(name, titles, blocks)


def _of_text(path: Path, encoding: str | None, header: bool) -> Sheet:
    with files.opened(path) as file:
        sample = file.read(SAMPLE)
    name = path.name
    codec = encoding or _codec(sample, name)
    try:
        text = sample.decode(codec, "replace")
    except LookupError:
        raise VsaError(
            f"unknown encoding {shown(codec)}: utf-8, cp1252 and latin-1 are some"
        ) from None
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    if len(sample) == SAMPLE and len(lines) > 1:
        lines.pop()  # it is cut off
    said = lines[0].strip().strip('"').lower() if lines else ""
    skipped = said.startswith("sep=") and len(said) == 5  # by Excel
    dialect = {"delimiter": said[4]} if skipped else _dialect(lines)
    first = next(
        (row for row in csv.reader(lines[skipped:], **dialect) if any(map(str.strip, row))), None
    )
    if first is None:
        raise VsaError(f"{name} is empty: its first row must hold the headings of columns")
    width = len(first)
    titles = [t.strip() for t in first] if header else [f"column_{i + 1}" for i in range(width)]

    def blocks() -> Iterator[Columns]:
        rows: list[list[str]] = []
        for number, row in enumerate(_rows(path, codec, dialect, skipped), 0 if header else 1):
            if not number:
                continue
            if len(row) != width:
                cells = (
                    f"{len(row)} cell{'s' * (len(row) != 1)} for {width} column{'s' * (width != 1)}"
                )
                raise VsaError(f"{name}, row {number:,}: it has {cells}")
            rows.append(row)
            if len(rows) == BLOCK:
                yield list(zip(*rows, strict=True))
                rows = []
        if rows:
            yield list(zip(*rows, strict=True))

    return Sheet(name, titles, blocks, dialect["delimiter"])


def _rows(path: Path, codec: str, dialect: dict[str, Any], skipped: bool) -> Iterator[list[str]]:
    """The rows that hold anything, the headings among them."""
    with files.opened(path) as raw, io.TextIOWrapper(raw, codec, newline="") as decoded:
        lines = _lines(decoded, path.name)
        if skipped:
            next(lines, None)
        number, reader = -1, csv.reader(lines, **dialect)
        try:
            for row in reader:
                if any(map(str.strip, row)):
                    number += 1
                    yield row
        except csv.Error as error:
            raise VsaError(f"{path.name}, row {number + 1:,}: {error}") from None
        except UnicodeError:
            other = "utf-8" if codec.lower() in ("cp1252", "windows-1252") else "cp1252"
            raise VsaError(
                f"{path.name}, after row {max(number, 0):,}: it is not in {codec}; "
                f'say which it is in, as encoding="{other}"'
            ) from None


def _lines(file: io.TextIOWrapper, name: str) -> Iterator[str]:
    first = True
    while line := file.readline(LINE):
        if len(line) == LINE:
            raise VsaError(f"{name} has a line longer than {LINE:,} characters")
        yield line.removeprefix("\ufeff") if first else line
        first = False


def _codec(sample: bytes, name: str) -> str:
    """UTF-8 where it is that; else what charset-normalizer says, if it is installed, or cp1252."""
    if sample[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if b"\0" in sample:
        raise VsaError(f"{name} is no text: byte {sample.index(0)} is zero")
    strange = CONTROL.search(sample)
    if strange and len(CONTROL.findall(sample)) > STRANGE * len(sample):
        raise VsaError(f"{name} is no text: byte {strange.start()} is a control character")
    whole = sample if len(sample) < SAMPLE else sample[: sample.rfind(b"\n") + 1] or sample
    try:
        whole.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        best = None
    with suppress(ImportError):
        best = import_module("charset_normalizer").from_bytes(whole).best()
    return "cp1252" if best is None else str(best.encoding)


def _dialect(lines: list[str]) -> dict[str, Any]:
    """What stands between cells and around them: by clevercsv, if it is installed, or by counting."""
    try:
        found = import_module("clevercsv").Sniffer().sniff("".join(lines[:HEAD]))
    except ImportError:
        found = None
    except Exception:  # it has a class of its own for what it cannot tell
        found = None
    if found is not None and found.delimiter:
        quote = found.quotechar or '"'
        escape = found.escapechar or None
        return {"delimiter": found.delimiter, "quotechar": quote, "escapechar": escape}
    return {"delimiter": max(SEPARATORS, key=lambda apart: _fit(lines[:HEAD], apart))}


def _fit(lines: list[str], apart: str) -> tuple[int, int]:
    """In how many rows a separator makes as many cells as in the first, if that are several."""
    counts = [len(row) for row in csv.reader(lines, delimiter=apart) if row]
    if not counts or counts[0] < 2:
        return 0, 0
    return sum(count == counts[0] for count in counts), counts[0]
