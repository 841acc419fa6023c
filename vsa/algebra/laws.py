"""The laws that an algebra may declare, and the error where one is needed that it has not."""

from __future__ import annotations

from vsa.errors import VsaError

LAWS = {
    "commutative": "binding whose order is free",
    "associative": "binding that may be bracketed at will",
    "distributive": "binding that goes through sums",  # of values, in the form of sums
    "bilinear": "keys that may be sums",  # a * (b + c) = a * b + a * c, for any vectors
    "unbinding": "unbinding",  # a * k / k = a for every key k
    "left-unbinding": "unbinding from the left",  # left_unbind(a * x, a) = x for every key a
    "adjoint": "unbinding that is the transpose of binding",  # ⟨x * k, y⟩ = ⟨x, y / k⟩, of sums
    "identity": "an identity",  # a * 1 = a
    "involution": "an involution",  # a / b = a * ~b
    "inverse": "exact inverses",  # a * a^-1 = 1, of every atom
    "isometry": "keys that keep lengths",  # |a * k| = |a|, of sums
    "powers": "powers",  # x * k^n = (… (x * k) * k …)
    "self-inverse": "binding that undoes itself",  # a * k * k = a
    "fractional": "fractional powers",
    "differentiable": "gradients",
    "closed": "vectors that are sums",  # a sum is a vector as it is: nothing is finished
    "equivariant": "a permutation that goes through binding",  # permute(a * b) = permute(a) * permute(b)
    # bind_sum(a, k) = a · accumulate(k), component by component, and unbind_sum with its conjugate
    "componentwise": "sums that binding multiplies component by component",
    "exact-keys": "keys known to the last bit",  # what is nearly a key is another one
}


class LawError(VsaError):
    """What was asked for rests on a law that the algebra has not."""


class GrowthError(LawError):
    """A product that the vectors of a space have no room for, though laws hold of smaller ones."""


def lacking(name: str, what: str, law: str, instead: str = "") -> LawError:
    """`what` needs a law that the algebra of this name has not; `instead`: what to use."""
    rest = f"; {instead}" if instead else ""
    return LawError(f"{what} needs {LAWS[law]}, which the algebra {name!r} has not{rest}")
