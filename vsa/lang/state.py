"""What a session consists of: names and what they stand for, a memory, a journal, plugins.

All of it that statements change stands in `sections`, mappings that are undone and kept entry by
entry; a new kind of state is one more section. What runs text is in session.py.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sized
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar

from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.annotations import Kind, Service
from vsa.arguments import checked_instance
from vsa.errors import ArgumentTypeError, ArgumentValueError, Note, VsaError
from vsa.hooks.functions import Function, describe, fit
from vsa.hooks.loader import load_plugins
from vsa.hooks.plugins import RESERVED, Plugins
from vsa.lang.results import Results
from vsa.lang.typed import Definition
from vsa.memory.memory import Memory
from vsa.notes import note
from vsa.suggest import suggest

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T")

SECTIONS = ("values", "definitions", "counters", "settings", "history")


class State(Service):
    """Names, functions and a memory over one space.

    sections: name → mapping, each entry undone and kept on its own. values: what names stand for.
    definitions: the functions made by `def`. counters: numbers that plugins count with. settings:
    what plugins let users choose. history: by number, the statements that changed something.
    """

    def __init__(
        self,
        space: Space | None = None,
        memory: Memory | None = None,
        plugins: Plugins | None = None,
    ) -> None:
        for what, given, cls in (
            ("space", space, Space), ("memory", memory, Memory), ("plugins", plugins, Plugins)
        ):  # fmt: skip
            if given is not None:
                checked_instance(what, given, cls, f"a {cls.__name__}")
        self.memory = memory if memory is not None else Memory(space or Space())
        self.space = self.memory.space
        if space is not None and space != self.space:
            raise ArgumentValueError(f"the memory is of {self.space!r}, not of {space!r}")
        self.plugins = plugins if plugins is not None else load_plugins()
        self.journal = self.memory.journal
        self.sections: dict[str, MutableMapping[Any, Any]] = {name: {} for name in SECTIONS}
        self.used: set[str] = set()  # functions of plugins that were called by their names
        self.unread: dict[str, str] = {}  # what its file has that cannot be read, and why
        self.results = Results()  # what was printed, for whoever prints to add to
        self.constants = {"nil": self.space.zero(), "true": True, "false": False, "pi": math.pi}
        # called with a name in a text and what it stands for, while a retrieval is explained
        self.on_named: Callable[[str, Any], Any] | None = None
        # called with (title, done, total) while something long is counted
        self.on_progress: Callable[[str, int | None, int | None], None] | None = None
        # asked before something is lost, where somebody is there to answer
        self.on_question: Callable[[str], bool] | None = None

    @property
    def values(self) -> MutableMapping[str, Any]:
        """What names stand for."""
        return self.sections["values"]

    @property
    def definitions(self) -> MutableMapping[str, Definition]:
        """The functions made by `def`."""
        return self.sections["definitions"]

    @property
    def history(self) -> list[str]:
        """The statements that changed something, the oldest first."""
        return list(self.sections["history"].values())

    @property
    def logged(self) -> int:
        """The number of the newest statement of the history, from 0; some may be missing."""
        return next(reversed(self.sections["history"]), -1)

    @property
    def counted(self) -> str:
        """How much there is: "3 names, 12 items", as every place says it that says it."""
        names, items = len(self.values) + len(self.definitions), len(self.memory)
        return ", ".join(
            f"{number:,} {what}{'' if number == 1 else 's'}"
            for number, what in ((names, "name"), (items, "item"))
        )

    # --- where it is kept ----------------------------------------------------------------------
    @property
    def file(self) -> Path | None:
        """Where the session is kept: every statement is there before its result is seen."""
        return self.memory.file

    def close(self) -> None:
        """Let go of the file that the session is kept in; what is there stays there."""
        self.memory.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        raise ArgumentTypeError(
            "a Session is neither pickled nor copied: session.save(path) keeps it in a file, and "
            "Session.open(path) goes on with it"
        )

    def become(self, other: State) -> None:
        """Take over all that another session is, but for who watches its progress."""
        for name in (
            "memory",
            "space",
            "journal",
            "sections",
            "used",
            "unread",
            "constants",
            "results",
            "plugins",
        ):
            setattr(self, name, getattr(other, name))
        if self.journal.keeper is not None:
            self.journal.keeper.state = self

    # --- names ---------------------------------------------------------------------------------
    def lookup(self, name: str) -> Any:
        """A function, a definition or a value; items of memory answer to their names too."""
        named = (
            self.values,
            self.definitions,
            self.plugins.functions,
            self.constants,
            self.results,
        )
        for table in named:
            if name in table:
                return table[name]
        if name in self.memory:
            holder: Any = self.values.get(self.memory.kind(name))  # as a table has its rows
            return holder.vsa_item(name) if hasattr(holder, "vsa_item") else self.memory[name]
        raise KeyError(name)

    def named(self, name: str) -> Any:
        """What a name in a text that a plugin reads stands for."""
        found = self.lookup(name)
        return found if self.on_named is None else self.on_named(name, found)

    def known(self, name: str) -> bool:
        """Whether a name stands for something."""
        try:
            self.lookup(name)
        except KeyError:
            return name in RESERVED
        return True

    def candidates(self) -> Iterable[str]:
        """Every name that can be typed."""
        yield from self.values
        yield from self.definitions
        yield from self.plugins.functions
        yield from self.constants
        yield from (n for n in self.memory if "/" not in n and n not in self.values)

    def is_command(self, name: str) -> bool:
        """Whether a word is typed behind a colon."""
        return name in self.plugins.commands

    def brought_by(self, name: str) -> str | None:
        """A hint for a name that the session's file has, or that a function makes known,
        or has behind a dot."""
        if repr(name) in self.unread:
            return f"it cannot be read from the session's file: {self.unread[repr(name)]}."
        if why := self.results.missing(name):
            return why
        for bringer in self.plugins.bringers:
            with suppress(VsaError):  # calling it says what is wrong with it
                if name not in self.plugins.brings(bringer):
                    continue
                for holder, value in self.values.items():
                    if name in self.attributes(type(value)):
                        return f"{holder}.{name} is one."
                return f"{bringer}(…) makes it known."
        return None

    def attributes(self, cls: type) -> Mapping[str, Any]:
        """What stands behind the dot of a value of this class, as functions have brought it."""
        return self.plugins.attributes(cls)

    def literal(self, tag: str) -> Function | None:
        """The function of a tagged literal."""
        return self.plugins.literals.get(tag)

    def tags(self) -> Iterable[str]:
        """Every tag."""
        return self.plugins.literals

    # --- changes, inside a transaction ---------------------------------------------------------
    def check_free(self, name: str) -> None:
        """Refuse a word of the language, and a function of a plugin that was called by this name.

        One that was not gives way, and a note says so: the user may not have known of it.
        """
        if name in RESERVED:
            raise VsaError(f"{name!r} is a word of the language")
        function = self.function(name)
        if name in self.values or name in self.definitions:
            return
        if name in self.constants:
            note(Note(f"{name} is yours now, and no longer {self.constants[name]:.6g}"))
        if function is None:
            return
        if self.called(name):
            raise VsaError(
                f"{name!r} is a function of the plugin {function.plugin!r}, in use here: "
                "choose another name"
            )
        note(
            Note(f"{name} is yours now, and no longer the function of the plugin {function.plugin}")
        )

    def called(self, name: str) -> bool:
        """Whether a function of a plugin was called by this name, here or in the session's past."""
        call = re.compile(rf"\b{re.escape(name)}\s*\(")
        return name in self.used or any(call.search(text) for text in self.history)

    def function(self, name: str) -> Function | None:
        """The function of a plugin, whatever the name stands for otherwise."""
        return self.plugins.functions.get(name)

    def use(self, name: str) -> None:
        """A function of a plugin is called by its name, which is its own from now on."""
        self.used.add(name)

    def put(self, section: str, key: Any, value: Any) -> None:
        """Set an entry of a section."""
        self.journal.assign(section, self.sections[section], key, value)

    def assign(self, name: str, value: Any) -> None:
        """Let a name stand for a value; an item of memory without a name takes it too."""
        if name in self.definitions:
            self.journal.discard("definitions", self.definitions, name)
        self._name_in_memory(name, value)
        self.put("values", name, value)

    def _name_in_memory(self, name: str, value: Any) -> None:
        """An item that was remembered without a name takes this one; the old holder steps back."""
        names = self.memory.names_of(value) if isinstance(value, Vector) and not value.shape else []
        if name in names:
            return
        if name in self.memory:
            self.memory.rename(name, self.unused(f"{name}/old"))
        unnamed = [n for n in names if "/" in n and "/old/" not in n]
        if unnamed:
            self.memory.rename(unnamed[-1], name)

    def define(self, definition: Definition) -> None:
        """Let a name stand for a function."""
        if self.values.get(definition.name, definition) is not definition:  # there, and can be read
            self.journal.discard("values", self.values, definition.name)
        self.put("definitions", definition.name, definition)

    def declare_atom(self, name: str) -> None:
        """Make a name a symbol, whose vector is a function of the name."""
        self.check_free(name)
        atom = self.space.atom(name)
        known = self.values.get(name)
        if name in self.definitions or known is not None:
            if isinstance(known, Vector) and known.label == name:
                if name not in self.memory and known.similarity(atom) > 0.999:
                    self.memory.add(name, atom)  # it had been forgotten
                if name in self.memory.names_of(atom):
                    return  # declared again: nothing else changes
            what = describe((type(known),)) if name in self.values else "a function"
            raise VsaError(f"{name!r} is already {what}")
        if name not in self.memory:
            self.memory.add(name, atom)
        elif name not in self.memory.names_of(atom):
            raise VsaError(f"{name!r} is already in memory")
        self.put("values", name, atom)

    def log(self, text: str) -> None:
        """Add a statement to the history."""
        self.put("history", self.logged + 1, text)

    # --- what plugins ask ----------------------------------------------------------------------
    def count(self, name: str) -> int:
        """The next number, from 1, of a counter that is rolled back with its statement."""
        number: int = self.sections["counters"].get(name, 0) + 1
        self.put("counters", name, number)
        return number

    def setting(self, name: str) -> Any:
        """What the user has chosen for a setting of a plugin, or what it is at first."""
        known = self.plugins.settings
        if name not in known:
            near = suggest(name, known) or ":set lists what can be set"
            raise VsaError(f"there is no setting {name!r}; {near}")
        return self.sections["settings"].get(name, known[name])

    def choose(self, name: str, value: Any) -> None:
        """Set a setting; it is a value of the class that the setting has at first."""
        wanted = type(self.setting(name))
        with self.journal.transaction(f"set {name}"):
            self.put("settings", name, fit(value, (wanted,)))

    def unused(self, name: str) -> str:
        """`name/1`, `name/2` … the first that memory, which others may share, does not have."""
        while True:
            numbered = f"{name}/{self.count(name)}"
            if numbered not in self.memory:
                return numbered

    def remember_result(self, value: Any, kind: Kind) -> None:
        """Keep what a structure's function returned, as `frame/17` until it is assigned."""
        if not isinstance(value, Vector) or value.shape or not value.norm() > 0:
            return
        known = self.memory.names_of(value)
        if not any(self.memory.kind(name) == kind.name for name in known):
            self.memory.add(self.unused(kind.name), value, kind=kind)

    def track(self, items: Iterable[T], title: str) -> Iterator[T]:
        """Iterate while whoever drives the session may show how far it is."""
        total = len(items) if isinstance(items, Sized) else None
        for done, item in enumerate(items):
            self.progress(title, done, total)
            yield item
        self.progress(title, total, total)

    def progress(self, title: str, done: int | None, total: int | None) -> None:
        """Tell whoever watches, if anybody does, that so much is done."""
        if self.on_progress is not None:
            self.on_progress(title, done, total)
