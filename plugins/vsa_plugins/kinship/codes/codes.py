"""Codes: people as vectors of a family's tight frames, relations as matrices, decoding to sets.

A person is e = [u; 0; 0], [0; u; 0] or [0; 0; u], female, male, of unknown sex: a block of
dimensions for each. The codes of a block are rows of a random orthogonal matrix cut to the block's
dimensions and scaled to length 1. A relation is R = Σ e_y e_xᵀ over its facts (x, y), its converse
Rᵀ, the people of one sex a 0/1 mask; {z : e_zᵀ R e_x > ½} is the set that x's relation picks out.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping

import numpy as np

from vsa import CapacityWarning, VsaError
from vsa.plugin import checked_whole, note
from vsa_plugins.kinship.codes.delta import HIGH, settled
from vsa_plugins.kinship.codes.noise import block_dims, expected_errors, loads, needed_dim
from vsa_plugins.kinship.codes.sparse import Array, Rows

BLOCK = 512  # people decoded at a time
MOST = 1 << 15  # of dimensions: a matrix of 4 GiB
WRONG = 0.5  # expected wrong facts from which on a dimension is warned of


class Codes:
    """The vectors of a family's people and the matrices of its facts, in float32.

    sexes (n,): 0, 1 or 2 of each person, female, male, unknown.  facts: by relation, the pairs of
    rows (x, y) of which y is the <relation> of x.  name: of the family, for messages.
    dim: of a person's code; None chooses it by `needed_dim`. A dimension at which half a wrong
    fact or more is expected gives a CapacityWarning that names one that would do.
    seed: of the draw; the same people, dim and seed give the same codes.
    """

    def __init__(
        self,
        sexes: Array,
        facts: Mapping[str, Array],
        *,
        dim: int | None = None,
        seed: int = 0,
        name: str = "",
    ) -> None:
        self.sexes, self.name, self.seed = sexes, name, seed
        self.threshold = 0.5
        self._facts = facts
        numbers = np.bincount(sexes, minlength=3)
        self.dim = (
            needed_dim(sexes, facts)
            if dim is None
            else checked_whole("dim", dim, max(int(np.count_nonzero(numbers)), 1), MOST)
        )
        self.dims = block_dims(self.dim, numbers)
        ends = np.concatenate([[0], np.cumsum(self.dims)])
        self.blocks = [slice(ends[b], ends[b + 1]) for b in range(3)]
        self.members = [np.flatnonzero(sexes == b) for b in range(3)]
        self._place = np.zeros(len(sexes), dtype=np.int64)  # of a person in their block
        for rows in self.members:
            self._place[rows] = np.arange(len(rows))
        self.frames = [_frame(len(self.members[b]), self.dims[b], seed, b) for b in range(3)]
        self._matrices: dict[str, Array] = {}
        self._decoded: dict[str, Rows] = {}
        if dim is not None:
            self._warn()

    def _warn(self) -> None:
        false, missed = self.expected_errors()
        if false + missed >= WRONG:
            of = f" of {self.name}" if self.name else ""
            said = (
                f"{len(self._place):,} people{of} are past the capacity of dim {self.dim}: about "
                f"{false:.2g} false and {missed:.2g} missed facts are expected; "
                f"dim {needed_dim(self.sexes, self._facts)} would do"
            )
            note(CapacityWarning(said), stacklevel=4)

    # --- vectors and matrices ------------------------------------------------------------------
    def vectors(self, people: Array) -> Array:
        """The codes of people, by row (k,) → (k, dim)."""
        found = np.zeros((len(people), self.dim), dtype=np.float32)
        for block, here, local in self._by_block(people):
            found[here, self.blocks[block]] = self.frames[block][local]
        return found

    def mask(self, sex: str) -> Array:
        """The 0/1 mask (dim,) that keeps the people of a sex, "F", "M" or "U", without noise."""
        kept = np.zeros(self.dim, dtype=np.float32)
        kept[self.blocks["FMU".index(sex)]] = 1
        return kept

    def matrix(self, relation: str) -> Array:
        """R = Σ e_y e_xᵀ (dim, dim) over the facts (x, y) of a relation; kept once made."""
        if relation not in self._matrices:
            matrix = np.zeros((self.dim, self.dim), dtype=np.float32)
            for z, x, pairs in self.facts_by_block(relation):
                block = self.frames[z][pairs[:, 1]].T @ self.frames[x][pairs[:, 0]]
                matrix[self.blocks[z], self.blocks[x]] = block
            self._matrices[relation] = matrix
        return self._matrices[relation]

    def facts(self, relation: str) -> Array:
        """The facts (x, y) of a relation, as pairs of rows."""
        try:
            return self._facts[relation]
        except KeyError:
            known = ", ".join(self._facts)
            raise VsaError(f"no facts are called {relation!r}: there are {known}") from None

    def facts_by_block(self, relation: str) -> Iterable[tuple[int, int, Array]]:
        """(z, x, facts from block x to block z as rows (x, z) of the blocks' frames)."""
        pairs = self.facts(relation)
        for z, ends, z_local in self._by_block(pairs[:, 1]):
            for x, here, x_local in self._by_block(pairs[ends, 0]):
                yield z, x, np.stack([x_local, z_local[here]], axis=1)

    def encode(self) -> Codes:
        """Make the matrices of all relations that have facts, which are else made when asked."""
        for relation in self.relations:
            self.matrix(relation)
        return self

    @property
    def relations(self) -> list[str]:
        """The relations that have facts."""
        return [name for name, pairs in self._facts.items() if len(pairs)]

    @property
    def nbytes(self) -> int:
        """Bytes of the codes and of the matrices made so far."""
        return sum(a.nbytes for a in [*self.frames, *self._matrices.values()])

    # --- decoding ------------------------------------------------------------------------------
    def decode(
        self,
        relation: str,
        people: Array,
        *,
        converse: bool = False,
        threshold: float | None = None,
    ) -> Rows:
        """Whom each of some people (k,) is related to: cleanup of R e, or Rᵀ e for the converse.

        Takes k (dim² + n dim) steps, in blocks of people. Where most people are asked for, everyone
        is decoded and kept; the converse of that is read off the same scores, transposed.
        threshold: of the cleanup, ½ (rescaled where the matrices are damaged) unless given.
        """
        n = len(self._place)
        if not len(self.facts(relation)):
            return Rows.empty(len(people))
        if threshold is not None:
            return self._decode(relation, people, converse, threshold)
        if relation not in self._decoded and 2 * len(people) > n:
            everyone = self._decode(relation, np.arange(n), False, self.threshold)
            self._decoded[relation] = everyone
            self._decoded["~" + relation] = everyone.transpose(n)
        known = self._decoded.get("~" + relation if converse else relation)
        if known is not None:
            return known.take(people)
        return self._decode(relation, people, converse, self.threshold)

    def _decode(self, relation: str, people: Array, converse: bool, threshold: float) -> Rows:
        matrix = self.matrix(relation)
        matrix = matrix if converse else matrix.T  # a code is a row here: e Rᵀ
        sources, found = [], []
        for x, here, local in self._by_block(people):
            for start in range(0, len(here), BLOCK):
                part = slice(start, start + BLOCK)
                images = self.frames[x][local[part]] @ matrix[self.blocks[x]]
                row, person = self.cleanup(images, threshold)
                sources.append(here[part][row])
                found.append(person)
        if not sources:
            return Rows.empty(len(people))
        return Rows.of_pairs(np.concatenate(sources), np.concatenate(found), len(people))

    def cleanup(self, images: Array, threshold: float | None = None) -> tuple[Array, Array]:
        """The people z with e_zᵀ v above the threshold: (row of `images` (k, dim), person) pairs."""
        limit = np.float32(self.threshold if threshold is None else threshold)
        rows, people = [], []
        for block, members in enumerate(self.members):
            image = images[:, self.blocks[block]]
            if not len(members) or not image.any():
                continue  # no fact leads into this block
            row, local = np.divmod(
                np.flatnonzero(image @ self.frames[block].T > limit), len(members)
            )
            rows.append(row)
            people.append(members[local])
        none = np.zeros(0, dtype=np.int64)
        return np.concatenate([none, *rows]), np.concatenate([none, *people])

    def forget(self) -> None:
        """Drop what decoding has kept; the next question computes it again."""
        self._decoded.clear()

    def _by_block(self, people: Array) -> Iterable[tuple[int, Array, Array]]:
        """(block, positions in `people`, rows of the block's frame) of each block that occurs."""
        sexes = self.sexes[people]
        for block in range(3):
            here = np.flatnonzero(sexes == block)
            if len(here):
                yield block, here, self._place[people[here]]

    # --- other matrices ------------------------------------------------------------------------
    def refine(self, tolerance: float = 0.15, limit: int = 200) -> Codes:
        """Codes whose matrices the delta rule has corrected, so that fewer dimensions do.

        tolerance: how far a score may stay from .7 for facts, .3 for others, below .2.  limit: of
        rounds. VsaError where it does not get there. See delta.py.
        """
        if not 0 < tolerance < HIGH - 0.5:
            raise VsaError(f"tolerance must be between 0 and .2, not {tolerance!r}")
        return self._with({name: self._refined(name, tolerance, limit) for name in self.relations})

    def _refined(self, relation: str, tolerance: float, limit: int) -> Array:
        matrix = self.matrix(relation).copy()
        for z, x, pairs in self.facts_by_block(relation):
            here = self.blocks[z], self.blocks[x]
            to, of = self.frames[z], self.frames[x]
            try:
                matrix[here] = settled(matrix[here], to, of, pairs, tolerance, limit)
            except ArithmeticError as error:
                raise VsaError(
                    f"the delta rule {error} for {relation!r} at dim {self.dim}: use more, or dim "
                    f"{needed_dim(self.sexes, self._facts)}, which needs no correction"
                ) from None
        return matrix

    def damaged(self, zeroed: float = 0.0, noise: float = 0.0, seed: int = 0) -> Codes:
        """Codes whose matrices are damaged, the threshold rescaled to what is left of a score.

        zeroed: share of the entries set to 0, below 1.  noise: normal noise added to every entry,
        in units of the root mean square of the matrix.
        """
        if not 0 <= zeroed < 1:
            raise VsaError(f"zeroed must be a share from 0 to below 1, not {zeroed!r}")
        if not 0 <= noise < np.inf:
            raise VsaError(f"noise must be 0 or more, not {noise!r}")
        rng = np.random.Generator(np.random.PCG64([seed % 2**64, len(self.blocks)]))
        matrices = {}
        for name in self.relations:
            matrix = self.matrix(name)
            rms = np.float32(noise * np.sqrt(np.mean(np.square(matrix), dtype=np.float64)))
            matrix = matrix + rms * rng.standard_normal(matrix.shape, dtype=np.float32)
            matrix[rng.random(matrix.shape, dtype=np.float32) < zeroed] = 0
            matrices[name] = matrix
        return self._with(matrices, self.threshold * (1 - zeroed))

    def _with(self, matrices: dict[str, Array], threshold: float | None = None) -> Codes:
        """The same people with other matrices."""
        codes = copy.copy(self)
        codes._matrices, codes._decoded = matrices, {}
        codes.threshold = self.threshold if threshold is None else threshold
        return codes

    # --- noise ---------------------------------------------------------------------------------
    def expected_errors(self) -> tuple[float, float]:
        """(false, missed) facts expected when every relation is decoded for everyone.

        Of matrices that are sums over the facts, neither damaged nor refined.
        """
        numbers = np.array([len(rows) for rows in self.members])
        return expected_errors(loads(self.sexes, self._facts), numbers, self.dims)

    def __repr__(self) -> str:
        return f"<Codes dim {self.dim}: {len(self._place):,} people, {', '.join(self.relations)}>"


def _frame(n: int, dim: int, seed: int, block: int) -> Array:
    """n codes (n, dim) of length 1: orthonormal if dim ≥ n, else a tight frame with scaled rows."""
    rng = np.random.Generator(np.random.PCG64([seed % 2**64, block]))
    drawn = rng.standard_normal((max(n, dim), min(n, dim)), dtype=np.float32)
    basis, triangle = np.linalg.qr(drawn)
    basis *= np.where(np.diag(triangle) < 0, -1, 1).astype(np.float32)  # uniform over rotations
    codes = basis.T if dim > n else basis
    codes = codes / np.linalg.norm(codes, axis=1, keepdims=True)
    return np.ascontiguousarray(codes, dtype=np.float32)
