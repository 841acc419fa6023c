"""Activations that others propose: controls, elementwise, and so no laws of binding."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn.functional import relu, softplus

from vsa.plugin import arguments


class Hat(nn.Module):  # type: ignore[misc]  # torch is not there for mypy to see
    """The linear B-spline on [0, 2]: relu(x) − 2 relu(x − 1) + relu(x − 2).

    It learns high frequencies sooner than ReLU does (Hong, Siegel, Tan, Xu 2022). Fractional powers
    of a base with wide phases have them from the start.
    """

    def forward(self, x: Any) -> Any:
        return relu(x) - 2 * relu(x - 1) + relu(x - 2)


class Gamma(nn.Module):  # type: ignore[misc]
    """γ(x; n, s) = (1 − s) · ln(1 + e^{nx}) / n + s · σ(nx): gain n > 0 and saturation s, learnt.

    num_parameters: 1, or one pair for each unit of the last axis.  γ(·; 1, 1) is the sigmoid, γ(·; n, 0)
    the softplus, at most ln 2 / n from ReLU. The gain is learnt through a softplus, so that it stays
    positive; the saturation is free.  Geadah, Horoi, Kerg, Wolf, Lajoie 2022.
    """

    def __init__(self, num_parameters: int = 1, gain: float = 5.0, saturation: float = 0.0) -> None:
        super().__init__()
        count = arguments.checked_whole("num_parameters", num_parameters, 1)
        gain = arguments.checked_number("gain", gain, above=0)
        saturation = arguments.checked_number("saturation", saturation)
        wide = torch.full((count,), gain, dtype=torch.float64)
        raw = wide + torch.log(-torch.expm1(-wide))  # its softplus is the gain
        self.raw_gain = nn.Parameter(raw.to(torch.get_default_dtype()))
        self.saturation = nn.Parameter(torch.full((count,), saturation))

    @property
    def gain(self) -> Any:
        """n (num_parameters,), as it is now."""
        return softplus(self.raw_gain)

    def forward(self, x: Any) -> Any:
        n, s = self.gain, self.saturation
        return (1 - s) * softplus(n * x) / n + s * (n * x).sigmoid()

    def extra_repr(self) -> str:
        return f"{len(self.raw_gain)}"
