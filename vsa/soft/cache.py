"""The cache memory of a network: what it need not learn, since it can look it up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vsa.algebra.backend import Array, Backend
from vsa.arguments import checked_number
from vsa.errors import ArgumentValueError
from vsa.memory.storage import Held
from vsa.soft.rows import Rows, above_zero, as_rows, backend_of, finite, shares, unit
from vsa.soft.weighted import by_blocks, stream

THETAS = tuple(range(10, 91, 10))  # the grid of the references
LAMS = tuple(i / 10 for i in range(1, 10))


class Cache:
    """A cache memory: keys from a network that has learnt, values that it need not learn.

    p = (1 − λ) p_net + λ p_cache, p_cache ∝ Σᵢ exp(θ cos(query, keyᵢ)) valueᵢ (Grave, Joulin and
    Usunier 2017; Orhan 2018). Keys are late activations, values labels as rows such as
    `np.eye(10)[labels]`; they and p_net are probabilities. What is stored carries no gradients;
    queries and `base` do.

    >>> cache = Cache(theta=50, lam=0.5)
    >>> cache.add(np.eye(3), np.eye(3))
    >>> cache.probabilities(np.eye(3)[:1], base=np.full((1, 3), 1 / 3)).round(2).tolist()
    [[0.67, 0.17, 0.17]]
    """

    def __init__(self, theta: float = 50.0, lam: float = 0.5) -> None:
        self.theta: float = above_zero(theta)
        self.lam = checked_number("lam", lam, 0, 1)
        self._stored: tuple[Held, Held] | None = None
        self._home: Backend | None = None
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __repr__(self) -> str:
        return f"<Cache of {len(self)}, theta {self.theta:g}, lambda {self.lam:g}>"

    def add(self, keys: Array, values: Array) -> None:
        """Store keys (n, d) with values (n, classes); the first decide library and precision."""
        backend = self._home or backend_of(keys, "keys")
        key, value = as_rows(backend, keys, "keys"), as_rows(backend, values, "values")
        if key.count != value.count:
            raise ArgumentValueError(f"keys and values do not pair: {key.count} and {value.count}")
        for held, rows, name in zip(
            self._stored or (), (key, value), ("keys", "values"), strict=False
        ):
            if rows.width != held.array.shape[1]:
                raise ArgumentValueError(
                    f"the {name} have {rows.width} components, those stored {held.array.shape[1]}"
                )
        shares(backend, value.block(0, value.count), "values")
        if self._stored is None:
            widths = (key.width, value.width)
            keys_held, values_held = (Held(w, backend.real, backend.empty) for w in widths)
            self._home, self._stored = backend, (keys_held, values_held)
        end = self._length + key.count
        for held, rows in zip(self._stored, (key, value), strict=True):
            block = backend.detach(rows.block(0, rows.count))
            held.reserve(end, self._length)
            # by its data a tensor is written to without a backward pass, which saw less, minding
            array = held.array if backend.has_out else held.array.data
            array[self._length : end] = unit(backend, block) if rows is key else block
        self._length = end

    def probabilities(self, queries: Array, base: Array | None = None) -> Array:
        """(1 − λ) base + λ p_cache of queries (..., d), base (..., classes); without it p_cache."""
        recalled = self._recalled(queries, self.theta)
        return recalled if base is None else self._mixed(base, recalled, self.lam)

    def fit(
        self,
        queries: Array,
        base: Array | None,
        labels: Sequence[int] | Array,
        thetas: Sequence[float] = THETAS,
        lams: Sequence[float] = LAMS,
    ) -> tuple[float, float]:
        """Set θ and λ to the pair of a grid with the most right on held-out items; gives the pair.

        queries (n, d) and base (n, classes) of items neither learnt nor stored, labels (n,) whole
        numbers. Among pairs as often right the likeliest counts. Without base only θ is fitted.
        """
        backend = self._backend
        right = np.asarray(labels)
        if not right.size:
            raise ArgumentValueError("there are no items to fit to: give queries and their labels")
        if right.dtype.kind not in "iu":
            raise ArgumentValueError(f"labels are whole numbers, not {right.dtype}")
        if right.ndim != 1 or len(right) != len(queries):
            raise ArgumentValueError(
                f"labels of shape {right.shape} do not fit {len(queries)} queries"
            )
        classes = self._stored[1].array.shape[1] if self._stored else 0
        for label in right[(right < 0) | (right >= classes)][:1].tolist():
            raise ArgumentValueError(f"label {label} is none of the classes 0 to {classes - 1}")
        best: tuple[float, float] | None = None
        chosen = self.theta, self.lam
        for theta in map(above_zero, thetas):
            recalled = self._recalled(queries, theta)
            for share in lams if base is not None else (self.lam,):
                lam = checked_number("lam", share, 0, 1)
                p = recalled if base is None else self._mixed(base, recalled, lam)
                found = backend.numpy(p).astype(np.float64)
                log_p = np.log(np.maximum(found[np.arange(len(right)), right], 1e-300))
                score = float((found.argmax(-1) == right).mean()), float(log_p.mean())
                if best is None or score > best:
                    best, chosen = score, (theta, lam)
        self.theta, self.lam = chosen
        return chosen

    def flops(self, mixing: bool = True) -> int:
        """Floating-point operations of one query; exp and √ count as one."""
        if self._stored is None:
            return 0
        dim, classes = (held.array.shape[1] for held in self._stored)
        # length 1; cosines; θ, maximum, difference, exp and sum; values; their division
        recalled = 3 * dim + self._length * (2 * dim + 5 + 2 * classes) + classes
        return int(recalled + 3 * classes * mixing)

    @property
    def _backend(self) -> Backend:
        if self._home is None or not self._length:
            raise ArgumentValueError("the cache is empty: add keys and values first")
        return self._home

    def _recalled(self, queries: Array, theta: float) -> Array:
        backend = self._backend
        assert self._stored is not None
        keys, values = (held.array for held in self._stored)
        key, value = (
            Rows(backend, self._length, a.shape[1], lambda i, j, a=a: a[i:j])  # type: ignore[misc]
            for a in (keys, values)
        )
        data = backend.asarray(queries, dtype=backend.real)
        if data.ndim == 0 or data.shape[-1] != key.width:
            raise ArgumentValueError(
                f"queries of shape {tuple(data.shape)} do not fit keys (m, {key.width})"
            )
        finite(backend, data, "queries")
        return by_blocks(lambda some: stream(unit(backend, some), key, value, theta)[0], data, key)

    def _mixed(self, base: Array, recalled: Array, lam: float) -> Array:
        base = self._backend.asarray(base, dtype=self._backend.real)
        if tuple(base.shape) != tuple(recalled.shape):
            raise ArgumentValueError(
                f"base of shape {tuple(base.shape)} does not fit p of shape {tuple(recalled.shape)}"
            )
        finite(self._backend, base, "rows of base")
        shares(self._backend, base, "rows of base")
        return (1 - lam) * base + lam * recalled
