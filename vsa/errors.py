"""What the library raises and warns on purpose."""

from typing import Any


class VsaError(Exception):
    """An error raised on purpose: one line that names the culprit and the mend."""

    __module__ = "vsa"


class ArgumentError(VsaError):
    """What a caller gave is refused: the message names the argument, what was given, what would do.

    Its kinds are what Python raises for such a thing too, so that `except ValueError` works. A
    traceback calls each of them VsaError, the one name that is documented.
    """

    def __init_subclass__(cls) -> None:
        cls.__module__, cls.__qualname__ = VsaError.__module__, VsaError.__qualname__

    def __reduce__(self) -> tuple[Any, ...]:  # its __qualname__ does not lead to the class
        return _raised_again, (type(self).__name__, self.args)


class ArgumentTypeError(ArgumentError, TypeError):
    """An argument of a type that has no meaning there."""


class ArgumentValueError(ArgumentError, ValueError):
    """An argument of a type that is taken, but out of its range, or of another space."""


class ArgumentIndexError(ArgumentError, IndexError):
    """A place that is not there: a row, an axis, an index of a batch."""


class UnknownNameError(ArgumentError, KeyError):
    """A name that nothing is called by."""

    __str__ = Exception.__str__  # KeyError's puts the message in quotation marks


def _raised_again(kind: str, args: tuple[Any, ...]) -> ArgumentError:
    error: ArgumentError = globals()[kind](*args)
    return error


class Note(UserWarning):
    """Said beside a result, which it does not change."""


class SaveWarning(Note):
    """A value is not kept in the session's file; the message says which, and why."""


class CapacityWarning(Note):
    """A structure holds more than its dimension can carry; the message names one that would do."""

    __module__ = "vsa"


class Quit(Exception):  # noqa: N818  # not an error: `:quit` was typed
    """Raised by `:quit`; whoever drives the session ends it."""
