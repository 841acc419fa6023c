"""Arguments to parameters: every disagreement is an error that shows the signature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from vsa.hooks.functions import Parameter, describe, fits
from vsa.lang.syntax import tree
from vsa.lang.syntax.errors import LanguageError, Source, Span
from vsa.lang.typed import Node, Quoted
from vsa.suggest import suggest


class Callee(Protocol):
    """What is asked of a function, a plugin's or one made by `def`."""

    @property
    def name(self) -> str: ...
    @property
    def signature(self) -> str: ...
    @property
    def parameters(self) -> tuple[Parameter, ...]: ...
    @property
    def positional(self) -> tuple[Parameter, ...]: ...
    @property
    def injected(self) -> Mapping[str, type]: ...
    def parameter(self, name: str) -> Parameter | None: ...


class Matched(NamedTuple):
    """Arguments with the parameters that they go to; keywords by the name that Python has for it."""

    args: tuple[tuple[Parameter, Node], ...]
    keywords: tuple[tuple[str, Parameter, Node], ...]


def match(
    function: Callee,
    at: Span,
    args: list[Node],
    keywords: list[tuple[tree.Ident, Node]],
    source: Source,
) -> Matched:
    """Which parameter each argument goes to, or LanguageError."""
    positional = function.positional
    matched: list[tuple[Parameter, Node]] = []
    for i, arg in enumerate(args):
        if i < len(positional):
            parameter = positional[i]
        elif positional and positional[-1].many:
            parameter = positional[-1]
        else:
            takes = f"{len(positional)} argument{'s' * (len(positional) != 1)}"
            message = f"{function.name} takes {takes}: {function.signature}"
            raise LanguageError(message, arg.span, source)
        matched.append((parameter, _fitting(function, parameter, arg, source)))
    taken = {p.name for p, _ in matched if not p.many}
    named: list[tuple[str, Parameter, Node]] = []
    for ident, arg in keywords:
        target = function.parameter(ident.text)
        if ident.text in function.injected:
            message = f"{ident.text!r} is supplied by the session: choose another name"
            raise LanguageError(message, ident.span, source)
        if target is None:
            near = suggest(ident.text, [p.name for p in function.parameters if not p.many])
            message = f"{function.name} has no argument {ident.text!r}: {function.signature}"
            raise LanguageError(message, ident.span, source, near)
        if ident.text in taken:
            message = f"the argument {ident.text!r} is given twice"
            raise LanguageError(message, ident.span, source)
        taken.add(ident.text)
        python = ident.text if target.many else target.python
        named.append((python, target, _fitting(function, target, arg, source, ident.text)))
    for p in function.parameters:
        if p.required and p.name not in taken:
            message = f"{function.name} needs the argument {p.name!r}: {function.signature}"
            raise LanguageError(message, at, source)
    return Matched(tuple(matched), tuple(named))


def _fitting(
    function: Callee, parameter: Parameter, arg: Node, source: Source, name: str | None = None
) -> Node:
    if isinstance(arg, Quoted) or any(fits(t, parameter.types) for t in arg.types):
        return arg
    raise LanguageError(
        f"{function.name} wants {describe(parameter.types)} as {name or parameter.name!r}, "
        f"not {describe(arg.types)}",
        arg.span,
        source,
    )
