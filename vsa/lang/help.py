"""What help says of a word or a sign."""

from __future__ import annotations

from collections.abc import Iterator

from vsa.errors import VsaError
from vsa.hooks.functions import Function, describe, operators
from vsa.hooks.listed import Offered, called, offered
from vsa.hooks.plugins import RESERVED
from vsa.lang.compare import COMPARISONS, EQUALITIES
from vsa.lang.operators import BINARY, NUMERIC, UNARY
from vsa.lang.show import summary
from vsa.lang.state import State
from vsa.lang.typed import Definition
from vsa.layout import aligned
from vsa.suggest import shown, suggest

LISTED = 10  # of the results that were printed last


def told(state: State, name: str) -> str:
    """All about what has a name, of the user or of a plugin, or about a sign; or VsaError."""
    if name in RESERVED:
        return RESERVED[name]
    if name in COMPARISONS:
        return _comparison(name)
    if name in {*BINARY, *UNARY, "."}:
        return _sign(state, name)
    said = [one.told for one in called(state.plugins, name)]
    if name not in state.plugins.functions and state.known(name):
        said.insert(0, _named(state, name))
    if not said:
        known = (*(one.name for one in offered(state.plugins)), *state.candidates())
        near = state.brought_by(name) or suggest(name, known) or "help() lists what there is"
        raise VsaError(f"help knows nothing called {shown(name)}; {near}")
    return "\n\n".join(said)


def _named(state: State, name: str) -> str:
    found = state.lookup(name)
    if name == "_" and not {name} & {*state.values, *state.definitions}:
        rows = [(number, summary(state, value)) for number, value in state.results.listed()]
        return aligned(rows[-LISTED:])
    if isinstance(found, Definition):
        return f"{found.signature}\n    {found.text}"
    if isinstance(found, Function):
        return Offered("functions", name, found).told
    return f"{name}: {summary(state, found)}"


def _comparison(sign: str) -> str:
    rows = [(f"a number {sign} a number", "→ true or false")]
    rows.append((f"a text {sign} a text", "→ true or false"))
    rows.append((f"an estimate {sign} a number", "by the number that it holds"))
    if sign in EQUALITIES:
        rows.append((f"an answer {sign} a vector", "whether it names this item; nil for nothing"))
        rows.append((f"an answer {sign} an answer", "whether they name the same item"))
        rows.append((f"a choice {sign} a vector", "the same of all that stands for a vector"))
    more = f"a {sign} b {sign} c asks both; a batch gives as many; vectors: similarity(a, b)"
    return "\n".join([aligned(rows), "", more])


def _sign(state: State, sign: str) -> str:
    if sign == ".":
        rows, meant = [('s.agt, slot(s, "agt")', "what fills a slot")], "slot"
    else:
        rows = [(form, f"→ {result}") for form, result in dict.fromkeys(_uses(state, sign))]
        symbol = BINARY.get(sign)
        meant = symbol.function if symbol is not None else "involution"
    function = state.plugins.functions.get(meant)
    more = [] if function is None else ["", f"?{meant} tells more: {function.summary}"]
    return "\n".join([aligned(rows), *more])


def _uses(state: State, sign: str) -> Iterator[tuple[str, str]]:
    """What a sign stands between or before, and what that gives."""
    for cls in state.plugins.types:
        if sign in UNARY:
            for _, result in operators(cls, UNARY[sign][0]):
                yield f"{sign}{describe((cls,))}", describe(result)
        for operand, result in operators(cls, BINARY[sign].method) if sign in BINARY else ():
            if operand is not None:
                yield f"{describe((cls,))} {sign} {describe(operand)}", describe(result)
    if sign in NUMERIC:
        yield f"a number {sign} a number", "a number"
    if sign == "-":
        yield "-a number", "a number"
