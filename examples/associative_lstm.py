"""Who learns sooner: learning curves of the associative LSTM and of torch's, as a picture.

    python examples/associative_lstm.py --out curves.png
    python examples/associative_lstm.py --tasks copy --nets lstm associative moduli --seeds 3

Four tasks, both networks of as many parameters, a thin line for each seed and a thick one for their
median. Takes about a quarter of an hour on one core. Ctrl-C draws what there is.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from vsa_plugins.associative_lstm import NETS, TASKS, Run, draw_curves, learn, task

from vsa import VsaError

STEPS = {"copy": 1200, "assignment": 1000, "tags": 700, "addition": 1500}
SIZES = {"assignment": (1, 3), "tags": (1, 3)}  # shorter than the tasks' own
COPIED = ("associative", "moduli")  # networks that have copies


def runs_of(options: argparse.Namespace) -> list[Run]:
    """One run for each task, network and seed, with a line about each."""
    found: list[Run] = []
    for name in options.tasks:
        for net in options.nets:
            for seed in range(options.seeds):
                try:
                    run = learn(
                        task(name), net, hidden=options.hidden,
                        copies=options.copies if net in COPIED else 1,
                        steps=options.steps or STEPS[name], rate=options.rate, every=options.every,
                        size=SIZES.get(name), seed=seed, progress=shown,
                    )  # fmt: skip
                except KeyboardInterrupt:
                    return found
                found.append(run)
                last, at = run.curve[-1].step, run.steps_to(0.9)
                print(
                    f"{name:10}  {run.label:23}  seed {seed}  "
                    f".9 right after {f'{at:>5}' if at is not None else f'>{last}':>5} steps, "
                    f"best {run.best.symbols:.3f}, loss {run.best.loss:.3f}, "
                    f"{1000 * run.seconds / max(last, 1):.0f} ms a step",
                    flush=True,
                )
                if run.ended == "interrupted":
                    return found
    return found


def shown(title: str, share: float) -> None:
    """How far a training is, on a terminal."""
    if sys.stderr.isatty():
        end = "\r" if share < 1 else "\r" + " " * 60 + "\r"
        print(f"{title} {share:.0%}", end=end, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", nargs="+", choices=list(TASKS), default=list(TASKS))
    parser.add_argument("--nets", nargs="+", choices=list(NETS), default=["lstm", "associative"])
    parser.add_argument("--steps", type=int, default=0, help="of training (default: by task)")
    parser.add_argument("--every", type=int, default=50, help="steps between points of a curve")
    parser.add_argument("--hidden", type=int, default=64, help="units of the associative LSTM")
    parser.add_argument("--copies", type=int, default=4, help="redundant copies in its cell")
    parser.add_argument("--rate", type=float, default=0.01, help="of Adam")
    parser.add_argument("--seeds", type=int, default=2, help="runs of each")
    parser.add_argument("--out", help="a picture of the curves: .png, .svg or .pdf")
    options = parser.parse_args(arguments)
    try:
        found = runs_of(options)
        if options.out:
            draw_curves(found, options.out)
            print(f"curves: {options.out}")
    except VsaError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
