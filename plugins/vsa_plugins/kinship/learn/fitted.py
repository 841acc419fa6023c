"""A fitted model: scores of people, the relations that follow from them, saving and loading.

A word of a model is an ordinary relation of the language. Models of scores answer with everyone who
scores above the word's threshold; models that found a program answer by the program, for other
families too.
"""

from __future__ import annotations

import json
import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from vsa import VsaError
from vsa.plugin import files, suggest
from vsa_plugins.kinship.codes import Array, Rows
from vsa_plugins.kinship.family import Family, Record
from vsa_plugins.kinship.relations import Relation
from vsa_plugins.kinship.relations.as_json import from_json, to_json
from vsa_plugins.kinship.relations.program import Node

FORMAT = 1
BLOCK = 1 << 22  # scores held at a time


class Fit(ABC):
    """What a fit found.

    family: the people.  words: that it answers for.  loss: of the training, to compare restarts.
    steps: taken.  arrays: the learnt numbers.  thresholds (words,): who scores above is in the set.
    programs: word → program, where the model found one.
    """

    kind: ClassVar[str] = ""
    kinds: ClassVar[dict[str, type[Fit]]] = {}

    def __init__(
        self,
        family: Family,
        words: Sequence[str],
        arrays: Mapping[str, Array],
        thresholds: Array | None = None,
        *,
        loss: float = 0.0,
        steps: int = 0,
        programs: Mapping[str, Node] | None = None,
    ) -> None:
        self.family = family
        self.words = tuple(words)
        self.arrays = dict(arrays)
        self.loss, self.steps = float(loss), int(steps)
        self.programs = dict(programs or {})
        none = np.full(len(self.words), np.inf)
        self.thresholds = none if thresholds is None else np.asarray(thresholds, dtype=float)

    def __init_subclass__(cls) -> None:
        Fit.kinds[cls.kind] = cls

    @abstractmethod
    def _scores(self, word: int, people: Array) -> Array:
        """How well everyone fits, for a word by its number and people by row."""

    def scores(self, word: str, people: Sequence[int] | Array | None = None) -> Array:
        """How well everyone fits as a <word> of some people, by row (m,): (m, n), higher better."""
        if word not in self.words:
            near = suggest(word, self.words) or f"those learnt are {', '.join(self.words)}"
            raise VsaError(f"the model has not learnt {word!r}: {near}")
        rows = np.arange(len(self.family)) if people is None else np.asarray(people, dtype=np.int64)
        return self._scores(self.words.index(word), rows)

    def rows(self, word: str, people: Array) -> Rows:
        """Who scores above the word's threshold, for each of some people."""
        limit = self.thresholds[self.words.index(word)]
        step = max(BLOCK // len(self.family), 1)
        none = np.zeros(0, dtype=np.int64)
        sources, found = [none], [none]
        for start in range(0, len(people), step):
            row, person = np.nonzero(self.scores(word, people[start : start + step]) > limit)
            sources.append(row + start)
            found.append(person)
        return Rows.of_pairs(np.concatenate(sources), np.concatenate(found), len(people))

    @cached_property
    def relations(self) -> Mapping[str, Relation]:
        """Word → relation: a program where one was found, else those above the threshold."""
        return MappingProxyType(
            {
                word: Relation(self.programs[word]).named(word)
                if word in self.programs
                else Relation.learnt(word, self.family, partial(self.rows, word))
                for word in self.words
            }
        )

    def __repr__(self) -> str:
        return f"<{self.kind} fit: {len(self.words)} words of {self.family}>"

    # --- on disk -------------------------------------------------------------------------------
    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model with the people and their facts, as a NumPy archive of plain arrays."""
        family = self.family
        about = {
            "format": FORMAT, "kind": self.kind, "words": self.words, "loss": self.loss,
            "steps": self.steps,
            "programs": {word: to_json(node) for word, node in self.programs.items()},
            "family": {
                "name": family.name, "dim": family.dim, "seed": family.seed,
                "records": [[r.id, r.name, r.sex, r.born, r.died] for r in family.records],
                "facts": {name: pairs.tolist() for name, pairs in family.facts.items()},
            },
        }  # fmt: skip
        arrays: dict[str, Any] = {f"array/{name}": a for name, a in self.arrays.items()}
        with files.written(path) as file:
            np.savez_compressed(
                file, about=np.array(json.dumps(about)), thresholds=self.thresholds, **arrays
            )


def load(path: str | os.PathLike[str], family: Family | None = None) -> Fit:
    """A saved model.

    family: the people that its relations answer for; the saved ones unless given. They must be the
    same people in the same order.
    """
    name = os.path.basename(os.fspath(path))
    try:
        with files.archive(path) as file:
            about = json.loads(str(file["about"]))
            thresholds = file["thresholds"]
            arrays = {key[6:]: file[key] for key in file.files if key.startswith("array/")}
        if about["format"] != FORMAT:
            raise VsaError(
                f"{name} is of format {about['format']}; this version reads format {FORMAT}"
            )
        cls = Fit.kinds[about["kind"]]
        saved = _family(about["family"])
        programs = {word: from_json(tree) for word, tree in about["programs"].items()}
    except VsaError:
        raise
    except (ValueError, KeyError, TypeError):
        raise VsaError(f"{name} is not a saved fit, or it is damaged") from None
    if family is None:
        family = saved
    elif list(family.index) != list(saved.index):
        raise VsaError(f"{name} was fitted to {saved}, not to the people of {family}")
    return cls(
        family, about["words"], arrays, thresholds,
        loss=about["loss"], steps=about["steps"], programs=programs,
    )  # fmt: skip


def _family(said: Any) -> Family:
    records = [Record(*fields) for fields in said["records"]]
    facts = [
        (relation, records[x].id, records[y].id)
        for relation, pairs in said["facts"].items()
        for x, y in pairs
    ]
    return Family(records, facts, dim=said["dim"], seed=said["seed"], name=said["name"])


# --- models of scores ------------------------------------------------------------------------------
class Embedding(Fit):
    """People as vectors and words as matrices: the score of y is ‖R x‖² − ‖R x − y‖².

    How much nearer R x is to y than to nobody, the zero vector; ranked like the distance.

    arrays: people (n, d), matrices (words, d, d).
    """

    kind = "embedding"

    def _scores(self, word: int, people: Array) -> Array:
        codes, matrix = self.arrays["people"], self.arrays["matrices"][word]
        images = codes[people] @ matrix.T
        squares = (codes * codes).sum(axis=1)
        scores: Array = 2 * images @ codes.T - squares
        return scores


class Scored(Fit):
    """A score for every pair of people, by word.

    arrays: scores (words, n, n).
    """

    kind = "scored"

    def _scores(self, word: int, people: Array) -> Array:
        scores: Array = self.arrays["scores"][word, people]
        return scores


def thresholds_of(fit: Fit, pairs: Sequence[Array]) -> Array:
    """The scores (words,) that best part right answers from others in the training questions.

    pairs: the training pairs (k, 2) of each word. Over the people x that a word was trained on, the
    threshold is the middle of the widest gap between neighbouring scores at which F1 of the
    training answers is greatest; infinite where a word has no training pairs, which leaves its
    sets empty. Questions that training says nothing of have no part in it.
    """
    found = np.full(len(fit.words), np.inf)
    for w, word in enumerate(fit.words):
        if not len(pairs[w]):
            continue
        people, row = np.unique(pairs[w][:, 0], return_inverse=True)
        scores = fit.scores(word, people).astype(np.float64)
        right = np.zeros(scores.shape, dtype=bool)
        right[row, pairs[w][:, 1]] = True
        found[w] = _threshold(scores.ravel(), right.ravel())
    return found


def _threshold(scores: Array, right: Array) -> float:
    order = np.argsort(-scores, kind="stable")
    scores, right = scores[order], right[order]
    hit = np.cumsum(right)
    f1 = 2 * hit / (np.arange(1, len(right) + 1) + hit[-1])  # of taking so many
    gap = np.append(scores[:-1] - scores[1:], 0.0)
    f1 = np.where(gap > 0, f1, -1.0)  # equal scores cannot be parted
    best = np.flatnonzero(f1 >= f1.max() - 1e-12)
    at = best[np.argmax(gap[best])]
    if gap[at] <= 0:
        return float(np.nextafter(scores[-1], -np.inf))  # everyone alike
    return float((scores[at] + scores[at + 1]) / 2)
