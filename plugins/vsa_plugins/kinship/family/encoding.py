"""The bytes of a file → its lines of text; errors name the file and the line."""

from __future__ import annotations

import codecs
import importlib
import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress

from vsa import VsaError
from vsa.plugin import shown, suggest

LINE_END = re.compile(rb"\r\n|\r|\n")
# A half of a mark that spans two letters: sound only where its other half follows.
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
    data = data.removeprefix(codecs.BOM_UTF8)
    if (written := data.rstrip()).endswith(b"\x1a"):  # with which DOS ends a text
        data = written.rstrip(b"\x1a")
    if b"\0" in data:
        raise VsaError(f"{name} is a binary file: byte {data.index(0)} is zero")
    return LINE_END.split(data), codec, sure


def decoded(raw: list[bytes], codec: str, sure: bool, name: str) -> list[str]:
    """Lines of text in Unicode's composed form (NFC); one that does not fit the codec is an error.

    Any two bytes mean something in ANSEL. Where a file merely says that it is ANSEL, letters that
    no language has are therefore refused too, and so is all that makes sense as UTF-8.
    """
    data = b"\n".join(raw)
    if data.isascii():
        return data.decode("ascii").split("\n")
    wary = codec == "gedcom" and not sure
    better = _better(data, codec)
    made = []
    for number, line in enumerate(raw, 1):
        try:
            text = unicodedata.normalize("NFC", line.decode(codec))
            fits = not wary or line.isascii() or not (better == "utf-8" or _unlikely(text))
        except UnicodeError:
            fits = False
        if not fits:
            raise VsaError(
                f"{name}:{number}: the line is not in {'ANSEL' if codec == 'gedcom' else codec}; "
                f"with encoding={better!r} it reads {shown(line.decode(better, 'replace'))}"
            )
        made.append(text)
    return made


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


def _better(data: bytes, codec: str) -> str:
    """An encoding that the bytes would fit where their own is in doubt."""
    for other in ("utf-8", "cp1252" if re.search(rb"[\x80-\x9f]", data) else "latin-1"):
        with suppress(UnicodeError):
            data.decode(other)
            if other != codec:
                return other
    return "latin-1"


def _unlikely(text: str) -> bool:
    """Whether marks are left that belong to no letter."""
    return any(unicodedata.combining(char) for char in SPANNING.sub("", text))
