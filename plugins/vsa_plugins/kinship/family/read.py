"""A file of people, read by its kind: the bytes, and which of the readers takes them."""

from __future__ import annotations

import codecs
import os
from pathlib import Path

from vsa import VsaError
from vsa.plugin import closest, shown
from vsa_plugins.kinship.family import gedcom, gedcom_lines, tables
from vsa_plugins.kinship.family.records import Input, brief

LARGEST = 1 << 27  # bytes of a file that are read: some 700,000 people, in 4 GB


def read(path: str | os.PathLike[str], encoding: str | None = None, strict: bool = False) -> Input:
    """The people of a GEDCOM file, known by its first line, or of a table (.csv, .tsv).

    `strict` is about lines that are none in GEDCOM; tables are always read strictly.
    """
    given = os.fspath(path) if isinstance(path, os.PathLike) else path
    if not isinstance(given, str):
        raise VsaError(f"a file is named by its path as text, not by {brief(path)}")
    if not given:
        raise VsaError("the path is empty: name a file, such as 'family.ged'")
    if encoding is not None and not isinstance(encoding, str):
        raise VsaError(f"encoding={brief(encoding)} is not the name of one, such as 'utf-8'")
    if not isinstance(strict, bool):
        raise VsaError(f"strict={brief(strict)} is not True or False")
    path = Path(given)
    data, name = _bytes(path), path.name
    if not data.strip(b"\0 \t\r\n" + codecs.BOM_UTF8 + codecs.BOM_UTF16_LE):
        raise VsaError(f"{name} is empty")
    suffix = path.suffix.lower()
    if gedcom_lines.begins(data) or suffix in (".ged", ".gedcom"):
        return gedcom.parse(data, name, encoding, strict)
    if suffix in (".csv", ".tsv"):
        return tables.parse(data, name, encoding)
    raise VsaError(
        f"{name} is neither a GEDCOM file, which begins with '0 HEAD', nor a table of triples, "
        "whose name ends in .csv or .tsv"
    )


def _bytes(path: Path) -> bytes:
    named = shown(str(path), 300)[1:-1]
    try:
        if path.is_dir():
            raise VsaError(f"{named} is a folder: name a file in it")
        if path.exists() and not path.is_file():
            raise VsaError(f"{named} is not a file that can be read through")
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > LARGEST:
                raise VsaError(f"{named} has {size:,} bytes; {LARGEST:,} are read at most")
            data = file.read(size + 1)
        if len(data) > size:  # as the files have that a system makes up while they are read
            raise VsaError(f"{named} is not a file that can be read through")
        return data
    except FileNotFoundError:
        try:
            near = closest(path.name, os.listdir(path.parent))
            hint = f"did you mean {shown(str(path.with_name(near)), 1000)}?" if near else ""
        except OSError:
            hint = f"there is no folder {shown(str(path.parent), 300)[1:-1]}"
        raise VsaError(f"there is no file {named}" + (f"; {hint}" if hint else "")) from None
    except (OSError, ValueError) as error:  # a name with a NUL is a ValueError
        raise VsaError(f"cannot read {named}: {getattr(error, 'strerror', error)}") from None
