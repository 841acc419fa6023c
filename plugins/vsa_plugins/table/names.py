"""Names of the language made of what stands in a table, each one once."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable


class Names:
    """Makes names of texts, and remembers those that are not the texts themselves.

    taken: whether a name means something else already.
    """

    def __init__(self, taken: Callable[[str], bool]) -> None:
        self.taken = taken
        self.given: set[str] = set()
        self.made: list[tuple[str, str]] = []

    def name(self, text: str, otherwise: str, prefix: str) -> str:
        """A name for a text that no other has: `otherwise` for one without letters, and the prefix
        before one that is taken."""
        plain = found = as_name(text) or otherwise
        number = 1
        while found in self.given or self.taken(found):
            found = f"{prefix}_{plain}" + (f"_{number}" if number > 1 else "")
            number += 1
        self.given.add(found)
        if found != text:
            self.made.append((text or "(empty)", found))
        return found


def as_name(text: str) -> str:
    """A text as the language can have it for a name: letters, digits and underscores; "" of none.

    >>> as_name("New Zealand"), as_name("% of GDP"), as_name("2nd"), as_name("…")
    ('New_Zealand', 'of_GDP', '_2nd', '')
    """
    text = unicodedata.normalize("NFC", text.strip())
    if text.isidentifier():
        return text
    letters = (char if f"a{char}".isidentifier() else " " for char in text)  # ² is none
    plain = "_".join("".join(letters).split())
    return plain if not plain or plain.isidentifier() else f"_{plain}"
