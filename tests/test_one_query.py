"""One query is answered as a batch of it is, though it has a path of its own on NumPy."""

import copy
import math
import pickle
from functools import lru_cache

import numpy as np
import pytest
import sketches
from hypothesis import given
from hypothesis import strategies as st
from vsa_plugins.algebras.map import MAPB

import vsa
from vsa.memory import one
from vsa.memory.evidence import MANY
from vsa.theory.load import Load

COSINES = 2e-6  # by which two ways to sum a product may differ
KNOWN = [Load.power(20.0), Load.power(math.nan), Load.beside(0.4)]
CROWD = 2e-3  # relative: where nothing stands out, the likelihoods of many are read off a table
NUMBERS = ("similarities", "probabilities", "nothing", "margin")

small = sketches.small  # a sketch for small tables, too; exact=True does without
open_queries = sketches.open_queries


@lru_cache(maxsize=16)
def filled(dim, atoms, items, algebra="hrr"):
    space = vsa.Space(dim, MAPB if algebra == "mapb" else algebra, atoms=atoms)
    memory = vsa.Memory(space)
    names = [f"item {i}" for i in range(items)]
    cut = items // 3
    memory.add(names[:cut], space.batch(names[:cut]), kind="atom")
    memory.add(names[cut:], space.batch(names[cut:]), kind="token")
    return memory, names


def asked(memory, names, seed):
    """Items under more and more noise, a bundle, noise alone and zero."""
    space, rng = memory.space, np.random.default_rng(seed)
    picked = [names[i] for i in rng.integers(0, len(names), 6)]
    noise = space.batch([f"noise {seed} {i}" for i in range(4)])
    return space.stack([
        space.atom(picked[0]),
        *(space.atom(picked[i]) + noise[i].scale(2.0**i) for i in range(3)),
        space.batch(picked).bundle(),
        noise[3],
        space.zero(),
    ])  # fmt: skip


def agree(single, batch):
    """The answer to one query, and to a batch of it alone."""
    apart = np.abs(np.diff(batch.similarities[0])) > COSINES  # the rest may change places
    alone = np.ones(len(batch.rows[0]), dtype=bool)
    alone[1:] &= apart
    alone[:-1] &= apart
    assert single.items == batch.items
    assert single.names.shape == batch.names[0].shape
    assert single.names[alone].tolist() == batch.names[0][alone].tolist()
    assert single.rows[alone].tolist() == batch.rows[0][alone].tolist()
    assert single.name == batch.name[0] or not alone[0]
    dim = single.memory.space.dim
    clear = batch.items <= MANY or batch.similarity[0] > 4 / np.sqrt(dim)
    rounding = max(dim * COSINES, 1e-4)  # a likelihood grows about as exp(dim · cosine)
    relative = rounding if clear else max(rounding, CROWD)
    for name in NUMBERS:
        one, many = getattr(single, name), getattr(batch, name)[0]
        assert one.shape == many.shape
        exactly = name in ("similarities", "margin")
        np.testing.assert_allclose(
            one, many, atol=COSINES if exactly else 1e-7, rtol=0 if exactly else relative
        )


@given(
    dim=st.sampled_from([16, 33, 64, 256, 512]),
    atoms=st.sampled_from(["unitary", "gaussian"]),
    items=st.sampled_from([1, 2, 3, 40, 1100, 3000]),
    k=st.sampled_from([1, 2, 3, 32, 33, 2000]),
    prior=st.sampled_from([0, 0.05, 0.5, 0.99]),
    where=st.sampled_from(["all", "kinds", "exclude", "among", "none"]),
    load=st.sampled_from([None, 1, 3.5, 60, *KNOWN]),
    exact=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_one_query_is_answered_as_a_batch_of_it(
    dim, atoms, items, k, prior, where, load, exact, seed
):
    memory, names = filled(dim, atoms, items)
    restrictions = {
        "all": {}, "kinds": {"kinds": "token"}, "exclude": {"exclude": names[1::50]},
        "among": {"among": names[::20]}, "none": {"kinds": "frame"},
    }[where]  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        _sketched_from_the_first(patch)
        for query in asked(memory, names, seed):
            options = {"k": k, "prior_nothing": prior, "exact": exact, "load": load, **restrictions}
            single = memory.cleanup(query, **options)
            batch = memory.cleanup(query.reshape(1), **options)
            if exact or np.array_equal(single.rows, batch.rows[0]):
                agree(single, batch)
            else:  # one of them was answered by the sketch, and the other not
                agree(single, memory.cleanup(query.reshape(1), **{**options, "exact": True}))


def _sketched_from_the_first(patch):
    patch.setattr(sketches.kernels, "NUMPY_QUERIES", np.inf)
    patch.setattr(sketches.shortlist, "LEAST_SIZE", 0)
    patch.setattr(sketches.bits, "PATIENCE", 0)


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("k", [1, 2, 40])
def test_equally_near_items_come_in_the_same_order(k, exact):
    memory, _ = filled(256, "unitary", 1100, "mapb")
    for query in memory.space.batch([f"query {i}" for i in range(10)]):
        single = memory.cleanup(query, k, exact=exact)
        assert single.rows.tolist() == memory.cleanup(query.reshape(1), k).rows[0].tolist()


def test_the_path_is_taken_and_the_sketch_too(open_queries, monkeypatch):
    """What is compared above are two ways, not one."""
    memory, names = filled(512, "unitary", 3000)
    taken = []
    scan = one.scan
    monkeypatch.setattr(one, "scan", lambda query: taken.append(1) or scan(query))
    query = memory.space.atom(names[7])
    memory.cleanup(query)
    memory.cleanup(query.reshape(1))
    assert taken == [1]
    assert open_queries == [0, 0]


def test_arrays_of_one_query_stand_for_its_numbers_once_they_are_there():
    """What is written into them is what the answer says, and so it is of a copy."""
    space = vsa.Space(dim=256)
    memory = vsa.Memory(space)
    memory.add(["mark", "fish"], space.batch(["mark", "fish"]))
    query = space.atom("mark")

    answer = memory.cleanup(query)
    answer.found.names = np.array(["john"], dtype=object)
    assert answer.name == "john"

    answer = memory.cleanup(query)
    answer.similarities[:] = 0  # a copy, as the lesser of them and 1
    answer.found.similarities[:] = 0.25
    answer.found.probabilities[:] = 0.125
    assert (answer.similarity, answer.probability) == (0.25, 0.125)
    assert answer.is_nothing == (answer.nothing > 0.125)
    answer.found.rows[:] = -1
    assert answer.is_nothing

    answer = memory.cleanup(query)
    doubted = answer.doubted(1e9)
    assert doubted.is_nothing
    assert not answer.is_nothing
    assert answer.name == "mark"
    for same in (copy.deepcopy(answer), pickle.loads(pickle.dumps(answer))):
        assert (same.name, same.probability) == ("mark", answer.probability)
