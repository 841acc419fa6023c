"""A person's tree as a picture, generations from left to right: graphviz, or networkx + matplotlib.

People are boxes, a couple (or a lone parent) a dot between the parents and their children.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from vsa import VsaError
from vsa.plugin import arguments, files, needed
from vsa_plugins.kinship.drawing.kin import Kin, check
from vsa_plugins.kinship.family import Person

FORMATS = (".svg", ".png", ".pdf")
TINTS = {"F": "#fbe6ea", "M": "#e3edfb", "U": "#f1f1f1"}
LINE, FONT = "#555555", "DejaVu Sans"
COLUMN, ROW = 2.9, 0.3  # inches that networkx's picture takes for a generation and a person
LETTER = 0.054  # inches of a letter in it
APART = 0.3  # places between couples of a generation, so that their lines do not seem to meet
Couple = frozenset[int]
Place = tuple[float, float]


@dataclass
class _Graph:
    """Who is drawn and where (generation, place in it), and the lines between people and couples.

    Everyone's branch has a band of places to itself, so that none covers another.
    """

    kin: Kin
    people: dict[int, Place] = field(default_factory=dict)
    couples: dict[Couple, Place] = field(default_factory=dict)
    lines: dict[tuple[int | Couple, int | Couple], bool] = field(default_factory=dict)  # solid?
    # How many generations of whose kin are drawn, above and below
    _risen: dict[int, int] = field(default_factory=dict)
    _fallen: dict[int, int] = field(default_factory=dict)

    def grow(self, row: int, up: int, down: int) -> _Graph:
        """Place a person, whoever is up to `up` generations above, and those `down` below."""
        self._fall(row, 0, down, 0)
        below = {*self.people}, {*self.couples}
        own, _ = self._rise(row, 0, up, 0)
        shift = self.people[row][1] - own
        for one in self.people.keys() - below[0]:
            self.people[one] = self.people[one][0], self.people[one][1] + shift
        for couple in self.couples.keys() - below[1]:
            self.couples[couple] = self.couples[couple][0], self.couples[couple][1] + shift
        return self

    def _rise(self, row: int, level: int, up: int, top: float) -> tuple[float, float]:
        """Place someone's ancestors from `top` on: where that puts them, and the next free place."""
        by_mark: dict[str, list[int]] = {}
        for parent, mark in self.kin.parents(row) if up else ():
            by_mark.setdefault(mark, []).append(parent)
        free, places = top, []
        for mark, parents in by_mark.items():
            for parent in parents:
                if self._risen.get(parent, -1) >= up - 1:
                    continue
                self._risen[parent] = up - 1
                new = parent not in self.people
                self.people.setdefault(parent, (level - 1, free))
                place, free = self._rise(parent, level - 1, up - 1, free)
                if new:
                    self.people[parent] = level - 1, place
                    places.append(place)
            self.lines[self._couple(parents, level - 0.5, parents), row] = not mark
        return (fmean(places) if places else top), max(free, top + 1)

    def _fall(self, row: int, level: int, down: int, top: float) -> float:
        """Place someone and their descendants from `top` on; the next free place."""
        self._fallen[row] = down
        unions = self.kin.unions(row) if down else []
        own = [row, *(union.partner for union in unions if union.partner is not None)]
        new = [one for one in own if one not in self.people]
        self.people.update((one, (level, top)) for one in new)
        free = top
        for union in unions:
            for child, _ in union.children:
                if self._fallen.get(child, -1) < down - 1:
                    free = self._fall(child, level + 1, down - 1, free)
        start = max(top, (top + free - len(new)) / 2)
        self.people.update((one, (level, start + i)) for i, one in enumerate(new))
        for union in unions:
            partners = [row] if union.partner is None else [row, union.partner]
            children = [child for child, _ in union.children]
            couple = self._couple(partners, level + 0.5, children or partners[-1:])
            for child, mark in union.children:
                self.lines.setdefault((couple, child), not mark)
        return max(free, start + len(new))

    def _couple(self, rows: Sequence[int], level: float, beside: Sequence[int]) -> Couple:
        couple = frozenset(rows)
        if couple not in self.couples:
            place = fmean(self.people[one][1] for one in beside)
            while any(x == level and abs(y - place) < APART for x, y in self.couples.values()):
                place += APART
            self.couples[couple] = level, place
            for row in rows:
                self.lines[row, couple] = True
        return couple


def tree_svg(
    person: Person,
    path: str | os.PathLike[str],
    up: int = 2,
    down: int = 2,
    by: str | None = None,
) -> Path:
    """Draw a person's tree into a file: .svg, or .png or .pdf.

    `by` graphviz, or by networkx with matplotlib; by default the first of them that is there.
    """
    check(up, down)
    path = Path(arguments.checked_path("the path", path))
    if path.suffix.lower() not in FORMATS:
        raise VsaError(f"a tree is drawn into a file that ends in {', '.join(FORMATS)}, not {path}")
    if by not in (None, "graphviz", "networkx"):
        raise VsaError(f"unknown by={by!r}: choose graphviz or networkx")
    kin, row = Kin(person.family), person.row
    graph = _Graph(kin).grow(row, up, down)
    kind = path.suffix.lower()[1:]
    data = _by_graphviz(graph, kin, row, kind, wanted=by is not None) if by != "networkx" else None
    if data is None:
        data = _by_networkx(graph, kin, row, kind)
    with files.written(path) as file:
        file.write(data)
    return path


def _by_graphviz(graph: _Graph, kin: Kin, row: int, kind: str, wanted: bool) -> bytes | None:
    """The picture; None where graphviz is not there and not `wanted`."""
    try:
        graphviz = needed("graphviz", "drawing by graphviz", "plot")
        dot = graphviz.Digraph(graph_attr={"rankdir": "LR", "nodesep": "0.12", "ranksep": "0.25"})
        dot.attr("edge", dir="none", color=LINE)
        dot.attr("node", fontname=FONT, fontsize="10", height="0.25", margin="0.08,0.03")
        for one in graph.people:
            tint, edge, width = _look(kin, one, row)
            dot.node(
                f"p{one}",
                graphviz.nohtml(graphviz.escape(kin.title(one))),
                shape="box",
                style="rounded,filled",
                fillcolor=tint,
                color=edge,
                penwidth=str(width),
            )
        keys: dict[int | Couple, str] = {one: f"p{one}" for one in graph.people}
        for number, couple in enumerate(graph.couples):
            keys[couple] = f"c{number}"
            dot.node(f"c{number}", "", shape="point", width="0.06", color=LINE)
        for (start, end), solid in graph.lines.items():
            dot.edge(keys[start], keys[end], style="solid" if solid else "dashed")
        return bytes(dot.pipe(format=kind))
    except VsaError:
        if wanted:
            raise
        return None
    except graphviz.ExecutableNotFound:
        if wanted:
            raise VsaError(
                "drawing by graphviz needs its program `dot`, which your system's packages have "
                "(apt install graphviz, brew install graphviz)"
            ) from None
        return None


def _by_networkx(graph: _Graph, kin: Kin, row: int, kind: str) -> bytes:
    import io

    nx = needed("networkx", "drawing a tree", "plot")
    needed("matplotlib", "drawing a tree", "plot")
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    spots: dict[Any, Place] = {couple: (x, -y) for couple, (x, y) in graph.couples.items()}
    for one, (x, y) in graph.people.items():
        half = LETTER * len(kin.title(one)) / 2 / COLUMN
        spots |= {("in", one): (x - half, -y), ("out", one): (x + half, -y)}
    columns = [0.1, *(x for x, _ in graph.people.values()), *(x for x, _ in graph.couples.values())]
    rows = [y for _, y in graph.people.values()]
    left, right, top, bottom = min(columns), max(columns), min(rows), max(rows)
    figure = Figure(figsize=(COLUMN * (right - left + 1), ROW * (bottom - top + 2)))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(left - 0.5, right + 0.5)
    axes.set_ylim(-bottom - 1, 1 - top)
    drawn = nx.Graph()
    drawn.add_nodes_from(spots)
    for style in ("solid", "dashed"):
        lines = [
            (("out", start) if isinstance(start, int) else start,
             ("in", end) if isinstance(end, int) else end)
            for (start, end), solid in graph.lines.items()
            if solid is (style == "solid")
        ]  # fmt: skip
        nx.draw_networkx_edges(drawn, spots, lines, 1.0, LINE, style, ax=axes, node_size=0)
    nx.draw_networkx_nodes(drawn, spots, list(graph.couples), 9, LINE, ax=axes)
    for one, (x, y) in graph.people.items():
        tint, edge, width = _look(kin, one, row)
        box = {"boxstyle": "round", "facecolor": tint, "edgecolor": edge, "linewidth": width}
        title = kin.title(one).replace("$", r"\$")
        axes.text(x, -y, title, ha="center", va="center", fontsize=8, bbox=box)
    out = io.BytesIO()
    # The same tree gives the same file; a letter that the font lacks is drawn as a box.
    stamp = {"Date": None} if kind == "svg" else None
    with warnings.catch_warnings(), rc_context({"svg.hashsalt": "vsa", "svg.fonttype": "none"}):
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure.savefig(out, format=kind, dpi=120, metadata=stamp)
    return out.getvalue()


def _look(kin: Kin, one: int, row: int) -> tuple[str, str, float]:
    """The colours of a box and its border, and how wide that is: the tree's own person stands out."""
    border = ("black", 2.0) if one == row else (LINE, 0.8)
    return TINTS[kin.records[one].sex], *border
