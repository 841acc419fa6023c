"""Which algebras there are, by name: the built-in one, those installed, those given from Python.

An installed algebra is an entry point of the group `vsa.algebras`, `name = "module:Class"`; it is
imported when a space of it is made and not before. What stands behind the name, as in "ghrr:2", are
its parameters.
"""

from __future__ import annotations

from typing import NamedTuple

from vsa.algebra.base import Algebra
from vsa.algebra.hrr import HRR
from vsa.arguments import refused
from vsa.entry_points import EntryPoint, entry_points
from vsa.errors import ArgumentTypeError, ArgumentValueError, VsaError

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


class Chosen(NamedTuple):
    """An algebra with its parameters."""

    kind: type[Algebra]
    parameters: tuple[str, ...]

    @property
    def name(self) -> str:
        """With the parameters, as in "ghrr:2"."""
        return ":".join((self.kind.name, *self.parameters))


def find_algebra(algebra: str | type[Algebra] | Chosen) -> Chosen:
    """The algebra that is meant: a class, or one that is known by this name, "ghrr" or "ghrr:2"."""
    if isinstance(algebra, Chosen):
        return algebra
    if not isinstance(algebra, str):
        if not (isinstance(algebra, type) and issubclass(algebra, Algebra)):
            raise refused("algebra", "a name or a subclass of vsa.plugin.Algebra", algebra)
        return Chosen(algebra, algebra.parameters)
    name, *parameters = algebra.split(":")
    kind = _find(name)
    if len(parameters) > len(kind.parameters):
        takes = f"at most {len(kind.parameters)} of them" if kind.parameters else "none"
        raise ArgumentValueError(
            f"{algebra!r} has {len(parameters)} parameter{'s' * (len(parameters) > 1)}, and {name} "
            f"takes {takes}"
        )
    return Chosen(kind, (*parameters, *kind.parameters[len(parameters) :]))


def _find(name: str) -> type[Algebra]:
    if name not in _known:
        installed = _installed()
        if name not in installed:
            names = ", ".join(sorted({*_known, *installed}))
            raise ArgumentValueError(f"unknown algebra {name!r}: choose one of {names}")
        register_algebra(_loaded(installed[name]))
    if name not in _known:
        raise VsaError(f"the entry point {name!r} of {GROUP} gives an algebra of another name")
    return _known[name]


def algebra_names() -> list[str]:
    """The names of all algebras that a space can be made with."""
    return sorted({*_known, *_installed()})


def _installed() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(GROUP)}


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
