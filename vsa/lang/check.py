"""Syntax tree → typed tree: names are looked up, arguments matched to parameters, classes inferred.

A run of operators of one level stays one n-ary node, so that a sum of 5,000 terms is no deeper
than one of two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from vsa.annotations import Expression
from vsa.errors import VsaError
from vsa.hooks.functions import Function, Parameter, describe, returned
from vsa.lang.compare import compared_types
from vsa.lang.match import match
from vsa.lang.operators import Types, binary_types, call_types, check_count, unary_types
from vsa.lang.scope import Bound, Scope
from vsa.lang.slashes import slot_of_number, spelled, unmet
from vsa.lang.syntax import tree
from vsa.lang.syntax.errors import LanguageError, Source, Span
from vsa.lang.typed import (
    Apply,
    Attribute,
    Comparison,
    Constant,
    Definition,
    Invoke,
    Local,
    Node,
    Operation,
    Prefix,
    Quoted,
    Reference,
    Use,
)  # fmt: skip
from vsa.suggest import suggest

T = TypeVar("T")

LONG = 60  # characters of a name that a message repeats


class Checker:
    """Checks one expression; `locals` gives the classes of the parameters inside a `def`."""

    def __init__(
        self, scope: Scope, source: Source, locals_: dict[str, Types] | None = None
    ) -> None:
        self.scope = scope
        self.source = source
        self.locals = locals_ or {}

    def error(self, message: str, span: Span, hint: str | None = None) -> LanguageError:
        return LanguageError(message, span, self.source, hint)

    def check(self, node: tree.Expr) -> Node:
        """The typed node; LanguageError underlines the culprit."""
        method: Callable[[Any], Node] = getattr(self, "check_" + type(node).__name__.lower())
        return method(node)

    # --- leaves --------------------------------------------------------------------------------
    def check_number(self, node: tree.Number) -> Node:
        return Constant(node.span, (float,), node.value)

    def check_text(self, node: tree.Text) -> Node:
        return Constant(node.span, (str,), node.value)

    def check_name(self, node: tree.Name) -> Node:
        if node.text in self.locals:
            return Local(node.span, self.locals[node.text], node.text)
        found = self.lookup(node.text, node.span)
        if isinstance(found, (Function, Definition)):
            message = f"{node.text!r} is a function: call it as {found.signature}"
            raise self.error(message, node.span, unmet(node, self.source.text))
        return Reference(node.span, (type(found),), node.text, found)

    def lookup(self, name: str, span: Span, called: bool = False) -> Any:
        """What a name stands for; an unknown one is an error with the nearest known name."""
        try:
            return self.scope.lookup(name)
        except KeyError:
            if self.scope.is_command(name):
                typed = f"type :{name}, as a statement of its own"
                typed += "" if called else f". Or declare a new symbol with: atom {name}"
                raise self.error(f"{name!r} is a command", span, typed) from None
            near = self.scope.brought_by(name)
            near = near or suggest(name, [*self.locals, *self.scope.candidates()])
            if self.source.text[span.start : span.start + 1] == "'":
                near = " ".join(filter(None, [f'a text is written "{name}".', near]))
            name = name if len(name) <= LONG else name[:LONG] + "…"
            if called:
                hint = near or "help() lists the functions; def makes one"
                raise self.error(f"unknown function {name!r}", span, hint) from None
            if name.isidentifier():  # which others can only be added in Python
                declared = f"declare a new symbol with: atom {name}"
                near = f"{near} Or {declared}" if near else declared
            raise self.error(f"unknown name {name!r}", span, near) from None

    def check_tagged(self, node: tree.Tagged) -> Node:
        function = self.scope.literal(node.tag.text)
        if function is None:
            near = suggest(node.tag.text, self.scope.tags())
            raise self.error(f'no plugin has the literal {node.tag.text}"…"', node.tag.span, near)
        text = Constant(node.span, (str,), node.text)
        return self.apply(function, node.tag.span, node.span, [text], [])

    # --- operators -----------------------------------------------------------------------------
    def check_unary(self, node: tree.Unary) -> Node:
        operand = self.check(node.operand)
        types = self.typed(lambda: unary_types(node.op, operand.types), node.span)
        return Prefix(node.span, types, node.op, operand)

    def check_chain(self, node: tree.Chain) -> Node:
        spelt = self.spelled(node)
        if not isinstance(spelt, tree.Chain):
            return self.check(spelt)
        node = spelt
        first = self.check(node.first)
        types, rest = first.types, []
        for op, span, operand in node.rest:
            right = self.check(operand)
            types = self.typed(partial(binary_types, op, types, right.types), span)
            rest.append((op, span, right))
        return Operation(node.span, types, first, tuple(rest))

    def spelled(self, node: tree.Expr) -> tree.Expr:
        """The expression with the names of items, `frame/1`, that it holds; see `slashes`."""
        if isinstance(node, tree.Chain) and not isinstance(node, tree.Comparison):
            return spelled(node, partial(_found, self.locals, self.scope))
        return node

    def check_comparison(self, node: tree.Comparison) -> Node:
        left = first = self.check(node.first)
        types: dict[type, None] = {}
        rest = []
        for op, span, operand in node.rest:
            right = self.check(operand)
            infer = partial(compared_types, op, left.types, right.types)
            types.update(dict.fromkeys(self.typed(infer, span)))
            rest.append((op, span, right))
            left = right
        return Comparison(node.span, tuple(types), first, tuple(rest))

    def check_power(self, node: tree.Power) -> Node:
        base, exponent = self.check(node.base), self.check(node.exponent)
        types = self.typed(lambda: binary_types("^", base.types, exponent.types), node.op_span)
        return Operation(node.span, types, base, (("^", node.op_span, exponent),))

    def typed(self, infer: Callable[[], T], span: Span) -> T:
        try:
            return infer()
        except VsaError as error:
            raise self.error(str(error), span) from None

    # --- sugar for functions -------------------------------------------------------------------
    def check_dot(self, node: tree.Dot) -> Node:
        return self.dot(node, self.check(node.value))

    def dot(self, node: tree.Dot, value: Node) -> Node:
        name = node.name
        if isinstance(node.value, tree.Number):
            lookup = partial(_found, self.locals, self.scope)
            message, hint = slot_of_number(node, self.source.text, lookup)
            raise self.error(message, node.value.span, hint)
        if own := [cls for cls in value.types if hasattr(cls, "vsa_attribute")]:
            results = [t for cls in own for t in returned(cls, "vsa_attribute")]
            slots = self.scope.function("slot") if len(own) < len(value.types) else None
            types = dict.fromkeys([*results, *(slots.returns if slots else ())])
            return Attribute(node.span, tuple(types), value, name.text, slots)
        if brought := self.brought(value):
            if name.text not in brought:
                near = suggest(name.text, brought)
                raise self.error(f"{describe(value.types)} has no {name.text!r}", name.span, near)
            found = brought[name.text]
            if isinstance(found, Function):
                raise self.error(
                    f"{name.text!r} is a function: call it as {found.signature}", name.span
                )
            return Reference(node.span, (type(found),), name.text, found)
        slot = Constant(name.span, (str,), name.text)
        read = self.sugar("slot", ".", node.span, [value, slot])
        # Of a parameter nothing is known at its definition: it may have attributes.
        return read.changed(types=(object,)) if object in value.types else read

    def check_sequence(self, node: tree.Sequence) -> Node:
        return self.sugar("sequence", "[…]", node.span, [self.check(i) for i in node.items])

    def check_braces(self, node: tree.Braces) -> Node:
        return self.sugar("set", "{…}", node.span, [self.check(i) for i in node.items])

    def sugar(self, name: str, form: str, span: Span, args: list[Node]) -> Node:
        function = self.scope.function(name)
        if function is None:
            raise self.error(
                f"{form} needs the function {name!r}, which no loaded plugin has", span
            )
        return self.apply(function, span, span, args, [])

    def brought(self, value: Node) -> Mapping[str, Any]:
        """What stands behind the dot of a value because of its class."""
        return self.scope.attributes(value.types[0]) if len(value.types) == 1 else {}

    # --- calls ---------------------------------------------------------------------------------
    def check_call(self, node: tree.Call) -> Node:
        if isinstance(node.function, tree.Name) and node.function.text not in self.locals:
            found = self.lookup(node.function.text, node.function.span, called=True)
            if isinstance(found, Function):
                self.scope.use(found.name)
                return self.call(found, node.function.span, node)
            if isinstance(found, Definition):
                return self.invoke(found, node)
        if isinstance(node.function, tree.Dot):
            value, ident = self.check(node.function.value), node.function.name
            found = self.brought(value).get(ident.text)
            if isinstance(found, Function):
                return self.call(found, ident.span, node, value)
            callee = self.dot(node.function, value)
        else:
            callee = self.check(node.function)
        what = node.function.span
        if not any(
            hasattr(t, "__annotations__") and "__call__" in dir(t) for t in callee.types
        ) and (object not in callee.types):
            name = self.source.text[what.start : what.end]
            function, hint = self.scope.function(name), None
            if function is not None:
                hint = f"it took the name of a function of the plugin {function.plugin!r}"
            raise self.error(f"{name!r} is {describe(callee.types)}, not a function", what, hint)
        if node.keywords:
            raise self.error(
                f"{describe(callee.types)} is applied to arguments by position", node.span
            )
        self.typed(lambda: check_count(callee.types, len(node.args)), node.span)
        args = tuple(self.check(arg) for arg in node.args)
        types = self.typed(lambda: call_types(callee.types, [a.types for a in args]), what)
        return Use(node.span, types, callee, args)

    def call(self, function: Function, at: Span, node: tree.Call, of: Node | None = None) -> Node:
        """A function's call; behind the dot of a value, which goes to the parameter of its class."""
        args = [self.argument(function, i, a) for i, a in enumerate(node.args)]
        keywords = [(k, self.keyword(function, k, v)) for k, v in node.keywords]
        if of is not None:
            own = next((p.name for p in function.parameters if of.types[0] in p.types), None)
            if own is not None:
                keywords.append((tree.Ident(own, at), of))
        return self.apply(function, at, node.span, args, keywords)

    def argument(self, function: Function, index: int, node: tree.Expr) -> Node:
        """A positional argument, left unevaluated where the parameter says so."""
        positional = function.positional
        if index < len(positional):
            parameter: Parameter | None = positional[index]
        else:
            parameter = positional[-1] if positional and positional[-1].many else None
        return self.quoted(parameter, node) or self.check(node)

    def keyword(self, function: Function, name: tree.Ident, node: tree.Expr) -> Node:
        return self.quoted(function.parameter(name.text), node) or self.check(node)

    def quoted(self, parameter: Parameter | None, node: tree.Expr) -> Node | None:
        if parameter is None or Expression not in parameter.types:
            return None
        node = self.spelled(node)
        if not isinstance(node, tree.Name):  # which may name what is no value, a function or a tag
            self.check(node)
        return Quoted(node.span, (Expression,), node)

    def apply(
        self,
        function: Function,
        at: Span,
        span: Span,
        args: list[Node],
        keywords: list[tuple[tree.Ident, Node]],
    ) -> Node:
        """The call of a plugin's function: its arguments matched to its parameters."""
        matched = match(function, at, args, keywords, self.source)
        return Apply(span, function.returns, function, *matched)

    def invoke(self, definition: Definition, node: tree.Call) -> Node:
        args = [self.check(a) for a in node.args]
        keywords = [(name, self.check(value)) for name, value in node.keywords]
        matched = match(definition, node.function.span, args, keywords, self.source)
        given = {p.name: arg for p, arg in matched.args}
        given |= {p.name: arg for _, p, arg in matched.keywords}
        nodes = tuple(given.get(p.name) or _default(p, node.span) for p in definition.parameters)
        types = tuple(n.types for n in nodes)
        body = definition.typed.get(types)
        if body is None:
            scope = Bound(definition.free, self.scope)
            names = [p.name for p in definition.parameters]
            local = dict(zip(names, types, strict=True))
            try:
                body = Checker(scope, definition.source, local).check(definition.body)
            except LanguageError as error:
                raise self.error(inside(definition, error), node.span, error.hint) from None
            definition.typed[types] = body
        return Invoke(node.span, body.types, definition, nodes, body)


def _found(local: Mapping[str, Any], scope: Scope, name: str) -> Any:
    return local[name] if name in local else scope.lookup(name)


def _default(parameter: Parameter, span: Span) -> Node:
    value = parameter.default.value
    return Constant(span, (type(value),), value)


def inside(definition: Definition, error: LanguageError) -> str:
    """The message of an error in a `def`, with the name of the innermost one."""
    return (
        error.message
        if error.message.startswith("in ")
        else f"in {definition.name}: {error.message}"
    )
