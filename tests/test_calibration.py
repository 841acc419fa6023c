"""Is an answer that says .8 right in 80 of 100 cases? Simulated retrievals, from plain NumPy.

Run this file as a script for the table of all figures, with `words` for those of the words.
"""

import math
import sys
from functools import partial

import numpy as np
import pytest
from retrievals import ITEMS, TYPES, analogies, bundles, print_row, reliability, retrieve, siblings

from vsa.style import sureness
from vsa.theory.likelihood import log_likelihood
from vsa.theory.membership import membership

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


def called(found):
    """By the word that answers are printed with, which of them are, and the range of P it stands for."""
    named = found.match >= found.nothing
    words = np.array([sureness(p).rpartition(" ")[2] for p in found.match])
    for word, least, most in (("certain", 0.995, 1), ("likely", 0.9, 0.995), ("doubtful", 0, 0.9)):
        yield word, found.right[named & (words == word)], least, most
    yield "nothing", (found.truth < 0)[~named], 0, 1


def test_the_words_come_true():
    (found,) = retrieve(256, "unitary", 0.5, count=5_000)
    for word, right, least, most in called(found):
        share, error = right.mean(), 3 * math.sqrt(most * (1 - most) / len(right))
        assert len(right) > 100
        assert least - 0.01 < share <= most + error, word


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


# -- plain bundles: many items are right -----------------------------------------------------------
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


def print_words():
    for dim in (64, 256, 1024):
        (found,) = retrieve(dim, "unitary", 0.5)
        rows = [f"{word} {len(right):,}, {right.mean():.4f}" for word, right, *_ in called(found)]
        print(dim, *rows, sep=" | ")


if __name__ == "__main__" and sys.argv[1:] == ["words"]:
    print_words()
elif __name__ == "__main__":
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
