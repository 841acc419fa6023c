"""Which items a plain bundle consists of, once it has been compared with all of them.

Many answers are right at once, on the model of likelihood.py: unit items, isotropic noise.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from vsa.errors import VsaError
from vsa.theory.capacity import Floats
from vsa.theory.likelihood import check_prior, log_total, table_at
from vsa.theory.load import Known
from vsa.theory.noise import Noise, noise_of
from vsa.theory.prior import PRIOR_NOTHING
from vsa.theory.ratio import Table, look_up, table_of

_SPREAD = 5.0  # members of unequal weight: from the largest down to a fifth of it
_PRIOR_SPREAD = 0.003  # small, since a single clear case of it outweighs that


@lru_cache(maxsize=8)
def _bundle_tables(noise: Noise) -> list[tuple[int, float, Table]]:
    """Hypotheses about a bundle: (number of members, log prior, table of log L).

    m members, log-uniform in 1 … n, at the share that such a bundle gives to each: 1/√m, or, when
    their weights g differ, g/√(m⟨g²⟩), averaged over g.
    """
    n = max(round(noise.deviation**-2), 2)
    few = min(n, 16)
    members = np.unique(np.append(np.arange(1, few + 1), np.geomspace(few, n, 24).round()))
    log_prior = np.log(np.gradient(np.log(members)))
    tables = []
    for weights, prior in (
        (np.ones(1), 1 - _PRIOR_SPREAD),
        (np.linspace(1 / _SPREAD, 1, 8), _PRIOR_SPREAD),
    ):
        for m, log_p in zip(members, log_prior, strict=True):
            share = weights / math.sqrt((weights**2).mean()) * noise.shares(m)
            log_l = noise.log_ratio(np.minimum(share, 0.999))
            values = log_total(log_l) - math.log(len(weights))
            tables.append((int(m), float(log_p) + math.log(prior), table_of(values)))
    return tables


def _of_load(noise: Noise, load: Known, items: int) -> list[tuple[int, float, Table]]:
    """The same where the share is known, and not how many of the terms are members."""
    few = min(items, 16)
    members = np.unique(np.append(np.arange(1, few + 1), np.geomspace(few, items, 24).round()))
    log_prior = np.log(np.gradient(np.log(members))) if len(members) > 1 else np.zeros(1)
    table = table_at(noise, load)
    return [(int(m), float(p), table) for m, p in zip(members, log_prior, strict=True)]


def membership(
    c: ArrayLike,
    n: Noise | int,
    prior_nothing: float = PRIOR_NOTHING,
    load: Known | None = None,
) -> Floats:
    """P(member) of every item of a plain bundle, where many are right; c (..., items), same shape.

    Give the cosines of all items: how many members there are, and at what share, is read off them,
    by averaging over both. The members have one share in common; an unknown share for each item,
    as in `posterior`, takes strong noise for weak members and weak members for noise (1–20 of 500
    items, dim 512: 1.5 times too many when the proportion of members is fitted by EM; 1–60 of
    them: half too few when it is fixed). A small prior on unequal weights, up to 5 : 1, keeps
    counted sets right. What resembles a member counts as one: the items must be near orthogonal.
    load: of how many terms, members or not, all as long, as `Load.of_one` says it: then only the
    number of members is unknown, up to all of them.
    """
    noise = noise_of(n)
    check_prior(prior_nothing)
    c = np.asarray(c)
    items = c.shape[-1] if c.ndim else 0
    if items == 0:
        raise VsaError("membership needs the cosines of all items along the last axis, at least 1")
    place = noise.place(c)
    if load is None:
        hypotheses = [h for h in _bundle_tables(noise) if h[0] <= items]
    else:
        most = min(items, max(round(load[1]), 1)) if load[0] == "terms" else items
        hypotheses = _of_load(noise, load, most)
    log_some = math.log1p(-prior_nothing) if prior_nothing < 1 else -math.inf
    log_some -= float(log_total([h[1] for h in hypotheses]))
    # A running average over hypotheses, weighted by their evidence; the first is "no members".
    top = np.full(c.shape[:-1], math.log(prior_nothing) if prior_nothing > 0 else -1e300)
    total, mean = np.ones(top.shape), np.zeros(c.shape)
    for m, log_prior, table in hypotheses:
        log_odds = look_up(table, place) + math.log(m / (items + 1 - m))
        small = np.exp(-np.abs(log_odds))
        evidence = (np.maximum(log_odds, 0) + np.log1p(small)).sum(-1)
        evidence += items * math.log1p(-m / (items + 1)) + log_prior + log_some
        new_top = np.maximum(top, evidence)
        old, new = np.exp(top - new_top), np.exp(evidence - new_top)
        member = np.where(log_odds > 0, 1.0, small) / (1 + small)
        mean = old[..., None] * mean + new[..., None] * member
        total, top = old * total + new, new_top
    return np.asarray(mean / total[..., None])
