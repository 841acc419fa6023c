"""What can be typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

FUNCTIONS: list[Callable[..., Any]] = []
