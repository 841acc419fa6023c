"""Can A be mother, Aᵀ father, A⁻¹ daughter, A⁻ᵀ son and W wife? The contradictions as numbers.

    python examples/kin2vec.py --seed 0 --dim 48

The literal scheme of kin2vec, relations as one matrix and its transposes and inverses that send a
person's vector to a person's vector, beside the construction of the kinship plugin: a matrix for
parents, masks for gender, sums of people as sets and a cleanup after every step.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from vsa_plugins.kinship import WORDS, Family, Relation
from vsa_plugins.kinship.learn import grown

from vsa.nn import torch_threads
from vsa.plugin import needed

Floats = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
FACTS = ("mother", "father", "daughter", "son", "wife")  # A, Aᵀ, A⁻¹, A⁻ᵀ, W
RATE = 0.02


@dataclass(frozen=True, slots=True)
class Least:
    """A least-squares fit: its residual per fact, ‖image − person‖² of people of length 1; the least
    cosine of siblings and of the two parents of a child; the share of people that lie within a
    cosine of .99 of somebody else."""

    residual: float
    siblings: float
    parents: float
    collapsed: float


def answers(family: Family, relation: Relation) -> Bools:
    """True at [x, y] where the relation leads from x to y (n, n)."""
    found = np.zeros((len(family), len(family)), dtype=bool)
    rows = relation.rows(family)
    found[rows.sources, rows.index] = True
    return found


# --- what follows from the algebra -----------------------------------------------------------------
def algebra(seed: int, dim: int) -> dict[str, float]:
    """Distances between maps that should differ, for a random A; 0 says that they are one map."""
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((dim, dim)) / dim**0.5
    inverse = np.linalg.inv(a)
    orthogonal = np.linalg.qr(a)[0]
    wife = a @ inverse.T  # the only W for which a father's wife is the mother: W Aᵀ = A
    child, mother = np.eye(dim)[:2]
    of_orthonormal = np.outer(mother, child)  # A = Σ mother childᵀ

    def apart(x: Floats, y: Floats) -> float:
        return float(np.linalg.norm(x - y) / np.linalg.norm(y))

    return {
        "mother's daughter, A⁻¹ A, and oneself": apart(inverse @ a, np.eye(dim)),
        "orthogonal A: father, Aᵀ, and daughter, A⁻¹": apart(
            orthogonal.T, np.linalg.inv(orthogonal)
        ),
        "W with W Aᵀ = A: its converse Wᵀ and a father's daughter, A⁻¹ Aᵀ": apart(
            wife.T, inverse @ a.T
        ),
        "orthonormal people: the mother's father, Aᵀ m, and her own child": apart(
            of_orthonormal.T @ mother, child
        ),
    }


# --- what a fit comes to ---------------------------------------------------------------------------
@torch_threads()  # one: the tensors are small
def fitted(family: Family, dim: int, seed: int, steps: int, learn_people: bool) -> Least:
    """Least squares over A, W and, if asked, the people, all of length 1.

    Exactly: A b = A s = m makes siblings b, s one vector; A d = m and A⁻¹ f = d make parents one.
    """
    torch = needed("torch", "training by gradient", "torch")
    rng = np.random.default_rng(seed)

    def draw(*shape: int, scale: float) -> Any:
        return torch.tensor(scale * rng.standard_normal(shape), requires_grad=True)

    drawn = draw(len(family), dim, scale=1)
    a, w = (draw(dim, dim, scale=0.1) for _ in range(2))
    with torch.no_grad():
        a += torch.eye(dim)
        w += torch.eye(dim)
    facts = [np.nonzero(answers(family, WORDS[word])) for word in FACTS]
    optimizer = torch.optim.Adam([a, w, *([drawn] if learn_people else [])], lr=RATE)

    def residual() -> Any:
        people = torch.nn.functional.normalize(drawn, dim=1)
        inverse = torch.linalg.inv(a)
        maps = (a, a.T, inverse, inverse.T, w)
        errors = [people[x] @ m.T - people[y] for m, (x, y) in zip(maps, facts, strict=True)]
        return torch.cat(errors).square().sum(1).mean()

    for step in range(steps):
        optimizer.param_groups[0]["lr"] = RATE * (1 - step / steps)  # to rest
        optimizer.zero_grad()
        residual().backward()
        optimizer.step()
    people = drawn.detach().numpy() / np.linalg.norm(drawn.detach().numpy(), axis=1, keepdims=True)
    cosines = people @ people.T
    couples = WORDS["parent"] @ WORDS["child"] - WORDS["self"]
    other = cosines - 2 * np.eye(len(family))
    return Least(
        float(residual().detach()),
        float(cosines[answers(family, WORDS["sibling"])].min()),
        float(cosines[answers(family, couples)].min()),
        float((other.max(axis=1) > 0.99).mean()),
    )


# --- sets ------------------------------------------------------------------------------------------
def mothers_daughters(family: Family) -> dict[str, float]:
    """The share of people with a mother for whom each way finds just their mother's daughters."""
    n = len(family)
    parent = np.zeros((n, n), dtype=bool)
    parent[tuple(family.facts["parent"].T)] = True
    women = family.sexes == 0
    mother = parent & women  # at [x, y]: y is x's mother
    truth = (mother.astype(int) @ mother.T > 0) & women
    average = np.linalg.pinv(mother.T.astype(float)) @ mother.T  # M⁺ M: the mean of her children
    program = WORDS["daughter"] @ WORDS["mother"]
    ways = {
        "A⁻¹ A: oneself": np.eye(n, dtype=bool),
        "M for mother alone: the women of M⁺ M": (average.T > 1e-9) & women,
        f"daughter @ mother, codes of {family.codes.dim} numbers": answers(family, program),
    }
    asked = mother.any(axis=1)
    return {way: float((found == truth).all(axis=1)[asked].mean()) for way, found in ways.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what the literal scheme comes to, and what works."""
    parser = argparse.ArgumentParser(description="The literal scheme of kin2vec, as numbers.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dim", type=int, default=24, help="of a person's vector in the fits")
    parser.add_argument("--steps", type=int, default=3000, help="of the fits")
    options = parser.parse_args(arguments)
    print("What should differ, and by how much it does (‖X − Y‖ / ‖Y‖):")
    for what, distance in algebra(options.seed, options.dim).items():
        print(f"  {distance:8.1e}  {what}")
    family = grown(options.seed, couples=1, generations=4)
    print(f"\nLeast squares over A and W, dim {options.dim}; {family}:")
    print("  people         residual  cos of siblings  cos of parents  within .99 of another")
    for kind, learn in (("kept random", False), ("learnt", True)):
        c = fitted(family, options.dim, options.seed, options.steps, learn)
        print(
            f"  {kind:<13} {c.residual:9.1e} {c.siblings:16.3f} {c.parents:15.3f} {c.collapsed:22.0%}"
        )
    print("\nFor how many people with a mother her daughters are found, and nobody else:")
    for way, share in mothers_daughters(family).items():
        print(f"  {share:4.0%}  {way}")


if __name__ == "__main__":
    main()
