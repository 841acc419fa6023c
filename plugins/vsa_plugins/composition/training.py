"""A softmax at chosen nodes, and training by it.

`train(composer, [("(very good)", "positive"), …])` leaves the composer as it is and gives a
`Classifier` with a trained copy. Ctrl-C ends training and keeps the best so far.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vsa.errors import VsaError
from vsa_plugins.composition.batch import Plan
from vsa_plugins.composition.forms import Module, Tensor, nn, torch
from vsa_plugins.composition.model import Composer
from vsa_plugins.composition.store import read
from vsa_plugins.composition.trees import Array, Tree, trees_of

Progress = Callable[[str, float], None]  # what is trained, the share of it that is done


class Classifier(Module):  # type: ignore[misc]  # torch is not there for mypy to see
    """A composer with a linear layer to the labels: logits of nodes (m, labels).

    history: (training loss, loss on what was held out) of each epoch.  ended: why training did,
    "epochs", "patience" or "interrupted".
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

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write composer and softmax as a NumPy archive of plain arrays."""
        softmax = {f"softmax.{k}": getattr(self, k) for k in ("weight", "bias")}
        self.composer.save(
            path, softmax, labels=self.labels, history=self.history, ended=self.ended
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Classifier:
        """A saved classifier."""
        composer, about, rest = read(path)
        if "labels" not in about or set(rest) != {"softmax.weight", "softmax.bias"}:
            raise VsaError(f"{os.path.basename(os.fspath(path))} has a composer without a softmax")
        made = cls(composer, about["labels"])
        made.load_state_dict({k[8:]: v for k, v in rest.items()}, strict=False)
        made.history, made.ended = [tuple(row) for row in about["history"]], about["ended"]
        return made


@dataclass(frozen=True, slots=True)
class Examples:
    """Trees, the nodes (tree, node) that have a target, and the targets (m, labels)."""

    trees: tuple[Tree, ...]
    nodes: tuple[tuple[int, int], ...]
    targets: Array

    def some(self, rows: Array) -> Examples:
        """The examples of some trees."""
        place = {int(old): new for new, old in enumerate(rows)}
        kept = [i for i, (tree, _) in enumerate(self.nodes) if tree in place]
        nodes = tuple((place[self.nodes[i][0]], self.nodes[i][1]) for i in kept)
        return Examples(tuple(self.trees[i] for i in rows), nodes, self.targets[kept])


def examples_of(pairs: Iterable[tuple[Any, Any]], labels: Sequence[str] | None = None) -> tuple[
    Examples, tuple[str, ...]
]:  # fmt: skip
    """Pairs (tree, target) as arrays, and the labels, in sorted order unless given.

    A target is a label or probabilities of the labels, for the root, or {node: target}.
    """
    pairs = list(pairs)
    if not pairs:
        raise VsaError("there are no examples to learn from")
    trees = tuple(trees_of(tree for tree, _ in pairs))
    rows: list[tuple[int, int, Any]] = []
    for i, (_, target) in enumerate(pairs):
        chosen = target if isinstance(target, Mapping) else {-1: target}
        rows += [(i, trees[i].number(node), wanted) for node, wanted in chosen.items()]
    if not rows:
        raise VsaError("no node has a target: give (tree, label) or (tree, {node: label})")
    named = {str(t) for _, _, t in rows if not _spread(t)}
    if labels is None and not named:
        labels = [str(k) for k in range(len(rows[0][2]))]
    known = tuple(labels) if labels is not None else tuple(sorted(named))
    targets = np.zeros((len(rows), len(known)))
    for row, (i, _, target) in enumerate(rows):
        if _spread(target):
            given = np.asarray(target, dtype=float)
            if given.shape != (len(known),) or not given.min() >= 0 or abs(given.sum() - 1) > 1e-4:
                raise VsaError(
                    f"the target of tree {i + 1} must be {len(known)} probabilities, not {target!r}"
                )
            targets[row] = given / given.sum()
        elif str(target) in known:
            targets[row, known.index(str(target))] = 1
        else:
            listed = ", ".join(known)
            raise VsaError(f"the target {target!r} of tree {i + 1} is no label: they are {listed}")
    return Examples(trees, tuple((i, node) for i, node, _ in rows), targets), known


def _spread(target: Any) -> bool:
    """Whether a target is probabilities."""
    return isinstance(target, Sequence | np.ndarray) and not isinstance(target, str)


def train(
    composer: Composer,
    pairs: Iterable[tuple[Any, Any]],
    *,
    labels: Sequence[str] | None = None,
    held_out: Iterable[tuple[Any, Any]] | float = 0.1,
    epochs: int = 100,
    rate: float = 1e-2,
    decay: float = 1e-4,
    batch: int = 128,
    patience: int = 10,
    seed: int = 0,
    title: str = "train",
    progress: Progress | None = None,
) -> Classifier:
    """Fit a softmax, and all weights below it, by cross-entropy with Adam.

    pairs: (tree, target); see `examples_of`.  held_out: more of them, or that share of the trees,
    by which training stops `patience` epochs after its best, which is kept; 0 goes by the training
    loss.  decay: λ of the penalty λ/2 ‖W‖² on what is not a word.  seed: of the order of examples
    and of what is held out; PyTorch's own generator is not touched.
    """
    examples, known = examples_of(pairs, labels)
    rng = np.random.default_rng([seed % 2**64, 2])
    if not isinstance(held_out, int | float):
        kept, _ = examples_of(held_out, known)
    else:
        if not 0 <= held_out < 1:
            raise VsaError(f"held_out must be a share below 1, or examples, not {held_out!r}")
        order = rng.permutation(len(examples.trees))
        count = round(held_out * len(order))
        kept = examples.some(np.sort(order[:count])) if count else examples
        examples = examples.some(np.sort(order[count:]))
    model = Classifier(copy.deepcopy(composer), known)
    words = list(model.composer.tables.parameters())
    others = [p for p in model.parameters() if all(p is not w for w in words)]
    optimizer = torch.optim.Adam(
        [{"params": words}, {"params": others, "weight_decay": decay}], lr=rate
    )
    check = model.composer.plan(kept.trees, kept.nodes) if kept.nodes else None
    best, last = float("inf"), 0
    state = copy.deepcopy(model.state_dict())
    model.ended = "epochs"
    try:
        for epoch in range(1, epochs + 1):
            loss = _epoch(model, examples, batch, rng, optimizer)
            now = loss
            if check is not None:
                with torch.no_grad():
                    now = float(_loss(model(check), kept.targets))
            if not np.isfinite(now):
                raise VsaError(f"training diverged in epoch {epoch}; use a rate below {rate:g}")
            model.history.append((loss, now))
            if now < best:
                best, last, state = now, epoch, copy.deepcopy(model.state_dict())
            if progress is not None:
                progress(title, epoch / epochs)
            if epoch - last >= patience:
                model.ended = "patience"
                break
    except KeyboardInterrupt:
        model.ended = "interrupted"
    model.load_state_dict(state)
    if progress is not None and model.ended != "epochs":
        progress(title, 1.0)
    return model


def _epoch(model: Classifier, examples: Examples, batch: int, rng: Any, optimizer: Any) -> float:
    """One pass over the examples in a fresh order; the mean loss of their nodes."""
    order = rng.permutation(len(examples.trees))
    total = 0.0
    for start in range(0, len(order), batch):
        part = examples.some(order[start : start + batch])
        if not part.nodes:
            continue
        optimizer.zero_grad(set_to_none=True)
        loss = _loss(model(model.composer.plan(part.trees, part.nodes)), part.targets)
        loss.backward()
        optimizer.step()
        total += float(loss.detach()) * len(part.nodes)
    return total / len(examples.nodes)


def _loss(logits: Tensor, targets: Array) -> Tensor:
    """Cross-entropy −Σ t log p, the mean of the nodes."""
    wanted = torch.from_numpy(targets).to(logits)
    return -(wanted * logits.log_softmax(-1)).sum(-1).mean()
