"""How noisy retrieval from redundant copies is, without training: the law, and measured.

K pairs of a key and a value are stored in each of S copies, c_s = Σ_k P_s r_k ⊛ x_k, and read by
x̂_k = (1/S) Σ_s conj(P_s r_k) ⊛ c_s. Keys have N random phases, values N complex numbers of variance
1. The mean of |x̂ − x|² is then

    (K − 1) · [1/S + (S − 1)/(S·N)]

for two permutations take the same component of a key with probability 1/N: what all copies have in
common does not average out, so that noise has a floor of (K − 1)/N.
"""

from __future__ import annotations

import numpy as np

from vsa.plugin import checked_whole

WORK = 10**12  # products that take an hour
BLOCK = 1 << 20  # complex numbers that are held at once


def law(pairs: int, copies: int, components: int) -> float:
    """Mean squared noise of a retrieved component: K pairs, S copies, N complex components."""
    pairs, copies, components = _checked(pairs, copies, components)
    return (pairs - 1) * (1 / copies + (copies - 1) / (copies * components))


def measured(
    pairs: int, copies: int, components: int, trials: int = 100, seed: int = 0
) -> tuple[float, float]:
    """The same, simulated, and the standard error of that: one key is read in each trial."""
    pairs, copies, components = _checked(pairs, copies, components)
    trials = checked_whole("trials", trials, 2)
    found = np.array([trial(pairs, copies, components, seed, t) for t in range(trials)])
    return float(found.mean()), float(found.std(ddof=1) / trials**0.5)


def trial(pairs: int, copies: int, components: int, seed: int, number: int) -> float:
    """Mean squared noise in the first value; keys, values and permutations are the trial's own."""
    rng = np.random.default_rng([seed % 2**64, number])
    orders = [rng.permutation(components) for _ in range(copies)]
    read = np.zeros(components, dtype=complex)
    step = max(1, BLOCK // components)
    for start in range(0, pairs, step):
        shape = (min(step, pairs - start), components)
        keys = np.exp(2j * np.pi * rng.random(shape))
        values = 0.5**0.5 * (rng.standard_normal(shape) + 1j * rng.standard_normal(shape))
        if not start:
            reader, wanted = keys[0].conj(), values[0]
        for order in orders:
            read += reader[order] * (keys[:, order] * values).sum(0)
    return float(np.mean(np.abs(read / copies - wanted) ** 2))


def _checked(pairs: int, copies: int, components: int) -> tuple[int, int, int]:
    return (
        checked_whole("pairs", pairs, 1),
        checked_whole("copies", copies, 1),
        checked_whole("components", components, 1),
    )
