"""Learning beside memorising: a cache memory of late activations on scikit-learn's digits.

    python examples/cache_digits.py --out cache_digits.png

A perceptron with layers of 64 and 32 learns from some items and keeps the activations of both
layers for them as keys, their labels as values; p = (1 − λ) p_net + λ p_cache (Grave, Joulin and
Usunier 2017; Orhan 2018). Shown are the accuracy with and without it, what learning from more items
is worth beside putting them into the cache, what either costs, and how steep the output is and how
easily it is deceived.

The experiments and their protocol are in cache_experiments.py; here they are shown.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from cache_experiments import EPSILONS, SETTINGS, SHARES, STEPS, compare, ratio, robustness, worth

from vsa import picture
from vsa.nn import torch_threads
from vsa.pictures import Bars, Curves, Panels, Picture, Series

Floats = np.ndarray[Any, Any]

PUBLISHED = {(200, 300): (0.9243, 0.9352, 0.9382), (800, 60): (0.9523, 0.9679, 0.9681)}
NAMES = {"net": "net", "both": "net and cache", "only": "cache only"}


def spread(values: Any) -> tuple[Floats, Floats]:
    """Mean over seeds, the first axis, and standard deviation."""
    values = np.asarray(values, dtype=float)
    return values.mean(0), values.std(0, ddof=1) if len(values) > 1 else 0 * values[0]


def column(rows: Sequence[Any], key: str) -> Floats:
    """What rows of dictionaries, nested as they may be, hold under a key."""
    return np.array([row[key] if isinstance(row, dict) else column(row, key) for row in rows])


def draw(tables: Any, values: Any, steep: Any, path: Path) -> None:
    """Six panels: accuracy over FLOPs, worth, accuracies and λ per k; Jacobian and attacks."""

    def line(label: str, x: Any, some: Any, group: int, form: int | None = None) -> Series:
        center, error = some
        return Series(label, x, center, [error, error], group=group, form=form, joined=True)

    number = {who: i for i, who in enumerate(NAMES)}
    costs = []
    for form, setting in enumerate(tables):
        for i, (who, name) in enumerate(NAMES.items()):
            at = [column(tables[setting], f"{who}_flops").mean()]
            center, error = spread(column(tables[setting], who))
            label = f"{name}, {(200, 800)[form]} items"
            costs += [
                Series(label, at, [center], [[error], [error]], group=i, form=form),
                Series("published" * (not costs), at, [PUBLISHED[setting][i]], group=3, form=6),
            ]
    shares = [row["k"] for row in values[0]]
    x, y, z = (column(values, key) for key in "xyz")
    worths = zip(*(ratio(*some) for some in zip(x.T, y.T, z.T, strict=True)), strict=True)
    one = Series("", [shares[0], shares[-1]], [1, 1], line=True, group=1, faint=True)
    said = {"x: k% learnt": x, "z: and the rest cached": z, "y: all learnt": y}
    parts = [line(label, shares, spread(some), i) for i, (label, some) in enumerate(said.items())]
    parts.append(line("λ, fitted per k", shares, spread(column(values, "lambda")), 3))
    jacobian = {name: spread(column(column(steep, "jacobian"), who)) for who, name in NAMES.items()}
    k = "k, % of the items learnt from"
    panels: list[Picture] = [
        Curves(costs, "FLOPs of a query", "accuracy", log=True, title="200 and 800 items learnt from"),
        Curves([line("", shares, worths, 0), one], k, "(y − x)/(z − x)",
               title="Learning the rest relative to caching it"),
        Curves(parts, k, "accuracy", title="What it is made of"),
        Bars([(f"{name} (± {error:.2g})", center) for name, (center, error) in jacobian.items()],
             "mean ‖∂p/∂x‖", title="How steep the output is (200 items)"),
    ]  # fmt: skip
    curves = column(steep, "curves")
    for attack, title in (
        ("fgsm", "Fast gradient sign"),
        ("pgd", f"Projected gradient, {STEPS} steps"),
    ):
        alone = column(curves, f"{attack} net, net attacked")
        gains = [
            line(f"{NAMES[who]}, {'net or it' if whom == 'either' else whom} attacked", EPSILONS,
                 spread(column(curves, f"{attack} {who}, {whom} attacked") - alone), number[who], form)
            for who in ("both", "only")
            for form, whom in enumerate(("either", "net"))
        ]  # fmt: skip
        zero = Series("", [EPSILONS[0], EPSILONS[-1]], [0, 0], line=True, group=3, faint=True)
        nets = ", ".join(f"{a:.2f}" for a in alone.mean(0))
        panels.append(
            Curves([*gains, zero], f"ε (accuracy of the net: {nets})", "accuracy above the net's",
                   title=title)
        )  # fmt: skip
    picture(Panels(panels, across=3), path)


def text(values: Any, digits: int = 3) -> str:
    center, error = spread(values)
    return f"{center:.{digits}f} ± {error:.{digits}f}"


@torch_threads()  # one: the tensors are small
def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables, and draw the picture."""
    parser = argparse.ArgumentParser(description="A cache memory on scikit-learn's digits.")
    parser.add_argument("--out", type=Path, default=Path("cache_digits.png"))
    parser.add_argument("--seeds", type=int, default=8)
    options = parser.parse_args(arguments)
    seeds = range(options.seeds)

    print("| items, iterations | | accuracy | published | θ | λ | FLOPs of a query |")
    print("|---|---|---|---|---|---|---|")
    tables = {}
    for setting in SETTINGS:
        rows = tables[setting] = [compare(*setting, seed) for seed in seeds]
        theta, lam = column(rows, "theta").mean(), column(rows, "lambda").mean()
        only = column(rows, "theta_only").mean()
        fitted = {"net": "– | –", "both": f"{theta:.0f} | {lam:.2f}", "only": f"{only:.0f} | –"}
        for who, published in zip(NAMES, PUBLISHED[setting], strict=True):
            print(
                f"| {setting[0]}, {setting[1]} | {NAMES[who]} | {text(column(rows, who), 4)} | "
                f"{published:.4f} | {fitted[who]} | {column(rows, f'{who}_flops').mean():,.0f} |"
            )

    values = [worth(seed, SHARES) for seed in seeds]
    print("\n| k | x | z | y | (y − x)/(z − x) | θ | λ | MFLOPs of learning x, z, y |")
    print("|---|---|---|---|---|---|---|---|")
    for rows in zip(*values, strict=True):
        x, y, z = (column(rows, key) for key in "xyz")
        center, error = ratio(x, y, z)
        costs = ", ".join(f"{column(rows, f'learning_{w}').mean() / 1e6:,.0f}" for w in "xzy")
        print(
            f"| {rows[0]['k']}% | {text(x)} | {text(z)} | {text(y)} | {center:.2f} ± {error:.2f} | "
            f"{column(rows, 'theta').mean():.0f} | {text(column(rows, 'lambda'), 2)} | {costs} |"
        )

    steep = [robustness(seed, EPSILONS) for seed in seeds]
    print("\n| | mean ‖∂p/∂x‖ |\n|---|---|")
    for who, name in NAMES.items():
        print(f"| {name} | {text(column(column(steep, 'jacobian'), who))} |")
    print("\n| accuracy at ε | " + " | ".join(map(str, EPSILONS)) + " |")
    print("|---" * (len(EPSILONS) + 1) + "|")
    for name in steep[0]["curves"]:
        curve = column(column(steep, "curves"), name).mean(0)
        print(f"| {name} | " + " | ".join(f"{value:.3f}" for value in curve) + " |")
    draw(tables, values, steep, options.out)
    print(f"\ndrawn in {options.out}")


if __name__ == "__main__":
    main()
