"""Is an answer that says .8 right in 80 of 100 cases? Simulated retrievals, from plain NumPy.

Pairs key ⊛ filler are superposed, a key is unbound, the result cleaned up among the items. The
number of pairs is log-uniform from 1 to dim unless said otherwise. Run this file as a script for
the table of all figures.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest

import vsa
from vsa.likelihood import log_likelihood, log_total, membership, posterior

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


# -- what is stored, and what else may be asked for --------------------------------------------


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


# -- retrievals -------------------------------------------------------------------------------


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


CONFIGURATIONS = [(dim, kind) for dim in (64, 256, 1024) for kind in ("unitary", "gaussian")]


@pytest.mark.parametrize(("dim", "kind"), CONFIGURATIONS)
def test_probabilities_come_true(dim, kind):
    always, half = retrieve(dim, kind, 0.0, 0.5)
    assert not always.nothing.any()
    for found in (always, half):
        got = reliability(found.match, found.right)
        assert abs(got.z) < 3
        assert got.error < 0.015
        assert got.brier < 0.5
    # Whether there is an answer at all is the harder question: many a trace holds too much to tell.
    nothing = reliability(half.nothing, half.truth < 0)
    assert abs(nothing.z) < 3
    assert nothing.error < 0.02
    assert nothing.brier < 0.8


@pytest.mark.parametrize("dim", [64, 256])
def test_answers_are_better_than_they_say_where_loads_are_small(dim):
    # Loads up to dim / 4 only, of which the formula knows nothing.
    for found in retrieve(dim, "unitary", 0.0, 0.5, most=dim // 4):
        got = reliability(found.match, found.right)
        assert got.bias > 0
        assert got.error < 0.07


@pytest.mark.parametrize("dim", [64, 256])
@pytest.mark.parametrize("kind", ["unitary", "gaussian"])
def test_items_may_share_half_of_their_energy(dim, kind):
    for found in retrieve(dim, kind, 0.0, 0.5, stock=siblings, count=10_000):
        got = reliability(found.match, found.right)
        assert abs(got.z) < 3
        assert got.error < 0.02
        assert got.brier < 0.5


# -- new tokens of stored types: a third of the queries each known, new, and unrelated ----------


def novel(prototypes, unrelated=0.5, weights=None):
    stock = partial(siblings, prototypes=prototypes, novel=1 - unrelated)
    options = {"stock": stock, "weights": weights, "count": 10_000}
    (found,) = retrieve(256, "unitary", 1 / 3, outside=2 / 3, **options)
    return found


TYPES_A_FIFTH = np.repeat([0.8 / ITEMS, 0.2 / TYPES], [ITEMS, TYPES])


def test_without_prototypes_a_new_token_passes_for_a_sibling():
    # The limit that the next test lifts: of 256 dimensions and loads below 12.
    found = novel(prototypes=False, unrelated=0.0)
    new = found.outside & (found.load < 12)
    assert found.match[new].mean() > 0.6
    assert found.nothing[new].mean() < 0.1


@pytest.mark.parametrize("weights", [None, TYPES_A_FIFTH])
def test_with_prototypes_stored_a_new_token_is_something_of_its_type(weights):
    found = novel(prototypes=True, weights=weights)
    got = reliability(found.match, found.right)
    assert got.error < 0.03
    few = found.load < 12
    new, known = few & (found.truth >= ITEMS), few & ~found.outside
    assert found.right[new].mean() > 0.8
    assert found.match[new].mean() == pytest.approx(found.right[new].mean(), abs=0.07)
    assert found.right[known].mean() > 0.97
    nothing = reliability(found.nothing, found.truth < 0)
    assert nothing.error < 0.03


def test_prototypes_cost_nothing_where_no_token_is_new():
    stock = partial(siblings, prototypes=True)
    (found,) = retrieve(256, "unitary", 0.5, stock=stock, count=10_000)
    got = reliability(found.match, found.right)
    assert abs(got.z) < 3
    assert got.error < 0.02


# -- shared fillers: what plays in B the part that x plays in A? --------------------------------


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


def test_shared_fillers_return_the_question():
    # Each shared pair adds the identity to ~A ⊛ B, so x itself comes back, and looks certain: one
    # is as loud as the answer, two are louder.
    _, right, itself = analogies(1024, shared=1, exclude=False)
    assert itself.mean() == pytest.approx(right.mean(), abs=0.1)
    match, right, itself = analogies(1024, shared=2, exclude=False)
    assert itself.mean() > 0.8
    assert match[itself].mean() > 0.9


@pytest.mark.parametrize("shared", [0, 1, 2])
def test_the_answer_is_honest_once_the_question_is_left_out(shared):
    match, right, _ = analogies(1024, shared, exclude=True)
    got = reliability(match, right)
    assert right.mean() > 0.6
    assert got.error < 0.03


# -- plain bundles: many items are right --------------------------------------------------------


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


def uncertain(p):
    """All but the items that are out of the question, most of 500."""
    return p > 0.01


@pytest.mark.parametrize("dim", [512, 1024])
def test_membership_comes_true(dim):
    cosines, member = bundles(dim)
    p = membership(cosines, dim)
    got = reliability(p.ravel(), member.ravel())
    assert abs(got.z) < 3
    assert got.error < 0.001
    assert got.brier < 0.05
    close = uncertain(p)
    assert reliability(p[close], member[close]).error < 0.02
    assert p.sum() == pytest.approx(member.sum(), rel=0.02)


@pytest.mark.parametrize(
    "options",
    [{"most": 60}, {"counts": 3}, {"noise": 2.0}, {"items": 30, "noise": 2.0}],
    ids=str,
)
def test_membership_comes_true_of_other_bundles(options):
    cosines, member = bundles(512, **options)
    p = membership(cosines, 512)
    close = uncertain(p)
    assert reliability(p[close], member[close]).error < 0.02
    assert p.sum() == pytest.approx(member.sum(), rel=0.08)


def apart(cosines, dim, proportion=None):
    """Membership with an unknown share for each item, the proportion of members given or by EM."""
    likelihood = np.exp(np.minimum(log_likelihood(cosines, dim), 500))
    share = np.full((len(cosines), 1), 0.05 if proportion is None else proportion)
    for _ in range(200 if proportion is None else 1):
        p = share * likelihood / (1 - share + share * likelihood)
        share = p.mean(-1, keepdims=True)
    return p


def test_one_share_for_all_members_is_better_than_one_for_each():
    cosines, member = bundles(512)
    assert apart(cosines, 512).sum() > 1.3 * member.sum()
    cosines, member = bundles(512, most=60)
    assert apart(cosines, 512, 1 / 500).sum() < 0.6 * member.sum()
    ours = reliability(membership(cosines, 512).ravel(), member.ravel())
    theirs = reliability(apart(cosines, 512).ravel(), member.ravel())
    assert ours.brier < theirs.brier
    assert ours.error < 0.3 * theirs.error


if __name__ == "__main__":
    for dim, kind in CONFIGURATIONS:
        for prior, found in zip((0.0, 0.5), retrieve(dim, kind, 0.0, 0.5), strict=True):
            print_row(f"{dim} {kind}, prior of nothing {prior}", found.match, found.right)
        print_row("    nothing", found.nothing, found.truth < 0)
    for dim, kind in CONFIGURATIONS[::2]:
        each = zip((0.0, 0.5), retrieve(dim, kind, 0.0, 0.5, most=dim // 4), strict=True)
        for prior, found in each:
            print_row(f"{dim} {kind}, prior {prior}, loads to dim/4", found.match, found.right)
    for dim, kind in CONFIGURATIONS:
        both = retrieve(dim, kind, 0.0, 0.5, stock=siblings, count=10_000)
        for prior, found in zip((0.0, 0.5), both, strict=True):
            print_row(f"{dim} {kind}, prior {prior}, siblings", found.match, found.right)
    for title, weights in (("uniform prior", None), ("types a fifth", TYPES_A_FIFTH)):
        found = novel(prototypes=True, weights=weights)
        print_row(f"256, new tokens, prototypes, {title}", found.match, found.right)
        print_row("    nothing", found.nothing, found.truth < 0)
    found = novel(prototypes=False)
    print_row("256, new tokens, no prototypes", found.match, found.right)
    for shared in range(3):
        for exclude in (False, True):
            match, right, _ = analogies(1024, shared, exclude)
            print_row(f"1024, {shared} shared pairs, question left out: {exclude}", match, right)
    for dim, options in [(512, {}), (1024, {}), (512, {"most": 60}), (512, {"counts": 3}),
                         (512, {"noise": 2.0}), (512, {"items": 30, "noise": 2.0})]:  # fmt: skip
        cosines, member = bundles(dim, **options)
        p = membership(cosines, dim)
        print_row(f"{dim} membership {options}", p.ravel(), member.ravel())
        print_row("    of P > .01", p[uncertain(p)], member[uncertain(p)])
