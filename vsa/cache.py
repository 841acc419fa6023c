"""What takes long to work out and does not change, kept as JSON in the user's cache.

A cache that cannot be read or written costs time, never an error.
"""

from __future__ import annotations

import json
import os
import sys
from binascii import crc32
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")

PLACE = os.path.dirname(os.path.abspath(__file__))  # each installation keeps its own


def cached(
    name: str,
    stamp: str,
    make: Callable[[], Any],
    take: Callable[[Any], T],
    folder: str | None = None,
) -> T:
    """What `take` makes of the data that `make` works out, which come from the cache if they are there.

    stamp: what the data depend on; others are made where it has changed, and take their place.
    take: raises whatever it likes for data that are not its own. folder: is for tests.
    """
    folder = folder or cache_folder()
    if folder is None:
        return take(make())
    path = os.path.join(folder, f"{name}-{crc32(PLACE.encode()):08x}.json")
    with suppress(Exception):
        return take(_read(path, stamp))
    data = make()
    _write(path, stamp, data)
    return take(data)


def cache_folder() -> str | None:
    """Where this user's caches go, or None where there is no such place."""
    base = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME", "")
    if os.path.isabs(base):
        return os.path.join(base, "vsa")
    home = os.path.expanduser("~")
    return os.path.join(home, ".cache", "vsa") if os.path.isabs(home) else None


def _read(path: str, stamp: str) -> Any:
    with open(path, "rb") as file:
        digest, _, body = file.read().partition(b"\n")
    if digest != b"%08x" % crc32(body):
        raise ValueError("spoiled")
    kept = json.loads(body)
    if kept["stamp"] != stamp:
        raise ValueError("of another time")
    return kept["data"]


def _write(path: str, stamp: str, data: Any) -> None:
    body = json.dumps({"stamp": stamp, "data": data}, separators=(",", ":")).encode()
    # Written aside and moved into place, so that no other process reads half a file.
    aside = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(aside, "wb") as file:
            file.write(b"%08x\n%s" % (crc32(body), body))
        os.replace(aside, path)
    except OSError:
        with suppress(OSError):
            os.unlink(aside)
