"""Products as words: factors in order, a factor beside its inverse cancelling, as the laws allow.

Where the order of binding is free a word is sorted, and equal factors meet wherever they stand; where
it is not, only neighbours do. Where powers of a key repeat, exponents count up to the period.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from vsa.plugin import Algebra

Factors = tuple[tuple[str, float], ...]  # (name, power), no power 0

MOVED = re.compile(r"permute\((.*), (-?\d+)\)", re.DOTALL)


def product(algebra: Algebra, a: Factors, b: Factors) -> tuple[Factors, list[str]]:
    """The word of a * b, and the names of the factors that cancelled."""
    if "commutative" in algebra.laws:
        powers: dict[str, float] = dict(a)
        for name, exponent in b:
            powers[name] = _reduced(algebra, powers.get(name, 0) + exponent)
        gone = [name for name, exponent in powers.items() if not exponent]
        return tuple(sorted((n, p) for n, p in powers.items() if p)), gone
    left, right, gone = list(a), list(b), []
    while left and right and left[-1][0] == right[0][0]:
        name, exponent = left.pop()
        rest = _reduced(algebra, exponent + right.pop(0)[1])
        if rest:
            left.append((name, rest))
            break
        gone.append(name)
    return (*left, *right), gone


def power(algebra: Algebra, word: Factors, exponent: float) -> Factors:
    """The word of a power, or of the inverse, in which the order is the opposite one."""
    turned = word[::-1] if exponent < 0 and "commutative" not in algebra.laws else word
    powers = ((name, _reduced(algebra, p * exponent)) for name, p in turned)
    return tuple((name, p) for name, p in powers if p)


def _reduced(algebra: Algebra, exponent: float) -> float:
    period = algebra.period
    if period is None:
        return exponent
    rest = exponent % period
    return rest if rest <= period / 2 else rest - period


def moved(algebra: Algebra, word: Factors, times: int) -> Factors:
    """The word of a permuted product: of permuted factors, or as a whole where these are not that."""
    if "equivariant" not in algebra.laws and len(word) > 1:
        return ((_moved(text(word), times), 1.0),)
    return _sorted(algebra, ((_moved(name, times), p) for name, p in word))


def _sorted(algebra: Algebra, word: Iterable[tuple[str, float]]) -> Factors:
    return tuple(sorted(word) if "commutative" in algebra.laws else word)


def _moved(name: str, times: int) -> str:
    """permute(a, 2) permuted -2 times is a again."""
    if found := MOVED.fullmatch(name):
        name, times = found[1], int(found[2]) + times
    return f"permute({name}, {times})" if times else name


def short(name: str) -> str:
    """role/currency(country) → currency: what a person called it."""
    found = MOVED.fullmatch(name)
    plain = (found[1] if found else name).split("(")[0]
    return plain.split("/")[1] if plain.count("/") else plain


def pair(word: Factors) -> str:
    """A role-filler term as "continent = north_america"."""
    names = [name for name, _ in word]
    roles = [short(n) for n in names if "/" in n]
    fillers = [n for n in names if "/" not in n]
    return " = ".join(part for part in (" ".join(roles), " ".join(fillers)) if part)


def text(word: Factors) -> str:
    """a * b / c."""
    if not word:
        return "1"
    over = [_power(n, p) for n, p in word if p > 0]
    under = [_power(n, -p) for n, p in word if p < 0]
    return " / ".join([" * ".join(over) or "1", *under])


def _power(name: str, exponent: float) -> str:
    return name if exponent == 1 else f"{name}^{exponent:g}"
