"""GEDCOM files → checked lines: the encoding, broken texts joined, the form of each line.

What is no line of GEDCOM is refused here, by its number; ged4py is given only what it is sure to
take.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from vsa import VsaError
from vsa.plugin import shown
from vsa_plugins.kinship.family.dates import CALENDAR
from vsa_plugins.kinship.family.encoding import decoded, known, split
from vsa_plugins.kinship.family.records import CONTROLS

LINE = re.compile(
    rf"\s*(\d{{1,2}})\s+(?:(@[A-Za-z0-9-][^@{CONTROLS}]*@)\s+)?([A-Za-z0-9_-]+)(?:\s(.*))?", re.A
)
CONTINUED = re.compile(rb"\s*\d{1,2}\s+CONC(?: (.*))?", re.S | re.I)
HEADER = re.compile(rb"\s*0[ \t]+HEAD\b.*?(?=[\r\n]\s*0\s|\Z)", re.S | re.I)
STATED = re.compile(rb"[\r\n]\s*1\s+CHAR\s+(\S[^\r\n]*)", re.I)


def begins(data: bytes) -> bool:
    """Whether these bytes are the beginning of a GEDCOM file, in whatever encoding."""
    start = data[:64].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return start.upper().startswith(b"0 HEAD")


def checked(data: bytes, name: str, encoding: str | None, notes: list[str]) -> str:
    """A GEDCOM file's bytes as text that ged4py is sure to take; what is doubted goes to `notes`."""
    raw, codec, sure = split(data, name, encoding, lambda data: _stated(data, name))
    first = next((line.strip() for line in raw if line.strip()), b"")
    if not re.match(rb"0\s+HEAD\b", first, re.I):
        hint = "; the name of a table of triples ends in .csv" if b"," in first else ""
        raise VsaError(
            f"{name} is not a GEDCOM file: it begins with {shown(first.decode('utf-8', 'replace'))}, "
            f"not with '0 HEAD'{hint}"
        )
    broken = bool(raw[-1].strip())  # the last line has no end
    _join(raw)
    return "\n".join(_checked(decoded(raw, codec, sure, name), name, broken, notes))


def _stated(data: bytes, name: str) -> str:
    """The codec that the header states."""
    from ged4py.parser import CodecError, guess_codec

    header = HEADER.match(data)
    said = STATED.search(header[0]) if header else None
    word = said[1].strip().decode("latin-1") if said else ""
    if not said or word.upper() in ("UNICODE", "UTF-16", "UTF8"):
        try:
            data.decode("utf-8")
            return "utf-8"
        except UnicodeError:
            return known("ansel", "") if not said else "utf-8"
    try:
        return str(guess_codec(io.BytesIO(b"1 CHAR " + said[1] + b"\n"), warn=False)[0])
    except (CodecError, UnicodeError):
        return known(word, f"{name} states an encoding that is unknown, {shown(word)}")


def _join(raw: list[bytes]) -> None:
    """Texts broken over lines become one: a letter of several bytes may be broken itself."""
    last = 0
    for number, line in enumerate(raw):
        more = CONTINUED.fullmatch(line)
        if more:
            raw[last] += more[1] or b""
            raw[number] = b""
        elif line.strip():
            last = number


def _checked(lines: list[str], name: str, broken: bool, notes: list[str]) -> Iterator[str]:
    """The lines that say something, in the form and the encoding that ged4py is sure to take."""
    level, ended, number = -1, False, 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        match = LINE.fullmatch(line)
        if not match:
            raise VsaError(
                f"{name}:{number}: {shown(line.strip())} is not a line of GEDCOM, "
                "which has a level and a tag as in '1 SEX F'"
            )
        if int(match[1]) > level + 1:
            raise VsaError(f"{name}:{number}: level {int(match[1])} cannot follow level {level}")
        level, id, tag, value = int(match[1]), match[2], match[3].upper(), match[4] or ""
        ended = level == 0 and tag == "TRLR"
        if tag in ("CONT", "CONC"):
            level -= 1
            continue
        if tag == "CHAR" and level == 1:
            value = "UTF-8"
        elif tag == "DATE":
            value = CALENDAR.sub("", value)
        yield " ".join(filter(None, (str(level), id, tag, value)))
    if not ended:
        if broken:
            raise VsaError(
                f"{name}:{number}: the file breaks off here; "
                "if nothing is missing, add a line '0 TRLR'"
            )
        notes.append("the file has no '0 TRLR' at its end: some of it may be missing")
