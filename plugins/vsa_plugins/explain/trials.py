"""An expression answered again and again in fresh spaces, as dimension or items grow."""

from __future__ import annotations

from collections import Counter

from vsa import Answer, Expression, Session, Space, Vector, VsaError
from vsa.lang.evaluate import Quotation
from vsa.lang.session import parsed
from vsa.plugin import Note, collecting, next_dim, note
from vsa_plugins.explain.why import quotation_of

MOST = 10_000_000  # items or dimensions of a trial


def swept(
    session: Session,
    what: str,
    low: int,
    high: int,
    expression: Expression,
    answer: Expression | None,
    trials: int,
) -> tuple[list[int], dict[int, list[Answer | None]], str | None]:
    """The points of a sweep, the answers at each, None where nothing could be read, and what is right.

    That is `answer`, or what most trials say at the upper end.
    """
    quotation = quotation_of(expression)
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
    if what == "dim":
        points = _fitting(session.space, points)
    wanted = None if answer is None else getattr(answer, "name", None)
    if answer is not None and wanted is None:
        raise VsaError("answer must be the name of an item")
    quotation.checked()
    runs = [(point, trial) for point in points for trial in range(trials)]
    found: dict[int, list[Answer | None]] = {point: [] for point in points}
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
        said = (None if a is None else a.name for a in found[points[-1]])
        wanted = Counter(said).most_common(1)[0][0]
    return points, found, wanted


def _fitting(space: Space, points: list[int]) -> list[int]:
    """The next dims that fit the space's algebra, each once; said where they are others."""
    found = sorted({next_dim(space, point) for point in points})
    if found != points:
        kind, name = space.chosen.kind, space.chosen.name
        dims = ", ".join(map(str, found))
        note(Note(f"{name} needs {kind.wants} for its dim: the sweep takes {dims}"))
    return found


def _trial(session: Session, quotation: Quotation, what: str, point: int, seed: int) -> Answer:
    """The answer in a fresh session with the same statements."""
    changes = {"dim": point} if what == "dim" else {}
    items = point if what == "items" else 0
    return answer_in(session, quotation, session.space.like(seed=seed, **changes), items)


def answer_in(session: Session, quotation: Quotation, space: Space, items: int = 0) -> Answer:
    """What the expression comes to where the session's statements are replayed in another space."""
    other = Session(space, plugins=session.plugins)
    with collecting():  # past capacity is what is looked for
        for source, statement in map(parsed, session.history):
            other.perform(statement, source)
        if items:
            names = [f"item/{i}" for i in range(items)]
            other.memory.add(names, space.random(items), kind="atom")
        with other.journal.transaction("a trial"):  # an expression may remember what it makes
            value = other.evaluate(quotation.tree, quotation.source)
    if isinstance(value, Vector) and not value.shape:
        value = other.memory.cleanup(value, kinds=other.memory.item_kinds)
    if not isinstance(value, Answer) or value.shape:
        raise VsaError(f"{quotation.text} is not a retrieval of one item")
    return value
