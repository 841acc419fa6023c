"""Rows of candidates for one task, sampled in turn, and the table of their medians and ratios.

A row holds this library's way and the peers' ways of doing the same thing. Every round takes one
sample of each candidate, in rotating order, so that a slow moment of the machine hits them alike.
Samples are CPU seconds of the process, all its threads together, which other processes on the
machine disturb less than wall time; a row may bring its own way of sampling (bytes, CPU seconds of
a child). A peer may have several candidates: the fastest of them stands for it.
"""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.machine import SAMPLES, Limits, Work

OURS = "vsa"

Run = Callable[[], Any]


@dataclass(slots=True)
class Candidate:
    """One way of doing a row's task.

    peer: whose way it is (`OURS`, or a column of the group).  run: does it once.
    answer: makes what `run` returns comparable between candidates; None where it is not.
    way: which way of several.  sample: takes the place of the timing (`Row.sample`).
    """

    peer: str
    run: Run
    answer: Callable[[Any], Any] | None = None
    way: str = ""


@dataclass(slots=True)
class Row:
    """A task, its candidates, and the goals: the least ratio peer ÷ ours wanted of each peer.

    unit: "s" or "B", of the samples.  sample: one sample of a `run`; None times it.  sizes: of what
    each candidate works on, where they differ in that.  work: the least that has to be done, where
    that can be said.
    """

    label: str
    candidates: list[Candidate]
    goals: dict[str, float] = field(default_factory=dict)
    unit: str = "s"
    sample: Callable[[Run], float] | None = None
    sizes: dict[str, int] = field(default_factory=dict)
    work: Work | None = None


@dataclass(slots=True)
class Result:
    """Medians of a row: values by peer, in the row's unit; ratios peer ÷ ours.

    limit: the seconds that the machine takes at the least.
    """

    group: str
    label: str
    unit: str
    values: dict[str, float]
    ways: dict[str, str]
    goals: dict[str, float]
    sizes: dict[str, int] = field(default_factory=dict)
    limit: float | None = None

    @property
    def share(self) -> float | None:
        """The limit over our time: how much of what the machine can do is reached."""
        return self.limit / self.values[OURS] if self.limit and self.values[OURS] else None

    @property
    def exponent(self) -> float | None:
        """The slope of log value over log size, by least squares; None where sizes do not differ."""
        known = [(math.log(size), math.log(self.values[p])) for p, size in self.sizes.items()]
        return statistics.linear_regression(*zip(*known, strict=True)).slope if known else None

    @property
    def ratios(self) -> dict[str, float]:
        ours = self.values[OURS]
        return {
            peer: value / ours if ours else math.inf
            for peer, value in self.values.items()
            if peer != OURS
        }

    def met(self) -> bool | None:
        """Whether every goal that could be measured is reached; None if none could."""
        ratios = self.ratios
        known = [ratios[peer] >= goal for peer, goal in self.goals.items() if peer in ratios]
        return all(known) if known else None

    def to_json(self) -> dict[str, Any]:
        return {
            "group": self.group, "row": self.label, "unit": self.unit, "values": self.values,
            "limit": self.limit, "share": None if self.share is None else round(self.share, 3),
            "ways": self.ways, "ratios": {p: round(r, 3) for p, r in self.ratios.items()},
            "goals": self.goals, "met": self.met(), "exponent": self.exponent,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to measure: rounds of samples, seconds a sample should last and a row may take."""

    rounds: int = 11
    least_rounds: int = 3
    sample_s: float = 0.02
    row_s: float = 30.0


QUICK = Effort(rounds=3, sample_s=0.001, row_s=3.0)


def timer(run: Run, sample_s: float) -> Callable[[], float]:
    """A function that gives the CPU seconds of one call, averaged over as many as `sample_s` holds.

    Calling this warms up: caches, tables computed on first use, pages of the output.
    """

    def loop(number: int) -> float:
        start = time.process_time()
        for _ in range(number):
            run()
        return (time.process_time() - start) / number

    run()
    number = 1
    while (once := loop(number)) * number < sample_s / 2:
        number = min(10 * number, max(2 * number, math.ceil(sample_s / max(once, 1e-9))))

    def take() -> float:
        run()  # the caches and free pages that the candidate before left behind
        return loop(number)

    return take


def best(run: Run, sample_s: float = 0.02) -> float:
    """The CPU seconds of one call in the best of some samples: a limit, unlike a habit."""
    take = timer(run, sample_s)
    return min(take() for _ in range(SAMPLES))


def measure(group: str, row: Row, effort: Effort, limits: Limits | None = None) -> Result:
    """Medians of interleaved samples of the row's candidates, and the limit where it can be said."""
    own = row.sample
    if own is None:
        takes = [timer(c.run, effort.sample_s) for c in row.candidates]
    else:
        takes = [lambda run=c.run: own(run) for c in row.candidates]
    samples: list[list[float]] = [[] for _ in takes]
    gc.collect()
    gc.disable()
    start = time.perf_counter()
    try:
        for turn in range(effort.rounds):
            if turn >= effort.least_rounds and time.perf_counter() - start > effort.row_s:
                break
            for i in range(len(takes)):
                j = (i + turn) % len(takes)
                samples[j].append(takes[j]())
    finally:
        gc.enable()
    values: dict[str, float] = {}
    ways: dict[str, str] = {}
    for candidate, taken in zip(row.candidates, samples, strict=True):
        median = statistics.median(taken)
        if median < values.get(candidate.peer, math.inf):
            values[candidate.peer] = median
            ways[candidate.peer] = candidate.way
    limit = limits.seconds(row.work) if limits is not None and row.work is not None else None
    return Result(group, row.label, row.unit, values, ways, row.goals, row.sizes, limit)


# --- printing ------------------------------------------------------------------------------------


def quantity(value: float, unit: str) -> str:
    """A value with three digits and the prefix that suits it: 12.3 µs, 410 MB."""
    if value == 0:
        return f"0 {unit}"
    prefixes = {"s": [(1, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")]}.get(
        unit, [(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "B")]
    )
    scale, name = next((p for p in prefixes if value >= p[0]), prefixes[-1])
    return f"{_digits(value / scale)} {name}"


def _digits(value: float) -> str:
    if not math.isfinite(value):
        return "∞"
    return f"{value:.0f}" if value >= 99.5 else f"{value:.1f}" if value >= 9.95 else f"{value:.2f}"


LABEL = 34
SHARE = 9
CELL = 18


def header(group: str, peers: Sequence[str]) -> str:
    return (
        f"{group:<{LABEL}}{OURS:>10}{'share':>{SHARE}}"
        + "".join(f"{p:>{CELL}}" for p in peers)
        + "   goal"
    )


def line(result: Result, peers: Sequence[str]) -> str:
    """A row of the table: our value, its share of the limit, each peer's with its ratio, the goals."""
    cells = [f"{result.label:<{LABEL}}{quantity(result.values[OURS], result.unit):>10}"]
    cells.append(f"{'' if result.share is None else f'{result.share:.0%}':>{SHARE}}")
    ratios = result.ratios
    for peer in peers:
        known = peer in ratios
        text = (
            f"{quantity(result.values[peer], result.unit)} {_digits(ratios[peer]):>5}×"
            if known
            else "-"
        )
        cells.append(f"{text:>{CELL}}")
    if result.exponent is not None:
        cells.append(f"   size^{result.exponent:.2f}")
    goals = ", ".join(f"{peer} ≥ {goal:.3g}×" for peer, goal in result.goals.items())
    verdict = {True: "  met", False: "  MISSED", None: ""}[result.met()]
    return "".join(cells) + (f"   {goals}{verdict}" if goals else "")


def run_group(
    name: str,
    peers: Sequence[str],
    rows: Iterable[Row],
    effort: Effort,
    limits: Limits | None = None,
    show: Callable[[str], None] = print,
) -> list[Result]:
    """Measure and print the rows of a group, one after the other as they are made."""
    show(header(name, peers))
    results = []
    for row in rows:
        results.append(measure(name, row, effort, limits))
        show(line(results[-1], peers))
    return results
