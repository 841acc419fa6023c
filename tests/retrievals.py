"""Simulated retrievals, from plain NumPy: what they find, and whether the probabilities come true.

Pairs key ⊛ filler are superposed, a key is unbound, the result cleaned up among the items. The
number of pairs is log-uniform from 1 to dim unless said otherwise.
"""

from dataclasses import dataclass

import numpy as np

import vsa
from vsa.theory.likelihood import log_likelihood, log_total, posterior

ITEMS, PER_SET = 200, 50  # atoms are drawn afresh every 50 retrievals
TYPES = 20  # of the correlated items, with ten tokens each
PHASES = np.exp(2j * np.pi * (np.arange(65536) + 0.5) / 65536).astype(np.complex64)


def cleanup(items, queries, prior_nothing, weights=None, without=None):
    """(winner, P(winner), P(nothing)) for each query, by the library's own memory.

    weights (items,): prior of each; without (queries,): an item left out of each query. These two
    are questions to the theory that the memory does not offer, and are answered by it directly.
    """
    if weights is not None or without is not None:
        return by_theory(items, queries, prior_nothing, weights, without)
    memory = remembered(items)
    space = memory.space
    vectors = vsa.Vector(space, space.algebra.unpack(np.ascontiguousarray(queries)))
    answer = memory.cleanup(vectors, prior_nothing=prior_nothing)
    return answer.names[:, 0].astype(int), answer.probability, answer.nothing


def remembered(items):
    space = vsa.Space(dim=items.shape[-1])
    memory = vsa.Memory(space)
    vectors = vsa.Vector(space, space.algebra.unpack(np.ascontiguousarray(items)))
    memory.add([str(i) for i in range(len(items))], vectors)
    return memory


def by_theory(items, queries, prior_nothing, weights=None, without=None):
    """The same from the formulas, item by item."""
    dim, count = items.shape[-1], len(items)
    log_l = log_likelihood(unit(queries) @ items.T, dim)
    if weights is not None:
        log_l += np.log(count * weights)
    if without is not None:
        log_l[np.arange(len(log_l)), without] = -np.inf
        count -= 1
    winner = log_l.argmax(-1)
    best = np.take_along_axis(log_l, winner[:, None], -1)
    match, nothing = posterior(best, log_total(log_l), count, prior_nothing)
    return winner, match[:, 0], nothing


# -- vectors: half spectra (…, dim // 2 + 1), or packed so that dot products are those of reals ----
def unit(v):
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


def scale(dim):
    """What each packed component is multiplied with: DC, Nyquist, then real and imaginary parts."""
    return np.repeat(np.float32([dim**-0.5, (2 / dim) ** 0.5]), [2, dim - 2])


def pack(spectra):
    dim = 2 * (spectra.shape[-1] - 1)
    packed = np.empty((*spectra.shape[:-1], dim), np.float32)
    packed[..., 0], packed[..., 1] = spectra[..., 0].real, spectra[..., -1].real
    packed[..., 2:] = np.ascontiguousarray(spectra[..., 1:-1]).view(np.float32)
    packed *= scale(dim)
    return packed


def unpack(packed):
    parts = packed / scale(packed.shape[-1])
    inner = np.ascontiguousarray(parts[..., 2:]).view(np.complex64)
    return np.concatenate([parts[..., :1], inner, parts[..., 1:2]], axis=-1)


def atoms(rng, count, dim, kind):
    """Half spectra of unitary vectors, with drawn signs at DC and Nyquist, or of N(0, 1/dim)."""
    ends = [0, -1]
    if kind == "gaussian":
        parts = rng.standard_normal((count, dim + 2), dtype=np.float32)
        parts *= np.float32(0.5**0.5)
        spectra = parts.view(np.complex64)
        spectra[:, ends] = spectra[:, ends].real * np.float32(2**0.5)
        return spectra
    drawn = rng.integers(0, 65536, (count, dim // 2 + 1), dtype=np.uint16)
    spectra = PHASES[drawn]
    spectra[:, ends] = 1 - 2 * (drawn[:, ends] & 1).astype(np.float32)
    return spectra


# -- what is stored, and what else may be asked for ------------------------------------------------
@dataclass
class Stock:
    """Items (unit, packed), the first `fillers` of which are bound; vectors outside the memory,
    and which item is the right answer to each of these (−1: nothing)."""

    items: np.ndarray
    fillers: int
    outside: np.ndarray
    answers: np.ndarray


def independent(rng, dim, kind):
    v = unit(pack(atoms(rng, ITEMS + PER_SET, dim, kind)))
    return Stock(v[:ITEMS], ITEMS, v[ITEMS:], np.full(PER_SET, -1))


def siblings(rng, dim, kind, prototypes=False, novel=0.0):
    """Tokens normalize(type + id). Outside: unrelated vectors and new tokens of known types, for
    which "something of that type" is right where the types are stored as items too."""
    types = unit(pack(atoms(rng, TYPES, dim, kind)))
    ids = unit(pack(atoms(rng, ITEMS + PER_SET, dim, kind)))
    of_type = rng.integers(0, TYPES, ITEMS + PER_SET)
    tokens = unit(types[of_type] + ids)
    items = np.concatenate([tokens[:ITEMS], types]) if prototypes else tokens[:ITEMS]
    new = rng.random(PER_SET) < novel
    outside = np.where(new[:, None], tokens[ITEMS:], ids[ITEMS:])
    answers = np.where(new & prototypes, ITEMS + of_type[ITEMS:], -1)
    return Stock(items, ITEMS, outside, answers)


# -- retrievals ------------------------------------------------------------------------------------
@dataclass
class Retrievals:
    load: np.ndarray  # superposed pairs
    outside: np.ndarray  # whether the filler asked for was not stored
    truth: np.ndarray  # the right item, −1: nothing
    winner: np.ndarray
    match: np.ndarray  # P(winner)
    nothing: np.ndarray  # P(nothing)

    @property
    def right(self):
        return self.winner == self.truth


def retrieve(
    dim, kind, *priors, outside=None, stock=independent, most=None, weights=None, count=20_000,
    seed=0,
):  # fmt: skip
    """Retrievals for each prior of "nothing", which is the share that asks for what is not stored,
    unless `outside` is given; loads up to `most`; on the same atoms."""
    rng = np.random.Generator(np.random.SFC64(seed))
    most = most or dim
    found = [[] for _ in priors]
    for _ in range(count // PER_SET):
        shelf = stock(rng, dim, kind)
        fillers = rng.integers(0, shelf.fillers, most)
        keys = atoms(rng, most, dim, kind)
        pairs = keys * unpack(shelf.items)[fillers]
        for prior, column in zip(priors, found, strict=True):
            load = np.exp(rng.uniform(0, np.log(most + 1), PER_SET)).astype(int).clip(1, most)
            asked = rng.integers(0, most, PER_SET)
            absent = rng.random(PER_SET) < (prior if outside is None else outside)
            # A trace is a run of pairs, around the end to the beginning, from the one asked for.
            position = (np.arange(most) - asked[:, None]) % most
            held = (position < load[:, None]) & ~(absent[:, None] & (position == 0))
            traces = (held.astype(np.float32) @ pairs.view(np.float32)).view(np.complex64)
            traces[absent] += keys[asked[absent]] * unpack(shelf.outside[absent])
            queries = pack(traces * keys[asked].conj())
            truth = np.where(absent, shelf.answers, fillers[asked])
            column.append((load, absent, truth, *cleanup(shelf.items, queries, prior, weights)))
    return [Retrievals(*map(np.concatenate, zip(*rows, strict=True))) for rows in found]


def analogies(dim, shared, exclude, sets=100, seed=0):
    """x ⊛ ~A ⊛ B for records that have `shared` role–filler pairs in common, and others.

    Returns (P(winner), whether it is right, whether it is x). A and B have 3 to √dim roles, on a
    log scale: a load of up to dim products.
    """
    rng = np.random.Generator(np.random.SFC64(seed))
    found = []
    for _ in range(sets):
        spectra = atoms(rng, ITEMS, dim, "unitary")
        queries, asked, truth = [], [], []
        for roles in np.exp(rng.uniform(np.log(3), 0.5 * np.log(dim), PER_SET)).astype(int):
            keys = atoms(rng, roles, dim, "unitary")
            a, b = rng.permutation(ITEMS)[: 2 * roles].reshape(2, roles)
            b[:shared] = a[:shared]
            mapping = (keys * spectra[a]).sum(0).conj() * (keys * spectra[b]).sum(0)
            queries.append(spectra[a[-1]] * mapping)
            asked.append(a[-1])
            truth.append(b[-1])
        without = np.array(asked) if exclude else None
        winner, match, _ = cleanup(unit(pack(spectra)), pack(np.array(queries)), 0, without=without)
        found.append((match, winner == truth, winner == asked))
    return [np.concatenate(column) for column in zip(*found, strict=True)]


# -- plain bundles: many items are right -----------------------------------------------------------
def bundles(dim, items=500, most=20, counts=1, noise=0.0, per_set=10, sets=60, seed=0):
    """(cosines, whether member) of bundles of 1 to `most` items, fresh atoms for every ten."""
    rng = np.random.Generator(np.random.SFC64(seed))
    cosines, members = [], []
    for _ in range(sets):
        stored = unit(pack(atoms(rng, items, dim, "unitary")))
        size = rng.integers(1, most + 1, per_set)
        member = rng.permuted(np.tile(np.arange(items), (per_set, 1)), axis=1) < size[:, None]
        bundle = (member * rng.integers(1, counts + 1, member.shape)) @ stored
        energy = rng.uniform(0, noise, per_set) * (bundle**2).sum(-1)
        bundle += np.sqrt(energy)[:, None] * unit(rng.standard_normal(bundle.shape))
        cosines.append(unit(bundle) @ stored.T)
        members.append(member)
    return np.concatenate(cosines), np.concatenate(members)


# -- how true they are -----------------------------------------------------------------------------
@dataclass
class Reliability:
    z: float  # Spiegelhalter's; beyond ±3 the probabilities cannot all be true
    error: float  # expected calibration error, 15 bins
    brier: float  # Brier score over that of the constant base rate
    bias: float  # how often right, less the mean probability

    def __str__(self):
        return f"z {self.z:6.2f}  ECE {self.error:.4f}  Brier ratio {self.brier:.3f}"


def reliability(p, right):
    right = right.astype(float)
    z = ((right - p) * (1 - 2 * p)).sum() / np.sqrt(((1 - 2 * p) ** 2 * p * (1 - p)).sum())
    cell = np.minimum((p * 15).astype(int), 14)
    error = np.abs(np.bincount(cell, weights=right - p)).sum() / len(p)
    constant = right.mean() * (1 - right.mean())
    brier = ((right - p) ** 2).mean() / constant if constant else np.inf
    return Reliability(z, error, brier, (right - p).mean())


def print_row(title, p, right):
    print(f"{title:58} {reliability(p, right)}")
