"""What a function's annotations may say beside classes, for the language that reads them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from vsa.errors import ArgumentTypeError, ArgumentValueError
from vsa.record import Record


class Kind(Record):
    """What sort of thing an item of memory is.

    In `-> Annotated[Vector, Kind("frame")]` a session remembers the result under this kind. An item
    can stand wherever a structure has a place for something; what is internal to a structure (its
    slots, the chunks that it makes on the way) is found by that structure alone.
    """

    __module__ = "vsa"

    name: str
    internal: bool = False

    def __post_init__(self) -> None:
        for field, value, wanted in (("name", self.name, str), ("internal", self.internal, bool)):
            if not isinstance(value, wanted):
                text = "a text" if wanted is str else "True or False"
                raise ArgumentTypeError(
                    f"the {field} of a kind must be {text}, not {type(value).__name__}"
                )


VALUE = "value"  # the kind of what is remembered without one of its own
NAMED = ("file", "vocabulary", "kind", "slot")  # what a text may be the name of


class Hidden:
    """In `Annotated[Vector | None, Hidden]`: a keyword of Python that the language does not show."""


class Within(Record):
    """In `Annotated[int, Within(1, 10_000)]`: the bounds of a number, which an error says.

    A count without an upper bound is a statement that never ends.
    """

    least: float | None = None
    most: float | None = None


class Names(Record):
    """In `Annotated[str, Names("file", ".csv")]`: what a text names, for Tab to offer it.

    what: "file", "vocabulary", "kind" or "slot"; as the name of an argument, `**slots`, "slot" too.
    suffixes: of the files that are meant, in small letters; others may be given all the same.
    """

    what: str
    suffixes: tuple[str, ...]

    def __init__(self, what: str, *suffixes: str) -> None:
        if what not in NAMED:
            raise ArgumentValueError(
                f"what is named must be one of {', '.join(NAMED)}, not {what!r}"
            )
        super().__init__(what, suffixes)


class Service:
    """Base of what a session supplies to functions that ask for it.

    A keyword-only parameter annotated with a subclass (Memory, Session) is filled in by the
    session, and the language does not show it.
    """

    __slots__ = ()


class Expression(ABC):
    """Base of what a parameter annotated `Expression` receives: an argument left unevaluated."""

    __module__ = "vsa"

    text: str

    @property
    def name(self) -> str | None:
        """The name that the expression consists of, if it is one."""
        return None

    @property
    def types(self) -> tuple[type, ...]:
        """The classes that its value may have, as far as they are known without evaluating it."""
        return (object,)

    @abstractmethod
    def evaluate(self) -> Any:
        """The value of the expression in its session."""
