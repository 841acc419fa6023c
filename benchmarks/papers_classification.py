"""Classes, numbers, novelty and languages beside scikit-learn and torchhd: `vsa.learn` with its defaults.

`StratifiedShuffleSplit(10, test_size=0.3)`, split s with vector seed s, D = 1024; one default for all
sets. torchhd's and bayes-hdc's figures on the same splits are those that `--peers` wrote last
(classification_peers); those of scikit-learn are computed here, on z-scores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
    load_wine,
    make_friedman1,
)
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import log_loss
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from benchmarks import classification_peers as peers
from benchmarks.papers import Table, short, spread
from benchmarks.papers_languages import languages
from vsa.learn import HyperClassifier, HyperRegressor, NoveltyDetector

QUICK = True  # one vector seed for each split, where --full takes four

SETS: dict[str, Callable[[], Any]] = {
    "iris": load_iris, "wine": load_wine, "breast cancer": load_breast_cancer, "digits": load_digits,
}  # fmt: skip
GOALS = {
    "iris": 95.8, "wine": 98.3, "breast cancer": 97.0, "digits": 97.6, "checkerboard": 92, "spirals": 99,
}  # fmt: skip
BINS = 15


def checkerboard(seed: int = 0, rows: int = 800) -> tuple[Any, Any]:
    """Points on 4 × 4 fields of two colours."""
    x = np.random.default_rng(seed).uniform(0, 4, (rows, 2))
    return x, np.floor(x).sum(-1).astype(int) % 2


def spirals(seed: int = 0, rows: int = 800) -> tuple[Any, Any]:
    """Two spirals around each other, three half turns each, a little blurred."""
    rng = np.random.default_rng(seed)
    y = np.arange(rows) % 2
    turn = 3 * np.pi * np.sqrt(rng.uniform(0.02, 1, rows))
    angle = turn + np.pi * y
    x = turn[:, None] * np.stack([np.cos(angle), np.sin(angle)], -1)
    return x + rng.normal(0, 0.2, x.shape), y


def calibration_error(probabilities: Any, right: Any) -> float:
    """The expected calibration error of the likeliest class, in 15 bins of equal width."""
    bins = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    gaps = [
        abs(probabilities[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean()
        for b in np.unique(bins)
    ]
    return float(sum(gaps))


def splits(x: Any, y: Any, count: int, state: int = 0) -> Iterator[tuple[Any, ...]]:
    """Rows and classes to fit and to test, as the tables have them."""
    maker = StratifiedShuffleSplit(10, test_size=0.3, random_state=state)
    for fitted, tested in list(maker.split(x, y))[:count]:
        yield x[fitted], y[fitted], x[tested], y[tested]


def error_if_calibrated(probabilities: Any, draws: int = 400) -> float:
    """What 95 in 100 models would stay below whose probabilities, these, hold: the sampling error."""
    rng = np.random.default_rng(0)
    held = rng.random((draws, len(probabilities))) < probabilities
    return float(np.quantile([calibration_error(probabilities, right) for right in held], 0.95))


def told(
    make: Callable[[int], Any], x: Any, y: Any, count: int, seeds: int = 1, state: int = 0
) -> tuple[list[float], list[float], Any, Any]:
    """Of `make(seed)` on each split accuracy (%) and log loss; of all tests P and whether it was right."""
    accuracies, losses, sure, right = [], [], [], []
    for s, (x_fitted, y_fitted, x_tested, y_tested) in enumerate(splits(x, y, count, state)):
        for k in range(seeds):
            found = make(s + 100 * k).fit(x_fitted, y_fitted).predict_proba(x_tested)
            hits = found.argmax(-1) == y_tested
            accuracies.append(100 * float(hits.mean()))
            losses.append(float(log_loss(y_tested, found)))
            sure.append(found.max(-1))
            right.append(hits)
    return accuracies, losses, np.concatenate(sure), np.concatenate(right)


def measured(*given: Any, **options: Any) -> tuple[list[float], float, float]:
    """Accuracies (%), the mean log loss and the pooled calibration error, of what `told` takes."""
    accuracies, losses, sure, right = told(*given, **options)
    return accuracies, float(np.mean(losses)), calibration_error(sure, right)


def logistic(seed: int) -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def svc_accuracy(x: Any, y: Any, count: int) -> list[float]:
    found = []
    for x_fitted, y_fitted, x_tested, y_tested in splits(x, y, count):
        model = make_pipeline(StandardScaler(), SVC()).fit(x_fitted, y_fitted)
        found.append(100 * float(model.score(x_tested, y_tested)))
    return found


def classes(quick: bool) -> Table:
    count, seeds = 10, 1 if quick else 4
    rows, data = [], {}
    for name, load in SETS.items():
        x, y = load(return_X_y=True)  # type: ignore[call-arg]
        ours, loss, error = measured(lambda seed: HyperClassifier(seed=seed), x, y, count, seeds)
        other = (
            ["-"]
            if quick
            else [
                spread(
                    measured(lambda seed: HyperClassifier(seed=seed), x, y, count, 1, state=1)[0], 1
                )
            ]
        )
        theirs, plain, plain_error = measured(logistic, x, y, count)
        rows.append((
            name, spread(ours, 1), f"≥ {GOALS[name]}", *other, peers.best(name),
            spread(theirs, 1), spread(svc_accuracy(x, y, count), 1),
            f"{short(loss, 3)} / {short(plain, 3)}", f"{short(error, 3)} / {short(plain_error, 3)}",
        ))  # fmt: skip
        data[name] = {"accuracy": ours, "log loss": loss, "ECE": error, "logistic log loss": plain}
    return Table(
        f"Classes: accuracy (%) over 10 splits, {seeds} vector seed(s) each",
        ("D = 1024", "ours", "goal", "ours, random_state=1", "torchhd's best", "logistic", "SVC",
         "log loss ours / logistic", "ECE ours / logistic"),
        rows,
        (
            "ECE: of the likeliest class, pooled over the splits, 15 bins.",
            peers.note(),
        ),
        data,
    )  # fmt: skip


def readouts(quick: bool) -> Table:
    rows = []
    count = 3 if quick else 10
    for name, load in SETS.items():
        x, y = load(return_X_y=True)  # type: ignore[call-arg]
        cells = [short(measured(logistic, x, y, count)[1], 3)]
        for readout in ("centroid", "online", "prototypes"):
            accuracies, losses, sure, right = told(
                lambda seed, r=readout: HyperClassifier(r, seed=seed), x, y, count
            )
            error, chance = calibration_error(sure, right), error_if_calibrated(sure)
            cells += [
                spread(accuracies, 1),
                f"{short(error, 3)} (≤ {short(chance, 3)})",
                short(float(np.mean(losses)), 3),
            ]
        rows.append((name, *cells))
    return Table(
        f"Readouts that learn on: accuracy (%), ECE and log loss over {count} splits",
        ("D = 1024", "logistic: loss", "centroid", "ECE", "loss", "online", "ECE", "loss",
         "prototypes", "ECE", "loss"),
        rows,
        (
            "In brackets: what 95 in 100 models with these probabilities stay below where they hold.",
        ),
    )  # fmt: skip


def made(quick: bool) -> Table:
    rows = []
    for name, make in (("checkerboard", checkerboard), ("spirals", spirals)):
        x, y = make()
        ours, _, error = measured(lambda seed: HyperClassifier(seed=seed), x, y, 10)
        theirs, _, _ = measured(logistic, x, y, 10)
        rows.append((
            name, spread(ours, 1), f"≥ {GOALS[name]}", spread(theirs, 1),
            spread(svc_accuracy(x, y, 10), 1), short(error, 3),
        ))  # fmt: skip
    return Table(
        "Classes that no line parts: 800 points in the plane, 10 splits, the same defaults",
        ("accuracy (%)", "ours", "goal", "logistic", "SVC", "ECE ours"),
        rows,
    )


def numbers(quick: bool) -> Table:
    rows = []
    for name, goal in (("diabetes", "≥ RidgeCV − .02"), ("Friedman-1", "≥ .85")):
        ours, theirs, covered = [], [], []
        for s in range(10):
            x, y = (
                load_diabetes(return_X_y=True)
                if name == "diabetes"
                else make_friedman1(600, noise=1.0, random_state=s)
            )
            fitted, tested = next(ShuffleSplit(1, test_size=0.3, random_state=s).split(x))
            model = HyperRegressor(seed=s).fit(x[fitted], y[fitted])
            ours.append(float(model.score(x[tested], y[tested])))
            low, high = model.predict_interval(x[tested], 0.9).T
            covered.append(float(((low <= y[tested]) & (y[tested] <= high)).mean()))
            plain = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-3, 3, 13)))
            theirs.append(float(plain.fit(x[fitted], y[fitted]).score(x[tested], y[tested])))
        rows.append((name, spread(ours), goal, spread(theirs), spread(covered)))
    return Table(
        "Numbers: R² over 10 splits (Friedman-1: 600 rows, noise 1, drawn anew each time)",
        ("R²", "ours", "goal", "RidgeCV", "in the interval of .9"),
        rows,
    )


def novelty(quick: bool) -> Table:
    alarms, found = [], []
    for s in range(20):
        rng = np.random.default_rng(s)
        model = NoveltyDetector(rate=0.05, seed=s).fit(rng.normal(size=(500, 16)))
        alarms.append(float((model.predict(rng.normal(size=(500, 16))) < 0).mean()))
        found.append(int((model.predict(rng.normal(6, 1, size=(50, 16))) < 0).sum()))
    x, y = load_digits(return_X_y=True)
    each, false = [], []
    for digit in range(10):
        fitted, tested = train_test_split(
            np.flatnonzero(y == digit), test_size=0.3, random_state=digit
        )
        model = NoveltyDetector(rate=0.1, seed=digit).fit(x[fitted])
        each.append(float((model.predict(x[y != digit]) < 0).mean()))
        false.append(float((model.predict(x[tested]) < 0).mean()))
    return Table(
        "Novelty: what is found, and false alarms",
        ("", "found", "goal", "least", "false alarms", "rate"),
        [
            ("50 at mean 6 beside 500 normal in 16 dims, 20 draws", spread([f / 50 for f in found]),
             "1.00", f"{min(found)} of 50", spread(alarms, 3), ".05"),
            ("digits: one class against the other nine", spread(each), "≥ .85", short(min(each)),
             spread(false, 3), ".10"),
        ],
        ("False alarms are counted on rows that were not fitted.",),
    )  # fmt: skip


def rerun() -> None:
    """`--peers`: the other libraries on the same splits."""
    peers.rerun({
        name: splits(*load(return_X_y=True), 10)  # type: ignore[call-arg]
        for name, load in SETS.items()
    })  # fmt: skip


TABLES = (languages, classes, readouts, made, numbers, novelty)
