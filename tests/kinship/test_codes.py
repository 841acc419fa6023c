"""Codes: frames, masks and matrices; the noise that is predicted and measured; damage and repair."""

from __future__ import annotations

import tracemalloc
import warnings

import numpy as np
import pytest
import trees
from hypothesis import given
from trees import coded, families, least_dim, random_family
from vsa_plugins.kinship.codes import Rows
from vsa_plugins.kinship.codes.noise import block_dims, expected_errors, loads
from vsa_plugins.kinship.family import Family, Record
from vsa_plugins.kinship.relations.words import WORDS

from vsa import CapacityWarning, VsaError

royals = trees.royal  # a fixture


@pytest.fixture(scope="module")
def tree():
    return random_family(2, size=250)


def small(family, dim, seed=0):
    """Codes past their capacity, on purpose."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CapacityWarning)
        return coded(family, dim=dim, seed=seed)


def everyone(family):
    return np.arange(len(family))


def facts(family, relation):
    return set(map(tuple, family.facts[relation].tolist()))


def errors(codes):
    """(false, missed) facts when every relation is decoded for everyone."""
    false = missed = 0
    for relation in codes.relations:
        true = set(map(tuple, codes.facts(relation).tolist()))
        found = codes.decode(relation, np.arange(len(codes.sexes))).pairs()
        false, missed = false + len(found - true), missed + len(true - found)
    return false, missed


# --- vectors and matrices --------------------------------------------------------------------------
def test_codes_of_a_block_are_a_tight_frame_of_unit_vectors(royals):
    for frame, members in zip(royals.codes.frames, royals.codes.members, strict=True):
        n, dim = frame.shape
        assert n == len(members)
        assert np.allclose(np.linalg.norm(frame, axis=1), 1, atol=1e-6)
        if dim >= n:
            assert np.allclose(frame @ frame.T, np.eye(n), atol=1e-5)
        else:  # Σ e eᵀ = n/d before the scaling, and near it after
            assert np.allclose(frame.T @ frame, n / dim * np.eye(dim), atol=0.1 * n / dim)
    assert royals.codes.frames[2].shape == (13, 13)


def test_cosines_have_the_variance_that_is_reckoned_with(royals):
    frame = royals.codes.frames[0]
    n, dim = frame.shape
    cosines = (frame @ frame.T)[np.triu_indices(n, 1)]
    assert np.var(cosines) == pytest.approx((n / dim - 1) / (n - 1), rel=0.02)


def test_a_person_lies_in_the_block_of_their_sex(tree):
    codes, rows = tree.codes, everyone(tree)
    vectors = codes.vectors(rows)
    for block, sex in enumerate("FMU"):
        masked = vectors * codes.mask(sex)
        own = tree.sexes == block
        assert np.array_equal(masked[own], vectors[own])
        assert not masked[~own].any()
    assert sum(codes.mask(sex) for sex in "FMU").tolist() == [1] * codes.dim


def test_a_masked_step_finds_the_people_of_that_sex(tree):
    """Women among the parents: the mask on P e, or the word; there is no crosstalk between them."""
    codes, rows = tree.codes, everyone(tree)
    images = codes.vectors(rows) @ codes.matrix("parent").T * codes.mask("F")
    assert Rows.of_pairs(*codes.cleanup(images), len(rows)).pairs() == (
        WORDS["mother"].rows(tree).pairs()
    )


def test_the_matrix_is_the_sum_over_the_facts_and_its_converse_the_transpose(tree):
    codes = tree.codes
    x, y = codes.vectors(tree.facts["parent"][:, 0]), codes.vectors(tree.facts["parent"][:, 1])
    assert np.allclose(codes.matrix("parent"), y.T @ x, atol=1e-4)
    children = codes.vectors(everyone(tree)) @ codes.matrix("parent")
    found = Rows.of_pairs(*codes.cleanup(children), len(tree)).pairs()
    assert found == {(y, x) for x, y in facts(tree, "parent")}


def test_some_people_are_decoded_like_everyone(tree):
    codes = coded(tree)
    some = np.random.default_rng(0).permutation(len(tree))[: len(tree) // 3]
    for converse in (False, True):
        alone = codes.decode("parent", some, converse=converse)
        together = codes.decode("parent", everyone(tree), converse=converse).take(some)
        assert alone.pairs() == together.pairs()
        codes.forget()
    assert len(codes.decode("spouse", np.array([], dtype=int))) == 0


def test_codes_depend_on_the_seed_alone(tree):
    a, b, c = coded(tree, seed=1), coded(tree, seed=1), coded(tree, seed=2)
    assert np.array_equal(a.matrix("parent"), b.matrix("parent"))
    assert not np.allclose(a.frames[0], c.frames[0], atol=0.1)


def test_decoding_a_large_family_takes_bounded_memory(royals):
    codes = coded(royals).encode()
    tracemalloc.start()
    try:
        codes.decode("parent", everyone(royals))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert codes.nbytes < 25e6
    assert peak < 32e6  # everyone's scores at once would be 36 MB


# --- noise -----------------------------------------------------------------------------------------
@given(families())
def test_blocks_share_out_the_dimensions(family):
    numbers = np.bincount(family.sexes, minlength=3)
    for dim in range(np.count_nonzero(numbers), 40):
        dims = block_dims(dim, numbers)
        assert dims.sum() == dim
        assert ((dims > 0) == (numbers > 0)).all()
        if dim >= len(family):
            assert (dims >= numbers).all()
        else:
            assert (dims <= numbers).all()


@pytest.mark.parametrize(("dim", "draws"), [(512, 1), (640, 3), (768, 6)])
def test_as_many_wrong_facts_are_measured_as_are_expected(royals, dim, draws):
    """Royal92, where 1,862, 153 and 18 wrong facts of six million pairs are expected."""
    measured = np.sum([errors(small(royals, dim, seed)) for seed in range(draws)], axis=0)
    expected = draws * np.array(small(royals, dim).expected_errors())
    # twice the variance of a Poisson distribution: the false facts of a person come together
    assert np.all(np.abs(measured - expected) <= 4 * np.sqrt(2 * expected + 1))
    assert expected[0] > 60


@pytest.mark.parametrize("seed", range(3))
def test_as_many_wrong_facts_are_measured_in_random_trees(seed):
    family = random_family(seed, size=250)
    draws = 20
    for dim in (least_dim(family) // 2, least_dim(family) * 2 // 3):
        measured = np.sum([errors(small(family, dim, s)) for s in range(draws)], axis=0)
        expected = draws * np.array(small(family, dim).expected_errors())
        assert np.all(np.abs(measured - expected) <= 4 * np.sqrt(2.5 * expected + 1))
        assert expected[0] > 200


def test_the_dimension_chosen_is_the_least_that_does(royals):
    numbers, found = np.bincount(royals.sexes), loads(royals.sexes, royals.facts)

    def expected(dim):
        return sum(expected_errors(found, numbers, block_dims(dim, numbers)))

    assert coded(royals).dim == least_dim(royals) == 1248
    assert expected(1248) <= 0.01 < expected(1216)
    assert least_dim(royals, errors=0.5) < 1248 < least_dim(royals, errors=1e-6)


def test_the_chosen_dimension_is_exact_in_every_draw(tree):
    assert tree.codes.dim < len(tree)
    assert [errors(coded(tree, seed=seed)) for seed in range(10)] == [(0, 0)] * 10


def test_too_small_a_dimension_is_warned_of_with_one_that_would_do(royals):
    with pytest.warns(CapacityWarning) as caught:
        coded(royals, dim=896)
    assert str(caught[0].message) == (
        "3,010 people of royal92.ged are past the capacity of dim 896: about 2.6 false and 0.0042 "
        "missed facts are expected; dim 1248 would do"
    )
    coded(royals, dim=1024)  # a third of a false fact: no warning, which would be an error here


def test_a_family_says_so_when_it_is_asked():
    family = Family(
        [Record(f"I{i}", sex="FM"[i % 2]) for i in range(200)],
        [("parent", f"I{i}", f"I{i // 2}") for i in range(2, 200)],
        dim=24,
    )
    with pytest.warns(CapacityWarning, match=r"^200 people are past the capacity of dim 24: "):
        WORDS["cousin"].rows(family)


@pytest.mark.parametrize(
    ("dim", "wanted"),
    [
        (0, "of at least 3"),
        (2, "of at least 3"),
        (1.5, "in [3, 32,768]"),
        (True, "in [3, 32,768]"),
        (1 << 16, "of at most 32,768"),
    ],
)
def test_senseless_dimensions_are_refused(tree, dim, wanted):
    with pytest.raises(VsaError) as error:
        coded(tree, dim=dim)
    assert str(error.value) == f"dim must be a whole number {wanted}, not {dim!r}"


def test_an_unknown_fact_is_named(tree):
    with pytest.raises(VsaError) as error:
        tree.codes.decode("uncle", everyone(tree))
    assert str(error.value) == (
        "no facts are called 'uncle': there are parent, adopter, fosterer, spouse"
    )
