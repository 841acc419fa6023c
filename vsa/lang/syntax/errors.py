"""Errors in a text of the language: where, what, and what to do instead."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import NamedTuple

from vsa.errors import VsaError
from vsa.lang.syntax import transcript
from vsa.layout import columns, fitted, width
from vsa.style import styled
from vsa.suggest import cell

WIDTH = 96  # columns of a line of source that a report shows, at most


class Span(NamedTuple):
    """Offsets into a source: from `start` up to, not including, `end`."""

    start: int
    end: int


class Source:
    """A text and what to call it in a report; of a transcript what was typed.

    left_out: how many lines of a transcript were results.
    """

    def __init__(self, text: str, name: str = "<input>") -> None:
        self.text, self.left_out = transcript.statements(text)
        self.name = name

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", self.text))]

    def location(self, offset: int) -> tuple[int, int]:
        """The line and the column of an offset, both counted from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line_span(self, line: int) -> Span:
        """Where a line (from 1) lies, without its end."""
        start = self._starts[line - 1]
        end = self._starts[line] if line < len(self._starts) else len(self.text)
        while end > start and self.text[end - 1] in "\r\n":
            end -= 1
        return Span(start, end)

    def of(self, span: Span) -> str:
        """The text of a span."""
        return self.text[span.start : span.end]

    @contextmanager
    def at(self, span: Span) -> Iterator[None]:
        """What is raised on purpose inside, with the place where it happened."""
        try:
            yield
        except LanguageError:
            raise
        except VsaError as error:
            raise LanguageError(str(error), span, self) from error


class LanguageError(VsaError):
    """Something wrong in a text: a one-line message, the place, and a hint how to mend it.

    Who raises it may know no more than the span: `source` can be filled in on the way up.
    """

    def __init__(
        self,
        message: str,
        span: Span | None = None,
        source: Source | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.source = source
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message

    def located(self) -> str:
        """`file:line:col: message`, as compilers write it."""
        if self.source is None or self.span is None:
            return str(self)
        line, column = self.source.location(self.span.start)
        return f"{self.source.name}:{line}:{column}: {self}"

    def pretty(self) -> str:
        """The message, the line of source, and carets under the culprit, fitted to the window."""
        if self.source is None or self.span is None:
            return str(self)
        number, _ = self.source.location(self.span.start)
        line = self.source.line_span(number)
        start = min(max(self.span.start, line.start), line.end)
        gutter, room = f"{number:>3} | ", width()
        shown, before, carets = _window(
            self.source.text[line.start : line.end],
            start - line.start,
            min(max(self.span.end, start), line.end) - line.start,
            WIDTH if room is None else min(WIDTH, room - len(gutter) - 2),  # "…" at both ends
        )
        margin = f"{'| ':>{len(gutter)}}"
        under = f"{margin}{' ' * before}{styled('^' * carets, 'culprit')}"
        if self.hint and (room is None or columns(f"{under} {self.hint}") <= room):
            under += f" {self.hint}"
        elif self.hint:
            hint = fitted(self.hint, room and room - len(margin), 0).split("\n")
            under = "\n".join([under, *(margin + part for part in hint)])
        return f"{self.message}\n{gutter}{shown}".rstrip() + f"\n{under}"


def _window(line: str, start: int, end: int, most: int) -> tuple[str, int, int]:
    """The part of a line to show, the columns before the culprit, and the columns under it."""
    # Far ends cannot be seen, and a line may be a megabyte long.
    first, last = max(0, start - most), min(len(line), start + 2 * most)
    cells = [cell(char) for char in line[first:last]]
    widths = [columns(text) for text in cells]
    here, there = start - first, min(max(end, start + 1), last) - first
    left, right = 0, len(cells)
    if first > 0 or last < len(line) or sum(widths) > most:
        # Keep what leads up to the culprit, and fill the rest with what follows it.
        left, room = here, most // 2
        while left > 0 and widths[left - 1] <= room:
            left -= 1
            room -= widths[left]
        right, room = left, most
        while right < len(cells) and widths[right] <= room:
            room -= widths[right]
            right += 1
    head = "…" if first + left > 0 else ""
    tail = "…" if first + right < len(line) else ""
    before = len(head) + sum(widths[left:here])
    return (
        head + "".join(cells[left:right]) + tail,
        before,
        max(1, sum(widths[here : min(there, right)])),
    )
