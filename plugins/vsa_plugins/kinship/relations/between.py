"""What two people are to each other: the words that hold, or the shortest compositions of words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import reduce
from typing import NamedTuple

import numpy as np

from vsa import VsaError
from vsa.plugin import checked_whole
from vsa_plugins.kinship.codes import Array
from vsa_plugins.kinship.family import Person
from vsa_plugins.kinship.relations.evaluate import Evaluation
from vsa_plugins.kinship.relations.relation import Relation
from vsa_plugins.kinship.relations.words import WORDS

LENGTH = 20  # steps of parents, children and spouses that are followed
MOST = 5  # compositions in an answer
STEPS = ("parent", "spouse", "adopter", "fosterer")
UNSAID = ("female", "male")  # they hold of oneself alone and say nothing of two people


class Way(NamedTuple):
    """A composition that leads somewhere; of ways with as many words, the narrowest is the best."""

    people: float  # log of how many people it may lead to, taking its words one by one
    words: tuple[str, ...]  # the first step first


def relation_between(
    a: Person, b: Person, length: int = LENGTH, words: Mapping[str, Relation] = WORDS
) -> list[Relation]:
    """What b is to a: every word that holds, the narrowest first.

    If no word does, the compositions of fewest words along the shortest ways of parents, children
    and spouses (adopters and fosterers too), at most five. Nobody on the way within `length` steps,
    or at all, is an error that says so.
    """
    if a.family is not b.family:
        raise VsaError(f"{a} and {b} are of two families: ask for both in one, person(…, family=…)")
    length = checked_whole("length", length, 1)
    said = {name: word for name, word in words.items() if name not in UNSAID}
    evaluation = Evaluation(a.family)
    found = _links(evaluation, said, np.array([a.row]), np.array([b.row]))
    if found:
        return [words[way.words[0]] for way in sorted(found[a.row, b.row])]
    levels = _shortest(evaluation, a, b, length)
    best = _fewest_words(evaluation, said, levels)
    return [
        reduce(lambda before, name: words[name] @ before, names[1:], words[names[0]])
        for _, names in best
    ]


def _links(
    evaluation: Evaluation, words: Mapping[str, Relation], sources: Array, targets: Array
) -> dict[tuple[int, int], list[Way]]:
    """The words that hold from some people to others, ascending: (source, target) → ways."""
    wanted = np.zeros(len(evaluation.everyone), dtype=bool)
    wanted[targets] = True
    found: dict[tuple[int, int], list[Way]] = {}
    for name, word in words.items():
        rows = evaluation.rows(word.node, sources)
        here = wanted[rows.index]
        each = rows.sources[here]
        sizes = rows.sizes[each].tolist()
        for source, target, size in zip(
            sources[each].tolist(), rows.index[here].tolist(), sizes, strict=True
        ):
            found.setdefault((source, target), []).append(Way(math.log(size), (name,)))
    return found


def _shortest(evaluation: Evaluation, a: Person, b: Person, length: int) -> list[Array]:
    """The people on the shortest ways from a to b, by their distance from a."""
    steps = [word for name in STEPS for word in (WORDS[name], ~WORDS[name])]
    step = reduce(Relation.__or__, steps)  # its own converse
    seen = np.zeros(len(evaluation.everyone), dtype=bool)
    seen[a.row] = True
    levels = [np.array([a.row])]
    while not seen[b.row]:
        if len(levels) > length:
            raise VsaError(
                f"no way of up to {length} steps leads from {a} to {b}: try length={2 * length}"
            )
        near = np.unique(evaluation.rows(step.node, levels[-1]).index)
        near = near[~seen[near]]
        if not len(near):
            raise VsaError(
                f"{a} and {b} are not related: no parents, children and spouses on file "
                "lead from one to the other"
            )
        seen[near] = True
        levels.append(near)
    levels[-1] = np.array([b.row])
    for i in range(len(levels) - 2, 0, -1):
        back = evaluation.rows(step.node, levels[i + 1]).index
        levels[i] = levels[i][np.isin(levels[i], back)]
    return levels


def _fewest_words(
    evaluation: Evaluation, words: Mapping[str, Relation], levels: list[Array]
) -> list[Way]:
    """The best ways of fewest words over people who come nearer with every word."""
    people = np.concatenate(levels)
    level = {row: i for i, rows in enumerate(levels) for row in rows.tolist()}
    links = _links(evaluation, words, people[:-1], people[1:])
    into: dict[int, list[tuple[int, Way]]] = {}
    for (source, target), ways in links.items():
        if level[source] < level[target]:
            into.setdefault(target, []).append((source, min(ways)))
    best: dict[int, list[Way]] = {int(people[0]): [Way(0.0, ())]}
    for target in people[1:].tolist():
        arrivals = {
            Way(before.people + last.people, before.words + last.words)
            for source, last in into[target]
            for before in best[source]
        }
        fewest = min(len(way.words) for way in arrivals)
        best[target] = sorted(w for w in arrivals if len(w.words) == fewest)[:MOST]
    return best[int(people[-1])]
