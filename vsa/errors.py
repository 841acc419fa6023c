"""What the library raises and warns on purpose."""


class VsaError(Exception):
    """An error raised on purpose: one line that names the culprit and the mend."""


class Note(UserWarning):
    """Said beside a result, which it does not change."""


class SaveWarning(Note):
    """A value is not kept in the session's file; the message says which, and why."""


class CapacityWarning(Note):
    """A structure holds more than its dimension can carry; the message names one that would do."""


class Quit(Exception):  # noqa: N818  # not an error: `:quit` was typed
    """Raised by `:quit`; whoever drives the session ends it."""
