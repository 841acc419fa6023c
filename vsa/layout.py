"""Text fitted to the window it is shown in: lines broken between words, cells in columns.

Whoever prints to a terminal says how wide it is with `within`; elsewhere nothing is broken, so that
what goes to files and pipes is the same everywhere. A wide (East Asian) character takes two columns.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TextIO
from unicodedata import combining, east_asian_width

from vsa.style import SIGNS

LEAST = 20  # columns that a window is taken to have
NARROW = 12  # columns that a cell of text keeps when others need room
GAP = "  "  # between cells
BLOCKS = " ▏▎▍▌▋▊▉█"
BAR = 40  # columns of the longest bar

_width: ContextVar[int | None] = ContextVar("width", default=None)


def window(stream: TextIO | None) -> int | None:
    """The columns of the terminal behind a stream, None where there is none."""
    if stream is None or stream.closed or not stream.isatty():
        return None
    said = os.environ.get("COLUMNS", "")
    try:
        found = int(said) if said.isdecimal() else os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        found = 0
    return max(found or 80, LEAST)


@contextmanager
def within(columns: int | None) -> Iterator[None]:
    """What is laid out inside is for so many columns; None for as many as it takes."""
    token = _width.set(columns)
    try:
        yield
    finally:
        _width.reset(token)


def width() -> int | None:
    """The columns that there are, None where nothing limits them."""
    return _width.get()


def columns(text: str) -> int:
    """How wide a terminal draws a text."""
    if text.isascii():
        return len(text)
    return sum(
        0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1
        for char in SIGNS.sub("", text)
    )


def padded(text: str, to: int, right: bool = False) -> str:
    """A text with blanks after it, or before it, up to so many columns."""
    blanks = " " * (to - columns(text))
    return blanks + text if right else text + blanks


def fitted(text: str, room: int | None = None, hang: int | None = None) -> str:
    """A text whose lines are broken between words; what follows a break stands indented.

    room: columns, by default those that there are. hang: the indentation, by default that of the
    line, one column inside a bracket that begins it, and two where it has none.
    """
    room = width() if room is None else room
    if room is None:
        return text
    return "\n".join(part for line in text.split("\n") for part in _broken(line, room, hang))


def _broken(line: str, room: int, hang: int | None) -> Iterator[str]:
    if columns(line) <= room:
        yield line
        return
    if hang is None:
        indent = len(line) - len(line.lstrip(" "))
        hang = indent or (1 if line[0] in "[{(" else 2)
    hang = hang if hang <= room // 2 else 0
    done = ""
    for piece in _pieces(line, room - hang):
        if columns(done + piece) > room:
            if done.strip():
                yield done
                done = " " * hang
                piece = piece.lstrip()
            while columns(done + piece) > room:  # a word wider than the room is cut
                kept = _that_fit(piece, room - columns(done))
                yield done + piece[:kept]
                done, piece = " " * hang, piece[kept:]
        done += piece
    yield done


def _pieces(line: str, room: int) -> Iterator[str]:
    """What is not broken: phrases between wider gaps, where they fit by themselves, and words."""
    for phrase in re.findall(r"\s*\S+(?: \S+)*", line):
        if columns(phrase.strip()) <= room:
            yield phrase
        else:
            yield from re.findall(r"\s*\S+", phrase)


def _that_fit(text: str, room: int) -> int:
    """How many characters of a text take no more than so many columns, one at least."""
    taken = 0
    for i, char in enumerate(text):
        taken += columns(char)
        if taken > room:
            return max(i, 1)
    return len(text)


def paragraphs(text: str) -> str:
    """Prose filled anew where a line of it is too wide; examples and indented lines stay as they are."""
    room = width()
    if room is None:
        return text
    blocks = text.split("\n\n")
    for i, block in enumerate(blocks):
        lines = block.split("\n")
        indents = {len(line) - len(line.lstrip()) for line in lines}
        prose = len(indents) == 1 and not any(line.lstrip().startswith("> ") for line in lines)
        if prose and any(columns(line) > room for line in lines):
            indent = " " * indents.pop()
            blocks[i] = fitted(indent + " ".join(map(str.strip, lines)), room)
    return "\n\n".join(blocks)


def aligned(
    rows: Sequence[Sequence[str]], right: Collection[int] = (), whole: Collection[int] = ()
) -> str:
    """Cells in columns, those of `right` to the right.

    Where they are too wide, cells of text are broken, but for those of the columns `right` and
    `whole`; where that is not enough, the columns stand in blocks below each other, each with the
    first one.
    """
    if not rows:
        return ""
    widths = [max(columns(row[i]) for row in rows) for i in range(len(rows[0]))]
    places = range(len(widths))
    blocks, room, whole = [list(places)], width(), {*right, *whole}
    if room is not None and _across(widths) > room:
        narrowed = _narrowed(widths, whole, room)
        if _across(narrowed) <= room:
            widths = narrowed
        else:
            blocks = _blocks(widths, room)
    parts: list[str] = []
    for block in blocks:
        parts += [] if not parts else [""]
        some = [widths[i] for i in block]
        if room is not None and _across(some) > room:
            some = _narrowed(some, [n for n, i in enumerate(block) if i in whole], room)
        for row in rows:
            parts += _lines([row[i] for i in block], some, [i in right for i in block])
    return "\n".join(parts)


def bar(value: float, most: float, to: int = BAR) -> str:
    """A number as a bar, to eighths of a character; `most` is one of so many columns."""
    full, eighths = divmod(round(8 * to * max(value, 0) / most), 8)
    return BLOCKS[8] * full + (BLOCKS[eighths] if eighths else "")


def _across(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _narrowed(widths: Sequence[int], whole: Collection[int], room: int) -> list[int]:
    """The widths with the widest columns of text made narrower, as far as is needed or can be."""
    found = list(widths)
    while _across(found) > room:
        able = [i for i in range(len(found)) if i not in whole and found[i] > NARROW]
        if not able:
            break
        found[max(able, key=found.__getitem__)] -= 1
    return found


def _blocks(widths: Sequence[int], room: int) -> list[list[int]]:
    """Columns that fit beside the first one."""
    blocks: list[list[int]] = []
    for i in range(1, len(widths)):
        last = blocks[-1] if blocks else None
        if last is None or _across([widths[n] for n in [*last, i]]) > room:
            blocks.append([0, i])
        else:
            last.append(i)
    return blocks or [[0]]


def _lines(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> Iterator[str]:
    """One row, over several lines where its cells are broken."""
    cells = [fitted(cell, to, 0).split("\n") for cell, to in zip(row, widths, strict=True)]
    for n in range(max(map(len, cells))):
        line = [cell[n] if n < len(cell) else "" for cell in cells]
        yield GAP.join(map(padded, line, widths, right)).rstrip()
