"""The experiments of cache_digits.py: a perceptron, a cache of its activations, and both together.

Protocol: the 1,797 digits, scaled to [0, 1], are shuffled by the seed. 797 are for testing. Of the
other 1,000 the first so many are learnt from and cached; the last 200 are for validation: θ and λ
are the most often right pair of the grid {10 … 90} × {.1 … .9} there (of equals the likeliest).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from vsa import VsaError
from vsa.nn import torch_threads
from vsa.soft import Cache

Floats = np.ndarray[Any, Any]

LAYERS = (64, 32)
POOL, VALIDATION = 1000, 200  # the rest of the items are for testing
SETTINGS = ((200, 300), (800, 60))  # items learnt from, iterations
SHARES = (5, 10, 20, 35, 50, 75)  # percent of the items that can be learnt from
EPOCHS = 300  # of every network of the curve
EPSILONS = (0.0, 0.03, 0.06, 0.1, 0.15, 0.2)  # of the range of a pixel
STEPS = 10  # of a projected gradient


@lru_cache(maxsize=1)
def digits() -> tuple[Floats, Floats]:
    """Pixels (1797, 64) from 0 to 1, and labels."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise VsaError(
            'the digits need scikit-learn: pip install "vsa-algebra[examples]"'
        ) from None
    x, y = load_digits(return_X_y=True)
    return x / 16, y


@dataclass(frozen=True)
class Part:
    """Some items: pixels (n, 64) and labels (n,)."""

    x: Floats
    y: Floats


def parts(seed: int) -> tuple[Part, Part, Part]:
    """The items to learn from (800), those to fit θ and λ on (200), and those to test on (797)."""
    x, y = digits()
    order = np.random.default_rng(seed).permutation(len(x))
    cuts = np.split(order, [POOL - VALIDATION, POOL])
    train, held, test = (Part(x[rows], y[rows]) for rows in cuts)
    return train, held, test


class Net:
    """A perceptron trained by scikit-learn, computed here: on NumPy, or on torch for gradients."""

    def __init__(self, train: Part, iterations: int, seed: int) -> None:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.neural_network import MLPClassifier

        net = MLPClassifier(LAYERS, max_iter=iterations, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # few iterations are meant
            net.fit(train.x, train.y)
        self.layers = list(zip(net.coefs_, net.intercepts_, strict=True))
        self.classes = net.classes_
        self.steps = net.n_iter_ * len(train.y)

    def __call__(self, x: Any) -> tuple[Any, Any]:
        """Both hidden layers side by side (n, 96), the key, and p_net (n, 10)."""
        if isinstance(x, np.ndarray):
            *hidden, scores = self._layers(x, lambda a: np.maximum(a, 0), np.asarray)
            share = np.exp(scores - scores.max(-1, keepdims=True))
            some = share / share.sum(-1, keepdims=True)
            if len(self.classes) == 10:
                return np.concatenate(hidden, -1), some
            p = np.zeros((len(some), 10))  # few items may lack a digit
            p[:, self.classes] = some
            return np.concatenate(hidden, -1), p
        import torch

        *hidden, scores = self._layers(x, torch.relu, torch.as_tensor)
        return torch.cat(hidden, -1), scores.softmax(-1)

    def _layers(self, a: Any, rectify: Callable[..., Any], array: Callable[..., Any]) -> list[Any]:
        found = []
        for i, (w, b) in enumerate(self.layers):
            a = a @ array(w) + array(b)
            if i < len(self.layers) - 1:
                a = rectify(a)
            found.append(a)
        return found

    @property
    def flops(self) -> int:
        """Of one query: a multiplication and an addition a weight."""
        return int(sum(2 * w.size for w, _ in self.layers))

    @property
    def learning(self) -> int:
        """Of the training: backwards costs twice what forwards does."""
        return 3 * self.flops * self.steps


def cached(net: Net, stored: Part, held: Part | None = None, only: bool = False) -> Cache:
    """A cache of some items, θ and λ (if not the cache only) fitted on held-out ones."""
    cache = Cache(lam=1.0) if only else Cache()
    cache.add(net(stored.x)[0], np.eye(10)[stored.y])
    if held is not None:
        keys, base = net(held.x)
        cache.fit(keys, None if only else base, held.y)
    return cache


def accuracy(p: Floats, y: Floats) -> float:
    return float((p.argmax(-1) == y).mean())


def first(part: Part, count: int) -> Part:
    return Part(part.x[:count], part.y[:count])


# --- the table -----------------------------------------------------------------------------------
def compare(items: int, iterations: int, seed: int) -> dict[str, float]:
    """Accuracy of the net, of both together and of the cache only; θ, λ and FLOPs of a query."""
    train, held, test = parts(seed)
    train = first(train, items)
    net = Net(train, iterations, seed)
    both, only = cached(net, train, held), cached(net, train, held, only=True)
    keys, base = net(test.x)
    return {
        "net": accuracy(base, test.y),
        "both": accuracy(both.probabilities(keys, base), test.y),
        "only": accuracy(only.probabilities(keys), test.y),
        "theta": both.theta, "lambda": both.lam, "theta_only": only.theta,
        "net_flops": net.flops,
        "both_flops": net.flops + both.flops(),
        "only_flops": net.flops - 2 * net.layers[-1][0].size + only.flops(mixing=False),
    }  # fmt: skip


# --- learning over memorising --------------------------------------------------------------------
def worth(seed: int, shares: Sequence[int] = SHARES) -> list[dict[str, float]]:
    """For each share k of the items: accuracies after learning k% (x), everything (y), and k% with
    the rest in a cache (z), θ and λ fitted per k; the λ, and FLOPs of learning and of a query."""
    train, held, test = parts(seed)
    whole = Net(train, EPOCHS, seed)
    y = accuracy(whole(test.x)[1], test.y)
    rows = []
    for share in shares:
        count = len(train.y) * share // 100
        net = Net(first(train, count), EPOCHS, seed)
        cache = cached(net, Part(train.x[count:], train.y[count:]), held)
        keys, base = net(test.x)
        rows.append({
            "k": share, "x": accuracy(base, test.y), "y": y,
            "z": accuracy(cache.probabilities(keys, base), test.y),
            "theta": cache.theta, "lambda": cache.lam,
            "learning_x": net.learning, "learning_y": whole.learning,
            "learning_z": net.learning + net.flops * len(cache),
            "query_x": net.flops, "query_z": net.flops + cache.flops(),
        })  # fmt: skip
    return rows


def ratio(x: Floats, y: Floats, z: Floats) -> tuple[float, float]:
    """(y − x)/(z − x) of the means over seeds, and its standard error by the jackknife.

    The ratio of each seed has a denominator near 0 where there is little left to gain.
    """
    gained, cached = y - x, z - x
    n = len(x)
    each = (gained.sum() - gained) / (cached.sum() - cached)
    error = np.sqrt((n - 1) / n * ((each - each.mean()) ** 2).sum())
    return float(gained.sum() / cached.sum()), float(error)


# --- how steep, and how easily deceived ----------------------------------------------------------
Model = Callable[[Any], Any]  # pixels (n, 64) of torch → p (n, 10)


def models(net: Net, both: Cache, only: Cache) -> dict[str, Model]:
    """The net, both together and the cache only, as functions of the pixels with gradients."""

    def together(x: Any) -> Any:
        keys, base = net(x)
        return both.probabilities(keys, base)

    return {
        "net": lambda x: net(x)[1],
        "both": together,
        "only": lambda x: only.probabilities(net(x)[0]),
    }


def jacobians(model: Model, x: Any) -> Floats:
    """Frobenius norms (n,) of ∂p/∂x at each item."""
    import torch

    x = x.clone().requires_grad_()
    p = model(x)
    squares = sum(
        torch.autograd.grad(p[:, i].sum(), x, retain_graph=True)[0].square().sum(-1)
        for i in range(p.shape[-1])
    )
    return np.asarray(torch.as_tensor(squares).sqrt())


def attacked(model: Model, x: Any, y: Any, epsilon: float, steps: int) -> Any:
    """Pixels moved by at most ε each so that the right label becomes unlikely.

    One step is the fast gradient sign method (Goodfellow et al. 2015), more are projected gradient
    descent with steps of 2.5 ε/steps (Madry et al. 2018).
    """
    import torch

    moved, size = x.clone(), epsilon if steps == 1 else 2.5 * epsilon / steps
    for _ in range(steps):
        moved.requires_grad_()
        p = model(moved)[torch.arange(len(y)), y]
        (slope,) = torch.autograd.grad(p.clamp_min(1e-30).log().sum(), moved)
        moved = moved.detach() - size * slope.sign()
        moved = torch.minimum(torch.maximum(moved, x - epsilon), x + epsilon).clamp(0, 1)
    return moved


@torch_threads()  # one: the tensors are small
def robustness(seed: int, epsilons: Sequence[float] = EPSILONS) -> dict[str, Any]:
    """Mean Jacobian norms, and accuracies under attack: name of the curve → one for each ε.

    The attack follows the gradient of the net ("net", transferred), of the model itself ("itself"),
    or whichever deceives it ("either").
    """
    import torch

    items, iterations = SETTINGS[0]
    train, held, test = parts(seed)
    train = first(train, items)
    net = Net(train, iterations, seed)

    def on_torch(fitted: Cache) -> Cache:
        cache = Cache(fitted.theta, fitted.lam)
        cache.add(torch.as_tensor(net(train.x)[0]), torch.eye(10, dtype=torch.float64)[train.y])
        return cache

    both, only = cached(net, train, held), cached(net, train, held, only=True)
    known = models(net, on_torch(both), on_torch(only))
    x, y = torch.as_tensor(test.x), torch.as_tensor(test.y)

    def right(model: Model, x: Any) -> Any:
        with torch.no_grad():
            return model(x).argmax(-1) == y

    curves: dict[str, list[float]] = {}
    for name, steps in (("fgsm", 1), ("pgd", STEPS)):
        for epsilon in epsilons:
            of_net = attacked(known["net"], x, y, epsilon, steps)
            for who, model in known.items():
                found = {"net": right(model, of_net)}
                if who != "net":
                    found["itself"] = right(model, attacked(model, x, y, epsilon, steps))
                    found["either"] = found["net"] & found["itself"]  # right under both
                for whom, rows in found.items():
                    curve = curves.setdefault(f"{name} {who}, {whom} attacked", [])
                    curve.append(float(rows.double().mean()))
    return {
        "jacobian": {who: float(jacobians(model, x).mean()) for who, model in known.items()},
        "curves": curves,
    }
