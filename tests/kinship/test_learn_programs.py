"""Program search: the enumeration against brute force, the score by hand, the words it finds."""

import itertools
import math

import numpy as np
import pytest
from vsa_plugins.kinship.learn import TWELVE, grown, hinton, load, programs, triples_of
from vsa_plugins.kinship.learn.programs import ALPHA, LEAF_COST, Search, log_posterior
from vsa_plugins.kinship.relations import Relation
from vsa_plugins.kinship.relations.as_json import from_json, to_json
from vsa_plugins.kinship.relations.words import WORDS

from vsa.errors import VsaError

FAMILY = hinton()
KNOWN = triples_of(FAMILY)
ELSEWHERE = grown(11, couples=3, generations=4)


@pytest.fixture(scope="module")
def search():
    return Search(FAMILY)


def some(known, count, seed):
    """So many triples of each word."""
    rng = np.random.default_rng(seed)
    found = []
    for word in dict.fromkeys(word for _, word, _ in known):
        mine = [triple for triple in known if triple[1] == word]
        found += [mine[i] for i in rng.permutation(len(mine))[:count]]
    return found


def right(fit, family):
    return {
        word
        for word in fit.words
        if fit.relations[word].rows(family).pairs() == WORDS[word].rows(family).pairs()
    }


def test_every_set_of_pairs_is_enumerated_once():
    family = grown(0)
    leaves = [WORDS[name] for name in programs.LEAVES]
    by_size = {1: leaves}
    seen = {}
    for size in (1, 2, 3):
        made = list(by_size.get(size, []))
        for first in range(1, size):
            for a, b in itertools.product(by_size[first], by_size[size - first]):
                made += [a @ b, a | b, a & b, a - b]
        by_size[size] = made
        for relation in made:
            seen.setdefault(frozenset(relation.rows(family).pairs()), size)
    search = Search(family, leaves=3)
    assert search.leaves == 3
    found = {
        frozenset(Relation(search.node(i)).rows(family).pairs()): int(search.sizes[i])
        for i in range(len(search))
    }
    assert len(found) == len(search)  # none twice
    assert found == seen


def test_the_posterior_by_hand():
    n, size = 24, 8
    noise = (1 - ALPHA) / n**2
    by_hand = 5 * math.log(ALPHA / size + noise) + math.log(noise) - 3 * LEAF_COST
    assert log_posterior(size, 5, 6, n, 3) == pytest.approx(by_hand)
    # of two that fit, the smaller set; of two alike, the shorter program
    assert log_posterior(8, 6, 6, n, 3) > log_posterior(12, 6, 6, n, 3)
    assert log_posterior(8, 6, 6, n, 3) > log_posterior(8, 6, 6, n, 4)


def test_six_examples_of_each_word_are_enough(search):
    fit = programs.fit(some(KNOWN, 6, seed=1), FAMILY, search=search)
    assert right(fit, FAMILY) == set(TWELVE)


def test_a_wife_is_not_taken_for_a_spouse(search):
    """Which P(y | x) alone would never correct: every husband's spouse is a wife."""
    fit = programs.fit(some(KNOWN, 4, seed=0), FAMILY, search=search)
    assert "wife" in right(fit, FAMILY)


def test_hintons_trees_confound_brother_and_other_trees_do_not(search):
    on_hinton = programs.fit(KNOWN, FAMILY, search=search)
    assert "brother" in right(on_hinton, FAMILY) - right(on_hinton, ELSEWHERE)
    family = grown(3, couples=2)
    fit = programs.fit(triples_of(family), family)
    assert right(fit, family) == set(TWELVE)
    assert {"brother", "sister", "father", "wife"} <= right(fit, ELSEWHERE)


def test_scores_are_shares_of_the_posterior(search):
    fit = programs.fit(some(KNOWN, 2, seed=0), FAMILY, search=search)
    for word in fit.words:
        scores = fit.scores(word)
        assert scores.min() >= 0
        assert scores.max() <= 1 + 1e-6
    sure = programs.fit(KNOWN, FAMILY, search=search).scores("mother")
    x, y = np.nonzero(sure > 0.5)
    assert set(zip(x.tolist(), y.tolist(), strict=True)) == WORDS["mother"].rows(FAMILY).pairs()


def test_too_large_a_size_is_left_out(monkeypatch):
    whole = Search(FAMILY, leaves=3)
    monkeypatch.setattr(programs, "MEMORY", whole.pairs.nbytes - 1)
    cut = Search(FAMILY, leaves=3)
    assert (whole.leaves, cut.leaves) == (3, 2)
    assert cut.sizes.max() == 2


def test_families_of_more_than_64_people():
    family = grown(11, couples=3, generations=4)
    fit = programs.fit(triples_of(family, ["mother", "brother"]), family, leaves=4)
    assert len(family) > 64
    assert right(fit, family) == {"mother", "brother"}


def test_programs_are_saved(tmp_path, search):
    fit = programs.fit(KNOWN, FAMILY, search=search)
    fit.save(tmp_path / "fit.npz")
    again = load(tmp_path / "fit.npz")
    assert {w: r.definition for w, r in again.relations.items()} == {
        w: r.definition for w, r in fit.relations.items()
    }
    np.testing.assert_array_equal(again.scores("uncle"), fit.scores("uncle"))


def test_programs_as_json():
    for word in ("uncle", "sibling", "niece", "stepsibling", "child"):
        node = WORDS[word].node
        assert from_json(to_json(node)) == node
    for tree in (["@"], ["?", "male"], 3, ["~", ["@", "male", "self"]]):
        with pytest.raises(ValueError, match="not a program"):
            from_json(tree)


def test_errors_name_the_culprit(search):
    with pytest.raises(VsaError) as error:
        programs.fit(KNOWN, grown(1), search=search)
    assert str(error.value).startswith("the triples name nobody's id 'Arthur'")
    with pytest.raises(
        VsaError, match=r"the programs were enumerated for Hinton's trees: .*, not for"
    ):
        programs.fit(KNOWN, hinton(), search=search)
    from vsa_plugins.kinship.learn.common import family_of

    with pytest.raises(VsaError, match="program search needs facts, and the people of the triples"):
        programs.fit(KNOWN, family_of(KNOWN))
