"""Kin words learnt from triples, five ways; PyTorch is imported when something is fitted.

lre       linear relational embedding: one free matrix for each word
shared    codes, parents, spouses and gender learnt, the words composed of them
soft      the probability of every fact
gates     chains of gates over primitives, by word or by pair
programs  enumeration of programs with a size-principle likelihood, in NumPy alone

Each has `fit(triples, family, …)`, whose result has `relations` (ordinary relations of the
language), `scores`, `save`, and `load` to read it back; those that start from random numbers also
`fit_each`, which fits several training sets as one batch. `bar` draws the progress.
"""

from vsa_plugins.kinship.learn import gates, lre, programs, shared, soft
from vsa_plugins.kinship.learn.common import bar, hits
from vsa_plugins.kinship.learn.fitted import Fit, load
from vsa_plugins.kinship.learn.known import recover
from vsa_plugins.kinship.learn.triples import TWELVE, Triple, grown, hinton, split, triples_of

__all__ = [
    "TWELVE", "Fit", "Triple", "bar", "gates", "grown", "hinton", "hits", "load", "lre", "programs",
    "recover", "shared", "soft", "split", "triples_of",
]  # fmt: skip
