"""Text to tree, and what an editor asks about a text that is being typed."""

from vsa.lang.syntax.parse import (
    expected,
    is_open,
    parse,
    parse_expression,
    partial,
    tokens,
)

__all__ = ["expected", "is_open", "parse", "parse_expression", "partial", "tokens"]
