"""Functions that look at their arguments before they run, by their annotations.

The language fits arguments before it calls (`functions.fit`). Called from Python a function of a
structure would fail somewhere inside, or not at all, where a number stands for a vector; `checked`
says which argument is wrong before anything is changed.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast, get_type_hints

import numpy as np

from vsa.algebra.vector import Vector, as_vector
from vsa.annotations import Within
from vsa.arguments import checked_number, checked_whole, in_python, refused
from vsa.hooks.functions import bounds_of, classes_of, describe, in_bounds
from vsa.memory.answer import Answer
from vsa.memory.base import Readable

F = TypeVar("F", bound=Callable[..., Any])


class _Parameter(NamedTuple):
    """What may be given: `exact` are the classes whose values need no second look."""

    name: str
    classes: tuple[type, ...]
    exact: frozenset[type]
    within: Within | None = None


class _Plan(NamedTuple):
    """The parameters of a function; `rest` and `others` are those of *args and **kwargs."""

    positional: tuple[_Parameter, ...]
    named: dict[str, _Parameter]
    rest: _Parameter | None
    others: _Parameter | None


def checked(function: F) -> F:
    """The function, with its arguments fitted to its annotations as the language does it.

    An Answer becomes its winner, numbers of NumPy become Python's, 3.0 a whole number; for what
    does not fit an error names the parameter. For functions that take some 10 µs: it costs half a
    microsecond.
    """
    plan: _Plan | None = None

    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        nonlocal plan
        if plan is None:  # not before: annotations may name what is loaded later
            plan = _plan(function)
        for value, parameter in zip(args, plan.positional, strict=False):
            if value.__class__ not in parameter.exact:
                args = _fitted_all(args, plan)
                break
        else:
            if plan.rest is not None:
                exact = plan.rest.exact
                for value in args[len(plan.positional) :]:
                    if value.__class__ not in exact:
                        args = _fitted_all(args, plan)
                        break
        for name, value in options.items():
            wanted = plan.named.get(name, plan.others)
            if wanted is not None and value.__class__ not in wanted.exact:
                options[name] = _fitted(name, value, wanted)
        return function(*args, **options)

    return cast(F, call)


def _fitted_all(args: tuple[Any, ...], plan: _Plan) -> tuple[Any, ...]:
    """The positional arguments; those that have no parameter are Python's to refuse."""
    fixed, found = len(plan.positional), []
    for i, value in enumerate(args):
        wanted = plan.positional[i] if i < fixed else plan.rest
        if wanted is None or value.__class__ in wanted.exact:
            found.append(value)
        else:
            name = wanted.name if i < fixed else f"number {i - fixed + 1} of the {wanted.name}"
            found.append(_fitted(name, value, wanted))
    return tuple(found)


def _fitted(name: str, value: Any, wanted: _Parameter) -> Any:
    """The value as one of the classes, in its bounds, or an error that names the parameter."""
    return in_bounds(name, _converted(name, value, wanted.classes), wanted.within)


def _converted(name: str, value: Any, classes: tuple[type, ...]) -> Any:
    truth = isinstance(value, (bool, np.bool_))
    if object in classes or (isinstance(value, classes) and (not truth or bool in classes)):
        return value
    if isinstance(value, Answer) and Vector in classes:
        return as_vector(value, name)
    if isinstance(value, Readable) and any(issubclass(cls, Readable) for cls in classes):
        return value  # a memory of another kind can be asked the same
    if truth and bool in classes:
        return bool(value)
    number = None if truth else in_python(value)
    if isinstance(number, (int, float)):
        if float in classes:
            return checked_number(name, number)
        if int in classes:
            return checked_whole(name, number)
    raise refused(name, describe(classes), value)


def _plan(function: Callable[..., Any]) -> _Plan:
    hints = get_type_hints(function, include_extras=True)
    positional: list[_Parameter] = []
    named: dict[str, _Parameter] = {}
    rest = others = None
    for p in inspect.signature(function).parameters.values():
        hint = hints.get(p.name, object)
        classes, within = classes_of(hint, p.name), bounds_of(hint)
        exact = frozenset(cls for cls in classes if cls is not object)
        if within is not None:  # a number has to be looked at, whatever its class
            exact -= {int, float}
        parameter = _Parameter(p.name, classes, exact, within)
        if p.kind is p.VAR_POSITIONAL:
            rest = parameter
        elif p.kind is p.VAR_KEYWORD:
            others = parameter
        else:
            named[p.name] = parameter
            if p.kind is not p.KEYWORD_ONLY:
                positional.append(parameter)
    return _Plan(tuple(positional), named, rest, others)
