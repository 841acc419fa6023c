"""Edges added to graphs, and taken out again."""

from __future__ import annotations

import numpy as np

from vsa import Memory, Vector, VsaError
from vsa_plugins.graph.edges import Flat, Label, bound, by_label, once
from vsa_plugins.graph.held import Graph, same, text_of
from vsa_plugins.graph.reading import present, readable


def empty(memory: Memory, room: int = 0) -> Graph:
    """No edges, in parts for so many; an error where the algebra carries no graph."""
    algebra = memory.space.algebra
    if "unbinding" not in algebra.laws:
        raise VsaError(
            f"a graph needs unbinding, which the algebra {algebra.name!r} has not; use a frame of "
            "each node"
        )
    return Graph.empty(memory, Graph.empty(memory).wanted(room))


def added(graph: Graph, source: Vector, target: Vector, label: Label) -> Graph:
    """With edges that it may have already, of batches too."""
    for one, x, y in by_label(graph.space, source, target, label):
        graph = _with(graph, once(x, y), one)
    return graph


def _with(graph: Graph, edges: Flat, label: Label) -> Graph:
    source, target, of = edges
    known = same(graph, label)
    if known is not None:
        new = np.flatnonzero(present(graph, edges, graph.labels[known]) <= 0.5)
        source, target, of = source[new], target[new], of[new]
    size = graph.size + len(of)
    grown = graph.grown(size, text_of(size), readable)
    return grown.with_edges(source, target, label, grown.place(of))


def removed(graph: Graph, source: Vector, target: Vector, label: Label) -> Graph:
    """Without those of the edges that it has, of one label or of any."""
    for each in graph.labels if label is None else (label,):
        for one, x, y in by_label(graph.space, source, target, each):
            edges = once(x, y)
            there = np.flatnonzero(present(graph, edges, one) > 0.5)
            terms = bound(edges[0][there], edges[1][there], one)
            graph = graph.changed(terms, graph.place(edges[2][there]), -1)
    return graph
