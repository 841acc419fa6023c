"""A novel's characters in one vector: how many of their edges come back, beside the theory.

    python examples/graph.py --out graph.png

Two characters of Les Misérables are neighbours where they share a chapter: 77 of them, 254 pairs,
508 directed edges (Knuth 1993, as networkx has it). All edges are superposed in one vector, and read
again: each pair of items is compared, and what is likelier than not is an edge. Beside the shares of
edges that are found and of those that are invented stands what the theory says of them, and how many
are right if the graph is cut in as many parts as its dim wants.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from vsa_plugins.graph import Graph, from_networkx, neighbours, recall, triples

from vsa import CapacityWarning, Memory, Space, VsaError, picture
from vsa.pictures import Curves, Series
from vsa.plugin import Note, needed

DIMS = (512, 1024, 2048, 4096, 8192, 16384)
GRAPHS = ("les_miserables", "karate_club", "davis_southern_women", "florentine_families")


def network(name: str) -> Any:
    """One of the graphs that networkx has."""
    needed("networkx", "this example", "examples")
    import networkx

    return getattr(networkx, f"{name}_graph")()


def measure(name: str, dims: Sequence[int], algebra: str, seed: int) -> Iterator[dict[str, Any]]:
    """A record for each dim."""
    graph = network(name)
    nodes = list(map(str, graph))
    there = {(str(x), str(y)) for a, b in graph.edges for x, y in ((a, b), (b, a))}
    for dim in dims:
        memory = Memory(Space(dim, algebra, seed=seed))
        parts = from_networkx(graph, memory)
        source, target = (
            memory.vectors(np.array([memory.row(edge[i]) for edge in sorted(there)]))
            for i in (0, 1)
        )
        place = np.zeros(len(there), dtype=np.int64)
        single = Graph.empty(memory).with_edges(source, target, None, place)
        found, invented, stated = score(single, there)
        expected, extra = recall(memory.space.noise, len(there), len(nodes) ** 2 / len(there) - 1)
        yield {
            "dim": dim, "found": found, "found, theory": expected,
            "invented": invented, "invented, theory": extra, "stated": stated,
            "parts": parts.parts, "found in parts": score(parts, there)[0],
        }  # fmt: skip


def score(graph: Graph, there: set[tuple[str, str]]) -> tuple[float, float, float]:
    """How many edges are found, and invented, of all that are there; and the mean P of what is named."""
    rows = triples(graph)
    right = len({(x, y) for x, _, y, _ in rows} & there)
    stated = float(np.mean([p for *_, p in rows])) if rows else 0.0
    return right / len(there), (len(rows) - right) / len(there), stated


def table(records: Sequence[dict[str, Any]]) -> str:
    """The records in columns."""
    lines = [
        f"{'':>6}  {'all edges in one vector':^43}  {'in parts':^14}",
        f"{'':>6}  {'found':>6} {'theory':>7}  {'invented':>8} {'theory':>7}  {'stated P':>8}  "
        f"{'parts':>6} {'found':>7}",
    ]
    lines += [
        f"{r['dim']:6,}  {r['found']:6.3f} {r['found, theory']:7.3f}  {r['invented']:8.3f} "
        f"{r['invented, theory']:7.3f}  {r['stated']:8.3f}  {r['parts']:6} {r['found in parts']:7.3f}"
        for r in records
    ]
    return "\n".join(lines)


def draw(records: Sequence[dict[str, Any]], path: Path) -> None:
    """Points are measured, lines the theory."""
    dims = [r["dim"] for r in records]
    series = []
    for i, name in enumerate(("found", "invented")):
        series += [
            Series("", dims, [r[f"{name}, theory"] for r in records], line=True, group=i),
            Series(f"{name}, one vector", dims, [r[name] for r in records], group=i),
        ]
    series.append(Series("found, in parts", dims, [r["found in parts"] for r in records], group=2))
    title = "Edges read from a graph (lines: theory)"
    picture(Curves(series, "dim", "share of the edges", bounds=(0, 1), log=True, title=title), path)


def main(argv: Sequence[str] | None = None) -> None:
    """Read the options, measure, print and draw."""
    parser = argparse.ArgumentParser(description="Edges of a graph by dim, beside the theory.")
    parser.add_argument("--graph", choices=GRAPHS, default="les_miserables")
    parser.add_argument("--dim", type=int, nargs="+", default=list(DIMS), metavar="N")
    parser.add_argument("--algebra", default="hrr")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--out", type=Path, default=None, metavar="FILE", help="draw a picture")
    options = parser.parse_args(argv)
    warnings.simplefilter("ignore", Note)
    warnings.simplefilter("ignore", CapacityWarning)
    try:
        graph = network(options.graph)
        print(f"{options.graph}: {len(graph)} nodes, {2 * graph.number_of_edges()} directed edges")
        records = list(measure(options.graph, options.dim, options.algebra, options.seed))
        print(table(records))
        memory = Memory(Space(options.dim[-1], options.algebra, seed=options.seed))
        made = from_networkx(graph, memory)
        node = str(min(graph, key=graph.degree))
        print(f"the neighbours of {node}: {', '.join(neighbours(made, memory[node]).name)}")
        if options.out is not None:
            draw(records, options.out)
            print(f"drawn in {options.out}")
    except VsaError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
