"""Tables as HTML, for notebooks: every text escaped, the colours those of the page, light or dark.

Bars are drawn in the colour of the text and stand beside their numbers, so that nothing is told by a
colour alone; where a page drops styles the numbers are left.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

SHOWN = 50  # rows of a table that are shown; of more, how many they are

# Notebooks set their own tables to the right, by rules of whatever weight.
STYLE = (
    "<style>"
    "table.vsa{border-collapse:collapse;color:inherit;margin:.3em 0}"
    "table.vsa caption{text-align:left;caption-side:top;color:inherit;white-space:pre-wrap}"
    "table.vsa th,table.vsa td{padding:.15em .8em;text-align:left!important;white-space:pre-wrap}"
    "table.vsa .number{text-align:right!important;font-variant-numeric:tabular-nums}"
    "table.vsa .dimmed{opacity:.65;font-style:italic}"
    "table.vsa .bar{min-width:10em}"
    "table.vsa .bar div{background:currentColor;opacity:.45;height:.7em}"
    "</style>"
)


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    title: str = "",
    *,
    numbers: Collection[int] = (),
    bars: Mapping[int, tuple[str, Sequence[float]]] | None = None,
    dimmed: Collection[int] = (),
    count: int | None = None,
) -> str:
    """A table of texts under headings.

    numbers: the columns that stand to the right.  bars: by column, what stands over its bars and how
    long each is, 0 to 1.  dimmed: rows that matter less.  count: of all rows, of which some are given.
    """
    bars = bars or {}
    heading = "".join(
        _cell("th", columns[i], "number" * (i in numbers))
        + (_cell("th", bars[i][0]) if i in bars else "")
        for i in range(len(columns))
    )
    body = []
    for n, row in enumerate(rows):
        cells = "".join(
            _cell("td", text, "number" * (i in numbers))
            + (_bar(bars[i][1][n]) if i in bars else "")
            for i, text in enumerate(row)
        )
        body.append(f'<tr class="dimmed">{cells}</tr>' if n in dimmed else f"<tr>{cells}</tr>")
    if count is not None and count > len(rows):
        more = f"… {count - len(rows):,} more of {count:,} rows"
        across = len(columns) + len(bars)
        body.append(f'<tr class="dimmed"><td colspan="{across}">{more}</td></tr>')
    caption = f"<caption>{escape(title)}</caption>" if title else ""
    head = f"<thead><tr>{heading}</tr></thead>" if any(columns) else ""
    return f'{STYLE}<table class="vsa">{caption}{head}<tbody>{"".join(body)}</tbody></table>'


def bars(title: str, heights: Sequence[float], about: str) -> str:
    """Upright bars beside each other, from 0 to the highest, and what they are."""
    most = max([*heights, 1e-12])
    found = [30 * max(height, 0.0) / most for height in heights]
    drawn = "".join(
        f'<rect x="{6 * i}" y="{32 - high:.1f}" width="5" height="{high:.1f}"/>'
        for i, high in enumerate(found)
    )
    size = f'width="{6 * len(found)}" height="33" viewBox="0 0 {6 * len(found)} 33"'
    return (
        f'<div style="margin:.3em 0;color:inherit"><div>{escape(title)}</div>'
        f'<svg {size} role="img" aria-label="{escape(about)}" style="max-width:100%;display:block" '
        f'fill="currentColor" fill-opacity="0.45">{drawn}</svg>'
        f'<div style="opacity:.75">{escape(about)}</div></div>'
    )


def preformatted(text: str) -> str:
    """A text as it stands."""
    return f"<pre>{escape(text)}</pre>"


def _cell(tag: str, text: str, kind: str = "") -> str:
    return (
        f'<{tag} class="{kind}">{escape(text)}</{tag}>'
        if kind
        else f"<{tag}>{escape(text)}</{tag}>"
    )


def _bar(share: float) -> str:
    drawn = f'<div style="width:{100 * share:.1f}%"></div>' if share >= 0.001 else ""
    return f'<td class="bar" aria-hidden="true">{drawn}</td>'


def escape(text: str) -> str:
    """A text as HTML shows it."""
    import html  # with every name of a character

    return html.escape(text)
