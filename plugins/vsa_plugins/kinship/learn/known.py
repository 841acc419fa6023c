"""Gates put to the test where the answer is known: random A and W, targets composed of them.

People are orthonormal vectors and the primitives act on them exactly, so that nothing but the search
for the chain is in question: no sets, no collapse. How many of many restarts find each target?
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vsa.plugin import torch_threads
from vsa_plugins.kinship.codes import Array
from vsa_plugins.kinship.learn.chains import Scheme, generators
from vsa_plugins.kinship.learn.common import Progress, Run, descend, torch_of
from vsa_plugins.kinship.learn.worlds import INVERSE, LITERAL

TARGETS = (  # steps first to last, such as a mother's father
    "A", "Aᵀ", "W⁻¹", "A⁻¹", "A A", "A Aᵀ", "Aᵀ A", "A W", "Aᵀ A⁻¹", "Wᵀ A⁻¹", "A A A", "Aᵀ A Aᵀ",
    "W A Aᵀ", "A Aᵀ W⁻¹", "A⁻¹ W A⁻¹", "Aᵀ W Aᵀ",
)  # fmt: skip


def recover(
    scheme: str = "length",
    *,
    targets: Sequence[str] = TARGETS,
    restarts: int = 32,
    dim: int = 16,
    length: int | None = None,
    gumbel: bool = False,
    seed: int = 0,
    prior: float = 0.03,
    rate: float = 0.2,
    steps: int = 200,
    threads: int | None = None,
    progress: Progress | None = None,
) -> dict[str, int]:
    """In how many of some restarts the likeliest choices of the gates are the target's map.

    The loss is log(1 − cos |cos|) of the images with the target's, blind to their size. A and W
    have singular values from ½ to 2 and random directions.  threads: of torch, one unless given.
    """
    torch = torch_of()
    length = (5 if scheme == "five" else 3) if length is None else length
    chain = Scheme(scheme, LITERAL, INVERSE[LITERAL], length)
    rng = np.random.default_rng(seed)
    matrices = dict(zip(LITERAL, _literal(rng, dim), strict=True))
    maps = np.stack([_product(target.split(), matrices) for target in targets])
    primitives = torch.tensor(
        np.stack([matrices[name] for name in chain.choices]), dtype=torch.float32
    )[None]
    people = torch.eye(dim)
    wanted = people @ torch.tensor(maps, dtype=torch.float32)  # (targets, people, d)
    runs = [Run(0, seed, i) for i in range(restarts)]
    count, crowd = len(targets), len(people)
    logits = [
        torch.tensor(
            np.stack([0.3 * run.rng(i).standard_normal((count, *shape)) for run in runs]),
            dtype=torch.float32,
            requires_grad=True,
        )
        for i, shape in enumerate(chain.shapes)
    ]
    start = people.expand(restarts, count, crowd, dim).reshape(restarts, count * crowd, dim)
    noise = generators(runs, 9) if gumbel else None

    def loss(share: float) -> Any:
        gates = chain.gates(logits, share, noise)
        each = [gate.repeat_interleave(crowd, dim=1) for gate in gates]
        ends = chain.walk(each, primitives, start).reshape(restarts, count, -1)
        cosine = torch.cosine_similarity(ends, wanted.reshape(1, count, -1), dim=-1)
        miss = (1 - cosine * cosine.abs()).clamp(min=1e-6).log()
        return (miss + prior * chain.cost(gates)).sum(1)

    with torch_threads(threads):
        descend(
            logits, loss, steps=steps, rate=rate, patience=steps, title=f"known, {scheme}",
            progress=progress,
        )  # fmt: skip
    chosen = [gate.detach().numpy() for gate in chain.gates(logits)]
    found = dict.fromkeys(targets, 0)
    for t, target in enumerate(targets):
        for run in range(restarts):
            way = chain.hardest([gate[run, t] for gate in chosen])
            reached = _product([name for step in way for name in step], matrices)
            found[target] += bool(np.allclose(reached, maps[t], atol=1e-6))
    return found


def _literal(rng: np.random.Generator, dim: int) -> list[Array]:
    """The seven literal primitives of a random A and W, on row vectors."""
    found = [np.eye(dim)]
    for _ in range(2):
        left, right = (np.linalg.qr(rng.standard_normal((dim, dim)))[0] for _ in range(2))
        matrix = left * np.exp(rng.uniform(-np.log(2), np.log(2), dim)) @ right
        found += [matrix.T, np.linalg.inv(matrix).T, matrix]
    return found


def _product(names: Sequence[str], matrices: dict[str, Array]) -> Array:
    product: Array = np.eye(len(matrices["I"]))
    for name in names:
        product = product @ matrices[name]
    return product
