"""What a plugin's code raises by mistake is an error that names the plugin, and the session goes on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from vsa.errors import Quit, VsaError

FAULTS = (Exception, SystemExit)  # not Ctrl-C; a plugin that exits would take the session with it
PASSING = (VsaError, Quit, MemoryError)  # raised on purpose, or nobody's fault


@contextmanager
def blamed(what: str, plugin: str) -> Iterator[None]:
    """What is raised inside by mistake becomes "vsa_text of plugin 'pairs' failed: …"."""
    try:
        yield
    except PASSING:
        raise
    except FAULTS as error:
        raise VsaError(fault(what, plugin, error)) from error


def fault(what: str, plugin: str, error: BaseException) -> str:
    """An error of a plugin in one line; without its name where no plugin is known to be at fault."""
    of = f" of plugin {plugin!r}" if plugin else ""
    return f"{what}{of} failed: {reason(error)}"


def reason(error: BaseException) -> str:
    """An error in one line: what was raised on purpose as it is, a defect with its place."""
    try:
        text = " ".join(str(error).split()) or "no message"
    except FAULTS:  # its own __str__ fails
        text = "no message"
    if isinstance(error, VsaError):
        return text
    return f"{type(error).__name__}: {text}{place(error)}"


def place(error: BaseException) -> str:
    """Where an error was raised, " (file:line)": the last place that is no library's.

    That of a syntax error is where the text is wrong.
    """
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({os.path.basename(error.filename)}:{error.lineno})"
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if not f.filename.startswith(_libraries()) and f.filename[:1] != "<"]
    return f" ({os.path.basename(own[-1].filename)}:{own[-1].lineno})" if own else ""


@cache
def _libraries() -> tuple[str, ...]:
    import sysconfig

    return sysconfig.get_path("stdlib"), os.path.dirname(os.path.dirname(__file__))
