"""Training by a softmax at chosen nodes.

`train(composer, [("(very good)", "positive"), …])` leaves the composer as it is and gives a
`Classifier` with a trained copy, which can be trained further. Ctrl-C ends training and keeps the
best so far.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vsa import VsaError
from vsa.plugin import arguments, checked_whole, torch_threads
from vsa_plugins.composition.batch import Plan
from vsa_plugins.composition.classifier import Classifier
from vsa_plugins.composition.forms import Tensor, torch
from vsa_plugins.composition.model import Composer
from vsa_plugins.composition.trees import Array, Tree, trees_of
from vsa_plugins.composition.values import NotFiniteError, pairs_of

Progress = Callable[[str, float], None]  # what is trained, the share of it that is done


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
    pairs = pairs_of(pairs)
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
            if labels is None and given.shape != (len(known),):
                raise VsaError(
                    f"the target of tree {i + 1} is probabilities, others are labels: give one kind, "
                    'or labels=("no", "yes"), what the probabilities are of'
                )
            if given.shape != (len(known),) or not given.min() >= 0 or abs(given.sum() - 1) > 1e-4:
                many = f"{len(known)} {'probability' if len(known) == 1 else 'probabilities'}"
                raise VsaError(f"the target of tree {i + 1} must be {many}, not {target!r}")
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
    composer: Composer | Classifier,
    pairs: Iterable[tuple[Any, Any]],
    *,
    labels: Sequence[str] | None = None,
    held_out: Iterable[tuple[Any, Any]] | float = 0.1,
    epochs: int = 100,
    rate: float = 1e-2,
    decay: float = 1e-4,
    words_decay: float = 0.0,
    batch: int = 128,
    patience: int = 10,
    seed: int = 0,
    threads: int | None = None,
    title: str = "train",
    progress: Progress | None = None,
) -> Classifier:
    """Fit a softmax, and all weights below it, by cross-entropy with Adam.

    composer: or a classifier, whose softmax goes on if the labels are among its own.
    pairs: (tree, target); see `examples_of`.  held_out: more of them, or that share of the trees,
    by which training stops `patience` epochs after its best, which is kept; 0 goes by the training
    loss.  decay: λ of the penalty λ/2 ‖W‖² on what is not a word; words_decay: on words.
    seed: of the order of examples and of what is held out; PyTorch's own generator is not touched.
    threads: of torch, one unless given, since small tensors take longer in several.
    """
    epochs = checked_whole("epochs", epochs, 1)
    batch = checked_whole("batch", batch, 1)
    rate = arguments.checked_rate("rate", rate)
    if not min(decay, words_decay) >= 0:
        raise VsaError(f"decay must be 0 or above, not {min(decay, words_decay)!r}")
    examples, known = examples_of(*_further(composer, pairs, labels))
    rng = np.random.default_rng([seed % 2**64, 2])
    examples, kept, given = _parted(examples, known, held_out, rng)
    with torch_threads(threads):
        model = _start(composer, known)
        model.held_out = given
        words = list(model.composer.tables.parameters())
        others = [p for p in model.parameters() if all(p is not w for w in words)]
        optimizer = torch.optim.Adam(
            [
                {"params": words, "weight_decay": words_decay},
                {"params": others, "weight_decay": decay},
            ],
            lr=rate,
        )
        check = model.composer.plan(kept.trees, kept.nodes) if kept.nodes else None
        best = float("inf")
        if isinstance(composer, Classifier) and check is not None:
            best = _checked(model, check, kept)[0]  # what is learnt further must not be worse

        def epoch() -> tuple[float, float, tuple[int, float]]:
            loss = _epoch(model, examples, batch, rng, optimizer)
            return (
                loss,
                *(_checked(model, check, kept) if check is not None else (loss, (0, 0.0))),
            )

        _descend(model, epoch, best, epochs, patience, rate, title, progress)
    return model


def _parted(
    examples: Examples, labels: Sequence[str], held_out: Any, rng: np.random.Generator
) -> tuple[Examples, Examples, bool]:
    """What is learnt from, what training is judged by, and whether these are others."""
    if not isinstance(held_out, int | float):
        return examples, examples_of(held_out, labels)[0], True
    if not 0 <= held_out < 1:
        raise VsaError(f"held_out must be a share below 1, or examples, not {held_out!r}")
    order = rng.permutation(len(examples.trees))
    count = round(held_out * len(order))
    learnt = examples.some(np.sort(order[count:]))
    return learnt, examples.some(np.sort(order[:count])) if count else examples, count > 0


def _descend(
    model: Classifier,
    epoch: Callable[[], tuple[float, float, tuple[int, float]]],
    best: float,
    epochs: int,
    patience: int,
    rate: float,
    title: str,
    progress: Progress | None,
) -> None:
    """Train epoch by epoch, and leave the model as it was when its loss was least.

    epoch: learns once from everything, and gives the loss of that, the loss that it is judged by,
    and of how many nodes which share is right.  best: the loss that must be beaten.
    """
    last, state = 0, copy.deepcopy(model.state_dict())
    model.history, model.ended, model.kept = [], "epochs", 0
    try:
        for number in range(1, epochs + 1):
            try:
                loss, now, right = epoch()
            except NotFiniteError:
                now = float("nan")
            if not np.isfinite(now):
                raise VsaError(f"training diverged in epoch {number}; use a rate below {rate:g}")
            model.history.append((loss, now))
            if now < best:
                best, last, state = now, number, copy.deepcopy(model.state_dict())
                model.kept, model.right = number, right
            if progress is not None:
                progress(f"{title} (loss {now:.3f})", number / epochs)
            if number - last >= patience:
                model.ended = "patience"
                break
    except KeyboardInterrupt:
        model.ended = "interrupted"
    model.load_state_dict(state)
    if progress is not None and model.ended != "epochs":
        progress(title, 1.0)


def _further(
    start: Composer | Classifier, pairs: Iterable[tuple[Any, Any]], labels: Sequence[str] | None
) -> tuple[list[tuple[Any, Any]], Sequence[str] | None]:
    """The examples, and the labels of a classifier where it has all of theirs."""
    pairs = pairs_of(pairs)
    if labels is None and isinstance(start, Classifier):
        targets = [t for _, target in pairs for t in _each(target)]
        if all(_spread(t) or str(t) in start.labels for t in targets):
            return pairs, start.labels
    return pairs, labels


def _each(target: Any) -> Iterable[Any]:
    return target.values() if isinstance(target, Mapping) else [target]


def _start(start: Composer | Classifier, labels: Sequence[str]) -> Classifier:
    """A copy of a classifier of these labels, or a new one over the composer."""
    if isinstance(start, Classifier):
        if start.labels == tuple(labels):
            return copy.deepcopy(start)
        start = start.composer
    return Classifier(copy.deepcopy(start), labels)


def _checked(model: Classifier, plan: Plan, kept: Examples) -> tuple[float, tuple[int, float]]:
    """The loss on what was held out, and of how many nodes which share is right."""
    with torch.no_grad():
        logits = model(plan)
        loss = float(_loss(logits, kept.targets))
    right = logits.argmax(-1).cpu().numpy() == kept.targets.argmax(-1)
    return loss, (len(right), float(right.mean()))


def _epoch(model: Classifier, examples: Examples, batch: int, rng: Any, optimizer: Any) -> float:
    """One pass over the examples in a fresh order; the mean loss of their nodes."""
    order = rng.permutation(len(examples.trees))
    total: Any = 0.0  # stays on the device until the end, which no batch waits for
    for start in range(0, len(order), batch):
        part = examples.some(order[start : start + batch])
        if not part.nodes:
            continue
        optimizer.zero_grad(set_to_none=True)
        loss = _loss(model(model.composer.plan(part.trees, part.nodes)), part.targets)
        loss.backward()
        optimizer.step()
        total = total + loss.detach().double() * len(part.nodes)
    return float(total) / len(examples.nodes)


def _loss(logits: Tensor, targets: Array) -> Tensor:
    """Cross-entropy −Σ t log p, the mean of the nodes."""
    wanted = torch.from_numpy(targets).to(logits)
    return -(wanted * logits.log_softmax(-1)).sum(-1).mean()
