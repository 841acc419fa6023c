"""Graphs: a sum of directed edges target ⊛ π(source) ⊛ π²(label), in one vector or in parts.

The permutation π keeps the places of an edge apart where binding is commutative, so that a → b is
another term than b → a, under XOR too; where it is not, the order of the factors does. In parts
(dictionary/parted.py) the source says where an edge is, as in a list of neighbours, so that those of one node
lie in one part. Neighbours are read all at once: what a source and a label leave is a bundle of its
targets, and each item of memory has its own probability to be one, by the known load of the part.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from vsa import Answer, Answers, Kind, Memory, Vector, VsaError, hookimpl
from vsa.plugin import (
    EMPTY,
    PRIOR_NOTHING,
    ArgumentValueError,
    Binomial,
    Load,
    Noise,
    Note,
    Overlap,
    Within,
    checked,
    faint,
    host,
    is_empty,
    log_likelihood,
    membership,
    note,
    shown,
)
from vsa_plugins.networks import checked_network, told_apart
from vsa_plugins.dictionary.parted import Marks, Parted, Whole, joined, marks

BLOCK = 1 << 22  # cosines that are looked at a time
MOST = 10_000_000  # edges
FINE = 4  # steps of a step of a table
FAR = 7.0  # standard deviations
SURE = 0.99  # what is less so is said to be
LABEL = Kind("graph/label", internal=True)

Floats = NDArray[np.float64]
Label = Vector | None
Flat = tuple[Vector, Vector, Marks]  # sources and targets (n,), and the marks of the sources


@dataclass(frozen=True, eq=False)
class Graph(Parted):
    """Directed edges, each with a label or none; a change makes another.

    labels: those that edges have, None for edges without one.
    """

    labels: tuple[Label, ...] = ()
    pairs: ClassVar[bool] = True

    def vsa_text(self) -> str:
        return self.text(_edges(self.size))

    __str__ = vsa_text

    def right(self, k: float, items: int) -> float:
        """How many of the edges are read right beside k − 1 others, invented ones counting as wrong."""
        noise = self.space.noise
        if isinstance(noise, Overlap):  # whole or not: single reads and many fail together
            return super().right(k, items)
        odds = max(items**2 / (self.parts * k) - 1, 1.0)
        found, invented = recall(noise, min(k, 4 * self.space.algebra.freedom), odds)
        return found / (1 + invented)

    # --- networkx ------------------------------------------------------------------------------
    @classmethod
    def from_networkx(cls, network: Any, memory: Memory, label: str = "label") -> Graph:
        """The edges of a networkx graph; its nodes become atoms of memory where they are none.

        label: the attribute of edges that has their label; those without it have none. Edges of an
        undirected graph go both ways.
        """
        checked_network(network, "a graph", "Graph", "graph")
        nodes = list(told_apart(network, str))
        _declared(nodes, memory)
        number = {node: i for i, node in enumerate(network)}
        said: dict[str | None, list[tuple[int, int]]] = {}
        for x, y, data in network.edges(data=True):
            name = None if data.get(label) is None else str(data[label])
            ways = said.setdefault(name, [])
            ways.append((number[x], number[y]))
            if not network.is_directed():
                ways.append((number[y], number[x]))
        made = cls.empty(memory)
        made = cls.empty(memory, made.wanted(sum(map(len, said.values()))))
        vectors = memory.space.stack([memory[name] for name in nodes]) if nodes else None
        for name, ways in said.items():
            x, y = np.array(ways).T
            assert vectors is not None  # there are nodes where there are edges
            made = add_edge(made, vectors[x], vectors[y], _label_of(name, memory))
        return made

    def to_networkx(self) -> Any:
        """What `edges` reads, as a networkx MultiDiGraph with `label` and `probability` of edges."""
        import networkx

        made = networkx.MultiDiGraph()
        for source, label, target, probability in triples(self):
            named = {} if label is None else {"label": label}
            made.add_edge(source, target, probability=probability, **named)
        return made


def _edges(size: int) -> str:
    return f"a graph of {size:,} edge{'s' * (size != 1)}"


def _declared(names: list[str], memory: Memory) -> None:
    new = [name for name in names if name not in memory]
    if new:
        memory.add(new, memory.space.batch(new))


def _label_of(name: str | None, memory: Memory) -> Label:
    if name is None:
        return None
    if name not in memory:
        memory.add(name, memory.space.atom(name), kind=LABEL)
    return memory[name]


# --- making and changing -----------------------------------------------------------------------------
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
    _carried(memory)
    made = Graph.empty(memory)
    made = Graph.empty(memory, made.wanted(room))
    if not nodes:
        return made
    each = [_spread(made, a, b) for a, b in zip(nodes[::2], nodes[1::2], strict=True)]
    return add_edge(made, joined([a for a, _ in each]), joined([b for _, b in each]), label)


@checked
def add_edge(graph: Graph, source: Vector, target: Vector, label: Vector | None = None) -> Graph:
    """The graph with an edge source → target; one that it has already stays as it is.

    Sources, targets and labels may be batches.

    > neighbours(add_edge(graph(mark, john), mark, fish), mark)
    [john, fish]
    """
    for one, source, target in _by_label(graph, source, target, label):
        graph = _added(graph, _once(graph, source, target), one)
    return graph


def _added(graph: Graph, edges: Flat, label: Label) -> Graph:
    source, target, of = edges
    known = _same(graph, label)
    if graph.size and known is not None:
        new = np.flatnonzero(_present(graph, edges, graph.labels[known]) <= 0.5)
        source, target, of = source[new], target[new], of[new]
    size = graph.size + len(of)
    grown = graph.grown(size, _edges(size), _readable)
    labels = graph.labels if known is not None else (*graph.labels, label)
    changed = grown.changed(_bound(source, target, label), grown.place(of))
    return replace(changed, labels=labels)


@checked
def remove_edge(graph: Graph, source: Vector, target: Vector, label: Vector | None = None) -> Graph:
    """The graph without an edge, of this label or of any; of a batch those that it has are removed.

    > neighbours(remove_edge(graph(mark, john, mark, fish), mark, john), mark)
    [fish]
    """
    removed = 0
    every = [label] if label is not None else graph.labels
    for each in every:
        for one, a, b in _by_label(graph, source, target, each):
            edges = _once(graph, a, b)
            there = np.flatnonzero(_present(graph, edges, one) > 0.5)
            a, b, of = (x[there] for x in edges)
            graph = graph.changed(_bound(a, b, one), graph.place(of), -1)
            removed += len(there)
    single = not (source.shape or target.shape or (label is not None and label.shape))
    if single and not removed:
        raise VsaError("the graph has no such edge: edges(g) gives those that it has")
    return graph


# --- reading -----------------------------------------------------------------------------------------
@checked
def has_edge(graph: Graph, source: Vector, target: Vector, label: Vector | None = None) -> bool:
    """Whether there is an edge source → target, of this label or of any; an array for a batch.

    A note says so where that is not certain.

    > has_edge(graph(mark, john), john, mark)
    false
    """
    labels = graph.labels if label is None else (_known(graph, label),)
    shape = np.broadcast_shapes(source.shape, target.shape)
    a, b = _spread(graph, source, target)
    none = np.ones(len(a))
    for one in labels:
        none *= 1 - _present(graph, (a, b, marks(a)), one)
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
    [john, fish]
    """
    flat = _rows(graph, node).reshape(-1)
    found = _neighbours(graph, flat, None if label is None else _known(graph, label))
    graph.warn()
    if not node.shape:
        return found[0]
    most = max(map(len, found), default=0)
    padded = Answer.stack([_padded(graph.memory, a, most) for a in found])
    return padded.rearranged(lambda array: array.reshape((*node.shape, *array.shape[1:])))


@checked
def edges(graph: Graph) -> Answer:
    """All edges: the targets, each under the name of its source, and of the label if it has one.

    > edges(graph(mark, john, john, fish))
    mark  john
    john  fish
    """
    rows, labels, answers = _found(graph)
    graph.warn()
    memory = graph.memory
    names = _names(graph)
    said = [
        name if graph.labels[i] is None else f"{name} {names[i]}"
        for name, i in zip(memory.reported(rows), labels.tolist(), strict=True)
    ]
    return Answer.of(answers.memory, answers.found, tuple(said) or None, answers.moment)


def triples(graph: Graph) -> list[tuple[str, str | None, str, float]]:
    """All edges as (source, label, target, probability), for Python."""
    rows, labels, answers = _found(graph)
    names = _names(graph)
    columns = (graph.memory.reported(rows), labels.tolist(), answers.names[:, 0], answers.probability)
    return [
        (str(source), names[i], str(target), float(p))
        for source, i, target, p in zip(*columns, strict=True)
    ]


@checked
def follow(graph: Graph, node: Vector, *labels: Vector) -> Answer:
    """Where edges of these labels lead, one after another; cleaned up after each step.

    > g = add_edge(graph(mark, john, label=agent), john, fish, object); follow(g, mark, agent, object)
    [fish]
    """
    memory, chance = graph.memory, np.ones(1)
    vectors = _rows(graph, node).reshape(-1)
    if node.shape:
        raise ArgumentValueError("follow starts at one node, not at a batch of them")
    best: Answers | None = None
    for label in labels:
        steps = _neighbours(graph, vectors, _known(graph, label))
        likely: dict[int, tuple[float, float]] = {}
        for before, step in zip(chance.tolist(), steps, strict=True):
            for row, p, cosine in zip(
                step.rows[:, 0].tolist(), step.probability, step.similarity, strict=True
            ):
                likely[row] = max(likely.get(row, (0.0, 0.0)), (before * p, float(cosine)))
        rows = np.array(list(likely), dtype=np.int64)
        p, cosine = np.array(list(likely.values())).reshape(-1, 2).T
        best = memory.answers(rows, cosine, p, least=-1)
        vectors, chance = memory.vectors(best.rows[:, 0]), np.asarray(best.probability)
    graph.warn()
    if best is None:
        raise ArgumentValueError("follow wants at least one label: follow(g, mark, likes)")
    return best


@checked
def path(
    graph: Graph, source: Vector, target: Vector, label: Vector | None = None
) -> Answer:
    """The nodes on a shortest way from one to the other, found step by step with a cleanup after each.

    Among ways of the same length it is the most probable.

    > path(graph(mark, john, john, fish, mark, eat), mark, fish)
    [mark, john, fish]
    """
    memory = graph.memory
    one = None if label is None else _known(graph, label)
    start, end = (_row(graph, v, n) for v, n in ((source, "source"), (target, "target")))
    came: dict[int, tuple[float, float, int]] = {start: (1.0, 1.0, -1)}  # P, cosine, from where
    layer = [start]
    while layer and end not in came:
        found = _neighbours(graph, memory.vectors(np.array(layer)), one)
        new: dict[int, tuple[float, float, int]] = {}
        for row, step in zip(layer, found, strict=True):
            for to, p, cosine in zip(
                step.rows[:, 0].tolist(), step.probability, step.similarity, strict=True
            ):
                if to not in came:
                    reached = (came[row][0] * p, float(cosine), row)
                    new[to] = max(new.get(to, (0.0, 0.0, -1)), reached)
        came |= new
        layer = list(new)
    graph.warn()
    if end not in came:
        names = [str(memory.label(row)) for row in (start, end)]
        raise VsaError(f"no way leads from {names[0]} to {names[1]}")
    way = [end]
    while came[way[-1]][2] >= 0:
        way.append(came[way[-1]][2])
    rows = np.array(way[::-1])
    p, cosine = (np.array([came[row][i] for row in way[::-1]]) for i in (0, 1))
    single = [memory.answers(rows[[i]], cosine[[i]], p[[i]], least=-1) for i in range(len(rows))]
    return Answer.concatenate(single)


# --- edges as vectors --------------------------------------------------------------------------------
def _carried(memory: Memory) -> None:
    """An error where the algebra carries no graph."""
    algebra = memory.space.algebra
    if "unbinding" not in algebra.laws:
        raise VsaError(
            f"a graph needs unbinding, which the algebra {algebra.name!r} has not; use a frame of "
            "each node"
        )


def _key(vector: Vector, place: int) -> Vector:
    """What is bound with in a place, which is another key in each: so even a → a is an edge like others."""
    return vector.permute(place).unitary()


def _bound(source: Vector, target: Vector, label: Label) -> Vector:
    bound = target * _key(source, 1)
    return bound if label is None else bound * _key(label, 2)


def _left(graph: Graph, source: Vector, label: Label, place: Whole) -> Vector:
    """What sources (n,) and a label leave of their parts."""
    sums = graph.sums[place]
    return (sums if label is None else sums / _key(label, 2)) / _key(source, 1)


def _rows(graph: Graph, vector: Vector) -> Vector:
    """A vector of the graph's space as rows of length 1, without what they were made of."""
    own = graph.space.own(vector)
    return Vector.of_row(graph.space, own.data).normalize()


def _spread(graph: Graph, source: Vector, target: Vector) -> tuple[Vector, Vector]:
    """Sources and targets (n,), as many of both."""
    for name, given in (("source", source), ("target", target)):
        if is_empty(given).any():
            raise ArgumentValueError(f"the {name} of an edge must not be nil")
    try:
        shape = np.broadcast_shapes(source.shape, target.shape)
    except ValueError:
        raise ArgumentValueError(
            f"sources of shape {source.shape} do not pair with targets of shape {target.shape}"
        ) from None
    return _broadcast(_rows(graph, source), shape), _broadcast(_rows(graph, target), shape)


def _broadcast(vector: Vector, shape: tuple[int, ...]) -> Vector:
    place = np.arange(math.prod(vector.shape)).reshape(vector.shape)
    return vector.reshape(-1)[np.broadcast_to(place, shape).reshape(-1)]


def _by_label(
    graph: Graph, source: Vector, target: Vector, label: Label
) -> Iterable[tuple[Label, Vector, Vector]]:
    """The edges (n,) of each label, which may be a batch."""
    source, target = _spread(graph, source, target)
    if label is None or not label.shape:
        yield None if label is None else _rows(graph, label), source, target
        return
    labels = _broadcast(_rows(graph, label), (len(source),))
    _, first, which = np.unique(marks(labels), return_index=True, return_inverse=True)
    for i, place in enumerate(first.tolist()):
        mine = np.flatnonzero(which == i)
        yield labels[place], source[mine], target[mine]


def _once(graph: Graph, source: Vector, target: Vector) -> Flat:
    """Edges (n,), each once."""
    of, to = marks(source), marks(target)
    both = np.stack([of, to], axis=1)
    _, first, group = np.unique(both, axis=0, return_index=True, return_inverse=True)
    if len(first) == len(of):
        return source, target, of
    first = first[group.reshape(-1)]
    double = np.flatnonzero(first != np.arange(len(of)))
    pairs = [host(v, v[double].similarities(v[first[double]])) for v in (source, target)]
    same = double[np.minimum(*pairs) > 1 - EMPTY]
    rest = np.setdiff1d(np.arange(len(of)), same)
    return source[rest], target[rest], of[rest]


# --- labels ------------------------------------------------------------------------------------------
def _same(graph: Graph, label: Label) -> int | None:
    """Which label of the graph it is."""
    for i, known in enumerate(graph.labels):
        if known is None or label is None:
            if known is label:
                return i
        elif float(known.similarity(label)) > 1 - EMPTY:
            return i
    return None


def _known(graph: Graph, label: Vector) -> Label:
    """A label that edges have, or an error that tells those."""
    own = _rows(graph, label)
    if own.shape:
        raise ArgumentValueError("edges are read by one label at a time, not by a batch of them")
    place = _same(graph, own)
    if place is None:
        names = [name for name in _names(graph) if name is not None]
        have = "they have " + ", ".join(names) if names else "they have none"
        raise VsaError(f"no edge of the graph has this label: {have}")
    return graph.labels[place]


def _names(graph: Graph) -> list[str | None]:
    """The names of the labels."""
    names: list[str | None] = []
    for label in graph.labels:
        known = [] if label is None else graph.memory.names_of(label)
        names.append(None if label is None else known[0] if known else "?")
    return names


# --- probabilities -----------------------------------------------------------------------------------
@lru_cache(maxsize=4096)
def recall(noise: Noise, k: float, odds: float) -> tuple[float, float]:
    """How many edges are found beside k − 1 others, and how many are invented for each that is there.

    Found is what is likelier than not.  odds: beforehand, against an edge between two nodes.
    """
    load = 1 + (k - 1) * getattr(noise, "other", 1.0)
    share = np.minimum(noise.shares.over(np.array([load])), 0.9999)
    points, ratio = noise.grid(), noise.log_ratio(share)[:, 0]
    if not isinstance(noise, Binomial):  # no steps, but those of the table
        reach = FAR * noise.deviation
        first, last = np.searchsorted(points, [-reach, min(share[0] + reach, points[-1])])
        fine = np.arange(first * FINE, last * FINE + 1) / FINE
        points = np.interp(fine, np.arange(len(points)), points)
        ratio = np.interp(fine, np.arange(len(ratio)), ratio)
    tail = np.append(noise.false_match(points, 1), 0.0)  # P(an unrelated item reaches it)
    likely = ratio >= math.log(odds)
    least = int(np.argmax(likely)) if likely.any() else len(likely)
    missed = (-np.diff(tail))[:least] * np.exp(np.minimum(ratio[:least], 700))
    return max(1 - float(missed.sum()), 0.0), odds * float(tail[least])


def _cosines(graph: Graph, source: Vector, label: Label) -> Iterable[tuple[Whole, Any]]:
    """Of sources (n,), block by block: which, and what they leave compared with every item."""
    items = graph.item_rows()
    step = max(BLOCK // max(len(items), 1), 1)
    for start in range(0, len(source), step):
        some = source[start : start + step]
        place = graph.place_of(some)
        left = _left(graph, some, label, place)
        yield np.arange(start, start + len(some)), (place, left, items)


def _models(graph: Graph, left: Vector, place: Whole) -> Iterable[tuple[Whole, Noise, Any]]:
    """Which of the queries have one noise and one known load, with both; not those that are nothing."""
    metric, held = graph.space.metric, graph.terms[place]
    noises, which = metric.noises(metric.queries(left.data)[0])
    both = np.stack([which, held], axis=1)
    some = held > 0
    contracts = graph.space.algebra.contracts  # then little is left of other edges
    if contracts:
        some &= faint(left, graph.sums[place]) < 1
    for i, k in np.unique(both[some], axis=0).tolist():
        load = None if contracts else Load.terms(k).of_one(noises[i])
        yield np.flatnonzero(some & (which == i) & (held == k)), noises[i], load


def _neighbours(graph: Graph, source: Vector, label: Label) -> list[Answers]:
    """The neighbours of each of some sources (n,), of all labels where none is given."""
    memory = graph.memory
    labels = graph.labels if label is None else (label,)
    named = dict(zip(map(id, graph.labels), _names(graph), strict=True))
    found: list[list[Answers]] = [[] for _ in range(len(source))]
    for one in labels:
        for which, (place, left, items) in _cosines(graph, source, one):
            if not len(items):
                continue
            cosines = memory.space.backend.numpy(memory.similarities(left, items))
            p = np.zeros(cosines.shape)
            for mine, noise, load in _models(graph, left, place):
                p[mine] = membership(cosines[mine], noise, PRIOR_NOTHING, load)
            for i, c, q in zip(which.tolist(), cosines, p, strict=True):
                found[i].append(memory.answers(items, c, q))
    return [_together(memory, each, [named[id(one)] for one in labels]) for each in found]


def _together(memory: Memory, found: list[Answers], labels: list[str | None]) -> Answers:
    """The neighbours by several labels as one, under their names."""
    if not found:
        none = np.zeros(0, np.int64)
        return memory.answers(none, np.zeros(0), np.zeros(0))
    every = cast(Answers, Answer.concatenate(found))
    if not any(labels):
        return every
    said = [label or "" for label, some in zip(labels, found, strict=True) for _ in range(len(some))]
    return cast(Answers, Answer.of(memory, every.found, tuple(said), every.moment))


def _padded(memory: Memory, found: Answers, most: int) -> Answers:
    """With nothing in the places up to `most`."""
    rest = most - len(found)
    if not rest:
        return found
    nothing = memory.answers(np.full(rest, -1), np.zeros(rest), np.zeros(rest), least=-1)
    return cast(Answers, Answer.concatenate([found, nothing]))


def _present(graph: Graph, edges: Flat, label: Label) -> Floats:
    """P(an edge is there) of some (n,), as likely as not beforehand."""
    source, target, of = edges
    if not graph.size:
        return np.zeros(len(source))
    place = graph.place(of)
    left = _left(graph, source, label, place)
    cosines = np.asarray(host(left, left.similarities(target)))
    p = np.zeros(len(source))
    for mine, noise, load in _models(graph, left, place):
        p[mine] = 1 / (1 + np.exp(-np.clip(log_likelihood(cosines[mine], noise, load), -700, 700)))
    return p


def _found(graph: Graph) -> tuple[Whole, Whole, Answers]:
    """All edges: the rows of their sources (n,), which labels they have, and the targets.

    How many there are is known, and so how likely one is beforehand; and no part has more of them than
    it holds: the surest are edges.
    """
    memory, items = graph.memory, graph.item_rows()
    sources = memory.vectors(items)
    rows = _rows(graph, sources) if len(items) else sources
    columns: list[tuple[Any, ...]] = []
    of = graph.place_of(rows)
    count = np.bincount(of, minlength=graph.parts)
    for number, label in enumerate(graph.labels):
        for which, (place, left, items) in _cosines(graph, rows, label):
            cosines = memory.space.backend.numpy(memory.similarities(left, items))
            for mine, noise, load in _models(graph, left, place):
                chances = count[place[mine]] * len(graph.labels) * len(items)
                prior = np.minimum(graph.terms[place[mine]] / chances, 0.5)
                odds = np.log(prior / (1 - prior))[:, None]
                odds = odds + log_likelihood(cosines[mine], noise, load)
                x, y = np.nonzero(odds > 0)
                p = 1 / (1 + np.exp(-np.minimum(odds[x, y], 700)))
                here = which[mine][x]
                columns.append((here, np.full(len(x), number), y, cosines[mine][x, y], p, of[here]))
    if columns:
        x, labels, y, cosine, p, part = map(np.concatenate, zip(*columns, strict=True))
    else:
        x = labels = y = part = np.zeros(0, np.int64)
        cosine = p = np.zeros(0)
    order = np.lexsort((-p, part))
    rank = np.arange(len(order)) - np.searchsorted(part[order], part[order])
    kept = order[rank < graph.terms[part[order]]]
    kept = kept[np.lexsort((-p[kept], labels[kept], x[kept]))]
    if len(kept) < graph.size:
        lacking = graph.size - len(kept)
        note(Note(f"{lacking} of {graph.size} edges are not read"), stacklevel=3)
    single = [
        memory.answers(items[y[[i]]], cosine[[i]], p[[i]], least=-1) for i in kept.tolist()
    ]
    none = memory.answers(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
    return items[x[kept]], labels[kept], cast(Answers, Answer.concatenate([*single, none]))


def _readable(graph: Graph) -> tuple[Vector, Marks]:
    """The edges that can be read, and the marks of their sources."""
    rows, labels, answers = _found(graph)
    source, target = (graph.memory.vectors(r) for r in (rows, answers.rows[:, 0]))
    source, target = _rows(graph, source), _rows(graph, target)
    of = marks(source)
    terms, order = [], []
    for number, label in enumerate(graph.labels):
        mine = np.flatnonzero(labels == number)
        terms.append(_bound(source[mine], target[mine], label))
        order.append(mine)
    return joined(terms), of[np.concatenate(order)]


def _row(graph: Graph, vector: Vector, name: str) -> int:
    """The row of memory that a node is."""
    if vector.shape:
        raise ArgumentValueError(f"the {name} of a path is one node, not a batch of them")
    memory = graph.memory
    names = memory.names_of(vector)
    if not names:
        raise VsaError(f"the {name} {shown(vector.label or 'given')} is no item of memory")
    return memory.row(names[0])


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """Graphs: made, changed, read, walked."""
    return [graph, add_edge, remove_edge, has_edge, neighbours, edges, follow, path]


@hookimpl
def vsa_types() -> Iterable[type]:
    """Graphs as values."""
    return [Graph]
