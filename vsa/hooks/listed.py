"""What plugins offer as it is typed, and all that is said of it: for help and for listings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from vsa.hooks.functions import Function
from vsa.hooks.plugins import Plugins
from vsa.layout import paragraphs


class Offered(NamedTuple):
    """A function, a command or a literal of a plugin; `what` says which, `key` its name."""

    what: str
    key: str
    function: Function

    @property
    def name(self) -> str:
        """As it is called: `push`, `:time`, `tree"…"`."""
        forms = {"commands": f":{self.key}", "literals": f'{self.key}"…"'}
        return forms.get(self.what, self.key)

    @property
    def heading(self) -> str:
        """How it is typed: `push(stack, item)`, `:time expression`, `tree"…"`."""
        if self.what == "commands":
            return " ".join([self.name, *(str(p) for p in self.function.positional)])
        return self.name if self.what == "literals" else self.function.signature

    @property
    def told(self) -> str:
        """All about it, the prose filled where a window is narrow."""
        doc = "\n".join(f"    {line}".rstrip() for line in self.function.doc.splitlines())
        plugin = f"    from the plugin {self.function.plugin!r}"
        return f"{self.heading}\n{paragraphs(doc)}\n\n{plugin}"


def offered(plugins: Plugins) -> Iterator[Offered]:
    """Everything, functions first."""
    for what in ("functions", "commands", "literals"):
        for key, function in getattr(plugins, what).items():
            yield Offered(what, key, function)


def called(plugins: Plugins, name: str) -> list[Offered]:
    """What is called so; `tree` is a command and a literal."""
    return [one for one in offered(plugins) if name in (one.name, one.key)]
