"""Types, tokens and features: mark = being + person + id (Plate 1995).

A token's type is the normalised sum of its features, stored under the kind `type`. It is also the
hypothesis "something of that type that is not in memory": a new token resembles its type more than
any single sibling, so cleanup answers the type instead of a sibling with false certainty.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any

import numpy as np

from vsa import Answer, Expression, Kind, Memory, Session, Vector, VsaError, bundle, hookimpl
from vsa.plugin import (
    PRIOR_UNKNOWN,
    ArgumentValueError,
    Load,
    Structure,
    checked,
    host,
    is_empty,
    log_likelihood,
)
from vsa_plugins.memory import members

FEW = Load.terms(6)  # the load of what is left of a token without its type, if it was of another


@checked
def token(
    *features: Vector,
    normalize: bool = True,
    id: str | None = None,
    memory: Memory | None = None,
    session: Session | None = None,
) -> Annotated[Vector, Kind("token")]:
    """An individual with some features: features + an identity of its own.

    Scaled to length 1 unless normalize=false. The identity is numbered by the session, or named
    by id. The sum of the features is remembered as the token's type.

    > type_of(token(being, human))
    type/being+human  …
    """
    if not features:
        raise ArgumentValueError("a token needs at least one feature: token(being, person)")
    if any(not f.shape and is_empty(f) for f in features):
        raise ArgumentValueError("a token's features are vectors other than nil")
    if id is None:
        if session is None:
            raise VsaError('outside a session a token needs an identity: token(…, id="mark")')
        id = f"#{session.count('token-id')}"  # no name that a person would give
    total = bundle(*features) if len(features) > 1 else features[0]
    if memory is not None and not total.shape:
        _remember_type(features, total, memory)
    total = total + _identity(total, id)
    return total.normalize() if normalize else total


def _identity(features: Vector, id: str) -> Vector:
    """An atom of its own, or one a row for a batch of tokens."""
    space = features.space
    if not features.shape:
        return space.atom(f"token/{id}")
    rows = range(math.prod(features.shape))
    return space.batch(f"token/{id}/{row}" for row in rows).reshape(features.shape)


def _remember_type(features: tuple[Vector, ...], total: Vector, memory: Memory) -> None:
    names = [f.label or next(iter(memory.names_of(f)), "?") for f in features]
    name = "type/" + "+".join(sorted(names))
    known = memory.names_of(total)
    if any(memory.kind(n) == "type" for n in known):
        return
    if name in memory:
        name += f"/{len(memory.names('type')) + 1}"
    memory.add(name, total.normalize(), kind="type")


@checked
def type_of(x: Vector, *, memory: Memory) -> Answer:
    """What type is this? The nearest of the types that tokens have been made of.

    Of a type it has all features and no other: what is left of x without the type must hold no
    atom, or lack one. So a new mixture of known features is of none of the types.

    > type_of(token(human))
    human  …
    """
    if not memory.names("type"):
        raise VsaError("no type is known yet: make a token first")
    answer = memory.cleanup(x, kinds="type")
    if not memory.space.closed:  # a sum without shares: nothing is left of it but noise
        return answer
    return answer.doubted(_another(x, answer, memory))


def _another(x: Vector, answer: Answer, memory: Memory) -> np.ndarray[Any, Any]:
    """The odds that x is of another mixture of atoms than the type found, over the batch.

    Then what is left of x without the type holds an atom, or that less an atom, at a share of 1/√6
    or more, if x has not many features: a likelihood ratio against an identity, which is noise.
    """
    found = np.asarray(answer.rows[..., 0])
    kind = memory.vectors(found).normalize()
    rest = x.normalize()
    rest = rest - kind.scale(host(rest, rest.dots(kind)))
    rows = memory.select(kinds="atom")
    if not len(rows):
        return np.zeros(answer.shape)
    cosines = memory.space.backend.numpy(memory.similarities(rest, rows))
    both = log_likelihood(np.stack((cosines, -cosines)), x.space.noise, FEW.of_one(x.space.noise))
    log_odds = np.logaddexp.reduce(both, axis=(0, -1)) - math.log(2 * len(rows))
    odds = np.exp(np.minimum(log_odds, 700)) * PRIOR_UNKNOWN / (1 - PRIOR_UNKNOWN)
    return np.where((found < 0) | is_empty(rest), 0.0, odds)


@checked
def like(x: Expression, k: int = 3, *, memory: Memory) -> Answer:
    """Like whom? The tokens nearest to x, x itself left out.

    > jim = token(being, human); tim = token(being, human); like(jim)
    tim  …
    """
    value = x.evaluate()
    vector = value.vsa_vector() if hasattr(value, "vsa_vector") else value
    if not isinstance(vector, Vector):
        raise VsaError(f"like wants a vector, and {x.text} is none")
    if vector.shape:
        raise VsaError(f"like wants one vector, and {x.text} is a batch {vector.shape}")
    others = [n for n in memory.names("token") if n not in memory.names_of(vector)]
    if not others:
        raise VsaError("there is no other token in memory")
    return memory.cleanup(
        vector, k=min(k, len(others)), kinds="token", exclude=memory.names_of(vector)
    )


@checked
def features(x: Vector, *, memory: Memory) -> Answer:
    """Which atoms a token, or any plain superposition, consists of.

    Each atom's probability is that of being among them: several can be right at once.

    > features(token(being, human))
    [human, being]
    """
    return members(x, kind="atom", memory=memory)


def _constituents(token: Vector, memory: Memory) -> Iterator[tuple[str, Answer]]:
    for feature in features(token, memory=memory):
        yield "feature", feature


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """Tokens, their types and features."""
    return [token, type_of, like, features]


@hookimpl
def vsa_structures() -> Mapping[str, Structure]:
    """How a token is read; where it stands in something else its name is enough."""
    return {"token": Structure(_constituents, inner=False)}
