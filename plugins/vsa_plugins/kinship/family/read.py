"""A file of people, read by its kind: the bytes, and which of the readers takes them."""

from __future__ import annotations

import codecs
import os
from pathlib import Path

from vsa import VsaError
from vsa.plugin import files
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
    data, name = files.read_whole(path, LARGEST), path.name
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
