"""Loads plugins one by one, so that one that fails is named and the rest work. No global state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from inspect import isfunction
from typing import Any

import pluggy

from vsa.algebra.registry import register_algebra
from vsa.arguments import checked_iterable, checked_texts, described, refused
from vsa.errors import VsaError
from vsa.hooks import hookspecs
from vsa.hooks.constituents import Structure
from vsa.hooks.faults import FAULTS, PASSING, blamed, reason
from vsa.hooks.functions import Function, from_python
from vsa.hooks.value import check_class
from vsa.suggest import suggest

RESERVED = {  # the language's words, and what they are for
    "atom": "atom mark, john    declares new symbols",
    "def": "def second(x) = top(pop(x))    defines a function",
    "nil": "nil    the zero vector: an empty stack or sequence",
    "true": "true    for options, as in pop(s, projection=true)",
    "false": "false    for options, as in frame(eat, agt=mark, normalize=false)",
}


@dataclass(frozen=True)
class Problem:
    """What went wrong with a plugin, in one line, and the error behind it."""

    text: str
    error: BaseException

    def __str__(self) -> str:
        return self.text


@dataclass
class Plugins:
    """Everything that the loaded plugins offer, and what went wrong while loading."""

    functions: dict[str, Function] = field(default_factory=dict)
    commands: dict[str, Function] = field(default_factory=dict)
    literals: dict[str, Function] = field(default_factory=dict)
    types: dict[type, str] = field(default_factory=dict)
    renderers: dict[type, tuple[str, Callable[[Any], str]]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)  # name → what it is at first
    bringers: dict[str, Callable[[], Mapping[str, Any]]] = field(default_factory=dict)
    structures: dict[str, tuple[str, Structure]] = field(default_factory=dict)
    loaded: dict[str, str] = field(default_factory=dict)  # plugin → distribution and version
    problems: list[Problem] = field(default_factory=list)
    _brought: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def errors(self) -> list[str]:
        """What went wrong while loading, a line each."""
        return [str(problem) for problem in self.problems]

    def brings(self, function: str) -> Mapping[str, Any]:
        """The names that calling a function makes known, and what they will stand for."""
        if function not in self._brought and function in self.bringers:
            plugin = self.functions[function].plugin if function in self.functions else ""
            with blamed("vsa_brings", plugin):
                self._brought[function] = {
                    name: from_python(value, plugin) if isfunction(value) else value
                    for name, value in self.bringers[function]().items()
                }
        return self._brought.get(function, {})

    def owner(self, *values: Any) -> str:
        """The plugin that registered the class of the first of some values that has one; or ""."""
        classes = (cls for value in values for cls in type(value).__mro__)
        return next((self.types[cls] for cls in classes if cls in self.types), "")

    def ask(self, value: Any, part: str) -> Any:
        """What a value's class offers by a part such as vsa_json; a plugin that fails is named."""
        with blamed(part, self.owner(value)):
            return getattr(value, part)()

    def attributes(self, cls: type) -> Mapping[str, Any]:
        """What stands behind the dot of a value: what the functions that make its class bring."""
        return {
            name: value
            for bringer in self.bringers
            if bringer in self.functions and cls in self.functions[bringer].returns
            for name, value in self.brings(bringer).items()
            if value is not None
        }

    def render(self, value: Any) -> str:
        """A value as text: as a plugin renders its class, or as the class says itself."""
        cls = next((c for c in type(value).__mro__ if c in self.renderers), type(value))
        plugin, renderer = self.renderers.get(cls, (self.types.get(cls, ""), _text))
        try:
            return str(renderer(value))
        except PASSING:
            raise
        except FAULTS as error:
            who = f"plugin {plugin!r} cannot" if plugin else "one cannot"
            raise VsaError(f"{who} show a {cls.__name__}: {reason(error)}") from error


def _text(value: Any) -> str:
    return value.vsa_text() if hasattr(value, "vsa_text") else str(value)


PAIRS = "pairs (name, plugin) in a list"


def load_plugins(
    exclude: Iterable[str] = (), extra: Iterable[tuple[str, Any]] = (), installed: bool = True
) -> Plugins:
    """Load the installed plugins except `exclude`, then `extra` ones given as (name, module).

    A plugin that cannot be imported, raises in a hook, offers something malformed or a name that
    another one has is reported in `errors` with its name; what is sound of the rest is kept.
    """
    excluded = set(checked_texts("exclude", exclude, "a plugin"))
    extra = list(checked_iterable("extra", extra, PAIRS))
    for pair in extra:
        if not (isinstance(pair, (tuple, list)) and len(pair) == 2 and isinstance(pair[0], str)):
            raise refused("extra", PAIRS, pair)
    manager = pluggy.PluginManager("vsa")
    manager.add_hookspecs(hookspecs)
    plugins = Plugins()
    found: list[tuple[str, EntryPoint | None, Any]] = []
    if installed:
        points = sorted(entry_points(group="vsa"), key=lambda e: (not _ours(e), e.name))
        found += [(point.name, point, None) for point in points]
    found += [(name, None, module) for name, module in extra]
    known = {name for name, _, _ in found}
    origins: dict[Any, str] = {}  # reading a distribution's metadata takes a millisecond
    for name in sorted(excluded - known):
        said = f"no plugin is called {name!r}: there are {', '.join(sorted(known))}"
        plugins.problems.append(Problem(said, VsaError(said)))
    for name, point, module in found:
        if name in excluded:
            continue
        try:
            plugin = point.load() if point is not None else module
            _register(manager, name, plugin)
        except FAULTS as error:
            said = f"plugin {name!r} could not be loaded: {reason(error)}"
            plugins.problems.append(Problem(said, error))
            continue
        plugins.loaded[name] = _origin(point.dist if point is not None else None, origins)
        _check_names(manager, name, plugin, plugins)
    for name in plugins.loaded:
        _collect(manager, name, plugins)
    return plugins


def _register(manager: pluggy.PluginManager, name: str, plugin: Any) -> None:
    version = getattr(plugin, "vsa_version", hookspecs.VERSION)
    if version != hookspecs.VERSION:
        raise VsaError(
            f"it was written for version {version} of the plugin contract, "
            f"this library has {hookspecs.VERSION}"
        )
    if manager.has_plugin(name):
        raise VsaError("another plugin of that name is loaded")
    manager.register(plugin, name)


HOOKS = frozenset(name for name in vars(hookspecs) if name.startswith("vsa_"))


def _check_names(manager: pluggy.PluginManager, name: str, plugin: Any, plugins: Plugins) -> None:
    """Name what looks like a hook and is none, and hooks that are not marked as such."""
    marked = {caller.name for caller in manager.get_hookcallers(plugin) or ()}
    offered = {n for n in dir(plugin) if n.startswith("vsa_")} - {"vsa_version"}
    if not marked | offered:
        said = (
            f"plugin {name!r} offers nothing: it has no hook, as in @hookimpl def vsa_functions()"
        )
        plugins.problems.append(Problem(said, VsaError(said)))
    for hook in sorted((marked | offered) - (marked & HOOKS)):
        if hook in HOOKS:
            said = f"plugin {name!r}: {hook} is not marked as a hook: write @hookimpl above it"
        else:
            near = suggest(hook, HOOKS) or f"there are {', '.join(sorted(HOOKS))}"
            said = f"plugin {name!r}: there is no hook {hook!r}; {near}"
        plugins.problems.append(Problem(said, VsaError(said)))


def _origin(dist: Any, origins: dict[Any, str]) -> str:
    if dist is None:
        return "given from Python"
    if dist not in origins:
        origins[dist] = f"{dist.name} {dist.version}"
    return origins[dist]


def _ours(point: EntryPoint) -> bool:
    return point.value.startswith("vsa_plugins.")


def _collect(manager: pluggy.PluginManager, name: str, plugins: Plugins) -> None:
    """Take in what each hook of one plugin returns, item by item."""

    def take(hook: str, accept: Callable[[Any], None]) -> None:
        for implementation in getattr(manager.hook, hook).get_hookimpls():
            if implementation.plugin_name != name:
                continue
            try:
                offered = implementation.function()
                items = list(offered.items() if hasattr(offered, "items") else offered)
            except FAULTS as error:
                said = f"plugin {name!r} failed in {hook}: {reason(error)}"
                plugins.problems.append(Problem(said, error))
                continue
            for item in items:
                try:
                    accept(item)
                except FAULTS as error:
                    said = reason(error)
                    prefix = "" if said.startswith("plugin ") else f"plugin {name!r}: "
                    plugins.problems.append(Problem(prefix + said, error))

    def add(table: dict[str, Function], call: Any, what: str, key: str | None = None) -> None:
        function = from_python(call, name)
        key = key or function.name
        if key in RESERVED:
            raise VsaError(f"the {what} {key!r} is a word of the language")
        _put_new(table, key, function, f"the {what}", table[key].plugin if key in table else "")

    def add_type(cls: type) -> None:
        check_class(cls)
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

    def add_structure(item: tuple[str, Structure]) -> None:
        key, structure = item
        if not isinstance(structure, Structure):
            raise VsaError(f"the structure {key!r} must be a Structure, not {described(structure)}")
        owner = plugins.structures[key][0] if key in plugins.structures else ""
        _put_new(plugins.structures, key, (name, structure), "the structure", owner)

    take("vsa_functions", lambda call: add(plugins.functions, call, "function"))
    take("vsa_commands", lambda call: add(plugins.commands, call, "command"))
    take("vsa_literals", lambda item: add(plugins.literals, item[1], "tagged literal", item[0]))
    take("vsa_types", add_type)
    take(
        "vsa_brings",
        lambda item: _put_new(plugins.bringers, item[0], item[1], "what is brought by"),
    )
    take("vsa_settings", lambda item: _put_new(plugins.settings, item[0], item[1], "the setting"))
    take("vsa_algebras", register_algebra)
    take("vsa_renderers", add_renderer)
    take("vsa_structures", add_structure)


def _put_new(table: dict[str, Any], key: str, value: Any, what: str, owner: str = "") -> None:
    """Add an entry; VsaError where another plugin has one of that name."""
    if key in table:
        by = f"plugin {owner!r}" if owner else "another plugin"
        raise VsaError(f"{what} {key!r} is already defined by {by}")
    table[key] = value
