"""Relevancy screening: what a bounded memory keeps, and a recurrent cell that recalls over a delay."""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path

import torch
from torch import nn
from vsa_plugins.biases import RelevancyRNNCell

import vsa
from benchmarks.biases.rows import Row, table
from benchmarks.papers import Table

sys.path.append(str(Path(__file__).parents[2] / "examples"))

import screening as example

STREAMS = 4  # of a seed, side by side
SYMBOLS, TRAINED, LONG, BATCH, STEPS = 8, 20, 200, 32, 200


def policy(seed: int, kind: str, slots: int = 30, steps: int = example.STEPS) -> float:
    """What a policy recalls: "screening", "late", "window", "all", "reservoir" or "random late"."""
    space, late = vsa.Space(dim=256, backend="torch"), kind.endswith("late")
    seeds = range(STREAMS * seed, STREAMS * (seed + 1))
    given = [example.stream(space, number, late, steps) for number in seeds]
    places = example.RECENT + slots
    if kind in ("screening", "late"):
        recalled = example.screened(space, given, example.RECENT, slots)
    elif kind == "window":
        recalled = example.screened(space, given, places, 0)
    else:
        kept = steps if kind == "all" else places
        recalled = [example.sampled(some, kept, n) for some, n in zip(given, seeds, strict=True)]
    return sum(recalled) / STREAMS


def memory(quick: bool) -> Table:
    def row(name: str, reference: str, kind: str, control: str, slots: int = 30) -> Row:
        return Row(
            name,
            lambda seed: policy(seed, kind, slots),
            reference=reference,
            control=lambda seed: policy(seed, control, slots),
            beside=control.split()[0],
        )

    rows = [
        row("30 slots", ".980 ±.031", "screening", "reservoir"),
        row("40 slots", ".998 ±.006", "screening", "window", 40),
        row("10 slots (.34 would be 10 of 29)", ".411 ±.097", "screening", "reservoir", 10),
        row("a window of as many places as 30 slots", ".046 ±.009", "window", "all"),
        row("relevance that shows after the buffer", ".030 ±.030", "late", "random late"),
    ]
    return table(
        "Screening: later questions answered, of 1,500 items one in fifty of which matters",
        rows,
        quick,
        f"256 dimensions, the last 10 items and slots, temperature .05; a seed is {STREAMS} streams, of "
        "which the references give the spread. The last row is the limit: no better than at random.",
    )


@lru_cache
def trained(seed: int, recent: int, slots: int, steps: int = STEPS) -> tuple[float, float]:
    """Recall of a symbol after a delay of 20, as trained, and after 200."""
    torch.manual_seed(seed)
    # attention to all needs no more places than there are steps, of which training has few
    cell = RelevancyRNNCell(SYMBOLS + 1, 64, min(recent, TRAINED + 3), slots)
    read = nn.Linear(64, SYMBOLS)
    descent = torch.optim.Adam([*cell.parameters(), *read.parameters()], lr=3e-3)

    def answers(symbols: torch.Tensor, delay: int) -> torch.Tensor:
        """A symbol, nothing for a while, then the sign to answer."""
        shown = nn.functional.one_hot(symbols, SYMBOLS + 1).float()
        sign = nn.functional.one_hot(torch.full_like(symbols, SYMBOLS), SYMBOLS + 1).float()
        _, state = cell(shown)
        for _ in range(delay):
            _, state = cell(0 * shown, state)
        return read(cell(sign, state)[0])

    for _ in range(steps):
        symbols = torch.randint(SYMBOLS, (BATCH,))
        descent.zero_grad()
        nn.functional.cross_entropy(answers(symbols, TRAINED), symbols).backward()
        nn.utils.clip_grad_norm_(cell.parameters(), 1.0)
        descent.step()
    cell.recent = recent
    symbols = torch.arange(SYMBOLS)  # nothing else is drawn: eight sequences are all there are
    with torch.no_grad():
        short, long = (
            float((answers(symbols, delay).argmax(-1) == symbols).float().mean())
            for delay in (TRAINED, LONG)
        )
    return short, long


def recall(quick: bool) -> Table:
    def row(name: str, reference: str, recent: int, slots: int) -> Row:
        return Row(
            f"{name}: delay 200",
            lambda seed: trained(seed, recent, slots)[1],
            reference=reference,
            control=lambda seed: trained(seed, recent, slots)[0],
            beside="delay 20",
            seeds=2,
            digits=2,
        )

    rows = [
        row("screening, the last 5 and 8 slots", "1.00, 1.00", 5, 8),
        row("attention to all states", "1.00, 1.00", LONG + 3, 0),
        row("attention to the last 13 states", ".21, .13", 13, 0),
    ]
    return table(
        f"A cell that screens: one of {SYMBOLS} symbols recalled, trained at a delay of {TRAINED}",
        rows,
        quick,
        f"64 units, Adam 3e-3, {STEPS} steps of {BATCH}; chance .125. Two seeds, as the references.",
    )


TABLES = (memory, recall)
