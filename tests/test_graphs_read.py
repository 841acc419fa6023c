"""How well graphs are read, and their membership of a known load, beside the theory."""

import math
import warnings

import numpy as np
import pytest
from test_graphs import named, read, world
from vsa_plugins.graph import Graph, edges, graph, has_edge, neighbours, recall, triples

from vsa import CapacityWarning, Space
from vsa.errors import Note
from vsa.plugin import Load

pytestmark = pytest.mark.filterwarnings("ignore::vsa.errors.Note")


# --- how well ---------------------------------------------------------------------------------------
def filled(algebra, dim, count, seed, items=80):
    """So many random edges in one vector, however many it holds; with which there are."""
    memory, v, _ = world(algebra, dim, items, seed=seed)
    x, y = np.divmod(np.random.default_rng(seed).choice(items**2, count, replace=False), items)
    made = Graph.empty(memory).with_edges(v[x], v[y], None, np.zeros(count, dtype=np.int64))
    return made, set(zip(x.tolist(), [0] * count, y.tolist(), strict=True))


@pytest.mark.parametrize(
    ("algebra", "dim"), [("hrr", 512), ("fhrr", 256), ("bsc", 1024), ("sbc:16", 256)]
)
def test_so_many_edges_are_found_and_invented_as_the_theory_says(algebra, dim):
    """And the probabilities are true: they sum up to what is right. 6 graphs of 40 edges, 4 s.e."""
    found = invented = 0
    stated = []
    for seed in range(6):
        made, model = filled(algebra, dim, 40, seed)
        rows = triples(made)
        right = len(read(made) & model)
        found, invented = found + right, invented + len(rows) - right
        stated += [p for *_, p in rows]
    expected, extra = recall(made.space.noise, 40, 80**2 / 40 - 1)
    assert found / 240 == pytest.approx(
        expected, abs=4 * math.sqrt(expected * (1 - expected) / 240)
    )
    assert invented / 240 == pytest.approx(extra, abs=4 * math.sqrt(extra / 240))
    assert made.right(40, 80) == pytest.approx(expected / (1 + extra))
    count = len(stated)
    assert found / count == pytest.approx(np.mean(stated), abs=4 * np.sqrt(0.1 / count))


def test_probabilities_of_neighbours_are_true():
    """Of all pairs those that were given P sum up to the edges, with the known load, as membership."""
    total = edges_there = 0.0
    for seed in range(6):
        made, model = filled("hrr", 512, 30, seed)
        answers = neighbours(made, made.memory.vectors(np.arange(80)))
        for x, found in enumerate(answers):
            total += float(found.probability.sum())
            edges_there += sum((x, 0, y) in model for y in named(found))
    assert edges_there == pytest.approx(total, abs=4 * np.sqrt(0.1 * total))


def test_it_warns_past_its_capacity_and_names_a_dim_that_does():
    memory, v, _ = world("hrr", 512, 80)
    hub = graph(v[0], v[1:60], memory=memory)
    with pytest.warns(CapacityWarning, match="a graph of 59 edges .*is past its capacity"):
        neighbours(hub, v[0])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CapacityWarning)
        has_edge(hub, v[0], v[1])
    text = str(next(w.message for w in caught if isinstance(w.message, CapacityWarning)))
    dim = int(text.split("dim ")[-1].split()[0])
    memory, v, _ = world("hrr", dim, 80)
    hub = graph(v[0], v[1:60], memory=memory)
    with warnings.catch_warnings():
        warnings.simplefilter("error", CapacityWarning)
        assert len(named(neighbours(hub, v[0])) ^ set(range(1, 60))) <= 3


def test_what_is_not_certain_is_said():
    made, _ = filled("hrr", 512, 60, 0)
    with pytest.warns(Note, match=r"not certain: \d+ of them"):
        has_edge(made, made.memory.vectors(np.arange(80)), made.memory.vectors(np.arange(80)))
    with pytest.warns(Note, match=r"\d+ of 60 edges are not read"):
        edges(made)


# --- membership of a known load ---------------------------------------------------------------------
@pytest.mark.parametrize("held", [5, 20, 60])
def test_membership_of_a_known_load_finds_more_and_stays_true(held):
    """Members among other terms: two of a sum of so many, which otherwise seem to be few or noise."""
    from vsa.plugin import membership

    space, items = Space(1024, seed=3), 100
    rng, noise = np.random.default_rng(0), space.noise
    atoms = space.batch([f"a{i}" for i in range(items)])
    rows = atoms.numpy()
    cosines, truth = [], []
    for _ in range(60):
        chosen = rng.choice(items, 2, replace=False)
        whole = rows[chosen].sum(0) + rng.standard_normal(1024) * math.sqrt((held - 2) / 1024)
        cosines.append(rows @ whole / np.linalg.norm(whole))
        truth.append(np.isin(np.arange(items), chosen))
    cosines, truth = np.array(cosines), np.array(truth)
    known = membership(cosines, noise, load=Load.terms(held).of_one(noise))
    unknown = membership(cosines, noise)
    assert known.sum() == pytest.approx(
        truth.sum(), abs=4 * math.sqrt((known * (1 - known)).sum() + 1)
    )
    wrong = [int(((p > 0.5) != truth).sum()) for p in (known, unknown)]
    assert wrong[0] < wrong[1] or held == 5
