"""Names of a module that are loaded when they are asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def later(
    module: str, where: Mapping[str, tuple[str, ...]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a module that has names of others: by those, the names."""
    homes = {name: home for home, names in where.items() for name in names}

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        # One that is there already is found in a tenth of the time.
        found = getattr(sys.modules.get(homes[name]), name, None)
        if found is None:
            found = getattr(import_module(homes[name]), name, None)
        # A file of a folder may not have been loaded yet.
        return import_module(f"{homes[name]}.{name}") if found is None else found

    return find, lambda: sorted(homes)
