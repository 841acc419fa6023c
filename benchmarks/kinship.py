"""Kinship: thirty words for one person and for everyone of royal92, beside a plain set walk.

Ours: `WORDS["cousin"].rows(family, people)`, decoded from vectors each time ("cold": what decoding
keeps is dropped before), or from what decoding for everyone has kept.
sets: dictionaries of Python sets of the same facts, walked by comprehensions; siblings and the
like are worked out once for everyone and kept, as ours are. It answers without counts. It is what
to use where facts are certain and answers are all that is wanted: what vectors cost beside it
buys answers from damaged matrices, similarity, and relations that are learnt.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from vsa_plugins.kinship import USUAL, WORDS, Family, Record
from vsa_plugins.kinship.codes import Codes, Rows
from vsa_plugins.kinship.family import FACTS
from vsa_plugins.kinship.relations import Evaluation

from benchmarks.footprint import extra
from benchmarks.harness import OURS, Candidate, Row, Run

PEERS = ("sets",)
ROYALS = Path(__file__).parents[1] / "examples" / "data" / "royal92.ged"

Kin = dict[int, set[int]]


def rows(quick: bool = False) -> Iterator[Row]:
    if quick:
        family = grown(40)
    else:
        yield Row("read royal92.ged", [Candidate(OURS, lambda: Family.read(ROYALS))])
        family = Family.read(ROYALS)
    codes = Codes(family.sexes, family.facts, seed=family.seed).encode()
    family.__dict__["codes"] = codes  # made now, not when first asked
    sets = Sets(family)
    n = len(family)
    yield Row(
        f"encode {n:,} people",
        [
            Candidate(OURS, lambda: encoded(family), held),
            Candidate("sets", lambda: Sets(family), lambda s: s.facts),
        ],
    )
    most = int(WORDS["second_cousin"].rows(family).sizes.argmax())
    for word in ("cousin", "second_cousin"):
        yield Row(
            f"{word}, the one with most",
            [
                Candidate(OURS, cold(codes, lambda w=word: one(family, w, most)), keys),
                Candidate("sets", lambda w=word: getattr(sets, w + "s_of")(most), sorted),
            ],
        )
    yield Row(
        "cousin, everyone",
        [
            Candidate(OURS, cold(codes, lambda: WORDS["cousin"].rows(family)), keys),
            Candidate("sets", cold(sets, lambda: sets.cousins), walked),
        ],
    )
    yield Row(
        "30 words, everyone",
        [
            Candidate(OURS, cold(codes, lambda: all_words(family)), all_keys),
            Candidate("sets", cold(sets, sets.words), all_walked),
        ],
    )
    all_words(family)
    yield Row(
        "30 words, facts decoded before",
        [
            Candidate(OURS, lambda: all_words(family), all_keys),
            Candidate("sets", cold(sets, sets.words), all_walked),
        ],
    )
    yield Row(
        "kept: the facts, encoded",
        [
            Candidate(OURS, lambda: encoded(family), held),
            Candidate("sets", lambda: Sets(family), lambda s: s.facts),
        ],
        unit="B",
        sample=kept,
    )
    yield Row(
        "extra: 30 words, everyone",
        [
            Candidate(OURS, cold(codes, lambda: all_words(family)), all_keys),
            Candidate("sets", cold(sets, sets.words), all_walked),
        ],
        unit="B",
        sample=extra,
    )


def grown(n: int) -> Family:
    """A small family for trying the benchmark out: every two people have up to three children."""
    records = [Record(str(i), sex="FM"[i % 2]) for i in range(n)]
    facts = [
        ("parent", str(i), str(p)) for i in range(2, n) for p in (i // 3 * 2 - 2, i // 3 * 2 - 1)
        if p >= 0
    ]  # fmt: skip
    return Family(records, facts + [("spouse", str(i), str(i + 1)) for i in range(0, n - 1, 2)])


# --- ours ------------------------------------------------------------------------------------------
def cold(kept: Codes | Sets, run: Run) -> Run:
    """A run that begins with nothing but the facts."""

    def fresh() -> Any:
        kept.forget()
        return run()

    return fresh


def one(family: Family, word: str, person: int) -> Rows:
    return WORDS[word].rows(family, np.array([person]))


def encoded(family: Family) -> Codes:
    return Codes(family.sexes, family.facts).encode()


def all_words(family: Family) -> dict[str, Rows]:
    evaluation = Evaluation(family)
    return {w: evaluation.rows(WORDS[w].node, evaluation.everyone) for w in USUAL}


def held(codes: Codes) -> list[int]:
    return [len(codes.facts(relation)) for relation in FACTS]


def facts_of(family: Family) -> list[int]:
    return [len(pairs) for pairs in family.facts.values()]


def keys(found: Rows) -> list[int]:
    """Every pair found, as one number."""
    return sorted((found.sources * (1 << 32) + found.index).tolist())


def all_keys(found: dict[str, Rows]) -> list[int]:
    return [key for word in USUAL for key in keys(found[word])]


def kept(run: Run) -> float:
    """Bytes that the result of `run` keeps."""
    gc.collect()
    tracemalloc.start()
    try:
        result = run()
        gc.collect()
        size = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    del result
    return float(size)


# --- the set walk ----------------------------------------------------------------------------------
class Sets:
    """The facts as dictionaries of sets, and the words as walks over them."""

    def __init__(self, family: Family) -> None:
        self.everyone = range(len(family))
        self.facts = facts_of(family)
        sexes = family.sexes.tolist()
        self.women = {x for x in self.everyone if sexes[x] == 0}
        self.men = {x for x in self.everyone if sexes[x] == 1}
        self.parents: Kin = {x: set() for x in self.everyone}
        self.children: Kin = {x: set() for x in self.everyone}
        self.spouses: Kin = {x: set() for x in self.everyone}
        for x, y in family.facts["parent"].tolist():
            self.parents[x].add(y)
            self.children[y].add(x)
        for x, y in family.facts["spouse"].tolist():
            self.spouses[x].add(y)

    def forget(self) -> None:
        for name in ("siblings", "piblings", "cousins", "half_siblings"):
            self.__dict__.pop(name, None)

    def step(self, there: Kin, after: Kin) -> Kin:
        return {x: set().union(*[there[z] for z in after[x]]) for x in self.everyone}

    def of(self, people: set[int], kin: Kin) -> Kin:
        return {x: found & people for x, found in kin.items()}

    def siblings_of(self, x: int) -> set[int]:
        return {c for p in self.parents[x] for c in self.children[p]} - {x}

    def cousins_of(self, x: int) -> set[int]:
        return {
            c for p in self.parents[x] for u in self.siblings_of(p) for c in self.children[u]
        }  # fmt: skip

    def second_cousins_of(self, x: int) -> set[int]:
        return {c for p in self.parents[x] for k in self.cousins_of(p) for c in self.children[k]}

    @cached_property
    def siblings(self) -> Kin:
        return {x: self.siblings_of(x) for x in self.everyone}

    @cached_property
    def piblings(self) -> Kin:
        return self.step(self.siblings, self.parents)

    @cached_property
    def cousins(self) -> Kin:
        return self.step(self.children, self.piblings)

    @cached_property
    def half_siblings(self) -> Kin:
        two = {x for x in self.everyone if len(self.parents[x]) >= 2}
        return {
            x: {y for y in found & two if len(self.parents[x] & self.parents[y]) == 1}
            if x in two else set()
            for x, found in self.siblings.items()
        }  # fmt: skip

    def either(self, one: Kin, other: Kin) -> Kin:
        return {x: one[x] | other[x] for x in self.everyone}

    def words(self) -> dict[str, Kin]:
        """The usual thirty, for everyone."""
        found = {name: base() for name, base in self.bases.items()}
        for name, (base, people) in HALVES.items():
            found[name] = self.of(getattr(self, people), found[base])
        return found

    @property
    def bases(self) -> dict[str, Callable[[], Kin]]:
        step, either = self.step, self.either
        return {
            "parent": lambda: self.parents,
            "child": lambda: self.children,
            "spouse": lambda: self.spouses,
            "sibling": lambda: self.siblings,
            "half_sibling": lambda: self.half_siblings,
            "grandparent": lambda: step(self.parents, self.parents),
            "grandchild": lambda: step(self.children, self.children),
            "pibling_or_spouse": lambda: either(self.piblings, step(self.spouses, self.piblings)),
            "nibling": lambda: step(
                self.children, either(self.siblings, step(self.siblings, self.spouses))
            ),
            "cousin": lambda: self.cousins,
            "second_cousin": lambda: step(self.children, step(self.cousins, self.parents)),
            "parent_in_law": lambda: step(self.parents, self.spouses),
            "sibling_in_law": lambda: either(
                step(self.spouses, self.siblings), step(self.siblings, self.spouses)
            ),
        }


HALVES = {
    "mother": ("parent", "women"), "father": ("parent", "men"),
    "daughter": ("child", "women"), "son": ("child", "men"),
    "wife": ("spouse", "women"), "husband": ("spouse", "men"),
    "sister": ("sibling", "women"), "brother": ("sibling", "men"),
    "grandmother": ("grandparent", "women"), "grandfather": ("grandparent", "men"),
    "granddaughter": ("grandchild", "women"), "grandson": ("grandchild", "men"),
    "aunt": ("pibling_or_spouse", "women"), "uncle": ("pibling_or_spouse", "men"),
    "niece": ("nibling", "women"), "nephew": ("nibling", "men"),
    "mother_in_law": ("parent_in_law", "women"), "father_in_law": ("parent_in_law", "men"),
    "sister_in_law": ("sibling_in_law", "women"), "brother_in_law": ("sibling_in_law", "men"),
}  # fmt: skip


def walked(kin: Kin) -> list[int]:
    return sorted((x << 32) + y for x, found in kin.items() for y in found)


def all_walked(found: dict[str, Kin]) -> list[int]:
    return [key for word in USUAL for key in walked(found[word])]
