"""What a model is fitted by: `fit` and `fit_each`, both made of one function that fits a batch.

That function takes the batch and its own settings as keywords, and gives a fit for each training
set. Seeds, restarts, the people who are ranked and torch's threads are the same for all models and
are seen to here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Concatenate, ParamSpec, Protocol

import numpy as np

from vsa.plugin import torch_threads
from vsa_plugins.kinship.codes import Array
from vsa_plugins.kinship.family import Family
from vsa_plugins.kinship.learn.common import Batch, array_of, batch_of, torch_of
from vsa_plugins.kinship.learn.fitted import Fit, thresholds_of
from vsa_plugins.kinship.learn.triples import Triple

P = ParamSpec("P")  # the settings of a model


class FitOne(Protocol[P]):
    """Fits one training set; all but the triples and the family are given by name."""

    def __call__(
        self,
        triples: Iterable[Triple],
        family: Family | None = None,
        seed: int = 0,
        restarts: int = ...,
        threads: int | None = ...,
        *args: P.args,
        **settings: P.kwargs,
    ) -> Fit: ...


class FitEach(Protocol[P]):
    """Fits several training sets; all but the sets and the family are given by name."""

    def __call__(
        self,
        sets: Sequence[Sequence[Triple]],
        family: Family | None = None,
        seeds: Sequence[int] | None = None,
        restarts: int = ...,
        threads: int | None = ...,
        *args: P.args,
        **settings: P.kwargs,
    ) -> list[Fit]: ...


def fitting(
    model: Callable[Concatenate[Batch, P], list[Fit]], restarts: int = 1
) -> tuple[FitOne[P], FitEach[P]]:
    """`fit` and `fit_each` of a model; its docstring becomes that of `fit`.

    restarts: of each training set, unless the caller says otherwise.
    """
    usual: int = restarts
    call: Any = model

    def fit_each(
        sets: Sequence[Sequence[Triple]],
        family: Family | None = None,
        *,
        seeds: Sequence[int] | None = None,
        restarts: int = usual,
        threads: int | None = None,
        **settings: Any,
    ) -> list[Fit]:
        """A fit for each of some training sets, all as one batch; seeds: one for each, 0, 1 … else.

        threads: of torch, one unless given, since small tensors take longer in several.
        """
        torch_of()  # what is missing is told before what is wrong with the triples
        with torch_threads(threads):
            fits: list[Fit] = call(batch_of(sets, family, seeds, restarts), **settings)
        return fits

    def fit(
        triples: Iterable[Triple],
        family: Family | None = None,
        *,
        seed: int = 0,
        restarts: int = usual,
        threads: int | None = None,
        **settings: Any,
    ) -> Fit:
        (best,) = fit_each(
            [list(triples)], family, seeds=[seed], restarts=restarts, threads=threads, **settings
        )
        return best

    fit.__doc__ = model.__doc__
    return _as_of(fit, model), _as_of(fit_each, model)


def _as_of(function: Callable[..., Any], model: Callable[..., Any]) -> Any:
    """A function that help shows with the model's settings, and where the model is."""
    made: Any = function
    shown = inspect.signature(made)
    common = [p for p in shown.parameters.values() if p.kind is not p.VAR_KEYWORD]
    settings = list(inspect.signature(model).parameters.values())[1:]
    made.__signature__ = shown.replace(parameters=[*common, *settings])
    made.__module__, made.__qualname__ = model.__module__, made.__name__
    return made


def fits_of(
    kind: type[Fit],
    batch: Batch,
    learnt: Mapping[str, Any],
    losses: Array,
    steps: int,
    threshold: float | None = None,
) -> list[Fit]:
    """The models of a batch: for each training set the restart with the least training loss.

    learnt: tensors (runs, …), the arrays of a model.  threshold: of every word; unless given, each
    word's is the one that parts its training answers best.
    """
    fits = []
    for runs in batch.of_sets():
        best = min(runs, key=lambda run: float(losses[run]))
        fit = kind(
            batch.family, batch.words, {name: array_of(a[best]) for name, a in learnt.items()},
            loss=losses[best], steps=steps,
        )  # fmt: skip
        fit.thresholds = (
            thresholds_of(fit, batch.pairs(best))
            if threshold is None
            else np.full(len(batch.words), threshold)
        )
        fits.append(fit)
    return fits
