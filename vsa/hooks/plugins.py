"""Everything that the loaded plugins offer, and what went wrong with them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from inspect import isfunction
from typing import TYPE_CHECKING, Any, NamedTuple

from vsa.errors import VsaError
from vsa.hooks.faults import FAULTS, PASSING, blamed, reason
from vsa.hooks.functions import Function, from_python
from vsa.hooks.offers import Classes, Offers, class_name

if TYPE_CHECKING:
    from vsa.hooks.constituents import Structure

RESERVED = {  # the language's words, and what they are for
    "atom": "atom mark, john    declares new symbols",
    "def": "def second(x) = top(pop(x))    defines a function",
    "nil": "nil    the zero vector: an empty stack or sequence",
    "true": "true    for options, as in pop(s, projection=true)",
    "false": "false    for options, as in frame(eat, agt=mark, normalize=false)",
}
# what is offered under names
NAMED = ("functions", "commands", "literals", "settings", "bringers", "structures")
CLASSES = ("types", "renderers")  # what is said of classes
MADE = "made"  # the classes that functions which bring names return


class Problem(NamedTuple):
    """What went wrong with a plugin, in one line, and the error behind it."""

    text: str
    error: BaseException

    def __str__(self) -> str:
        return self.text


class Plugins:
    """Everything that the loaded plugins offer, and what went wrong while loading.

    A plugin that has promised what it offers is loaded when that is asked for, and not before; what
    it offers and says is the same. settings: by name what each is at first. loaded: by plugin its
    distribution and version.
    """

    def __init__(self) -> None:
        self.functions: Offers[Function] = Offers(self.fetch)
        self.commands: Offers[Function] = Offers(self.fetch)
        self.literals: Offers[Function] = Offers(self.fetch)
        self.settings: Offers[Any] = Offers(self.fetch)
        self.bringers: Offers[Callable[[], Mapping[str, Any]]] = Offers(self.fetch)
        self.structures: Offers[tuple[str, Structure]] = Offers(self.fetch)
        self.types: Classes[str] = Classes(self.fetch, self._place)
        self.renderers: Classes[tuple[str, Callable[[Any], str]]] = Classes(self.fetch, self._place)
        self.loaded: dict[str, str] = {}
        self.problems: list[Problem] = []
        self._brought: dict[str, Mapping[str, Any]] = {}
        # plugin → what it promises, what loads it
        self._waiting: dict[str, tuple[Mapping[str, Iterable[str]], Callable[[], None]]] = {}
        self._fetched: set[str] = set()  # of those, the ones that are being loaded
        self._loading = threading.RLock()

    @property
    def errors(self) -> list[str]:
        """What went wrong while loading, a line each."""
        return [str(problem) for problem in self.problems]

    # --- plugins that wait to be loaded ----------------------------------------------------------
    def promise(
        self, plugin: str, offered: Mapping[str, Iterable[str]], load: Callable[[], None]
    ) -> bool:
        """Have a plugin loaded by `load` when what it will offer is asked for.

        offered: the names for each of NAMED, and of classes for each of CLASSES and for MADE. False,
        and nothing promised, where another plugin offers one of them.
        """
        if any(
            getattr(self, table).taken(name)
            for table in (*NAMED, *CLASSES)
            for name in offered[table]
        ):
            return False
        self._waiting[plugin] = offered, load
        self._promise(plugin)
        return True

    def fetch(self, plugin: str) -> None:
        """Load a plugin that waits; VsaError where that fails."""
        with self._loading:
            if plugin not in self._waiting or plugin in self._fetched:
                return
            self._fetched.add(plugin)
            try:
                self._waiting[plugin][1]()
            except FAULTS as error:
                said = f"plugin {plugin!r} could not be loaded: {reason(error)}"
                self.problems.append(Problem(said, error))
                self._withdraw(plugin)
                raise VsaError(said) from error
            except BaseException:  # it was interrupted, and waits again
                self._promise(plugin)
                raise
            else:
                self._withdraw(plugin)
            finally:
                self._fetched.discard(plugin)

    def _promise(self, plugin: str) -> None:
        offered, _ = self._waiting[plugin]
        for table in (*NAMED, *CLASSES):
            for name in offered[table]:
                getattr(self, table).promise(name, plugin)

    def _withdraw(self, plugin: str) -> None:
        """Forget what was promised, which is there now or will never be."""
        for table in (*NAMED, *CLASSES):
            getattr(self, table).withdraw(plugin)
        del self._waiting[plugin]

    def _place(self, plugin: str) -> int:
        return list(self.loaded).index(plugin)

    # --- what classes offer ----------------------------------------------------------------------
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
            if self._makes(bringer, cls)
            for name, value in self.brings(bringer).items()
            if value is not None
        }

    def _makes(self, bringer: str, cls: type) -> bool:
        """Whether a function that brings names returns this class, which a promise tells as well."""
        waiting = self._waiting.get(self.bringers.owner(bringer))
        if waiting is not None and class_name(cls) not in waiting[0][MADE]:
            return False
        return bringer in self.functions and cls in self.functions[bringer].returns

    def render(self, value: Any) -> str:
        """A value as text: as a plugin renders its class, or as the class says itself."""
        cls = next((c for c in type(value).__mro__ if c in self.renderers), type(value))
        plugin, renderer = self.renderers.get(cls, ("", _text))
        try:
            return str(renderer(value))
        except PASSING:
            raise
        except FAULTS as error:
            plugin = plugin or self.types.get(cls, "")
            who = f"plugin {plugin!r} cannot" if plugin else "one cannot"
            raise VsaError(f"{who} show a {cls.__name__}: {reason(error)}") from error


def _text(value: Any) -> str:
    return value.vsa_text() if hasattr(value, "vsa_text") else str(value)
