"""The syntax tree: what a text says, before anyone asks what it means.

Each node knows where it stands (`span`); brackets round an expression leave no node.
"""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from vsa.lang.syntax.errors import Span
from vsa.record import Record


class Ident(Record):
    """A word that names something, NFC-normalised; also a command's raw argument."""

    text: str
    span: Span


class Number(Record):
    value: float
    span: Span


class Text(Record):
    value: str
    span: Span


class Name(Record):
    text: str
    span: Span


class Unary(Record):
    op: Literal["-", "~"]
    operand: "Expr"
    span: Span


class Chain(Record):
    """A run of operators of one level, `a * b / c`: each one (sign, its place, what follows)."""

    first: "Expr"
    rest: tuple[tuple[str, Span, "Expr"], ...]
    span: Span


class Comparison(Chain):
    """`a < b <= c`: true where each holds between its neighbours."""


class Power(Record):
    base: "Expr"
    exponent: "Expr"
    op_span: Span
    span: Span


class Call(Record):
    function: "Expr"
    args: tuple["Expr", ...]
    keywords: tuple[tuple[Ident, "Expr"], ...]
    span: Span


class Dot(Record):
    """`value.name`: the slot of a frame."""

    value: "Expr"
    name: Ident
    span: Span


class Sequence(Record):
    """`[a, b]`"""

    items: tuple["Expr", ...]
    span: Span


class Braces(Record):
    """`{a, b}`"""

    items: tuple["Expr", ...]
    span: Span


class Tagged(Record):
    """`tag"text"`: a literal that a plugin reads."""

    tag: Ident
    text: str
    span: Span


class Assign(Record):
    """`name = value`"""

    name: Ident
    value: "Expr"
    span: Span


class Atoms(Record):
    """`atom a, b`"""

    names: tuple[Ident, ...]
    span: Span


class Param(Record):
    """A parameter of a `def`: `name` or `name=default`."""

    name: Ident
    default: "Expr | None"


class Define(Record):
    """`def name(params) = body`; `text` is the statement as it was written."""

    name: Ident
    params: tuple[Param, ...]
    body: "Expr"
    text: str
    span: Span


class Evaluate(Record):
    """An expression that stands alone."""

    value: "Expr"
    span: Span


class Command(Record):
    """`:name text`; the text is raw, without the blanks round it, None where there is none."""

    name: Ident
    text: Ident | None
    span: Span


class Help(Record):
    """`?name`, `?+`, `?:name` of a command, or `?` alone."""

    name: Ident | None
    span: Span
    command: bool = False


Expr: TypeAlias = (
    Number
    | Text
    | Name
    | Unary
    | Chain
    | Comparison
    | Power
    | Call
    | Dot
    | Sequence
    | Braces
    | Tagged
)
Statement: TypeAlias = Assign | Atoms | Define | Evaluate | Command | Help


def children(node: Expr | Statement) -> Iterator[Expr]:
    """The expressions directly inside a node, in the order they are written."""
    match node:
        case Unary(operand=inner) | Dot(value=inner):
            yield inner
        case Assign(value=inner) | Evaluate(value=inner):
            yield inner
        case Define(params=params, body=body):
            yield from (param.default for param in params if param.default is not None)
            yield body
        case Chain(first=first, rest=rest):
            yield first
            for _, _, operand in rest:
                yield operand
        case Power(base=base, exponent=exponent):
            yield base
            yield exponent
        case Call(function=function, args=args, keywords=keywords):
            yield function
            yield from args
            for _, value in keywords:
                yield value
        case Sequence(items=items) | Braces(items=items):
            yield from items
