"""Text to tree: `parse`, and what an editor asks about a text that is being typed."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from vsa.lang.syntax import transcript
from vsa.lang.syntax.errors import LanguageError, Source
from vsa.lang.syntax.lexer import BRACKETS, CLOSERS, END, STOPS, UNCLOSED, UNKNOWN, Token
from vsa.lang.syntax.limits import DEPTH, LENGTH, LONGEST, SYMBOLS, too_deep, too_long
from vsa.lang.syntax.mistakes import Misplaced, explain
from vsa.lang.syntax.tree import Expr, Statement

if TYPE_CHECKING:
    from vsa.lang.syntax.grammar import Grammar, Parse, Start

# What an editor colours alike; every other terminal is an operator.
CLASSES = {
    "ATOM": "keyword",
    "DEF": "keyword",
    "NAME": "name",
    "QUOTED": "quoted",
    "NUMBER": "number",
    "STRING": "string",
    UNCLOSED: "string",  # it is being typed
    "TAGGED": "tagged",
    "REST": "argument",
    "COMMENT": "comment",
    "COLON": "command",
    "QMARK": "command",
    "COMMA": "punctuation",
    "_SEMICOLON": "punctuation",
    "_NEWLINE": "newline",
    UNKNOWN: "error",
    **dict.fromkeys([*BRACKETS, *CLOSERS], "bracket"),
}


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
    text, _ = transcript.statements(text)
    try:
        _read(text, 0, len(text), "program")
    except Misplaced as error:
        return error.token.type == END and error.token.depth > 0
    except LanguageError:
        pass
    return False


def tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """The words and signs of a text, right or wrong, as (class, text, start); never raises.

    Classes are those of CLASSES, and 'operator'. Blanks are left out, and newlines in brackets.
    """
    before = ""
    for token, _ in _walk(text):
        named = CLASSES.get(token.type, "operator")
        if token.type == "NAME" and before == "COLON":
            named = "command"
        yield named, token.text, token.start
        before = token.type


def expected(text: str) -> set[str]:
    """The terminals of the grammar that can come after a text; never raises.

    Nothing can where the text is wrong, or ends inside a comment or a text that is not closed.
    To complete a word, ask about the text before it (see `partial`).
    """
    last, reading = _last(text)
    in_comment = last.type == "COMMENT" and last.end == len(text)
    return set() if reading is None or in_comment else reading.accepts()


def partial(text: str) -> tuple[str, int]:
    """The word that a text ends with, to be completed, and where it starts.

    The word is empty where the text does not end with one. In a command's argument it is sought
    as in an expression.
    """
    last, _ = _last(text)
    if last.end == len(text):
        if last.type in ("NAME", "ATOM", "DEF"):
            return last.text, last.start
        if last.type == "REST":
            word, inside = partial(last.text)
            return word, last.start + inside
    return "", len(text)


@cache
def _grammar() -> Grammar:
    # Here and not above: the tables are read when a text is.
    from vsa.lang.syntax.grammar import load

    return load()


def _parse(source: Source, begin: int, end: int, start: Start) -> Any:
    try:
        return _read(source.text, begin, end, start)
    except Misplaced as error:
        following = (token for token, _ in _walk(source.text[error.token.start :]))
        raise explain(error, source, following) from None
    except LanguageError as error:
        error.source = source
        raise


def _read(text: str, begin: int, end: int, start: Start) -> Any:
    """Read `text[begin:end]`; raises Misplaced, and LanguageError without its source."""
    grammar = _grammar()
    reading = grammar.begin(start)
    statement: list[Token] = []
    for token in grammar.lexer.read(text, begin, end, reading.choices):
        if token.type == "COMMENT":
            continue
        if not reading.feed(token):
            raise Misplaced(token, statement)
        if reading.size > SYMBOLS or token.depth > DEPTH:
            raise too_deep(token.start)
        statement.append(token)
        if len(statement) > LENGTH:
            raise too_long(token)
        if token.type in STOPS:
            statement = []
    return reading.result.node


def _walk(text: str) -> Iterator[tuple[Token, Parse | None]]:
    """Every token of a text with the parse after it, None where it is lost.

    Never raises: what is wrong costs its statement the context, no more.
    """
    grammar = _grammar()
    reading: Parse | None = grammar.begin("program", build=False)

    def choices() -> Collection[str]:
        return reading.choices() if reading is not None else ()

    for token in grammar.lexer.read(text, 0, len(text), choices):
        if token.type == END:
            return
        if reading is not None and token.type != "COMMENT" and not reading.feed(token):
            reading = None
        if reading is None and token.type in STOPS:
            reading = grammar.begin("program", build=False)
        yield token, reading


def _last(text: str) -> tuple[Token, Parse | None]:
    """The last token of a text, and the parse after it where it is known."""
    nothing = Token("", 0, 0, text, 0)
    if len(text) > LONGEST:
        return nothing, None
    read = deque(_walk(text), maxlen=1)
    return read.pop() if read else (nothing, _grammar().begin("program", build=False))
