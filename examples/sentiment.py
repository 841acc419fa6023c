"""Sentiment of generated phrases: words that act on words beside a bag of words and an LSTM.

None of the packages used here comes with labelled texts (scikit-learn and nltk download theirs), so
the phrases are made by a small grammar and labelled by rules, those of a sentiment lexicon
(Taboada et al. 2011): adjectives have values from −5 to 5, an intensifier multiplies, "not" shifts by
4 towards the other side, after "but" counts double. The models see words, brackets and labels alone.
They are tried on phrases with pairs of a modifier and an adjective that none of the training had,
and on phrases nested deeper than any of it.

    python examples/sentiment.py
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from vsa_plugins.composition import Composer, Tree, train

from vsa.nn import torch_threads

ADJECTIVES = {
    "superb": 5, "great": 4, "lovely": 4, "good": 3, "fun": 3, "clever": 3, "fine": 2, "decent": 1,
    "slow": -1, "bland": -2, "bad": -3, "dull": -3, "poor": -3, "sad": -4, "ugly": -4, "awful": -5,
}  # fmt: skip
INTENSIFIERS = {
    "slightly": 0.5, "somewhat": 0.7, "pretty": 0.9, "really": 1.15, "very": 1.25, "extremely": 1.5,
}  # fmt: skip
NOUNS = ("movie", "plot", "cast", "ending")
NOT, AND, BUT = "not", "and", "but"
VOCABULARY = (*ADJECTIVES, *INTENSIFIERS, *NOUNS, NOT, AND, BUT)
TYPES = ("AP", "NP", "joint", "clause")
LABELS = ("very negative", "negative", "neutral", "positive", "very positive")
BOUNDS = (-3.1, -0.75, 0.75, 3.1)
SHIFT, MOST = 4, 5
RATE, BATCH, EPOCHS, PATIENCE = 5e-3, 32, 40, 10
DECAYS = (1e-5, 1e-4, 1e-3)  # of which what is held out for it chooses


# --- phrases and their labels ----------------------------------------------------------------------
def adjectival(rng: np.random.Generator, depth: int) -> Tree:
    """An adjective under so many modifiers."""
    if depth == 0:
        return Tree((str(rng.choice(list(ADJECTIVES))),))
    inner = adjectival(rng, depth - 1)
    negated = rng.random() < 0.35
    modifier = NOT if negated else str(rng.choice(list(INTENSIFIERS)))
    return Tree.pair(Tree((modifier,)), inner, "AP")


def phrase(rng: np.random.Generator, depth: int) -> Tree:
    """A random phrase of that depth: ((very good) movie), joined by "and" and "but", negated."""
    if depth <= 1 or (depth <= 3 and rng.random() < 0.5):
        if depth and rng.random() < 0.6:
            return Tree.pair(adjectival(rng, depth - 1), Tree((str(rng.choice(NOUNS)),)), "NP")
        return adjectival(rng, depth)
    if depth < 3 or rng.random() < 0.2:
        return Tree.pair(Tree((NOT,)), phrase(rng, depth - 1), "AP")
    joint = Tree((AND if rng.random() < 0.5 else BUT,))
    if rng.random() < 0.5:
        first, second = phrase(rng, depth - 1), phrase(rng, int(rng.integers(depth - 1)))
    else:
        first, second = phrase(rng, int(rng.integers(depth))), phrase(rng, depth - 2)
    return Tree.pair(first, Tree.pair(joint, second, "joint"), "clause")


def value(tree: Tree) -> float:
    """What the rules say of a phrase, from −5 to 5."""
    if not tree.nodes:
        return ADJECTIVES.get(tree.words[0], 0)
    left, right = (tree.at(node) for node in tree.nodes[-1][:2])
    first = left.words[0] if not left.nodes else ""
    if first in INTENSIFIERS:
        found = INTENSIFIERS[first] * value(right)
    elif first == NOT:
        inner = value(right)
        found = inner - SHIFT * np.sign(inner)
    elif first in (AND, BUT):
        return value(right)
    elif right.words[0] in (AND, BUT):
        weight = 2 if right.words[0] == BUT else 1
        found = (value(left) + weight * value(right)) / (1 + weight)
    else:
        found = value(left)  # of a noun
    return float(np.clip(found, -MOST, MOST))


def label(tree: Tree) -> str:
    return LABELS[int(np.searchsorted(BOUNDS, value(tree)))]


def pairs_of(tree: Tree) -> set[tuple[str, str]]:
    """The modifiers that stand before an adjective, with it."""
    n = len(tree.words)
    chosen = [(left, right) for left, right, _ in tree.nodes if max(left, right) < n]
    return {(tree.words[a], tree.words[b]) for a, b in chosen if tree.words[b] in ADJECTIVES}


@dataclass(frozen=True, slots=True)
class Data:
    """Phrases to learn from, to choose by, and to be tried on."""

    train: list[Tree]
    check: list[Tree]
    alike: list[Tree]  # as deep, with pairs that none of the first two has
    deeper: list[Tree]


def data(seed: int, count: int = 2000, tried: int = 500) -> Data:
    """All phrases differ. Depth 0 to 4 to learn from, 6 to 8 to be tried on."""
    rng = np.random.default_rng(seed)
    modifiers = [*INTENSIFIERS, NOT]
    kept_back = {(m, a) for m in modifiers for a in ADJECTIVES if rng.random() < 0.15}
    seen: dict[str, Tree] = {}
    known: list[Tree] = []
    alike: list[Tree] = []
    deeper: list[Tree] = []
    checked = count // 4
    while len(known) < count + checked or len(alike) < tried:
        made = phrase(rng, int(rng.integers(5)))
        here, most = (alike, tried) if pairs_of(made) & kept_back else (known, count + checked)
        if len(here) < most and seen.setdefault(str(made), made) is made:
            here.append(made)
    while len(deeper) < tried:
        made = phrase(rng, int(rng.integers(6, 9)))
        if seen.setdefault(str(made), made) is made:
            deeper.append(made)
    return Data(known[:count], known[count:], alike, deeper)


# --- models ----------------------------------------------------------------------------------------
class Bag(nn.Module):
    """A softmax over the sum of the words' vectors: order and brackets do not matter."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.layer = nn.Linear(len(VOCABULARY), len(LABELS))
        nn.init.zeros_(self.layer.weight)

    def forward(self, trees: Sequence[Tree]) -> Any:
        counts = [[tree.words.count(word) for word in VOCABULARY] for tree in trees]
        return self.layer(torch.tensor(counts, dtype=torch.float32))


class Lstm(nn.Module):
    """A softmax over the last state of an LSTM that reads the words, and the brackets if it may."""

    def __init__(self, size: int, brackets: bool, seed: int) -> None:
        super().__init__()
        self.brackets = brackets
        self.index = {word: i for i, word in enumerate((*VOCABULARY, "(", ")"))}
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.words = nn.Embedding(len(self.index), size)
            self.lstm = nn.LSTM(size, size, batch_first=True)
            self.layer = nn.Linear(size, len(LABELS))

    def tokens(self, tree: Tree) -> Any:
        if not self.brackets:
            return torch.tensor([self.index[word] for word in tree.words])
        spaced = str(tree).replace("(", " ( ").replace(")", " ) ").split()
        return torch.tensor([self.index[word] for word in spaced if not word.endswith(":")])

    def forward(self, trees: Sequence[Tree]) -> Any:
        packed = nn.utils.rnn.pack_sequence(list(map(self.tokens, trees)), enforce_sorted=False)
        _, (last, _) = self.lstm(packed._replace(data=self.words(packed.data)))
        return self.layer(last[0])


Fit = Callable[[Data, float, int], Any]  # data, decay, seed → a model


def composed(**settings: Any) -> Fit:
    """Trained by the labels of whole phrases."""

    def fit(known: Data, decay: float, seed: int) -> Any:
        composer = Composer(VOCABULARY, seed=seed, **settings)
        pairs, check = ([(t, label(t)) for t in part] for part in (known.train, known.check))
        return train(
            composer, pairs, held_out=check, labels=LABELS, epochs=EPOCHS, rate=RATE, batch=BATCH,
            decay=decay, words_decay=decay, patience=PATIENCE, seed=seed,
        )  # fmt: skip

    return fit


def other(make: Callable[[int], Any]) -> Fit:
    """Another network, trained in the same way: Adam, and the epoch that is best on `check`."""

    @torch_threads()  # one: the tensors are small
    def fit(known: Data, decay: float, seed: int) -> Any:
        model = make(seed)
        rng = np.random.default_rng(seed)
        optimizer = torch.optim.Adam(model.parameters(), lr=RATE, weight_decay=decay)
        goal, wanted = (
            torch.tensor([LABELS.index(label(tree)) for tree in part])
            for part in (known.train, known.check)
        )
        best, last, state = float("inf"), 0, copy.deepcopy(model.state_dict())
        for epoch in range(EPOCHS):
            order = rng.permutation(len(known.train))
            for start in range(0, len(order), BATCH):
                rows = order[start : start + BATCH]
                optimizer.zero_grad()
                logits = model([known.train[i] for i in rows])
                nn.functional.cross_entropy(logits, goal[rows]).backward()
                optimizer.step()
            with torch.no_grad():
                loss = float(nn.functional.cross_entropy(model(known.check), wanted))
            if loss < best:
                best, last, state = loss, epoch, copy.deepcopy(model.state_dict())
            if epoch - last >= PATIENCE:
                break
        model.load_state_dict(state)
        return model

    return fit


def parameters_of(model: Any) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def share_right(model: Any, trees: Sequence[Tree]) -> float:
    with torch.no_grad():
        found = model(trees).argmax(-1).tolist()
    return float(np.mean([LABELS[i] == label(tree) for i, tree in zip(found, trees, strict=True)]))


MODELS: dict[str, Fit] = {  # all but the bag have about 3,700 parameters
    "bag of words": other(Bag),
    "LSTM": other(lambda seed: Lstm(19, False, seed)),
    "LSTM, reads brackets": other(lambda seed: Lstm(19, True, seed)),
    "RNN on the tree": composed(form="rnn", dim=34),
    "MV-RNN": composed(form="matrix", dim=10),
    "MV-RNN, W by type": composed(form="matrix", dim=8, types=TYPES),
    "[a, α]": composed(form="vector", dim=18),
}


@torch_threads()
def main() -> None:
    known = data(seed=0)
    print(f"{'':22} parameters  new pairs  deeper")
    for name, fit in MODELS.items():
        models = [fit(known, decay, 0) for decay in DECAYS]
        best = max(models, key=lambda model: share_right(model, known.check))
        right = [share_right(best, part) for part in (known.alike, known.deeper)]
        print(f"{name:22} {parameters_of(best):10}  {right[0]:9.2f}  {right[1]:6.2f}", flush=True)


if __name__ == "__main__":
    main()
