"""Values of the language: the words that a session has, and a composed phrase.

torch is not needed to know of these classes, so a session without it starts as fast.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import numpy as np

from vsa import VsaError
from vsa.pictures import Drawable
from vsa.pictures import Tree as Drawn
from vsa_plugins.composition.trees import Array, Tree

if TYPE_CHECKING:
    from vsa_plugins.composition.classifier import Classifier
    from vsa_plugins.composition.model import Composer


class Words:
    """A session's words, of which nothing is changed once they are here.

    composer: what composes them.  classifier: the labels it has learnt to give, or None.
    """

    vsa_name = "composer"
    __slots__ = ("__weakref__", "classifier", "composer")

    def __init__(self, composer: Composer, classifier: Classifier | None = None) -> None:
        self.composer = composer
        self.classifier = classifier
        HOLDERS[id(composer)] = self

    def vsa_state(self) -> Any:
        """What a session's file keeps: words, settings, weights, and what was learnt."""
        from vsa_plugins.composition.store import arrays_of

        learnt = None
        if (c := self.classifier) is not None:
            learnt = {"labels": c.labels, "softmax": arrays_of(c.softmax), "told": c.told}
        return {
            "words": self.composer.words, "settings": self.composer.settings,
            "weights": arrays_of(self.composer.state_dict()), "learnt": learnt,
        }  # fmt: skip

    @classmethod
    def vsa_restored(cls, state: Any) -> Words:
        """The words of such a state."""
        from vsa_plugins.composition.classifier import TOLD, Classifier
        from vsa_plugins.composition.model import Composer
        from vsa_plugins.composition.store import tensors_of

        learnt = state["learnt"]
        try:
            composer = Composer.restored(state, tensors_of(state["weights"]))
            if learnt is None:
                return cls(composer)
            softmax = tensors_of(learnt["softmax"])
            told = {name: learnt["told"][name] for name in TOLD}
            return cls(composer, Classifier.restored(composer, learnt["labels"], softmax, told))
        except RuntimeError as error:  # sizes that disagree
            raise ValueError(str(error).splitlines()[0]) from None

    def __str__(self) -> str:
        if self.classifier is None:
            return str(self.composer)
        return f"{self.composer}, {len(self.classifier.labels)} labels; {self.classifier}"

    __repr__ = __str__


# So that a phrase is kept with the words of its session, not with a copy of them.
HOLDERS: WeakValueDictionary[int, Words] = WeakValueDictionary()


class Phrase(Drawable):
    """tree, content (n,), operator (n, n), (n,) or None, and the composer.

    Two phrases are compared by the cosine of their contents.
    """

    vsa_name = "phrase"
    __slots__ = ("composer", "content", "operator", "tree")

    def __init__(
        self, tree: Tree, content: Array, operator: Array | None, composer: Composer
    ) -> None:
        self.tree = tree
        self.content = content
        self.operator = operator
        self.composer = composer

    def vsa_state(self) -> Any:
        """What a session's file keeps; the words once, however many phrases there are."""
        words = HOLDERS.get(id(self.composer)) or Words(self.composer)
        return [str(self.tree), self.content, self.operator, words]

    @classmethod
    def vsa_restored(cls, state: Any) -> Phrase:
        """The phrase of such a state."""
        tree, content, operator, words = state
        return cls(Tree.of(tree), content, operator, words.composer)

    def similarity(self, other: Phrase) -> float:
        """The cosine of the contents; 0 where one is zero."""
        if self.content.shape != other.content.shape:
            raise VsaError(
                f"{self.tree} has {len(self.content)} numbers and {other.tree} has "
                f"{len(other.content)}: phrases of one composer can be compared"
            )
        return float(cosines(self.content, other.content[None])[0])

    def similar(self, others: Sequence[Phrase] = (), count: int = 10) -> list[tuple[str, float]]:
        """The most similar of other phrases, or of the composer's words, best first."""
        if others:
            found = [(str(other.tree), self.similarity(other)) for other in others]
        else:
            table = self.composer.tables["content"].detach().cpu().numpy()
            if table.shape[1] != len(self.content):
                raise VsaError(
                    f"{self.tree} is larger than a word: give phrases to compare it with"
                )
            found = list(zip(self.composer.words, cosines(self.content, table), strict=True))
        best = sorted(found, key=lambda pair: -pair[1])[:count]
        return [(name, float(cosine)) for name, cosine in best]

    def vsa_picture(self) -> Drawn:
        """Its tree."""
        return Drawn(self.tree.vsa_picture().root, title=str(self))

    def __str__(self) -> str:
        how = "" if self.operator is None else " and an operator"
        size = float(np.linalg.norm(self.content))
        return f"{self.tree}, a content of length {size:.3g}{how}"

    __repr__ = __str__

    def vsa_json(self) -> Any:
        """Text and content, for `vsa --json`."""
        return {"tree": str(self.tree), "content": np.round(self.content, 6).tolist()}


def cosines(vector: Array, table: Array) -> Array:
    """Of a vector (n,) with rows (m, n)."""
    lengths = np.linalg.norm(table, axis=1) * np.linalg.norm(vector)
    found: Array = table @ vector / np.where(lengths > 0, lengths, 1)
    return found


def phrases(composer: Composer, trees: Iterable[Tree]) -> list[Phrase]:
    """Trees, composed together."""
    import torch

    listed = list(trees)
    with torch.no_grad():
        contents, operators = composer.states(listed)
    found = contents.cpu().numpy()
    acts = [None] * len(listed) if operators is None else list(operators.cpu().numpy())
    return [
        Phrase(tree, content, act, composer)
        for tree, content, act in zip(listed, found, acts, strict=True)
    ]
