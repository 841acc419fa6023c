"""The generated data of adverbs and of sentiment, what they ask of models, and the tables of them."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
sys.path.append(str(Path(__file__).parents[2] / "examples"))
sys.path.append(str(Path(__file__).parents[2]))

import adverbs
import sentiment
from vsa_plugins.composition import Tree

from benchmarks import papers


# --- adverbs ---------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def rated():
    return adverbs.data(0)


def test_pairs_are_held_out_but_their_words_are_not(rated):
    parts = [set(part) for part in (rated.train, rated.check, rated.test)]
    assert [len(part) for part in parts] == [1600, 500, 800]
    assert len(set.union(*parts)) == 2900
    known = {word for pair in rated.train for word in pair}
    assert {word for pair in rated.test for word in pair} <= known
    for shares in (*rated.test.values(), *rated.truth.values()):
        assert shares.sum() == pytest.approx(1)
        assert shares.min() >= 0


def test_what_stars_come_to():
    # the logistic distribution at the edges of ten parts of −2 … 2
    def below(x):
        return 1 / (1 + np.exp(-(x - 0.3) / 0.5))

    found = adverbs.stars(0.3, 0.5)
    assert found[0] == pytest.approx(below(-1.6))
    assert found[5] == pytest.approx(below(0.4) - below(0))
    assert found[9] == pytest.approx(1 - below(1.6))


def test_negation_moves_to_the_middle_and_to_the_other_side(rated):
    """So it is no shift: what it adds depends on the adjective."""
    stars = np.arange(10) - 4.5
    means = {pair: float(shares @ stars) for pair, shares in rated.truth.items()}
    plain = {}  # the nearest that a pair comes to the adjective alone
    for (adverb, adjective), mean in means.items():
        if adverb.startswith(("intensify", "attenuate")):
            plain.setdefault(adjective, []).append(mean)
    moved = [
        (np.mean(plain[adjective]), mean)
        for (adverb, adjective), mean in means.items()
        if adverb.startswith("negate") and adjective in plain
    ]
    assert len(moved) > 100
    for before, after in moved:
        assert before * after < 0
        assert abs(after) < 0.75 * abs(before) + 0.1


def test_divergence_is_that_of_the_definition():
    counted = np.array([[0.5, 0.5, 0], [0, 0, 1]])
    predicted = np.array([[0.25, 0.5, 0.25], [0.2, 0.3, 0.5]])
    assert adverbs.divergence(counted, predicted) == pytest.approx(
        (0.5 * np.log(2) + np.log(2)) / 2
    )


def test_what_no_sum_of_the_words_can_tell_operators_do(rated):
    """Additive models stay far above, matrices and vectors that act come near the truth."""
    found = {
        name: adverbs.tried(adverbs.learnt(rated, adverbs.MODELS[name], 1e-4, 0, 15), rated.test)
        for name in ("(a+b)/2", "MV-RNN, rank 3", "[a, α]")
    }
    told = adverbs.references(rated)
    assert told["the truth"] < 0.04 < 0.5 < told["mean of training"] < told["uniform"]
    assert 0.15 < found.pop("(a+b)/2") < told["mean of training"]
    assert max(found.values()) < 0.1


# --- sentiment -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("good", 3), ("movie", 0), ("(good movie)", 3), ("(very good)", 3.75),
        ("(not good)", -1), ("(not awful)", -1), ("(not superb)", 1), ("(extremely superb)", 5),
        ("(not (very good))", -0.25), ("(very (not good))", -1.25),
        ("((good movie) (and (bad plot)))", 0), ("((good movie) (but (bad plot)))", -1),
        ("(not ((good movie) (but (bad plot))))", 3), ("(but (bad plot))", -3),
    ],
)  # fmt: skip
def test_the_rules(text, value):
    assert sentiment.value(Tree.of(text)) == pytest.approx(value)


def test_labels_are_as_good_as_bad():
    assert [sentiment.label(Tree.of(t)) for t in ("superb", "good", "movie", "bad", "awful")] == [
        "very positive", "positive", "neutral", "negative", "very negative",
    ]  # fmt: skip


def test_what_is_tried_is_new_and_deeper():
    made = sentiment.data(1, count=400, tried=100)
    parts = [made.train, made.check, made.alike, made.deeper]
    assert [len(part) for part in parts] == [400, 100, 100, 100]
    assert len({str(tree) for part in parts for tree in part}) == 700
    assert max(tree.depth for tree in made.train) == max(tree.depth for tree in made.alike) == 4
    assert {tree.depth for tree in made.deeper} == {6, 7, 8}

    def pairs(trees):
        """Modifier before adjective, found in the text."""
        text = " ".join(map(str, trees))
        modifiers = "|".join([*sentiment.INTENSIFIERS, "not"])
        return set(re.findall(rf"\b({modifiers}) ({'|'.join(sentiment.ADJECTIVES)})\b", text))

    learnt = pairs(made.train + made.check)
    assert all(pairs([tree]) - learnt for tree in made.alike)


def test_models_of_one_size_learn_and_a_bag_does_not(monkeypatch):
    monkeypatch.setattr(sentiment, "EPOCHS", 25)
    monkeypatch.setattr(sentiment, "RATE", 1e-2)
    known = sentiment.data(0, count=900, tried=50)
    few = sentiment.data(0, 8, 4)
    sizes = {
        name: sentiment.parameters_of(fit(few, 0, 0))
        for name, fit in sentiment.MODELS.items()
        if name != "bag of words"
    }
    assert max(sizes.values()) < 1.1 * min(sizes.values())
    bag = sentiment.MODELS["bag of words"](known, 1e-4, 0)
    assert (
        bag([Tree.of("(good (not bad))")]).tolist() == bag([Tree.of("((not good) bad)")]).tolist()
    )
    acting = sentiment.MODELS["MV-RNN"](known, 1e-5, 0)
    right = [sentiment.share_right(model, known.train) for model in (bag, acting)]
    assert right[1] > right[0] + 0.2


def test_an_lstm_sees_brackets_only_if_it_may():
    one, other = Tree.of("(not (good movie))"), Tree.of("(AP: (NP: not good) movie)")
    blind, seeing = (sentiment.Lstm(4, brackets, 0) for brackets in (False, True))
    assert blind([one]).tolist() == blind([other]).tolist()
    assert seeing([one]).tolist() != seeing([other]).tolist()
    assert len(seeing.tokens(other)) == 7


# --- tables ----------------------------------------------------------------------------------------
def test_the_tables_name_what_the_paper_compared():
    from benchmarks import papers_composition as module

    assert papers.GROUPS["composition"] == "papers_composition"
    table = module.adverb_adjective(quick=True)
    names = [row[0] for row in table.rows]
    assert names[:2] == ["uniform", "mean of training"]
    assert set(module.PUBLISHED) <= set(names)
    assert len({len(row) for row in table.rows} | {len(table.columns)}) == 1
    assert {row[0]: row[3] for row in table.rows}["MV-RNN"] == ".091"
    logic = module.from_six_trees(quick=True)
    assert all(cell == "1.000" for row in logic.rows for cell in row[1:])
    levels = module.by_levels(quick=True)
    assert [row[0] for row in levels.rows] == [
        "10 trees of 20, dim 5", "10 trees of 20, planned, dim 5", "10 trees of 20, bare, dim 5",
        "10 trees, gradients, dim 5",
    ]  # fmt: skip
