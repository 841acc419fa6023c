"""Structures as users read them: are their answers right as often as they say?

Run this file as a script for the whole table, which docs/explanation/answers.md shows.
"""

import warnings

import numpy as np
import pytest
import structured
from structured import (
    chance,
    chunked,
    dictionaries,
    error,
    frames,
    read,
    sequences,
    stacks,
    variables,
)
from vsa_plugins.frame import frame, slot
from vsa_plugins.token import token, type_of

import vsa
from vsa.theory import capacity

pytestmark = pytest.mark.filterwarnings("ignore::vsa.CapacityWarning", "ignore::vsa.errors.Note")
SIZES = [(256, 50), (256, 5000), (1024, 50), (1024, 5000)]
# case, size, share of unknown: errors of match/nothing in thousandths at SIZES, in 2,000 answers each
TABLE = {
    "variable, 3 pairs": (variables, 3, 0.5, "3/6  2/7  2/4  1/5"),
    "variable, 20": (variables, 20, 0.5, "20/24  32/41  2/5  5/8"),
    "variable, 40": (variables, 40, 0.5, "28/38  27/47  5/7  16/22"),
    "sequence item, 10": (sequences, 10, 0.5, "4/6  15/18  2/5  1/5"),
    "sequence item, 1 to 40": (sequences, (1, 40), 0.5, "18/20  14/27  4/6  9/11"),
    "frame slot, 3": (frames, 3, 0.5, "3/6  5/10  2/4  1/5"),
    "frame slot, 10": (frames, 10, 0.5, "20/31  53/62  2/4  3/6"),
    "stack, 7, 5% unknown": (stacks, 7, 0.05, "3/7  5/6  3/6  1/6"),
    "stack, 20, 5% unknown": (stacks, 20, 0.05, "13/11  31/21  2/6  0/6"),
    "stack, 40, 5% unknown": (stacks, 40, 0.05, "38/13  34/22  3/4  11/14"),
    "stack, 1, half unknown": (stacks, 1, 0.5, "29/70  18/86  24/61  13/72"),
    "dictionary, 2,000 pairs": (dictionaries, 2000, 0.5, "1/3  2/7  1/4  2/6"),
    "chunk item": (chunked, 4, 0.0, "2/1  20/15  1/1  1/1"),
}  # fmt: skip
SLACK = 0.02  # what 2,000 answers may be off by


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("cell", range(4), ids=lambda i: "{} dim {} items".format(*SIZES[i]))
def test_what_structures_answer_comes_true(name, cell):
    case, size, unknown, figures = TABLE[name]
    found = read(case, size, unknown, *SIZES[cell])
    match, nothing = (int(x) / 1000 for x in figures.split()[cell].split("/"))
    assert error(found.match, found.right) <= match + SLACK
    assert error(found.nothing, ~found.known) <= nothing + SLACK


@pytest.mark.parametrize("case", [stacks, sequences])
@pytest.mark.parametrize(("dim", "items", "size"), [(256, 50, 5), (256, 1000, 5), (1024, 5000, 15)])
def test_what_memory_lacks_is_named_nobody(case, dim, items, size):
    """At sizes within capacity, though one in twenty tops is supposed to be unknown, not all."""
    assert capacity.accuracy(dim, size, items) > 0.999
    found = read(case, size, 1.0, dim, items, count=1000)
    assert found.invented <= 0.035


def test_names_are_given_again_where_the_load_is_high():
    """A slot that 40 variables share: with the load unknown a quarter was named, at 256 × 50."""
    assert read(variables, 40, 0.0, 256, 50, count=1000).named > 0.35


# --- types -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("dim", "features"), [(256, 50), (256, 2000), (1024, 50)])
def test_a_new_mixture_of_known_features_is_of_no_type(dim, features):
    rng, space = np.random.default_rng(dim), vsa.Space(dim)
    memory = vsa.Memory(space)
    names = [f"f{i}" for i in range(features)]
    memory.add(names, space.batch(names))

    def mixtures(count, pool, without=()):
        found = []
        while len(found) < count:
            mixture = tuple(np.sort(rng.choice(pool, rng.integers(1, 5), replace=False)).tolist())
            if mixture not in found and mixture not in without:
                found.append(mixture)
        return found

    def tokens(mixtures, mark, memory=None):
        return [
            token(*(space.atom(names[i]) for i in mixture), id=f"{mark}{n}", memory=memory)
            for n, mixture in enumerate(mixtures)
        ]

    known = mixtures(100, features)
    own = tokens(known, "own", memory)
    used = sorted({i for mixture in known for i in mixture})
    new = tokens(mixtures(200, used, known), "new")
    types = [memory.names_of(vsa.bundle(*(space.atom(names[i]) for i in m)))[0] for m in known]
    answer = type_of(space.stack(own), memory=memory)
    assert (answer.name == np.array(types)).mean() >= 0.98
    certain = answer.probability >= 0.995
    assert certain.mean() > 0.85
    other = type_of(space.stack(new), memory=memory)
    wrong = (other.probability >= 0.995).sum() + (certain & (answer.name != types)).sum()
    assert wrong <= 0.05 * certain.sum()
    assert other.is_nothing.mean() > 0.95


# --- warnings of frames ----------------------------------------------------------------------------
def headless(stock, slots, unknown):
    """Frames whose heads memory lacks."""
    truth, asked = stock.asked(unknown)
    fillers = {f"s{i}": stock.fillers() for i in range(1, slots)}
    heads = stock.space.batch([f"head {i}" for i in range(structured.PER_SET)])
    made = frame(heads, s0=asked, memory=stock.memory, **fillers)
    return truth, slot(made, "s0", memory=stock.memory)


@pytest.mark.parametrize(
    ("case", "dim", "items", "slots"),
    [
        (frames, 256, 50, 10), (frames, 256, 50, 14), (frames, 256, 5000, 8),
        (frames, 1024, 1000, 30), (headless, 256, 50, 5), (headless, 256, 50, 8),
        (headless, 1024, 1000, 14),
    ],
)  # fmt: skip
def test_frames_are_right_as_often_as_their_warning_says(case, dim, items, slots):
    found = read(case, slots, 0.0, dim, items, count=1500)
    parts = slots + 1
    said = capacity.accuracy(dim, parts, items) ** 2
    if case is headless:
        said = capacity.accuracy(dim, parts / (2 / np.pi) ** 2, items)
    assert found.right.mean() == pytest.approx(said, abs=0.05 if said >= 0.9 else 0.08)


if __name__ == "__main__":
    warnings.simplefilter("ignore", vsa.CapacityWarning)
    for name, (case, size, unknown, _) in TABLE.items():
        cells = []
        for dim, items in SIZES:
            found = read(case, size, unknown, dim, items)
            match, nothing = error(found.match, found.right), error(found.nothing, ~found.known)
            cells.append(
                f"{match:.3f}/{nothing:.3f} (by chance {chance(found.match):.3f}/"
                f"{chance(found.nothing):.3f}) named {found.named:.2f}"
            )
        print(f"{name:24}", " | ".join(cells), flush=True)
