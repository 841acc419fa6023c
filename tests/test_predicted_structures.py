"""Queues, trees and automata are read right as often as the theory of capacity says.

Run this file as a script for four sizes.
"""

import warnings

import pytest
from structured import PER_SET, automata, queues, read, trees

import vsa
from vsa.theory import capacity

pytestmark = pytest.mark.filterwarnings("ignore::vsa.CapacityWarning")
SIZES = [(256, 50), (256, 1000), (1024, 50), (1024, 1000)]
# the case, its size at each of SIZES, how many terms are superposed then, and among how many others
# than the items one of them is found too: the end of a queue among the places that are looked at
TABLE = {
    "queue, its back": (queues, (24, 16, 80, 60), lambda size: size + 1, lambda terms: 1.5 * terms),
    "tree, a leaf": (trees, (4, 3, 6, 5), lambda depth: 2 ** (depth + 1) - 1, None),
    "automaton, a step": (automata, (40, 20, 160, 80), lambda transitions: transitions, None),
}
COUNT = 4000


def measured(name, cell):
    """How often reads are right, with its standard error, and how often they are said to be.

    The error is of sets that share their keys, and so the noise of marks, which are the same in each.
    """
    case, sizes, terms_of, among = TABLE[name]
    dim, items = SIZES[cell]
    found, terms = read(case, sizes[cell], 0.0, dim, items, count=COUNT), terms_of(sizes[cell])
    said = capacity.accuracy(dim, terms, items)
    if among is not None:
        said *= capacity.accuracy(dim, terms, max(round(among(terms)), 32))
    sets = found.right.reshape(-1, PER_SET).mean(axis=1)
    return float(sets.mean()), float(sets.std(ddof=1) / len(sets) ** 0.5), said


@pytest.mark.parametrize("name", TABLE)
def test_reads_are_right_as_often_as_predicted(name):
    right, error, said = measured(name, 1)
    assert right == pytest.approx(said, abs=4 * error)
    assert error < 0.02
    assert 0.5 < said < 0.95  # where it can be told apart


@pytest.mark.parametrize(("case", "size"), [(queues, 20), (trees, 4), (automata, 20)])
def test_what_memory_lacks_is_named_nobody(case, size):
    assert read(case, size, 1.0, 1024, 1000, count=1000).invented <= 0.035


if __name__ == "__main__":
    warnings.simplefilter("ignore", vsa.CapacityWarning)
    for name in TABLE:
        cells = [measured(name, cell) for cell in range(len(SIZES))]
        texts = [f"{right:.3f} ± {error:.3f}, said {said:.3f}" for right, error, said in cells]
        print(f"{name:18}", " | ".join(texts), flush=True)
