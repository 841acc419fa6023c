"""Soft facts: the probability of each fact of a family, learnt from triples of any words.

P[x, y] = σ(·) that y is a parent of x, S[x, y] that they are spouses, f[y] that y is a woman. The
words are the language's programs (the model is given them) with "and" as the product and "or" as
1 − Π(1 − p), and a triple should be likely. What keeps the facts few:

    L = −Σ log p(triple) + sparse · (Σ P + ½ Σ S) + one · Σ_x over mothers, fathers, spouses
        of max(0, their expected number − 1)²
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vsa import VsaError
from vsa_plugins.kinship.learn.common import Batch, Progress, descend, torch_of
from vsa_plugins.kinship.learn.fitted import Fit, Scored, load
from vsa_plugins.kinship.learn.fitting import fits_of, fitting
from vsa_plugins.kinship.learn.meaning import meaning, programs_of
from vsa_plugins.kinship.relations import Relation

__all__ = ["LEAST", "Probabilities", "fit", "fit_each", "load"]

LEAST = 1e-6  # of a probability whose logarithm is taken
MOST = 1 << 28  # numbers in the cube of a composition: runs · people³


class Probabilities:
    """Relations as probabilities (runs, n, n) of x → y; a gender, (runs, 1, n), is a filter."""

    def __init__(self, parent: Any, spouse: Any, female: Any) -> None:
        torch = torch_of()
        self.others = 1 - torch.eye(parent.shape[-1])
        self.named = {
            "self": torch.eye(parent.shape[-1]).expand_as(parent), "parent": parent,
            "spouse": spouse, "female": female[:, None], "male": 1 - female[:, None],
        }  # fmt: skip

    def primitive(self, name: str) -> Any:
        if name not in self.named:
            raise VsaError(f"no facts {name!r} are learnt: only {', '.join(self.named)}")
        return self.named[name]

    def converse(self, a: Any) -> Any:
        return a if a.shape[-2] == 1 else a.transpose(-1, -2)

    def compose(self, later: Any, first: Any) -> Any:
        if later.shape[-2] == 1:
            return first * later
        if first.shape[-2] == 1:
            return first.transpose(-1, -2) * later
        ways = (first[..., :, :, None] * later[..., None, :, :]).clamp(max=1 - LEAST)
        return 1 - (-ways).log1p().sum(-2).exp()

    def union(self, a: Any, b: Any) -> Any:
        return 1 - (1 - a) * (1 - b)

    def without_self(self, a: Any) -> Any:
        return a * self.others


def _soft_facts(
    batch: Batch,
    *,
    programs: Mapping[str, Relation] | None = None,
    sparse: float = 0.05,
    one: float = 10.0,
    rate: float = 0.1,
    steps: int = 400,
    patience: int = 150,
    progress: Progress | None = None,
) -> list[Fit]:
    """Find the facts behind triples of any words; the best of some restarts.

    family: who is ranked; the people of the triples unless given. Its facts are not used.
    The facts found are `fit.arrays` parent, spouse (n, n) and female (n,).

    programs of the words, the language's unless given; sparse and one: the weights of the
    penalties; rate of Adam; steps at most; patience: steps without improvement before it stops;
    progress is called with a title and a share.
    """
    torch = torch_of()
    nodes = programs_of(batch.words, programs)
    n = len(batch.family)
    if len(batch.runs) * n**3 > MOST:
        raise VsaError(
            f"soft facts of {n} people in {len(batch.runs)} runs do not fit: "
            f"runs · people³ may be {MOST:,}"
        )
    facts = SoftFacts(batch)
    x, word, y, weight = batch.tensors()
    run, real = torch.arange(len(batch.runs))[:, None], weight > 0

    def probabilities() -> Any:
        algebra = Probabilities(*facts.values())
        known: dict[Any, Any] = {}
        found = [meaning(node, algebra, known) for node in nodes]
        return torch.stack([p.expand(len(batch.runs), n, n) for p in found], dim=1)

    def loss(share: float) -> Any:
        likely = probabilities()[run, word, x, y].clamp(min=LEAST).log()
        return facts.penalty(sparse, one) - (likely * real).sum(1)

    losses, taken = descend(
        facts.parameters, loss, steps=steps, rate=rate, patience=patience,
        title="soft facts", progress=progress,
    )  # fmt: skip
    names = ("scores", "parent", "spouse", "female")
    learnt = dict(zip(names, (probabilities(), *facts.values()), strict=True))
    # a triple is held true if likelier than not
    return fits_of(Scored, batch, learnt, losses, taken, threshold=0.5)


fit, fit_each = fitting(_soft_facts)


class SoftFacts:
    """P, S and f of every run, as numbers that are learnt."""

    def __init__(self, batch: Batch) -> None:
        torch = torch_of()
        n = len(batch.family)
        self.parameters = [
            batch.draw(0, n, n, scale=0.5), batch.draw(1, n, n, scale=0.5), batch.draw(2, n, scale=0.1)
        ]  # fmt: skip
        with torch.no_grad():
            for facts in self.parameters[:2]:
                facts -= 2  # few facts at first
        self._others = 1 - torch.eye(n)

    def values(self) -> tuple[Any, Any, Any]:
        """parent (runs, n, n), spouse (runs, n, n), symmetric, and female (runs, n)."""
        parent, partner, gender = self.parameters
        partner = (partner + partner.transpose(1, 2)) / 2
        return parent.sigmoid() * self._others, partner.sigmoid() * self._others, gender.sigmoid()

    def penalty(self, sparse: float, one: float) -> Any:
        """What few facts, and one mother, one father and one spouse at most, cost (runs,)."""
        parent, spouse, female = self.values()
        many = 0
        for facts in (parent * female[:, None], parent * (1 - female[:, None]), spouse):
            many = many + (facts.sum(-1) - 1).clamp(min=0).square().sum(1)
        return one * many + sparse * (parent.sum((1, 2)) + spouse.sum((1, 2)) / 2)
