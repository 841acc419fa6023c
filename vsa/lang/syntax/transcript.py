"""What was printed, prompts and results, as what was typed: a transcript that is pasted.

No statement begins with the sign of a prompt, so that a text whose first line does is a transcript.
Prompts become blanks, lines without one are results and become empty: places stay what they are.
"""

from __future__ import annotations

import re

# `> ` and `. ` here, as the examples of help and of the pages are written; `vsa> `, `>>> ` and `... `
PROMPT = re.compile(r"[^\S\r\n]*(?:vsa ?)?(?:>>>|>)(?=[^\S\r\n]|[\r\n]|\Z)")
CONTINUED = re.compile(r"[^\S\r\n]*(?:\.\.\.|\.)(?=[^\S\r\n]|[\r\n]|\Z)")


def begins(text: str) -> bool:
    """Whether a text is a transcript: its first line that is not blank begins with a prompt."""
    first = text.lstrip("\r\n\t \f")
    return PROMPT.match(first) is not None


def typed(line: str, going_on: bool) -> str | None:
    """What was typed in a line of a transcript, blanks for its prompt; None for a result.

    going_on: the line before was typed, so that this one may be its continuation.
    """
    found = PROMPT.match(line) or (CONTINUED.match(line) if going_on else None)
    return None if found is None else " " * found.end() + line[found.end() :]


def statements(text: str) -> tuple[str, int]:
    """The text without prompts and results, as long as before, and how many results are left out."""
    if not begins(text):
        return text, 0
    kept, left_out, going_on = [], 0, False
    for line in re.findall(r"[^\r\n]*(?:\r\n|\r|\n|\Z)", text):
        found = typed(line, going_on)
        going_on = found is not None
        left_out += not going_on and bool(line.strip())
        kept.append(found if found is not None else re.sub(r"[^\r\n]", " ", line))
    return "".join(kept), left_out


def said(left_out: int) -> str:
    """The note about results that are left out."""
    lines = "1 line" if left_out == 1 else f"{left_out:,} lines"
    return f"a transcript: {lines} without a prompt left out, as results"
