"""How much a text may hold: what is more gets an error, and none of it takes a second."""

from vsa.lang.syntax.errors import LanguageError, Span
from vsa.lang.syntax.lexer import Token

DEPTH = 200  # levels of brackets, and of nodes
# A node being read holds at most seven symbols (the last keyword of a call), a bracket one.
SYMBOLS = DEPTH * 8 + 20
LENGTH = 60_000  # tokens in one statement: about half a second
LONGEST = 100_000  # characters of a text in which words are completed: about .3 s


def too_deep(at: int) -> LanguageError:
    """The error of what is nested too deep."""
    return LanguageError(
        f"nested more than {DEPTH} levels deep",
        Span(at, at + 1),
        hint="give a part of it a name and use the name",
    )


def too_long(token: Token) -> LanguageError:
    """The error of a statement that is too long."""
    return LanguageError(
        f"a statement of more than {LENGTH:,} words and signs",
        Span(token.start, token.end),
        hint="cut it into several statements",
    )
