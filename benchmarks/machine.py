"""What a figure was measured on, and what that machine can do at most.

One core, in float32: the bytes that NumPy streams from each level of the memory, read (a dot product
of two arrays) or read and written (a sum into a third, or a product by the loop in C, past the caches or
not: whichever is fastest), and what the matrix product computes. The sizes of the caches are Linux's;
where it does not tell them, usual ones stand for them. A quarter of a cache is moved, since a virtual
machine seldom has all of a large one.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from vsa.algebra import fused

CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
USUAL = {"L2": 1 << 20, "L3": 1 << 25}  # bytes
CACHED, LEAST, MOST = 1 << 25, 1 << 27, 1 << 28  # bytes that are moved: of a cache, of the memory
SIDE = 1024  # of the matrices
SAMPLES = 7

Timer = Callable[[Callable[[], Any]], float]


def machine() -> str:
    """The processor, how many cores of it there are, and what computed."""
    chip = platform.processor() or platform.machine()
    if (info := Path("/proc/cpuinfo")).exists():
        named = re.search(r"model name\s*: (.+)", info.read_text(encoding="utf-8"))
        chip = named[1] if named else chip
    versions = [f"Python {platform.python_version()}", f"NumPy {np.__version__}"]
    if (torch := sys.modules.get("torch")) is not None:
        versions.append(f"torch {torch.__version__}")
    return ", ".join([chip, f"{os.cpu_count()} cores", *versions])


@dataclass(frozen=True, slots=True)
class Work:
    """The least that a task has to do: bytes read and written, and operations on floats."""

    read: int
    written: int = 0
    flops: int = 0


@dataclass(frozen=True, slots=True)
class Level:
    """Caches up to one, or the memory: how many bytes fit, None of no end, and bytes a second."""

    name: str
    size: int | None
    read: float
    triad: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What one core of a machine can do: its levels, the fastest first, and floats a second."""

    levels: tuple[Level, ...]
    sgemm: float

    def seconds(self, work: Work) -> float:
        """The time that no program does such work in: of moving the bytes, or of computing."""
        moved = work.read + work.written
        level = next(each for each in self.levels if each.size is None or moved <= each.size)
        both = moved / level.triad if work.written else 0.0
        return max(work.read / level.read, both, work.flops / self.sgemm)

    def lines(self) -> list[str]:
        """In words, a line a level."""
        return [
            f"{f'{level.name} ({level.size >> 10:,} kB)' if level.size else level.name}: "
            f"read {level.read / 1e9:.3g} GB/s, read and written {level.triad / 1e9:.3g} GB/s"
            for level in self.levels
        ] + [f"sgemm: {self.sgemm / 1e9:.3g} GFLOP/s"]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def cache_sizes() -> dict[str, int]:
    """Bytes of the second and the third cache, as the system tells them."""
    found = dict(USUAL)
    for folder in sorted(CACHES.glob("index*")):
        level, kind, size = (
            (folder / name).read_text(encoding="ascii").strip()
            for name in ("level", "type", "size")
        )
        if f"L{level}" in found and kind != "Instruction" and size.endswith("K"):
            found[f"L{level}"] = int(size[:-1]) << 10
    return found


def measured(seconds: Timer, sizes: dict[str, int] | None = None) -> Limits:
    """The limits of this machine. seconds: of one call, the best of some.  sizes: of the caches."""
    sizes = cache_sizes() if sizes is None else sizes
    levels = [_level(seconds, name, size, min(size // 4, CACHED)) for name, size in sizes.items()]
    beyond = min(max(4 * max(sizes.values()), LEAST), MOST)
    levels.append(_level(seconds, "memory", None, beyond))
    a, b = (np.full((SIDE, SIDE), 0.5, np.float32) for _ in range(2))
    out = np.empty_like(a)
    return Limits(tuple(levels), 2 * SIDE**3 / seconds(lambda: np.matmul(a, b, out=out)))


def _level(seconds: Timer, name: str, size: int | None, moved: int) -> Level:
    """What moving so many bytes takes, over and over."""
    x, y = (np.full(moved // 8, 0.5, np.float32) for _ in range(2))
    read = 2 * x.nbytes / seconds(lambda: np.dot(x, y))
    x, y, z = (np.full(moved // 24 * 2, 0.5, np.float32) for _ in range(3))
    ways: list[Callable[[], Any]] = [lambda: np.add(x, y, out=z)]
    if fused.LOOP is not None:
        a, b, c = (each.view(np.complex64) for each in (x, y, z))
        product = partial(fused.sum_of_products, c, (a, b), 1)
        ways += [product, partial(product, past=True)]
    return Level(name, size, read, 3 * x.nbytes / min(map(seconds, ways)))
