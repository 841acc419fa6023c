"""Classes from numbers: what is unsure says so, and why a decision was made.

    python examples/classify.py --out classify.png

A checkerboard and two spirals, which no line parts, and scikit-learn's wines and digits, all with the
defaults of `vsa.learn.HyperClassifier`: its accuracy beside logistic regression's, whether its
probabilities hold, the wine that it is least sure of and the features that decided.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from vsa import picture, views
from vsa.learn import HyperClassifier
from vsa.pictures import HeatMap, Panels, Picture, Points

sys.path.append(str(Path(__file__).parents[1]))  # benchmarks are not installed

from benchmarks.papers_classification import checkerboard, spirals

EDGES = (0.6, 0.8, 0.95, 0.99)  # between groups of rows that are about as sure


def sets(quick: bool = False) -> dict[str, tuple[Any, Any]]:
    """Rows and classes by name."""
    made = {"checkerboard": checkerboard(), "spirals": spirals()}
    wine, digits = load_wine(return_X_y=True, as_frame=True), load_digits(return_X_y=True)
    return {**made, "wine": wine, **({} if quick else {"digits": digits})}


def compare(x: Any, y: Any) -> dict[str, Any]:
    """The fitted model, what it says of rows that it has not seen, and both accuracies."""
    x_fitted, x_tested, y_fitted, y_tested = train_test_split(
        x, y, test_size=0.3, stratify=y, random_state=0
    )
    model = HyperClassifier().fit(x_fitted, y_fitted)
    found = model.predict_proba(x_tested)
    plain = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    return {
        "model": model,
        "tested": x_tested,
        "sure": found.max(-1),
        "right": model.classes_[found.argmax(-1)] == y_tested,
        "logistic": plain.fit(x_fitted, y_fitted).score(x_tested, y_tested),
    }


def reliability(sure: Any, right: Any) -> list[tuple[float, float, int]]:
    """What was said, what came true and of how many, in groups of rows that were about as sure."""
    groups = [np.searchsorted(EDGES, sure, side="right") == i for i in range(len(EDGES) + 1)]
    return [
        (float(sure[g].mean()), float(right[g].mean()), int(g.sum())) for g in groups if g.any()
    ]


def draw(found: dict[str, dict[str, Any]], data: dict[str, tuple[Any, Any]], path: Path) -> None:
    """P of the second class in the plane, and what was said beside what came true."""
    panels: list[Picture] = []
    for name in ("checkerboard", "spirals"):
        x, y = data[name]
        low, high = x.min(0), x.max(0)
        grid = [np.linspace(*ends, 120) for ends in zip(low, high, strict=True)]
        points = np.stack(np.meshgrid(*grid), -1).reshape(-1, 2)
        chance = found[name]["model"].predict_proba(points)[:, 1].reshape(120, 120)
        some = np.argsort(y[::3], kind="stable")[::-1]  # the second class first, as its colour is
        kinds = [str(label) for label in y[::3][some]]
        panels.append(
            HeatMap(
                2 * chance[::-1] - 1, low=-1.0, high=1.0, axis="P(second) − P(first)",
                span=((low[0], high[0]), (low[1], high[1])),
                over=Points(x[::3][some], [""] * len(kinds), kinds),
                title=f"{name}: {found[name]['right'].mean():.1%}",
            )
        )  # fmt: skip
    sure, right = (np.concatenate([f[key] for f in found.values()]) for key in ("sure", "right"))
    panels.append(views.reliability(sure, right))
    picture(Panels(panels, across=3), path)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Classes from numbers, with probabilities.")
    parser.add_argument("--quick", action="store_true", help="without the digits")
    parser.add_argument("--out", metavar="FILE", type=Path, help="draw a picture there")
    options = parser.parse_args(arguments)
    data = sets(options.quick)
    found = {name: compare(*rows) for name, rows in data.items()}
    print("set           here   logistic regression")
    for name, of in found.items():
        print(f"{name:<12} {of['right'].mean():6.1%}  {of['logistic']:6.1%}")
    print("\nsaid   came true   of rows")
    sure, right = (np.concatenate([f[key] for f in found.values()]) for key in ("sure", "right"))
    for said, came, rows in reliability(sure, right):
        print(f"{said:.2f}   {came:.2f}        {rows}")
    wine = found["wine"]
    row = int(wine["sure"].argmin())
    print(f"\nthe wine that is least sure, P = {wine['sure'][row]:.2f}:")
    print(wine["model"].explain(wine["tested"].iloc[[row]])[0])
    if options.out:
        draw(found, data, options.out)
        print(f"\ndrawn: {options.out}")


if __name__ == "__main__":
    main()
