"""Which algebras there are, by name: the built-in one, those installed, those given from Python.

An installed algebra is an entry point of the group `vsa.algebras`, `name = "module:Class"`; it is
imported when a space of it is made and not before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsa.algebra.base import Algebra
from vsa.algebra.hrr import HRR
from vsa.arguments import refused
from vsa.errors import ArgumentTypeError, ArgumentValueError, VsaError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "vsa.algebras"

_known: dict[str, type[Algebra]] = {HRR.name: HRR}


def register_algebra(cls: type[Algebra]) -> None:
    """Make an algebra known by its name; VsaError where another class has that name.

    A class that is defined anew, as when a cell of a notebook runs again, takes its own place.
    """
    if not (isinstance(cls, type) and issubclass(cls, Algebra)):
        raise ArgumentTypeError(f"{cls!r} is no algebra: make it a subclass of vsa.plugin.Algebra")
    other = _known.get(cls.name)
    if other is not None and _named(other) != _named(cls):
        raise VsaError(f"the algebra {cls.name!r} is already defined by {_named(other)}")
    _known[cls.name] = cls


def find_algebra(algebra: str | type[Algebra]) -> type[Algebra]:
    """The class of an algebra: itself, or the one that is known by this name."""
    if not isinstance(algebra, str):
        if not (isinstance(algebra, type) and issubclass(algebra, Algebra)):
            raise refused("algebra", "a name or a subclass of vsa.plugin.Algebra", algebra)
        return algebra
    if algebra not in _known:
        installed = _installed()
        if algebra not in installed:
            names = ", ".join(sorted({*_known, *installed}))
            raise ArgumentValueError(f"unknown algebra {algebra!r}: choose one of {names}")
        register_algebra(_loaded(installed[algebra]))
    if algebra not in _known:
        raise VsaError(f"the entry point {algebra!r} of {GROUP} gives an algebra of another name")
    return _known[algebra]


def algebra_names() -> list[str]:
    """The names of all algebras that a space can be made with."""
    return sorted({*_known, *_installed()})


def _installed() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # a sixth of the time that `import vsa` takes

    return {point.name: point for point in entry_points(group=GROUP)}


def _loaded(point: EntryPoint) -> type[Algebra]:
    try:
        found: type[Algebra] = point.load()
    except (Exception, SystemExit) as error:
        raise VsaError(
            f"the algebra {point.name!r} could not be loaded: {type(error).__name__}: {error}"
        ) from error
    return found


def _named(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
