"""Tree building: what Lark's parser calls as it recognises each alternative of the grammar.

An action has the name of its alternative, and is given all that stands in it: tokens as they are,
of the rest the nodes. Where that begins and ends and how deep it is nested, brackets included, is
kept beside the node in a `Part`.
"""

import re
from collections.abc import Callable, Iterable
from functools import partial
from math import isinf
from typing import Any, Literal, NamedTuple, TypeAlias, cast
from unicodedata import normalize

from vsa.lang.syntax.errors import LanguageError, Span
from vsa.lang.syntax.lexer import NAME, Token
from vsa.lang.syntax.mistakes import DEPTH, stray, too_deep
from vsa.lang.syntax.tree import (
    Assign,
    Atoms,
    Braces,
    Call,
    Chain,
    Command,
    Define,
    Dot,
    Evaluate,
    Expr,
    Help,
    Ident,
    Name,
    Number,
    Power,
    Sequence,
    Statement,
    Tagged,
    Text,
    Unary,
)
from vsa.suggest import shown

_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


class Part(NamedTuple):
    """What has been read of a text, on the parser's stack."""

    node: Any
    start: int
    end: int
    level: int  # of nesting


class Keyword(NamedTuple):
    """`name=value` in a call."""

    name: Ident
    value: Expr


Action: TypeAlias = Callable[..., Any]
ACTIONS: dict[str, Callable[[list[Any]], Any]] = {}


def _action(function: Action, nests: int = 0) -> Action:
    """Enter an action (span, *what stands there) → node."""

    def act(read: list[Part | Token]) -> Part:
        span = Span(read[0].start, read[-1].end)
        nodes, level = [], 1
        for part in read:
            if isinstance(part, Part):
                nodes.append(part.node)
                level = max(level, part.level)
            else:
                nodes.append(part)
        if level + nests > DEPTH:
            raise too_deep(span.start)
        return Part(function(span, *nodes), *span, level + nests)

    ACTIONS[function.__name__] = act
    return function


_nesting = partial(_action, nests=1)


def _nodes(read: Iterable[Any]) -> list[Any]:
    """What is left without commas and brackets."""
    return [node for node in read if not isinstance(node, Token)]


def program(read: list[Any]) -> tuple[Statement, ...]:
    """All of a text, which may be empty."""
    return tuple(part.node for part in _nodes(read))


ACTIONS["program"] = program


@_action
def assign(span: Span, name: Token, _equal: Token, value: Expr) -> Assign:
    return Assign(_ident(name), value, span)


@_action
def atoms(span: Span, _atom: Token, *names: Token) -> Atoms:
    return Atoms(_idents(names), span)


@_action
def define(span: Span, _def: Token, name: Token, *rest: Any) -> Define:
    params, body = _idents(rest[:-1]), rest[-1]
    seen = set[str]()
    for param in params:
        if param.text in seen:
            raise LanguageError(f"the parameter {shown(param.text)} stands twice", param.span)
        seen.add(param.text)
    return Define(_ident(name), params, body, name.whole[slice(*span)], span)


@_action
def evaluate(span: Span, value: Expr) -> Evaluate:
    return Evaluate(value, span)


@_action
def command(span: Span, _colon: Token, name: Token, rest: Token | None = None) -> Command:
    if rest is None:
        return Command(_ident(name), None, span)
    text = rest.text.rstrip()
    end = rest.start + len(text)
    return Command(_ident(name), Ident(text, Span(rest.start, end)), Span(span.start, end))


@_action
def help(span: Span, _mark: Token, name: Token | None = None) -> Help:
    return Help(_ident(name) if name else None, span)


@_nesting
def chain(span: Span, first: Expr, *rest: Any) -> Chain:
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return Chain(first, tuple((sign.text, _span(sign), operand) for sign, operand in pairs), span)


@_nesting
def unary(span: Span, sign: Token, operand: Expr) -> Unary:
    return Unary(cast("Literal['-', '~']", sign.text), operand, span)


@_nesting
def power(span: Span, base: Expr, sign: Token, exponent: Expr) -> Power:
    return Power(base, exponent, _span(sign), span)


@_nesting
def call(span: Span, function: Expr, *arguments: Any) -> Call:
    args: list[Expr] = []
    keywords: dict[str, Keyword] = {}
    for argument in _nodes(arguments):
        if not isinstance(argument, Keyword):
            if keywords:
                last = next(reversed(keywords))
                raise LanguageError(
                    f"a value without a name comes after {shown(last + '=…')}",
                    argument.span,
                    hint="put it before the keywords",
                )
            args.append(argument)
        elif argument.name.text in keywords:
            raise LanguageError(
                f"the keyword {shown(argument.name.text)} stands twice", argument.name.span
            )
        else:
            keywords[argument.name.text] = argument
    return Call(function, tuple(args), tuple((k.name, k.value) for k in keywords.values()), span)


@_action
def keyword(_: Span, name: Token, _equal: Token, value: Expr) -> Keyword:
    return Keyword(_ident(name), value)


@_nesting
def dot(span: Span, value: Expr, _dot: Token, name: Token) -> Dot:
    return Dot(value, _ident(name), span)


@_nesting
def sequence(span: Span, *items: Any) -> Sequence:
    return Sequence(tuple(_nodes(items)), span)


@_nesting
def braces(span: Span, *items: Any) -> Braces:
    return Braces(tuple(_nodes(items)), span)


@_action
def group(_: Span, _open: Token, value: Expr, _close: Token) -> Expr:
    return value


@_action
def name(span: Span, token: Token) -> Name:
    return Name(_word(token), span)


@_action
def number(span: Span, token: Token) -> Number:
    value = float(token.text)
    if isinf(value):
        raise LanguageError(
            f"the number {shown(token.text)} is too large",
            span,
            hint="the largest is about 1.8e308",
        )
    return Number(value, span)


@_action
def text(span: Span, token: Token) -> Text:
    return Text(_quoted(token), span)


@_action
def tagged(span: Span, token: Token) -> Tagged:
    quote = token.whole.index('"', token.start)
    return Tagged(_ident(token._replace(end=quote)), _quoted(token._replace(start=quote)), span)


def _span(token: Token) -> Span:
    return Span(token.start, token.end)


def _ident(token: Token) -> Ident:
    return Ident(_word(token), _span(token))


def _idents(tokens: Iterable[Token]) -> tuple[Ident, ...]:
    """The names among some tokens."""
    return tuple(_ident(token) for token in tokens if token.type == NAME)


def _word(token: Token) -> str:
    """A name, NFC-normalised."""
    word = token.text
    if word.isascii():
        return word
    for i, char in enumerate(word):
        # The grammar's ranges are wider than letters, digits and marks.
        if not ("a" + char if i else char).isidentifier():
            raise stray(char, token.start + i)
    return normalize("NFC", word)


def _quoted(token: Token) -> str:
    """What a string says."""
    raw = token.text[1:-1]

    def decoded(match: re.Match[str]) -> str:
        escape = match[1]
        if escape in _ESCAPES:
            return _ESCAPES[escape]
        if len(escape) == 5:
            return chr(int(escape[1:], 16))
        start = token.start + 1 + match.start()
        raise LanguageError(
            f"{shown(match[0])} stands for nothing in a string",
            Span(start, start + len(match[0])),
            hint=r"there are \n, \t, \", \\ and \u with four hexadecimal digits",
        )

    value = re.sub(r"\\(u[0-9a-fA-F]{4}|.)", decoded, raw) if "\\" in raw else raw
    if value.isascii():
        return value
    try:
        # Two surrogates make a character, as in JSON; one alone is none.
        return value.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise LanguageError(
            "the string holds a lone surrogate, half a character", _span(token), hint="leave it out"
        ) from None
