"""Tree building: what the parser calls as it recognises each alternative of the grammar.

An action has the name of its alternative, and is given all that stands in it: tokens as they are,
of the rest the nodes. Where that begins and ends and how deep it is nested, brackets included, is
kept beside the node in a `Part`.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from math import isinf
from typing import Any, Literal, NamedTuple, cast
from unicodedata import normalize

from vsa.lang.syntax import tree
from vsa.lang.syntax.errors import LanguageError, Span
from vsa.lang.syntax.lexer import Token
from vsa.lang.syntax.limits import DEPTH, too_deep
from vsa.lang.syntax.mistakes import stray
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

    name: tree.Ident
    value: tree.Expr


class Builder:
    """The actions: each takes the span of what it reads, and all that stands there."""

    def program(self, _: Span, *read: Any) -> tuple[tree.Statement, ...]:
        return tuple(_nodes(read))

    def assign(self, span: Span, name: Token, _equal: Token, value: tree.Expr) -> tree.Assign:
        return tree.Assign(_ident(name), value, span)

    def atoms(self, span: Span, _atom: Token, *names: Token) -> tree.Atoms:
        return tree.Atoms(_idents(names), span)

    def define(self, span: Span, _def: Token, name: Token, *rest: Any) -> tree.Define:
        *params, body = _nodes(rest)
        seen = dict[str, tree.Param]()
        for param in params:
            ident, others = param.name, list(seen.values())
            if ident.text in seen:
                raise LanguageError(f"the parameter {shown(ident.text)} stands twice", ident.span)
            if param.default is None and others and others[-1].default is not None:
                raise LanguageError(
                    f"the parameter {shown(ident.text)} has no default value, as the one before has",
                    ident.span,
                    hint="put it before those that have one",
                )
            seen[ident.text] = param
        text = name.whole[slice(*span)]
        return tree.Define(_ident(name), tuple(params), body, text, span)

    def parameter(
        self, _: Span, name: Token, _equal: Token | None = None, default: Any = None
    ) -> tree.Param:
        return tree.Param(_ident(name), default)

    def evaluate(self, span: Span, value: tree.Expr) -> tree.Evaluate:
        return tree.Evaluate(value, span)

    def command(
        self, span: Span, _colon: Token, name: Token, rest: Token | None = None
    ) -> tree.Command:
        if rest is None:
            return tree.Command(_ident(name), None, span)
        text = rest.text.rstrip()
        end = rest.start + len(text)
        return tree.Command(
            _ident(name), tree.Ident(text, Span(rest.start, end)), Span(span.start, end)
        )

    def help(self, span: Span, _mark: Token, *about: Token) -> tree.Help:
        if not about:
            return tree.Help(None, span)
        first = about[0]
        if first.type == "COLON":
            return tree.Help(_ident(about[1]), span, command=True)
        name = "".join(map(_word, about))  # of frame/1 there are several
        return tree.Help(tree.Ident(name, Span(first.start, about[-1].end)), span)

    def chain(self, span: Span, first: tree.Expr, *rest: Any) -> tree.Chain:
        return tree.Chain(first, _pairs(rest), span)

    def comparison(self, span: Span, first: tree.Expr, *rest: Any) -> tree.Comparison:
        return tree.Comparison(first, _pairs(rest), span)

    def unary(self, span: Span, sign: Token, operand: tree.Expr) -> tree.Unary:
        return tree.Unary(cast("Literal['-', '~']", sign.text), operand, span)

    def power(self, span: Span, base: tree.Expr, sign: Token, exponent: tree.Expr) -> tree.Power:
        return tree.Power(base, exponent, _span(sign), span)

    def call(self, span: Span, function: tree.Expr, *arguments: Any) -> tree.Call:
        args: list[tree.Expr] = []
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
        return tree.Call(
            function, tuple(args), tuple((k.name, k.value) for k in keywords.values()), span
        )

    def keyword(self, _: Span, name: Token, _equal: Token, value: tree.Expr) -> Keyword:
        return Keyword(_ident(name), value)

    def dot(self, span: Span, value: tree.Expr, _dot: Token, name: Token) -> tree.Dot:
        return tree.Dot(value, _ident(name), span)

    def sequence(self, span: Span, *items: Any) -> tree.Sequence:
        return tree.Sequence(tuple(_nodes(items)), span)

    def braces(self, span: Span, *items: Any) -> tree.Braces:
        return tree.Braces(tuple(_nodes(items)), span)

    def group(self, _: Span, _open: Token, value: tree.Expr, _close: Token) -> tree.Expr:
        return value

    def name(self, span: Span, token: Token) -> tree.Name:
        return tree.Name(_word(token), span)

    def quoted(self, span: Span, token: Token) -> tree.Name:
        return tree.Name(_word(token), span)

    def number(self, span: Span, token: Token) -> tree.Number:
        value = float(token.text)
        if isinf(value):
            raise LanguageError(
                f"the number {shown(token.text)} is too large",
                span,
                hint="the largest is about 1.8e308",
            )
        return tree.Number(value, span)

    def text(self, span: Span, token: Token) -> tree.Text:
        return tree.Text(_quoted(token), span)

    def tagged(self, span: Span, token: Token) -> tree.Tagged:
        quote = token.whole.index('"', token.start)
        return tree.Tagged(
            _ident(token._replace(end=quote)), _quoted(token._replace(start=quote)), span
        )


# Actions that make a node with others inside it.
NESTING = frozenset(("chain", "comparison", "unary", "power", "call", "dot", "sequence", "braces"))


def actions() -> dict[str, Callable[[list[Part | Token]], Part]]:
    """By its name, each action as a function of all that was read."""
    build = Builder()
    names = [name for name in vars(Builder) if not name.startswith("_")]
    return {name: partial(_act, getattr(build, name), name in NESTING) for name in names}


def _act(action: Callable[..., Any], nests: bool, read: list[Part | Token]) -> Part:
    """Make a node of what was read: parts and tokens, none in an empty program."""
    span = Span(read[0].start, read[-1].end) if read else Span(0, 0)
    level = nests + max((part.level for part in read if isinstance(part, Part)), default=1)
    if level > DEPTH:
        raise too_deep(span.start)
    nodes = [part.node if isinstance(part, Part) else part for part in read]
    return Part(action(span, *nodes), *span, level)


def _nodes(read: Iterable[Any]) -> list[Any]:
    """What is left without commas and brackets."""
    return [node for node in read if not isinstance(node, Token)]


def _pairs(rest: Sequence[Any]) -> tuple[tuple[str, Span, tree.Expr], ...]:
    """Signs and what follows each, in turn."""
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return tuple((sign.text, _span(sign), operand) for sign, operand in pairs)


def _span(token: Token) -> Span:
    return Span(token.start, token.end)


def _ident(token: Token) -> tree.Ident:
    return tree.Ident(_word(token), _span(token))


def _idents(tokens: Iterable[Token]) -> tuple[tree.Ident, ...]:
    """The names among some tokens."""
    return tuple(_ident(token) for token in tokens if token.type == "NAME")


def _word(token: Token) -> str:
    """A name, NFC-normalised."""
    word = token.text
    if token.type == "QUOTED":
        return normalize("NFC", word[1:-1])
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
