"""What a piece of a text is, so that a terminal may draw it apart: words say it too.

Whoever makes a text says `styled("certain", "certain")`; how that looks is decided where it is
printed (`vsa.terminal.style`). Elsewhere, in files, pipes and values, nothing is added to a text.
The signs that are added take no columns; they are noncharacters, which Unicode keeps for that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

CERTAIN = 0.995  # the least probability that is printed as certain
LIKELY = 0.9  # as likely; below that it is doubtful

ROLES = ("certain", "likely", "doubtful", "nothing", "culprit", "error", "note", "warning")
_FIRST, END = 0xFDD0, "\ufdef"  # after _FIRST a sign for each role
SIGNS = re.compile("[\ufdd0-\ufdef]")

_styling: ContextVar[bool] = ContextVar("styling", default=False)


@contextmanager
def styling(on: bool = True) -> Iterator[None]:
    """Whether texts that are made inside say what their pieces are."""
    token = _styling.set(on)
    try:
        yield
    finally:
        _styling.reset(token)


def styled(text: str, role: str) -> str:
    """A text as one of the ROLES, where that is wanted."""
    return f"{chr(_FIRST + ROLES.index(role))}{text}{END}" if text and _styling.get() else text


def sureness(probability: float) -> str:
    """How sure something is: `certain`, or P and a word, `P = 0.97, likely`, `P = 0.68, doubtful`."""
    if probability >= CERTAIN:
        return styled("certain", "certain")
    word = "likely" if probability >= LIKELY else "doubtful"
    return styled(f"P = {probability:.2f}, {word}", word)


def painted(text: str, codes: Mapping[str, str]) -> str:
    """A text with its signs replaced by escape codes, `codes` of its roles; whole on every line."""
    lines, code = [], ""
    for line in text.split("\n"):
        found = [_escape(code)] if code else []
        at = 0
        for sign in SIGNS.finditer(line):
            found.append(line[at : sign.start()])
            at = sign.end()
            if code:
                found.append(_escape("0"))
            place = ord(sign[0]) - _FIRST
            code = codes[ROLES[place]] if place < len(ROLES) else ""
            if code:
                found.append(_escape(code))
        lines.append("".join([*found, line[at:], _escape("0") if code else ""]))
    return "\n".join(lines)


def _escape(code: str) -> str:
    return f"\x1b[{code}m"
