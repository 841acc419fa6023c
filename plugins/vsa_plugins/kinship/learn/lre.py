"""Linear relational embedding: people as vectors, one free matrix for each word.

Paccanaro & Hinton 2001. The discriminative goodness is maximised over all codes and matrices:

    G = Σ_c 1/K_c · log [ exp(−‖R_c a_c − b_c‖²) / Σ_v exp(−‖R_c a_c − v‖²) ]

c runs over the triples (a, R, b), v over everyone, K_c counts the triples that share a_c and R_c.
The model is told neither facts nor what the words mean.
"""

from __future__ import annotations

from typing import Any

from vsa_plugins.kinship.learn.common import Batch, Progress, descend, torch_of
from vsa_plugins.kinship.learn.fitted import Embedding, Fit, load
from vsa_plugins.kinship.learn.fitting import fits_of, fitting

__all__ = ["fit", "fit_each", "load"]


def _embed(
    batch: Batch,
    *,
    dim: int = 6,
    decay: float = 0.05,
    rate: float = 0.05,
    steps: int = 4000,
    patience: int = 1000,
    progress: Progress | None = None,
) -> list[Fit]:
    """Embed the people of a family so that each word is a matrix; the best of some restarts.

    family: who is ranked; the people of the triples unless given.

    dim of a person's vector; decay: the weight of Σ θ²; rate of Adam; steps at most; patience:
    steps without improvement before it stops; progress is called with a title and a share.
    """
    torch = torch_of()
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
    learnt = {"people": people, "matrices": matrices}
    return fits_of(Embedding, batch, learnt, losses, taken)


fit, fit_each = fitting(_embed)


def log_likelihood(images: Any, people: Any, y: Any) -> Any:
    """log [ exp(−‖z − y‖²) / Σ_v exp(−‖z − v‖²) ] of images (runs, k, d) and answers (runs, k).

    ‖z‖² is in every term and cancels.
    """
    closeness = 2 * images @ people.transpose(1, 2) - people.square().sum(-1)[:, None]
    return closeness.log_softmax(-1).gather(-1, y[..., None])[..., 0]
