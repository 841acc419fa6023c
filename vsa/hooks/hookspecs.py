"""The whole plugin contract.

A plugin is a module (or object) registered under the entry-point group `vsa`; it implements any of
these hooks and imports `hookimpl` from here. Plugins are trusted code. docs/plugins.md shows one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pluggy

from vsa.algebra.base import Algebra

VERSION = 1  # a plugin may state the version it was written for: vsa_version = 1

hookspec = pluggy.HookspecMarker("vsa")
hookimpl = pluggy.HookimplMarker("vsa")


@hookspec
def vsa_functions() -> Iterable[Callable[..., Any]]:  # type: ignore[empty-body]
    """Annotated functions with docstrings, callable from the language under their own names."""


@hookspec
def vsa_types() -> Iterable[type]:  # type: ignore[empty-body]
    """Classes of values; their operators are their annotated dunder methods."""


@hookspec
def vsa_literals() -> Mapping[str, Callable[..., Any]]:  # type: ignore[empty-body]
    """Tagged literals: `tag"text"` calls the function of that tag with the text."""


@hookspec
def vsa_commands() -> Iterable[Callable[..., Any]]:  # type: ignore[empty-body]
    """Functions typed as `:name argument`, for what acts on the session rather than computes."""


@hookspec
def vsa_algebras() -> Iterable[type[Algebra]]:  # type: ignore[empty-body]
    """Algebras that a Space can be made with, by their `name`."""


@hookspec
def vsa_renderers() -> Mapping[type, Callable[[Any], str]]:  # type: ignore[empty-body]
    """How values of a class are printed, where `str(value)` is not it."""
