"""Every algebra that torchhd has too: binding, bundles of 8 and similarities, of one and of many.

Ours: `a * b`, `vsa.bind(a, b, out=c)`, `a.similarities(b)` pair by pair, and `vsa.bundle(*terms).data`,
the finished row where sums are finished.  torchhd: its tensor of the same vectors, in each of the
dtypes that may be its fastest: bind; cosine_similarity, of batches with an axis put in, since it
compares all with all; multibundle of stacked terms or bundle one by one where that comes to the same,
with normalize for map-b. Random ties of its are left out of the comparison of answers, and so are
the similarities of mcr, which it measures by another distance.

bsc, beside that: the bytes of vectors, and cleanup among many, where ours gives names, probabilities
and P(nothing) as well, and torchhd the winner of its hamming or cosine similarities.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import vsa
from benchmarks.harness import OURS, Candidate, Row
from benchmarks.peers import peer, tensor

PEERS = ("torchhd",)
TERMS = 8
ROUNDING = 1e-3  # of a sum of phasors, within which it may fall either way

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Twin:
    """One of our algebras and torchhd's tensor for it.

    levels: of modular ones.  goals: the least ratios that are not 1, by what is done and how often.
    """

    name: str
    tensor: str
    dtypes: tuple[str, ...] = ("float32",)
    levels: int | None = None
    goals: dict[tuple[str, bool], float] = field(default_factory=dict)

    def of(self, components: Array, dtype: str) -> Any:
        return tensor(components, self.tensor, dtype, self.levels)

    @property
    def adds(self) -> bool:
        """Whether torchhd's bundle of two is a sum, so that it may be taken one by one."""
        return self.tensor not in ("BSCTensor", "BSBCTensor", "MCRTensor")


BIND, BUNDLE, SIMILARITY, OUT = "bind", f"bundle of {TERMS}", "similarity", "bind, out="
LEVELS = 16
TWINS = (
    Twin("bsc", "BSCTensor", ("bool",), None,
         {(BIND, False): 10, (BIND, True): 10, (BUNDLE, True): 40}),
    Twin("map-b", "MAPTensor", ("int8", "float32"), None, {(BUNDLE, True): 3}),
    Twin("map-i", "MAPTensor"),
    Twin("fhrr", "FHRRTensor", ("complex64",), None,
         {(BIND, False): 1.5, (BIND, True): 1.5, (OUT, False): 2, (OUT, True): 2}),
    Twin("hrr", "HRRTensor"),
    Twin("vtb", "VTBTensor", goals={(BIND, False): 20, (BIND, True): 20}),
    Twin(f"sbc:{LEVELS}", "BSBCTensor", ("int32", "int64"), LEVELS),
    Twin(f"mcr:{LEVELS}", "MCRTensor", ("int32",), LEVELS),
)  # fmt: skip


def rows(quick: bool = False) -> Iterator[Row]:
    dim, many = (64, 20) if quick else (1024, 10_000)
    for twin in TWINS:
        space = vsa.Space(dim=dim, algebra=twin.name)
        for shape in ((), (many,)):
            yield from _rows(twin, space, shape)
    space = vsa.Space(dim=dim, algebra="bsc")
    yield _bytes(space, many)
    yield _cleanup(space, 10 * many)


def _rows(twin: Twin, space: vsa.Space, shape: tuple[int, ...]) -> Iterator[Row]:
    terms = [space.random(shape) for _ in range(TERMS)]
    a, b = terms[:2]

    def row(what: str, ours: Candidate, others: Callable[..., Iterator[Candidate]]) -> Row:
        goal = twin.goals.get((what, bool(shape)), 1)
        found = others(twin, terms) if peer("torchhd") else ()
        count = f"{shape[0] if shape else 1:,}"
        return Row(f"{twin.name}: {what}, {count}", [ours, *found], {"torchhd": goal})

    yield row(BIND, Candidate(OURS, lambda: a * b, components), _bound)
    if twin.name == "fhrr":
        out = a * b
        yield row(OUT, Candidate(OURS, lambda: vsa.bind(a, b, out=out), components), _bound)
    decided = _decided(twin, terms)
    yield row(
        BUNDLE,
        Candidate(OURS, lambda: vsa.bundle(*terms).data, lambda r: decided(shown(space, r))),
        _bundled,
    )
    yield row(SIMILARITY, Candidate(OURS, lambda: a.similarities(b), np.ravel), _compared)


# --- torchhd -------------------------------------------------------------------------------------


def _bound(twin: Twin, terms: list[vsa.Vector]) -> Iterator[Candidate]:
    for dtype in twin.dtypes:
        x, y = (twin.of(components(v), dtype) for v in terms[:2])
        yield Candidate("torchhd", lambda x=x, y=y: x.bind(y), components, dtype)


def _bundled(twin: Twin, terms: list[vsa.Vector]) -> Iterator[Candidate]:
    signs, decided = twin.name == "map-b", _decided(twin, terms)

    def finished(total: Any) -> Any:
        return total.normalize() if signs else total

    def one_by_one(some: list[Any]) -> Any:
        total = some[0]
        for term in some[1:]:
            total = total.bundle(term)
        return finished(total)

    def answer(result: Any) -> Array:
        return decided(components(result))

    for dtype in twin.dtypes:
        stacked = twin.of(np.stack([components(v) for v in terms], axis=-2), dtype)
        yield Candidate(
            "torchhd", lambda x=stacked: finished(x.multibundle()), answer, f"{dtype}, stacked"
        )
        if twin.adds:
            some = [twin.of(components(v), dtype) for v in terms]
            yield Candidate("torchhd", lambda x=some: one_by_one(x), answer, f"{dtype}, one by one")


def _compared(twin: Twin, terms: list[vsa.Vector]) -> Iterator[Candidate]:
    def answer(found: Any) -> Array:
        """The cosines; of blocks torchhd gives the share of those that agree."""
        shares = np.ravel(found)
        return shares if twin.levels is None else (shares * twin.levels - 1) / (twin.levels - 1)

    for dtype in twin.dtypes:
        x, y = (twin.of(components(v), dtype) for v in terms[:2])
        if terms[0].shape:
            x, y = x.unsqueeze(-2), y.unsqueeze(-2)
        yield Candidate(
            "torchhd",
            lambda x=x, y=y: x.cosine_similarity(y),
            None if twin.name.startswith("mcr") else answer,
            dtype,
        )


# --- answers -------------------------------------------------------------------------------------


def components(vectors: Any) -> Array:
    """Anybody's vectors by their components, in NumPy."""
    return vectors.numpy() if isinstance(vectors, vsa.Vector) else np.asarray(vectors)


def shown(space: vsa.Space, row: Any) -> Array:
    """The components of a row that is bare."""
    return space.backend.numpy(space.algebra.to_real(row))


def _decided(twin: Twin, terms: list[vsa.Vector]) -> Callable[[Array], Array]:
    """What makes bundles comparable: their components but for those that ties decide."""

    def decided(row: Array) -> Array:
        if terms[0].space.closed:
            return row
        values = np.stack([components(v) for v in terms])
        if twin.name.startswith("mcr"):
            total = np.exp(2j * np.pi * values / LEVELS).sum(axis=0)
            level = np.angle(total) * LEVELS / (2 * np.pi)
            clear = (abs(total) > ROUNDING) & (abs(level % 1 - 0.5) > ROUNDING)
        else:  # the most frequent value, where one is
            counts = (values[:, None] == values).sum(axis=0)
            best = np.where(counts == counts.max(axis=0), values, np.nan)
            clear = np.nanmin(best, axis=0) == np.nanmax(best, axis=0)
        return np.where(clear, row, 0)

    return decided


# --- bsc -----------------------------------------------------------------------------------------


def _bytes(space: vsa.Space, count: int) -> Row:
    vectors = space.random((count,))
    candidates = [Candidate(OURS, lambda: vectors, components)]
    if peer("torchhd"):
        x = TWINS[0].of(components(vectors), "bool")
        candidates.append(Candidate("torchhd", lambda: x, components))
    label = f"bsc: bytes of {count:,}"
    return Row(label, candidates, {"torchhd": 8}, "B", lambda run: float(run().data.nbytes))


def _cleanup(space: vsa.Space, count: int) -> Row:
    """The query is the first item and crosstalk of two pairs."""
    vectors = space.random((count,))
    memory = vsa.Memory(space)
    memory.add([str(i) for i in range(count)], vectors)
    query = vsa.bundle(vectors[0], vectors[1] * vectors[2], vectors[3] * vectors[4]).normalize()
    candidates = [
        Candidate(OURS, lambda: memory.cleanup(query, exact=True), lambda answer: int(answer.name)),
        *(_nearest(vectors, query) if peer("torchhd") else ()),
    ]
    return Row(f"bsc: cleanup, {count:,} items", candidates, {"torchhd": 200})


def _nearest(vectors: vsa.Vector, query: vsa.Vector) -> Iterator[Candidate]:
    torchhd, max_of = peer("torchhd"), peer("torch").max
    x, q = (TWINS[0].of(components(v), "bool") for v in (vectors, query))
    for measure in (torchhd.hamming_similarity, torchhd.cosine_similarity):
        yield Candidate(
            "torchhd",
            lambda measure=measure: max_of(measure(q, x), dim=-1),
            lambda found: int(found[1]),
            measure.__name__,
        )
