"""Graphs beside sets of edges and networkx's own answers, in one vector and in parts."""

from itertools import pairwise

import numpy as np
import pytest
from backends import PRESENT
from hypothesis import given, settings
from hypothesis import strategies as st
from vsa_plugins.graph import (
    add_edge,
    follow,
    from_networkx,
    graph,
    has_edge,
    neighbours,
    path,
    remove_edge,
    to_networkx,
    triples,
)
from vsa_plugins.graph.edges import bound
from vsa_plugins.graph.network import LABEL

from vsa import Memory, Session, Space, VsaError
from vsa.plugin import open_session, save

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
