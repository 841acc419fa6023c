"""How often an expression is answered right: as dimension or items grow, and in other algebras."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from vsa import Answer, Expression, Memory, Session, Space, Table, Vector, VsaError
from vsa.lang.evaluate import Quotation
from vsa.lang.session import parsed
from vsa.plugin import (
    ArgumentValueError,
    Note,
    Within,
    checked,
    collecting,
    in_algebra,
    next_dim,
    note,
)
from vsa.plugin import needed_dim as predicted_dim
from vsa_plugins.explain.why import quotation_of

MOST = 10_000_000  # items or dimensions of a trial


@checked
def sweep(
    what: str,
    low: Annotated[int, Within(2, MOST)],
    high: Annotated[int, Within(2, MOST)],
    expression: Expression,
    *,
    answer: Expression | None = None,
    trials: Annotated[int, Within(1, 10_000)] = 20,
    session: Session,
) -> Table:
    """How often an expression is answered right as "dim", or the number of "items", grows.

    The session's statements are replayed in fresh spaces, one seed a trial; what counts as right
    is `answer`, or what most trials say at the upper end. "items" adds that many random items.
    Dims that do not fit the algebra give way to the next that do.

    > sweep("dim", 64, 128, top(push(push(nil, mark), fish)), trials=2)
    dim  right  answer fish, 2 trials each
    …
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
    said = f"answer {wanted}, {trials} trials each"
    return Table([what, "right"], zip(points, right, strict=True), bars={"right": said})


def _fitting(space: Space, points: list[int]) -> list[int]:
    """The next dims that fit the space's algebra, each once; said where they are others."""
    found = sorted({next_dim(space, point) for point in points})
    if found != points:
        kind, name = space.chosen.kind, space.chosen.name
        dims = ", ".join(map(str, found))
        note(Note(f"{name} needs {kind.wants} for its dim: the sweep takes {dims}"))
    return found


def _trial(session: Session, quotation: Quotation, what: str, point: int, seed: int) -> str | None:
    """The answer in a fresh session with the same statements."""
    changes = {"dim": point} if what == "dim" else {}
    items = point if what == "items" else 0
    name = _answer(session, quotation, session.space.like(seed=seed, **changes), items).name
    return None if name is None else str(name)


def _answer(session: Session, quotation: Quotation, space: Space, items: int = 0) -> Answer:
    """What the expression comes to where the session's statements are replayed in another space."""
    other = Session(space, plugins=session.plugins)
    with collecting():  # past capacity is what is looked for
        for source, statement in map(parsed, session.history):
            other.perform(statement, source)
        if items:
            names = [f"item/{i}" for i in range(items)]
            other.memory.add(names, space.random(items), kind="atom")
        value = other.evaluate(quotation.tree, quotation.source)
    if isinstance(value, Vector) and not value.shape:
        value = other.memory.cleanup(value, kinds=other.memory.item_kinds)
    if not isinstance(value, Answer) or value.shape:
        raise VsaError(f"{quotation.text} is not a retrieval of one item")
    return value


@checked
def algebras(
    names: str,
    expression: Expression,
    *,
    answer: Expression | None = None,
    items: Annotated[int, Within(0, MOST)] = 0,
    trials: Annotated[int, Within(1, 10_000)] = 20,
    session: Session,
) -> Table:
    """What an expression answers in several algebras, and how often it is right there.

    The session's statements are replayed in each of them, at the session's dim or the next that
    fits, in a fresh space a trial, with that many random items besides. Similarity and P are those
    of the first. Right is `answer`, or what most trials of all algebras say.

    > algebras("hrr bsc", top(push(push(nil, mark), fish)), trials=2)
    algebra  dim  …
    …
    """
    if not names.split():
        raise ArgumentValueError('name the algebras: algebras("hrr bsc", …)')
    quotation = quotation_of(expression)
    quotation.checked()
    wanted = None if answer is None else getattr(answer, "name", None)
    if answer is not None and wanted is None:
        raise VsaError("answer must be the name of an item")
    spaces = [[in_algebra(session.space, n, seed) for seed in range(trials)] for n in names.split()]
    found: list[list[Answer]] = []
    refused: list[str] = []
    for tried in session.track(spaces, "algebras"):
        try:
            found.append([_answer(session, quotation, space, items) for space in tried])
            refused.append("")
        except VsaError as error:  # by law, so in every trial
            found.append([])
            refused.append(f"refused: {error}")
    if all(refused):
        raise VsaError(refused[0].removeprefix("refused: "))
    if wanted is None:
        said = Counter(str(a.name) for answers in found for a in answers if a.name is not None)
        wanted = said.most_common(1)[0][0] if said else None
    rows: list[tuple[object, ...]] = []
    for tried, answers, why in zip(spaces, found, refused, strict=True):
        space = tried[0]
        if not answers:
            rows.append((space.algebra.name, space.dim, why, "", "", ""))
            continue
        first = answers[0]
        right = sum(a.name == wanted for a in answers) / trials
        name = "nothing" if first.is_nothing else str(first.name)
        numbers = float(first.similarity), float(first.probability)
        rows.append((space.algebra.name, space.dim, name, *numbers, right))
    right_in = f"{wanted} in {trials} trials"
    columns = ["algebra", "dim", "answer", "similarity", "P", right_in]
    return Table(columns, rows, bars={right_in: ""})


@checked
def accuracy(k: int, items: int = 0, *, memory: Memory) -> float:
    """How often one of k superposed terms is found among so many items, before storing any.

    The theory is that of Frady, Kleyko and Sommer (2018), with the share that a term has of a sum as
    the algebra finishes it; items is the memory's size if not given.

    > accuracy(8, 1000)
    1
    """
    return memory.space.noise.accuracy(k, items or max(len(memory), 1))


@checked
def needed_dim(k: int, items: int = 0, target: float = 0.99, *, memory: Memory) -> int:
    """The dimension at which one of k superposed terms is found with probability `target`.

    > needed_dim(8, 1000)
    251
    """
    return predicted_dim(memory.space, [k], items or max(len(memory), 1), target)
