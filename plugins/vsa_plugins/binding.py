"""Variable binding: an environment a ⊛ x + b ⊛ y in which variables are vectors (Plate 1995)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from vsa import Answer, Memory, Vector, VsaError, by_rows, hookimpl
from vsa.plugin import (
    bound_to,
    bound_with,
    checked,
    is_empty,
    load_by_norm,
    terms_of,
    warn_past_capacity,
    without_residue,
)


@checked
def assign(environment: Vector, variable: Vector, value: Vector, *, memory: Memory) -> Vector:
    """The environment with a variable bound to a value; what it was bound to is taken out.

    > value(assign(assign(nil, x, mark), x, fish), x)
    fish  …
    """
    if is_empty(environment).all():
        return by_rows(lambda e, x, v: e + v * x, environment, variable, value)
    old = _value(environment, variable, memory=memory)
    if not old.shape and old.is_nothing:
        return environment + value * variable
    return by_rows(lambda e, x, o, v: e - o * x + v * x, environment, variable, old, value)


@checked
def unassign(environment: Vector, variable: Vector, *, memory: Memory) -> Vector:
    """The environment without a variable's binding; unchanged if it has none.

    > value(unassign(mark * x + fish * y, y), x)
    mark  …
    """
    old = value(environment, variable, memory=memory)
    if not old.shape and old.is_nothing:
        return environment
    return by_rows(lambda e, x, v: e - v * x, environment, variable, old)


@checked
def value(environment: Vector, variable: Vector, *, memory: Memory) -> Answer:
    """What a variable is bound to.

    > value(mark * x + fish * y, y)
    fish  …
    """
    answer = bound_with(memory, without_residue(environment), variable, load=load_by_norm)
    load = terms_of(environment)
    warn_past_capacity(
        f"an environment of about {round(load)} bindings", [load], environment.space, answer.items,
        pairs=True,
    )  # fmt: skip
    return answer


_value = value  # `value` is a parameter of assign


@checked
def variable_of(environment: Vector, value: Vector, *, memory: Memory) -> Answer:
    """Which variable is bound to a value.

    > variable_of(mark * x + fish * y, fish)
    y  …
    """
    if not environment.shape and is_empty(environment):
        raise VsaError("the environment is empty")
    return bound_to(memory, environment, value, load=load_by_norm)


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """assign, unassign, value, variable_of."""
    return [assign, unassign, value, variable_of]
