"""Graphs as values: sums of edges in parts, and the labels that they have."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from vsa import CapacityWarning, Vector, VsaError
from vsa.plugin import EMPTY, TARGET, ArgumentValueError, note
from vsa_plugins.dictionary.parted import Parted, Whole
from vsa_plugins.graph import theory
from vsa_plugins.graph.edges import Label, bound, rows_of


@dataclass(frozen=True, eq=False)
class Graph(Parted):
    """Directed edges, each with a label or none; a change makes another.

    labels: those that edges have, None for edges without one.
    """

    labels: tuple[Label, ...] = ()
    pairs: ClassVar[bool] = True

    def vsa_text(self) -> str:
        return self.text(text_of(self.size))

    __str__ = __repr__ = vsa_text

    def with_edges(self, source: Vector, target: Vector, label: Label, place: Whole) -> Graph:
        """With edges (n,) that it does not have."""
        labels = self.labels if same(self, label) is not None else (*self.labels, label)
        return replace(self.changed(bound(source, target, label), place), labels=labels)

    # --- how much it holds ---------------------------------------------------------------------
    def right(self, k: float, items: int) -> float:
        return theory.right(self.space.noise, k, items, self.parts)

    def warn(self) -> None:
        """Warn where too many edges are missed or invented, of all that there are."""
        held, many = np.unique(self.terms[self.terms > 0], return_counts=True)
        if not len(held):
            return
        share = held * many / float(np.sum(held * many))
        loads = tuple(zip(held.tolist(), share.tolist(), strict=True))
        items = len(self.item_rows())
        right = theory.on_average(self.space.noise, loads, items, self.parts)
        if right < TARGET:
            note(
                CapacityWarning(
                    f"{self} is past its capacity: at dim {self.space.dim} with {items} items in memory "
                    f"{right:.0%} of its edges are read right; "
                    + theory.wanted(self.space.chosen, loads, items)
                ),
                stacklevel=3,
            )


def text_of(size: int) -> str:
    """So many edges, in words."""
    return f"a graph of {size:,} edge{'s' * (size != 1)}"


def same(graph: Graph, label: Label) -> int | None:
    """Which label of the graph it is."""
    for i, known in enumerate(graph.labels):
        if known is None or label is None:
            if known is label:
                return i
        elif float(known.similarity(label)) > 1 - EMPTY:
            return i
    return None


def known_label(graph: Graph, label: Vector) -> Label:
    """A label that edges have, or an error that tells those."""
    own = rows_of(graph.space, label)
    if own.shape:
        raise ArgumentValueError("edges are read by one label at a time, not by a batch of them")
    place = same(graph, own)
    if place is None:
        there = [name for name in names_of(graph) if name is not None]
        have = "they have " + ", ".join(there) if there else "they have none"
        raise VsaError(f"no edge of the graph has this label: {have}")
    return graph.labels[place]


def names_of(graph: Graph) -> list[str | None]:
    """The names of the labels."""
    names: list[str | None] = []
    for label in graph.labels:
        known = [] if label is None else graph.memory.names_of(label)
        names.append(None if label is None else known[0] if known else "?")
    return names
