"""What a class of values may offer to the language, to files and to those who look at it.

Every part is optional. `vsa_types` registers a class, and names a part that is misspelt. The
operators of a class are its annotated dunder methods.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

import numpy as np

from vsa.algebra.vector import Vector
from vsa.errors import VsaError
from vsa.suggest import suggest
from vsa.table import Table

if TYPE_CHECKING:
    from vsa.pictures import Picture


class Codebook(Protocol):
    """What the members of a set are of: it says how one is printed."""

    def label(self, member: Any) -> str:
        """The name under which a member is shown."""


class Value(Protocol):
    """The parts that a class may offer, none of which it must."""

    vsa_name: ClassVar[
        str
    ]  # what messages call one: "relation"; else the class's name in lower case

    # --- how it is shown -----------------------------------------------------------------------
    def vsa_text(self) -> str:
        """What is printed; else str(value)."""

    def vsa_table(self) -> Table:
        """Itself as a table: what a notebook shows, and `to_frame` of who inherits Tabular."""

    def vsa_html(self) -> str:
        """What a notebook shows; else its table, or the text."""

    def vsa_json(self) -> Any:
        """Lists, dictionaries, texts and numbers, for `vsa --json`; else the text."""

    def vsa_picture(self) -> Picture:
        """What `:plot` and `:picture` draw, a description of `vsa.pictures`; else its bars."""

    def vsa_bars(self) -> Sequence[tuple[str, float]]:
        """The same where it is bars, a labelled number each; else the similarities of its vector."""

    # --- where it may stand --------------------------------------------------------------------
    def vsa_vector(self) -> Vector:
        """The vector it stands for where one is wanted: in operators, arguments, `why`, `:plot`."""

    def vsa_number(self) -> float | np.ndarray[Any, Any]:
        """The number it holds, of a batch an array: what `==`, `<` and the others compare."""

    def vsa_member(self) -> tuple[Codebook, Hashable]:
        """What a set `{a, b}` holds of it: the codebook, and what identifies it there."""

    def vsa_attribute(self, name: str) -> Any:
        """What `value.name` is; VsaError where there is no such attribute."""

    def vsa_item(self, name: str) -> Any:
        """What the name of an item stands for, whose kind is the name that this value has."""

    # --- what Tab offers -----------------------------------------------------------------------
    def vsa_attributes(self) -> Iterable[str]:
        """The names that may follow `value.`."""

    @classmethod
    def vsa_complete(cls, text: str) -> Iterable[str]:
        """What may follow the beginning of a text in a literal that makes one: `tree"(very go`.

        Whole words that take the place of the last one.
        """

    # --- how it is kept ------------------------------------------------------------------------
    def vsa_state(self) -> Any:
        """Itself as values that are kept; a dataclass of such values needs neither of these two."""

    @classmethod
    def vsa_restored(cls, state: Any) -> Self:
        """One made of what `vsa_state` gave, perhaps by an older version of the class."""


PARTS = frozenset(n for n in {*vars(Value), *Value.__annotations__} if n.startswith("vsa_"))


def check_class(cls: type) -> None:
    """VsaError for a class that offers a part there is not, or half of a pair."""
    if not isinstance(cls, type):
        raise VsaError(f"{cls!r} is not a class")
    offered = {name for name in dir(cls) if name.startswith("vsa_")}
    for name in sorted(offered - PARTS):
        near = suggest(name, PARTS) or f"there are {', '.join(sorted(PARTS))}"
        raise VsaError(
            f"the class {cls.__name__!r} offers {name!r}, which nothing asks for; {near}"
        )
    for pair in (("vsa_state", "vsa_restored"), ("vsa_attribute", "vsa_attributes")):
        if len(offered.intersection(pair)) == 1:
            (given,) = offered.intersection(pair)
            (lacking,) = set(pair) - {given}
            raise VsaError(f"the class {cls.__name__!r} offers {given!r} but not {lacking!r}")
