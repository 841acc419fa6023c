"""What a composer is given wrongly, or asked for: one line that names it."""

import numpy as np
import pytest

from vsa import VsaError

torch = pytest.importorskip("torch")

from vsa_plugins.composition.model import Composer  # noqa: E402

WORDS = ["w1", "w2"]


def composer(**settings):
    return Composer(WORDS, dim=4, **settings)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (
            lambda: composer()([["w1", ["w2", "strange"]]]),
            "the word 'strange' in '(w2 strange)' is unknown: add it first",
        ),
        (
            lambda: composer().plan(["(w1 w2)"], [(5, 0)]),
            "there is no tree 5, as in (5, 0): the batch has 1 tree, counted from 0",
        ),
        (
            lambda: composer().plan(["(w1 w2)"], [3]),
            "a node is a pair (tree, node) of numbers, not 3",
        ),
        (
            lambda: composer().plan(["(w1 w2)"], [(0, 9)]),
            "the tree '(w1 w2)' has 3 nodes, no node 9",
        ),
        (lambda: Composer(["a"], types="AP NP"), "types are wanted as a tuple: ('AP', 'NP')"),
        (lambda: Composer(["a"], types=None), "types are wanted as a tuple of tags, not None"),
        (
            lambda: Composer(["a"], types=("AP", "")),
            "'' is not a type: letters without blanks or round brackets",
        ),
        (
            lambda: Composer(["a"], types=("a b",)),
            "'a b' is not a type: letters without blanks or round brackets",
        ),
        (lambda: Composer(["a"], dim=4, rank=9), "rank must be at most the dim, 4, not 9"),
        (lambda: Composer(["a"], seed="x"), "seed must be a whole number, not 'x'"),
        (
            lambda: Composer(["a"], dim=10**9),
            "dim must be a whole number of at most 1,000,000, not 1000000000",
        ),
        (
            lambda: Composer(["a"], dim=10**6, form="rnn"),
            "weights of dim 1000000 need 16,000 GB: give a smaller dim",
        ),
        (
            lambda: Composer([], dim=10**5, form="application"),
            "a word of dim 100000 needs 80 GB: give a smaller dim",
        ),
    ],
)
def test_what_is_wrong_is_one_line(act, message):
    with pytest.raises(VsaError) as caught:
        act()
    assert str(caught.value) == message


def test_numbers_of_nodes_count_from_the_end_too():
    made = composer()
    plan = made.plan(["w1", "(w1 w2)"], [(-1, -1), (1, 2), (-2, 0)])
    assert plan.nodes == ((1, 2), (1, 2), (0, 0))
    found = made(plan)
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])


def test_seeds_of_numpy_are_whole_numbers():
    assert composer(seed=np.int64(3)).settings["seed"] == 3
    same, other = composer(seed=3), composer(seed=np.int64(3))
    assert torch.equal(same(["(w1 w2)"]), other(["(w1 w2)"]))
