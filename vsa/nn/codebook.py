"""Codebooks: continuous input becomes symbols, by the nearest of some centres."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import numpy as np
import torch

from vsa.algebra.space import Space
from vsa.arguments import checked_text, checked_truth, checked_whole
from vsa.nn.layer import Layer
from vsa.nn.looks import Tensor, bad, look_at
from vsa.nn.vectors import Vectors

FLAT = 1e-5  # what varies less beside its size varies by rounding


class Codebook(Layer):
    """The items of a cleanup memory for continuous input: centres by k-means, an atom for each.

    Called with x (..., features) it gives the packed vectors (..., dim) of the nearest centres,
    symbols to bind and superpose: an image is Σ book(patch) ⊛ P(p). Nothing of it is differentiable
    with respect to x.

    codes: how many.  iterations: of k-means at most.
    normalize: take from each row its mean and divide it by its length, as one does with patches, of
    which brightness and contrast say little (Coates, Lee and Ng 2011); a flat row becomes zero.
    name: of the atoms, `f"{name}/{code}"`; another name gives others.

    `fit` finds the centres, the same for the same input, name and seed of the space; `centres` holds
    them (codes, features), normalised if x is, and `items` the atoms, a `Vectors`.

    >>> import torch, vsa
    >>> book = Codebook(vsa.Space(256, backend="torch"), 2, normalize=False)
    >>> points = torch.tensor([[0.0, 0.1], [5.0, 5.1], [0.1, 0.0], [5.1, 5.0]])
    >>> one, other, same, _ = book.fit(points).codes(points).tolist()
    >>> one == same, one == other
    (True, False)
    >>> book(points).shape
    torch.Size([4, 256])
    """

    def __init__(
        self,
        space: Space,
        codes: int,
        *,
        iterations: int = 40,
        normalize: bool = True,
        name: str = "code",
        check: bool = True,
    ) -> None:
        super().__init__(space, check)
        self.size = checked_whole("codes", codes, 1)
        self.iterations = checked_whole("iterations", iterations, 1)
        self.normalize = checked_truth("normalize", normalize)
        self.name = checked_text("name", name)
        atoms = space.batch([f"{self.name}/{code}" for code in range(self.size)])
        self.items = Vectors(space, atoms, learn=False)
        self.register_buffer("centres", self._place.new_empty(0, 0))

    def fit(self, x: Tensor) -> Codebook:
        """Find the centres of rows (..., features), at least as many different ones as codes."""
        rows = self._rows(x)
        rows = rows.reshape(-1, rows.shape[-1]) if rows.ndim else rows
        if len(rows) < self.size:
            raise bad(self, "the input", f"has {len(rows)} rows, too few for {self.size} codes")
        seed = hashlib.sha256(f"{self.name}\x1f{self.space.seed}".encode()).digest()
        middle = rows.mean(0)
        rows = rows - middle  # distances are differences of squares, which an offset would swallow
        start = _spread(rows, self.size, np.random.default_rng(int.from_bytes(seed[:8], "little")))
        if len(start) < self.size:
            what = f"has {len(start)} different rows, too few for {self.size} codes"
            raise bad(self, "the input", what)
        self.centres = _lloyd(rows, start, self.iterations) + middle
        return self

    def codes(self, x: Tensor) -> Tensor:
        """The numbers (...) of the centres that x (..., features) is nearest to."""
        if not self.centres.numel():
            raise bad(self, "there are no centres", "yet: call fit(x), or load them")
        middle = self.centres.mean(0)
        rows = self._rows(x, self.centres.shape[-1]) - middle
        flat = rows.reshape(-1, rows.shape[-1])
        return _nearest(flat, self.centres - middle).reshape(rows.shape[:-1])

    def vectors(self, x: Tensor) -> Tensor:
        """The packed atoms (..., dim) of the nearest centres."""
        return self.items(self.codes(x))

    forward = vectors

    @staticmethod
    def normalized(x: Tensor) -> Tensor:
        """Rows (..., features) less their mean, at length 1; a flat one becomes zero."""
        centred = x - x.mean(-1, keepdim=True)
        length = centred.norm(dim=-1, keepdim=True)
        flat = length <= FLAT * x.norm(dim=-1, keepdim=True)
        return torch.where(flat, 0.0, centred / torch.where(flat, 1.0, length))

    def _rows(self, x: Tensor, width: int | None = None) -> Tensor:
        """The input, looked at and normalised; without a width it may have any."""
        if self.check:
            if width is None:
                width = x.shape[-1] if isinstance(x, torch.Tensor) and x.ndim else 1
            look_at(self, x, width, self._place)
        x = x.detach().to(self._place.dtype)  # half precision is raised
        return self.normalized(x) if self.normalize else x

    def _load_from_state_dict(self, state: dict[str, Any], prefix: str, *rest: Any) -> None:
        saved = state.get(f"{prefix}centres")
        if saved is not None and len(saved) in (0, self.size):  # however many features they have
            self.centres = self.centres.new_empty(saved.shape)
        super()._load_from_state_dict(state, prefix, *rest)

    def extra_repr(self) -> str:
        return f"codes={self.size}, normalize={self.normalize}, {super().extra_repr()}"


def _spread(rows: Tensor, count: int, rng: np.random.Generator) -> Tensor:
    """Different rows, each drawn in proportion to its squared distance from those before.

    k-means++ (Arthur and Vassilvitskii 2007): of 2 + ln count that are drawn the one is taken that
    leaves the rows nearest. Fewer than `count` where there are no others.
    """
    picked = [int(rng.integers(len(rows)))]
    nearest = (rows - rows[picked[0]]).square().sum(1)
    while len(picked) < count and bool((nearest > 0).any()):
        share, last = nearest.double().cumsum(0), nearest.nonzero()[-1]
        drawn = torch.tensor(rng.random(2 + int(math.log(count)))).to(share) * share[-1]
        tried = torch.searchsorted(share, drawn, right=True).clamp(max=last)
        left = nearest[:, None].minimum(torch.cdist(rows, rows[tried]).square()).sum(0)
        picked.append(int(tried[left.argmin()]))
        # by differences, of which those of equal rows are exactly zero
        nearest = nearest.minimum((rows - rows[picked[-1]]).square().sum(1))
    return rows[picked]


def _lloyd(rows: Tensor, centres: Tensor, iterations: int) -> Tensor:
    """Each centre to the mean of the rows nearest to it, over and over until none changes sides.

    A centre that no row is nearest to moves to the row that is farthest from its own.
    """
    codes = None
    for _ in range(iterations):
        before, codes = codes, _nearest(rows, centres)
        if before is not None and torch.equal(codes, before):
            break
        counts = torch.bincount(codes, minlength=len(centres))
        sums = torch.zeros_like(centres).index_add_(0, codes, rows)
        means = sums / counts.clamp(min=1)[:, None]
        if lost := int((counts == 0).sum()):
            away = (rows - centres[codes]).square().sum(1)
            means[counts == 0] = rows[away.topk(lost).indices]
        centres = means
    return centres


def _nearest(rows: Tensor, centres: Tensor) -> Tensor:
    """Which centre each row (n, features) is nearest to: of |c|² − 2⟨row, c⟩ the least."""
    return torch.addmm(centres.square().sum(1), rows, centres.mT, alpha=-2).argmin(1)
