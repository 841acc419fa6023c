"""What the library's own plugins offer, known before they are loaded: kept in the user's cache.

It is worked out by loading them, once, and worked out anew as soon as one of the library's files
has changed. Plugins of others are loaded at once: what they offer may hang on more than files.
"""

from __future__ import annotations

import os
import sys
from binascii import crc32
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from importlib import import_module

from vsa import cache
from vsa.entry_points import EntryPoint
from vsa.hooks.faults import FAULTS
from vsa.hooks.offers import class_name
from vsa.hooks.plugins import CLASSES, MADE, NAMED, Plugins

OURS = "vsa_plugins"
HOOK = "vsa_algebras"  # what it offers goes to no table, and has to be there at once
TABLES = (*NAMED, *CLASSES, MADE)

Offered = Mapping[str, list[str]]


def is_ours(point: EntryPoint) -> bool:
    """Whether a plugin comes with the library."""
    return point.value.startswith(f"{OURS}.")


def promised(
    points: Iterable[EntryPoint], alone: Callable[[EntryPoint], Plugins], folder: str | None = None
) -> Mapping[str, Offered]:
    """By plugin what it will offer: of the library's own, of those that load without a problem.

    alone: what a plugin offers if it is the only one. folder: of the cache, for tests.
    """
    ours = [point for point in points if is_ours(point)]
    with suppress(*FAULTS):  # in an archive; or they are not there, which loading them will say
        stamp = _stamp(ours)
        return cache.cached("plugins", stamp, lambda: _worked_out(ours, alone), _checked, folder)
    return {}


def _worked_out(
    points: Iterable[EntryPoint], alone: Callable[[EntryPoint], Plugins]
) -> dict[str, Offered]:
    found: dict[str, Offered] = {}
    for point in points:
        plugins = alone(point)
        functions, bringers = plugins.functions, plugins.bringers
        sound = point.name in plugins.loaded and not plugins.problems
        if sound and bringers.keys() <= functions.keys() and not hasattr(point.load(), HOOK):
            named = {table: list(getattr(plugins, table)) for table in NAMED}
            classes = {table: [*map(class_name, getattr(plugins, table))] for table in CLASSES}
            made = {class_name(cls) for name in bringers for cls in functions[name].returns}
            found[point.name] = named | classes | {MADE: sorted(made)}
    return found


def _checked(data: Mapping[str, Offered]) -> Mapping[str, Offered]:
    for offered in data.values():
        if not all(isinstance(name, str) for table in TABLES for name in offered[table]):
            raise ValueError("not names")
    return data


def _stamp(points: Iterable[EntryPoint]) -> str:
    """The interpreter, the plugins, and every file of the library with its size and its time."""
    folders = [cache.PLACE, os.path.dirname(str(import_module(OURS).__file__))]
    files = [file for folder in folders for file in sorted(_files(folder))]
    said = repr([sys.version, [point[:2] for point in points], folders, files])
    return f"{crc32(said.encode()):08x} {len(said)}"


def _files(folder: str) -> Iterator[tuple[str, int, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                known = entry.stat()
                # A copy may have kept the time of its contents; that of the file itself is its own.
                yield entry.path, known.st_size, known.st_mtime_ns, known.st_ctime_ns
            elif "." not in entry.name and entry.name != "__pycache__" and entry.is_dir():
                yield from _files(entry.path)
