"""What is read out of graphs: how likely each edge is, by the known load of its part.

What a source and a label leave of a part is a bundle of their targets, and noise; so many are right at
once, and each item has its own probability to be one of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from vsa import Answer, Answers, Memory, Vector
from vsa.plugin import (
    PRIOR_NOTHING,
    Load,
    Noise,
    Note,
    faint,
    host,
    log_likelihood,
    membership,
    note,
)
from vsa_plugins.dictionary.parted import Marks, Whole, joined, marks
from vsa_plugins.graph.edges import Flat, Label, bound, left, rows_of
from vsa_plugins.graph.held import Graph, names_of

BLOCK = 1 << 22  # cosines that are looked at a time
NONE = np.zeros(0, np.int64)
Floats = NDArray[np.float64]


def neighbours_of(graph: Graph, source: Vector, label: Label, every: bool) -> list[Answers]:
    """The neighbours of each of some sources (n,), by one label, or by every one there is."""
    memory = graph.memory
    names = names_of(graph)
    chosen = range(len(graph.labels))
    if not every:
        chosen = [i for i in chosen if graph.labels[i] is label]  # type: ignore[assignment]
    found: list[list[Answers]] = [[] for _ in range(len(source))]
    for number in chosen:
        for which, place, rest, items in _blocks(graph, source, graph.labels[number]):
            cosines = _cosines(memory, rest, items)
            p, noises = np.zeros(cosines.shape), [memory.space.noise] * len(which)
            for mine, noise, load in _models(graph, rest, place):
                p[mine] = membership(cosines[mine], noise, PRIOR_NOTHING, load)
                for i in mine.tolist():
                    noises[i] = noise
            for i, c, q, noise in zip(which.tolist(), cosines, p, noises, strict=True):
                found[i].append(memory.answers(items, c, q, noise))
    return [_together(memory, each, [names[i] for i in chosen]) for each in found]


def present(graph: Graph, edges: Flat, label: Label) -> Floats:
    """P(an edge is there) of some (n,), as likely as not beforehand."""
    source, target, of = edges
    p = np.zeros(len(source))
    if not graph.size:
        return p
    place = graph.place(of)
    rest = left(graph.sums[place], source, label)
    cosines = np.asarray(host(rest, rest.similarities(target)))
    for mine, noise, load in _models(graph, rest, place):
        p[mine] = _logistic(log_likelihood(cosines[mine], noise, load))
    return p


def found(graph: Graph) -> tuple[Whole, Whole, Answers]:
    """All edges: the rows of their sources (n,), which labels they have, and the targets.

    How many there are is known, and so how likely one is beforehand; and no part has more of them than
    it holds: the surest are edges.
    """
    memory, rows = graph.memory, graph.item_rows()
    sources = rows_of(graph.space, memory.vectors(rows))
    of = graph.place_of(sources)
    count = np.bincount(of, minlength=graph.parts)
    columns: list[tuple[Any, ...]] = [(NONE, NONE, NONE, np.zeros(0), np.zeros(0))]
    for number, label in enumerate(graph.labels):
        for which, place, rest, items in _blocks(graph, sources, label):
            cosines = _cosines(memory, rest, items)
            for mine, noise, load in _models(graph, rest, place):
                pairs = count[place[mine]] * len(graph.labels) * len(items)
                prior = np.minimum(graph.terms[place[mine]] / pairs, 0.5)
                odds = log_likelihood(cosines[mine], noise, load)
                odds = odds + np.log(prior / (1 - prior))[:, None]
                x, y = np.nonzero(odds > 0)
                columns.append(
                    (which[mine][x], np.full(len(x), number), y, cosines[mine][x, y],
                     _logistic(odds[x, y]))
                )  # fmt: skip
    x, labels, y, cosine, p = map(np.concatenate, zip(*columns, strict=True))
    part = of[x]
    order = np.lexsort((-p, part))
    rank = np.arange(len(order)) - np.searchsorted(part[order], part[order])
    kept = order[rank < graph.terms[part[order]]]
    kept = kept[np.lexsort((-p[kept], labels[kept], x[kept]))]
    if len(kept) < graph.size:
        lacking = graph.size - len(kept)
        note(Note(f"{lacking} of {graph.size} edges are not read"), stacklevel=4)
    return rows[x[kept]], labels[kept], in_order(memory, rows[y[kept]], cosine[kept], p[kept])


def readable(graph: Graph) -> tuple[Vector, Marks]:
    """The edges that can be read, and the marks of their sources."""
    x, labels, answers = found(graph)
    source, target = (
        rows_of(graph.space, graph.memory.vectors(rows)) for rows in (x, answers.rows[:, 0])
    )
    of, terms, order = marks(source), [], []
    for number, label in enumerate(graph.labels):
        mine = np.flatnonzero(labels == number)
        terms.append(bound(source[mine], target[mine], label))
        order.append(mine)
    return joined(terms), of[np.concatenate(order)]


def in_order(memory: Memory, rows: Whole, cosines: Floats, p: Floats) -> Answers:
    """Answers (n,) in the order that they have here."""
    noise = memory.space.noise
    single = [
        memory.answers(rows[[i]], cosines[[i]], p[[i]], noise, least=-1) for i in range(len(rows))
    ]
    if not single:
        return memory.answers(NONE, np.zeros(0), np.zeros(0), noise)
    return cast(Answers, Answer.concatenate(cast(list[Answer], single)))


def padded(memory: Memory, some: Answers, most: int) -> Answers:
    """With nothing in the places up to `most`."""
    rest = most - len(some)
    if not rest:
        return some
    nothing = in_order(memory, np.full(rest, -1), np.zeros(rest), np.zeros(rest))
    return cast(Answers, Answer.concatenate([some, nothing]))


# --- sources, block by block -------------------------------------------------------------------------
def _blocks(
    graph: Graph, source: Vector, label: Label
) -> Iterator[tuple[Whole, Whole, Vector, Whole]]:
    """Of sources (n,): which, in which parts, what they leave of those, and the rows of all items."""
    items = graph.item_rows()
    step = max(BLOCK // max(len(items), 1), 1)
    for start in range(0, len(source) if len(items) else 0, step):
        some = source[start : start + step]
        place = graph.place_of(some)
        rest = left(graph.sums[place], some, label)
        yield np.arange(start, start + len(some)), place, rest, items


def _cosines(memory: Memory, rest: Vector, items: Whole) -> Floats:
    return np.asarray(memory.space.backend.numpy(memory.similarities(rest, items)))


def _models(graph: Graph, rest: Vector, place: Whole) -> Iterator[tuple[Whole, Noise, Any]]:
    """Which of the queries (n,) have one noise and one known load, with both.

    Not those that are nothing, of an empty part, or because too little is left.
    """
    metric, held = graph.space.metric, graph.terms[place]
    contracts = graph.space.algebra.contracts  # then little is left of other edges
    noises, which = metric.noises(metric.queries(rest.data)[0])
    some = held > 0
    if contracts:
        some &= faint(rest, graph.sums[place]) < 1
    for i, k in np.unique(np.stack([which, held], axis=1)[some], axis=0).tolist():
        load = None if contracts else Load.terms(k).of_one(noises[i])
        yield np.flatnonzero(some & (which == i) & (held == k)), noises[i], load


def _logistic(log_odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -700, 700))))


def _together(memory: Memory, some: list[Answers], labels: list[str | None]) -> Answers:
    """The neighbours by several labels as one, under their names."""
    if not some:
        return in_order(memory, NONE, np.zeros(0), np.zeros(0))
    every = cast(Answers, Answer.concatenate(cast(list[Answer], some)))
    if not any(labels):
        return every
    said = tuple(
        name or "" for name, few in zip(labels, some, strict=True) for _ in range(len(few))
    )
    return cast(Answers, Answer.of(memory, every.found, said, every.moment))
