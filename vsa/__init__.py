"""Symbols as vectors: a vector-symbolic algebra, structures, and a language to drive them.

Importing this loads NumPy and nothing else that is heavy; sessions and plugins come when asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vsa.answer import Answer
from vsa.combine import bundle_bound, by_rows
from vsa.errors import CapacityWarning, VsaError
from vsa.memory import Memory
from vsa.operations import (
    bind,
    bundle,
    dot,
    inverse,
    involution,
    norm,
    normalize,
    permute,
    power,
    shift,
    similarity,
    unbind,
    unitary,
)
from vsa.space import Space
from vsa.vector import Vector

if TYPE_CHECKING:
    from vsa.functions import Expression, Kind
    from vsa.hookspecs import hookimpl
    from vsa.lang.session import Session
    from vsa.lang.values import Set, Table
    from vsa.manager import load_plugins

__version__ = "0.1.0"
__all__ = [
    "Answer",
    "CapacityWarning",
    "Expression",
    "Kind",
    "Memory",
    "Session",
    "Set",
    "Space",
    "Table",
    "Vector",
    "VsaError",
    "bind",
    "bundle",
    "bundle_bound",
    "by_rows",
    "dot",
    "hookimpl",
    "inverse",
    "involution",
    "load_plugins",
    "norm",
    "normalize",
    "permute",
    "power",
    "shift",
    "similarity",
    "unbind",
    "unitary",
]  # fmt: skip

_LATER = {
    "Expression": "vsa.functions",
    "Kind": "vsa.functions",
    "Set": "vsa.lang.values",
    "Table": "vsa.lang.values",
    "Session": "vsa.lang.session",
    "hookimpl": "vsa.hookspecs",
    "load_plugins": "vsa.manager",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module 'vsa' has no attribute {name!r}")
