"""What Tab offers in a cell of the language: the prompt's, with all that stands above in the cell."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from vsa.errors import VsaError
from vsa.lang.session import Session
from vsa.terminal.complete import offers

CELL = re.compile(r"\s*%%vsa(\s|$)")
LINE = re.compile(r"^(?:[^\"'#]*=)?\s*%vsa\s(.*)$", re.DOTALL)


def matcher(session: Callable[[], Session]) -> Callable[[Any], Any]:
    """A matcher as IPython's completer asks them, version 2."""
    from IPython.core.completer import SimpleCompletion, context_matcher

    @context_matcher()  # type: ignore[untyped-decorator, unused-ignore]
    def vsa_matcher(context: Any) -> dict[str, Any]:
        text = typed(context.full_text, context.cursor_line, context.cursor_position)
        try:
            found = [] if text is None else offers(session(), text)
        except VsaError:  # vsa_session is none
            found = []
        fragment = text[found[0].start :] if text is not None and found else ""
        completions = [SimpleCompletion(text=offer.text, type=offer.about) for offer in found]
        return {
            "completions": completions,
            "matched_fragment": fragment,
            "ordered": True,
            "suppress": text is not None,  # Python's names mean nothing here
        }

    return vsa_matcher  # type: ignore[no-any-return, unused-ignore]


def typed(cell: str, line: int, column: int) -> str | None:
    """The statements up to the cursor, None where it stands in no text of the language."""
    lines = cell.split("\n")
    here = lines[line][:column]
    if CELL.match(lines[0]):
        return "\n".join([*lines[1:line], here]) if line else None
    found = LINE.match(here)
    return found[1] if found else None
