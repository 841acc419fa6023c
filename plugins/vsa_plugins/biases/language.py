"""What can be typed: rules, found from examples and applied to other symbols."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import numpy as np

import vsa
from vsa import Expression, Memory, Rule, Set, Vector, VsaError
from vsa.plugin import Within, describe


def rule(
    items: Set | Rule,
    answer: Expression,
    answer_of_more: Expression | None = None,
    *,
    most: Annotated[int, Within(1, 1000)] | None = None,
    memory: Memory,
) -> Rule:
    """How an answer was made of a set of items, as a formula that can be applied to others.

    Whether each item was bound, taken away or left out is found from one example, by comparing all
    patterns; where they are over a million, most=n is how many items the rule may use. A rule found
    before, given in front of the set, is tried on one example more: rule(r, {d, e, f}, z). Items are in
    the order in which they are written. Where the order of binding counts there is no rule.

    > y = fish * eat / mark; rule({mark, fish, eat}, y)
    y = fish * eat / mark  1.00  certain
    > r = rule({mark, fish, eat}, fish * eat / mark); cleanup(r(john, mark, eat) * john / eat)
    mark  …
    """
    if isinstance(items, Rule):
        if answer_of_more is None:
            raise VsaError(
                "one example more has a set of items and an answer: rule(r, {d, e, f}, y)"
            )
        return _more(items, answer, answer_of_more, most, memory)
    if answer_of_more is not None:
        raise VsaError("a rule is found from a set and an answer: rule({a, b, c}, y)")
    names, vectors = _items(items, memory)
    label = answer.name or "y"
    return vsa.rule(vectors, _answer(answer), names=names, label=label, most=most)


def _more(
    found: Rule, given: Expression, answer: Expression, most: int | None, memory: Memory
) -> Rule:
    """A rule from its examples and one more."""
    items = given.evaluate()
    if not isinstance(items, Set):
        what = describe((type(items),), items)
        raise VsaError(f"the items of an example are a set, not {what}: {given.text}")
    _, vectors = _items(items, memory)
    if len(vectors) != len(found.names):
        raise VsaError(
            f"the rule is about {len(found.names)} items, {', '.join(found.names)}: "
            f"this example has {len(vectors)}"
        )
    space, vector = found.items.space, _answer(answer)
    examples = space.stack([*found.items, vectors])
    answers = space.stack([*found.answers, vector])
    most = found.most if most is None else most
    return vsa.rule(examples, answers, names=found.names, label=found.label, most=most)


def _items(items: Set, memory: Memory) -> tuple[list[str], Vector]:
    rows = items.of(memory)
    if not rows:
        raise VsaError("a rule needs at least one item")
    twice = [name for name, count in items.names.items() if count > 1]
    if twice:
        raise VsaError(f"each item is named once, and {twice[0]} is there twice")
    return list(items.names), memory.vectors(np.array(rows))  # in the order of the names


def _answer(given: Expression) -> Vector:
    value = given.evaluate()
    vector = value.vsa_vector() if hasattr(value, "vsa_vector") else value
    if not isinstance(vector, Vector) or vector.shape:
        what = "a batch" if isinstance(vector, Vector) else describe((type(value),), value)
        raise VsaError(f"the answer of an example is one vector, not {what}: {given.text}")
    return vector


FUNCTIONS: list[Callable[..., Any]] = [rule]
