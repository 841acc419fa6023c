"""Why did it answer that, how much can it hold, and how would it do at another dimension?"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from vsa.algebra.vector import Vector
from vsa.annotations import Expression
from vsa.errors import VsaError
from vsa.hooks.checked import checked
from vsa.hooks.functions import Parameter
from vsa.hooks.hookspecs import hookimpl
from vsa.lang.evaluate import Evaluator, Quotation
from vsa.lang.session import Session, parsed
from vsa.lang.show import bars
from vsa.lang.syntax import tree
from vsa.lang.typed import Node, Reference
from vsa.lang.values import Table
from vsa.memory.answer import Answer
from vsa.memory.memory import Memory
from vsa.notes import collecting
from vsa.theory import capacity
from vsa_plugins.explain.traced import Part, Trace, Traced, explain

TERMS = "why.terms"  # the setting: how many are listed by name; the rest are summed


class TracingEvaluator(Evaluator):
    """Evaluates with traced vectors: a name expands into what its statement made it of."""

    def __init__(self, session: Session, source: Any) -> None:
        super().__init__(session, source)
        self.trace = Trace()
        self.expanded: dict[str, Traced] = {}
        done = map(parsed, session.history)
        self.recipes = {
            s.name.text: (source, s) for source, s in done if isinstance(s, tree.Assign)
        }

    def reference(self, node: Reference) -> Any:
        if not isinstance(node.value, Vector) or node.value.shape:
            return node.value
        if node.name not in self.expanded:
            leaf = self.trace.leaf(node.value, node.name)
            self.expanded[node.name] = leaf  # a name inside its own recipe is a leaf
            whole = self._expand(node)
            self.expanded[node.name] = leaf if whole is None else whole
        return self.expanded[node.name]

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
        """What the statement that assigned the name computes, if it still gives the same vector."""
        if node.name not in self.recipes:
            return None
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
        same = isinstance(value, Vector) and value.similarity(node.value) > 1 - 1e-4
        return value if same and isinstance(value, Traced) else None


@checked
def why(query: Expression, item: Expression | None = None, *, session: Session) -> Table:
    """Why a retrieval answers as it does: signal, shared-term leak and crosstalk, by name.

    Each row is a term of the query and its share of the similarity with the winner, or with
    another item if one is named. "shared" are terms that two composites have in common: they
    cancel each other and let the rest of the query through.

    > f = frame(eat, agt=mark, obj=fish); why(f.agt)
    mark:
    part  share  from
    signal
    """
    quotation = _quotation(query)
    with session.journal.transaction("why"), session.journal.rehearsal():
        evaluator = TracingEvaluator(session, quotation.source)
        evaluator.frames = [quotation.local]
        value = evaluator.evaluate(quotation.checked())
        if hasattr(value, "vsa_vector") and not isinstance(value, Answer):
            value = evaluator.trace.leaf(value.vsa_vector())
        if isinstance(value, Vector) and not value.shape:
            value = session.memory.cleanup(value, kinds=session.memory.item_kinds)
        if not isinstance(value, Answer) or value.shape:
            raise VsaError(f"{query.text} is not a retrieval of one item")
        traced = value.query
        if not isinstance(traced, Traced):
            raise VsaError(f"nothing is known of what {query.text} is made of")
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
    return Table(["part", "share", "from"], rows, title=f"{name}: {answer.line()}")


def _quotation(expression: Expression) -> Quotation:
    if not isinstance(expression, Quotation):
        raise VsaError("this works on expressions of the language only")
    return expression


@checked
def sweep(
    what: str,
    low: int,
    high: int,
    expression: Expression,
    *,
    answer: Expression | None = None,
    trials: int = 20,
    session: Session,
) -> Table:
    """How often an expression is answered right as "dim", or the number of "items", grows.

    The session's statements are replayed in fresh spaces, one seed a trial; what counts as right
    is `answer`, or what most trials say at the upper end. "items" adds that many random items.

    > sweep("dim", 64, 128, top(push(push(nil, mark), fish)), trials=2)
    dim
    """
    quotation = _quotation(expression)
    if what not in ("dim", "items"):
        raise VsaError(f'sweep varies "dim" or "items", not {what!r}')
    if not 2 <= low <= high:
        raise VsaError(
            f"sweep goes from a lower to an upper {what} of at least 2, not {low} to {high}"
        )
    if trials < 1:
        raise VsaError("sweep needs at least one trial")
    points = [low]
    while points[-1] < high:
        points.append(min(points[-1] * 2, high))
    wanted = None if answer is None else getattr(answer, "name", None)
    if answer is not None and wanted is None:
        raise VsaError("answer must be the name of an item")
    quotation.checked()
    runs = [(point, trial) for point in points for trial in range(trials)]
    found: dict[int, list[str | None]] = {point: [] for point in points}
    failures: list[VsaError] = []
    for point, trial in session.track(runs, "sweep"):
        try:
            found[point].append(_trial(session, quotation, what, point, trial))
        except VsaError as error:  # nothing to be read at this dimension is a wrong answer too
            found[point].append(None)
            failures.append(error)
    if len(failures) == len(runs):
        raise failures[0]
    if wanted is None:
        wanted = Counter(found[points[-1]]).most_common(1)[0][0]
    right = [sum(name == wanted for name in found[point]) / trials for point in points]
    drawn = [
        line.split("  ")[-1]
        for line in bars([("x", share) for share in right], top=1.0).splitlines()
    ]
    drawn = [bar if share else "" for bar, share in zip(drawn, right, strict=True)]
    rows = list(zip(points, right, drawn, strict=True))
    return Table([what, "right", f"answer {wanted}, {trials} trials each"], rows)


def _trial(session: Session, quotation: Quotation, what: str, point: int, seed: int) -> str | None:
    """The answer in a fresh session with the same statements."""
    changes = {"dim": point} if what == "dim" else {}
    other = Session(session.space.like(seed=seed, **changes), plugins=session.plugins)
    for source, statement in map(parsed, session.history):
        other.perform(statement, source)
    if what == "items":
        other.memory.add(
            [f"item/{i}" for i in range(point)], other.space.random(point), kind="atom"
        )
    with collecting():  # past capacity is what it looks for
        value = other.evaluate(quotation.tree, quotation.source)
    if isinstance(value, Vector) and not value.shape:
        value = other.memory.cleanup(value, kinds=other.memory.item_kinds)
    if not isinstance(value, Answer) or value.shape:
        raise VsaError(f"{quotation.text} is not a retrieval of one item")
    return None if value.name is None else str(value.name)


@checked
def accuracy(k: int, items: int = 0, *, memory: Memory) -> float:
    """How often one of k superposed terms is found among so many items, before storing any.

    The theory is that of Frady, Kleyko and Sommer (2018); items is the memory's size if not given.

    > accuracy(8, 1000)
    1
    """
    return capacity.accuracy(memory.space.dim, k, items or max(len(memory), 1))


@checked
def needed_dim(k: int, items: int = 0, target: float = 0.99, *, memory: Memory) -> int:
    """The dimension at which one of k superposed terms is found with probability `target`.

    > needed_dim(8, 1000)
    251
    """
    return capacity.needed_dim(k, items or max(len(memory), 1), target=target)


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """why, sweep, accuracy, needed_dim."""
    return [why, sweep, accuracy, needed_dim]


@hookimpl
def vsa_settings() -> Mapping[str, Any]:
    """How many terms `why` lists."""
    return {TERMS: 8}
