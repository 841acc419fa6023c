"""Symbols as vectors: a vector-symbolic algebra, structures, and a language to drive them.

Importing this loads NumPy and the algebra; memories, sessions and plugins come when asked for.
What is listed here is what users import; what plugins need beside it is in `vsa.plugin`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from vsa.algebra.batches import bundle_bound, by_rows
from vsa.algebra.operations import (
    bind,
    bundle,
    dot,
    inverse,
    involution,
    left_unbind,
    norm,
    normalize,
    permute,
    power,
    shift,
    similarity,
    unbind,
    unitary,
)
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.annotations import Expression, Kind
from vsa.errors import CapacityWarning, VsaError
from vsa.later import later
from vsa.memory.persistence import provide
from vsa.threads import get_threads, set_threads

if TYPE_CHECKING:
    from vsa.hooks.hookspecs import hookimpl
    from vsa.hooks.loader import load_plugins
    from vsa.lang.draw import picture, plot
    from vsa.lang.session import Session
    from vsa.lang.values import Set
    from vsa.memory.answer import Answer, Answers
    from vsa.memory.memory import Memory
    from vsa.products.factor import factor
    from vsa.products.factors import Factors
    from vsa.products.rule import Rule, rule
    from vsa.table import Table
    from vsa.theory import capacity

__version__ = "0.1.0"
__all__ = [
    "Answer", "Answers", "CapacityWarning", "Expression", "Factors", "Kind", "Memory", "Rule", "Session",
    "Set", "Space", "Table", "Vector", "VsaError", "bind", "bundle", "bundle_bound", "by_rows", "capacity",
    "dot", "factor", "get_threads", "hookimpl", "inverse", "involution", "left_unbind", "load_plugins",
    "norm", "normalize", "permute", "picture", "plot", "power", "rule", "set_threads", "shift",
    "similarity", "unbind", "unitary",
]  # fmt: skip

__getattr__, __dir__ = later(
    __name__,
    {
        "vsa.hooks.hookspecs": ("hookimpl",),
        "vsa.hooks.loader": ("load_plugins",),
        "vsa.lang.draw": ("picture", "plot"),
        "vsa.lang.session": ("Session",),
        "vsa.lang.values": ("Set",),
        "vsa.memory.answer": ("Answer", "Answers"),
        "vsa.memory.memory": ("Memory",),
        "vsa.products.factor": ("factor",),
        "vsa.products.factors": ("Factors",),
        "vsa.products.rule": ("Rule", "rule"),
        "vsa.table": ("Table",),
        "vsa.theory": ("capacity",),
    },
)

# What keeps memories and sessions stands above them; it is loaded by those who keep something.
provide(lambda: import_module("vsa.persist"))


def load_ipython_extension(shell: object) -> None:
    """What `%load_ext vsa` calls: makes `%vsa` and `%%vsa` known."""
    import_module("vsa.notebook").load(shell)


def unload_ipython_extension(shell: object) -> None:
    """What `%unload_ext vsa` calls."""
    import_module("vsa.notebook").unload(shell)
