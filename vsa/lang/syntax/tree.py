"""The syntax tree: what a text says, before anyone asks what it means.

Each node knows where it stands (`span`); brackets round an expression leave no node.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from vsa.lang.syntax.errors import Span


@dataclass(frozen=True, slots=True)
class Ident:
    """A word that names something, NFC-normalised; also a command's raw argument."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Number:
    value: float
    span: Span


@dataclass(frozen=True, slots=True)
class Text:
    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Name:
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Unary:
    op: Literal["-", "~"]
    operand: "Expr"
    span: Span


@dataclass(frozen=True, slots=True)
class Chain:
    """A run of operators of one level, `a * b / c`: each one (sign, its place, what follows)."""

    first: "Expr"
    rest: tuple[tuple[str, Span, "Expr"], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Comparison(Chain):
    """`a < b <= c`: true where each holds between its neighbours."""


@dataclass(frozen=True, slots=True)
class Power:
    base: "Expr"
    exponent: "Expr"
    op_span: Span
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    function: "Expr"
    args: tuple["Expr", ...]
    keywords: tuple[tuple[Ident, "Expr"], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Dot:
    """`value.name`: the slot of a frame."""

    value: "Expr"
    name: Ident
    span: Span


@dataclass(frozen=True, slots=True)
class Sequence:
    """`[a, b]`"""

    items: tuple["Expr", ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Braces:
    """`{a, b}`"""

    items: tuple["Expr", ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Tagged:
    """`tag"text"`: a literal that a plugin reads."""

    tag: Ident
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Assign:
    """`name = value`"""

    name: Ident
    value: "Expr"
    span: Span


@dataclass(frozen=True, slots=True)
class Atoms:
    """`atom a, b`"""

    names: tuple[Ident, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of a `def`: `name` or `name=default`."""

    name: Ident
    default: "Expr | None"


@dataclass(frozen=True, slots=True)
class Define:
    """`def name(params) = body`; `text` is the statement as it was written."""

    name: Ident
    params: tuple[Param, ...]
    body: "Expr"
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Evaluate:
    """An expression that stands alone."""

    value: "Expr"
    span: Span


@dataclass(frozen=True, slots=True)
class Command:
    """`:name text`; the text is raw, without the blanks round it, None where there is none."""

    name: Ident
    text: Ident | None
    span: Span


@dataclass(frozen=True, slots=True)
class Help:
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
