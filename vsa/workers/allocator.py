"""Keep freed memory while a task computes.

Dask starts its workers with MALLOC_TRIM_THRESHOLD_=65536, so that glibc hands freed memory back at
once. Our tasks free and allocate arrays of megabytes all the time; each would be new pages from
the kernel, which costs as much as the arithmetic (measured: about twice the CPU time in all).
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

VARIABLE = "MALLOC_TRIM_THRESHOLD_"
TRIM, MMAP = -1, -3  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD in glibc's malloc.h
KEEP, LARGEST = 1 << 28, 1 << 25  # kept when freed; larger arrays come from the kernel
DEFAULT = 1 << 17  # of both, in glibc


@contextmanager
def keeping_memory() -> Iterator[None]:
    """Undo that setting for a while; nothing where it is not set or there is no glibc."""
    before = os.environ.get(VARIABLE, "")
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if before.isdigit() else None
    if mallopt is None:
        yield
        return
    mallopt(MMAP, LARGEST)
    mallopt(TRIM, KEEP)
    try:
        yield
    finally:
        mallopt(MMAP, DEFAULT)
        mallopt(TRIM, int(before))
