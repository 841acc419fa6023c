"""Readouts: what makes a score for each class of encoded rows. Scores that were left out calibrate them.

A readout has `fit(blocks, rows)`, `scores(z)` and a `calibration`; those that learn on have
`learn(z, classes)` too. Targets are one-hot.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vsa.algebra.orders import shuffled
from vsa.learn.calibration import Calibration
from vsa.learn.ridge import ALPHAS, Array, Blocks, spectrum

ROUNDS = 10  # of choosing each row's nearest prototype


class Ridge:
    """Linear in the encoded row, fitted by least squares; its strength by the left-out log loss."""

    def __init__(self, alphas: Array = ALPHAS) -> None:
        self.alphas = alphas

    def fit(self, blocks: Blocks, rows: int) -> None:
        """From blocks of rows and one-hot targets, which are gone through twice."""
        found = spectrum(blocks, rows)
        each = [Calibration() for _ in self.alphas]
        for z, y in blocks():
            classes = y.argmax(-1)
            for calibration, scores in zip(each, found.left_out(z, y, self.alphas), strict=True):
                calibration.add(scores, classes)
        best = min(range(len(each)), key=lambda i: each[i].best()[0])
        self.alpha, self.calibration = float(self.alphas[best]), each[best]
        self.weights, self.intercept = found.weights(self.alpha)

    def scores(self, z: Array) -> Array:
        """Of rows (n, dim): (n, classes)."""
        return np.asarray(z @ self.weights + self.intercept)


class Prototypes:
    """Sums of rows, some for each class: a class scores the largest cosine with one of its own.

    count: prototypes of a class; one is the centroid classifier.  passes: how often rows are gone
    through for mistakes; each moves a row from the sum that won to that which should have, by what
    their cosines lack of 1 (OnlineHD, Hernández-Cano et al. 2021). A row is left out by taking its own
    part from every sum; what others learnt because of it stays.
    """

    def __init__(self, classes: int, count: int = 1, passes: int = 0, seed: int = 0) -> None:
        self.classes, self.count, self.passes, self.seed = classes, count, passes, seed
        self.calibration = Calibration()

    def fit(self, blocks: Blocks, rows: int) -> None:
        """From blocks of rows and one-hot targets, which are held."""
        parts = list(blocks())
        z, y = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
        self.sums = np.zeros((self.classes, self.count, z.shape[-1]), z.dtype)
        self.learn(z, y.argmax(-1))

    def learn(self, z: Array, classes: Array) -> None:
        """Add rows (n, dim) of some classes (n,) to what is known."""
        own = np.zeros((len(z), self.classes, self.count), z.dtype)  # each row's part in each sum
        for c in np.unique(classes):
            mine = classes == c
            own[mine, c, self._nearest(z[mine], self.sums[c])] = 1
        self.sums = self.sums + np.einsum("ncp,nd->cpd", own, z)
        self._correct(z, classes, own)
        self.calibration.add(self._cosines(z, own).max(-1), classes)

    def scores(self, z: Array) -> Array:
        """Of rows (n, dim): (n, classes)."""
        return np.asarray(self._cosines(z).max(-1))

    def _cosines(self, z: Array, own: Array | float = 0.0) -> Array:
        """Of rows with the sums, each without what it has put into them; −1 where nothing is left."""
        dots = np.einsum("nd,cpd->ncp", z, self.sums, optimize=True)
        squares = np.einsum("nd,nd->n", z, z)[:, None, None]
        rest = (self.sums**2).sum(-1) - own * (2 * dots - own * squares)
        left = rest > 1e-9 * squares
        return np.where(
            left, (dots - own * squares) / np.sqrt(np.where(left, rest * squares, 1)), -1
        )

    def _nearest(self, z: Array, sums: Array) -> Array:
        """Which prototype each row of a class belongs to; new ones begin at rows far from the others."""
        if self.count == 1:
            return np.zeros(len(z), np.intp)
        places = np.flatnonzero(sums.any(-1)).tolist()
        free = [i for i in range(self.count) if i not in places]
        centres = [sums[i] for i in places]
        while free and len(centres) < len(z):
            near = (
                np.max([_cosine(z, c) for c in centres], 0) if centres else -_cosine(z, z.mean(0))
            )
            centres.append(z[near.argmin()])
            places.append(free.pop(0))
        nearest = np.zeros(len(z), np.intp)
        for _ in range(ROUNDS):
            nearest = np.stack([_cosine(z, c) for c in centres]).argmax(0)
            members = np.eye(len(centres), dtype=z.dtype)[nearest]
            centres = list(sums[places] + members.T @ z)
        return np.asarray(np.array(places)[nearest])

    def _correct(self, z: Array, classes: Array, own: Array) -> None:
        sums = self.sums.reshape(-1, z.shape[-1])
        parts = own.reshape(len(z), -1)
        norms = np.linalg.norm(sums, axis=-1)
        lengths = np.linalg.norm(z, axis=-1)
        for turn in range(self.passes):
            wrong = 0
            for i in shuffled(f"vsa.learn/pass {turn}\x1f{self.seed}", len(z)):
                cosines = sums @ z[i] / np.where(norms > 0, norms * lengths[i], 1)
                each = cosines.reshape(self.classes, self.count)
                won = int(cosines.argmax()) // self.count
                if won == classes[i]:
                    continue
                wrong += 1
                for c, sign in ((classes[i], 1.0), (won, -1.0)):
                    at = c * self.count + int(each[c].argmax())
                    step = sign * (1 - cosines[at])
                    sums[at] += step * z[i]
                    parts[i, at] += step
                    norms[at] = np.linalg.norm(sums[at])
            if not wrong:
                break


def _cosine(z: Array, other: Array) -> Any:
    """Of rows with one vector, up to the vector's length."""
    return z @ other / np.maximum(np.linalg.norm(z, axis=-1) * np.linalg.norm(other), 1e-30)
