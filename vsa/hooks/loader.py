"""Loads plugins one by one, so that one that fails is named and the rest work. No global state.

The library's own are loaded when something that they offer is asked for (`promises`).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from vsa.arguments import checked_iterable, checked_texts, refused
from vsa.entry_points import EntryPoint, entry_points
from vsa.errors import VsaError
from vsa.hooks.faults import FAULTS, reason
from vsa.hooks.plugins import Plugins, Problem
from vsa.hooks.promises import Offered, is_ours, promised

if TYPE_CHECKING:
    from vsa.hooks.collect import Collector

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
    points: list[EntryPoint] = []
    if installed:
        points = sorted(entry_points(group="vsa"), key=lambda e: (not is_ours(e), e.name))
    promises: Mapping[str, Offered] = {}
    if not excluded:  # who leaves one out may not want it loaded in order to know what it offers
        promises = promised(points, _alone)
    return _loaded(excluded, points, extra, promises)


def _loaded(
    excluded: Iterable[str],
    points: Iterable[EntryPoint],
    extra: Iterable[tuple[str, Any]],
    promises: Mapping[str, Offered],
) -> Plugins:
    """The plugins, those that have promised what they offer left for later."""
    plugins = Plugins()
    found = [(point.name, point.origin, point.load) for point in points]
    found += [(name, "given from Python", partial(_same, module)) for name, module in extra]
    known = {name for name, _, _ in found}
    for name in sorted(set(excluded) - known):
        said = f"no plugin is called {name!r}: there are {', '.join(sorted(known))}"
        plugins.problems.append(Problem(said, VsaError(said)))
    collector = cache(partial(_collector, plugins))
    waiting: dict[str, Callable[[], Any]] = {}
    for name, origin, load in found:
        if name in excluded:
            continue
        if name in promises and name not in plugins.loaded:
            waiting[name] = load
        elif not _register(collector, name, load, plugins.loaded):
            continue
        plugins.loaded[name] = origin
    for name in plugins.loaded:
        if name in waiting:
            later = partial(_fetch, collector, name, waiting[name])
            if plugins.promise(name, promises[name], later):
                continue
            if not _register(collector, name, waiting[name], ()):
                continue
        collector().collect(name)
    return plugins


def _register(
    collector: Callable[[], Collector], name: str, load: Callable[[], Any], taken: Container[str]
) -> bool:
    """Whether a plugin can be loaded; what is wrong with it is a problem."""
    try:
        plugin = load()
        if name in taken:
            raise VsaError("another plugin of that name is loaded")
        collector().register(name, plugin)
    except FAULTS as error:
        said = f"plugin {name!r} could not be loaded: {reason(error)}"
        collector().plugins.problems.append(Problem(said, error))
        return False
    return True


def _fetch(collector: Callable[[], Collector], name: str, load: Callable[[], Any]) -> None:
    """Load a plugin that has promised what it offers."""
    collector().register(name, load())
    collector().collect(name)


def _alone(point: EntryPoint) -> Plugins:
    """What a plugin offers where there is no other."""
    return _loaded((), [point], (), {})


def _collector(plugins: Plugins) -> Collector:
    from vsa.hooks.collect import Collector  # with pluggy, where something is loaded

    return Collector(plugins)


def _same(module: Any) -> Any:
    return module
