"""What a decoder answers: numbers or points, how exact they are and how sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Any, Self

import numpy as np

from vsa.errors import VsaError
from vsa.style import styled, sureness

Floats = np.ndarray[Any, np.dtype[np.float64]]


One = tuple[Floats, Floats, float, float]  # value, deviation, P, P(nothing)


def nothing_at(axes: int) -> One:
    """That there is none."""
    return np.full(axes, np.nan), np.full(axes, np.nan), 0.0, 1.0


@dataclass(frozen=True, eq=False)
class Estimate:
    """Numbers (…) or points (…, axes) that vectors hold.

    value, deviation: (…), or (…, axes) of points; NaN where a vector is zero.  deviation: that of the
    posterior.  probability: that there is one there, (…).  nothing: that there is none anywhere, (…).
    """

    vsa_name = "estimate"
    value: Floats
    deviation: Floats
    probability: Floats
    nothing: Floats
    axes: int = 1

    @classmethod
    def stacked(cls, found: Sequence[One], axes: int) -> Self:
        """Of one each, values with an axis of axes."""
        value, deviation, sure, nothing = (
            np.array([one[i] for one in found], dtype=np.float64) for i in range(4)
        )
        points = (len(found),) if axes == 1 else (len(found), axes)
        return cls(value.reshape(points), deviation.reshape(points), sure, nothing, axes)

    @classmethod
    def none(cls, count: int, axes: int) -> Self:
        """So many times nothing."""
        return cls.stacked([nothing_at(axes)] * count, axes)

    @classmethod
    def joined(cls, parts: Sequence[Self], axes: int) -> Self:
        """Several batches (n,) as one."""
        if not parts:
            return cls.stacked([], axes)
        fields = ("value", "deviation", "probability", "nothing")
        value, deviation, sure, nothing = (
            np.concatenate([getattr(part, field) for part in parts]) for field in fields
        )
        return cls(value, deviation, sure, nothing, axes)

    def reshape(self, shape: tuple[int, ...]) -> Self:
        """In another batch shape."""
        points = shape if self.axes == 1 else (*shape, self.axes)
        return type(self)(
            self.value.reshape(points), self.deviation.reshape(points),
            self.probability.reshape(shape), self.nothing.reshape(shape), self.axes,
        )  # fmt: skip

    @property
    def shape(self) -> tuple[int, ...]:
        """The batch shape."""
        return tuple(self.probability.shape)

    @property
    def is_nothing(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Whether "nothing" is likelier than the number (…)."""
        return np.asarray(self.nothing > self.probability)

    def __str__(self) -> str:
        flat = self.reshape((-1,))
        return "\n".join(flat.line(i) for i in range(len(flat.probability))) or "nothing"

    def line(self, i: int) -> str:
        """One of a batch (n,) in a line: `37.4 ± 0.8  certain`."""
        p = float(self.probability[i])
        if self.is_nothing[i]:
            return styled("nothing", "nothing")
        value, deviation = np.atleast_1d(self.value[i]), np.atleast_1d(self.deviation[i])
        size = float(deviation.max())
        places = max(-floor(log10(size)), 0) if size > 0 else 6
        text = ", ".join(f"{round(x, places) + 0.0:.{places}f}" for x in value.tolist())
        if self.axes > 1:
            text = f"({text})"
        return f"{text} ± {float(f'{size:.1g}'):.{places}f}  {sureness(p)}"

    def vsa_number(self) -> float | Floats:
        """The number that it holds, of a batch an array, NaN where there is none."""
        if self.axes > 1:
            raise VsaError(f"an estimate of {self.axes} numbers is not compared with one")
        if self.shape:
            return self.value
        self.required()
        return float(self.value)

    def vsa_attributes(self) -> list[str]:
        """What stands behind the dot, of one number."""
        return [] if self.shape or self.axes > 1 else ["value", "deviation", "probability"]

    def vsa_attribute(self, name: str) -> float:
        """The number, how exact it is, how sure."""
        offered = self.vsa_attributes()
        if name not in offered:
            there = f"it has {', '.join(offered)}" if offered else "it is of several numbers"
            raise VsaError(f"an estimate has no {name}; {there}")
        if name != "probability":
            self.required()
        return float(getattr(self, name))

    def required(self) -> None:
        """Raise an error where there is nothing."""
        if self.is_nothing.all():
            p = float(np.max(self.nothing, initial=0))
            raise VsaError(f"nothing is there, P = {p:.2f}, so that it has no value")

    def vsa_json(self) -> Any:
        """Plain values, for `vsa --json`."""
        flat = self.reshape((-1,))
        rows = [
            {
                "value": None if flat.is_nothing[i] else np.round(flat.value[i], 9).tolist(),
                "deviation": None if flat.is_nothing[i] else np.round(flat.deviation[i], 9).tolist(),
                "probability": round(float(flat.probability[i]), 6),
                "nothing": round(float(flat.nothing[i]), 6),
            }
            for i in range(len(flat.probability))
        ]  # fmt: skip
        return rows if self.shape else rows[0]
