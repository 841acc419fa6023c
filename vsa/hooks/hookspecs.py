"""The hooks of a plugin: each is optional.

A plugin is a module (or object) registered under the entry-point group `vsa`; it implements any of
these and imports `hookimpl` from `vsa`. What belongs to a class of values stands on the class
(`vsa.plugin.Value`). Plugins are trusted code. docs/reference/plugins.md shows one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pluggy

from vsa.algebra.base import Algebra

if TYPE_CHECKING:
    from vsa.hooks.constituents import Structure

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
def vsa_brings() -> Mapping[str, Callable[[], Mapping[str, Any]]]:  # type: ignore[empty-body]
    """By the name of a function: what gives the names that calling it makes known in a session.

    Each with its value: a function like those of `vsa_functions`, or something else. It is called
    when somebody asks.
    """


@hookspec
def vsa_settings() -> Mapping[str, Any]:  # type: ignore[empty-body]
    """What users may choose with `:set name value`, with what it is until they do."""


@hookspec
def vsa_algebras() -> Iterable[type[Algebra]]:  # type: ignore[empty-body]
    """Algebras that a Space can be made with, by their `name`."""


@hookspec
def vsa_renderers() -> Mapping[type, Callable[[Any], str]]:  # type: ignore[empty-body]
    """How values of classes that are not the plugin's own are printed."""


@hookspec
def vsa_structures() -> Mapping[str, Structure]:  # type: ignore[empty-body]
    """How the structures that vectors are made into are read back, by name: `constituents` asks."""
