"""Why a retrieval answers as it does: its query is evaluated once more, by what it is made of."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from vsa import Answer, Expression, Session, Table, Vector, VsaError
from vsa.hooks.functions import Function, Parameter
from vsa.lang.evaluate import Evaluator, Quotation
from vsa.lang.session import parsed
from vsa.lang.syntax import tree
from vsa.lang.syntax.errors import Span
from vsa.lang.typed import Node, Reference
from vsa.plugin import checked
from vsa_plugins.explain.traced import SAME, Part, Trace, Traced, explain

TERMS = "why.terms"  # the setting: how many are listed by name; the rest are summed


class TracingEvaluator(Evaluator):
    """Evaluates with traced vectors: a name expands into what its statement made it of."""

    def __init__(self, session: Session, source: Any) -> None:
        super().__init__(session, source)
        self.trace = Trace()
        self.expanded: dict[str, Traced] = {}
        self.made: list[Traced] = []  # what the session remembers without a name, frames in frames
        done = map(parsed, session.history)
        self.recipes = {
            s.name.text: (source, s) for source, s in done if isinstance(s, tree.Assign)
        }

    @contextmanager
    def naming(self) -> Iterator[None]:
        """While structures are read from texts, which name vectors too."""
        self.state.on_named = lambda name, found: self.reference(
            Reference(Span(0, 0), (type(found),), name, found)
        )
        try:
            yield
        finally:
            self.state.on_named = None

    def reference(self, node: Reference) -> Any:
        if not isinstance(node.value, Vector) or node.value.shape:
            return node.value
        if node.name not in self.expanded:
            leaf = self.trace.leaf(node.value, node.name)
            self.expanded[node.name] = leaf  # a name inside its own recipe is a leaf
            whole = self._expand(node)
            self.expanded[node.name] = leaf if whole is None else whole
        return self.expanded[node.name]

    def call(self, function: Function, *given: Any) -> Any:
        value = super().call(function, *given)
        if function.kind is not None and isinstance(value, Traced):
            self.made.append(value)
        return value

    def argument(self, parameter: Parameter, node: Node) -> Any:
        value = super().argument(parameter, node)
        if (
            isinstance(value, Vector)
            and value.plain
            and value.label is not None
            and not value.shape
        ):
            return self.reference(Reference(node.span, (Vector,), value.label, value))  # an answer
        return value

    def _expand(self, node: Reference) -> Traced | None:
        """What the statement that assigned the name computes, if it still gives the same vector.

        Of what has no name of its own, `frame/1`, what a call on the way computed.
        """
        if node.name not in self.recipes:
            same = (made for made in self.made if made.similarity(node.value) > 1 - SAME)
            return next(same, None)
        source, statement = self.recipes[node.name]
        kept, self.source = self.source, source
        try:
            checked = Quotation(statement.value, "", source, self.state).checked()
            value = self.evaluate(checked)
        except VsaError:
            return None
        finally:
            self.source = kept
        if isinstance(value, Answer) and not value.shape and not value.is_nothing:
            value = value.vector
        if isinstance(value, Traced) and value.similarity(node.value) > 1 - SAME:
            return value
        return None


@checked
def why(query: Expression, item: Expression | None = None, *, session: Session) -> Table:
    """Why a retrieval answers as it does: signal, shared-term leak and crosstalk, by name.

    Each row is a term of the query and its share of the similarity with the winner, or with
    another item if one is named. "shared" are terms that two composites have in common: they
    cancel each other and let the rest of the query through.

    > f = frame(eat, agt=mark, obj=fish); why(f.agt)
    mark: …
    part  share  from
    signal  …
    …
    """
    quotation = quotation_of(query)
    with session.journal.transaction("why"), session.journal.rehearsal():
        evaluator = TracingEvaluator(session, quotation.source)
        evaluator.frames = [quotation.local]
        with evaluator.naming():
            value = evaluator.evaluate(quotation.checked())
        if hasattr(value, "vsa_vector") and not isinstance(value, Answer):
            value = evaluator.trace.leaf(value.vsa_vector())
        if isinstance(value, Vector) and not value.shape:
            value = session.memory.cleanup(value, kinds=session.memory.item_kinds)
        if not isinstance(value, Answer) or value.shape:
            raise VsaError(f"{query.text} is not a retrieval of one item")
        traced = value.query
        if not isinstance(traced, Traced):
            laws = session.space.algebra.laws
            compared = not {"unbinding", "left-unbinding"} <= laws
            by = ": here items are compared with it one by one, nothing is unbound" * compared
            raise VsaError(f"nothing is known of what {query.text} is made of{by}")
        name, vector = _item(value, item)
        whole = evaluator.reference(Reference(quotation.tree.span, (Vector,), name, vector))
        parts = explain(traced, whole, name)
        total = traced.similarity(vector)
    return _table(name, total, parts, value, session.setting(TERMS))


def _item(answer: Answer, item: Expression | None) -> tuple[str, Vector]:
    if item is None:
        best = answer.matches()
        if not best:
            raise VsaError("there is nothing in memory to be retrieved")
        return best[0][0], answer.memory[best[0][0]]
    vector = item.evaluate()
    vector = vector.vector if isinstance(vector, Answer) else vector
    if not isinstance(vector, Vector) or vector.shape:
        raise VsaError(f"{item.text} is not an item")
    return vector.label or item.text, vector


def _table(name: str, total: float, parts: list[Part], answer: Answer, terms: int) -> Table:
    rows: list[tuple[str, float, str]] = []
    for kind, meaning in (("signal", ""), ("shared", ", shared"), ("crosstalk", "")):
        mine = [p for p in parts if p.kind == kind]
        if not mine:
            continue
        rows.append(
            (kind, math.fsum(p.share for p in mine), f"{len(mine)} term{'s' * (len(mine) > 1)}")
        )
        listed = mine[: terms if kind != "crosstalk" else min(terms, 3)]
        rows += [("", p.share, p.text + meaning) for p in listed]
        if len(mine) > len(listed):
            rest = mine[len(listed) :]
            rows.append(("", math.fsum(p.share for p in rest), f"{len(rest)} more"))
    rows.append(("total", total, f"similarity with {name}"))
    title = f"{name}: {answer.line()}"
    return Table(["part", "share", "from"], rows, title, bars={"share": ""})


def quotation_of(expression: Expression) -> Quotation:
    if not isinstance(expression, Quotation):
        raise VsaError("this works on expressions of the language only")
    return expression
