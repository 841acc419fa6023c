"""Packages that come with an extra: loaded by what needs them, or told how to get them."""

from __future__ import annotations

import importlib
from typing import Any

from vsa.errors import VsaError


def needed(module: str, purpose: str, extra: str, *others: str) -> Any:
    """A module that the extra of this name (or another) installs; VsaError where it is missing.

    purpose: what needs it, as a message begins: "the torch backend".
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = (error.name or module).partition(".")[0]
        mend = f'pip install "vsa-algebra[{extra}]"' + "".join(f" or [{o}]" for o in others)
        raise VsaError(f"{purpose} needs the package {package!r}: {mend}") from error
