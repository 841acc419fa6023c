"""What an adverb does to an adjective, learnt from ratings (Socher et al. 2012, section 4.1).

A pair as "not awesome" has a distribution over ten stars; a softmax at the pair predicts it, and the
mean of KL(counted ‖ predicted) over pairs that were not learnt from measures how well. The pairs
here are generated. An adjective is a place on a scale and how much raters differ; an adverb acts on
it: it intensifies (×), attenuates (×), negates, which turns weakly to the other side and makes
raters differ more, or judges by itself (+), as "sadly". Each pair is rated by a finite number of
people, so no model can come to 0; what the true distributions come to is told beside.

    python examples/adverbs.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from vsa_plugins.composition import Composer, train

from vsa.nn import torch_threads

Array = np.ndarray[Any, Any]
STARS = 10
ADVERBS = {"intensify": 14, "attenuate": 10, "negate": 6, "judge": 10}
ADJECTIVES = 100
DECAYS = (0, 1e-4, 3e-4, 1e-3)  # of which what is held out for it chooses
DIM, EPOCHS = 25, 150
Pair = tuple[str, str]

MODELS: dict[str, dict[str, Any]] = {
    "(a+b)/2": {"form": "mean"},
    "a⊙b": {"form": "product"},
    "[a;b]": {"form": "concatenation"},
    "Ab": {"form": "application"},
    "RNN": {"form": "rnn"},
    "linear MVR": {"form": "linear"},
    "MV-RNN": {"form": "matrix"},
    "MV-RNN, rank 3": {"form": "matrix", "rank": 3},
    "[a, α]": {"form": "vector"},
    "[a, α], gate of 3": {"form": "vector", "mixture": 3},
}


@dataclass(frozen=True, slots=True)
class Data:
    """Pairs with what was counted (10,), and what the counts were drawn from."""

    words: tuple[str, ...]
    train: dict[Pair, Array]
    check: dict[Pair, Array]
    test: dict[Pair, Array]
    truth: dict[Pair, Array]


def stars(place: float, spread: float) -> Array:
    """The distribution over stars of raters who see a place on a scale, and differ by so much.

    Stars are ten equal parts of −2 … 2; whoever sees more than that gives the last star.
    """
    edges = np.linspace(-2, 2, STARS + 1)[1:-1]
    below = 1 / (1 + np.exp(-(edges - place) / spread))
    return np.diff(np.concatenate([[0], below, [1]]))


def data(seed: int, train: int = 1600, check: int = 500, test: int = 800) -> Data:
    """Pairs of known words; those to be tried on are none of those learnt from."""
    rng = np.random.default_rng(seed)
    places = np.sign(rng.normal(size=ADJECTIVES)) * rng.uniform(0.15, 1.6, ADJECTIVES)
    spreads = rng.uniform(0.25, 0.6, ADJECTIVES)
    adjectives = [f"adjective{i}" for i in range(ADJECTIVES)]
    acts: dict[str, tuple[str, float]] = {}
    for kind, count in ADVERBS.items():
        low, high = {
            "intensify": (1.1, 2), "attenuate": (0.2, 0.8), "negate": (-0.6, -0.1), "judge": (-1, 1)
        }[kind]  # fmt: skip
        acts |= {f"{kind}{i}": (kind, rng.uniform(low, high)) for i in range(count)}
    pairs = [(adverb, adjective) for adverb in acts for adjective in adjectives]
    truth, counted = {}, {}
    for i in rng.permutation(len(pairs))[: train + check + test]:
        adverb, adjective = pairs[i]
        kind, much = acts[adverb]
        which = adjectives.index(adjective)
        place, spread = places[which], spreads[which]
        if kind == "judge":
            place += much
        else:
            place *= much
            spread *= 1.5 if kind == "negate" else 1
        truth[pairs[i]] = shares = stars(place, spread)
        raters = int(np.exp(rng.uniform(np.log(40), np.log(1000))))
        counted[pairs[i]] = rng.multinomial(raters, shares) / raters
    rows = list(counted.items())
    return Data(
        (*acts, *adjectives), dict(rows[:train]), dict(rows[train : train + check]),
        dict(rows[train + check :]), truth,
    )  # fmt: skip


def divergence(counted: Array, predicted: Array) -> float:
    """The mean of KL(counted ‖ predicted) over rows, in nats."""
    logs = np.log(np.where(counted > 0, counted, 1)) - np.log(predicted)
    return float((counted * logs).sum(-1).mean())


def learnt(
    known: Data, settings: dict[str, Any], decay: float, seed: int, epochs: int = EPOCHS
) -> Any:
    """A classifier of the model, trained on pairs until those in `check` come out no better."""
    composer = Composer(known.words, DIM, seed=seed, **settings)
    pairs, check = (
        [(list(pair), shares) for pair, shares in part.items()]
        for part in (known.train, known.check)
    )
    return train(
        composer, pairs, held_out=check, epochs=epochs, rate=0.01, decay=decay, words_decay=decay,
        batch=64, patience=10, seed=seed,
    )  # fmt: skip


def tried(model: Any, pairs: dict[Pair, Array]) -> float:
    predicted = model.probabilities([list(pair) for pair in pairs])
    return divergence(np.array(list(pairs.values())), predicted)


def references(known: Data) -> dict[str, float]:
    """What comes of no model: every star alike, the mean of training, and the truth itself."""
    counted = np.array(list(known.test.values()))
    mean = np.mean(list(known.train.values()), axis=0)
    truth = np.array([known.truth[pair] for pair in known.test])
    return {
        "uniform": divergence(counted, np.full(STARS, 1 / STARS)),
        "mean of training": divergence(counted, mean),
        "the truth": divergence(counted, truth),
    }


@torch_threads()  # one: the tensors are small
def main() -> None:
    known = data(seed=0)
    for name, value in references(known).items():
        print(f"{name:18} {value:.3f}")
    for name, settings in MODELS.items():
        models = [learnt(known, settings, decay, seed=0) for decay in DECAYS]
        best = min(models, key=lambda model: tried(model, known.check))
        print(f"{name:18} {tried(best, known.test):.3f}", flush=True)


if __name__ == "__main__":
    main()
