"""Tree building: what the parser calls as it recognises each rule of the grammar."""

import re
from math import isinf
from typing import Any, Literal, NamedTuple, cast
from unicodedata import normalize

from vsa.lang.syntax.errors import LanguageError, Source, Span
from vsa.lang.syntax.mistakes import strange
from vsa.lang.syntax.parser import Token
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


class _Keyword(NamedTuple):
    name: Ident
    value: Expr


class Builder:
    """Makes the tree: the grammar's actions, each from the values it keeps and their span."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._text = source.text

    def program(self, values: list[Statement], _: Span) -> tuple[Statement, ...]:
        return tuple(values)

    def assign(self, values: list[Any], span: Span) -> Assign:
        return Assign(self._ident(values[0]), values[1], span)

    def atoms(self, values: list[Token], span: Span) -> Atoms:
        return Atoms(tuple(map(self._ident, values)), span)

    def define(self, values: list[Any], span: Span) -> Define:
        name, *params = map(self._ident, values[:-1])
        seen = set[str]()
        for param in params:
            if param.text in seen:
                raise LanguageError(f"the parameter {shown(param.text)} stands twice", param.span)
            seen.add(param.text)
        return Define(name, tuple(params), values[-1], self._text[slice(*span)], span)

    def evaluate(self, values: list[Expr], span: Span) -> Evaluate:
        return Evaluate(values[0], span)

    def command(self, values: list[Token], span: Span) -> Command:
        name = self._ident(values[0])
        if len(values) == 1:
            return Command(name, None, span)
        _, start, end = values[1]
        text = self._text[start:end].rstrip()
        end = start + len(text)
        return Command(name, Ident(text, Span(start, end)), Span(span.start, end))

    def help(self, values: list[Token], span: Span) -> Help:
        return Help(self._ident(values[0]) if values else None, span)

    def chain(self, values: list[Any], span: Span) -> Chain:
        rest = tuple(
            (self._text[start:end], Span(start, end), operand)
            for (_, start, end), operand in zip(values[1::2], values[2::2], strict=True)
        )
        return Chain(values[0], rest, span)

    def unary(self, values: list[Any], span: Span) -> Unary:
        op = cast("Literal['-', '~']", self._text[values[0][1]])
        return Unary(op, values[1], span)

    def power(self, values: list[Any], span: Span) -> Power:
        base, sign, exponent = values
        return Power(base, exponent, Span(*sign[1:]), span)

    def call(self, values: list[Any], span: Span) -> Call:
        args: list[Expr] = []
        keywords: dict[str, _Keyword] = {}
        for value in values[1:]:
            if not isinstance(value, _Keyword):
                if keywords:
                    last = next(reversed(keywords))
                    raise LanguageError(
                        f"a value without a name comes after {shown(last + '=…')}",
                        value.span,
                        hint="put it before the keywords",
                    )
                args.append(value)
            elif value.name.text in keywords:
                raise LanguageError(
                    f"the keyword {shown(value.name.text)} stands twice", value.name.span
                )
            else:
                keywords[value.name.text] = value
        pairs = tuple((name, value) for name, value in keywords.values())
        return Call(values[0], tuple(args), pairs, span)

    def keyword(self, values: list[Any], _: Span) -> _Keyword:
        return _Keyword(self._ident(values[0]), values[1])

    def dot(self, values: list[Any], span: Span) -> Dot:
        return Dot(values[0], self._ident(values[1]), span)

    def sequence(self, values: list[Expr], span: Span) -> Sequence:
        return Sequence(tuple(values), span)

    def braces(self, values: list[Expr], span: Span) -> Braces:
        return Braces(tuple(values), span)

    def name(self, _: list[Token], span: Span) -> Name:
        return Name(self._word(span), span)

    def number(self, _: list[Token], span: Span) -> Number:
        text = self._text[slice(*span)]
        value = float(text)
        if isinf(value):
            raise LanguageError(
                f"the number {shown(text)} is too large", span, hint="the largest is about 1.8e308"
            )
        return Number(value, span)

    def text(self, _: list[Token], span: Span) -> Text:
        return Text(self._quoted(span), span)

    def tagged(self, _: list[Token], span: Span) -> Tagged:
        quote = self._text.index('"', span.start)
        tag = Span(span.start, quote)
        return Tagged(Ident(self._word(tag), tag), self._quoted(Span(quote, span.end)), span)

    def _ident(self, token: Token) -> Ident:
        span = Span(*token[1:])
        return Ident(self._word(span), span)

    def _word(self, span: Span) -> str:
        """A name, NFC-normalised."""
        word = self._text[slice(*span)]
        if word.isascii():
            return word
        for i, char in enumerate(word):
            # The grammar's ranges are wider than letters, digits and marks.
            if not ("a" + char if i else char).isidentifier():
                raise strange(char, span.start + i, self._source)
        return normalize("NFC", word)

    def _quoted(self, span: Span) -> str:
        """What a string says."""
        raw = self._text[span.start + 1 : span.end - 1]

        def decoded(match: re.Match[str]) -> str:
            escape = match[1]
            if escape in _ESCAPES:
                return _ESCAPES[escape]
            if len(escape) == 5:
                return chr(int(escape[1:], 16))
            start = span.start + 1 + match.start()
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
                "the string holds a lone surrogate, half a character", span, hint="leave it out"
            ) from None
