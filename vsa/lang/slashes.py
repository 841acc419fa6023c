"""Names with slashes, as memory gives and prints them: `frame/1`, `b/old/1`, `frame/1.agt`.

Written without blanks they read like divisions, and are ones where every part has a value of its
own. Otherwise, where memory has an item of that name, it is meant: nothing else can be. Signs before
it and what follows it are then the whole name's: `-frame/1`, `frame/1.agt`, `frame/1^2`. In quotes,
`'b/old/1'`, any name is meant whatever else there is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from vsa.hooks.functions import Function
from vsa.lang.syntax import tree
from vsa.lang.syntax.errors import Span
from vsa.lang.typed import Definition
from vsa.suggest import shown

Lookup = Callable[[str], Any]  # what a name stands for, or KeyError
PARTS = 8  # of a name, at most
BEFORE = re.compile(r"[^\W\d]\w*(?:/\w+)*/\Z")  # a number that ends a name
AFTER = re.compile(r"(?:/\w+)+")  # a word that begins one
Rest = tuple[str, Span, tree.Expr]
Around = dict[type, str]
SIGNS: Around = {tree.Unary: "operand"}  # before the first part of a name
# behind the last
POSTFIXES: Around = {tree.Dot: "value", tree.Call: "function", tree.Power: "base"}


def spelled(node: tree.Chain, lookup: Lookup) -> tree.Expr:
    """A run of operators with the names that parts of it spell; a name alone if it is one whole."""
    if not any(op == "/" for op, _, _ in node.rest):
        return node
    operands = list(_joined([("", node.span, node.first), *node.rest], lookup))
    first = operands[0][2]
    if len(operands) == 1:
        return first
    return tree.Chain(first, tuple(operands[1:]), node.span)


def unmet(name: tree.Name, text: str) -> str | None:
    """That memory has no item of the name which goes on with slashes behind a function's in a text."""
    rest = AFTER.match(text, name.span.end)
    return None if rest is None else f"memory has no {shown(name.text + rest[0])}"


def slot_of_number(node: tree.Dot, text: str, lookup: Lookup) -> tuple[str, str]:
    """What is wrong with a slot of a number in a text, and what may be meant."""
    digits = text[slice(*node.value.span)]
    before = BEFORE.search(text, 0, node.value.span.start)
    hint = f"write {digits} * {node.name.text} to scale"
    if before is not None:
        name = before[0] + digits
        hint = f"memory has no {shown(name)}"
        if _known(name, lookup):
            hint = f"{before[0][:-1]} has a value and is divided: the item is '{name}'.{node.name.text}"
    return f"a number has no slots, and {shown(digits)} is one", hint


def _joined(operands: list[Rest], lookup: Lookup) -> Iterator[Rest]:
    at = 0
    while at < len(operands):
        op, span, operand = operands[at]
        spelt, parts = _spelt(operands, at, lookup)
        yield op, span, operand if spelt is None else spelt
        at += parts


def _spelt(operands: list[Rest], at: int, lookup: Lookup) -> tuple[tree.Expr | None, int]:
    """What begins with the longest name that begins at an operand, and how many of them it takes."""
    signed = operands[at][2]
    first = _innermost(signed, SIGNS)
    if not isinstance(first, tree.Name):
        return None, 1
    words, found, end, valued = [first.text], None, first.span.end, _has_value(first, lookup)
    for number, (op, span, operand) in enumerate(operands[at + 1 : at + PARTS], 2):
        part = _innermost(operand, POSTFIXES)
        touches = span.start == end and part.span.start == span.end
        if op != "/" or not touches or not isinstance(part, (tree.Name, tree.Number)):
            break
        word = part.text if isinstance(part, tree.Name) else f"{part.value:.15g}"
        words.append(word)
        end = part.span.end
        valued = valued and (isinstance(part, tree.Number) or _has_value(part, lookup))
        text = "/".join(words)
        if not valued and len(text) == end - first.span.start and _known(text, lookup):
            name = tree.Name(text, Span(first.span.start, end))
            found = _put(signed, SIGNS, _put(operand, POSTFIXES, name)), number
        if operand is not part:
            break
    return found or (None, 1)


def _innermost(node: tree.Expr, around: Around) -> tree.Expr:
    """What stands in an operand behind its signs, or before all that follows it."""
    while type(node) in around:
        node = getattr(node, around[type(node)])
    return node


def _put(node: tree.Expr, around: Around, inner: tree.Expr) -> tree.Expr:
    """An operand with something else in the place of its innermost."""
    if type(node) not in around:
        return inner
    field = around[type(node)]
    inner = _put(getattr(node, field), around, inner)
    span = Span(min(node.span.start, inner.span.start), max(node.span.end, inner.span.end))
    return node.changed(**{field: inner, "span": span})


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
