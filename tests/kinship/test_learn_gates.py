"""Chains of gates: the walk against explicit sums, and the programs that gates come to."""

import itertools

import numpy as np
import pytest
from vsa_plugins.kinship.learn import TWELVE, gates, grown, hinton, triples_of
from vsa_plugins.kinship.learn.chains import Scheme
from vsa_plugins.kinship.learn.common import batch_of
from vsa_plugins.kinship.learn.known import recover
from vsa_plugins.kinship.learn.meaning import meaning
from vsa_plugins.kinship.learn.shared import Linear
from vsa_plugins.kinship.learn.soft import Probabilities
from vsa_plugins.kinship.learn.ways import Chooser, mass_of, node_of
from vsa_plugins.kinship.learn.worlds import (
    INVERSE,
    LITERAL,
    WORKING,
    LearntLiteral,
    facts_of,
    literal_of,
)
from vsa_plugins.kinship.relations import Relation
from vsa_plugins.kinship.relations.words import WORDS

torch = pytest.importorskip("torch", reason="the extra 'torch' brings it")

FAMILY = hinton()
KNOWN = triples_of(FAMILY)
ELSEWHERE = grown(11, couples=3, generations=4)


def right(fit, family):
    """The words that are answered rightly for everyone of a family."""
    return {
        word
        for word in fit.words
        if fit.relations[word].rows(family).pairs() == WORDS[word].rows(family).pairs()
    }


# --- the walk --------------------------------------------------------------------------------------
def some_gates(scheme, seed):
    rng = np.random.default_rng(seed)
    logits = [torch.tensor(rng.standard_normal((1, 2, *shape))).float() for shape in scheme.shapes]
    return scheme.gates(logits)


@pytest.mark.parametrize("names", [WORKING, LITERAL], ids=["working", "literal"])
@pytest.mark.parametrize(
    ("kind", "length"), [("five", 3), ("length", 3), ("five", 1), ("length", 1)]
)
def test_a_walk_is_the_sum_over_all_chains(kind, length, names):
    scheme = Scheme(kind, names, INVERSE[names], length)
    rng = np.random.default_rng(1)
    matrices = rng.standard_normal((len(scheme.choices), 4, 4))
    start = rng.standard_normal((1, 2, 4))
    chosen = some_gates(scheme, 2)
    ends = scheme.walk(chosen, torch.tensor(matrices)[None].float(), torch.tensor(start).float())
    for unit in range(2):
        of_unit = [gate[0, unit].numpy() for gate in chosen]
        expected = explicit(scheme, of_unit, matrices, start[0, unit])
        np.testing.assert_allclose(ends[0, unit].numpy(), expected, rtol=1e-4, atol=1e-4)


def explicit(scheme, chosen, matrices, start):
    """The same, one chain after the other."""
    never = {(scheme.choices.index(a), scheme.choices.index(b)) for a, b in scheme.inverse}
    lengths = [scheme.length] if scheme.kind == "five" else range(1, scheme.length + 1)
    total = 0
    for length in lengths:
        steps = chosen[0] if scheme.kind == "five" else chosen[0][length - 1]
        weights, ends = [], []
        for chain in itertools.product(range(len(scheme.choices)), repeat=length):
            together = itertools.pairwise(chain)
            if scheme.kind == "length" and any(pair in never for pair in together):
                continue
            here = start
            for i in chain:
                here = here @ matrices[i]
            weights.append(np.prod([steps[k][i] for k, i in enumerate(chain)]))
            ends.append(here)
        share = 1 if scheme.kind == "five" else chosen[1][length - 1] / np.sum(weights)
        total = total + share * np.tensordot(weights, ends, 1)
    return total


def test_primitives_stand_for_the_words():
    for name, matrix in zip(WORKING, facts_of(ELSEWHERE), strict=True):
        x, y = np.nonzero(matrix)
        pairs = set(zip(x.tolist(), y.tolist(), strict=True))
        assert pairs == WORDS[name].rows(ELSEWHERE).pairs()
    literal = dict(zip(LITERAL, literal_of(ELSEWHERE), strict=True))
    for name, word in (("A", "mother"), ("W", "wife")):
        x, y = np.nonzero(literal[name])
        assert set(zip(x.tolist(), y.tolist(), strict=True)) == WORDS[word].rows(ELSEWHERE).pairs()
    np.testing.assert_array_equal(literal["Aᵀ"], literal["A"].T)
    a, inverse = literal["A"], literal["A⁻¹"]
    np.testing.assert_allclose(a @ inverse @ a, a, atol=1e-5)  # as inverse as siblings let it be


def test_learnt_literal_primitives_are_inverses_and_transposes_on_row_vectors():
    batch = batch_of([KNOWN, KNOWN], FAMILY)
    world = LearntLiteral(batch, 5, 0.05)
    for matrices in world.primitives().detach().numpy():
        named = dict(zip(LITERAL, matrices, strict=True))
        for name in "AW":
            np.testing.assert_allclose(named[name] @ named[name + "⁻¹"], np.eye(5), atol=1e-3)
            np.testing.assert_array_equal(named[name + "ᵀ"], named[name].T)


# --- words over numbers ----------------------------------------------------------------------------
def exact(family):
    """parent, spouse and female of a family, as tensors of 0 and 1 with one run."""
    _, parent, _, spouse, female, _, _ = facts_of(family)
    return [torch.tensor(a)[None].float() for a in (parent, spouse, np.diag(female))]


@pytest.mark.parametrize("word", TWELVE)
def test_exact_facts_make_the_words_exact(word):
    parent, spouse, female = exact(ELSEWHERE)
    node = WORDS[word].node
    soft = meaning(node, Probabilities(parent, spouse, female), {})[0].numpy() > 0.5
    linear = Linear(parent.mT, spouse, female, torch.ones(1))  # of columns; siblings count twice
    linear.without_self = lambda a: a * (1 - torch.eye(len(ELSEWHERE)))
    counted = meaning(node, linear, {})[0].numpy().T > 0.5
    for found in (soft, counted):
        pairs = set(zip(*(a.tolist() for a in np.nonzero(found)), strict=True))
        assert pairs == WORDS[word].rows(ELSEWHERE).pairs()


def test_soft_facts_compose_as_independent_events():
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 3, 3))
    algebra = Probabilities(*exact(ELSEWHERE))
    composed = algebra.compose(torch.tensor(b)[None], torch.tensor(a)[None])[0].numpy()
    union = algebra.union(torch.tensor(a), torch.tensor(b)).numpy()
    for x, y in itertools.product(range(3), repeat=2):
        none = 1.0  # of the three ways, each of two facts
        for z in range(3):
            none *= 1 - a[x, z] * b[z, y]
        assert composed[x, y] == pytest.approx(1 - none, rel=1e-4)
        assert union[x, y] == pytest.approx(a[x, y] + b[x, y] - a[x, y] * b[x, y])


def test_ways_become_programs_that_pick_out_the_same():
    way = (("parent",), ("sibling",), ("self", "spouse"), ("male",))
    node = node_of((way,))
    assert str(Relation(node)) == "male @ (self | spouse) @ sibling @ parent"
    reached = mass_of((way,), WORKING, facts_of(ELSEWHERE)) > 0
    pairs = set(zip(*(a.tolist() for a in np.nonzero(reached)), strict=True))
    assert pairs == Relation(node).rows(ELSEWHERE).pairs() == WORDS["uncle"].rows(ELSEWHERE).pairs()


def test_a_union_grows_only_while_it_explains_more():
    examples = np.array(sorted(WORDS["uncle"].rows(FAMILY).pairs()))
    chooser = Chooser(examples, WORKING, facts_of(FAMILY))
    blood = (("parent",), ("sibling",), ("male",))
    married = (("parent",), ("sibling",), ("spouse",), ("male",))
    other = (("parent",), ("parent",))
    assert set(chooser.union([other, blood, married])) == {blood, married}


# --- what is recovered -----------------------------------------------------------------------------
@pytest.mark.parametrize(("by", "restarts", "least"), [("word", 6, 11), ("pair", 3, 9)])
def test_five_gates_find_hintons_words(by, restarts, least):
    """All twelve by word, ten to twelve by pair, by the start; one more may be missed elsewhere."""
    fit = gates.fit(KNOWN, FAMILY, by=by, restarts=restarts)
    assert len(right(fit, FAMILY)) >= least
    # the programs answer for other families, where Hinton's trees do not confound the word
    plain = {"father", "mother", "husband", "wife", "son", "daughter"}
    assert plain <= right(fit, ELSEWHERE)
    assert str(fit.relations["uncle"]) == "uncle"
    assert "sibling" in fit.relations["uncle"].definition


def test_length_first_finds_the_short_words():
    fit = gates.fit(KNOWN, FAMILY, scheme="length", restarts=3, steps=150)
    assert {"father", "mother", "husband", "wife", "son", "daughter"} <= right(fit, FAMILY)


def test_the_literal_set_says_mother_and_wife_but_no_word_of_many():
    fit = gates.fit(KNOWN, FAMILY, primitives="literal", restarts=4, steps=150)
    found = right(fit, FAMILY)
    assert {"mother", "wife"} <= found
    assert found.isdisjoint({"son", "daughter", "uncle", "aunt", "brother", "nephew", "niece"})


def test_length_first_finds_chains_of_a_known_a_and_w():
    """Of 32 restarts, in the table: 28 or more; five gates find the last two in few."""
    targets = ("A", "A Aᵀ", "A⁻¹ W A⁻¹", "Aᵀ W Aᵀ")
    first = recover("length", targets=targets, restarts=8)
    five = recover("five", targets=targets, restarts=8)
    assert min(first.values()) >= 6
    assert five["A"] >= 6
    assert sum(list(five.values())[2:]) < sum(list(first.values())[2:])
