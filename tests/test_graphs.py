"""Graphs beside sets of edges and networkx's own answers, in one vector and in parts."""

import math
import warnings
from itertools import pairwise

import numpy as np
import pytest
from backends import PRESENT
from hypothesis import given, settings
from hypothesis import strategies as st
from vsa_plugins.graph import (
    Graph,
    add_edge,
    edges,
    follow,
    from_networkx,
    graph,
    has_edge,
    neighbours,
    path,
    recall,
    remove_edge,
    to_networkx,
    triples,
)
from vsa_plugins.graph.edges import bound
from vsa_plugins.graph.network import LABEL

from vsa import CapacityWarning, Memory, Session, Space, VsaError
from vsa.errors import Note
from vsa.plugin import Load, open_session, save

pytestmark = pytest.mark.filterwarnings("ignore::vsa.errors.Note")
DIMS = {
    "hrr": 1024, "map-i": 1024, "bsc": 2048, "vtb": 1024, "ghrr:2": 512, "mbat": 1024,
    "sbc:16": 512, "mcr:8": 1024, "bsdc-seg": 2025,
}  # fmt: skip
NODES = 30
WORLDS = {}


def world(algebra="hrr", dim=None, items=NODES, backend="numpy", seed=0):
    """A memory of atoms, and their vectors n0, n1, …; the labels of edges are no items of it."""
    place = (algebra, dim, items, backend, seed)
    if place not in WORLDS:
        space = Space(dim or DIMS[algebra], algebra, backend=backend, seed=seed)
        memory, names = Memory(space), [f"n{i}" for i in range(items)]
        memory.add(names, space.batch(names))
        memory.add(["likes", "knows"], space.batch(["likes", "knows"]), kind=LABEL)
        WORLDS[place] = memory, space.batch(names), [None, *space.batch(["likes", "knows"])]
    return WORLDS[place]


def number(name):
    return int(name[1:])


def read(made):
    names = [None, "likes", "knows"]
    return {(number(x), names.index(label), number(y)) for x, label, y, _ in triples(made)}


def named(answer):
    return {number(name) for name in answer.name if name is not None}


# --- beside a set of edges --------------------------------------------------------------------------
NODE = st.integers(0, 7)
STEPS = st.lists(st.tuples(st.booleans(), NODE, st.integers(0, 2), NODE), max_size=9)


@pytest.mark.parametrize("algebra", DIMS)
@given(steps=STEPS, room=st.sampled_from([0, 300]))
@settings(max_examples=8, deadline=None)
def test_what_is_added_and_removed_is_what_a_set_has(algebra, steps, room):
    memory, v, labels = world(algebra)
    made, model = graph(room=room, memory=memory), set()
    for add, x, label, y in steps:
        edge = (x, label, y)
        if add:
            made = add_edge(made, v[x], v[y], labels[label])
            model.add(edge)
        elif edge in model and (label or sum(e[::2] == (x, y) for e in model) == 1):
            made = remove_edge(made, v[x], v[y], labels[label])
            model.remove(edge)
    assert made.size == made.terms.sum() == len(model)
    assert read(made) == model
    for x, label, y in model:
        assert has_edge(made, v[x], v[y], labels[label])
        assert has_edge(made, v[y], v[x]) == any(e[::2] == (y, x) for e in model)
    rows = neighbours(made, v[:8])
    for x in range(8):
        out = {y for a, _, y in model if a == x}
        assert named(neighbours(made, v[x])) == named(rows[x]) == out


@pytest.mark.parametrize("algebra", [*DIMS, "map-b", "fhrr", "cgr:8", "bsdc"])
def test_both_directions_and_circles_are_edges_of_their_own(algebra):
    """Under XOR a product of two nodes has no order, and that of a node with itself nothing of it."""
    memory, v, _ = world(algebra, DIMS.get(algebra, 2048))
    made = graph(v[0], v[1], v[2], v[2], memory=memory)
    assert read(made) == {(0, 0, 1), (2, 0, 2)}
    assert not has_edge(made, v[1], v[0])
    assert not has_edge(made, v[3], v[3])
    edge = bound(v[0], v[1], v[2])  # a label where others are nodes
    for x, y, z in ((0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)):
        assert abs(edge.similarity(bound(v[x], v[y], v[z]))) < 0.15


def test_products_that_a_majority_holds_are_no_edges():
    """Of three terms it holds the product, of a frame as of an edge, if both permute alike."""
    space = Space(1024, "map-b")
    memory, (target, source, node) = Memory(space), space.batch(["a", "b", "c"])
    memory.add(["a", "b", "c"], space.stack([target, source, node]))
    for steps in range(1, 4):
        three = source.permute(steps) + node.permute(steps) - target
        memory.add(f"three {steps}", three, kind="frame")
    made = graph(source, target, memory=memory)
    assert not len(neighbours(made, node))


@pytest.mark.parametrize("backend", PRESENT)
@pytest.mark.parametrize("algebra", ["hrr", "bsc"])
def test_batches_are_as_edges_one_by_one(algebra, backend):
    memory, v, labels = world(algebra, backend=backend)
    rng = np.random.default_rng(0)
    x, which, y = rng.integers(0, [[NODES], [2], [NODES]], (3, 24))
    space = memory.space
    made = add_edge(graph(memory=memory), v[x], v[y], space.stack(labels[1:])[which])
    single = graph(memory=memory)
    for a, label, b in zip(x.tolist(), which.tolist(), y.tolist(), strict=True):
        single = add_edge(single, v[a], v[b], labels[label + 1])
    wanted = set(zip(x.tolist(), (which + 1).tolist(), y.tolist(), strict=True))
    assert read(made) == read(single) == wanted
    there = has_edge(made, v[:4].reshape(4, 1), v[:5])
    assert there.shape == (4, 5)
    pairs = {(a, b) for a, _, b in wanted}
    assert {(int(a), int(b)) for a, b in np.argwhere(there)} == {
        (a, b) for a, b in pairs if a < 4 and b < 5
    }
    none = remove_edge(made, v[x], v[y])
    assert none.size == 0
    assert read(none) == set()


def test_a_graph_past_one_vector_is_divided_and_keeps_its_edges():
    memory, v, _ = world("hrr", 512, 60)
    rng, made, model = np.random.default_rng(1), graph(memory=memory), set()
    for x, y in rng.integers(0, 60, (60, 2)).tolist():
        made = add_edge(made, v[x], v[y])
        model.add((x, 0, y))
    assert made.parts > 1
    assert made.size == len(model)
    assert len(read(made) ^ model) <= 2
    whole = graph(v[[x for x, _, _ in model]], v[[y for _, _, y in model]], memory=memory)
    assert whole.parts == made.parts
    assert len(read(whole) ^ model) <= 2


def test_what_is_there_twice_is_one_edge():
    memory, v, _ = world()
    made = graph(v[[0, 0, 1]], v[[1, 1, 0]], memory=memory)
    assert made.size == 2
    assert add_edge(made, v[0], v[1]) is not made
    assert add_edge(made, v[0], v[1]).size == 2


# --- ways -------------------------------------------------------------------------------------------
PAIRS = st.sets(st.tuples(NODE, NODE), min_size=1, max_size=12)


@given(pairs=PAIRS, ends=st.tuples(NODE, NODE))
@settings(max_examples=25, deadline=None)
def test_a_path_is_as_short_as_any(pairs, ends):
    memory, v, _ = world("hrr", 4096)
    start, end = ends
    x, y = np.array(sorted(pairs)).T
    made = graph(v[x], v[y], memory=memory)
    steps, seen = {start: 0}, [start]
    for node in seen:
        for a, b in pairs:
            if a == node and b not in steps:
                steps[b] = steps[node] + 1
                seen.append(b)
    if end not in steps:
        with pytest.raises(VsaError, match=f"no way leads from n{start} to n{end}"):
            path(made, v[start], v[end])
        return
    way = [number(name) for name in path(made, v[start], v[end]).name]
    assert len(way) == steps[end] + 1
    assert (way[0], way[-1]) == (start, end)
    assert set(pairwise(way)) <= pairs


def test_edges_are_followed_by_their_labels():
    memory, v, labels = world()
    _, likes, knows = labels
    made = graph(v[0], v[1], v[0], v[2], label=likes, memory=memory)
    made = add_edge(made, v[[1, 2, 3]], v[[3, 3, 4]], knows)
    assert named(follow(made, v[0], likes)) == {1, 2}
    assert named(follow(made, v[0], likes, knows)) == {3}
    assert named(follow(made, v[0], likes, knows, knows)) == {4}
    assert named(follow(made, v[0], knows)) == set()
    assert [number(n) for n in path(made, v[0], v[4]).name][::3] == [0, 4]
    with pytest.raises(VsaError, match="no way leads from n0 to n4"):
        path(made, v[0], v[4], likes)
    both = neighbours(add_edge(made, v[0], v[5], knows), v[0])
    assert sorted(zip(both.labels, both.name, strict=True)) == [
        ("knows", "n5"), ("likes", "n1"), ("likes", "n2"),
    ]  # fmt: skip


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


# --- networkx ---------------------------------------------------------------------------------------
def test_networkx_graphs_go_in_and_come_out():
    nx = pytest.importorskip("networkx")
    network = nx.MultiDiGraph()
    network.add_edge("ann", "tom", relation="likes")
    network.add_edge("ann", "tom", relation="knows")
    network.add_edge("tom", 7)
    network.add_node("alone")
    memory = Memory(Space(1024))
    memory.add("tom", memory.space.atom("tomcat"))
    made = from_networkx(network, memory, "relation")
    assert {"ann", "7", "alone"} <= set(memory.names("atom"))
    assert "likes" not in memory.item_kinds
    again = to_networkx(made)
    assert sorted((x, d.get("label", ""), y) for x, y, d in again.edges(data=True)) == [
        ("ann", "knows", "tom"), ("ann", "likes", "tom"), ("tom", "", "7"),
    ]  # fmt: skip
    assert all(d["probability"] > 0.99 for _, _, d in again.edges(data=True))
    both = from_networkx(nx.path_graph(3), Memory(Space(1024)))
    assert {(x, y) for x, _, y, _ in triples(both)} == {
        ("0", "1"), ("1", "0"), ("1", "2"), ("2", "1"),
    }  # fmt: skip
    assert from_networkx(nx.Graph(), Memory(Space(64))).size == 0
    for wrong, why in (
        (3, "a graph comes from a networkx Graph, not from int"),
        (nx.Graph([(1, "1")]), "two nodes are written '1': 1 and '1'"),
    ):
        with pytest.raises(VsaError) as caught:
            from_networkx(wrong, memory)
        assert str(caught.value) == why


def test_networkx_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "networkx", None)
    with pytest.raises(VsaError) as caught:
        from_networkx(3, Memory(Space(64)))
    assert str(caught.value) == (
        "reading a graph needs the package 'networkx': pip install \"vsa-algebra[graph]\""
    )


# --- in a session -----------------------------------------------------------------------------------
@pytest.fixture
def session():
    session = Session(Space(1024))
    session.run("atom mark, john, fish, likes, hates; g = graph(mark, john, label=likes)")
    return session


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("graph(mark)",
         "a graph is made of sources and targets in turn, and the last of 1 has none"),
        ("graph(mark, nil)", "the target of an edge must not be nil"),
        ("add_edge(g, nil, mark)", "the source of an edge must not be nil"),
        ("remove_edge(g, john, mark)",
         "the graph has no such edge: edges(g) gives those that it has"),
        ("neighbours(g, mark, hates)", "no edge of the graph has this label: they have likes"),
        ("neighbours(graph(mark, john), mark, hates)",
         "no edge of the graph has this label: they have none"),
        ("path(g, john, mark)", "no way leads from john to mark"),
        ("path(g, john * mark, mark)",
         "the source of a path must be an item of memory: remember(x) it first"),
        ("follow(g, mark)", "follow wants at least one label: follow(g, mark, likes)"),
    ],
)  # fmt: skip
def test_errors_name_the_culprit_and_change_nothing(session, text, why):
    before = session.run("edges(g)")[0].name.tolist()
    with pytest.raises(VsaError) as caught:
        session.run(text)
    assert str(caught.value) == why
    assert session.run("edges(g)")[0].name.tolist() == before


def test_batches_that_do_not_fit_are_refused():
    memory, v, labels = world()
    with pytest.raises(VsaError) as caught:
        graph(v[:2], v[:3], memory=memory)
    assert str(caught.value) == "sources of shape (2,) do not pair with targets of shape (3,)"
    made = graph(v[0], v[1], label=labels[1], memory=memory)
    for call, why in (
        (lambda: follow(made, v[:2], labels[1]), "follow starts at one node, not at a batch of them"),
        (lambda: path(made, v[:2], v[1]), "the source of a path is one node, not a batch of them"),
        (lambda: neighbours(made, v[0], v[:2]),
         "edges are read by one label at a time, not by a batch of them"),
    ):  # fmt: skip
        with pytest.raises(VsaError) as caught:
            call()
        assert str(caught.value) == why


def test_an_algebra_that_unbinds_nothing_carries_no_graph():
    with pytest.raises(VsaError) as caught:
        graph(memory=Memory(Space(1024, "bsdc-cdt")))
    assert str(caught.value) == (
        "a graph needs unbinding, which the algebra 'bsdc-cdt' has not; use a frame of each node"
    )


def test_what_is_not_certain_is_said():
    made, _ = filled("hrr", 512, 60, 0)
    with pytest.warns(Note, match=r"not certain: \d+ of them"):
        has_edge(made, made.memory.vectors(np.arange(80)), made.memory.vectors(np.arange(80)))
    with pytest.warns(Note, match=r"\d+ of 60 edges are not read"):
        edges(made)


@pytest.mark.parametrize("algebra", ["hrr", "bsc"])
def test_undo_and_files_keep_graphs(tmp_path, algebra):
    session = Session(Space(1024, algebra))
    session.run("atom mark, john, fish, likes; g = graph(mark, john, label=likes)")
    session.run("g = add_edge(g, john, fish)")
    assert str(session.run("g")[0]) == "a graph of 2 edges"
    session.journal.undo()
    assert str(session.run("g")[0]) == "a graph of 1 edge"
    session.run("g = add_edge(g, john, fish)")
    save(session, tmp_path / "kept.vsa")
    session.close()
    again = open_session(tmp_path / "kept.vsa")
    (found,) = again.run("edges(g)")
    assert list(zip(found.labels, found.name, strict=True)) == [
        ("mark likes", "john"), ("john", "fish"),
    ]  # fmt: skip
    assert again.run("has_edge(add_edge(g, john, fish), john, fish)")[0]
    again.close()


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
