"""Numbers that are given, looked at before they are used."""

from __future__ import annotations

from typing import Any

from vsa import VsaError


def checked_size(name: str, value: Any, least: int = 1) -> None:
    """Refuse what is no whole number of at least `least`."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise VsaError(f"{name} must be a whole number of at least {least}, not {value!r}")
