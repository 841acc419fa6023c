"""GEDCOM files → their records: the encoding, broken texts joined, lines with levels, a tree of them.

What is no line of GEDCOM, or skips a level, is read past and noted by its number, or refused where the
form is to be kept strictly.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from vsa import VsaError
from vsa.plugin import shown
from vsa_plugins.kinship.family.encoding import decoded, known, split
from vsa_plugins.kinship.family.records import UNPRINTED, plain

LINE = re.compile(
    rf"[\s{UNPRINTED}]*(\d{{1,2}})(?:\s*(@[^@#\s][^@]*@)\s+|\s+)([A-Za-z0-9_-]+)(?:\s(.*))?",
    re.A | re.S,
)
WORDS = r"\d{1,2}\s+[A-Z]?[a-z]"  # "0 children": part of a text
TEXT = re.compile(rf"[\s{UNPRINTED}]*{WORDS}", re.A)
LEVEL = re.compile(rf"[\s{UNPRINTED}]*(\d{{1,2}})(?=\s|@|$)")
# The same in bytes, which are joined before they are decoded: a line with a level, one without a value.
NUMBERED = re.compile(rb"[\s\xef\xbb\xbf]*(\d{1,2})(?=[\s@]|\Z)")
TEXT_BYTES = re.compile(rb"[\s\xef\xbb\xbf]*" + WORDS.encode())
BARE = re.compile(rb"[\s\xef\xbb\xbf]*\d{1,2}(?:\s*@[^@]*@\s+|\s+)[A-Za-z0-9_-]+")
CONTINUED = re.compile(rb"[\s\xef\xbb\xbf]*(\d{1,2})\s+(CON[CT])(?:\s(.*))?", re.S | re.I)
HEADER = re.compile(rb"\s*0[ \t]+HEAD\b.*?(?=[\r\n][ \t]*0[ \t]|\Z)", re.S | re.I)
STATED = re.compile(rb"[\r\n][ \t]*1[ \t]+CHAR[ \t]+(\S[^\r\n]*)", re.I)
SEVEN = re.compile(rb"[\r\n][ \t]*2[ \t]+VERS[ \t]+7\b", re.I)
INVISIBLE = b"\xef\xbb\xbf\xff\xfe \t\r\n"  # what may stand before the first line: marks of Unicode
READ = ("HEAD", "INDI", "FAM")  # records that say something of families
NAMED = 20  # lines read past that have a note each


class Line(NamedTuple):
    """What a line says; the number is that of its beginning in the file."""

    number: int
    level: int
    id: str
    tag: str
    value: str


def begins(data: bytes) -> bool:
    """Whether these bytes are the beginning of a GEDCOM file, in whatever encoding."""
    start = data[:64].replace(b"\0", b"").lstrip(INVISIBLE)
    return start.upper().startswith(b"0 HEAD")


def records_of(
    data: bytes, name: str, encoding: str | None, strict: bool, notes: list[str]
) -> list[Any]:
    """The records of a GEDCOM file's bytes that tell of families, as ged4py's Records.

    Their offset is the number of the line. What is doubted goes to `notes`.
    """
    raw, codec, sure = split(data, name, encoding, lambda data: _stated(data, name))
    first = next((line.strip() for line in raw if line.strip()), b"")
    if not re.match(rb"0\s+HEAD\b", first, re.I):
        hint = "; the name of a table of triples ends in .csv" if b"," in first else ""
        raise VsaError(
            f"{name} is not a GEDCOM file: it begins with {shown(first.decode('utf-8', 'replace'))}, "
            f"not with '0 HEAD'{hint}"
        )
    last = max(number for number, line in enumerate(raw, 1) if line.strip())
    broken = bool(raw[-1].strip())  # the last line has no end
    small = not re.match(rb"0\s+HEAD\b", first)  # tags may be in small letters, all of them
    lines = list(_joined(raw, name, strict, small))
    del raw
    past = _Past(name, strict, small, notes)
    made = _tree(past.over(decoded(lines, codec, sure, name)))
    if past.last[1:4] != (0, "", "TRLR"):
        if broken:
            raise VsaError(
                f"{name}:{last}: the file breaks off here; "
                "if nothing is missing, add a line '0 TRLR'"
            )
        notes.append("the file has no '0 TRLR' at its end: some of it may be missing")
    return made


def _stated(data: bytes, name: str) -> str:
    """The codec that the header states; version 7 knows but one."""
    from ged4py.parser import CodecError, guess_codec

    header = HEADER.match(data)
    said = STATED.search(header[0]) if header else None
    word = said[1].strip().decode("latin-1") if said else ""
    if not said or word.upper() in ("UNICODE", "UTF-16", "UTF8"):
        try:
            data.decode("utf-8")
            return "utf-8"
        except UnicodeError:
            seven = header and SEVEN.search(header[0])
            return "utf-8" if said or seven else known("ansel", "")
    try:
        return str(guess_codec(io.BytesIO(b"1 CHAR " + said[1] + b"\n"), warn=False)[0])
    except (CodecError, UnicodeError):
        return known(word, f"{name} states an encoding that is unknown, {shown(word)}")


def _joined(
    raw: Iterable[bytes], name: str, strict: bool, small: bool
) -> Iterator[tuple[int, bytes]]:
    """Lines that say something, by number; texts broken over several become one.

    A continuation goes to the last line with a level, whatever its own, unless that is to be kept
    strictly. Bytes are joined, because a letter of several bytes may be broken itself.
    """
    start = level = 0
    text: list[bytes] = []  # of the last line with a level
    strays: list[tuple[int, bytes]] = []  # that follow it
    for number, line in enumerate(raw, 1):
        if more := CONTINUED.fullmatch(line):
            if strict and int(more[1]) != level + 1:
                tag = more[2].decode().upper()
                raise VsaError(
                    f"{name}:{number}: {tag} has level {int(more[1])}, "
                    f"where it must be {level + 1} to continue line {start}"
                )
            if len(text) == 1 and BARE.fullmatch(text[0]):
                text.append(b" ")  # the whole value comes by continuations
            text.append((b"\n" if more[2].upper() == b"CONT" else b"") + (more[3] or b""))
        elif (numbered := NUMBERED.match(line)) and (small or not TEXT_BYTES.match(line)):
            if text:
                yield start, b"".join(text)
            yield from strays
            start, level, text, strays = number, int(numbered[1]), [line], []
        elif line.strip():
            strays.append((number, line))
    yield start, b"".join(text)
    yield from strays


class _Past:
    """Reads past what is no line, and past what skips a level, with all that stands under it."""

    def __init__(self, name: str, strict: bool, small: bool, notes: list[str]) -> None:
        self.name, self.strict, self.small, self.notes = name, strict, small, notes
        self.count = self.end = 0
        self.last = Line(0, 0, "", "", "")

    def over(self, lines: Iterable[tuple[int, str]]) -> Iterator[Line]:
        """The lines of GEDCOM among numbered lines."""
        level, number = -1, 0
        under: int | None = None  # the level of a line read past: deeper ones belong to it
        for number, text in lines:
            said = self.small or not TEXT.match(text)
            match = LINE.fullmatch(text) if said else None
            stands = match or (LEVEL.match(text) if said else None)
            at = int(stands[1]) if stands else None
            if under is not None and at is not None:
                if at > under:
                    continue
                under = None
            if match is None:
                self._pass(number, text)
                under = at if at is not None else under
            elif at is not None and at > level + 1:
                self._pass(number, text, (at, level))
                under = at
            elif at is not None:
                level = at
                id = match[2] or ""
                if id != (clean := plain(id)):
                    self.notes.append(f"line {number}: the id {shown(id)} is read as {clean}")
                self.last = Line(number, level, clean, match[3].upper(), match[4] or "")
                yield self.last
        if self.count > NAMED:
            self.notes.append(f"{self.count - NAMED} more lines are read past, the last {self.end}")

    def _pass(self, number: int, text: str, jump: tuple[int, int] | None = None) -> None:
        """Note a line that is read past, as the many others are not: none, or one that jumps."""
        self.count += 1
        self.end = number
        if self.count > NAMED and not self.strict:
            return
        why = (
            "level {} cannot follow level {}".format(*jump)
            if jump
            else (f"{shown(text.strip())} is not a line of GEDCOM")
        )
        if self.strict:
            mend = "" if jump else ", which has a level and a tag as in '1 SEX F'"
            raise VsaError(f"{self.name}:{number}: {why}{mend}")
        self.notes.append(f"line {number} is read past: {why}")


def _tree(lines: Iterable[Line]) -> list[Any]:
    """Lines as records with their sub-records, those of families only."""
    from ged4py.model import Dialect, make_record

    made: list[Any] = []
    path: list[Any] = []
    wanted = False
    for line in lines:
        if line.level == 0:
            wanted = line.tag in READ
        if not wanted:
            continue
        record = make_record(line.level, line.id, line.tag, "", [], line.number, Dialect.DEFAULT)
        record.value = line.value  # given now, or ged4py would follow it where it is a pointer
        del path[line.level :]
        (path[-1].sub_records if path else made).append(record)
        path.append(record)
    return made
