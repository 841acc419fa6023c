"""Layers × symmetries: what each layer is invariant or equivariant to; the page that says so.

`python tests/biases/symmetries.py` writes docs/learning/layer-symmetries.md. What a cell says is
measured: f(T x) beside f(x), invariance, and beside T f(x), equivariance, relative to the length of f(x).
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

import vsa.nn as vnn
from vsa import Space, VsaError
from vsa.nn.measures import equivariance

sys.path.append(str(Path(__file__).parents[1]))  # as a script it is not told of its neighbours
from layers import packed

PAGE = Path(__file__).parents[2] / "docs" / "learning" / "layer-symmetries.md"
BATCH, PLACES, DIM = 3, 6, 64
EXACT = 1e-5  # an error below it is one of rounding
Map = Callable[[Any], Any]


@dataclass(frozen=True)
class Symmetry:
    """A map of items (batch, places, dim), and the map that goes with it of what comes out.

    after: of items again, of one vector (batch, dim), or of a matrix (batch, places, places); where it
    has none for a form there is only invariance.
    """

    before: Map
    after: dict[str, Map] = field(default_factory=dict)


def of_components(move: Map) -> Symmetry:
    return Symmetry(move, {"items": move, "vector": move})


def of_places(move: Callable[[Any, int], Any]) -> Symmetry:
    return Symmetry(
        lambda x: move(x, 1),
        {"items": lambda x: move(x, 1), "matrix": lambda x: move(move(x, 1), 2)},
    )


class Sequence(nn.Module):
    """A layer of torch as one that takes (batch, places, dim); its first result, or the mean of that."""

    def __init__(self, layer: nn.Module, transpose: bool = False, pool: bool = False) -> None:
        super().__init__()
        self.layer, self.transpose, self.pool = layer, transpose, pool

    def forward(self, x: Any) -> Any:
        found = self.layer(x.mT).mT if self.transpose else self.layer(x)
        found = found[0] if isinstance(found, tuple) else found
        return found.relu().mean(1) if self.pool else found


class With(nn.Module):
    """A layer of two operands whose second one stays."""

    def __init__(self, layer: nn.Module, key: Any) -> None:
        super().__init__()
        self.layer, self.key = layer, key

    def forward(self, x: Any) -> Any:
        return self.layer(x, self.key)


class Cleaned(nn.Module):
    """A cleanup without its weights."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Any) -> Any:
        return self.layer(x).vector


class Ruled(nn.Module):
    """A learnt binding by a law that is given."""

    def __init__(self, layer: nn.Module, law: Any) -> None:
        super().__init__()
        self.layer, self.law = layer, law

    def forward(self, x: Any) -> Any:
        return self.layer(x, self.law)[..., 0, :]


def world() -> tuple[dict[str, tuple[str, nn.Module]], dict[str, Symmetry | None], Any]:
    """The layers with the form of what they give, the symmetries, and the items."""
    space = Space(DIM, backend="torch", dtype="float64")
    algebra = space.algebra
    unitary, items = vnn.Unitary(space), vnn.Vectors(space, 5, learn=False)
    key, other = unitary(packed(space, 2, seed=1))
    x = items(torch.arange(BATCH * PLACES) % 5) + 0.7 * packed(space, BATCH * PLACES)
    rotation = torch.linalg.qr(packed(space, DIM, seed=2)).Q
    order = torch.tensor([3, 0, 4, 5, 1, 2])

    def conv(padding: str, bias: bool = False, pool: bool = False) -> nn.Module:
        layer = nn.Conv1d(DIM, DIM, 3, padding=1, padding_mode=padding, bias=bias)
        return Sequence(layer, transpose=True, pool=pool)

    cleanup = vnn.Cleanup(space, items, 0.1)
    law = torch.tensor([[1.0, -1.0, 1.0, 0.0, 0.0, 0.0]], dtype=torch.float64)
    layers = {
        "`torch.nn.Linear`": ("items", nn.Linear(DIM, DIM)),
        "`torch.nn.Linear`, no bias": ("items", nn.Linear(DIM, DIM, bias=False)),
        "`torch.nn.Conv1d`, circular": ("items", conv("circular")),
        "`torch.nn.Conv1d`, zeros beside": ("items", conv("zeros")),
        "circular, ReLU, mean over places": ("vector", conv("circular", pool=True)),
        "`torch.nn.RNN`": ("items", Sequence(nn.RNN(DIM, DIM, batch_first=True))),
        "`torch.nn.RNN`, no bias": (
            "items",
            Sequence(nn.RNN(DIM, DIM, bias=False, batch_first=True)),
        ),
        "`Bind`, with one key": ("items", With(vnn.Bind(space), key)),
        "`Unbind`, with one key": ("items", With(vnn.Unbind(space), key)),
        "`LearnedBinding` of a / b * c": ("vector", Ruled(vnn.LearnedBinding(space, PLACES), law)),
        "`Mixture` of 4 keys": ("items", vnn.Mixture(space, 4)),
        "`Mixture`, constant gates": ("items", vnn.Mixture(space, 4, gates="constant")),
        "`Superpose`": ("vector", vnn.Superpose(space)),
        "`Superpose(normalize=True)`": ("vector", vnn.Superpose(space, normalize=True)),
        "`Unitary`": ("items", unitary),
        "`Cleanup`, at .1": ("items", Cleaned(cleanup)),
        "`Relations`": ("matrix", vnn.Relations(space)),
        "`Relations`, softmax at .1": ("matrix", vnn.Relations(space, 0.1, diagonal=0.3)),
        "`Relations`, cleaned up": ("matrix", vnn.Relations(space, cleanup=cleanup)),
    }
    symmetries = {
        "components shifted": of_components(
            lambda a: algebra.pack(algebra.shift(algebra.unpack(a), 5))
        ),
        "bound with a unitary vector": of_components(lambda a: vnn.Bind(space)(a, other)),
        "an orthogonal map": of_components(lambda a: a @ rotation),
        "three times as long": Symmetry(
            lambda a: 3 * a, dict.fromkeys(("items", "vector", "matrix"), lambda a: 3 * a)
        ),
        "places shifted": of_places(lambda a, axis: a.roll(1, axis)),
        "places in another order": of_places(lambda a, axis: a.index_select(axis, order)),
        "two empty places before": of_places(delayed),
        "applied twice": None,
    }
    return layers, symmetries, x.reshape(BATCH, PLACES, DIM)


def delayed(x: Any, axis: int) -> Any:
    empty = x.narrow(axis, 0, 2)
    return torch.cat([0 * empty, x], axis)


def cell(form: str, layer: nn.Module, symmetry: Symmetry | None, x: Any) -> str:
    """What a layer is to a symmetry: in a word, or how far it is from either."""
    if symmetry is None:  # f(f(x)) beside f(x)
        if form != "items":
            return "–"
        error = equivariance(layer, x, layer)
        return "idempotent" if error < EXACT else figure(error)
    errors = {}
    try:
        moved = layer(symmetry.before(x))
    except VsaError:  # it takes so many places and no more
        return "–"
    if moved.shape == layer(x).shape:
        errors["invariant"] = equivariance(layer, x, symmetry.before)
    if form in symmetry.after:
        errors["equivariant"] = equivariance(layer, x, symmetry.before, symmetry.after[form])
    word, error = min(errors.items(), key=lambda pair: pair[1])
    return word if error < EXACT else figure(error)


def figure(error: float) -> str:
    return f"no, {error:.1g}".replace("0.", ".")


def table() -> dict[str, dict[str, str]]:
    """Layer → symmetry → what the layer is to it."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        layers, symmetries, x = world()
        return {
            name: {
                what: cell(form, layer.double(), symmetry, x)
                for what, symmetry in symmetries.items()
            }
            for name, (form, layer) in layers.items()
        }


BEGIN = """# Layers and their symmetries

Written by `python tests/biases/symmetries.py`; the tests measure every cell again.

A layer's inductive bias is what it does not notice. It is **invariant** to a map T of its input where
f(T x) = f(x), and **equivariant** where f(T x) = T f(x): what it has learnt of one x holds for all that T
makes of it. Each cell is measured in double precision on three sequences of six noisy items in 64
dimensions, with weights as they are drawn; a word means that |f(T x) − f(x)| or |f(T x) − T f(x)| is below
.00001 of |f(x)|, a number is the smaller of the two. "Applied twice" compares f(f(x)) with f(x).

"""
END = """

- A dense layer has none of them. A convolution is not *in*variant to shifts of places but *equi*variant,
  and that on a circle alone: zeros beside the sequence break it. Invariant is what is pooled afterwards.
- Recurrence without a bias does not notice how long nothing came before, with one it does.
- Binding is circular convolution, so it commutes with shifts of the components and with all other
  bindings, but not with any orthogonal map. Superposition commutes with every linear map and forgets the
  order of what it adds: order has to be bound into it.
- Relations of items notice no orthogonal map at all, so none of the bindings, nor lengths: objects never
  seen, which are nearly a rotation of those seen, are as good as these. Their rows and columns go with the
  items' order. A softmax of them notices empty places, which are as like the others as unrelated items.
- A rule of as many factors bound as taken away, and one more, goes through binding: it is the same for
  symbols moved by any key. So does a mixture of bindings, as long as its gates see no input: gates choose
  by what is there, which moves.
- A cleanup has its own items, and so notices every map of the components; of the length it notices nothing.
  Twice is nearly once, and less so the warmer it is. That is why it stands between roles and relations: it
  alone breaks what binding keeps.
"""


def page_of(rows: dict[str, dict[str, str]]) -> str:
    head = ["", *next(iter(rows.values()))]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    lines += [f"| {' | '.join([name, *cells.values()])} |" for name, cells in rows.items()]
    return BEGIN + "\n".join(lines) + END


if __name__ == "__main__":
    PAGE.write_text(page_of(table()), encoding="utf-8")
