"""Pictures on a page, as a notebook shows them: HTML in the colours of the page, light or dark.

Every text is escaped, and nothing is told by a colour. Where a page drops styles, trees are lists in
lists and bars stand beside their numbers; curves and points are drawn as in a terminal.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from vsa import markup
from vsa.layout import columns
from vsa.pictures.kinds import Bars, HeatMap, Panels, Picture
from vsa.pictures.text import text
from vsa.pictures.trees import Diagram, Node, Tree

NUMBERED = 12  # rows and columns of a heat map whose numbers are shown
HIGH, LETTER = 30, 7.2  # pixels of a row of boxes, and of a letter in one
GAP = 46  # pixels between columns of boxes
BAR = 6.0  # letters that a cosine of 1 is long

STYLE = (
    "<style>"
    "div.vsa-tree{margin:.3em 0;line-height:1.5;color:inherit}"
    "div.vsa-tree ul{list-style:none!important;margin:0!important;padding:0!important}"
    "div.vsa-tree ul ul{margin-left:.4em!important;padding-left:1.2em!important;"
    "border-left:1px solid rgba(128,128,128,.55)}"
    "div.vsa-tree li{margin:0!important}"
    "div.vsa-tree .said{white-space:pre-wrap}"
    "div.vsa-tree .edge{display:inline-block;opacity:.75;font-variant-numeric:tabular-nums}"
    "div.vsa-tree .bar{display:inline-block;height:.6em;background:currentColor;opacity:.45;"
    "margin:0 .6em}"
    "</style>"
)


def html(picture: Picture) -> str:
    """A picture for a notebook."""
    drawn = DRAWN.get(type(picture))
    return markup.preformatted(text(picture)) if drawn is None else drawn(picture)


def _bars(picture: Bars) -> str:
    most = picture.top or max(max(value for _, value in picture.rows), 1e-9)
    shares = [min(max(value / most, 0.0), 1.0) for _, value in picture.rows]
    faint = [i for i, (name, _) in enumerate(picture.rows) if name in picture.faint]
    rows = [(name, f"{value:.2f}") for name, value in picture.rows]
    heads = ("", picture.axis)
    return markup.table(
        heads, rows, _said(picture), numbers={1}, bars={1: ("", shares)}, dimmed=faint
    )


def _heat(picture: HeatMap) -> str:
    if max(picture.values.shape) > NUMBERED:
        return markup.preformatted(text(picture))
    down, across = picture.values.shape
    names = list(picture.rows) or [str(i) for i in range(1, down + 1)]
    heads = list(picture.columns) or [str(i) for i in range(1, across + 1)]
    cells = [[f"{v:.2f}" for v in row] for row in picture.values]
    rows = [[name, *row] for name, row in zip(names, cells, strict=True)]
    return markup.table(["", *heads], rows, _said(picture), numbers=set(range(1, across + 1)))


def _said(picture: Picture) -> str:
    return "\n".join(words for words in (picture.title, picture.below) if words)


# --- trees -----------------------------------------------------------------------------------------
def _tree(picture: Tree) -> str:
    head, foot = (
        f'<div class="said">{escape(words)}</div>' if words else ""
        for words in (picture.title, picture.below)
    )
    return f'{STYLE}<div class="vsa-tree">{head}<ul>{_branch(picture.root, 0)}</ul>{foot}</div>'


def _edge(node: Node) -> str:
    return node.edge if node.cosine is None else f"{node.edge} {node.cosine:.2f}".strip()


def _branch(node: Node, wide: int) -> str:
    """A part and what it is made of, below each other.  wide: letters that its edge is given."""
    edge = escape(_edge(node))
    said = f'<span class="edge" style="min-width:{wide}ch">{edge}</span> ' if edge else ""
    if node.cosine is not None and node.cosine >= 0.01:
        long = BAR * min(node.cosine, 1.0)
        said += f'<span class="bar" style="width:{long:.2f}em" aria-hidden="true"></span>'
    label = escape(node.label) or ("" if said else "·")
    room = max((columns(_edge(part)) for part in node.parts), default=0)
    parts = "".join(_branch(part, room) for part in node.parts)
    return f"<li>{said}{label}{f'<ul>{parts}</ul>' if parts else ''}</li>"


# --- boxes and lines -------------------------------------------------------------------------------
def _diagram(picture: Diagram) -> str:
    """An SVG: generations, say, from left to right."""
    place, (wide, high) = picture.laid(lambda box: LETTER * columns(box.label) + 16, GAP, HIGH)
    drawn = []
    for start, end, dashed in picture.lines:
        (x, y, half), (u, v, other) = place[start], place[end]
        dash = ' stroke-dasharray="4 3"' if dashed else ""
        drawn.append(
            f'<line x1="{x + half:.1f}" y1="{y:.1f}" x2="{u - other:.1f}" y2="{v:.1f}"{dash}/>'
        )
    for box, (x, y, half) in zip(picture.boxes, place, strict=True):
        if not box.label:
            drawn.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="currentColor"/>')
            continue
        round_ = 11 if box.kind in picture.kinds[1::2] else 1
        width = 2.4 if box.marked else 1
        drawn.append(
            f'<rect x="{x - half:.1f}" y="{y - 11:.1f}" width="{2 * half:.1f}" height="22" '
            f'rx="{round_}" stroke-width="{width}"/>'
            f'<text x="{x:.1f}" y="{y + 4:.1f}">{escape(box.label)}</text>'
        )
    return (
        f'{STYLE}<div class="vsa-tree"><div class="said">{escape(_said(picture))}</div>'
        f'<svg width="{wide:.0f}" height="{high:.0f}" viewBox="0 0 {wide:.0f} {high:.0f}" '
        'style="max-width:100%;height:auto" fill="none" stroke="currentColor" '
        'font-family="sans-serif" font-size="12" text-anchor="middle">'
        "<style>.vsa-tree text{fill:currentColor;stroke:none}</style>"
        f"{''.join(drawn)}</svg></div>"
    )


def _panels(picture: Panels) -> str:
    said = f'<div class="said">{escape(_said(picture))}</div>'
    return f'{STYLE}<div class="vsa-tree">{said}{"".join(map(html, picture.pictures))}</div>'


DRAWN: dict[type, Callable[[Any], str]] = {
    Bars: _bars, HeatMap: _heat, Tree: _tree, Diagram: _diagram, Panels: _panels,
}  # fmt: skip
