"""Learning curves as a picture."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vsa import VsaError
from vsa.plugin import arguments, files, needed
from vsa_plugins.associative_lstm.experiment import Run

# of Okabe and Ito, which all eyes tell apart
COLOURS = {"associative": "#0072B2", "moduli": "#E69F00", "no keys": "#009E73", "lstm": "#D55E00"}
OTHERS = ("#56B4E9", "#CC79A7", "#000000")
SOON = 0.9  # share of right symbols, where a dot marks how soon it came
ENDINGS = (".png", ".svg", ".pdf")


def draw_curves(runs: Sequence[Run], path: str | os.PathLike[str]) -> None:
    """Loss over steps, a panel for each task: a thin line for each run, a thick one for their median.

    A dot on a run's line: here it had .9 of the symbols right.
    path: ends in .png, .svg or .pdf.
    """
    ending = Path(arguments.checked_path("the path", path)).suffix.lower()
    if ending not in ENDINGS:
        raise VsaError(f"a picture ends in {', '.join(ENDINGS)}, not {ending or 'nothing'!r}")
    if not runs:
        raise VsaError("there are no curves to draw: give runs, as `learn` makes them")
    by_task: dict[str, dict[str, list[Run]]] = {}
    for run in runs:
        by_task.setdefault(run.task.name, {}).setdefault(run.label, []).append(run)
    figure = needed("matplotlib.figure", "drawing curves", "plot").Figure(
        figsize=(4.2 * min(len(by_task), 2), 3.3 * ((len(by_task) + 1) // 2))
    )
    figure.set_layout_engine("constrained")
    axes = list(figure.subplots((len(by_task) + 1) // 2, min(len(by_task), 2), squeeze=False).flat)
    for ax in axes[len(by_task) :]:
        ax.set_axis_off()
    for ax, (name, groups) in zip(axes, by_task.items(), strict=False):
        spare = iter(OTHERS * len(groups))
        taken: set[str] = set()
        for label, group in groups.items():
            colour = COLOURS.get(label.split(",")[0], "")
            colour = next(spare) if not colour or colour in taken else colour
            taken.add(colour)
            _draw(ax, label, group, colour)
        ax.set_title(name, loc="left", fontsize=10)
        ax.set_xlabel("training steps")
        ax.set_ylabel("loss of an asked symbol, nats")
        ax.set_title(f"dots: {SOON:g} right", loc="right", fontsize=8, color="0.4")
        ax.set_ylim(bottom=0)
        ax.set_xlim(left=0)
        ax.grid(alpha=0.25, linewidth=0.6)
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(fontsize=8, frameon=False)
    with files.written(path) as file:
        figure.savefig(file, dpi=150, format=ending[1:])


def _draw(ax: Any, label: str, group: Sequence[Run], colour: str) -> None:
    for run in group:
        ax.plot(*zip(*((p.step, p.loss) for p in run.curve), strict=True), color=colour,
                linewidth=0.7, alpha=0.45)  # fmt: skip
        if (at := run.steps_to(SOON)) is not None:
            (loss,) = (p.loss for p in run.curve if p.step == at)
            ax.plot([at], [loss], "o", color=colour, markersize=5)
    ax.plot(*median(group), color=colour, linewidth=2, label=label)


def median(group: Sequence[Run]) -> tuple[list[int], list[float]]:
    """Steps and the median loss at each; a run that ended counts on with its last."""
    steps = sorted({p.step for run in group for p in run.curve})
    losses = []
    for step in steps:
        now = sorted([p.loss for p in run.curve if p.step <= step][-1] for run in group)
        middle = len(now) // 2
        losses.append(now[middle] if len(now) % 2 else (now[middle - 1] + now[middle]) / 2)
    return steps, losses
