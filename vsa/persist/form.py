"""What the keeper writes to and the loader reads from: a database on disk, or a bundle in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from vsa.errors import VsaError

Arrays = list[np.ndarray[Any, Any]]
COLUMNS = ("names", "kinds", "own", "norms", "marks", "rows")  # of a segment
UNSOUND = (  # what it raises to make something of what is none
    VsaError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError,
    OverflowError,
)  # fmt: skip


class FileError(VsaError):
    """A file cannot be opened as it is. Its kinds are VsaErrors to users: that name is documented."""

    what: str

    def __init_subclass__(cls) -> None:
        cls.__module__, cls.__qualname__ = VsaError.__module__, VsaError.__qualname__

    def __reduce__(self) -> tuple[Any, ...]:  # its __qualname__ does not lead to the class
        return VsaError, self.args


class DamagedError(FileError):
    """What a file says cannot be."""

    def __init__(self, path: Path, what: str) -> None:
        self.what = what
        super().__init__(f"{path.name} is damaged: {what}; restore it from a copy")


class NotWholeError(FileError):
    """A copy lacks what belongs to it."""

    def __init__(self, name: str, beside: str, what: str) -> None:
        self.what = f"{beside}, which has {what}, is missing"
        mend = "copy both, or have :backup copy an open session"
        super().__init__(f"{name} is not whole: {self.what}: {mend}")


@contextmanager
def sound(path: Path) -> Iterator[None]:
    """Whatever is wrong with what a file says is one error that names the file."""
    try:
        yield
    except FileError:
        raise
    except VsaError as error:
        raise VsaError(f"{path.name} cannot be opened: {error}") from None
    except UNSOUND as error:
        said = isinstance(error, ValueError) and str(error)
        raise DamagedError(path, str(error) if said else "it is not sound") from None


def closed(name: str) -> VsaError:
    """What a file that was let go of answers."""
    return VsaError(f"{name} is closed: open it again to go on")


def read_only(name: str) -> VsaError:
    """What a change meets where only reading is allowed."""
    return VsaError(f"{name} is open for reading only")


def changes_of(scope: str) -> str:
    """The section of names that came to a scope, or left it, since its list was written.

    Their entries say whether they are in it, and have the number 0.
    """
    return f"members of {json.dumps(scope)}"  # a section is written without lone surrogates


class Form(Protocol):
    """Entries by section and name, with arrays; and segments, the rows of a memory.

    An entry has a state (JSON) and perhaps a number, by which many are removed at once. A segment
    has a start, a count and `COLUMNS`: names (JSON), kinds (a word of bits each), own (the kind
    of the name), norms, marks (signatures), and rows, or None where a mapped file has them.
    """

    path: Path
    writable: bool
    notes: list[str]  # what is to be said of it as it was found
    maps: bool  # whether many rows may go to a file of their own
    stays: bool  # whether it is there, to be asked, for as long as what was loaded from it

    def transaction(self) -> AbstractContextManager[None]:
        """All that is written inside is kept, or none of it."""

    def put(
        self, section: str, name: str, state: str, arrays: Arrays, number: int | None = None
    ) -> None:
        """Write an entry in the place of one of the same name."""

    def drop(self, section: str, name: str) -> None:
        """Remove an entry."""

    def drop_from(self, section: str, number: int) -> None:
        """Remove the entries whose number is `number` or more."""

    def numbered(self, section: str, number: int) -> list[str]:
        """The names of the entries whose number is `number` or more."""

    def put_segment(self, start: int, count: int, columns: dict[str, Any]) -> None:
        """Write rows of a memory."""

    def drop_segments(self, start: int) -> int:
        """Remove the segments that have rows from `start` on; where the first of them began."""

    def join_segments(self, start: int, stop: int, whole: int) -> None:
        """Make one of several that are small, now that one from `start` to `stop` was written.

        whole: the items that one may have.
        """

    def drop_rows(self) -> None:
        """Leave the rows out of all segments, for a mapped file has them."""

    def about(self) -> dict[str, Any]:
        """What the section "about" holds."""

    def entries(self, section: str) -> Iterator[tuple[str, int | None, str]]:
        """(name, number, state) of a section's entries, in the order of their making.

        DamagedError where one is not as it was written.
        """

    def found(self, section: str) -> Iterable[tuple[str, int | None, str | None]]:
        """The same, with None for the state of one that is not as it was written."""

    def text(self, section: str, name: str) -> str | None:
        """The state of one entry; None where it is not as it was written."""

    def outline(
        self, section: str, words: Sequence[str]
    ) -> tuple[list[str], dict[str, str | None]]:
        """The names of a section's entries, in the order of their making, and the states of some.

        Those that have one of these words, None for one that is not as it was written; others are not read.
        """

    def last(self, section: str) -> int:
        """The highest number of a section's entries; -1 where none has one."""

    def arrays(self, section: str, name: str) -> Arrays:
        """The arrays of an entry, as bytes; DamagedError where they are not as they were written."""

    def lifted(self, section: str, name: str) -> Any:
        """An entry and its arrays as they lie there, sound or not, for `laid`."""

    def laid(self, lifted: Any) -> None:
        """Write what `lifted` has given in the place of an entry of the same name."""

    def segments(self) -> Iterator[tuple[int, int, dict[str, Any]]]:
        """(start, count, columns) of the segments, in order."""

    def row_bytes(self) -> int:
        """How many bytes the rows of all segments take, which is no claim."""

    def extent(self) -> tuple[int, int] | None:
        """(count, bytes of their rows) of a segment that has rows."""

    def close(self) -> None:
        """Let go of it."""
