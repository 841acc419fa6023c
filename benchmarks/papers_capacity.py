"""Capacity beside the papers: the smallest dims for .99, measured, published and predicted.

The experiments of Schlegel, Neubert and Protzel, A comparison of vector symbolic architectures,
Artificial Intelligence Review 55, 2022: 1,000 items; of a bundle of k items, the share of those that
are among the k nearest; of k bound pairs of items, how often what one key gives is nearest to what
was bound with it. The theory is that of Frady, Kleyko and Sommer, Neural Computation 30, 2018, with
the share that a term has of a sum as the algebra finishes it.

A published algebra may finish its bundles or draw other keys than ours does: then both stand there.
Where a majority is split, the content decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import vsa
from benchmarks.papers import Table
from vsa.algebra.predicted import needed_dim, next_dim, next_fit, noise_at, reached
from vsa.algebra.registry import find_algebra
from vsa.pictures import Curves, Panels, Series

ITEMS, TARGET = 1000, 0.99
LOADS = (15, 50)
ROUGH, FINE = (
    (0.6, 0.75, 0.9, 1.05, 1.3),
    (0.9, 0.95, 1.0, 1.06, 1.12),
)  # of the dim, at first and then
NEAR = 1.3  # dims that take part in the fit, by their ratio to the answer
STARTS = 200  # of the bootstrap
COLOURS, PUBLISHED = 6, 6  # after so many the mark is another; the mark of what is published

Floats = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Form:
    """One way to build: published says the dims of bundles and of pairs, for each load.

    finished: bundles are made unitary, as in the published algebra, though sums would do.
    keys: pairs are bound with keys of structures, which unbind exactly, instead of with items.
    """

    label: str
    algebra: str
    atoms: str | None = None
    finished: bool = False
    keys: bool = False
    published: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
    of: str = "bundles pairs"


FORMS = (
    Form("hrr, gaussian", "hrr", "gaussian", published=((514, 1627), (515, 1708))),
    Form("hrr, unitary", "hrr"),
    Form("fhrr, finished", "fhrr", finished=True, published=((333, 1104), (340, 1101))),
    Form("fhrr, sums", "fhrr"),
    Form("map-c, uniform keys", "map-c", published=((637, 2186), (622, 2085))),
    Form("map-c, keys of ±1", "map-c", keys=True, of="pairs"),
    Form("map-i", "map-i", published=((473, 1585), (493, 1628))),
    Form("map-b, finished", "map-b", published=((793, 2556), (780, 2506))),
    Form("bsc, finished", "bsc", published=((752, 2430), (749, 2495))),
    Form("vtb, gaussian", "vtb", "gaussian", published=((503, 1585), (549, 1694))),
    Form("vtb, unitary", "vtb"),
    Form("tvtb, unitary", "tvtb"),
    Form("ghrr:2", "ghrr:2"),
    Form("mbat", "mbat"),
    Form("sbc:16, finished", "sbc:16"),
    Form("sbc:16:counts", "sbc:16:counts"),
    Form("mcr:8, finished", "mcr:8"),
    Form("cgr:8, finished", "cgr:8"),
    Form("bsdc-seg", "bsdc-seg"),
    Form("bsdc", "bsdc"),
    Form("bsdc-cdt", "bsdc-cdt", of="bundles"),
    Form("tensor:2", "tensor:2", of="pairs"),
)  # fmt: skip


# --- measuring ----------------------------------------------------------------------------------------
def measure(form: Form, what: str, k: int, dim: int, runs: int, each: int, seed: int = 0) -> Floats:
    """The share of right reads of each structure; `each` of them are made of the items of a run."""
    found = []
    for run in range(runs):
        space = vsa.Space(dim, form.algebra, seed=1000 * seed + run, atoms=form.atoms)
        items = space.batch(f"item/{i}" for i in range(ITEMS))
        keys = space.keys(ITEMS) if form.keys else items
        rng = np.random.default_rng([dim, k, seed, run])
        chosen = np.stack([rng.permutation(ITEMS)[: 2 * k] for _ in range(each)])
        values, by = chosen[:, :k], chosen[:, k:]
        stored = space.metric.stored(items.data)[0]
        if what == "pairs":
            total = vsa.bundle_bound([keys[by[:, i]] for i in range(k)],
                                     [items[values[:, i]] for i in range(k)])  # fmt: skip
        else:
            total = vsa.bundle(*(items[values[:, i]] for i in range(k)))
        total = total.unitary() if form.finished else total
        right = np.zeros(each)
        for i in range(k if what == "pairs" else 1):
            query = total / keys[by[:, i]] if what == "pairs" else total
            scores = np.asarray(space.metric.scores(space.metric.queries(query.data)[0], stored))
            if what == "pairs":
                right += scores.argmax(1) == values[:, i]
                continue
            nearest = np.argpartition(-scores, k - 1, axis=1)[:, :k]
            right += (nearest[:, :, None] == values[:, None, :]).sum((1, 2))
        found.append(right / k)
    return np.concatenate(found)


def predicted(form: Form, what: str, k: int) -> int:
    """The dim that the theory names."""
    space = vsa.Space(_least(form.algebra), form.algebra)
    return needed_dim(space, [_load(form, k)], ITEMS, TARGET, pairs=what == "pairs")


def theory(form: Form, what: str, k: int, dim: int) -> float:
    """The accuracy that it foretells."""
    noise = noise_at(vsa.Space(_least(form.algebra), form.algebra), dim)
    return reached(noise, [_load(form, k)], ITEMS, pairs=what == "pairs")


def _load(form: Form, k: int) -> float:
    """Of phases alone a term has √(π/4K) of a sum."""
    return k * 4 / math.pi if form.finished else k


def _least(algebra: str) -> int:
    """The smallest dim of an algebra."""
    return next_fit(find_algebra(algebra), 2)


# --- the smallest dim -----------------------------------------------------------------------------------
Curve = dict[int, Floats]  # dim → shares of runs


def search(form: Form, what: str, k: int, quick: bool) -> tuple[Curve, float, tuple[float, float]]:
    """Shares by dim, the dim at which .99 is right, and its interval of 95%."""
    each, runs = (200 // k, 2) if quick else (400 // k, 10)
    space = vsa.Space(_least(form.algebra), form.algebra)
    found: Curve = {}

    def add(center: float, factors: Sequence[float], runs: int) -> None:
        for factor in factors:
            dim = next_dim(space, round(center * factor))
            if dim not in found:
                found[dim] = measure(form, what, k, dim, runs, each)

    center: float = predicted(form, what, k)
    add(center, ROUGH, max(2, runs // 4))
    for _ in range(8):  # until .99 lies between
        means = {dim: shares.mean() for dim, shares in found.items()}
        if max(means.values()) < TARGET:
            add(max(found), (1.25,), max(2, runs // 4))
        elif min(means.values()) > TARGET:
            add(min(found), (0.8,), max(2, runs // 4))
        else:
            break
    center = crossing({dim: (s.mean(), len(s)) for dim, s in found.items()})
    center = crossing(_near(found, center))
    if not quick:
        for dim in [next_dim(space, round(center * factor)) for factor in FINE]:
            found[dim] = measure(form, what, k, dim, runs, each, seed=1)
        center = crossing(_near(found, center))
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(STARTS):
        again = {dim: rng.choice(shares, len(shares)) for dim, shares in found.items()}
        drawn.append(crossing(_near(again, center)))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return found, center, (float(low), float(high))


def _near(found: Curve, center: float) -> dict[int, tuple[float, int]]:
    near = {d: s for d, s in found.items() if max(d / center, center / d) < NEAR}
    return {d: (float(s.mean()), len(s)) for d, s in (near if len(near) > 2 else found).items()}


def crossing(points: dict[int, tuple[float, int]]) -> float:
    """Where the log odds, a line in the log of the dim, are those of .99: least squares by weight."""
    x = np.log(np.array(list(points), dtype=float))
    share, weight = np.array(list(points.values())).T
    share = (share * weight * 15 + 0.5) / (weight * 15 + 1)  # the odds of 1 are not infinite
    odds = np.log(share / (1 - share))
    weight = weight * share * (1 - share)
    middle = np.average(x, weights=weight)
    level = np.average(odds, weights=weight)
    slope = np.sum(weight * (x - middle) * (odds - level)) / np.sum(weight * (x - middle) ** 2)
    wanted = math.log(TARGET / (1 - TARGET))
    return float(np.exp(np.clip(middle + (wanted - level) / max(slope, 1.0), x[0] - 1, x[-1] + 1)))


# --- the tables -----------------------------------------------------------------------------------------
def _table(what: str, quick: bool) -> Table:
    rows, curves = [], []
    for form in FORMS:
        if what not in form.of:
            continue
        cells = []
        for i, k in enumerate(LOADS[:1] if quick else LOADS):
            found, center, (low, high) = search(form, what, k, quick)
            said = predicted(form, what, k)
            published = form.published[what == "pairs"]
            name = str(published[i]) if published else "-"
            cells += [name, f"{center:.0f}", f"{low:.0f}–{high:.0f}", str(said)]
            curves.append({
                "form": form.label, "of": what, "k": k, "published": published[i] if published else None,
                "measured": center, "interval": [low, high], "theory": said,
                "points": [[d, float(s.mean()), theory(form, what, k, d)]
                           for d, s in sorted(found.items())],
            })  # fmt: skip
        rows.append((form.label, *cells))
    columns = [
        f"{head}, k = {k}" if head == "published" else head
        for k in (LOADS[:1] if quick else LOADS)
        for head in ("published", "ours", "95%", "theory")
    ]
    return Table(
        f"The smallest dim at which .99 of {what} of k among 1,000 items are right",
        (what, *columns),
        rows,
        ("95%: the interval of ours, of its sampling alone, by a bootstrap of structures. Dims between",
         "those that fit an algebra are interpolated. Published figures have 10 runs and no interval. The",
         "theory is that of single reads by keys that unbind exactly: Gaussian items do not; and of an",
         "OR all members are equally near, so that among the k nearest of a bundle a stranger takes one",
         "place of k."),
        curves,
    )  # fmt: skip


def bundles(quick: bool) -> Table:
    return _table("bundles", quick)


def pairs(quick: bool) -> Table:
    return _table("pairs", quick)


TABLES = (pairs, bundles)


def draw(tables: Sequence[Table], path: Path) -> None:
    """Accuracy by dim: measured points, the line of the theory, and a mark for what is published."""
    panels = []
    for title, curves in _panels(tables):
        series = []
        for i, curve in enumerate(curves):
            form = i // COLOURS
            dims, shares, expected = np.array(curve["points"]).T
            series += [
                Series(curve["form"], dims, shares, group=i, form=form),
                Series("", dims, expected, line=True, group=i, form=form),
            ]
            if curve["published"]:
                series.append(Series("", [curve["published"]], [TARGET], group=i, form=PUBLISHED))
        panels.append(
            Curves(
                series, "dim", "right", bounds=(0.7, 1), log=True, title=title,
                note=f"lines: the theory; crosses: the dim published for {TARGET:g}",
            )
        )  # fmt: skip
    vsa.picture(Panels(panels, across=len(panels)), path)


def _panels(tables: Sequence[Table]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for table in tables:
        for k in LOADS:
            curves = [curve for curve in table.data if curve["k"] == k]
            if curves:
                yield f"{curves[0]['of']} of {k}", curves
