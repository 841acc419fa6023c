"""One style for all pictures: colours that all eyes tell apart, on light paper or dark.

The colours are those of Okabe and Ito (2008); what differs in colour differs in its mark or its line
too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MARKS = ("o", "s", "^", "D", "v", "P", "X", "*")
LINES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (2, 1)), (0, (5, 1.5, 1, 1.5)))


@dataclass(frozen=True)
class Look:
    """The colours of paper, of what is written, of what stands back, and of what is told apart."""

    paper: str
    ink: str
    faint: str
    grid: str
    series: Sequence[str]

    def colour(self, number: int) -> str:
        """Of a series."""
        return self.series[number % len(self.series)]


LIGHT = Look(
    "#ffffff", "#1f2328", "#6e7781", "#d8dee4",
    ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"),
)  # fmt: skip
DARK = Look(
    "#0d1117", "#e6edf3", "#8b949e", "#30363d",
    ("#56B4E9", "#E69F00", "#5FCF80", "#E39BC4", "#F0E442", "#FF8A4C"),
)  # fmt: skip


def settings(look: Look) -> dict[str, Any]:
    """For matplotlib.  Texts stay texts in an SVG, and a picture is drawn the same each time."""
    return {
        "figure.facecolor": look.paper, "axes.facecolor": look.paper, "savefig.facecolor": look.paper,
        "text.color": look.ink, "axes.labelcolor": look.ink, "axes.edgecolor": look.faint,
        "xtick.color": look.faint, "ytick.color": look.faint,
        "xtick.labelcolor": look.ink, "ytick.labelcolor": look.ink,
        "grid.color": look.grid, "grid.linewidth": 0.6, "axes.linewidth": 0.8,
        "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
        "font.family": "sans-serif", "font.sans-serif": ["DejaVu Sans"], "font.size": 9,
        "axes.titlesize": 10, "axes.titlelocation": "left", "axes.titlepad": 8,
        "legend.frameon": False, "legend.fontsize": 8,
        "svg.fonttype": "none", "svg.hashsalt": "vsa", "pdf.fonttype": 42,
    }  # fmt: skip
