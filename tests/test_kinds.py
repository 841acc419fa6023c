"""Kinds are open: what anyone's kind names can stand in a structure, what is internal cannot."""

from typing import Annotated

import pytest
from vsa_plugins.frame import frame, slot
from vsa_plugins.sequence import item, sequence
from vsa_plugins.stack import pop, push, top

import vsa
from vsa import Kind, Memory, Session, Space, Vector, VsaError, hookimpl, load_plugins


def ring(*nodes: Vector) -> Annotated[Vector, Kind("ring")]:
    """A ring of nodes."""
    pairs = [a * b.permute() for a, b in zip(nodes, (*nodes[1:], nodes[0]), strict=True)]
    return vsa.bundle(*pairs).normalize()


class Rings:
    @hookimpl
    def vsa_functions(self):
        return [ring]


PLUGINS = load_plugins(extra=[("rings", Rings())])
MADE = {
    "ring": "x = ring(a, b, c)",
    "chunks": "x = chunks(a, b, c, a, b, c, b, a, a, c, size=3)",
    "frame": "x = frame(a, agt=b)",
    "token": "x = token(a, b)",
    "stack": "x = push(push(nil, a), b); remember(x)",
    "sequence": "x = [a, b, c]; remember(x)",
    "kind": 'x = a * b; remember(x, "pair")',
}


@pytest.fixture
def session():
    session = Session(Space(dim=1024), plugins=PLUGINS)
    session.run("atom a, b, c, eat; frame(eat, obj=a)")
    return session


@pytest.mark.parametrize("made", MADE.values(), ids=MADE)
def test_what_has_a_kind_or_was_remembered_comes_back(session, made):
    session.run(made)
    places = (
        "top(push(push(nil, c), x)); frame(eat, obj=x).obj; item([c, x, b], 2); "
        "value(c * x + b * a, c)"
    )
    assert [answer.name for answer in session.run(places)] == ["x"] * 4


def test_a_chunked_sequence_comes_back_whole_and_its_parts_are_no_items(session):
    session.run("x = chunks(a, b, c, a, b, c, b, a, a, c, size=3)")
    parts = [n for n in session.memory if n.startswith("chunk/1/")]
    assert len(parts) > 1
    read = session.run("unchunk(frame(eat, obj=x).obj)")[0]
    assert [answer.name for answer in read] == list("abcabcbaac")
    session.set("part", session.memory[parts[0]])
    assert session.run("top(push(nil, part))")[0].name not in session.memory.names("chunk/1")


def test_a_plain_value_that_is_asked_about_is_no_answer(session):
    session.run("s = push(push(nil, a), b); remember(s)")
    assert session.run("top(s)")[0].name == "b"
    assert session.run("top(pop(s))")[0].name == "a"
    assert session.run("depth(s)") == [2]
    session.run("t = [a, c]; remember(t)")
    assert list(session.run("decode(t)")[0].name) == ["a", "c"]


def test_it_is_one_where_nothing_else_is_named(session):
    session.run("strange = a * b; remember(strange)")
    assert session.run("top(push(nil, strange))")[0].name == "strange"


def test_an_item_with_a_kind_of_its_own_is_always_one(session):
    assert session.run("top(push(nil, a))")[0].name == "a"
    session.run('x = push(push(nil, a), b); remember(x, "pile")')
    assert session.run("top(push(nil, x))")[0].name == "x"


def test_rows_of_a_batch_are_told_apart():
    space = Space(dim=512)
    memory = Memory(space)
    a, b, c = space.atoms("a", "b", "c")
    memory.add(["a", "b", "c"], [a, b, c])
    stacks = [push(push(space.zero(), x), y) for x, y in ((a, b), (b, c), (c, a))]
    memory.add("s", stacks[1], kind="value")
    batch = space.stack(stacks)
    assert list(top(batch, memory=memory).name) == ["b", "c", "a"]
    assert list(top(pop(batch, memory=memory), memory=memory).name) == ["a", "b", "c"]
    assert top(batch[:0], memory=memory).shape == (0,)


def test_what_is_internal_is_found_by_who_asks_for_it_alone(tmp_path):
    space = Space(dim=512)
    memory = Memory(space)
    a, edge = space.atoms("a", "edge")
    memory.add("a", a)
    memory.add("edge", edge, kind=Kind("graph/edge", internal=True))
    assert memory.item_kinds == ("atom",)
    assert top(push(space.zero(), edge), memory=memory).name != "edge"
    assert item(sequence(edge), 1, memory=memory).name != "edge"
    assert slot(frame(a, obj=edge), "obj", memory=memory).name != "edge"
    assert memory.cleanup(edge, kinds="graph/*").name == "edge"
    memory.save(tmp_path / "m.vsa")
    memory.close()
    with Memory.open(tmp_path / "m.vsa") as again:
        assert again.item_kinds == ("atom",)
        assert again.kind("edge") == "graph/edge"


def test_a_kind_stays_what_it_is_and_an_undo_forgets_it():
    space = Space(dim=64)
    memory = Memory(space)
    memory.add("x", space.atom("x"), kind=Kind("part", internal=True))
    memory.add("y", space.atom("y"), kind="part")
    assert memory.item_kinds == ()
    memory.journal.undo()
    memory.journal.undo()
    memory.add("y", space.atom("y"), kind="part")
    assert memory.item_kinds == ("part",)


@pytest.mark.parametrize("kind", ["slot", "type", "chunk"])
def test_a_kind_that_a_structure_has_is_not_for_remembering(session, kind):
    with pytest.raises(
        VsaError, match="cannot be a kind of your own: use a word that no structure"
    ):
        session.run(f'remember(a * c, "{kind}")')
