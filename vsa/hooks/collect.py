"""Takes in what a plugin offers, hook by hook and item by item; what is wrong is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pluggy

from vsa.algebra.registry import register_algebra
from vsa.arguments import described
from vsa.errors import VsaError
from vsa.hooks import hookspecs
from vsa.hooks.faults import FAULTS, reason
from vsa.hooks.functions import Function, from_python
from vsa.hooks.offers import Offers
from vsa.hooks.plugins import RESERVED, Plugins, Problem
from vsa.hooks.value import check_class
from vsa.suggest import suggest

HOOKS = frozenset(name for name in vars(hookspecs) if name.startswith("vsa_"))


class Collector:
    """Puts what plugins offer into `plugins`, and what is wrong with them into its problems."""

    def __init__(self, plugins: Plugins) -> None:
        self.plugins = plugins
        self._manager = pluggy.PluginManager("vsa")
        self._manager.add_hookspecs(hookspecs)

    def register(self, name: str, plugin: Any) -> None:
        """Make a plugin known, and name what is wrong with its hooks.

        VsaError for one of another version of the contract.
        """
        version = getattr(plugin, "vsa_version", hookspecs.VERSION)
        if version != hookspecs.VERSION:
            raise VsaError(
                f"it was written for version {version} of the plugin contract, "
                f"this library has {hookspecs.VERSION}"
            )
        if self._manager.get_plugin(name) is not plugin:  # where it was interrupted it is
            self._manager.register(plugin, name)
        self._check_names(name, plugin)

    def _check_names(self, name: str, plugin: Any) -> None:
        """Name what looks like a hook and is none, and hooks that are not marked as such."""
        marked = {caller.name for caller in self._manager.get_hookcallers(plugin) or ()}
        offered = {n for n in dir(plugin) if n.startswith("vsa_")} - {"vsa_version"}
        if not marked | offered:
            self._tell(
                f"plugin {name!r} offers nothing: it has no hook, as in @hookimpl def vsa_functions()"
            )
        for hook in sorted((marked | offered) - (marked & HOOKS)):
            if hook in HOOKS:
                said = f"plugin {name!r}: {hook} is not marked as a hook: write @hookimpl above it"
            else:
                near = suggest(hook, HOOKS) or f"there are {', '.join(sorted(HOOKS))}"
                said = f"plugin {name!r}: there is no hook {hook!r}; {near}"
            self._tell(said)

    def collect(self, name: str) -> None:
        """Take in what each hook of one plugin returns, item by item."""
        plugins = self.plugins

        def take(hook: str, accept: Callable[[Any], None]) -> None:
            for implementation in getattr(self._manager.hook, hook).get_hookimpls():
                if implementation.plugin_name != name:
                    continue
                try:
                    offered = implementation.function()
                    items = list(offered.items() if hasattr(offered, "items") else offered)
                except FAULTS as error:
                    self._tell(f"plugin {name!r} failed in {hook}: {reason(error)}", error)
                    continue
                for item in items:
                    try:
                        accept(item)
                    except FAULTS as error:
                        said = reason(error)
                        prefix = "" if said.startswith("plugin ") else f"plugin {name!r}: "
                        self._tell(prefix + said, error)

        def add(table: Offers[Function], call: Any, what: str, key: str | None = None) -> None:
            function = from_python(call, name)
            key = key or function.name
            if key in RESERVED:
                raise VsaError(f"the {what} {key!r} is a word of the language")
            by = f"plugin {table.owner(key)!r}" if key in table else ""
            table.add(key, function, name, f"the {what} {key!r} is already defined by {by}")

        def add_item(table: Offers[Any], item: tuple[str, Any], what: str) -> None:
            key, value = item
            table.add(key, value, name, f"{what} {key!r} is already defined by another plugin")

        def add_type(cls: type) -> None:
            check_class(cls)
            if cls in plugins.types:
                raise VsaError(
                    f"the type {cls.__name__!r} is already registered by {plugins.types[cls]!r}"
                )
            plugins.types.add(cls, name, name)

        def add_renderer(item: tuple[type, Callable[[Any], str]]) -> None:
            cls, renderer = item
            if not isinstance(cls, type) or not callable(renderer):
                raise VsaError(
                    f"it renders {cls!r} by {renderer!r}: a class and a function are wanted"
                )
            if cls in plugins.renderers:
                raise VsaError(
                    f"{cls.__name__} is already rendered by {plugins.renderers[cls][0]!r}"
                )
            plugins.renderers.add(cls, (name, renderer), name)

        def add_structure(item: tuple[str, Any]) -> None:
            from vsa.hooks.constituents import Structure  # with memories; few plugins have one

            key, structure = item
            if not isinstance(structure, Structure):
                raise VsaError(
                    f"the structure {key!r} must be a Structure, not {described(structure)}"
                )
            by = f"plugin {plugins.structures.owner(key)!r}" if key in plugins.structures else ""
            taken = f"the structure {key!r} is already defined by {by}"
            plugins.structures.add(key, (name, structure), name, taken)

        take("vsa_functions", lambda call: add(plugins.functions, call, "function"))
        take("vsa_commands", lambda call: add(plugins.commands, call, "command"))
        take("vsa_literals", lambda item: add(plugins.literals, item[1], "tagged literal", item[0]))
        take("vsa_types", add_type)
        take("vsa_brings", lambda item: add_item(plugins.bringers, item, "what is brought by"))
        take("vsa_settings", lambda item: add_item(plugins.settings, item, "the setting"))
        take("vsa_algebras", register_algebra)
        take("vsa_renderers", add_renderer)
        take("vsa_structures", add_structure)

    def _tell(self, said: str, error: BaseException | None = None) -> None:
        self.plugins.problems.append(Problem(said, error or VsaError(said)))
