"""torchhd's and bayes-hdc's classifiers on the splits of the classification tables, kept in a file.

`python -m benchmarks.papers classification --peers` runs those that are installed and rewrites
figures/classification_peers.json, of which the tables tell their figures otherwise. D = 1024, split s with
torch's seed s. torchhd as in its own examples (batches of 12, ten epochs, else its defaults): features
as z-scores, from −1 to 1 for codes of levels, from 0 to 1 for densities.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from benchmarks.machine import machine
from benchmarks.papers import spread
from benchmarks.peers import peer

FILE = Path(__file__).parent / "figures" / "classification_peers.json"
DIM, BATCH, EPOCHS = 1024, 12, 10
Split = tuple[Any, Any, Any, Any]  # rows and classes to fit, rows and classes to test


def kept() -> dict[str, Any]:
    """What was measured last: machine, date, versions, and for each set the ten accuracies (%)."""
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def best(name: str, of: str = "torchhd") -> str:
    """The best of a library's classifiers on a set: "96.2 ±2.1 SparseHD"."""
    all_of_them = kept()["sets"][name]
    own = [model for model in all_of_them if model.startswith(f"{of} ")]
    found = {model.removeprefix(f"{of} "): all_of_them[model]["accuracy"] for model in own}
    first = max(found, key=lambda model: np.mean(found[model]))
    return f"{spread(found[first], 1)} {first}"


def note() -> str:
    """bayes-hdc's figures, and of which versions, when and where all were measured."""
    found = kept()
    bayes = ", ".join(f"{name} {best(name, 'bayes_hdc').split()[0]}" for name in found["sets"])
    versions = ", ".join(f"{module} {version}" for module, version in found["versions"].items())
    return f"bayes-hdc: {bayes}. {versions}: {found['date']}, {found['machine']}."


def rerun(sets: dict[str, Iterable[Split]]) -> None:
    """Measure those that are installed; the file keeps the figures of all others."""
    gone_through = {name: list(splits) for name, splits in sets.items()}  # once for each library
    before = kept() if FILE.exists() else {"versions": {}, "sets": {}}
    versions, figures = dict(before["versions"]), dict(before["sets"])
    for module, models in LIBRARIES.items():
        if peer(module) is None:
            print(f"{module} is not installed: its figures stay those of {before.get('date')}")
            continue
        versions[module] = peer(module).__version__
        for name, splits in gone_through.items():
            figures.setdefault(name, {}).update(_measured(module, models, splits, name))
    found = {
        "machine": machine(),
        "date": datetime.date.today().isoformat(),
        "versions": versions,
        "setting": f"D = {DIM}, ten stratified splits 70 / 30, random_state=0, seed s for split s",
        "sets": figures,
    }
    FILE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _measured(
    module: str, models: dict[str, Callable[..., Any]], splits: list[Split], name: str
) -> dict[str, Any]:
    found = {}
    for model, predict in models.items():
        accuracies, seconds = [], []
        for seed, (x, y, x_tested, y_tested) in enumerate(splits):
            start = time.perf_counter()
            with contextlib.redirect_stderr(io.StringIO()):  # their bars of progress
                told = predict(x, y, x_tested, seed)
            seconds.append(time.perf_counter() - start)
            accuracies.append(round(100 * float(np.mean(told == y_tested)), 2))
        found[f"{module} {model}"] = {
            "accuracy": accuracies,
            "seconds": round(float(np.median(seconds)), 2),
        }
        print(f"{name}: {module} {model} {spread(accuracies, 1)}", flush=True)
    return found


def _torchhd(scaler: Callable[[], Any], train: Callable[[Any, Any, int, int], Any]) -> Any:
    """fit and predict, of `train(torchhd, loader, features, classes)`, which gives what makes scores."""

    def predict(x: Any, y: Any, x_tested: Any, seed: int) -> Any:
        torch = peer("torch")
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        scale = scaler().fit(x)
        x, x_tested = (torch.tensor(scale.transform(r), dtype=torch.float32) for r in (x, x_tested))
        rows = torch.utils.data.TensorDataset(x, torch.tensor(y))
        loader = torch.utils.data.DataLoader(rows, batch_size=BATCH, shuffle=True)
        scores = train(peer("torchhd"), loader, x.shape[1], len(np.unique(y)))
        return scores(x_tested).argmax(-1).numpy()

    return predict


def _own(name: str, **options: Any) -> Callable[..., Any]:
    """One of torchhd.classifiers."""

    def train(torchhd: Any, loader: Any, features: int, classes: int) -> Any:
        model = getattr(peer("torchhd.classifiers"), name)(features, DIM, classes, **options)
        return model.fit(loader).eval()

    return train


def _centroid(embedding: str, epochs: int = 1, adapt: bool = False) -> Callable[..., Any]:
    """A centroid on an embedding; where it adapts, on its signs."""

    def train(torchhd: Any, loader: Any, features: int, classes: int) -> Any:
        embed = getattr(peer("torchhd.embeddings"), embedding)(features, DIM)
        model = peer("torchhd.models").Centroid(DIM, classes)

        def encoded(x: Any) -> Any:
            return embed(x).sign() if adapt else embed(x)

        for _ in range(epochs):
            for x, y in loader:
                (model.add_adapt if adapt else model.add)(encoded(x), y)
        return lambda x: model(encoded(x))

    return train


def _bayes(encoder: str) -> Callable[..., Any]:
    def predict(x: Any, y: Any, x_tested: Any, seed: int) -> Any:
        made = peer("bayes_hdc.sklearn").HDClassifier
        model = made(dimensions=DIM, encoder=encoder, random_state=seed)
        scale = StandardScaler().fit(x)
        return model.fit(scale.transform(x), y).predict(scale.transform(x_tested))

    return predict


def _ends() -> Any:
    return MinMaxScaler((-1, 1))


LIBRARIES: dict[str, dict[str, Callable[..., Any]]] = {
    "torchhd": {
        "Centroid, Density": _torchhd(MinMaxScaler, _centroid("Density")),
        "Vanilla": _torchhd(_ends, _own("Vanilla")),
        "SparseHD": _torchhd(_ends, _own("SparseHD", epochs=EPOCHS)),
        "OnlineHD": _torchhd(StandardScaler, _own("OnlineHD", epochs=EPOCHS)),
        "NeuralHD": _torchhd(StandardScaler, _own("NeuralHD", epochs=EPOCHS, regen_freq=5)),
        "add_adapt": _torchhd(StandardScaler, _centroid("Projection", EPOCHS, adapt=True)),
    },
    "bayes_hdc": {"HDClassifier": _bayes("kernel")},
}
