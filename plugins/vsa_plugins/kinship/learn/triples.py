"""Triples (x, word, y), "y is a <word> of x": Hinton's two trees, other families, held-out splits.

Nothing is typed out but who is whose parent and spouse; the triples are what the kin words of the
language pick out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from vsa import VsaError
from vsa.plugin import suggest
from vsa_plugins.kinship.family import Fact, Family, Record
from vsa_plugins.kinship.relations import Evaluation
from vsa_plugins.kinship.relations.words import WORDS

Triple = tuple[str, str, str]  # (x, word, y): y is a <word> of x, by ids

# Hinton 1986: two families of one shape, who is who by the place in the list.
ENGLISH = (
    "Christopher", "Penelope", "Andrew", "Christine", "Margaret", "Arthur", "Victoria", "James",
    "Jennifer", "Charles", "Colin", "Charlotte",
)  # fmt: skip
ITALIAN = (
    "Roberto", "Maria", "Pierro", "Francesca", "Gina", "Emilio", "Lucia", "Marco", "Angela",
    "Tomaso", "Alfonso", "Sophia",
)  # fmt: skip
SEXES = "MFMFFMFMFMMF"
COUPLES = ((0, 1, (5, 6)), (2, 3, (7, 8)), (4, 5, ()), (6, 7, (10, 11)), (8, 9, ()))
TWELVE = (
    "father", "mother", "husband", "wife", "son", "daughter", "uncle", "aunt", "brother", "sister",
    "nephew", "niece",
)  # fmt: skip


def hinton() -> Family:
    """Hinton's English and Italian trees: 24 people, two generations of couples, one of children."""
    records, facts = [], []
    for tree in (ENGLISH, ITALIAN):
        records += [Record(name, name, sex) for name, sex in zip(tree, SEXES, strict=True)]
        for a, b, children in COUPLES:
            facts += _household(tree[a], tree[b], [tree[child] for child in children])
    return Family(records, facts, name="Hinton's trees")


def grown(seed: int = 0, couples: int = 2, generations: int = 3) -> Family:
    """A random family in which words differ that Hinton's trees confound.

    Siblings of the same sex and of both sexes, half siblings, people without children, spouses from
    elsewhere, one in three marrying twice. About 30 people for 2 couples and 3 generations.
    """
    rng = np.random.default_rng(seed)
    records: list[Record] = []
    facts: list[Fact] = []

    def born(sex: str) -> str:
        records.append(Record(f"{sex.lower()}{len(records) + 1}", sex=sex))
        return records[-1].id

    families = [(born("F"), born("M")) for _ in range(couples)]
    for _ in range(generations - 1):
        children = []
        for mother, father in families:
            own = [born(str(rng.choice(["F", "M"]))) for _ in range(rng.integers(1, 4))]
            facts += _household(mother, father, own)
            children += own
        families = []
        for child in children:
            woman = child.startswith("f")
            for chance in (0.75, 0.33):
                if rng.random() > chance:
                    break
                spouse = born("M" if woman else "F")
                families.append((child, spouse) if woman else (spouse, child))
    for mother, father in families:  # the last couples have no children
        facts += _household(mother, father, [])
    return Family(records, facts, name=f"random family {seed}")


def _household(a: str, b: str, children: Sequence[str]) -> list[Fact]:
    parents = [("parent", child, parent) for child in children for parent in (a, b)]
    return [("spouse", a, b), *parents]


def triples_of(family: Family, words: Iterable[str] = TWELVE) -> list[Triple]:
    """Every triple of some words that holds in a family, word by word: 112 of Hinton's trees."""
    evaluation = Evaluation(family)
    found: list[Triple] = []
    for word in words:
        if word not in WORDS:
            near = suggest(word, WORDS)
            raise VsaError(f"no kin word is called {word!r}" + (f": {near}" if near else ""))
        rows = evaluation.rows(WORDS[word].node, evaluation.everyone)
        ids = [record.id for record in family.records]
        found += [(ids[x], word, ids[y]) for x, y in sorted(rows.pairs())]
    return found


def split(
    known: Sequence[Triple], held_out: float, seed: int = 0
) -> tuple[list[Triple], list[Triple]]:
    """(training, held-out) triples, drawn at random.

    held_out: how many, or a share below 1.
    """
    count = round(held_out * len(known)) if held_out < 1 else int(held_out)
    if not 0 <= count < len(known):
        raise VsaError(
            f"{held_out!r} of {len(known)} triples cannot be held out: at least one must be left"
        )
    order = np.random.default_rng(seed).permutation(len(known))
    return [known[i] for i in order[count:]], [known[i] for i in order[:count]]
