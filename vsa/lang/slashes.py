"""Names with slashes, as memory gives and prints them: `frame/1`, `b/old/1`, `type/dog`.

Written without blanks they read like divisions, and are ones where every part has a value of its
own. Otherwise, where memory has an item of that name, it is meant: nothing else can be. In quotes,
`'b/old/1'`, any name is meant whatever else there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from vsa.hooks.functions import Function
from vsa.lang.syntax import tree
from vsa.lang.syntax.errors import Span
from vsa.lang.typed import Definition

Lookup = Callable[[str], Any]  # what a name stands for, or KeyError
PARTS = 8  # of a name, at most
Rest = tuple[str, Span, tree.Expr]


def spelled(node: tree.Chain, lookup: Lookup) -> tree.Expr:
    """A run of operators with the names that parts of it spell; a name alone if it is one whole."""
    if not any(op == "/" for op, _, _ in node.rest):
        return node
    operands = list(_joined([("", node.span, node.first), *node.rest], lookup))
    first = operands[0][2]
    if len(operands) == 1:
        return first
    return tree.Chain(first, tuple(operands[1:]), node.span)


def _joined(operands: list[Rest], lookup: Lookup) -> Iterator[Rest]:
    at = 0
    while at < len(operands):
        op, span, operand = operands[at]
        name, parts = _name(operands, at, lookup)
        yield op, span, operand if name is None else name
        at += parts


def _name(operands: list[Rest], at: int, lookup: Lookup) -> tuple[tree.Name | None, int]:
    """The longest name that begins at an operand, and of how many operands it consists."""
    first = operands[at][2]
    if not isinstance(first, tree.Name):
        return None, 1
    words, found, end, valued = [first.text], None, first.span.end, _has_value(first, lookup)
    for number, (op, span, part) in enumerate(operands[at + 1 : at + PARTS], 2):
        touches = span.start == end and part.span.start == span.end
        if op != "/" or not touches or not isinstance(part, (tree.Name, tree.Number)):
            break
        word = part.text if isinstance(part, tree.Name) else f"{part.value:.15g}"
        words.append(word)
        end = part.span.end
        valued = valued and (isinstance(part, tree.Number) or _has_value(part, lookup))
        text = "/".join(words)
        if not valued and len(text) == end - first.span.start and _known(text, lookup):
            found = tree.Name(text, Span(first.span.start, end)), number
    return found or (None, 1)


def _known(name: str, lookup: Lookup) -> bool:
    try:
        lookup(name)
    except KeyError:
        return False
    return True


def _has_value(name: tree.Name, lookup: Lookup) -> bool:
    try:
        return not isinstance(lookup(name.text), (Function, Definition))
    except KeyError:
        return False
