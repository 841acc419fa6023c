"""Where the checker looks names up: a session, or what was bound when a `def` was made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from vsa.hooks.functions import Function
from vsa.lang.syntax import tree


class Scope(Protocol):
    """What the checker asks of a session."""

    def lookup(self, name: str) -> Any:
        """A Function, a Definition, a value; or raises KeyError."""

    def function(self, name: str) -> Function | None:
        """The function of a plugin, whatever the name stands for otherwise."""

    def use(self, name: str) -> None:
        """A function of a plugin is called by its name, which is its own from now on."""

    def candidates(self) -> Iterable[str]:
        """Every name, for suggestions."""

    def is_command(self, name: str) -> bool: ...

    def brought_by(self, name: str) -> str | None: ...

    def attributes(self, cls: type) -> Mapping[str, Any]:
        """What stands behind the dot of a value of this class."""

    def literal(self, tag: str) -> Function | None:
        """The function of a tagged literal."""

    def tags(self) -> Iterable[str]:
        """Every tag."""


class Bound:
    """The scope inside a `def`: its free names as they were at definition."""

    def __init__(self, free: dict[str, Any], outer: Scope) -> None:
        self.free = free
        self.outer = outer
        self.attributes = outer.attributes
        self.literal = outer.literal
        self.is_command = outer.is_command
        self.tags = outer.tags
        self.function = outer.function
        self.use = outer.use

    def lookup(self, name: str) -> Any:
        return self.free[name]

    def candidates(self) -> Iterable[str]:
        return self.free

    def brought_by(self, name: str) -> str | None:
        return None


def free_names(body: tree.Expr, spelled: Callable[[tree.Expr], tree.Expr]) -> Iterable[tree.Name]:
    """Every name that an expression mentions, left to right, `frame/1` as one."""
    pending: list[Any] = [body]
    while pending:
        node = spelled(pending.pop())
        if isinstance(node, tree.Name):
            yield node
        pending.extend(reversed(list(tree.children(node))))
