"""Graphs: a sum of directed edges target ⊛ π(source) ⊛ π²(label), in one vector or in parts.

The permutation π keeps the places of an edge apart where binding is commutative, so that a → b is
another term than b → a, under XOR too; where it is not, the order of the factors does. In parts
(dictionary/parted.py) the source says where an edge is, as in a list of neighbours, so that those of
one node lie in one part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any

import numpy as np

from vsa import Answer, Answers, Memory, Vector, VsaError, hookimpl
from vsa.plugin import ArgumentValueError, Note, Within, checked, note
from vsa_plugins.dictionary.parted import joined, marks
from vsa_plugins.graph.changing import added, empty, removed
from vsa_plugins.graph.edges import rows_of, spread
from vsa_plugins.graph.held import Graph, known_label, names_of
from vsa_plugins.graph.network import from_networkx, to_networkx, triples
from vsa_plugins.graph.reading import found, in_order, neighbours_of, padded, present
from vsa_plugins.graph.theory import recall

__all__ = [
    "Graph", "add_edge", "edges", "follow", "from_networkx", "graph", "has_edge", "neighbours", "path",
    "recall", "remove_edge", "to_networkx", "triples",
]  # fmt: skip
MOST = 10_000_000  # edges
SURE = 0.99  # what is less so is said to be


@checked
def graph(
    *nodes: Vector,
    label: Vector | None = None,
    room: Annotated[int, Within(0, MOST)] = 0,
    memory: Memory,
) -> Graph:
    """Directed edges: a source, its target, the next source, … all with one label, or none.

    Nodes may be batches, so that graphs of any size are encoded at once. Edges with other labels
    are added. room: parts are made for so many edges, which then need no dividing later.

    > g = graph(mark, john, john, fish); neighbours(g, mark)
    [john]
    """
    if len(nodes) % 2:
        raise ArgumentValueError(
            f"a graph is made of sources and targets in turn, and the last of {len(nodes)} has none"
        )
    made = empty(memory, room)
    if not nodes:
        return made
    each = [spread(memory.space, a, b) for a, b in zip(nodes[::2], nodes[1::2], strict=True)]
    return added(made, joined([a for a, _ in each]), joined([b for _, b in each]), label)


@checked
def add_edge(graph: Graph, source: Vector, target: Vector, label: Vector | None = None) -> Graph:
    """The graph with an edge source → target; one that it has already stays as it is.

    Sources, targets and labels may be batches.

    > neighbours(add_edge(graph(mark, john), mark, fish), mark)
    [fish, john]
    """
    return added(graph, source, target, label)


@checked
def remove_edge(graph: Graph, source: Vector, target: Vector, label: Vector | None = None) -> Graph:
    """The graph without an edge, of this label or of any; of a batch those that it has are removed.

    > neighbours(remove_edge(graph(mark, john, mark, fish), mark, john), mark)
    [fish]
    """
    before = graph.size
    graph = removed(graph, source, target, label)
    batches = [v.shape for v in (source, target, label) if v is not None and v.shape]
    if not batches and graph.size == before:
        raise VsaError("the graph has no such edge: edges(g) gives those that it has")
    return graph


# --- reading -----------------------------------------------------------------------------------------
@checked
def has_edge(graph: Graph, source: Vector, target: Vector, label: Vector | None = None) -> bool:
    """Whether there is an edge source → target, of this label or of any; an array for a batch.

    It is as likely as not beforehand: where very many pairs are asked about, few of which are edges,
    `edges` knows better. A note says so where the answer is not certain.

    > has_edge(graph(mark, john), john, mark)
    false
    """
    labels = graph.labels if label is None else (known_label(graph, label),)
    x, y = spread(graph.space, source, target)
    shape = np.broadcast_shapes(source.shape, target.shape)
    none, of = np.ones(len(x)), marks(x)
    for one in labels:
        none *= 1 - present(graph, (x, y, of), one)
    doubtful = np.maximum(none, 1 - none) < SURE
    if doubtful.any():
        said = f"P = {1 - none[0]:.2f}" if not shape else f"{int(doubtful.sum())} of them"
        note(Note(f"not certain: {said}"))
    graph.warn()
    there = (none < 0.5).reshape(shape)
    return there if shape else bool(there)  # type: ignore[return-value]  # a batch: array


@checked
def neighbours(graph: Graph, node: Vector, label: Vector | None = None) -> Answer:
    """The targets of the edges that leave a node, of this label or of any: all with a probability.

    A batch of nodes gives a row of answers each, nothing where there are no more.

    > neighbours(graph(mark, john, mark, fish, john, fish), mark)
    [fish, john]
    """
    some = _neighbours(graph, rows_of(graph.space, node).reshape(-1), label)
    graph.warn()
    if not node.shape:
        return some[0]
    most = max(map(len, some), default=0)
    rows = Answer.stack([padded(graph.memory, each, most) for each in some])
    return rows.rearranged(lambda array: array.reshape((*node.shape, *array.shape[1:])))


def _neighbours(graph: Graph, source: Vector, label: Vector | None) -> list[Answers]:
    one = None if label is None else known_label(graph, label)
    return neighbours_of(graph, source, one, label is None)


@checked
def edges(graph: Graph) -> Answer:
    """All edges: the targets, each under the name of its source, and of the label if it has one.

    > edges(graph(mark, john, john, fish))
    mark  john
    john  fish
    """
    rows, labels, answers = found(graph)
    graph.warn()
    names = names_of(graph)
    sources = graph.memory.reported(rows).tolist()
    said = tuple(
        " ".join(filter(None, (x, names[i]))) for x, i in zip(sources, labels, strict=True)
    )
    return Answer.of(answers.memory, answers.found, said or None, answers.moment)


@checked
def follow(graph: Graph, node: Vector, *labels: Vector) -> Answer:
    """Where edges of these labels lead, one after another; cleaned up after each step.

    > g = add_edge(graph(mark, john, label=agent), john, fish, object); follow(g, mark, agent, object)
    [fish]
    """
    if node.shape:
        raise ArgumentValueError("follow starts at one node, not at a batch of them")
    if not labels:
        raise ArgumentValueError("follow wants at least one label: follow(g, mark, likes)")
    memory, chance = graph.memory, np.ones(1)
    here = rows_of(graph.space, node).reshape(-1)
    for label in labels:
        likely: dict[int, tuple[float, float]] = {}  # row → P, cosine
        for before, step in zip(chance.tolist(), _neighbours(graph, here, label), strict=True):
            for row, p, cosine in _each(step):
                likely[row] = max(likely.get(row, (0.0, 0.0)), (before * p, cosine))
        rows = np.array(sorted(likely, key=lambda row: likely[row], reverse=True), dtype=np.int64)
        chance, cosines = np.array([likely[row] for row in rows.tolist()]).reshape(-1, 2).T
        here = memory.vectors(rows)
    graph.warn()
    return in_order(memory, rows, cosines, chance)


@checked
def path(graph: Graph, source: Vector, target: Vector, label: Vector | None = None) -> Answer:
    """The nodes on a shortest way from one to the other, found step by step, cleaned up after each.

    Of ways of the same length it is the most probable. label: of all steps.

    > path(graph(mark, john, john, fish, mark, eat), mark, fish)
    [mark, john, fish]
    """
    memory = graph.memory
    start, end = (_row(memory, v, n) for v, n in ((source, "source"), (target, "target")))
    came: dict[int, tuple[float, float, int]] = {start: (1.0, 1.0, -1)}  # P, cosine, from where
    layer = [start]
    while layer and end not in came:
        steps = _neighbours(graph, rows_of(graph.space, memory.vectors(np.array(layer))), label)
        new: dict[int, tuple[float, float, int]] = {}
        for row, step in zip(layer, steps, strict=True):
            for to, p, cosine in _each(step):
                if to not in came:
                    new[to] = max(new.get(to, (0.0, 0.0, -1)), (came[row][0] * p, cosine, row))
        came |= new
        layer = list(new)
    graph.warn()
    if end not in came:
        raise VsaError(f"no way leads from {memory.label(start)} to {memory.label(end)}")
    way = [end]
    while came[way[-1]][2] >= 0:
        way.append(came[way[-1]][2])
    way.reverse()
    chance, cosines, _ = np.array([came[row] for row in way]).T
    return in_order(memory, np.array(way), cosines, chance)


def _each(some: Answers) -> Iterable[tuple[int, float, float]]:
    """(row, probability, cosine) of answers (n,)."""
    columns = (some.rows[:, 0], some.probability, some.similarity)
    return zip(*(column.tolist() for column in columns), strict=True)


def _row(memory: Memory, vector: Vector, name: str) -> int:
    """The row of memory that a node is."""
    if vector.shape:
        raise ArgumentValueError(f"the {name} of a path is one node, not a batch of them")
    names = memory.names_of(vector)
    if not names:
        raise VsaError(f"the {name} of a path must be an item of memory: remember(x) it first")
    return memory.row(names[0])


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """Graphs: made, changed, read, walked."""
    return [graph, add_edge, remove_edge, has_edge, neighbours, edges, follow, path]


@hookimpl
def vsa_types() -> Iterable[type]:
    """Graphs as values."""
    return [Graph]
