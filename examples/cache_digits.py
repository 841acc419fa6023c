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

from vsa import VsaError
from vsa.nn import torch_threads

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
    try:
        import matplotlib as mpl
    except ImportError:
        raise VsaError('drawing needs matplotlib: pip install "vsa-algebra[examples]"') from None
    mpl.use("agg")
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(2, 3, figsize=(13, 7.5), constrained_layout=True)
    color = dict(zip(NAMES, ("C0", "C1", "C2"), strict=True))
    for setting, marker in zip(tables, "os", strict=False):
        for i, (who, name) in enumerate(NAMES.items()):
            at = column(tables[setting], f"{who}_flops").mean() * (1, 0.95, 1.05)[i]
            center, error = spread(column(tables[setting], who))
            label = name if marker == "o" else None
            panels[0, 0].errorbar(
                at, center, error, fmt=marker, color=color[who], capsize=3, label=label
            )
            panels[0, 0].plot(at, PUBLISHED[setting][i], "k_", markersize=14, zorder=3)
    panels[0, 0].set(xscale="log", xlim=(7e3, 4e5), xlabel="FLOPs of a query", ylabel="accuracy")
    panels[0, 0].set_title("○ 200, □ 800 items learnt from; – published")
    panels[0, 0].legend(loc="lower right")

    shares = [row["k"] for row in values[0]]
    x, y, z = (column(values, key) for key in "xyz")
    centers, errors = zip(*(ratio(*some) for some in zip(x.T, y.T, z.T, strict=True)), strict=True)
    panels[0, 1].errorbar(shares, centers, errors, fmt="-o", color="C3", capsize=3)
    panels[0, 1].axhline(1, color="gray", linewidth=0.8)
    panels[0, 1].set_ylim(0, max(1.5, 1.1 * max(np.add(centers, errors))))
    panels[0, 1].set(xlabel="k, % of the items learnt from", ylabel="(y − x)/(z − x)")
    panels[0, 1].set_title("Learning the rest relative to caching it")
    weight = panels[0, 2].twinx()
    center, error = spread(column(values, "lambda"))
    lines = [weight.errorbar(shares, center, error, fmt="k:s", ms=4, capsize=3, label="λ (right)")]
    weight.set(ylim=(0, 1.2), ylabel="λ, fitted per k")
    for some, label in ((x, "x: k% learnt"), (z, "z: and the rest cached"), (y, "y: all learnt")):
        center, error = spread(some)
        lines.append(
            panels[0, 2].errorbar(shares, center, error, fmt="-o", ms=4, capsize=3, label=label)
        )
    panels[0, 2].set(
        xlabel="k, % of the items learnt from", ylabel="accuracy", title="What it is made of"
    )
    panels[0, 2].legend(handles=lines, fontsize=8, loc="lower center")

    for i, (who, name) in enumerate(NAMES.items()):
        center, error = spread(column(column(steep, "jacobian"), who))
        panels[1, 0].bar(i, center, yerr=error, color=color[who], capsize=4, tick_label=name)
    panels[1, 0].set_xticks(range(3), list(NAMES.values()))
    panels[1, 0].set(ylabel="mean ‖∂p/∂x‖", title="How steep the output is (200 items)")
    curves = column(steep, "curves")
    for panel, attack, title in (
        (panels[1, 1], "fgsm", "Fast gradient sign"),
        (panels[1, 2], "pgd", f"Projected gradient, {STEPS} steps"),
    ):
        alone = column(curves, f"{attack} net, net attacked")
        for who in ("both", "only"):
            for whom, style in (("net", "--o"), ("either", "-o")):
                gain = column(curves, f"{attack} {who}, {whom} attacked") - alone
                panel.errorbar(
                    EPSILONS, *spread(gain), fmt=style, ms=4, capsize=3, color=color[who],
                    label=f"{NAMES[who]}, {'net or it' if whom == 'either' else whom} attacked",
                )  # fmt: skip
        ticks = [f"{e}\n({a:.2f})" for e, a in zip(EPSILONS, alone.mean(0), strict=True)]
        panel.set_xticks(EPSILONS, ticks, fontsize=8)
        panel.axhline(0, color="gray", linewidth=0.8)
        panel.set(xlabel="ε (accuracy of the net)", ylabel="accuracy above the net's", title=title)
        panel.set_ylim(-0.02, 1.5 * panel.get_ylim()[1])
        panel.legend(fontsize=8, loc="upper right")
    for panel in panels.flat:
        panel.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
    plt.close(figure)


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
