"""Loads plugins one by one, so that one that fails is named and the rest work. No global state."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from vsa.algebra.registry import register_algebra
from vsa.errors import VsaError
from vsa.hooks import hookspecs
from vsa.hooks.functions import Function, from_python

RESERVED = {  # the language's words, and what they are for
    "atom": "atom mark, john    declares new symbols",
    "def": "def second(x) = top(pop(x))    defines a function",
    "nil": "nil    the zero vector: an empty stack or sequence",
    "true": "true    for options, as in pop(s, projection=true)",
    "false": "false    for options, as in frame(eat, agt=mark, normalize=false)",
}


@dataclass
class Plugins:
    """Everything that the loaded plugins offer, and what went wrong while loading."""

    functions: dict[str, Function] = field(default_factory=dict)
    commands: dict[str, Function] = field(default_factory=dict)
    literals: dict[str, Function] = field(default_factory=dict)
    types: dict[type, str] = field(default_factory=dict)
    renderers: dict[type, tuple[str, Callable[[Any], str]]] = field(default_factory=dict)
    loaded: dict[str, str] = field(default_factory=dict)  # plugin → distribution and version
    errors: list[str] = field(default_factory=list)

    def render(self, value: Any) -> str:
        """A value as text, by the nearest class that a plugin renders."""
        for cls in type(value).__mro__:
            if cls in self.renderers:
                plugin, renderer = self.renderers[cls]
                try:
                    return str(renderer(value))
                except Exception as error:
                    raise VsaError(
                        f"plugin {plugin!r} cannot show a {cls.__name__}: {_reason(error)}"
                    ) from error
        return str(value)


def load_plugins(
    exclude: Iterable[str] = (), extra: Iterable[tuple[str, Any]] = (), installed: bool = True
) -> Plugins:
    """Load the installed plugins except `exclude`, then `extra` ones given as (name, module).

    A plugin that cannot be imported, raises in a hook, offers something malformed or a name that
    another one has is reported in `errors` with its name; what is sound of the rest is kept.
    """
    manager = pluggy.PluginManager("vsa")
    manager.add_hookspecs(hookspecs)
    plugins = Plugins()
    excluded = set(exclude)
    found: list[tuple[str, EntryPoint | None, Any]] = []
    if installed:
        points = sorted(entry_points(group="vsa"), key=lambda e: (not _ours(e), e.name))
        found += [(point.name, point, None) for point in points]
    found += [(name, None, module) for name, module in extra]
    known = {name for name, _, _ in found}
    origins: dict[Any, str] = {}  # reading a distribution's metadata takes a millisecond
    for name in sorted(excluded - known):
        plugins.errors.append(f"no plugin is called {name!r}: there are {', '.join(sorted(known))}")
    for name, point, module in found:
        if name in excluded:
            continue
        try:
            plugin = point.load() if point is not None else module
            version = getattr(plugin, "vsa_version", hookspecs.VERSION)
            if version != hookspecs.VERSION:
                raise VsaError(
                    f"it was written for version {version} of the plugin contract, "
                    f"this library has {hookspecs.VERSION}"
                )
            if manager.has_plugin(name):
                raise VsaError("another plugin of that name is loaded")
            manager.register(plugin, name)
        except Exception as error:
            plugins.errors.append(f"plugin {name!r} could not be loaded: {_reason(error)}")
            continue
        plugins.loaded[name] = _origin(point.dist if point is not None else None, origins)
    for name in plugins.loaded:
        _collect(manager, name, plugins)
    return plugins


def _origin(dist: Any, origins: dict[Any, str]) -> str:
    if dist is None:
        return "given from Python"
    if dist not in origins:
        origins[dist] = f"{dist.name} {dist.version}"
    return origins[dist]


def _ours(point: EntryPoint) -> bool:
    return point.value.startswith("vsa_plugins.")


def _reason(error: BaseException) -> str:
    text = str(error) or "no message"
    return text if isinstance(error, VsaError) else f"{type(error).__name__}: {text}"


def _collect(manager: pluggy.PluginManager, name: str, plugins: Plugins) -> None:
    """Take in what each hook of one plugin returns, item by item."""

    def take(hook: str, accept: Callable[[Any], None]) -> None:
        for implementation in getattr(manager.hook, hook).get_hookimpls():
            if implementation.plugin_name != name:
                continue
            try:
                offered = implementation.function()
                items = list(offered.items() if hasattr(offered, "items") else offered)
            except Exception as error:
                plugins.errors.append(f"plugin {name!r} failed in {hook}: {_reason(error)}")
                continue
            for item in items:
                try:
                    accept(item)
                except Exception as error:
                    reason = _reason(error)
                    prefix = "" if reason.startswith("plugin ") else f"plugin {name!r}: "
                    plugins.errors.append(prefix + reason)

    def add(table: dict[str, Function], call: Any, what: str, key: str | None = None) -> None:
        function = from_python(call, name)
        key = key or function.name
        if key in RESERVED:
            raise VsaError(f"the {what} {key!r} is a word of the language")
        if key in table:
            owner = table[key].plugin
            raise VsaError(f"the {what} {key!r} is already defined by plugin {owner!r}")
        table[key] = function

    def add_type(cls: type) -> None:
        if not isinstance(cls, type):
            raise VsaError(f"{cls!r} is not a class")
        if cls in plugins.types:
            raise VsaError(
                f"the type {cls.__name__!r} is already registered by {plugins.types[cls]!r}"
            )
        plugins.types[cls] = name

    def add_renderer(item: tuple[type, Callable[[Any], str]]) -> None:
        cls, renderer = item
        if not isinstance(cls, type) or not callable(renderer):
            raise VsaError(f"it renders {cls!r} by {renderer!r}: a class and a function are wanted")
        if cls in plugins.renderers:
            raise VsaError(f"{cls.__name__} is already rendered by {plugins.renderers[cls][0]!r}")
        plugins.renderers[cls] = (name, renderer)

    take("vsa_functions", lambda call: add(plugins.functions, call, "function"))
    take("vsa_commands", lambda call: add(plugins.commands, call, "command"))
    take("vsa_literals", lambda item: add(plugins.literals, item[1], "tagged literal", item[0]))
    take("vsa_types", add_type)
    take("vsa_algebras", register_algebra)
    take("vsa_renderers", add_renderer)
