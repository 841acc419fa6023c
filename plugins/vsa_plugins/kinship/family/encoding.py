"""The bytes of a file → its lines of text; errors name the file and the line."""

from __future__ import annotations

import codecs
import importlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from vsa import VsaError
from vsa.plugin import shown, suggest

LONGEST = 2000  # bytes or characters of a line that are read; the standard's have 255
MARKS = re.compile(rb"\A(?:\xef\xbb\xbf[ \t]*)+")  # two programs may each have set one
LINE_END = re.compile(rb"\r\n|\r|\n")
# A character with the marks of ANSEL over and under it; a half of a mark that spans two letters is
# sound only where its other half follows.
MARKED = re.compile(r"(.)([\u0300-\u036f\ufe20-\ufe23]+)", re.S)
SPANNING = re.compile(r"\w[\ufe20\ufe22]\w[\ufe21\ufe23]")


def split(
    data: bytes, name: str, encoding: str | None, stated: Callable[[bytes], str]
) -> tuple[list[bytes], str, bool]:
    """The lines of a text file, its codec, and whether that is sure.

    The codec is `encoding`, or what the first bytes show (UTF-16, a UTF-8 mark), or what
    `stated(data)` says of the file. UTF-16 comes out as UTF-8.
    """
    sure = True
    if encoding is not None:
        codec = known(encoding, f"unknown encoding {shown(encoding)}")
    elif data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        codec = "utf-16"
    elif re.match(rb"\0[\t-~]\0[\t-~]", data):
        codec = "utf-16-be"
    elif re.match(rb"[\t-~]\0[\t-~]\0", data):
        codec = "utf-16-le"
    elif data.startswith(codecs.BOM_UTF8):
        codec = "utf-8"
    else:
        codec, sure = stated(data), False
    if codec.startswith("utf-16"):
        try:
            data, codec = data.decode(codec).encode(), "utf-8"
        except UnicodeDecodeError as error:
            raise VsaError(
                f"{name} is cut off or damaged: from byte {error.start} on it is not UTF-16"
            ) from None
    data = MARKS.sub(b"", data)
    if (written := data.rstrip()).endswith(b"\x1a"):  # with which DOS ends a text
        data = written.rstrip(b"\x1a")
    if b"\0" in data:
        raise VsaError(f"{name} is a binary file: byte {data.index(0)} is zero")
    return LINE_END.split(data), codec, sure


def decoded(
    lines: Sequence[tuple[int, bytes]], codec: str, sure: bool, name: str
) -> Iterator[tuple[int, str]]:
    """Numbered lines of text in Unicode's composed form (NFC); one that does not fit is an error.

    A line is cut after its first LONGEST bytes or characters: to compose many marks takes long.

    Any two bytes mean something in ANSEL. A file that merely says that it is ANSEL is therefore
    refused where it makes sense as UTF-8, and where more of its marks are over what no language puts
    them over than over capitals, where no other encoding has such bytes.
    """
    wary = codec == "gedcom" and not sure
    is_utf8 = wary and _better(lines, codec) == "utf-8"
    doubtful: tuple[int, bytes, str] | None = None
    evidence = 0
    for number, line in lines:
        if line.isascii():
            yield number, line[:LONGEST].decode("ascii")
            continue
        try:
            text = (line[:LONGEST] if codec == "gedcom" else line).decode(codec)[:LONGEST]
            fits = not is_utf8
        except UnicodeError:
            fits = False
        if not fits:
            better = _better(lines, codec)
            raise VsaError(
                f"{name}:{number}: the line is not in {'ANSEL' if codec == 'gedcom' else codec}; "
                f"with encoding={better!r} it reads {shown(line.decode(better, 'replace'))}"
            )
        if wary:
            speaks = _evidence(text)
            evidence += speaks
            if speaks < 0 and doubtful is None:
                doubtful = number, line, text
        yield number, unicodedata.normalize("NFC", text)
    if evidence < 0 and doubtful:
        number, line, text = doubtful
        better = _better(lines, codec)
        raise VsaError(
            f"{name}:{number}: the line is hardly in ANSEL; with encoding={better!r} it reads "
            f"{shown(line.decode(better, 'replace'))}, with encoding='ansel' {shown(text)}"
        )


def known(encoding: str, problem: str) -> str:
    """The codec of an encoding's name; `problem` begins the error where there is none."""
    with suppress(ImportError):  # it comes with ged4py
        importlib.import_module("ansel").register()
        if encoding.lower() == "ansel":
            encoding = "gedcom"  # ANSEL and the letters that GEDCOM added to it
    try:
        codec = codecs.lookup(encoding)
        "".encode(codec.name)
        return codec.name
    except (LookupError, ValueError):
        from encodings.aliases import aliases

        near = suggest(
            encoding.lower(), {"latin-1", "ansel", *(a.replace("_", "-") for a in aliases)}
        )
        raise VsaError(
            f"{problem}: {near or 'utf-8, latin-1, cp1252 and ansel are some'}"
        ) from None


def _better(lines: Sequence[tuple[int, bytes]], codec: str) -> str:
    """An encoding that the lines would fit where their own is in doubt."""
    data = b"\n".join(line for _, line in lines if not line.isascii())
    for other in ("utf-8", "cp1252" if re.search(rb"[\x80-\x9f]", data) else "latin-1"):
        with suppress(UnicodeError):
            data.decode(other)
            if other != codec:
                return other
    return "latin-1"


def _evidence(text: str) -> int:
    """How much more the marks of a text read as ANSEL speak for that than against it.

    Its marks come before their letter, and are small letters in other encodings, where none stands
    before a capital. Against it is a mark over no letter, or over one that has no such form.
    """
    count = 0
    for base, marks in MARKED.findall(SPANNING.sub("", text)):
        if "A" <= base <= "Z":
            count += 1
        elif not base.isalpha() or unicodedata.normalize("NFC", base + marks)[0] == base:
            count -= 1
    return count
