"""Text to tree: `parse`, and what an editor asks about a text that is being typed."""

from collections import deque
from collections.abc import Iterator
from functools import cache
from itertools import chain
from typing import Any, cast

from vsa.lang.syntax.builder import Builder
from vsa.lang.syntax.errors import LanguageError, Source
from vsa.lang.syntax.mistakes import explain
from vsa.lang.syntax.parser import BRACKETS, CLOSERS, NAME, Parser, Token, Unexpected
from vsa.lang.syntax.tables import END, load
from vsa.lang.syntax.tree import Expr, Statement

# What an editor colours alike; every other terminal is an operator.
CLASSES = {
    "ATOM": "keyword",
    "DEF": "keyword",
    "NAME": "name",
    "NUMBER": "number",
    "STRING": "string",
    "TAGGED": "tagged",
    "REST": "argument",
    "COMMENT": "comment",
    "COLON": "command",
    "QMARK": "command",
    "COMMA": "punctuation",
    "_SEMICOLON": "punctuation",
    "_NEWLINE": "newline",
    "UNKNOWN": "error",
    **dict.fromkeys([*BRACKETS, *CLOSERS], "bracket"),
}

LONGEST = 100_000  # characters of a text in which words are completed: .2 s


def parse(text: str | Source, name: str = "<input>") -> tuple[Statement, ...]:
    """The statements of a text; `name` is what reports call it. Raises LanguageError."""
    source = text if isinstance(text, Source) else Source(text, name)
    return cast("tuple[Statement, ...]", _parse(source, 0, len(source.text), "program"))


def parse_expression(text: str, offset: int = 0, source: Source | None = None) -> Expr:
    """One expression, such as a command's argument: `text` stands in `source` at `offset`.

    Spans are those of the whole source. Raises LanguageError.
    """
    source = source or Source(text)
    end = offset + len(text)
    if source.text[offset:end] != text:
        raise ValueError("the text does not stand at this offset of the source")
    return cast("Expr", _parse(source, offset, end, "expression"))


def is_open(text: str) -> bool:
    """Whether a text is right so far and a bracket waits to be closed on another line."""
    try:
        _parser().parse(text, 0, len(text), "program", Builder(Source(text)))
    except Unexpected as error:
        return bool(error.opened) and error.token[0] == END
    except LanguageError:
        pass
    return False


def tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """The words and signs of a text, right or wrong, as (class, text, start); never raises.

    Classes are those of CLASSES, and 'operator'. Blanks are left out.
    """
    before = ""
    for (kind, start, end), _ in _parser().walk(text):
        named = "command" if kind == NAME and before == "COLON" else CLASSES.get(kind, "operator")
        if kind == "UNKNOWN" and text[start] == '"':
            named = "string"  # it is being typed
        yield named, text[start:end], start
        before = kind


def expected(text: str) -> set[str]:
    """The terminals of the grammar that can come after a text; never raises.

    Nothing can where the text is wrong, or ends inside a comment or a text that is not closed.
    To complete a word, ask about the text before it (see `partial`).
    """
    last, stack = _end(text)
    if stack is None or last[0] == "COMMENT":
        return set()
    return _parser().follow(stack)


def partial(text: str) -> tuple[str, int]:
    """The word that a text ends with, to be completed, and where it starts.

    The word is empty where the text does not end with one. In a command's argument it is sought
    as in an expression.
    """
    (kind, start, end), _ = _end(text)
    if end == len(text):
        if kind in (NAME, "ATOM", "DEF"):
            return text[start:], start
        if kind == "REST":
            word, inside = partial(text[start:])
            return word, start + inside
    return "", len(text)


def _end(text: str) -> tuple[Token, list[int] | None]:
    """The last token of a text, and the states after it where they are known."""
    parser = _parser()
    if len(text) > LONGEST:
        return ("", 0, 0), None
    nothing: tuple[Token, list[int] | None] = ("", 0, 0), [parser.tables.starts["program"]]
    return deque(chain([nothing], parser.walk(text)), maxlen=1).pop()


@cache
def _parser() -> Parser:
    return Parser(load())


def _parse(source: Source, begin: int, end: int, start: str) -> Any:
    parser = _parser()
    try:
        return parser.parse(source.text, begin, end, start, Builder(source))
    except Unexpected as error:
        raise explain(error, source, parser) from None
    except LanguageError as error:
        error.source = source
        raise
