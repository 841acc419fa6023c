"""The typed tree: what the checker makes of the syntax tree and the evaluator walks.

Each node knows its span and the classes that its value may have (`types`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from vsa.hooks.functions import Function, Parameter
from vsa.lang.operators import Types
from vsa.lang.syntax import tree
from vsa.lang.syntax.errors import Source, Span
from vsa.record import Record


class Node(Record):
    """A typed expression."""

    span: Span
    types: Types


class Constant(Node):
    """A literal."""

    value: Any


class Reference(Node):
    """A name of the session and the value it has."""

    name: str
    value: Any


class Local(Node):
    """A parameter of a `def`."""

    name: str


class Operation(Node):
    """A left-associative run of operators of one level."""

    first: Node
    rest: tuple[tuple[str, Span, Node], ...]


class Comparison(Operation):
    """A run of comparisons, each between its neighbours."""


class Prefix(Node):
    """A unary operator."""

    op: str
    operand: Node


class Apply(Node):
    """A call of a plugin's function: each argument with the parameter it goes to.

    keywords: by the name that Python has for it.
    """

    function: Function
    args: tuple[tuple[Parameter, Node], ...]
    keywords: tuple[tuple[str, Parameter, Node], ...]


class Invoke(Node):
    """A call of a function defined in the language, its body typed for these arguments."""

    definition: Definition
    args: tuple[Node, ...]
    body: Node


class Use(Node):
    """A value applied to others, such as a relation to a person."""

    callee: Node
    args: tuple[Node, ...]


class Attribute(Node):
    """`value.name` of a value whose class has attributes; `slot` reads one of another class."""

    value: Node
    name: str
    slot: Function | None = None


class Quoted(Node):
    """An argument that the function receives unevaluated."""

    expression: tree.Expr


class Default(Record):
    """What a parameter is where it is not given: its value, and how that was written."""

    value: Any
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(eq=False)
class Definition:
    """`def name(params) = body`; free names and defaults have the values of its definition."""

    name: str
    parameters: tuple[Parameter, ...]
    body: tree.Expr
    text: str
    source: Source
    free: dict[str, Any]
    typed: dict[tuple[Types, ...], Node] = field(default_factory=dict)
    injected: ClassVar[dict[str, type]] = {}

    @classmethod
    def of(
        cls, statement: tree.Define, source: Source, free: dict[str, Any], defaults: dict[str, Any]
    ) -> Definition:
        """What a statement defines, with what its free names and its defaults stand for."""
        parameters = []
        for param in statement.params:
            name, default = param.name.text, None
            if param.default is not None:
                default = Default(defaults[name], source.of(param.default.span))
            parameters.append(Parameter(name, (object,), required=default is None, default=default))
        return cls(
            statement.name.text, tuple(parameters), statement.body, statement.text, source, free
        )

    @property
    def defaults(self) -> dict[str, Any]:
        """What the parameters that have a default are where they are not given."""
        return {p.name: p.default.value for p in self.parameters if not p.required}

    @property
    def positional(self) -> tuple[Parameter, ...]:
        """All of its parameters; each may also be given by its name."""
        return self.parameters

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of a name."""
        return next((p for p in self.parameters if p.name == name), None)

    @property
    def signature(self) -> str:
        """`second(x, k=2)`."""
        return f"{self.name}({', '.join(map(str, self.parameters))})"

    def __str__(self) -> str:
        return self.text
