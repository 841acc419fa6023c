"""The noise of redundant copies: the law, and what a simulation measures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vsa_plugins.associative_lstm import law, measured

from vsa import VsaError

# pairs, complex components, copies: what independent simulations gave
PUBLISHED = {1: 19.5, 2: 9.5, 4: 5.0, 8: 2.5, 16: 1.33, 32: 0.74}


@pytest.mark.parametrize(("copies", "noise"), PUBLISHED.items())
def test_the_law_is_what_others_measured(copies, noise):
    assert law(20, copies, 128) == pytest.approx(noise, rel=0.06)


@pytest.mark.parametrize(
    ("pairs", "copies", "components"),
    [(20, 1, 128), (20, 8, 128), (5, 4, 16), (50, 16, 32), (2, 3, 64)],
)
def test_the_measured_noise_is_that_of_the_law(pairs, copies, components):
    found, error = measured(pairs, copies, components, trials=300, seed=1)
    assert error < 0.1 * found
    assert abs(found - law(pairs, copies, components)) < 4 * error


def test_many_pairs_are_simulated_a_few_at_a_time(monkeypatch):
    monkeypatch.setattr("vsa_plugins.associative_lstm.noise.BLOCK", 7 * 32)
    found, error = measured(50, 4, 32, trials=200)
    assert abs(found - law(50, 4, 32)) < 4 * error < 0.4 * found


def test_copies_have_a_floor_that_only_components_lower():
    for components in (16, 64):
        many, _ = measured(10, 64, components, trials=100)
        assert many > 9 / components
    assert law(10, 10**6, 16) == pytest.approx(9 / 16, rel=1e-4)


@given(st.integers(1, 100), st.integers(1, 100), st.integers(1, 1000))
def test_noise_falls_with_copies_and_rises_with_pairs(pairs, copies, components):
    here = law(pairs, copies, components)
    assert law(pairs, copies + 1, components) <= here <= law(pairs + 1, copies, components)
    assert here >= (pairs - 1) / components * (1 - 1e-12)


def test_one_pair_is_read_without_noise():
    found, _ = measured(1, 4, 32, trials=3)
    assert found == pytest.approx(0, abs=1e-25)


def test_a_seed_repeats_and_trials_differ():
    assert measured(5, 2, 16, trials=10, seed=3) == measured(5, 2, 16, trials=10, seed=3)
    assert measured(5, 2, 16, trials=10, seed=3) != measured(5, 2, 16, trials=10, seed=4)
    assert np.isfinite(measured(5, 2, 16, trials=2)[1])


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ((0, 1, 1), "pairs must be a whole number of at least 1, not 0"),
        ((2, 1.5, 1), "copies must be a whole number of at least 1, not 1.5"),
        ((2, 1, -1), "components must be a whole number of at least 1, not -1"),
    ],
)
def test_numbers_that_cannot_be_are_refused(numbers, message):
    with pytest.raises(VsaError) as caught:
        law(*numbers)
    assert str(caught.value) == message
    with pytest.raises(VsaError):
        measured(*numbers)
    with pytest.raises(VsaError, match="trials must be a whole number of at least 2, not 1"):
        measured(2, 1, 1, trials=1)
