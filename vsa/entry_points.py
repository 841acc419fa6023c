"""The entry points of installed packages, as `importlib.metadata` has them.

That takes a third of the time of `import numpy` to load; here the same files are read. Where
packages lie elsewhere than in folders of files, in archives and eggs, it is asked after all.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache, reduce
from importlib import import_module
from importlib.machinery import PathFinder
from itertools import takewhile
from typing import Any, NamedTuple

FILE = "entry_points.txt"
_SIGNS = re.compile("[-_.]+")


class EntryPoint(NamedTuple):
    """What a package has registered in a group: a module, or `module:attribute`.

    info: the folder with what is known of its package; or `package` says which it is.
    """

    name: str
    value: str
    info: str = ""
    package: str = ""

    def load(self) -> Any:
        """The module or what of it is meant, imported."""
        module, _, attributes = self.value.partition("[")[0].partition(":")
        names = [name for name in attributes.strip().split(".") if name]
        return reduce(getattr, names, import_module(module.strip()))

    @property
    def origin(self) -> str:
        """The package and its version: `vsa-algebra 0.1.0`."""
        return self.package or _origin(self.info)


def entry_points(group: str) -> list[EntryPoint]:
    """The entry points of a group, those of what is found first on `sys.path` first."""
    found = _scanned(group)
    return _asked(group) if found is None else found


def _scanned(group: str) -> list[EntryPoint] | None:
    """The entry points as the files have them; None where there is more than folders of files."""
    if any(
        finder is not PathFinder and hasattr(finder, "find_distributions")
        for finder in sys.meta_path
    ):
        return None
    found: list[EntryPoint] = []
    seen: set[str] = set()
    for place in dict.fromkeys(sys.path):
        try:
            names = os.listdir(place or ".")
        except NotADirectoryError:
            return None
        except OSError:
            continue
        if place.endswith(".egg") or any(name.endswith(".egg") for name in names):
            return None
        # The form in which they are installed, then the older one of a tree of sources.
        for ending in (".dist-info", ".egg-info"):
            for name in names:
                if not name.lower().endswith(ending):
                    continue
                package = _SIGNS.sub("_", name[: -len(ending)].partition("-")[0]).lower()
                if package not in seen:
                    seen.add(package)
                    found += _read(f"{place or os.curdir}/{name}", group)
    return found


def _read(info: str, group: str) -> Iterator[EntryPoint]:
    path = f"{info}/{FILE}"
    if not os.access(path, os.R_OK):  # few have one, and this is the cheapest way to ask
        return
    with open(path, encoding="utf-8") as file:
        text = file.read()
    section = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
        elif section == group and line and not line.startswith("#"):
            name, _, value = line.partition("=")
            yield EntryPoint(name.strip(), value.strip(), info)


def _asked(group: str) -> list[EntryPoint]:
    from importlib import metadata

    return [
        EntryPoint(point.name, point.value, package=f"{point.dist.name} {point.dist.version}")
        for point in metadata.entry_points(group=group)
        if point.dist is not None
    ]


@lru_cache
def _origin(info: str) -> str:
    """The package and its version by what its own folder says."""
    for file in ("METADATA", "PKG-INFO"):
        with suppress(OSError), open(os.path.join(info, file), encoding="utf-8") as lines:
            head = [line.partition(":") for line in takewhile(str.strip, lines)]
            said = {key.lower(): value.strip() for key, _, value in reversed(head)}
            return f"{said.get('name', '')} {said.get('version', '')}"
    return ""
