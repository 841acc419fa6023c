"""How two parts make one: the matrix–vector forms and the baselines they are compared with.

A state is (content, operator) of m things: contents (m, n); operators (m, n, n), each stored
transposed so that one product composes all of them, or (m, n) where they are vectors, or None.
W differs by type of composition, `kinds` of them, or is mixed of `kinds` by a learnt gate.

matrix       p = g(W [Ba; Ab]), P = W_M [A; B]        Socher, Huval, Manning & Ng 2012
vector       p = g(W [f(a, β); f(b, α)]), π = W_M [α; β], f a perceptron with one hidden layer
linear       matrix, g the identity
rnn          p = g(W [a; b])
mean, product, concatenation, application     (a + b)/2, a ⊙ b, [a; b], Ab (P = AB)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from vsa import VsaError
from vsa_plugins.composition.operations import State, Tensor, act, summed, tanh, times
from vsa_plugins.composition.values import checked_room

try:
    import torch
    from torch import nn
except ImportError:  # the module can be looked at; who makes something of it is told
    torch = nn = None

__all__ = [
    "ACTIVATIONS",
    "FORMS",
    "Form",
    "Module",
    "Sizes",
    "State",
    "Tensor",
    "form_of",
    "nn",
    "torch",
]

Module: Any = nn.Module if nn else object
Spans = tuple[tuple[int, int, int], ...]

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "tanh": tanh,
    "sigmoid": lambda x: x.sigmoid(),
    "relu": lambda x: x.relu(),
    "clip": lambda x: x.clamp(0, 1),
    "identity": lambda x: x,
}


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a form is made for: n of a content, the activation g, how many W, whether gated."""

    dim: int
    activation: str = "tanh"
    kinds: int = 1
    gated: bool = False
    hidden: int = 0  # of f; dim unless given


class Form(ABC, Module):  # type: ignore[misc]  # torch is not there for mypy to see
    """A way to compose; `forward(left, right, spans, onward)` gives the state of the whole.

    operator: None, "matrix" or "vector", what a word has beside its content.  flat: it composes
    words alone.  onward: whether the operators are wanted.
    """

    operator: ClassVar[str | None] = None
    flat: ClassVar[bool] = False
    learns: ClassVar[bool] = False  # whether it has weights that types and gates choose among

    def __init__(self, sizes: Sizes, rng: Any) -> None:
        super().__init__()
        self.sizes = sizes
        self.activation = ACTIVATIONS[sizes.activation]
        if self.learns:
            one = 2 * sizes.dim**2 * sizes.kinds
            checked_room(one, f"weights of dim {sizes.dim} need", "give a smaller dim")
            self._weights(rng)
        if sizes.gated:
            self.gate = _normal(rng, 2 * sizes.dim, sizes.kinds, scale=sizes.dim**-0.5)

    def _weights(self, rng: Any) -> None:
        """W (kinds, 2n, n), at first near the mean of the two parts, and its bias (kinds, n)."""
        n, kinds = self.sizes.dim, self.sizes.kinds
        self.weight = _halves(rng, n, kinds)
        self.bias = nn.Parameter(torch.zeros(kinds, n, dtype=torch.float64))

    @property
    def size(self) -> int:
        """Of the content of a whole."""
        return self.sizes.dim

    @abstractmethod
    def forward(self, left: State, right: State, spans: Spans, onward: bool) -> State:
        """The state of the whole."""

    # --- what types and gates choose -----------------------------------------------------------
    def shares(self, left: State, right: State) -> Tensor | None:
        """Of each W in each composition (m, kinds), where a gate chooses them."""
        if not self.sizes.gated:
            return None
        return (torch.cat([left[0], right[0]], -1) @ self.gate).softmax(-1)

    def linear(
        self, x: Tensor, y: Tensor, weight: Tensor, spans: Spans, shares: Tensor | None
    ) -> Tensor:
        """[x; y] W, with the W of each row's type: x and y (m, …, n), W (kinds, 2n, n)."""
        n = x.shape[-1]
        if shares is not None:
            lead = (...,) + (None,) * (x.ndim - 1)
            parts = [shares[:, k][lead] * _apply(x, y, weight[k], n) for k in range(len(weight))]
            return torch.stack(parts).sum(0)
        made = [_apply(x[a:b], y[a:b], weight[k], n) for k, a, b in spans]
        return made[0] if len(made) == 1 else torch.cat(made)

    def paired(self, pairs: Tensor, weight: Tensor, spans: Spans) -> Tensor:
        """The same of what is put together already (m, 2n)."""
        made = [times(pairs[a:b], weight[k]) for k, a, b in spans]
        return made[0] if len(made) == 1 else torch.cat(made)

    def biased(self, x: Tensor, spans: Spans, shares: Tensor | None) -> Tensor:
        """x (m, n) and the bias of each row's type."""
        if shares is not None:
            return x + shares @ self.bias
        if len(spans) == 1:
            return x + self.bias[spans[0][0]]
        return x + torch.cat([self.bias[k].expand(b - a, -1) for k, a, b in spans])

    def content(self, x: Tensor, y: Tensor, spans: Spans, shares: Tensor | None) -> Tensor:
        """g(W [x; y] + bias)."""
        whole = self.linear(x, y, self.weight, spans, shares)
        return self.activation(self.biased(whole, spans, shares))


def _apply(x: Tensor, y: Tensor, weight: Tensor, n: int) -> Tensor:
    """[x; y] W of any shape."""
    return summed(x.reshape(-1, n), y.reshape(-1, n), weight).reshape(x.shape)


def _normal(rng: Any, *shape: int, scale: float) -> Any:
    return nn.Parameter(torch.from_numpy(scale * rng.standard_normal(shape)))


def _halves(rng: Any, n: int, kinds: int) -> Any:
    """(kinds, 2n, n): half the one part and half the other, and noise of .1 by length."""
    noise = _normal(rng, kinds, 2 * n, n, scale=0.1 * n**-0.5)
    with torch.no_grad():
        noise += torch.cat([torch.eye(n), torch.eye(n)]).to(noise) / 2
    return noise


class Matrix(Form):
    """p = g(W [Ba; Ab]), P = W_M [A; B]."""

    operator = "matrix"
    learns = True

    def _weights(self, rng: Any) -> None:
        super()._weights(rng)
        self.operators = _halves(rng, self.sizes.dim, self.sizes.kinds)

    def forward(self, left: State, right: State, spans: Spans, onward: bool) -> State:
        (a, one), (b, two) = left, right
        shares = self.shares(left, right)
        content = self.content(act(two, a), act(one, b), spans, shares)
        if not onward:
            return content, None
        return content, self.linear(one, two, self.operators, spans, shares)


class Linear(Matrix):
    """p = W [Ba; Ab], P = W_M [A; B]."""

    def __init__(self, sizes: Sizes, rng: Any) -> None:
        super().__init__(sizes, rng)
        self.activation = ACTIVATIONS["identity"]


class VectorForm(Form):
    """p = g(W [f(a, β); f(b, α)]), π = W_M [α; β]: contents meet through f alone."""

    operator = "vector"
    learns = True

    def _weights(self, rng: Any) -> None:
        super()._weights(rng)
        n = self.sizes.dim
        hidden = self.sizes.hidden or n
        self.operators = _halves(rng, n, self.sizes.kinds)
        self.first = _normal(rng, 2 * n, hidden, scale=(2 * n) ** -0.5)
        self.shift = nn.Parameter(torch.zeros(hidden, dtype=torch.float64))
        self.second = _normal(rng, hidden, n, scale=hidden**-0.5)

    def modify(self, content: Tensor, operator: Tensor) -> Tensor:
        """f(a, β)."""
        hidden = torch.cat([content, operator], -1) @ self.first + self.shift
        return hidden.tanh() @ self.second

    def forward(self, left: State, right: State, spans: Spans, onward: bool) -> State:
        (a, alpha), (b, beta) = left, right
        shares = self.shares(left, right)
        content = self.content(self.modify(a, beta), self.modify(b, alpha), spans, shares)
        if not onward:
            return content, None
        return content, self.linear(alpha, beta, self.operators, spans, shares)


class Rnn(Form):
    """p = g(W [a; b])."""

    learns = True

    def forward(self, left: State, right: State, spans: Spans, onward: bool) -> State:
        shares = self.shares(left, right)
        return self.content(left[0], right[0], spans, shares), None


class Mean(Form):
    """(a + b)/2."""

    def forward(self, left: State, right: State, spans: Spans, onward: bool) -> State:
        return (left[0] + right[0]) / 2, None


class Product(Form):
    """a ⊙ b."""

    def forward(self, left: State, right: State, spans: Spans, onward: bool) -> State:
        return left[0] * right[0], None


class Concatenation(Form):
    """[a; b], of two words: what it makes is larger than its parts."""

    flat = True

    @property
    def size(self) -> int:
        return 2 * self.sizes.dim

    def forward(self, left: State, right: State, spans: Spans, onward: bool) -> State:
        return torch.cat([left[0], right[0]], -1), None


class Application(Form):
    """Ab: the left part acts on the right; what both do is AB."""

    operator = "matrix"

    def forward(self, left: State, right: State, spans: Spans, onward: bool) -> State:
        whole = torch.bmm(right[1], left[1]) if onward else None
        return act(left[1], right[0]), whole


FORMS: dict[str, type[Form]] = {
    "matrix": Matrix,
    "vector": VectorForm,
    "linear": Linear,
    "rnn": Rnn,
    "mean": Mean,
    "product": Product,
    "concatenation": Concatenation,
    "application": Application,
}


def form_of(name: str, sizes: Sizes, rng: Any) -> Form:
    """The form of a name, in double precision until it is cast."""
    if name not in FORMS:
        raise VsaError(f"no form is called {name!r}: choose of {', '.join(FORMS)}")
    if sizes.activation not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise VsaError(f"no activation is called {sizes.activation!r}: choose of {known}")
    if (sizes.kinds > 1 or sizes.gated) and not FORMS[name].learns:
        raise VsaError(f"the form {name!r} has no weights that could differ by type")
    return FORMS[name](sizes, rng)
