"""Text to tokens, for the parser, for colours and for Tab. Any text has some.

Tokens are found in context: one expression matches whatever a terminal would; where the parser has
no use for what it found, the terminals that it can use are tried alone. So `.5` is a number, but
after a value a dot and something else. (Lark's own contextual lexer has no token for a sign that
it does not know, and stops there.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

BRACKETS = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}
CLOSERS = frozenset(BRACKETS.values())
STOPS = frozenset(("_NEWLINE", "_SEMICOLON"))
END = "$END"  # the end of the input, as Lark calls it
# No terminals of the grammar: what a text may hold beside them.
UNCLOSED, UNKNOWN = "UNCLOSED", "UNKNOWN"
STRAY = rf'(?P<{UNCLOSED}>"[^\r\n]*)|(?P<{UNKNOWN}>[\s\S])'


class Token(NamedTuple):
    """A word or a sign of a text."""

    type: str  # its terminal, or UNCLOSED, UNKNOWN, END
    start: int
    end: int
    whole: str  # the text that it stands in
    depth: int  # brackets open after it

    @property
    def text(self) -> str:
        """The word as it is written."""
        return self.whole[self.start : self.end]


class Lexer:
    """Cuts texts into the terminals of a grammar."""

    def __init__(
        self, words: Mapping[str, str], patterns: Mapping[str, str], rare: Collection[str]
    ) -> None:
        # words: terminals by what they are; patterns: of all others, what must win first; rare:
        # those that are tried alone.
        self._words, self._patterns = words, patterns
        self._all = self._compile(patterns.keys() - set(rare), STRAY)
        self._only: dict[frozenset[str], re.Pattern[str]] = {}

    def read(
        self, text: str, begin: int, end: int, choices: Callable[[], Collection[str]]
    ) -> Iterator[Token]:
        """The tokens of `text[begin:end]`, comments too, and END.

        `choices` is asked at each token for the terminals that may come; nothing means that
        nobody knows. Inside brackets a newline is a blank.
        """
        at, depth = begin, 0
        while found := self._all.match(text, at, end):
            kind = self._kind(found)
            if kind == "_NEWLINE" and depth:
                at = found.end()
                continue
            if kind != "COMMENT" and (wanted := choices()) and kind not in wanted:
                again = self._narrow(frozenset(wanted)).match(text, at, end)
                if again is not None and self._kind(again) in wanted:
                    found, kind = again, self._kind(again)
            start, at = found.span(found.lastgroup or 0)
            if kind in BRACKETS:
                depth += 1
            elif kind in CLOSERS:
                depth = max(0, depth - 1)
            elif kind in STOPS:
                depth = 0
            yield Token(kind, start, at, text, depth)
        yield Token(END, end, end, text, depth)

    def _kind(self, found: re.Match[str]) -> str:
        kind = found.lastgroup or UNKNOWN
        return self._words.get(found["NAME"], "NAME") if kind == "NAME" else kind

    def _narrow(self, wanted: frozenset[str]) -> re.Pattern[str]:
        if wanted not in self._only:
            self._only[wanted] = self._compile(wanted)
        return self._only[wanted]

    def _compile(self, names: Collection[str], *more: str) -> re.Pattern[str]:
        parts = [
            f"(?P<{name}>{pattern})"
            for name, pattern in self._patterns.items()
            if name in names and name != "_BLANK"
        ]
        either = "|".join([*parts, *more]) or "(?!)"  # which nothing fits
        return re.compile(f"(?:{self._patterns['_BLANK']})?+(?:{either})")
