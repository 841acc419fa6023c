"""What the library raises and warns on purpose."""


class VsaError(Exception):
    """An error raised on purpose: one line that names the culprit and the mend."""

    __module__ = "vsa"


# What a caller gave is refused as Python refuses it too, so that `except ValueError` works: by a
# class that is both. The message names the argument, what was given and what would do.
class ArgumentTypeError(VsaError, TypeError):
    """An argument of a type that has no meaning there."""


class ArgumentValueError(VsaError, ValueError):
    """An argument of a type that is taken, but out of its range, or of another space."""


class ArgumentIndexError(VsaError, IndexError):
    """A place that is not there: a row, an axis, an index of a batch."""


class UnknownNameError(VsaError, KeyError):
    """A name that nothing is called by."""

    __str__ = Exception.__str__  # KeyError's puts the message in quotation marks


class Note(UserWarning):
    """Said beside a result, which it does not change."""


class SaveWarning(Note):
    """A value is not kept in the session's file; the message says which, and why."""


class CapacityWarning(Note):
    """A structure holds more than its dimension can carry; the message names one that would do."""

    __module__ = "vsa"


class Quit(Exception):  # noqa: N818  # not an error: `:quit` was typed
    """Raised by `:quit`; whoever drives the session ends it."""
