"""Graphs from networkx, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from vsa import Kind, Memory
from vsa.plugin import needed
from vsa_plugins.graph.changing import added, empty
from vsa_plugins.graph.edges import Label
from vsa_plugins.graph.held import Graph, names_of
from vsa_plugins.graph.networks import checked_network, told_apart
from vsa_plugins.graph.reading import found

LABEL = Kind("graph/label", internal=True)


def triples(graph: Graph) -> list[tuple[str, str | None, str, float]]:
    """All edges as (source, label, target, probability)."""
    rows, labels, answers = found(graph)
    names = names_of(graph)
    columns = (
        graph.memory.reported(rows),
        labels.tolist(),
        answers.names[:, 0],
        answers.probability,
    )
    return [
        (str(source), names[i], str(target), float(p))
        for source, i, target, p in zip(*columns, strict=True)
    ]


def from_networkx(network: Any, memory: Memory, label: str = "label") -> Graph:
    """The edges of a networkx graph; its nodes become atoms of memory where they are no items.

    label: the attribute of edges that has their label; those without it have none. Edges of an
    undirected graph go both ways.
    """
    checked_network(network, "a graph", "Graph", "graph")
    names = list(told_apart(network, str))
    number = {node: i for i, node in enumerate(network)}
    said: dict[str | None, list[tuple[int, int]]] = {}
    for x, y, data in network.edges(data=True):
        name = None if data.get(label) is None else str(data[label])
        ways = said.setdefault(name, [])
        ways.append((number[x], number[y]))
        if not network.is_directed():
            ways.append((number[y], number[x]))
    with memory.journal.transaction("graph"):
        new = [name for name in names if name not in memory]
        if new:
            memory.add(new, memory.space.batch(new))
        made = {name: _label(name, memory) for name in said}
    return _graph(names, {name: (made[name], ways) for name, ways in said.items()}, memory)


def _graph(
    names: list[str], said: dict[str | None, tuple[Label, list[tuple[int, int]]]], memory: Memory
) -> Graph:
    made = empty(memory, sum(len(ways) for _, ways in said.values()))
    rows = np.array([memory.row(name) for name in names], dtype=np.int64)
    vectors = memory.vectors(rows)
    for label, ways in said.values():
        x, y = np.array(ways).T
        made = added(made, vectors[x], vectors[y], label)
    return made


def _label(name: str | None, memory: Memory) -> Label:
    if name is None:
        return None
    if name not in memory:
        memory.add(name, memory.space.atom(name), kind=LABEL)
    return memory[name]


def to_networkx(graph: Graph) -> Any:
    """All edges that are read, as a networkx MultiDiGraph: each has a `probability`, and a `label`."""
    made = needed("networkx", "making a graph", "graph").MultiDiGraph()
    for source, label, target, p in triples(graph):
        named = {} if label is None else {"label": label}
        made.add_edge(source, target, probability=p, **named)
    return made
