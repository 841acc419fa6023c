"""What a sign sketch keeps: how far apart two sketches are, and what a shortlist may have missed.

Two vectors at cosine c, one of them in a random direction, differ in the sign of a share
p = ½ − atan(g·c/√(1−c²))/π of their coordinates, where the gain g is 1 if the coordinates of the
other are normal: then p = acos(c)/π. The more even they are in size, the more their signs tell:
g = ‖x‖₁/√dim/√(2/π) gives the right slope at c = 0, which is what counts, and 1.13 for the spectral
coordinates of a unitary vector; p is a little too large further on.

So among n coordinates an item that makes up a share ρ of a query differs in Binomial(n, p(ρ)), an
unrelated one in Binomial(n, ½). Once the cosine itself is known, over all dim of them, it explains
a part of that scatter: n·p(1−p) − n²/dim·(p'(c)·(1−c²))² is left. From n = 256 on the normal law
stands for both.

A shortlist needs no more coordinates than tell its items from the crowd: the first of them are
compared with all rows, and what is near enough by these with more.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vsa.memory.sketch import asymmetric
from vsa.memory.sketch.asymmetric import Fine, normal
from vsa.theory.capacity import Floats
from vsa.theory.likelihood import log_likelihood
from vsa.theory.load import Known, shares
from vsa.theory.noise import Noise, noise_of

MISS = 0.005  # P(an item as good as the winner is not on the shortlist) that is put up with
LOAD = 8  # superposed terms that the first shortlist is made for
AIM = 0.02  # of their items it may miss; who is not certain then tries the next
WIDTH = 16  # unrelated items within the first cut at least: they cost next to nothing
AGAIN = 2  # times as many within later ones: about a quarter of them pass the first as well
SHORT = 1 / 32  # of all rows within the first cut: of more, comparing one more plane costs less
WIDEST = 1 / 16  # where there are no more bits; beyond that the exact scan is as good
LIKELY = 0.5  # P(the best of unrelated items is seen in the first search for it)
SURELY = 0.9999  # and that it is at hand for the second
GRID = 512  # cosines for which there is such a search, in 1
ENOUGH = 1.35  # times what is hidden, about, is what all items come to
NOISIEST = 1 / 8  # where nothing is near, which takes the exact scan longest
MORE = 1.5  # times the load, when the shortlist did not do
HEAD = 512  # bits of the first plane of a sketch, a line of the cache; then doubled
SHADE = 0.01  # of the best item's likelihood: one with less changes its probability by less
NOISE = 0.01  # P(chance alone brings some item up to the noise floor)


def differing(c: float, gain: float = 1.0) -> float:
    """P(two vectors at cosine c differ in the sign of a coordinate)."""
    return 0.5 - math.atan2(gain * c, math.sqrt(max(1 - c * c, 0.0))) / math.pi


def cutoff(bits: int, items: int, load: float = LOAD, gain: float = 1.0, least: int = WIDTH) -> int:
    """The distance up to which a sketch is on the shortlist of a query of `load` terms.

    One of its terms is then missed with probability `AIM` at most; if that takes few rows, the
    cutoff is what `least` unrelated ones of `items` are within.
    """
    p = differing(1 / math.sqrt(load), gain)
    wanted = bits * p - normal().inv_cdf(AIM) * math.sqrt(bits * p * (1 - p))
    few = min(least / items, 0.5)
    return math.ceil(max(wanted, bits / 2 + math.sqrt(bits) / 2 * normal().inv_cdf(few)))


@lru_cache(maxsize=16)
def _law(bits: int) -> Floats:
    """P(two unrelated sketches of so many bits are 0 … bits apart)."""
    away = np.arange(bits + 1) - bits / 2
    return np.asarray(np.exp(-2 / bits * away * away) * math.sqrt(2 / (math.pi * bits)))


class Cut(NamedTuple):
    """What differs in `distance` of the first `bits` coordinates at most, which fill `planes`."""

    planes: int
    bits: int
    distance: int


class Step(NamedTuple):
    """A search: the rows within the first cut, of these those within the second, and so on.

    dim: of coordinates.  noise: of cosines.  gain: of the rows.  share: of unrelated ones that are
    left.  fine: in place of cuts, the asymmetric estimate.
    """

    cuts: tuple[Cut, ...]
    dim: int
    noise: Noise
    gain: float = 1.0
    share: float = 0.0
    fine: Fine | None = None


def rounded(count: int) -> int:
    """Up to the next number of four binary digits and zeros, so that a table may grow meanwhile."""
    zeros = max(count.bit_length() - 4, 0)
    return -(-count >> zeros) << zeros


def steps(
    dim: int, items: int, exceptions: int = 0, gain: float = 1.0, noise: Noise | None = None
) -> tuple[Step, ...]:
    """What to try one after the other: for growing loads while that is worth it.

    exceptions: rows that are on every shortlist.  noise: of cosines, if it is not that of dim.
    """
    found, every = _steps(dim, items, gain, noise), exceptions / items
    return tuple(s for s in found if s.share + every <= WIDEST) if exceptions else found


@lru_cache(maxsize=256)
def _steps(dim: int, items: int, gain: float, noise: Noise | None) -> tuple[Step, ...]:
    """The same without exceptions: these change often, and what is worked out of a step does not."""
    found: list[Step] = []
    load: float = LOAD
    while True:
        cuts: list[Cut] = []
        near, share = np.ones(1), 1.0  # P(so far apart, and within all cuts)
        for planes, bits in enumerate(prefixes(dim), 1):
            if share * items <= WIDTH:
                break
            distance = cutoff(bits, items, load, gain, WIDTH * AGAIN if cuts else WIDTH)
            more = bits - cuts[-1].bits if cuts else bits
            within = np.convolve(near, _law(more))[: distance + 1]
            left = float(within.sum())
            if left <= max(SHORT, 2 * WIDTH / items) or bits == dim:
                cuts.append(Cut(planes, bits, distance))
                near, share = within, left
        if share > WIDEST:
            return tuple(found)
        if not found or tuple(cuts) > found[-1].cuts:
            found.append(Step(tuple(cuts), dim, noise or noise_of(dim), gain, share))
        load *= MORE


@lru_cache(maxsize=64)
def best_by_chance(noise: Noise, items: int, probability: float) -> float:
    """The cosine that the best of so many unrelated items reaches with a probability."""
    c = np.linspace(0, 1, 2049)
    return float(c[np.flatnonzero(noise.false_match(c, items) >= probability).max(initial=0)])


@lru_cache(maxsize=256)
def faint(dim: int, best: float, gain: float, lost: float, noise: Noise) -> Step | None:
    """A search for an item at cosine `best`, where there may be none; None if too many rows come near.

    gain: of the rows on average.  lost: of the query to its levels.
    """
    m, scatter = gain * asymmetric.NORMAL, asymmetric.scatter(best, gain, dim, lost)
    fine = Fine(best * m + normal().inv_cdf(MISS) * scatter, best, lost)
    share = asymmetric.share(fine, dim)
    return Step((), dim, noise, gain, share, fine) if share <= NOISIEST else None


@lru_cache(maxsize=256)
def first_faint(
    dim: int, items: int, gain: float, lost: float, noise: Noise, likely: float
) -> Step | None:
    """A search among unrelated items, if it is worth it.

    It is likely to have their best, and so many others that the rest is known by its average.
    """
    best = math.floor(best_by_chance(noise, items, likely) * GRID) / GRID
    while (step := faint(dim, best, gain, lost, noise)) is not None:
        mean, deviation = hidden(step)
        if deviation <= SHADE * ENOUGH * math.sqrt(items) * mean:
            return step
        best -= 1 / GRID
    return None


def faint_at(first: Step, best: float) -> Step | None:
    """A search like the first, for an item at another cosine."""
    assert first.fine is not None
    best = math.floor(best * GRID) / GRID
    return faint(first.dim, best, first.gain, first.fine.lost, first.noise)


class Faint(NamedTuple):
    """The searches among unrelated items, by the hundredths that a query loses to its levels.

    first: those to be tried.  levels: what the loop makes of them, `sure` and `reach` (`fused.faint`).
    """

    first: tuple[Step | None, ...]
    levels: tuple[float, Floats, Floats, int]


@lru_cache(maxsize=16)
def faint_table(dim: int, items: int, gain: float, noise: Noise) -> Faint:
    """All that a search of so many rows may take."""
    losses = [i / 100 for i in range(round(asymmetric.LOST * 100) + 1)]
    first, surely = (
        [first_faint(dim, items, gain, lost, noise, likely) for lost in losses]
        for likely in (LIKELY, SURELY)
    )
    reach = [
        [_least(faint(dim, cell / GRID, gain, lost, noise)) for cell in range(_cell(step))]
        + [_least(step)]
        for lost, step in zip(losses, first, strict=True)
    ]
    cells = max(map(len, reach))
    sure = np.array([_least(wide or step) for wide, step in zip(surely, first, strict=True)])
    padded = np.array([each + each[-1:] * (cells - len(each)) for each in reach])
    return Faint(tuple(first), (asymmetric.LEVEL, sure, padded, GRID))


def _least(step: Step | None) -> float:
    return math.nan if step is None or step.fine is None else step.fine.least


def _cell(step: Step | None) -> int:
    return 0 if step is None or step.fine is None else round(step.fine.best * GRID)


def prefixes(dim: int) -> tuple[int, ...]:
    """How many coordinates the first plane of a sketch holds, the first two, and so on."""
    doubled = [HEAD << i for i in range(dim.bit_length()) if HEAD << i < dim]
    return (*doubled, dim)


def missed(c: float, step: Step) -> float:
    """P(an item at cosine c to the query lies beyond one of the cuts), at most."""
    explained = step.gain * step.gain * (rest := 1 - c * c)
    explained /= (math.pi * (rest + (step.gain * c) ** 2)) ** 2
    if step.fine is not None:
        return asymmetric.missed(c, step.fine, step.gain, step.dim)
    p, beyond = differing(c, step.gain), 0.0
    for _, bits, distance in step.cuts:
        scatter = math.sqrt(bits * max(p * (1 - p) - bits / step.dim * explained, 1e-6))
        beyond += normal().cdf((bits * p - distance - 0.5) / scatter)
    return min(beyond, 1.0)


@lru_cache(maxsize=256)
def faintest(step: Step) -> float:
    """The least cosine at which an item is missed with `MISS` at most."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if missed(middle, step) <= MISS else (middle, high)
    return high


_COSINES = np.linspace(0, 1, 4097)


@lru_cache(maxsize=256)
def _rivals(noise: Noise, load: Known | None) -> NDArray[np.intp]:
    """For a best item at each cosine, the place of the least at which another changes its P."""
    height = np.maximum.accumulate(log_likelihood(_COSINES, noise, load))
    return np.searchsorted(height, height + math.log(SHADE))


@lru_cache(maxsize=256)
def clear(step: Step, load: Known | None = None) -> float:
    """The least cosine of the best whose rivals are not missed either, whatever they are."""
    rival = _COSINES[_rivals(step.noise, load)]
    return float(_COSINES[np.argmax(rival >= faintest(step))])


@lru_cache(maxsize=256)
def unrivalled(step: Step, items: int, load: Known | None = None) -> float:
    """The least cosine of the best at which no unrelated one of that many items is a rival unseen.

    Or one is with probability `MISS` at most: that chance makes it one, and that it is missed.
    """
    risk = _missed_by_chance(step, items)[_rivals(step.noise, load)]
    return float(_COSINES[np.flatnonzero(risk > MISS).max(initial=0)])


@lru_cache(maxsize=256)
def _missed_by_chance(step: Step, items: int) -> Floats:
    """P(chance brings some one of that many items up to a cosine, and it is missed), at each."""
    by_chance = step.noise.false_match(_COSINES, items)
    likely = np.flatnonzero(by_chance > 1e-9)
    by_chance[likely] *= [missed(c, step) for c in _COSINES[likely].tolist()]
    return by_chance


@lru_cache(maxsize=256)
def noise_floor(noise: Noise, items: int) -> float:
    """The cosine that some one of that many unrelated items reaches with probability `NOISE`."""
    c = np.linspace(0, 1, 513)
    return float(c[int(np.argmax(noise.false_match(c, items) <= NOISE))])


@lru_cache(maxsize=256)
def unseen(step: Step, load: Known | None = None) -> float:
    """The likelihood (`vsa.theory.likelihood`) of an unrelated item beyond the distance, on average.

    It is that of an item at a share drawn from its prior, over that of noise: its average over
    noise out of sight is the average over shares of P(out of sight).
    """
    if load is None:  # log-uniform
        log_uniform = np.geomspace(step.noise.least, 1 - 1e-4, 512)
        return float(np.mean([_beyond(x, step) for x in log_uniform]))
    spread, log_weight, doubt = shares(load, step.noise)
    hidden = sum(
        weight * _beyond(share, step)
        for share, weight in zip(spread.tolist(), np.exp(log_weight).tolist(), strict=True)
    )
    return float((1 - doubt) * hidden + doubt * unseen(step))


@lru_cache(maxsize=256)
def hidden(step: Step, load: Known | None = None) -> tuple[float, float]:
    """The mean and the standard deviation of the likelihood of an unrelated item that is out of sight.

    0 where it is in sight, and of those below the best that the search is made for: the ones above
    are hardly ever missed.
    """
    assert step.fine is not None
    c = _COSINES[step.fine.best >= _COSINES][::4]
    c = np.concatenate((-c[:0:-1], c))
    law = np.exp(-0.5 * (c / step.noise.deviation) ** 2)
    weight = law / law.sum() * [missed(each, step) for each in c.tolist()]
    height = np.exp(log_likelihood(c, step.noise, load))
    mean, squares = float(weight @ height), float(weight @ height**2)
    return mean, math.sqrt(squares - mean * mean)


def _beyond(share: float, step: Step) -> float:
    """P(an item at a share is beyond one of the cuts), at most."""
    p, beyond = differing(share, step.gain), 0.0
    for _, bits, distance in step.cuts:
        scatter = math.sqrt(bits * p * (1 - p))
        beyond += normal().cdf((bits * p - distance - 0.5) / scatter)
    return min(beyond, 1.0)
