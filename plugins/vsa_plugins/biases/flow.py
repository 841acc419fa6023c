"""A classifier without weights of its own: class vectors flow out of a few examples."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from vsa import Space
from vsa.nn import Layer, gradient_flow
from vsa.plugin import arguments


class FlowClassifier(Layer):
    """support (..., n, dim), labels (..., n), query (..., m, dim) → logits (..., m, classes).

    The class vectors are those of `vsa.nn.gradient_flow` from zero after `time`, which may learn as
    its logarithm: after a short time they point as the bundles of the classes, less the share of
    all. No class has anything of its own before, so labels may be dealt anew in each episode.
    method: as in gradient_flow.  Deleu et al. 2022 (COMLN).
    """

    def __init__(
        self,
        space: Space,
        classes: int,
        time: float = 1.0,
        learn_time: bool = True,
        method: str = "autograd",
        check: bool = True,
    ) -> None:
        super().__init__(space, check)
        self.classes = arguments.checked_whole("classes", classes, 2)
        self.method = arguments.checked_choice("method", method, ("autograd", "forward"))
        time = arguments.checked_number("time", time, above=0)
        log = torch.tensor(math.log(time), dtype=space.backend.real, device=self._place.device)
        if learn_time:
            self.log_time = nn.Parameter(log)
        else:
            self.register_buffer("log_time", log)

    @property
    def time(self) -> float:
        """How long the class vectors flow, as it is now."""
        return math.exp(float(self.log_time.detach()))

    def forward(self, support: Any, labels: Any, query: Any) -> Any:
        items, asked = self.packed(support, "support"), self.packed(query, "query")
        time = self.log_time.exp()
        flow = gradient_flow(items, labels, time, classes=self.classes, method=self.method)
        return asked @ flow.weight.mT
