"""Pictures in files, drawn by matplotlib: .svg, .png and .pdf."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import fill
from threading import Lock
from typing import Any

import numpy as np

from vsa.arguments import checked_path, checked_truth
from vsa.errors import ArgumentValueError
from vsa.extras import needed
from vsa.files import written
from vsa.layout import columns
from vsa.pictures.kinds import Bars, Curves, HeatMap, Panels, Picture, Points
from vsa.pictures.style import DARK, LIGHT, LINES, MARKS, Look, settings
from vsa.pictures.trees import Diagram, Node, Tree

ENDINGS = (".svg", ".png", ".pdf")
UNDATED = {".svg": {"Date": None, "Creator": None}, ".png": {"Software": None},
           ".pdf": {"CreationDate": None, "Creator": None, "Producer": None}}  # fmt: skip
WIDE = 6.4  # inches
NUMBERED = 12  # rows and columns of which each cell has its number written in it
LABELLED = 40  # rows, columns and points that have room for their names
KEYS = 8  # series that are named below each other
TICKED = 8  # places of x that are ticks themselves
TILTED = 4  # characters of a column's label that stands upright
LETTER = 0.066  # inches of a letter in a box
NOTE = 84  # characters of a line below a picture

Size = tuple[float, float]  # in inches

_drawing = Lock()  # matplotlib's settings are those of the process


def checked_ending(path: str | os.PathLike[str]) -> str:
    """How the name of a picture's file ends; VsaError where no picture can be drawn there."""
    ending = Path(checked_path("the path", path)).suffix.lower()
    if ending not in ENDINGS:
        raise ArgumentValueError(
            f"a picture ends in {', '.join(ENDINGS)}, not {ending or 'nothing'!r}"
        )
    needed("matplotlib", "a picture", "plot")
    return ending


def draw(picture: Picture, path: str | os.PathLike[str], dark: bool = False) -> None:
    """Draw a picture to a file, in the place of one of its name."""
    ending = checked_ending(path)
    look = DARK if checked_truth("dark", dark) else LIGHT
    matplotlib = needed("matplotlib", "a picture", "plot")
    with _drawing, warnings.catch_warnings(), matplotlib.rc_context(settings(look)):
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # drawn as a box
        figure = _figure(picture, look)
        with written(path) as file:
            figure.savefig(
                file, format=ending[1:], dpi=150, metadata=UNDATED[ending], bbox_inches="tight",
                pad_inches=0.12,
            )  # fmt: skip


def _figure(picture: Picture, look: Look) -> Any:
    """A picture, or several in cells of one size."""
    whole = needed("matplotlib.figure", "a picture", "plot").Figure(layout="constrained")
    panels, cells, across, down = [picture], [whole], 1, 1
    if isinstance(picture, Panels):
        panels, across = list(picture.pictures), min(picture.across, len(picture.pictures))
        down = -(-len(panels) // across)
        cells = list(whole.subfigures(down, across, squeeze=False).flat)[: len(panels)]
    drawn = [cell.subplots() for cell in cells]
    sizes = [
        DRAWN[type(panel)](cell, axes, panel, look)
        for cell, axes, panel in zip(cells, drawn, panels, strict=True)
    ]
    for cell, axes, panel in zip(cells, drawn, panels, strict=True):
        if panel.title:
            axes.set_title(panel.title, color=look.ink)
        _say_below(cell, panel.below, look)
    wide, high = (max(size) for size in zip(*sizes, strict=True))
    if isinstance(picture, Panels):
        whole.suptitle(picture.title, x=0.02, ha="left", fontsize=11, color=look.ink)
        _say_below(whole, picture.below, look)
        high += 0.3 * bool(picture.title or picture.below) / down
    whole.set_size_inches(wide * across, high * down)
    for axes, panel in zip(drawn, panels, strict=True):
        if isinstance(panel, Points) and len(panel.labels) <= LABELLED:
            whole.draw_without_rendering()  # from here on it is known what stands where
            _name(axes, panel, look)
    return whole


def _say_below(figure: Any, words: str, look: Look) -> None:
    if words:
        figure.supxlabel(
            "\n".join(fill(line, NOTE) for line in words.split("\n")), fontsize=8, color=look.faint,
            x=0.02, ha="left", multialignment="left",
        )  # fmt: skip


def _bars(figure: Any, axes: Any, picture: Bars, look: Look) -> Size:
    names = [name for name, _ in picture.rows]
    values = np.array([value for _, value in picture.rows])
    faint = [name in picture.faint for name in names]
    places = np.arange(len(names))
    colours = [look.faint if f else look.colour(0) for f in faint]
    axes.barh(places, values, 0.72, color=colours)
    most = picture.top or max(float(values.max()), 0.0)
    least = min(float(values.min()), 0.0)
    span = (most - least) or 1.0
    for place, value, stands_back in zip(places, values, faint, strict=True):
        axes.text(
            max(value, 0) + 0.01 * span, place, f"{value:.2f}", va="center", fontsize=8,
            color=look.faint if stands_back else look.ink,
        )  # fmt: skip
    axes.set_yticks(places, names)
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set_xlim(least, most + 0.09 * span)
    axes.set_xlabel(picture.axis)
    axes.grid(axis="x")
    if least < 0:
        axes.axvline(0, color=look.faint, linewidth=0.8)
    return WIDE, 0.75 + 0.27 * len(names) + 0.3 * bool(picture.below)


def _heat(figure: Any, axes: Any, picture: HeatMap, look: Look) -> Size:
    down, across = picture.values.shape
    low, high = picture.ends
    cell = min(0.52 if picture.scale else 0.1, 5.2 / across, 6.0 / down)
    colours = needed("matplotlib.colors", "a picture", "plot")
    above, below = look.colour(0), look.colour(1)
    shades = [below, look.paper, above] if picture.signed else [look.paper, above]
    shown = axes.imshow(
        picture.values, cmap=colours.LinearSegmentedColormap.from_list("shades", shades),
        vmin=low, vmax=high, interpolation="nearest",
        aspect="equal" if across < 4 * down else "auto",
        extent=None if picture.span is None else (*picture.span[0], *picture.span[1]),
    )  # fmt: skip
    if picture.scale:
        scale = figure.colorbar(shown, ax=axes, label=picture.axis, shrink=0.8, aspect=24)
        scale.outline.set_visible(False)
    for name, labels in (("x", picture.columns), ("y", picture.rows)):
        if 0 < len(labels) <= LABELLED:
            getattr(axes, f"set_{name}ticks")(range(len(labels)), labels)
            axes.tick_params(axis=name, length=0, labelsize=8 if len(labels) > NUMBERED else 9)
        elif labels:
            getattr(axes, f"set_{name}ticks")([])
    if max(map(len, picture.columns), default=0) > TILTED:
        for label in axes.get_xticklabels():
            label.set(rotation=45, ha="right", rotation_mode="anchor")
    axes.set_xlabel(picture.x)
    axes.set_ylabel(picture.y)
    axes.spines[:].set_visible(not picture.scale)
    axes.spines[:].set_color(look.grid)
    if not picture.scale:
        axes.set_xticks([])
        axes.set_yticks([])
    elif max(down, across) <= NUMBERED and picture.span is None:
        rgb = colours.to_rgb
        for (i, j), value in np.ndenumerate(picture.values):
            under = _luminance(shown.cmap(shown.norm(value))[:3])
            axes.text(
                j, i, f"{value:.2f}", ha="center", va="center", fontsize=min(8.0, 15 * cell),
                color=max(
                    (look.ink, look.paper), key=lambda colour: _contrast(_luminance(rgb(colour)), under)
                ),
            )  # fmt: skip
    if picture.over is not None:
        _scattered(axes, picture.over, look, 0 if picture.signed else 1, look.paper)
    lines = 0.16 * picture.title.count("\n") + 0.4 * bool(picture.below)
    if not picture.scale:
        title = max(map(len, picture.title.split("\n")))
        return max(across * cell, LETTER * 1.25 * title) + 0.3, down * cell + 0.5 + lines
    return max(across * cell + 1.9, 3.2), max(down * cell + 1.1, 2.2) + lines


def _luminance(colour: Sequence[float]) -> float:
    """Relative, of red, green and blue, as the accessibility guidelines of the web reckon it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def _curves(figure: Any, axes: Any, picture: Curves, look: Look) -> Size:
    if picture.diagonal:
        axes.plot([0, 1], [0, 1], color=look.faint, linewidth=0.9, zorder=1)
        axes.set_aspect("equal")
        axes.set_xlim(-0.02, 1.02)
    for number, series in picture.groups():
        colour, form = look.colour(number), number if series.form is None else series.form
        style, wide = LINES[form % len(LINES)], 0.6 if series.faint else 1.4
        if series.line:
            axes.plot(series.x, series.y, linestyle=style, color=colour, linewidth=wide,
                      alpha=0.6 if series.faint else 1, label=series.label or None)  # fmt: skip
        else:
            axes.errorbar(
                series.x, series.y, series.error, marker=MARKS[form % len(MARKS)], color=colour,
                linestyle=style if series.joined else "", linewidth=0.9, markersize=4.5, elinewidth=1,
                capsize=2, label=series.label or None,
            )  # fmt: skip
    if picture.log:
        axes.set_xscale("log", base=2)
        steps = sorted({float(x) for series in picture.series for x in series.x})
        if len(steps) <= TICKED:
            axes.set_xticks(steps)
        axes.xaxis.set_major_formatter("{x:g}")
        axes.minorticks_off()
    if picture.bounds is not None:
        low, high = picture.bounds
        axes.set_ylim(low - 0.02 * (high - low), high + 0.02 * (high - low))
    axes.set_xlabel(picture.x)
    axes.set_ylabel(picture.y)
    axes.grid()
    labelled = sum(bool(series.label) for series in picture.series)
    if labelled:
        axes.legend(ncols=1 + (labelled > KEYS), fontsize=8 if labelled <= KEYS else 6.5)
    return (4.6, 4.4) if picture.diagonal else (WIDE, 3.7)


def _points(figure: Any, axes: Any, picture: Points, look: Look) -> Size:
    kinds = _scattered(axes, picture, look)
    axes.margins(0.12)
    axes.set_aspect("equal", adjustable="datalim")  # distances are what is looked at
    if (picture.places == picture.places.round()).all():
        axes.locator_params(integer=True)
    axes.set_xlabel(picture.x)
    axes.set_ylabel(picture.y)
    axes.grid()
    if len(set(kinds)) > 1:
        axes.legend()
    return WIDE, 4.8


def _scattered(
    axes: Any, picture: Points, look: Look, first: int = 0, edge: str = "none"
) -> list[str]:
    """Points in the colours and marks of their kinds, from the first on; the kind of each."""
    kinds = list(picture.kinds) or [""] * len(picture.labels)
    for number, kind in enumerate(dict.fromkeys(kinds), first):
        places = picture.places[[k == kind for k in kinds]]
        axes.scatter(
            *places.T, s=26, color=look.colour(number), marker=MARKS[number % len(MARKS)],
            label=kind or None, linewidths=0 if edge == "none" else 0.6, edgecolors=edge,
        )  # fmt: skip
    return kinds


def _name(axes: Any, picture: Points, look: Look) -> None:
    """The names of points beside them, each where no other name stands, or else above or below."""
    points = axes.transData.transform(picture.places) * 72 / axes.figure.dpi
    # left, right, and height of the middle of what stands there
    taken = [(float(x) - 3, float(x) + 3, float(y)) for x, y in points]
    for label, place, (x, y) in sorted(
        zip(picture.labels, picture.places, points, strict=True), key=lambda at: (-at[2][1], at[0])
    ):
        wide = 5.2 * len(label)
        for step in range(2 * len(points)):
            right, up = step % 2 == 0, 10.0 * ((step // 2 + 1) // 2) * (-1) ** (step // 2)
            left = x + 6 if right else x - 6 - wide
            if all(left > b or left + wide < a or abs(y + up - h) >= 9 for a, b, h in taken):
                break
        taken.append((left, left + wide, y + up))
        axes.annotate(
            label, place, (6 if right else -6, up), textcoords="offset points", fontsize=8, va="center",
            ha="left" if right else "right",
            arrowprops={"arrowstyle": "-", "color": look.grid, "linewidth": 0.7} if abs(up) > 10 else None,
        )  # fmt: skip


def _tree(figure: Any, axes: Any, picture: Tree, look: Look) -> Size:
    places: list[tuple[Node, float, int, float | None]] = []  # with that of what it is a part of
    leaves = 0

    def place(node: Node, depth: int) -> float:
        nonlocal leaves
        if not node.parts:
            leaves += 1
            height = float(leaves)
        else:
            inner = [(part, place(part, depth + 1)) for part in node.parts]
            height = float(np.mean([h for _, h in inner]))
            places.extend((part, h, depth + 1, height) for part, h in inner)
        return height

    height = place(picture.root, 0)
    places.append((picture.root, height, 0, None))
    deepest = max(depth for _, _, depth, _ in places)
    for node, y, depth, above in places:
        boxed = node.parts and node.label
        if above is not None:
            width = 1.0 if node.cosine is None else 0.6 + 2.6 * max(node.cosine, 0.0)
            axes.plot([depth - 1, depth - 0.72, depth], [above, y, y], color=look.colour(0),
                      linewidth=width, zorder=1, solid_joinstyle="round")  # fmt: skip
            cosine = "" if node.cosine is None else f"{node.cosine:.2f}"
            axes.text(depth - 0.4, y - 0.08, f"{node.edge}  {cosine}".strip(), ha="center",
                      va="bottom", fontsize=7.5, color=look.faint)  # fmt: skip
        axes.text(
            depth, y, node.label or "•", ha="left" if not node.parts and depth else "center", va="center",
            zorder=2, bbox={"facecolor": look.paper, "edgecolor": look.colour(0) if boxed else look.paper,
                            "boxstyle": "round,pad=0.28", "linewidth": 0.9},
        )  # fmt: skip
    axes.set_xlim(-0.35, deepest + 0.6)
    axes.set_ylim(leaves + 0.6, 0.3)
    axes.set_axis_off()
    return 2.0 + 1.9 * deepest, 0.8 + 0.36 * leaves


def _diagram(figure: Any, axes: Any, picture: Diagram, look: Look) -> Size:
    """In inches."""
    places, (wide, high) = picture.laid(lambda box: LETTER * columns(box.label) + 0.16, 0.62, 0.34)
    for start, end, dashed in picture.lines:
        (x, y, half), (u, v, other) = places[start], places[end]
        axes.plot([x + half, u - other], [y, v], color=look.faint, linewidth=1.0, zorder=1,
                  linestyle=LINES[1] if dashed else "-")  # fmt: skip
    patches, kinds = needed("matplotlib.patches", "a picture", "plot"), list(picture.kinds)
    for box, (x, y, half) in zip(picture.boxes, places, strict=True):
        if not box.label:
            axes.plot([x], [y], "o", color=look.faint, markersize=3)
            continue
        number = kinds.index(box.kind) if box.kind in kinds else None
        turn = 0.1 if number is not None and number % 2 else 0.001
        axes.add_patch(patches.FancyBboxPatch(
            (x - half, y - 0.12), 2 * half, 0.24, boxstyle=f"round,pad=0,rounding_size={turn}",
            facecolor=look.paper, edgecolor=look.faint if number is None else look.colour(number),
            linewidth=2.4 if box.marked else 1.1, zorder=2,
        ))  # fmt: skip
        label = box.label.replace("$", r"\$")
        axes.text(x, y, label, ha="center", va="center_baseline", zorder=3, fontsize=8)
    axes.set_xlim(0, wide)
    axes.set_ylim(high, 0)
    axes.set_axis_off()
    return max(wide, 2.0), high + 0.3 * bool(picture.title or picture.below)


DRAWN: dict[type, Callable[[Any, Any, Any, Look], Size]] = {
    Bars: _bars, HeatMap: _heat, Curves: _curves, Points: _points, Tree: _tree, Diagram: _diagram,
}  # fmt: skip
