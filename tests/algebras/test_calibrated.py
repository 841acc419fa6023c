"""Probabilities come true in every algebra: 3,000 retrievals each, and structures of known load.

`python tests/algebras/calibrated.py 20000` is the same at length; docs/explanation/answers.md
shows what it prints.
"""

import numpy as np
import pytest
from calibrated import (
    BIAS,
    DIMS,
    FINISHED,
    MATCH,
    NOTHING,
    SKEWED,
    STRUCTURE,
    retrievals,
    structure,
)
from vsa_plugins.stack import push, top

import vsa
from vsa.annotations import VALUE

SURE = 0.995
CHANCE = 0.01  # that chance adds to the errors of 3,000 retrievals


@pytest.mark.parametrize(("algebra", "dim"), [(a, dim) for a in DIMS for dim in DIMS[a]])
def test_probabilities_come_true(algebra, dim):
    found = retrievals(algebra, dim, 3000)
    assert abs(found.match.z) < 3
    assert found.match.error < MATCH
    skewed = algebra in SKEWED
    assert abs(found.match.bias) < BIAS + CHANCE * (1 + skewed)
    assert found.nothing.error < (NOTHING if found.closed and not skewed else FINISHED) + CHANCE


@pytest.mark.parametrize("name", ["stack of 4", "sequence of 6", "frame of 3"])
@pytest.mark.parametrize("algebra", DIMS)
def test_what_structures_answer_comes_true(algebra, name):
    assert structure(algebra, DIMS[algebra][0], name, 500) < STRUCTURE


# --- items of more ones than an atom, where sums are an OR -----------------------------------------
@pytest.fixture(scope="module")
def session():
    session = vsa.Session(vsa.Space(4096, algebra="bsdc-seg"))
    session.run("atom mark, fish, john, eat, cause, hunger")
    session.run("g = frame(cause, agt=hunger, obj=frame(eat, agt=mark, obj=fish))")
    session.run("s = push(push(nil, mark), g)")
    return session


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("g.obj.agt", "mark"), ("g.obj.obj", "fish"), ("g.agt", "hunger"), ("head(g)", "cause"),
        ("top(push(push(nil, mark), fish))", "fish"), ("top(pop(s))", "mark"),
    ],
)  # fmt: skip
def test_a_frame_in_a_frame_is_told_from_its_parts(session, line, name):
    (answer,) = session.run(line)
    assert answer.name == name
    assert answer.probability > SURE
    assert answer.similarity == 1


def test_the_heavier_one_of_two_items_that_are_there_whole_is_meant(session):
    (whole,) = session.run("g.obj")
    assert whole.name.startswith("frame/")
    assert whole.probability > SURE
    (several,) = session.run("decode([mark, fish, john])")
    assert several.name.tolist() == ["mark", "fish", "john"]
    assert (several.probability > SURE).all()


def test_a_value_on_top_of_a_stack_is_found_though_it_is_there_whole():
    space = vsa.Space(4096, algebra="bsdc-seg")
    memory, (a, b, c) = vsa.Memory(space), space.atoms("a", "b", "c")
    memory.add(["a", "b", "c"], space.stack([a, b, c]))
    memory.add("both", a + b, kind=VALUE)
    answer = top(push(push(space.zero(), c), a + b), memory=memory)
    assert answer.name == "both"
    assert answer.probability > SURE


def test_what_is_no_sequence_is_read_to_an_end(session):
    (answer,) = session.run("decode(push(push(push(nil, mark), fish), john))")
    assert len(answer) < 10


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_one_query_and_many_weigh_ones_alike(backend):
    if backend == "torch":
        pytest.importorskip("torch")
    space = vsa.Space(1024, algebra="bsdc-seg", backend=backend)
    memory, names = vsa.Memory(space), [str(i) for i in range(2000)]
    atoms = space.batch(names)
    memory.add(names, atoms)
    memory.add("both", atoms[0] + atoms[1])
    wide = vsa.bundle(*atoms[:60])  # in which much is whole by chance
    queries = [atoms[0] + atoms[1] + atoms[2], atoms[0] + atoms[2], wide]
    rows = [query.normalize() for query in queries]
    many = memory.cleanup(space.stack(rows), k=3)
    assert many.name.tolist()[0] == "both"
    assert many.names[1, 0] in ("0", "2")
    assert many.probability[:2] == pytest.approx([1, 0.5], abs=0.01)
    for i, row in enumerate(rows):
        one = memory.cleanup(row, k=3)
        assert one.names.tolist() == many.names[i].tolist()
        assert one.probabilities == pytest.approx(many.probabilities[i], abs=1e-5)
        assert (one.similarities <= 1).all()
    assert np.isfinite(many.probabilities).all()
