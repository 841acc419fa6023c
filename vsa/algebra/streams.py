"""Random bytes by a key, the same everywhere and for ever: the stream of SHAKE-256 (FIPS 202)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vsa.algebra import fused

Complex = np.ndarray[Any, np.dtype[np.complex64]]


def streams(keys: Sequence[bytes], size: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The first bytes of the stream of each key: (len(keys), size).

    A loop in C makes four at a time where it was compiled, and other threads run meanwhile.
    """
    if fused.LOOP is not None:
        out = np.empty((len(keys), size), np.uint8)
        fused.LOOP.shake256(tuple(keys), out)
        return out
    import hashlib  # with OpenSSL, which a program that draws nothing need not wait for

    stream = bytearray().join([hashlib.shake_256(key).digest(size) for key in keys])
    return np.frombuffer(stream, np.uint8).reshape(len(keys), size)


def drawn_from(
    keys: Sequence[bytes], count: int, table: Complex, out: Complex | None = None
) -> Complex:
    """What the streams of keys choose out of a table (65536,), by two bytes each: (len(keys), count).

    out: where to write it, an array of complex numbers.
    """
    if fused.LOOP is None:
        made = table.take(streams(keys, 2 * count).view("<u2"))
    else:
        if out is None or out.dtype != table.dtype or not out.flags.c_contiguous:
            made = np.empty((len(keys), count), table.dtype)
        else:
            made = out
        fused.LOOP.shake256(tuple(keys), made, table)
    if out is None or made is out:
        return made
    out[...] = made
    return out
