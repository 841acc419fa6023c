"""What structures are made of, read back by what their plugins say of them."""

import json
import re
import subprocess
import sys

import pytest
from vsa_plugins.pictures import constituents
from vsa_plugins.queue import queue
from vsa_plugins.sequence import sequence
from vsa_plugins.stack import push
from vsa_plugins.tree import tree_of

import vsa
from vsa.hooks.constituents import kind_of
from vsa.hooks.loader import load_plugins
from vsa.pictures import Bars, Tree
from vsa.plugin import Structure, pictured

PLUGINS = load_plugins()
WORDS = ["mark", "john", "fish", "eat", "see"]


@pytest.fixture
def session():
    session = vsa.Session(vsa.Space(dim=1024), plugins=PLUGINS)
    session.run(f"atom {', '.join(WORDS)}, being, person")
    return session


def read(session, expression):
    return session.run(expression)[-1].root


def nested(node):
    """Labels of the leaves, in lists as the parts are."""
    return [nested(part) for part in node.parts] if node.parts else node.label


# --- each structure ------------------------------------------------------------------------------
def test_a_queue_is_known_by_its_end(session):
    root = read(session, "q = queue(mark, fish, john); constituents(q)")
    assert (root.label, nested(root)) == ("queue", ["mark", "fish", "john"])
    assert [part.edge for part in root.parts] == ["1", "2", "3"]
    for part in root.parts:  # of four terms, the end one of them
        assert part.cosine == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(
    "text", ["(mark fish)", "(mark (fish john) eat)", "((mark) (john (see (eat fish))))"]
)
def test_a_tree_is_known_by_its_mark(session, text):
    tree = constituents(tree_of(text, memory=session.memory), memory=session.memory)
    lists = re.sub(r"(\w+)", r'"\1"', text).replace("(", "[").replace(")", "]").replace(" ", ", ")
    assert nested(tree.root) == json.loads(lists)
    inner = [part for part in tree.root.parts if part.parts]
    assert all((part.label, part.cosine) == ("", None) for part in inner)


def test_a_token_has_its_features_and_stands_by_its_name(session):
    assert sorted(nested(read(session, "t = token(being, person); constituents(t)"))) == [
        "being",
        "person",
    ]
    assert nested(read(session, "constituents(frame(eat, agt=t))")) == ["eat", "t"]


def test_structures_of_several_kinds_stand_in_each_other(session):
    session.run("q = queue(mark, fish); remember(q); f = frame(see, agt=john, obj=q)")
    root = read(session, "constituents(branch(eat, f))")
    assert nested(root) == ["eat", ["see", "john", ["mark", "fish"]]]
    assert root.parts[1].label == "f"


@pytest.mark.parametrize("algebra", ["hrr", "fhrr", "bsc", "vtb", "mbat", "bsdc-seg"])
def test_nothing_else_is_taken_for_one(algebra):
    """By a mark that must be certain: what is none is taken for none, what is one for what it is."""
    space = vsa.Space(dim=1024, algebra=algebra)
    memory = vsa.Memory(space)
    memory.add(WORDS, space.batch(WORDS))
    items = list(space.batch(WORDS))
    for count in range(1, 6):
        stack = space.zero()
        for item in items[:count]:
            stack = push(stack, item)
        some = items[:count]
        for other in (stack, sequence(*some), vsa.bundle(*some), space.random(), some[0]):
            assert kind_of(other, memory, PLUGINS.structures) == ""
        assert kind_of(queue(*some), memory, PLUGINS.structures) == "queue"
        assert (
            kind_of(tree_of([WORDS[:count], "see"], memory=memory), memory, PLUGINS.structures)
            == "tree"
        )


def test_dictionaries_and_multisets_are_drawn(session):
    tree = pictured(session.run("dictionary(mark, fish, john, eat)")[0])
    assert isinstance(tree, Tree)
    assert {part.edge: part.label for part in tree.root.parts} == {"mark": "fish", "john": "eat"}
    bars = pictured(session.run("multiset(mark, mark, fish)")[0])
    assert isinstance(bars, Bars)
    assert bars.rows == [("mark", 2.0), ("fish", 1.0)]
    for text, said in [
        ("dictionary()", "there is nothing to draw: no key of this dictionary is found"),
        ("multiset()", "there is nothing to draw: no member is found among the items of memory"),
    ]:
        with pytest.raises(vsa.VsaError) as error:
            pictured(session.run(text)[0])
        assert str(error.value) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('constituents(mark, "tree")',
         "this is no tree, or past its capacity: no branching is found in it"),
        ('constituents(mark + fish, "queue")',
         "this is no queue, or past its capacity: no end of one is found in it; make one with "
         "enqueue(nil, item)"),
    ],
)  # fmt: skip
def test_what_is_none_is_said(session, text, said):
    with pytest.raises(vsa.VsaError) as error:
        session.run(text)
    assert str(error.value) == said


# --- by plugins ----------------------------------------------------------------------------------
def cons(first: vsa.Vector, rest: vsa.Vector) -> vsa.Vector:
    """A pair."""
    return first * first.space.key("pairs/car") + rest * first.space.key("pairs/cdr")


def halves(pair, memory):
    for name in ("car", "cdr"):
        yield name, memory.cleanup(pair / pair.space.key(f"pairs/{name}"))


def failing(pair, memory):
    raise ZeroDivisionError("oh")


class Pairs:
    def __init__(self, **structures):
        self.structures = structures

    @vsa.hookimpl
    def vsa_functions(self):
        return [cons]

    @vsa.hookimpl
    def vsa_structures(self):
        return self.structures


def test_a_plugin_names_its_structure():
    plugins = load_plugins(extra=[("pairs", Pairs(pair=Structure(halves)))])
    session = vsa.Session(vsa.Space(dim=512), plugins=plugins)
    root = read(session, 'atom a, b; constituents(cons(a, b), "pair")')
    assert [(part.edge, part.label) for part in root.parts] == [("car", "a"), ("cdr", "b")]
    session.run("p = cons(a, b)")
    session.memory.add("kept", session.values["p"], kind="pair")
    assert nested(read(session, "constituents(p)")) == ["a", "b"]


@pytest.mark.parametrize(
    ("structures", "said"),
    [
        ({"stack": Structure(halves)},
         "plugin 'pairs': the structure 'stack' is already defined by plugin 'stack'"),
        ({"pair": halves}, "plugin 'pairs': the structure 'pair' must be a Structure, not "),
    ],
)  # fmt: skip
def test_a_structure_that_cannot_be_is_named(structures, said):
    plugins = load_plugins(extra=[("pairs", Pairs(**structures))])
    (error,) = plugins.errors
    assert error.startswith(said)
    assert "cons" in plugins.functions


def test_a_plugin_that_fails_is_named():
    broken = {"pair": Structure(failing), "odd": Structure(halves, known=failing)}
    plugins = load_plugins(extra=[("pairs", Pairs(**broken))])
    session = vsa.Session(vsa.Space(dim=64), plugins=plugins)
    session.run("atom a, b")
    for text, part in (
        ('constituents(a + b, "pair")', "parts of the structure 'pair'"),
        ("constituents(a + b)", "known of the structure 'odd'"),
    ):
        with pytest.raises(vsa.VsaError) as error:
            session.run(text)
        said = f"{part} of plugin 'pairs' failed: ZeroDivisionError: oh (test_constituents.py:"
        assert str(error.value).startswith(said)


def test_a_structure_that_is_not_drawn_loads_no_pictures():
    text = (
        "import sys, vsa_plugins.stack; assert not [m for m in sys.modules if 'vsa.pictures' in m]"
    )
    subprocess.run([sys.executable, "-c", text], check=True)
