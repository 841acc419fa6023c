"""A file of people, read by its kind: the bytes, and which of the readers takes them."""

from __future__ import annotations

import codecs
import os
from pathlib import Path

from vsa import VsaError
from vsa.plugin import closest, shown
from vsa_plugins.kinship.family import gedcom, gedcom_lines, tables
from vsa_plugins.kinship.family.records import Input, brief


def read(path: str | os.PathLike[str], encoding: str | None = None) -> Input:
    """The people of a GEDCOM file, known by its first line, or of a table (.csv, .tsv)."""
    given = os.fspath(path) if isinstance(path, os.PathLike) else path
    if not isinstance(given, str):
        raise VsaError(f"a file is named by its path as text, not by {brief(path)}")
    if not given:
        raise VsaError("the path is empty: name a file, such as 'family.ged'")
    if encoding is not None and not isinstance(encoding, str):
        raise VsaError(f"encoding={brief(encoding)} is not the name of one, such as 'utf-8'")
    path = Path(given)
    data, name = _bytes(path), path.name
    if not data.strip(b"\0 \t\r\n" + codecs.BOM_UTF8 + codecs.BOM_UTF16_LE):
        raise VsaError(f"{name} is empty")
    suffix = path.suffix.lower()
    if gedcom_lines.begins(data) or suffix in (".ged", ".gedcom"):
        return gedcom.parse(data, name, encoding)
    if suffix in (".csv", ".tsv"):
        return tables.parse(data, name, encoding)
    raise VsaError(
        f"{name} is neither a GEDCOM file, which begins with '0 HEAD', nor a table of triples, "
        "whose name ends in .csv or .tsv"
    )


def _bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise VsaError(f"{path} is a folder: name a file in it")
        if path.exists() and not path.is_file():
            raise VsaError(f"{path} is not a file that can be read through")
        return path.read_bytes()
    except FileNotFoundError:
        try:
            near = closest(path.name, os.listdir(path.parent))
            hint = f"did you mean {shown(str(path.with_name(near)), 1000)}?" if near else ""
        except OSError:
            hint = f"there is no folder {path.parent}"
        raise VsaError(f"there is no file {path}" + (f"; {hint}" if hint else "")) from None
    except (OSError, ValueError) as error:  # a name with a NUL is a ValueError
        raise VsaError(f"cannot read {path}: {getattr(error, 'strerror', error)}") from None
