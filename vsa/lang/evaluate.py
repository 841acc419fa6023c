"""Typed tree → value. Steps and depth are limited, so that every input ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import numpy as np

from vsa.annotations import Expression
from vsa.errors import Quit, VsaError
from vsa.hooks.faults import FAULTS, fault
from vsa.hooks.functions import Function, Parameter
from vsa.lang import typed
from vsa.lang.check import Checker, inside
from vsa.lang.compare import both, compare
from vsa.lang.operators import Types, apply_binary, apply_call, apply_unary
from vsa.lang.state import State
from vsa.lang.syntax import tree
from vsa.lang.syntax.errors import LanguageError, Source, Span
from vsa.memory.memory import Memory

STEPS = 1_000_000
UNTOUCHED = (Quit, RecursionError, MemoryError)  # on purpose, or of the expression and the machine
CALLABLE = (Function, typed.Definition)
DEPTH = 250  # of nested calls and brackets together; Python's own stack must not be reached


class Evaluator:
    """Evaluates one statement's expression in a session."""

    def __init__(self, state: State, source: Source) -> None:
        self.state = state
        self.source = source
        self.steps = 0
        self.depth = 0
        self.frames: list[dict[str, Any]] = [{}]

    def evaluate(self, node: typed.Node) -> Any:
        """The value of a typed node; LanguageError underlines the culprit."""
        self.steps += 1
        self.depth += 1
        if self.steps > STEPS:
            raise self.error(f"the evaluation took more than {STEPS:,} steps", node.span)
        if self.depth > DEPTH:
            raise self.error(f"calls are nested more than {DEPTH} deep", node.span)
        try:
            return self._methods[type(node)](self, node)
        finally:
            self.depth -= 1

    def error(self, message: str, span: Span) -> LanguageError:
        return LanguageError(message, span, self.source)

    def guarded(self, compute: Callable[[], Any], span: Span, what: str, *values: Any) -> Any:
        """Errors with the place where they happened; mistakes are the plugin's that made a value."""
        try:
            return compute()
        except LanguageError:
            raise
        except VsaError as error:
            raise self.error(str(error), span) from error
        except UNTOUCHED:
            raise
        except FAULTS as error:
            message = fault(what, self.state.plugins.owner(*values), error)
            raise self.error(message, span) from error

    def reference(self, node: typed.Reference) -> Any:
        return node.value

    def operation(self, node: typed.Operation) -> Any:
        value = self.evaluate(node.first)
        for op, span, operand in node.rest:
            right = self.evaluate(operand)
            self.steps += 1
            value = self.guarded(
                partial(apply_binary, op, value, right), span, repr(op), value, right
            )
        return value

    def comparison(self, node: typed.Comparison) -> Any:
        left, holds = self.evaluate(node.first), None
        for op, span, operand in node.rest:
            right = self.evaluate(operand)
            self.steps += 1
            asked = partial(compare, op, left, right, self.state.memory)
            this = self.guarded(asked, span, repr(op), left, right)
            holds = this if holds is None else both(holds, this)
            left = right
        return holds

    def prefix(self, node: typed.Prefix) -> Any:
        value = self.evaluate(node.operand)
        return self.guarded(lambda: apply_unary(node.op, value), node.span, repr(node.op), value)

    def apply(self, node: typed.Apply) -> Any:
        args = [self.argument(p, a) for p, a in node.args]
        keywords = {name: self.argument(p, a) for name, p, a in node.keywords}
        return self.call(node.function, args, keywords, node.span)

    def argument(self, parameter: Parameter, node: typed.Node) -> Any:
        if isinstance(node, typed.Quoted):
            return quoted(self.state, node.expression, self.source, self.frames[-1])
        value = self.evaluate(node)
        return self.guarded(lambda: parameter.fit(value), node.span, "vsa_vector", value)

    def call(
        self, function: Function, args: list[Any], keywords: dict[str, Any], span: Span
    ) -> Any:
        """Call a plugin's function; what it raises by mistake is an error naming the plugin."""
        for name, service in function.injected.items():
            keywords[name] = self.state.memory if service is Memory else self.state
        try:
            value = function.call(*args, **keywords)
        except LanguageError as error:
            if error.source is self.source or error.span is None:
                raise
            raise self.error(f"{function.name}: {error.message}", span) from error
        except VsaError as error:
            raise self.error(str(error), span) from error
        except UNTOUCHED:
            raise
        except FAULTS as error:
            raise self.error(fault(function.name, function.plugin, error), span) from error
        if isinstance(value, np.generic):
            value = value.item()
        if function.kind is not None:
            self.state.remember_result(value, function.kind)
        return value

    def invoke(self, node: typed.Invoke) -> Any:
        args = [self.evaluate(a) for a in node.args]
        free = {n: v for n, v in node.definition.free.items() if not isinstance(v, CALLABLE)}
        names = [p.name for p in node.definition.parameters]
        self.frames.append({**free, **dict(zip(names, args, strict=True))})
        source, self.source = self.source, node.definition.source
        try:
            return self.evaluate(node.body)
        except LanguageError as error:
            message = inside(node.definition, error)
            raise LanguageError(message, node.span, source, error.hint) from error
        finally:
            self.source = source
            self.frames.pop()

    def use(self, node: typed.Use) -> Any:
        callee, args = self.evaluate(node.callee), [self.evaluate(arg) for arg in node.args]
        return self.guarded(lambda: apply_call(callee, args), node.span, "the call", callee, *args)

    def attribute(self, node: typed.Attribute) -> Any:
        value = self.evaluate(node.value)
        if node.slot is not None and not hasattr(value, "vsa_attribute"):
            fit = node.slot.positional[0].fit
            frame = self.guarded(lambda: fit(value), node.span, ".", value)
            return self.call(node.slot, [frame, node.name], {}, node.span)
        return self.guarded(
            lambda: value.vsa_attribute(node.name), node.span, f"the attribute {node.name!r}", value
        )

    _methods: ClassVar[dict[type, Callable[[Evaluator, Any], Any]]] = {
        typed.Constant: lambda self, node: node.value,
        typed.Reference: lambda self, node: self.reference(node),
        typed.Local: lambda self, node: self.frames[-1][node.name],
        typed.Operation: operation,
        typed.Comparison: comparison,
        typed.Prefix: prefix,
        typed.Apply: apply,
        typed.Attribute: attribute,
        typed.Invoke: invoke,
        typed.Use: use,
    }


# --- arguments left unevaluated --------------------------------------------------------------------
@dataclass(eq=False)
class Quotation(Expression):
    """An argument as its tree and its text; functions receive it as an Expression."""

    tree: tree.Expr
    text: str
    source: Source
    state: State
    local: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str | None:
        """The name that the expression consists of, if it is one."""
        return self.tree.text if isinstance(self.tree, tree.Name) else None

    @property
    def types(self) -> Types:
        """The classes that its value may have; LanguageError where it can have none."""
        used = set(self.state.used)
        try:
            return self.checked().types
        finally:
            self.state.used.intersection_update(used)  # to look at a call is not to call

    def evaluate(self) -> Any:
        """Its value in the session."""
        evaluator = Evaluator(self.state, self.source)
        evaluator.frames = [self.local]
        with self.state.journal.transaction(self.text):
            return evaluator.evaluate(self.checked())

    def checked(self) -> typed.Node:
        """Its typed tree."""
        local: dict[str, Types] = {name: (type(value),) for name, value in self.local.items()}
        return Checker(self.state, self.source, local).check(self.tree)


def quoted(
    state: State, node: tree.Expr, source: Source, local: dict[str, Any] | None = None
) -> Quotation:
    """An expression left unevaluated; `local` has the parameters of the `def` that it stands in."""
    return Quotation(node, source.of(node.span), source, state, dict(local or {}))


def evaluated(state: State, node: tree.Expr, source: Source) -> Any:
    """The value of an expression: checked, then evaluated."""
    return Evaluator(state, source).evaluate(Checker(state, source).check(node))
