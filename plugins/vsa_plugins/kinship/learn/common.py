"""What the fits share: triples as arrays, runs side by side, descent with early stopping.

A fit takes seconds and is small, so several run as one batch: every tensor has a first axis of
runs. A run has a seed, draws from its own generators, and ends where it would alone, up to rounding.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vsa import VsaError
from vsa.plugin import arguments, needed, suggest
from vsa_plugins.kinship.codes import Array
from vsa_plugins.kinship.family import Family, Record
from vsa_plugins.kinship.learn.triples import Triple

if TYPE_CHECKING:
    from vsa_plugins.kinship.learn.fitted import Fit

Progress = Callable[[str, float], None]  # what is fitted, the share of it that is done
EVERY = 50  # steps between looks at the losses


def torch_of() -> Any:
    """PyTorch, imported when something is fitted."""
    return needed("torch", "fitting a model", extra="torch")


def array_of(tensor: Any) -> Array:
    """What a tensor holds now."""
    copied: Array = tensor.detach().numpy().copy()
    return copied


def bar(title: str, share: float) -> None:
    """Draw how far a fit is, on a terminal's stderr: what to give as `progress`."""
    if sys.stderr.isatty():
        filled = round(24 * share)
        end = "\r" + " " * 48 + "\r" if share >= 1 else ""
        text = f"\r{title[:18]:<18} {'#' * filled}{'.' * (24 - filled)} {share:4.0%}{end}"
        sys.stderr.write(text)
        sys.stderr.flush()


@dataclass(frozen=True, slots=True)
class Run:
    """One fit of a batch: which training set, its seed, which of its restarts."""

    index: int
    seed: int
    restart: int

    def rng(self, stream: int) -> np.random.Generator:
        """The generator of one of the things that the run draws."""
        return np.random.default_rng([self.seed % 2**64, self.restart, stream])


@dataclass(frozen=True, slots=True)
class Batch:
    """Triples as row numbers, a training set for each run, and the runs.

    x, word, y (runs, triples) whole numbers.  weight (runs, triples): 1 / the number of right
    answers to the same question, 0 for what only fills up.
    """

    family: Family
    words: tuple[str, ...]
    runs: tuple[Run, ...]
    x: Array
    word: Array
    y: Array
    weight: Array

    def draw(self, stream: int, *shape: int, scale: float = 1.0) -> Any:
        """Normal numbers (runs, …) as a tensor that is learnt, each run's from its own seed."""
        torch = torch_of()
        drawn = np.stack([run.rng(stream).standard_normal(shape) for run in self.runs])
        return torch.tensor(scale * drawn, dtype=torch.float32, requires_grad=True)

    def tensors(self) -> tuple[Any, Any, Any, Any]:
        """x, word, y and weight, for torch."""
        torch = torch_of()
        whole = [torch.from_numpy(a) for a in (self.x, self.word, self.y)]
        return *whole, torch.from_numpy(self.weight)

    def of_sets(self) -> list[list[int]]:
        """The runs of each training set."""
        runs: dict[int, list[int]] = {}
        for i, run in enumerate(self.runs):
            runs.setdefault(run.index, []).append(i)
        return list(runs.values())

    def pairs(self, run: int) -> list[Array]:
        """The training pairs (x, y) of each word in a run, each (k, 2)."""
        real = self.weight[run] > 0
        both = np.stack([self.x[run], self.y[run]], axis=1)
        return [both[real & (self.word[run] == w)] for w in range(len(self.words))]


def family_of(triples: Iterable[Triple]) -> Family:
    """The people named in triples, in order of appearance, with nothing known of them."""
    ids = dict.fromkeys(id for x, _, y in triples for id in (x, y))
    if not ids:
        raise VsaError("there are no triples to learn from")
    return Family([Record(id) for id in ids], [], name="the people of the triples")


def batch_of(
    sets: Sequence[Sequence[Triple]],
    family: Family | None,
    seeds: Sequence[int] | None = None,
    restarts: int = 1,
) -> Batch:
    """Training sets as a batch, `restarts` runs of each, restart by restart of the first, second …

    seeds: one for each set; 0, 1, 2 … unless given.
    """
    sets = [list(triples) for triples in sets]
    seeds = range(len(sets)) if seeds is None else list(seeds)
    if len(seeds) != len(sets):
        raise VsaError(f"{len(sets)} training sets have {len(seeds)} seeds: give one for each")
    if restarts < 1:
        raise VsaError(f"restarts must be at least 1, not {restarts!r}")
    if family is None:
        family = family_of(triple for triples in sets for triple in triples)
    # by the alphabet, so that what a run draws does not depend on the others
    words = tuple(sorted({word for triples in sets for _, word, _ in triples}))
    longest = max((len(triples) for triples in sets), default=0)
    if not longest:
        raise VsaError("there are no triples to learn from")
    numbers = np.zeros((3, len(sets), longest), dtype=np.int64)
    weight = np.zeros((len(sets), longest), dtype=np.float32)
    for s, triples in enumerate(sets):
        unique = list(dict.fromkeys(triples))
        numbers[:, s, : len(unique)] = _rows(unique, family, words)
        weight[s, : len(unique)] = _shares(numbers[:, s, : len(unique)])
    runs = tuple(Run(i, seed, r) for i, seed in enumerate(seeds) for r in range(restarts))
    x, word, y = np.repeat(numbers, restarts, axis=1)
    return Batch(family, words, runs, x, word, y, np.repeat(weight, restarts, axis=0))


def _rows(triples: Sequence[Triple], family: Family, words: Sequence[str]) -> Array:
    for _, *ids in ((0, x, y) for x, _, y in triples):
        for id in ids:
            if id not in family.index:
                near = suggest(id, family.index)
                raise VsaError(
                    f"the triples name nobody's id {id!r}" + (f": {near}" if near else "")
                )
    at = {word: i for i, word in enumerate(words)}
    rows = [(family.index[x], at[word], family.index[y]) for x, word, y in triples]
    return np.array(rows, dtype=np.int64).reshape(-1, 3).T


def _shares(numbers: Array) -> Array:
    """1 / how many triples share x and word."""
    _, key, count = np.unique(numbers[:2], axis=1, return_inverse=True, return_counts=True)
    return (1 / count[key.ravel()]).astype(np.float32)


def descend(
    parameters: Sequence[Any],
    loss: Callable[[float], Any],
    *,
    steps: int,
    rate: float,
    patience: int,
    title: str = "fit",
    progress: Progress | None = None,
    tolerance: float = 1e-3,
) -> tuple[Array, int]:
    """Minimise the losses (runs,) by Adam; gives the last ones and the steps taken.

    loss: of the share of the steps that is done.  Stops early where no run's least loss has fallen
    by `tolerance` of its size, or of 1, within `patience` steps.
    """
    torch = torch_of()
    optimizer = torch.optim.Adam(parameters, lr=arguments.checked_rate("rate", rate))
    best, last = np.inf, 0  # of each run; the step of the last improvement
    for step in range(1, steps + 1):
        optimizer.zero_grad(set_to_none=True)
        losses = loss((step - 1) / steps)
        losses.sum().backward()
        optimizer.step()
        if step % EVERY and step != steps:
            continue
        now = losses.detach().numpy().astype(np.float64)
        if not np.isfinite(now).all():
            raise VsaError(f"{title}: the fit diverged at step {step}; use a rate below {rate:g}")
        if np.any(now < best - tolerance * np.maximum(np.abs(now), 1)):
            last = step
        best = np.minimum(best, now)
        if progress is not None:
            progress(title, step / steps)
        if step - last >= patience:
            break
    if progress is not None and step < steps:
        progress(title, 1.0)
    return now, step


def hits(fit: Fit, held_out: Iterable[Triple], known: Iterable[Triple]) -> float:
    """Hit@1: the share of held-out triples (x, word, y) whose y scores highest of everyone.

    The other right answers to the same question, by `known`, are left out of the ranking, as in
    Paccanaro & Hinton 2001; ties count as wrong.
    """
    right: dict[tuple[str, str], set[str]] = {}
    for x, word, y in known:
        right.setdefault((x, word), set()).add(y)
    rows, marks = fit.family.index, []
    for x, word, y in held_out:
        if word not in fit.words:  # a word that training never saw
            marks.append(False)
            continue
        scores = fit.scores(word, [rows[x]])[0].copy()
        mine = scores[rows[y]]
        scores[[rows[other] for other in right.get((x, word), set()) | {y}]] = -np.inf
        marks.append(bool(mine > scores.max()))
    return float(np.mean(marks)) if marks else float("nan")
