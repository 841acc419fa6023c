"""Shared primitives: codes of people and three relations learnt, the words composed of them.

As in linear relational embedding, but the matrices of the words are made of few: parent P, spouse S
(symmetric) and gender, a soft 0/1 mask f over dimensions. A converse is a transpose, mother is
f ⊙ P, sibling PᵀP − c · 1 with one learnt number c, uncle (1 − f) ⊙ (1 + S)(PᵀP − c · 1) P.
The model is given the programs of the words (`programs`), linear relational embedding is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vsa import VsaError
from vsa_plugins.kinship.learn.common import Batch, Progress, descend, torch_of
from vsa_plugins.kinship.learn.fitted import Embedding, Fit, load
from vsa_plugins.kinship.learn.fitting import fits_of, fitting
from vsa_plugins.kinship.learn.lre import log_likelihood
from vsa_plugins.kinship.learn.meaning import meaning, programs_of
from vsa_plugins.kinship.relations import Relation

__all__ = ["fit", "fit_each", "load"]


class Linear:
    """Relations as matrices (runs, d, d) on columns."""

    def __init__(self, parent: Any, spouse: Any, female: Any, oneself: Any) -> None:
        torch = torch_of()
        self.one = torch.eye(parent.shape[-1]).expand_as(parent)
        self.oneself = oneself[:, None, None] * self.one
        self.named = {
            "self": self.one, "parent": parent, "spouse": spouse,
            "female": torch.diag_embed(female), "male": torch.diag_embed(1 - female),
        }  # fmt: skip

    def primitive(self, name: str) -> Any:
        if name not in self.named:
            raise VsaError(f"there are no matrices of {name!r}: only of {', '.join(self.named)}")
        return self.named[name]

    def converse(self, a: Any) -> Any:
        return a.transpose(-1, -2)

    def compose(self, later: Any, first: Any) -> Any:
        return later @ first

    def union(self, a: Any, b: Any) -> Any:
        return a + b

    def without_self(self, a: Any) -> Any:
        return a - self.oneself


def _compose(
    batch: Batch,
    *,
    programs: Mapping[str, Relation] | None = None,
    dim: int = 24,
    decay: float = 0.05,
    rate: float = 0.05,
    steps: int = 1500,
    patience: int = 400,
    progress: Progress | None = None,
) -> list[Fit]:
    """Learn codes, parents, spouses and gender from triples of any words; the best of restarts.

    family: who is ranked; the people of the triples unless given. Its facts are not used.

    programs of the words, the language's unless given; dim of a person's vector; decay: the
    weight of Σ θ²; rate of Adam; steps at most; patience: steps without improvement before it
    stops; progress is called with a title and a share.
    """
    torch = torch_of()
    nodes = programs_of(batch.words, programs)
    people = batch.draw(0, len(batch.family), dim, scale=0.5)
    parent = batch.draw(1, dim, dim, scale=0.3)
    partner = batch.draw(2, dim, dim, scale=0.3)
    gender = batch.draw(3, dim)
    oneself = torch.ones(len(batch.runs), requires_grad=True)
    x, word, y, weight = batch.tensors()
    run = torch.arange(len(batch.runs))[:, None]

    def matrices() -> Any:
        spouse = (partner + partner.transpose(1, 2)) / 2
        algebra = Linear(parent, spouse, torch.sigmoid(gender), oneself)
        known: dict[Any, Any] = {}
        return torch.stack([meaning(node, algebra, known) for node in nodes], dim=1)

    def loss(share: float) -> Any:
        everyone = torch.einsum("rwij,rxj->rwxi", matrices(), people)
        goodness = (weight * log_likelihood(everyone[run, word, x], people, y)).sum(1)
        size = sum(a.square().sum((1, 2)) for a in (people, parent, partner))
        return decay * size - goodness

    losses, taken = descend(
        [people, parent, partner, gender, oneself], loss, steps=steps, rate=rate,
        patience=patience, title="shared primitives", progress=progress,
    )  # fmt: skip
    learnt = {
        "people": people, "matrices": matrices(), "parent": parent,
        "spouse": (partner + partner.transpose(1, 2)) / 2, "female": torch.sigmoid(gender),
    }  # fmt: skip
    return fits_of(Embedding, batch, learnt, losses, taken)


fit, fit_each = fitting(_compose)
