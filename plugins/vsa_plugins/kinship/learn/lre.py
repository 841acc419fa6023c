"""Linear relational embedding: people as vectors, one free matrix for each word.

Paccanaro & Hinton 2001. The discriminative goodness is maximised over all codes and matrices:

    G = Σ_c 1/K_c · log [ exp(−‖R_c a_c − b_c‖²) / Σ_v exp(−‖R_c a_c − v‖²) ]

c runs over the triples (a, R, b), v over everyone, K_c counts the triples that share a_c and R_c.
The model is told neither facts nor what the words mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypedDict, Unpack

from vsa_plugins.kinship.family import Family
from vsa_plugins.kinship.learn.common import (
    Progress,
    array_of,
    batch_of,
    best_of,
    descend,
    torch_of,
)
from vsa_plugins.kinship.learn.fitted import Embedding, Fit, load, thresholds_of
from vsa_plugins.kinship.learn.triples import Triple

__all__ = ["Settings", "fit", "fit_each", "load"]


class Settings(TypedDict, total=False):
    """dim of a person's vector; decay: the weight of Σ θ²; rate of Adam; steps at most; patience:
    steps without improvement before it stops; progress is called with a title and a share."""

    dim: int
    decay: float
    rate: float
    steps: int
    patience: int
    progress: Progress | None


def fit(
    triples: Iterable[Triple],
    family: Family | None = None,
    *,
    seed: int = 0,
    restarts: int = 1,
    **settings: Unpack[Settings],
) -> Fit:
    """Embed the people of a family so that each word is a matrix; the best of some restarts.

    family: who is ranked; the people of the triples unless given.
    """
    (best,) = fit_each([list(triples)], family, seeds=[seed], restarts=restarts, **settings)
    return best


def fit_each(
    sets: Sequence[Sequence[Triple]],
    family: Family | None = None,
    *,
    seeds: Sequence[int] | None = None,
    restarts: int = 1,
    dim: int = 6,
    decay: float = 0.05,
    rate: float = 0.05,
    steps: int = 4000,
    patience: int = 1000,
    progress: Progress | None = None,
) -> list[Fit]:
    """A fit for each of some training sets, all as one batch; seeds: one for each, 0, 1 … else."""
    torch = torch_of()
    batch = batch_of(sets, family, seeds, restarts)
    people = batch.draw(0, len(batch.family), dim, scale=0.5)
    matrices = batch.draw(1, len(batch.words), dim, dim, scale=0.3)
    x, word, y, weight = batch.tensors()
    run = torch.arange(len(batch.runs))[:, None]

    def loss(share: float) -> Any:
        images = (matrices[run, word] @ people[run, x][..., None])[..., 0]
        goodness = (weight * log_likelihood(images, people, y)).sum(1)
        size = people.square().sum((1, 2)) + matrices.square().sum((1, 2, 3))
        return decay * size - goodness

    losses, taken = descend(
        [people, matrices], loss, steps=steps, rate=rate, patience=patience,
        title="embedding", progress=progress,
    )  # fmt: skip
    fits: list[Fit] = []
    for i in range(len(batch.runs)):
        arrays = {"people": array_of(people[i]), "matrices": array_of(matrices[i])}
        made = Embedding(batch.family, batch.words, arrays, loss=losses[i], steps=taken)
        made.thresholds = thresholds_of(made, batch.pairs(i))
        fits.append(made)
    return best_of(fits, batch)


def log_likelihood(images: Any, people: Any, y: Any) -> Any:
    """log [ exp(−‖z − y‖²) / Σ_v exp(−‖z − v‖²) ] of images (runs, k, d) and answers (runs, k).

    ‖z‖² is in every term and cancels.
    """
    closeness = 2 * images @ people.transpose(1, 2) - people.square().sum(-1)[:, None]
    return closeness.log_softmax(-1).gather(-1, y[..., None])[..., 0]
