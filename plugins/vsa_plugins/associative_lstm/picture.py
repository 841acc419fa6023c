"""Learning curves as a picture."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from vsa import VsaError, picture
from vsa.pictures import Curves, Panels, Series
from vsa_plugins.associative_lstm.experiment import Run

SOON = 0.9  # share of right symbols, where a dot marks how soon it came


def draw_curves(runs: Sequence[Run], path: str | os.PathLike[str], *, dark: bool = False) -> None:
    """Loss over steps, a panel for each task: a thin line for each run, a thick one for their median.

    A dot on a run's line: here it had .9 of the symbols right.
    path: ends in .png, .svg or .pdf.  dark: on dark paper.
    """
    picture(learning_curves(runs), path, dark=dark)


def learning_curves(runs: Sequence[Run]) -> Panels:
    """The same as a description."""
    if not runs:
        raise VsaError("there are no curves to draw: give runs, as `learn` makes them")
    by_task: dict[str, dict[str, list[Run]]] = {}
    for run in runs:
        by_task.setdefault(run.task.name, {}).setdefault(run.label, []).append(run)
    return Panels([_panel(name, groups) for name, groups in by_task.items()])


def _panel(name: str, groups: dict[str, list[Run]]) -> Curves:
    series = []
    for number, (label, group) in enumerate(groups.items()):
        for run in group:
            steps, losses = [p.step for p in run.curve], [p.loss for p in run.curve]
            series.append(_series("", steps, losses, number, line=True, faint=True))
            if (at := run.steps_to(SOON)) is not None:
                (loss,) = (p.loss for p in run.curve if p.step == at)
                series.append(_series("", [at], [loss], number))
        series.append(_series(label, *median(group), number, line=True))
    most = max(float(s.y.max()) for s in series)
    return Curves(
        series, "training steps", "loss of an asked symbol, nats", bounds=(0.0, most or 1.0),
        title=name, note=f"marks: {SOON:g} of the symbols right",
    )  # fmt: skip


def _series(label: str, steps: list[int], losses: list[float], group: int, **how: bool) -> Series:
    return Series(label, np.array(steps, float), np.array(losses), group=group, **how)  # type: ignore[arg-type]


def median(group: Sequence[Run]) -> tuple[list[int], list[float]]:
    """Steps and the median loss at each; a run that ended counts on with its last."""
    steps = sorted({p.step for run in group for p in run.curve})
    losses = []
    for step in steps:
        now = sorted([p.loss for p in run.curve if p.step <= step][-1] for run in group)
        middle = len(now) // 2
        losses.append(now[middle] if len(now) % 2 else (now[middle - 1] + now[middle]) / 2)
    return steps, losses
