"""Words with content and operator, and the network that composes them.

`Composer(["very", "good"], dim=10)(trees)` gives contents as a tensor with gradients. A word's
numbers are drawn from its name and the seed, so it does not matter when it is added. In a session
a composer is a value: `with_words` and training make new ones.
"""

from __future__ import annotations

import copy
import hashlib
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from vsa import VsaError
from vsa.plugin import checked_whole, needed, shown
from vsa_plugins.composition.batch import Plan
from vsa_plugins.composition.forms import Matrix, Module, Sizes, State, Tensor, form_of, nn, torch
from vsa_plugins.composition.handed import contents
from vsa_plugins.composition.operations import joined, picked, rows
from vsa_plugins.composition.store import reading, write
from vsa_plugins.composition.trees import Array, trees_of
from vsa_plugins.composition.values import (
    DIM,
    NotFiniteError,
    checked_rank,
    checked_room,
    checked_types,
    checked_vectors,
    checked_word,
)

NOISE = 0.1  # of an operator beside the identity, by length
DTYPES = ("float32", "float64")


class Composer(Module):  # type: ignore[misc]  # torch is not there for mypy to see
    """A vocabulary and a form of composition (`forms.py`); a torch module.

    dim: n of a content.  rank: A = UV + diag(d) of that rank for words, or None for full matrices.
    types: tags with weights of their own, beside those of untagged nodes; without, tags make no
    difference. mixture: so many weights, of which a learnt gate over [a; b] mixes each composition
    its own.  vectors: contents (n,) by word, for those that have one.
    """

    vsa_name = "composer"

    def __init__(
        self,
        words: Iterable[str],
        dim: int | None = None,
        form: str = "matrix",
        *,
        rank: int | None = None,
        types: Sequence[str] = (),
        mixture: int = 0,
        activation: str = "tanh",
        hidden: int = 0,
        seed: int = 0,
        dtype: str = "float32",
        vectors: Mapping[str, Any] | None = None,
    ) -> None:
        needed("torch", "composition", "torch")
        super().__init__()
        vectors = checked_vectors(vectors or {}, dim)
        if dim is None:
            dim = len(next(iter(vectors.values()))) if vectors else 25
        dim = checked_whole("dim", dim, 1, DIM)
        mixture = checked_whole("mixture", mixture, 0)
        hidden = checked_whole("hidden", hidden, 0)
        rank, seed = checked_rank(rank, dim), checked_whole("seed", seed)
        tags = checked_types(types)
        if tags and mixture:
            raise VsaError("types= are chosen by tags, mixture= by a gate: give one of them")
        if dtype not in DTYPES:
            raise VsaError(f"dtype is one of {', '.join(DTYPES)}, not {dtype!r}")
        self.settings: dict[str, Any] = {
            "dim": dim, "form": form, "rank": rank, "types": tags, "mixture": mixture,
            "activation": activation, "hidden": hidden, "seed": seed, "dtype": dtype,
        }  # fmt: skip
        self.types = {name: i for i, name in enumerate(dict.fromkeys(["", *tags]))}
        sizes = Sizes(dim, activation, mixture or len(self.types), bool(mixture), hidden)
        self.form = form_of(form, sizes, np.random.default_rng([seed % 2**64, 1]))
        if rank is not None and self.form.operator != "matrix":
            raise VsaError(f"the form {form!r} has no matrices that could be of low rank")
        self.dim = dim
        self.index: dict[str, int] = {}
        self.tables = nn.ParameterDict()
        self._add(words, vectors)
        self.to(getattr(torch, dtype))

    # --- the vocabulary ------------------------------------------------------------------------
    @property
    def words(self) -> tuple[str, ...]:
        """The vocabulary, in the order of the tables' rows."""
        return tuple(self.index)

    def with_words(
        self, words: Iterable[str], vectors: Mapping[str, Any] | None = None
    ) -> Composer:
        """A copy that knows these words too; what is known stays as it is."""
        made = copy.deepcopy(self)
        made._add(words, checked_vectors(vectors or {}, self.dim))
        return made

    def with_contents(self, vectors: Mapping[str, Any]) -> Composer:
        """A copy in which these words have these contents; new ones are added."""
        checked = checked_vectors(vectors, self.dim)
        made = self.with_words([], checked)
        if checked:
            known = [made.index[word] for word in checked]
            with torch.no_grad():
                table = made.tables["content"]
                table[known] = torch.from_numpy(np.stack(list(checked.values()))).to(table)
        return made

    def _add(self, words: Iterable[str], vectors: Mapping[str, Array]) -> None:
        if isinstance(words, str):
            raise VsaError(f"words are wanted as a list: [{words!r}]")
        given = dict.fromkeys(map(checked_word, [*words, *vectors]))
        fresh = [word for word in given if word not in self.index]
        self._roomy(len(self.index) + len(fresh))
        drawn = [self._drawn(word, vectors.get(word)) for word in fresh]
        self.index.update({word: len(self.index) + i for i, word in enumerate(fresh)})
        for name, shape in self._shapes().items():
            fresh_rows = np.stack([d[name] for d in drawn]) if drawn else np.zeros((0, *shape))
            new = torch.from_numpy(fresh_rows)
            if name in self.tables:
                old = self.tables[name].detach()
                new = torch.cat([old, new.to(old)])
            self.tables[name] = nn.Parameter(new)

    def _roomy(self, count: int) -> None:
        one = sum(math.prod(shape) for shape in self._shapes().values())
        checked_room(one, f"a word of dim {self.dim} needs", "give a smaller dim")
        full = self.form.operator == "matrix" and self.settings["rank"] is None
        low = ", or say rank=3" if full else ""
        words = f"{count:,} words of dim {self.dim} need"
        checked_room(count * one, words, f"read only the wanted words{low}")

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        """Of what a word has; a matrix is stored transposed, as it is used."""
        n, rank = self.dim, self.settings["rank"]
        if self.form.operator == "vector":
            return {"content": (n,), "operator": (n,)}
        if self.form.operator is None:
            return {"content": (n,)}
        if rank is None:
            return {"content": (n,), "operator": (n, n)}
        return {"content": (n,), "down": (n, rank), "up": (rank, n), "diagonal": (n,)}

    def _drawn(self, word: str, vector: Array | None) -> dict[str, Array]:
        """What a word has at first: content of length 1 or as given, A = I + noise."""
        digest = hashlib.sha256(f"{self.settings['seed']}\x1f{word}".encode()).digest()
        rng = np.random.default_rng(int.from_bytes(digest[:16], "big"))
        n = self.dim
        drawn = {k: rng.standard_normal(s) for k, s in self._shapes().items()}
        drawn["content"] = drawn["content"] * n**-0.5 if vector is None else vector
        if self.form.operator == "vector":
            drawn["operator"] *= n**-0.5
        elif "operator" in drawn:
            drawn["operator"] = np.eye(n) + NOISE * n**-0.5 * drawn["operator"].T
        elif "down" in drawn:  # UV as long as the noise of a full matrix
            scale = (NOISE * self.settings["rank"] ** -0.5 / n**0.5) ** 0.5
            drawn["down"] *= scale
            drawn["up"] *= scale
            drawn["diagonal"] = np.ones(n)
        return drawn

    # --- composing -----------------------------------------------------------------------------
    def plan(self, trees: Iterable[Any], nodes: Sequence[tuple[int, int]] | None = None) -> Plan:
        """Prepare trees, as the same are composed again and again; see `Plan.of`."""
        types = self.types if len(self.types) > 1 else None
        down = self.dim if isinstance(self.form, Matrix) and not self.settings["mixture"] else 0
        plan = Plan.of(trees_of(trees), self.index, types, nodes, down)
        if self.form.flat:
            self._only_pairs(plan)
        return plan

    def _only_pairs(self, plan: Plan) -> None:
        for i, node in plan.nodes:
            height = plan.trees[i].heights[node]
            if height != 1:
                what = "pairs of words" if height else "compositions"
                raise VsaError(
                    f"[a; b] grows with every composition: it is made of {what}, not of "
                    f"{shown(str(plan.trees[i].at(node)))}"
                )

    def forward(self, trees: Iterable[Any] | Plan) -> Tensor:
        """Contents of the roots, or of a plan's nodes (m, n)."""
        return self.states(trees, operators=False)[0]

    def states(self, trees: Iterable[Any] | Plan, operators: bool = True) -> State:
        """Contents (m, n) and operators of the roots, or of a plan's nodes.

        Operators are (m, n, n) as they act on columns, (m, n) where they are vectors, or None.
        """
        plan = trees if isinstance(trees, Plan) else self.plan(trees)
        content, operator = self._computed(plan, operators and self.form.operator is not None)
        if not bool(torch.isfinite(content).all()):
            self._blame(plan, content)
        if operator is not None and self.form.operator == "matrix":
            operator = operator.transpose(-1, -2)
        return content, operator

    def _computed(self, plan: Plan, operators: bool) -> State:
        applied = None if operators else plan.applied
        if applied is None:
            levels = self._levels(plan, operators)
        else:
            words = rows(self.tables["content"], plan.unique)
            made = contents(applied, self.form, words, *self._operators(plan.unique))
            levels = ((content, None) for content in made)
        taken = [self._leaves(plan.words, operators)] if len(plan.words) else []
        for state, take in zip(levels, plan.takes, strict=True):
            if len(take):
                taken.append(picked([state], take))
        return picked(taken, plan.rows)

    def _levels(self, plan: Plan, operators: bool) -> Iterator[State]:
        """States of compositions, level by level, with operators where wanted and asked for."""
        carried: list[State] = []
        for level, take in zip(plan.levels, plan.takes, strict=True):
            words = [self._leaves(level.words)] if len(level.words) else []
            pool = [joined([*words, *carried])]
            left, right = picked(pool, level.left), picked(pool, level.right)
            asked = operators and len(take) > 0
            new = self.form(left, right, level.spans, level.onward or asked)
            yield new if operators else (new[0], None)
            carried = [picked(pool, level.keep)] if len(level.keep) else []
            carried += [new] if level.onward else []

    def _leaves(self, words: Array, operators: bool = True) -> State:
        """The states of words, by their numbers."""
        content = rows(self.tables["content"], words)
        if not operators or self.form.operator is None:
            return content, None
        table, which = self._operators(words)
        return content, rows(table, which)

    def _operators(self, words: Array) -> tuple[Tensor, Array]:
        """A table of operators and the words' rows in it."""
        if "operator" in self.tables:
            return self.tables["operator"], words
        down, up, diagonal = (rows(self.tables[k], words) for k in ("down", "up", "diagonal"))
        full = torch.diag_embed(diagonal) + (down @ up).transpose(-1, -2)
        return full, np.arange(len(words))

    def _blame(self, plan: Plan, content: Tensor) -> None:
        """The word or the first node that is not finite."""
        numbers = torch.from_numpy(np.array([self.index[w] for t in plan.trees for w in t.words]))
        used = [w for t in plan.trees for w in t.words]
        for table in self.tables.values():
            finite = torch.isfinite(table.detach().cpu()[numbers]).flatten(1).all(1)
            if not bool(finite.all()):
                word = used[int((~finite).nonzero()[0])]
                raise NotFiniteError(f"the word {word!r} has numbers that are not finite")
        bad = int((~torch.isfinite(content).all(-1)).nonzero()[0])
        tree, node = plan.nodes[bad]
        name = shown(str(plan.trees[tree].at(node)))
        raise NotFiniteError(
            f"tree {tree + 1}: the content of {name} is not finite: weights are too large"
        )

    # --- on disk -------------------------------------------------------------------------------
    def save(
        self,
        path: str | os.PathLike[str],
        weights: Mapping[str, Tensor] | None = None,
        **more: Any,
    ) -> None:
        """Write words, settings and weights as a NumPy archive of plain arrays.

        weights, more: what others built on it have to say, as `store.reading` gives it back.
        """
        about = {"words": self.words, "settings": self.settings, **more}
        write(path, about, {**self.state_dict(), **(weights or {})})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Composer:
        """A saved composer."""
        with reading(path) as (about, weights):
            return cls.restored(about, weights)

    @classmethod
    def restored(cls, about: Mapping[str, Any], weights: Mapping[str, Tensor]) -> Composer:
        """The composer of its words and settings, and of those weights that are its own."""
        made = cls(about["words"], **about["settings"])
        own = made.state_dict().keys()
        made.load_state_dict({name: w for name, w in weights.items() if name in own})
        return made

    def __repr__(self) -> str:
        return f"<Composer {self}>"

    def __str__(self) -> str:
        count = len(self.index)
        return f"{count:,} word{'s' * (count != 1)}, {self.settings['form']} form, dim {self.dim}"
