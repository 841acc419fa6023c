"""The language for Pygments, which colours it on pages, in notebooks and in editors' previews.

Transcripts too: their results are output, and nothing of them is taken for input.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pygments.lexer import Lexer
from pygments.token import Comment, Generic, Keyword, Name, Number, Operator, Token

from vsa.lang.syntax import tokens, transcript

STRING = Token.Literal.String
COLOURS: dict[str, Any] = {
    "keyword": Keyword, "name": Name, "quoted": Name,
    "number": Number, "string": STRING, "command": Keyword.Pseudo,
    "argument": STRING.Other, "comment": Comment.Single, "punctuation": Token.Punctuation,
    "bracket": Token.Punctuation, "operator": Operator, "error": Generic.Error,
}  # fmt: skip
ERROR = re.compile(r"[ |]*\^")  # the line that points at what is wrong
Piece = tuple[int, Any, str]


class VsaLexer(Lexer):  # type: ignore[misc]
    """The language of `vsa`, as a program or as a transcript with its prompts and results.

    >>> from pygments import highlight
    >>> from pygments.formatters import RawTokenFormatter
    >>> highlight("top(s)", VsaLexer(), RawTokenFormatter()).decode().split()[:2]
    ['Token.Name.Function', "'top'"]
    """

    name = "vsa"
    url = "https://pypi.org/project/vsa-algebra/"
    aliases = ("vsa",)
    filenames = ("*.vsa",)
    mimetypes = ("text/x-vsa",)

    def get_tokens_unprocessed(self, text: str) -> Iterator[Piece]:
        """(place, token type, text) of all of a text."""
        at = 0
        program, _ = transcript.statements(text)  # as long as the text, blank where that prints
        for piece in _coloured(program):
            yield from _between(text, program, at, piece[0])
            yield piece
            at = piece[0] + len(piece[2])
        yield from _between(text, program, at, len(text))


def _coloured(program: str) -> Iterator[Piece]:
    """The words of a program, without what stands between them."""
    found = list(tokens(program))
    before = ""
    for i, (kind, word, place) in enumerate(found):
        after = found[i + 1][1] if i + 1 < len(found) else ""
        if kind == "tagged":
            tag, quote, rest = word.partition('"')
            yield place, STRING.Affix, tag
            yield place + len(tag), STRING, quote + rest
        elif kind == "name":
            yield place, _of_name(before, after), word
        elif kind != "newline":
            yield place, COLOURS[kind], word
        before = before if kind == "comment" else word


def _of_name(before: str, after: str) -> Any:
    if before == ".":
        return Name.Attribute
    if after == "(":
        return Name.Function
    return Name.Variable if after == "=" and before in ("(", ",") else Name


def _between(text: str, program: str, begin: int, end: int) -> Iterator[Piece]:
    """What is no word: blanks, prompts, and results line by line."""
    at = begin
    for line in text[begin:end].splitlines(keepends=True):
        typed = program[at : at + len(line)]
        if typed == line or (at and text[at - 1] not in "\r\n"):
            yield at, Token.Text, line
        elif line.endswith(("\r", "\n")) or at + len(line) == len(text):
            yield at, Generic.Error if ERROR.match(line) else Generic.Output, line
        else:
            yield at, Generic.Prompt, line
        at += len(line)
