"""Annotated Python function → Function: what the language knows of it.

Name, arity, types, keyword arguments, help, completion and the examples that run as tests all come
from the signature and the docstring; nothing is said twice.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import numpy as np

from vsa.algebra.vector import Vector
from vsa.annotations import Hidden, Kind, Names, Service, Within
from vsa.arguments import as_whole, checked_number, checked_whole
from vsa.errors import VsaError
from vsa.hooks.faults import FAULTS
from vsa.memory.answer import Answer, Answers
from vsa.record import Record

T = TypeVar("T")

NAMES: dict[type, str] = {
    Vector: "a vector", Answer: "an answer", Answers: "an answer", float: "a number",
    int: "a whole number", bool: "true or false", str: "a text", type(None): "nothing", object: "a value",
    np.ndarray: "an array",
}  # fmt: skip
NUMBERS = {int, float, bool}


class Parameter(Record):
    """One parameter as the language sees it; `many` marks *args and **kwargs.

    python: its name there, `as_` where the language says `as`.
    """

    name: str
    types: tuple[type, ...]
    keyword: bool = False
    many: bool = False
    required: bool = True
    default: Any = None
    within: Within | None = None
    names: Names | None = None  # what a text is the name of
    python: str = ""

    @property
    def keyworded(self) -> bool:
        """Whether it is `**slots`, whose names are the caller's to choose."""
        return self.keyword and self.many

    def fit(self, value: Any) -> Any:
        """A value as this parameter wants it; VsaError where it does not fit or is out of bounds."""
        return in_bounds(self.name, fit(value, self.types), self.within)

    def __str__(self) -> str:
        if self.many:
            return f"{self.name}=…, …" if self.keyword else f"{self.name}, …"
        if self.required:
            return self.name
        if self.default is None:
            return f"{self.name}=…"
        if isinstance(self.default, bool):
            return f"{self.name}={str(self.default).lower()}"
        if isinstance(self.default, str):
            return f'{self.name}="{self.default}"'
        return f"{self.name}={self.default}"


class Function(Record):
    """A Python function that the language can call."""

    name: str
    call: Callable[..., Any]
    parameters: tuple[Parameter, ...]
    returns: tuple[type, ...]
    plugin: str
    kind: Kind | None = None  # results are remembered under it
    injected: Mapping[str, type] = MappingProxyType({})
    doc: str = ""

    @property
    def positional(self) -> tuple[Parameter, ...]:
        """The parameters that may be given by position."""
        return tuple(p for p in self.parameters if not p.keyword)

    @property
    def signature(self) -> str:
        """`push(stack, item)`."""
        return f"{self.name}({', '.join(str(p) for p in self.parameters)})"

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return self.doc.split("\n", 1)[0]

    def __str__(self) -> str:
        return f"{self.signature}    # {self.summary}"

    @property
    def examples(self) -> list[tuple[str, str]]:
        """(input, output) of the docstring's `>` lines; `…` there stands for what is not shown."""
        found: list[tuple[list[str], list[str]]] = []
        fresh = True
        for line in map(str.strip, self.doc.splitlines()):
            if line.startswith("> "):
                if found and not fresh and not found[-1][1]:  # what goes before shows nothing
                    found[-1][0].append(line[2:])
                else:
                    found.append(([line[2:]], []))
                fresh = False
            elif not line:
                fresh = True
            elif not fresh:
                found[-1][1].append(line)
        return [("\n".join(code), "\n".join(out)) for code, out in found]

    def parameter(self, name: str) -> Parameter | None:
        """The parameter that a keyword argument of this name goes to."""
        for p in self.parameters:
            if p.name == name and not p.many:
                return p
        return next((p for p in self.parameters if p.keyword and p.many), None)


def from_python(call: Callable[..., Any], plugin: str) -> Function:
    """Read a function's annotations; an error names the plugin, the function and the parameter."""
    name = getattr(call, "__name__", repr(call))
    where = f"plugin {plugin!r}: function {name!r}"
    if not callable(call) or not name.isidentifier():
        raise VsaError(f"plugin {plugin!r} offers {call!r}, which is not a function with a name")
    try:
        hints = get_type_hints(call, include_extras=True)
    except FAULTS as error:
        raise VsaError(f"{where} has an annotation that cannot be read: {error}") from error
    parameters: list[Parameter] = []
    injected: dict[str, type] = {}
    for p in inspect.signature(call).parameters.values():
        if p.name not in hints:
            raise VsaError(f"{where}: parameter {p.name!r} has no annotation")
        if Hidden in getattr(hints[p.name], "__metadata__", ()):
            continue
        accepted = classes_of(hints[p.name], f"{where}: parameter {p.name!r}")
        service = next((t for t in accepted if issubclass(t, Service)), None)
        if service is not None and p.kind is p.KEYWORD_ONLY:
            injected[p.name] = service
            continue
        required = p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        parameters.append(
            Parameter(
                name=p.name.rstrip("_") or p.name,
                types=accepted,
                keyword=p.kind in (p.KEYWORD_ONLY, p.VAR_KEYWORD),
                many=p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD),
                required=required,
                default=None if p.default is p.empty else p.default,
                within=bounds_of(hints[p.name]),
                names=stated(hints[p.name], Names),
                python=p.name,
            )
        )
    if "return" not in hints:
        raise VsaError(f"{where} has no return annotation")
    returns = hints["return"]
    kind = next((m for m in getattr(returns, "__metadata__", ()) if isinstance(m, Kind)), None)
    doc = inspect.getdoc(call)
    if not doc:
        raise VsaError(f"{where} has no docstring, so there would be no help for it")
    return Function(
        name=name.rstrip("_"),
        call=call,
        parameters=tuple(parameters),
        returns=classes_of(returns, f"{where}: return value"),
        plugin=plugin,
        kind=kind,
        injected=injected,
        doc=doc,
    )


def bounds_of(annotation: Any) -> Within | None:
    """The bounds that an annotation states, or a part of it: `Annotated[int, Within(1)] | None`."""
    return stated(annotation, Within)


def stated(annotation: Any, what: type[T]) -> T | None:
    """What of a class an annotation, or a part of it, states beside classes; None if it does not."""
    found = [m for m in getattr(annotation, "__metadata__", ()) if isinstance(m, what)]
    parts = () if get_origin(annotation) is Annotated else get_args(annotation)
    nested = (stated(part, what) for part in parts)
    return next((m for m in (*found, *nested) if m is not None), None)


def in_bounds(name: str, value: Any, within: Within | None) -> Any:
    """The value; VsaError that says the bounds for a number outside them."""
    if within is None or isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    if isinstance(value, float):
        return checked_number(name, value, within.least, within.most)
    least, most = (None if end is None else int(end) for end in (within.least, within.most))
    return checked_whole(name, value, least, most)


def classes_of(annotation: Any, where: str) -> tuple[type, ...]:
    """The classes that an annotation accepts: X, X | Y, Annotated[X, …], list[X]; Any is object."""
    if get_origin(annotation) is Annotated:
        return classes_of(get_args(annotation)[0], where)
    if isinstance(annotation, types.UnionType) or get_origin(annotation) is typing.Union:
        return tuple(t for part in get_args(annotation) for t in classes_of(part, where))
    if annotation is Any:
        return (object,)
    if annotation is None:
        return (type(None),)
    origin = get_origin(annotation) or annotation
    if not isinstance(origin, type):
        raise VsaError(f"{where} is annotated {annotation!r}, which is not a class")
    return (origin,)


def operators(cls: type, method: str) -> list[tuple[tuple[type, ...] | None, tuple[type, ...]]]:
    """(accepted operand, result) of each overload of an operator method; operand None if unary."""
    function = getattr(cls, method, None)
    if function is None or not hasattr(function, "__annotations__"):
        return []
    found = []
    for overload in typing.get_overloads(function) or [function]:
        try:
            hints = get_type_hints(overload, include_extras=True)
        except FAULTS as error:
            raise VsaError(
                f"{cls.__name__}.{method} has an unreadable annotation: {error}"
            ) from error
        where = f"{cls.__name__}.{method}"
        result = classes_of(hints.pop("return", Any), where)
        if any(Hidden in getattr(hint, "__metadata__", ()) for hint in hints.values()):
            continue  # for Python alone
        operand = classes_of(next(iter(hints.values())), where) if hints else None
        found.append((operand, result))
    return found


def returned(cls: type, method: str) -> tuple[type, ...]:
    """The classes that a method says it returns; object if it does not say."""
    hints = get_type_hints(getattr(cls, method))
    return classes_of(hints.get("return", Any), f"{cls.__name__}.{method}")


# --- fitting values to parameters: the one place where conversions happen --------------------------
def fits(actual: type, wanted: tuple[type, ...]) -> bool:
    """Whether a value of this class may be given where `wanted` is asked, as far as classes tell."""
    if object in wanted or actual is object or issubclass(actual, wanted):
        return True
    if hasattr(actual, "vsa_vector"):
        return Vector in wanted
    return actual in NUMBERS and not NUMBERS.isdisjoint(wanted)


def fit(value: Any, wanted: tuple[type, ...]) -> Any:
    """The value as one of the wanted classes: the vector it stands for, 3.0 as 3; or VsaError."""
    if object in wanted or (isinstance(value, wanted) and not isinstance(value, bool)):
        return value
    if hasattr(value, "vsa_vector") and Vector in wanted:
        return value.vsa_vector()
    if isinstance(value, (int, float)) and abs(value) < 2**63:
        if bool in wanted and value in (0, 1):
            return bool(value)
        if float in wanted:
            return float(value)
        if int in wanted and (whole := as_whole(value)) is not None:
            return whole
    raise VsaError(f"{describe(wanted)} is wanted here, not {describe((type(value),), value)}")


def describe(wanted: tuple[type, ...], value: Any = None) -> str:
    """Classes in the words of the language: "a vector or a set"."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:g}" if abs(value) < 2**63 else "a number so large"
    words = []
    for cls in wanted:
        name = getattr(cls, "vsa_name", cls.__name__.lower())
        article = "an" if name[0] in "aeiou" else "a"
        words.append(NAMES.get(cls, f"{article} {name}"))
    return " or ".join(dict.fromkeys(w for w in words if w != "nothing" or len(words) == 1))
