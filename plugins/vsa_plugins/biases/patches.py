"""A net without gradients: each layer's filters are patches of what the layer before gives."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from vsa import Space, VsaError
from vsa.nn import Codebook, look_at
from vsa.plugin import arguments

Tensor = Any  # a torch.Tensor; mypy does not look into torch


class PatchNet(nn.Module):  # type: ignore[misc]  # torch is not there for mypy to see
    """Images (n, channels, h, w) → features (n, 4·filters[-1]), means over the four quadrants.

    filters: how many in each layer, biases zero.  patch: the side of one; there is no padding.
    encode: "relu", max(0, ⟨patch, filter⟩); "triangle", max(0, mean distance − distance), of Coates et
    al. 2011.  start: what `fit` takes as filters: "kmeans", the centres of `vsa.nn.Codebook`;
    "crops", patches at random; "gaussian", numbers at random, the control, which does as well.
    normalize: each patch, as a Codebook does.
    """

    def __init__(
        self, filters: Sequence[int] = (64,), patch: int = 3, encode: str = "relu",
        start: str = "kmeans", *, normalize: bool = True, seed: int = 0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.patch = arguments.checked_whole("patch", patch, 1)
        self.encode = arguments.checked_choice("encode", encode, ("relu", "triangle"))
        self.start = arguments.checked_choice("start", start, ("kmeans", "crops", "gaussian"))
        space = Space(2, backend="torch", seed=seed)  # of which only the seed matters
        self.books = nn.ModuleList(Codebook(space, k, normalize=normalize) for k in filters)

    def fit(self, images: Tensor) -> PatchNet:
        """Find the filters, layer after layer, with no gradient through anything."""
        books, x = copy.deepcopy(self.books), images  # an error changes nothing
        for book in books:
            rows = self._patches(book, x).flatten(0, 2)
            if self.start == "kmeans":
                book.fit(rows)
            else:
                drawn = torch.Generator().manual_seed(book.space.seed)
                picked = torch.randint(len(rows), (book.size,), generator=drawn)
                noise = torch.randn(book.size, rows.shape[-1], generator=drawn).to(rows)
                filters = rows[picked] if self.start == "crops" else noise
                book.centres = book.normalized(filters) if book.normalize else filters
            x = self._layer(book, x)
        self.books = books
        return self

    def forward(self, images: Tensor) -> Tensor:
        """The features."""
        for book in self.books:
            images = self._layer(book, images)
        return nn.functional.adaptive_avg_pool2d(images, 2).flatten(1)

    def _layer(self, book: Codebook, x: Tensor) -> Tensor:
        rows = self._patches(book, x)
        if (width := rows.shape[-1]) != (known := book.centres.shape[-1]):
            raise VsaError(f"PatchNet: patches of {width}, filters of {known} numbers: fit(images)")
        rows = book.normalized(rows) if book.normalize else rows
        if self.encode == "relu":
            return (rows @ book.centres.mT).relu().movedim(-1, 1)
        away = torch.cdist(rows.flatten(1, 2), book.centres).unflatten(1, rows.shape[1:3])
        return (away.mean(-1, keepdim=True) - away).relu().movedim(-1, 1)

    def _patches(self, book: Codebook, x: Tensor) -> Tensor:
        """All patches of images, as rows (n, h', w', channels·patch²)."""
        shape, side = tuple(getattr(x, "shape", ())), self.patch
        if len(shape) != 4 or min(shape[2:]) < side:
            raise VsaError(f"PatchNet: the input {shape} is not (n, channels, h, w) of patches")
        look_at(self, x.flatten(1), x.flatten(1).shape[1], book.centres)
        return x.unfold(2, side, 1).unfold(3, side, 1).movedim(1, 3).flatten(3)
