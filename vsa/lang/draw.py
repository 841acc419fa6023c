"""A value's picture, in a file or in the terminal: `vsa.picture` and `vsa.plot`, `:picture` and `:plot`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from vsa.algebra.vector import Vector
from vsa.arguments import checked_instance, described
from vsa.errors import ArgumentTypeError, ArgumentValueError, VsaError
from vsa.lang.show import nearest_in
from vsa.memory.memory import Memory
from vsa.pictures import Bars, Curves, HeatMap, Picture, Series
from vsa.pictures.file import checked_ending, draw
from vsa.views import memory_map, similarity_map

NEAR = 12  # items that a vector is drawn beside
DRAWABLE = (
    "an answer, a vector or a batch of them, a set, a table of numbers, an array, a memory, or what "
    "offers vsa_picture"
)


def picture(
    value: Any, path: str | os.PathLike[str], *, dark: bool = False, memory: Memory | None = None
) -> Path:
    """Draw a value to a file, .svg, .png or .pdf, in the place of one of its name; the file's path.

    value: an answer (P of each match), a vector (its nearest items; memory= says of what), a batch (the
    cosines of each two), a set, a table of numbers, an array, a memory (its map), or what offers
    `vsa_picture`.  dark: on dark paper.  It needs matplotlib, the extra `plot`.

    >>> import vsa
    >>> vsa.picture(vsa.Space(dim=64).random(5), "alike.jpg")
    Traceback (most recent call last):
        ...
    vsa.VsaError: a picture ends in .svg, .png, .pdf, not '.jpg'
    """
    checked_ending(path)  # before anything is computed
    draw(pictured(value, memory), path, dark)
    return Path(path)


def plot(value: Any, *, memory: Memory | None = None) -> str:
    """The picture of a value as lines of text, for a terminal; what `vsa.picture` draws.

    >>> import vsa
    >>> space = vsa.Space(dim=64)
    >>> memory = vsa.Memory(space)
    >>> memory.add("mark", space.atom("mark"))
    >>> print(vsa.plot(memory.cleanup(space.atom("mark"))))
    mark      1.00  ████████████████████████████████████████
    nothing   0.00
    """
    return pictured(value, memory).vsa_text()


def pictured(
    value: Any,
    memory: Memory | None = None,
    ask: Callable[[Any, str], Any] = lambda value, part: getattr(value, part)(),
) -> Picture:
    """The description of a value's picture; VsaError where it has none.

    ask: calls a part of a value of a plugin's class.
    """
    if memory is not None:
        checked_instance("memory", memory, Memory, "a Memory")
    if isinstance(value, type):
        raise ArgumentTypeError(f"{value.__name__} is a class: draw one of its values")
    if hasattr(value, "vsa_picture"):
        found = ask(value, "vsa_picture")
        if not isinstance(found, Picture):
            raise VsaError(
                f"vsa_picture of {type(value).__name__} must give a picture of vsa.pictures"
            )
        return found
    if hasattr(value, "vsa_bars"):
        return Bars(ask(value, "vsa_bars"))
    if hasattr(value, "vsa_vector"):
        value = ask(value, "vsa_vector")
    if isinstance(value, Vector):
        return _of_vector(value, memory)
    if isinstance(value, Memory):
        return memory_map(value)
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return _of_array(value)
    raise ArgumentTypeError(f"{described(value)} has no picture: what can be drawn is {DRAWABLE}")


def _of_vector(vector: Vector, memory: Memory | None) -> Picture:
    if vector.shape:
        if 0 in vector.shape:
            raise VsaError("there is nothing to draw: the batch is empty")
        return similarity_map(vector)
    if memory is None:
        raise ArgumentValueError(
            "a single vector is drawn by the items that it is like: give memory=…; its spectrum is "
            "vsa.views.spectrum(v)"
        )
    if not vector.norm() > 0:
        raise VsaError("nil is like nothing: there is nothing to draw")
    near = nearest_in(memory, vector, NEAR, noise=True)
    if not near:
        raise VsaError("there is nothing in memory to compare with")
    return Bars(near, "cosine")


def _of_array(array: Any) -> Picture:
    if array.ndim == 1:
        return Curves([Series("", np.arange(1.0, len(array) + 1), array, line=len(array) > 1)])
    if array.ndim == 2:
        return HeatMap(array)
    raise ArgumentValueError(f"an array is drawn with one axis or two, not of shape {array.shape}")
