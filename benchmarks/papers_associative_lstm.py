"""The associative LSTM beside its paper (Danihelka et al. 2016) and beside its critics' questions.

The paper's networks have 128 units and train for hundreds of thousands of texts; these have 64 and
train for as many as fit some minutes. What can be compared is who learns sooner, and the noise law.
LSTM is `torch.nn.LSTM` of as many parameters. "moduli" has the same weights, products and depth, but
its keys have lengths alone, no phases, so nothing can be addressed by them; "no keys": they are 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from vsa_plugins.associative_lstm import Run, law, learn, make, measured, read_queue, score, task

from benchmarks.papers import Table, short, spread

HIDDEN, RATE, BATCH, EVERY = 64, 1e-2, 32, 50
LSTM_LONGER = 3  # times as many steps for torch's LSTM, of which each takes a quarter of the time
NOISE = {1: 19.5, 2: 9.5, 4: 5.0, 8: 2.5, 16: 1.33, 32: 0.74}
LONGER = ((1, 10), (11, 12), (13, 15), (16, 20))
SIZED = {
    "assignment": (1, 3),
    "tags": (1, 3),
}  # shorter than the tasks' own: they learn in less time


def _runs(
    name: str, net: str, copies: int, steps: int, seeds: Sequence[int], quick: bool
) -> list[Run]:
    """Networks trained on a task, one for each seed."""
    steps *= LSTM_LONGER if net == "lstm" else 1
    return [
        learn(
            task(name), net, hidden=16 if quick else HIDDEN, copies=copies,
            steps=4 if quick else steps, batch=BATCH, rate=RATE, every=2 if quick else EVERY,
            size=SIZED.get(name), seed=seed,
        )
        for seed in seeds
    ]  # fmt: skip


def _sooner(runs: list[Run], steps: int, share: float = 0.9) -> str:
    """Steps to so many right symbols, of each seed; > where they had not come to it."""
    found = [run.steps_to(share) for run in runs]
    return " ".join(
        f"{at}" if at is not None and at <= steps else f">{min(steps, run.curve[-1].step)}"
        for at, run in zip(found, runs, strict=True)
    )


def _label(net: str, copies: int) -> str:
    shown = {"lstm": "torch.nn.LSTM"}.get(net, net)
    return shown + (f", S = {copies}" if copies > 1 or net == "associative" else "")


def noise(quick: bool) -> Table:
    rows = []
    trials = 20 if quick else 400
    for copies, published in NOISE.items():
        found, error = measured(20, copies, 128, trials)
        rows.append(
            (
                str(copies),
                short(law(20, copies, 128)),
                f"{short(found)} ±{short(error)}",
                short(published),
            )
        )
    return Table(
        "Retrieval noise without training: 20 pairs, 128 complex numbers",
        ("copies", "law", "measured", "reference"),
        rows,
        (f"± is the standard error of {trials} trials. The floor is 19/128 = .15.",),
    )


def sizes(quick: bool) -> Table:
    chosen = task("copy")
    rows = []
    for net, published in (("associative", "65,505"), ("lstm", "72,841")):
        made = make(chosen, net, 128)
        units = made.layer.hidden_size
        rows.append((_label(net, 1), str(units), f"{made.parameters_count:,}", f"128: {published}"))
    return Table(
        "Parameters for episodic copy",
        ("network", "units", "parameters", "paper, units: parameters"),
        rows,
        (
            "The paper's baseline has as many units; ours has as many parameters as the other network.",
        ),
    )


def _rows(
    net: str, copies: int, runs: list[Run], steps: int, extra: Sequence[str] = ()
) -> list[tuple[str, ...]]:
    """The row of a network; two for torch's LSTM, after as many steps and after all of its own."""
    last = max(run.curve[-1].step for run in runs)
    if net != "lstm" or last <= steps:
        return [_row(_label(net, copies), runs, last, extra)]
    return [
        _row(_label(net, copies), runs, steps, ["-"] * len(extra)),
        _row(f"{_label(net, copies)}, {LSTM_LONGER} × steps", runs, last, extra),
    ]


def _row(label: str, runs: list[Run], steps: int, extra: Sequence[str]) -> tuple[str, ...]:
    best = [min((p for p in run.curve if p.step <= steps), key=lambda p: p.loss) for run in runs]
    total = sum(run.curve[-1].step for run in runs)
    return (
        label,
        f"{runs[0].net.parameters_count:,}",
        _sooner(runs, steps),
        f"{1000 * sum(run.seconds for run in runs) / total:.0f}",
        spread([p.loss for p in best]),
        spread([p.symbols for p in best]),
        *extra,
    )


COLUMNS = ("network", "parameters", "steps to .9", "ms a step", "loss", "right")


def _compared(
    name: str, title: str, nets: Sequence[tuple[str, int]], steps: int, seeds: Sequence[int],
    quick: bool, *notes: str,
) -> Table:  # fmt: skip
    rows = []
    for net, copies in nets:
        rows += _rows(net, copies, _runs(name, net, copies, steps, seeds, quick), steps)
    return Table(title, COLUMNS, rows, (_told(steps, "", seeds), *notes))


def _told(steps: int, what: str, seeds: Sequence[int]) -> str:
    return (
        f"{steps:,} steps of {BATCH} texts{what}, "
        f"seeds {' '.join(map(str, seeds))}. Loss in nats; right: share of symbols."
    )


# --- episodic copy: who learns sooner, longer texts, the queue in the cell -------------------------
def _read(run: Run, quick: bool) -> tuple[float, ...]:
    """What a linear read-out of the cell gets right: of 5, of 10, and of 10 the 5 still to be given."""
    texts = 200 if quick else 2000

    def right(length: int, emitted: int) -> float:
        found = read_queue(run.net, run.task, length, texts=texts, emitted=emitted)
        return float(np.mean(found.right[emitted:]))

    return right(5, 0), right(10, 0), right(10, 5)


def _at(run: Run, size: tuple[int, int], quick: bool) -> float:
    """Share of symbols that are right in texts of a size."""
    rng = np.random.default_rng([run.seed, size[0]])
    return score(run.net, run.task.batch(rng, 50 if quick else 500, size)).symbols


def _copy(nets: Sequence[tuple[str, int]], title: str, quick: bool, *notes: str) -> Table:
    seeds = range(1) if quick else range(2)
    rows = []
    for net, copies in nets:
        runs = _runs("copy", net, copies, COPY_STEPS, seeds, quick)
        longer = [spread([_at(run, size, quick) for run in runs]) for size in LONGER[1:]]
        queue = [spread(list(x)) for x in zip(*(_read(run, quick) for run in runs), strict=True)]
        cell = str(runs[0].net.layer.hidden_size * copies)
        rows += _rows(net, copies, runs, COPY_STEPS, [*longer, cell, *queue])
    read = ("cell", "read 5", "read 10", "5 left")
    columns = (*COLUMNS, *(f"{a}-{b}" for a, b in LONGER[1:]), *read)
    told = _told(COPY_STEPS, " of 1 to 10 of 8 symbols and 10 blanks", seeds)
    return Table(title, columns, rows, (told, *notes))


COPY_STEPS = 1000


def copied(quick: bool) -> Table:
    return _copy(
        (("lstm", 1), ("associative", 1), ("associative", 4)),
        "Episodic copy: who learns sooner, and what it is worth beyond",
        quick,
        "11-12 …: symbols right in texts longer than it was trained on; chance .12.",
        "read 5, read 10: by a linear read-out of the cell's numbers, queues of so many before recall;",
        "5 left: of 10, when 5 have been given out, those that are still to come.",
        "The paper: learns sooner than LSTM, and with more copies sooner still.",
    )


def controls(quick: bool) -> Table:
    return _copy(
        (("moduli", 4), ("no keys", 1)),
        "The same without lookup: equal depth and products, but no phases; and no keys at all",
        quick,
    )


# --- texts -----------------------------------------------------------------------------------------
def assigned(quick: bool) -> Table:
    return _compared(
        "assignment", "Variable assignment: s(ml,a),s(qc,n),q(qc)n.q(ml)a., 1 to 3 variables",
        (("lstm", 1), ("associative", 4), ("moduli", 4)), 800, range(2 if not quick else 1), quick,
        "The paper: learns sooner than LSTM.",
    )  # fmt: skip


def tagged(quick: bool) -> Table:
    return _compared(
        "tags", "Nested tags: <ab><cd></cd></ab>, 1 to 3 tags of 2 to 4 letters, depth up to 4",
        (("lstm", 1), ("associative", 4)), 600, range(2 if not quick else 1), quick,
        "Asked is what closes a tag. The paper: learns sooner than LSTM.",
    )  # fmt: skip


def added(quick: bool) -> Table:
    nets = (("lstm", 1), ("associative", 4))
    seeds = range(1)
    rows = []
    for net, copies in nets:
        runs = _runs("addition", net, copies, ADDITION_STEPS, seeds, quick)
        by_size = [
            spread([_at(run, size, quick) for run in runs]) for size in ((1, 2), (3, 5), (6, 10))
        ]
        rows += _rows(net, copies, runs, ADDITION_STEPS, by_size)
    return Table(
        "Addition of numbers of up to 10 digits, the lowest first",
        (*COLUMNS, "1-2 digits", "3-5", "6-10"),
        rows,
        (_told(ADDITION_STEPS, "", seeds), "By digits: shares of right symbols."),
    )


ADDITION_STEPS = 1500


TABLES = (noise, sizes, copied, controls, assigned, tagged, added)
