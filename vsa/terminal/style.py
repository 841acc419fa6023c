"""How things look at a terminal, and whether escape codes may be written there at all.

The terminal's own colours, so that they suit its background. Nothing is told by colour alone, and
none by red against green: answers go from bold to plain to yellow to faint.
"""

from __future__ import annotations

import os
from typing import TextIO

# What `vsa.style` tells apart, as the numbers of "select graphic rendition" (ECMA-48, 8.3.117).
TEXT = {
    "certain": "1;36",  # bold cyan
    "likely": "36",
    "doubtful": "33",  # yellow
    "nothing": "2",  # faint
    "culprit": "1;31",  # bold red
    "error": "31",
    "note": "33",
    "warning": "33",
}

# The words of a line that is typed, for prompt_toolkit; known names have no colour.
TYPED = {
    "vsa.function": "ansicyan",
    "vsa.tag": "ansicyan",
    "vsa.unknown": "ansired",
    "vsa.error": "ansired reverse",
    "vsa.command": "ansimagenta",
    "vsa.keyword": "bold",
    "vsa.number": "ansigreen",
    "vsa.string": "ansigreen",
    "vsa.comment": "ansibrightblack italic",
    "vsa.slot": "ansiyellow",
    "vsa.parameter": "ansiyellow",
    "bottom-toolbar": "noreverse ansibrightblack",
    "bottom-toolbar.call": "noreverse default",
    "auto-suggestion": "ansibrightblack",
}


def terminal(stream: TextIO | None) -> bool:
    """Whether a person is at the other end of a stream."""
    return stream is not None and not stream.closed and stream.isatty()


def coloured(stream: TextIO | None) -> bool:
    """Whether escape codes for colours may be written to a stream.

    NO_COLOR forbids them everywhere, FORCE_COLOR wants them even in a pipe; else a terminal that
    knows them has them.
    """
    if stream is None or os.environ.get("NO_COLOR"):
        return False
    forced = os.environ.get("FORCE_COLOR", "")
    if forced:
        return forced != "0"
    return terminal(stream) and os.environ.get("TERM", "").lower() not in ("", "dumb", "unknown")
