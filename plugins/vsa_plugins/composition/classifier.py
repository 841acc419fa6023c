"""A softmax at the nodes of composed trees, with what is told of how it was learnt."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vsa import VsaError
from vsa_plugins.composition.batch import Plan
from vsa_plugins.composition.forms import Module, Tensor, nn, torch
from vsa_plugins.composition.model import Composer
from vsa_plugins.composition.store import reading
from vsa_plugins.composition.trees import Array

TOLD = ("history", "ended", "kept", "right", "held_out")  # of a classifier, how it came about


class Classifier(Module):  # type: ignore[misc]  # torch is not there for mypy to see
    """A composer with a linear layer to the labels: logits of nodes (m, labels).

    history: (training loss, loss on what was held out) of each epoch.  ended: why training did,
    "epochs", "patience" or "interrupted".  kept: the epoch whose weights these are, 0 where none was
    better than the start.  right: of how many nodes the share whose likeliest label is right.
    held_out: whether those were held out, or learnt from.
    """

    vsa_name = "classifier"

    def __init__(self, composer: Composer, labels: Sequence[str]) -> None:
        super().__init__()
        if len(labels) < 2:
            raise VsaError(f"a softmax chooses among two labels or more, not {len(labels)}")
        self.composer = composer
        self.labels = tuple(labels)
        like = composer.tables["content"]
        size = composer.form.size
        self.weight = nn.Parameter(torch.zeros(size, len(labels)).to(like))  # no label is preferred
        self.bias = nn.Parameter(torch.zeros(len(labels)).to(like))
        self.history: list[tuple[float, float]] = []
        self.ended = ""
        self.kept = 0
        self.right = (0, 0.0)
        self.held_out = False

    def forward(self, trees: Iterable[Any] | Plan) -> Tensor:
        return self.composer(trees) @ self.weight + self.bias

    def probabilities(self, trees: Iterable[Any] | Plan) -> Array:
        """P(label) of each tree's root, or of a plan's nodes (m, labels)."""
        with torch.no_grad():
            found: Array = self(trees).softmax(-1).cpu().numpy()
        return found

    def predict(self, trees: Iterable[Any] | Plan) -> list[str]:
        """The likeliest label of each."""
        return [self.labels[i] for i in self.probabilities(trees).argmax(-1)]

    def with_composer(self, composer: Composer) -> Classifier:
        """The same softmax over another composer, as one with more words."""
        return Classifier.restored(composer, self.labels, self.softmax, self.told)

    @property
    def softmax(self) -> dict[str, Tensor]:
        """The weights beside the composer's."""
        return {"weight": self.weight, "bias": self.bias}

    @property
    def told(self) -> dict[str, Any]:
        """How it came about, by the names of TOLD."""
        return {name: getattr(self, name) for name in TOLD}

    @classmethod
    def restored(
        cls,
        composer: Composer,
        labels: Sequence[str],
        softmax: Mapping[str, Tensor],
        told: Mapping[str, Any],
    ) -> Classifier:
        """The classifier of a composer, its labels, the weights beside, and how it came about."""
        made = cls(composer, labels)
        made.load_state_dict(softmax, strict=False)
        for name, value in told.items():
            setattr(made, name, value)
        return made

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write composer and softmax as a NumPy archive of plain arrays."""
        softmax = {f"softmax.{k}": w for k, w in self.softmax.items()}
        self.composer.save(path, softmax, labels=self.labels, **self.told)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Classifier:
        """A saved classifier."""
        with reading(path) as (about, weights):
            composer = Composer.restored(about, weights)
            softmax = {k[8:]: w for k, w in weights.items() if k.startswith("softmax.")}
            if "labels" not in about or softmax.keys() != {"weight", "bias"}:
                name = os.path.basename(os.fspath(path))
                raise VsaError(f"{name} has a composer without a softmax")
            told = {name: about[name] for name in TOLD if name in about}
            made = cls.restored(composer, about["labels"], softmax, told)
            count, share = made.right
            made.history, made.right = [(a, b) for a, b in made.history], (count, share)
            return made

    def __str__(self) -> str:
        """How training ended and how good what was kept is."""
        epochs = len(self.history)
        how = "interrupted after " if self.ended == "interrupted" else ""
        count, share = self.right
        which = f"epoch {self.kept} the best" if self.kept else "none better than before"
        told = f"{how}{epochs} epoch{'s' * (epochs != 1)}, {which}"
        if not self.kept:
            return told
        what = "held out" if self.held_out else "learnt from"
        loss = abs(self.history[self.kept - 1][1])  # rounding may leave −0
        return f"{told}: {share:.0%} of {count:,} {what} right, loss {loss:.3f}"
