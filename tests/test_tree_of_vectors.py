"""Trees beside nested lists: what they are made of comes back, at its path; what they say of errors."""

import pytest
from backends import PRESENT
from hypothesis import given, settings
from hypothesis import strategies as st
from vsa_plugins.tree import brackets, branch, fold, leaf, leaves, nested, parsed, subtree, tree_of
from worlds import NAMES, PLUGINS, names, says, world

from vsa import CapacityWarning, Memory, Session, Space, VsaError
from vsa.plugin import open_session

ALGEBRAS = {"hrr": 2048, "bsc": 4096, "vtb": 2025, "mbat": 2048, "sbc:16": 1024}
COMMUTE = {
    "hrr": 1024,
    "fhrr": 512,
    "map-i": 1024,
    "bsc": 1024,
    "sbc:16": 256,
    "mcr:8": 512,
    "bsdc": 4096,
}
LEAF = st.sampled_from(NAMES[:50])
TREES = st.recursive(LEAF, lambda parts: st.lists(parts, min_size=1, max_size=4), max_leaves=8)


@pytest.fixture(scope="module", params=ALGEBRAS)
def memory(request):
    return world(ALGEBRAS[request.param], items=50, algebra=request.param)[1]


def paths(tree, path=()):
    """The leaves of nested lists and where they stand: an oracle that knows no vectors."""
    if isinstance(tree, str):
        return {path: tree}
    return {
        place: name
        for i, part in enumerate(tree, 1)
        for place, name in paths(part, (*path, i)).items()
    }


def said(path):
    return " ".join(map(str, path))


@settings(max_examples=25)
@given(tree=TREES)
def test_what_a_tree_is_made_of_comes_back(memory, tree):
    whole = tree_of(tree, memory=memory)
    assert nested(whole, memory=memory) == tree
    assert parsed(brackets(whole, memory=memory)) == tree
    found = leaves(whole, memory=memory)
    assert dict(zip(found.labels, found.name, strict=True)) == {
        said(path): name for path, name in paths(tree).items()
    }
    for path, name in paths(tree).items():
        assert leaf(whole, said(path), memory=memory).name == name
        above = subtree(whole, said(path[:-1]))
        assert leaf(above, said(path[-1:]), memory=memory).name == name


WORD = st.text(st.sampled_from("ab():\\ é"), min_size=1, max_size=4).filter(lambda w: w.strip())
TEXTS = st.recursive(WORD, lambda parts: st.lists(parts, min_size=1, max_size=3), max_leaves=6)


@settings(max_examples=30)
@given(tree=TEXTS)
def test_any_name_is_written_so_that_it_is_read_back(tree):
    tree = [tree]  # a text by itself is not a name but brackets
    space = Space(2048)
    memory = Memory(space)
    words = sorted(set(paths(tree).values()))
    memory.add(words, space.batch(words))
    whole = tree_of(tree, memory=memory)
    text = brackets(whole, memory=memory)
    assert nested(tree_of(text, memory=memory), memory=memory) == tree


@pytest.mark.parametrize("algebra", COMMUTE)
def test_left_right_is_not_right_left_where_binding_commutes(algebra):
    """Without the permutation of each level both would be the same place."""
    _, memory = world(COMMUTE[algebra], items=10, algebra=algebra)
    tree = branch(branch(memory["n0"], memory["n1"]), branch(memory["n2"], memory["n3"]))
    assert leaf(tree, "left right", memory=memory).name == "n1"
    assert leaf(tree, "right left", memory=memory).name == "n2"
    there, other = subtree(tree, "1 2").similarity(memory["n1"]), subtree(tree, "2 1")
    assert there > 0.2
    assert abs(other.similarity(memory["n1"])) < there / 2
    assert leaf(tree, "left", memory=memory).is_nothing  # a branching
    assert leaf(tree, "1 1 1", memory=memory).is_nothing  # nothing is there


@pytest.mark.parametrize("backend", PRESENT)
def test_batches_on_every_backend(backend):
    space, memory = world(items=100, backend=backend)
    some = space.batch(NAMES[:3])
    trees = branch(memory["n7"], branch(some, memory["n8"], memory["n9"]))
    assert names(leaf(trees, "2 1", memory=memory)) == NAMES[:3]
    assert names(leaf(trees, "2 3", memory=memory)) == ["n9"] * 3
    assert nested(trees[1], memory=memory) == ["n7", ["n1", "n8", "n9"]]


def test_fold_applies_a_function_from_the_leaves_up():
    _, memory = world(2048, items=10)
    tree = tree_of("(n1 (n2 n3) n4)", memory=memory)
    made = fold(tree, lambda *parts: sum(parts[1:], parts[0]).permute(), memory=memory)
    a, b, c, d = (memory[f"n{i}"] for i in range(1, 5))
    assert made.similarity((a + (b + c).permute() + d).permute()) > 0.999
    session = Session(Space(2048), plugins=PLUGINS)
    session.run('atom a, b, c; def f(x, y) = x * permute(y); t = tree_of("((a b) c)")')
    assert session.run("similarity(fold(t, f), f(f(a, b), c))")[0] > 0.999
    assert session.run("similarity(fold(t, bundle), a + b + c)")[0] > 0.999


def test_a_leaf_that_memory_lacks_is_said_to_be_unknown():
    space, memory = world(2048, items=10)
    tree = branch(memory["n1"], branch(space.atom("stranger"), memory["n2"]))
    assert brackets(tree, memory=memory) == "(n1 (? n2))"
    assert nested(tree, memory=memory) == ["n1", [None, "n2"]]
    with pytest.raises(VsaError, match="the leaf at the path '2 1' is not in memory"):
        fold(tree, lambda *parts: parts[0], memory=memory)


def test_trees_of_composition_become_vectors():
    session = Session(Space(1024), plugins=PLUGINS)
    session.run("atom very, good, movie")
    assert session.run('brackets(tree_of(tree"((very good) movie)"))') == ["((very good) movie)"]


def test_a_tree_that_was_remembered_is_a_part_of_others():
    session = Session(Space(1024), plugins=PLUGINS)
    session.run('atom a, b, c; t = tree_of("(a (b c))"); remember(t)')
    assert session.run("brackets(branch(t, c))") == ["((a (b c)) c)"]


def test_a_tree_warns_when_past_its_capacity():
    _, memory = world(256)
    tree = tree_of([NAMES[:4], NAMES[4:8], NAMES[8:12]], memory=memory)
    with pytest.warns(CapacityWarning, match="a tree of about .* leaves and branchings is past"):
        leaf(tree, "1 1", memory=memory)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('tree_of("(a (b c)")', "the bracket at column 1 is not closed"),
        ('tree_of("(a b))")', "the bracket at column 6 closes nothing"),
        ('tree_of("a b")', "the tree ends before column 3: put all of it in one bracket"),
        ('tree_of("(a ())")', "the bracket at column 4 is empty"),
        ('tree_of("")', "the tree is empty: a word is wanted, or brackets such as (mark fish)"),
        ('tree_of("(NP: a b)")', "the bracket at column 1 has the tag 'NP', which no vector keeps"),
        ('tree_of("(a fihs)")', "unknown name 'fihs' in the tree; did you mean 'fish'?"),
        ("branch()", "a branching has at least one part"),
        (f"branch({', '.join(['a'] * 33)})", "a branching has at most 32 parts, not 33"),
        ('leaf(t, "lfet")', "there is no part 'lfet' in a path; did you mean 'left'?"),
        ('leaf(t, "0")', "there is no part '0' in a path; a part is left, right or a number from 1 to 32"),
        ("brackets(nil)", "the tree is empty"),
        ("fold(t, 3)", "fold wants the name of a function, not 3"),
        (f'tree_of("{"(" * 65}a{")" * 65}")', "brackets are nested more than 64 deep at column 65"),
    ],
)  # fmt: skip
def test_errors_say_what_to_do(text, message):
    says('atom a, b, c, fish; t = tree_of("(a (b c))")', text, message)


def test_a_tree_is_undone_explained_and_kept(tmp_path):
    session = Session(Space(1024), plugins=PLUGINS)
    session.run("atom a, b, c; t = branch(a, branch(b, c)); t = branch(c, t)")
    session.run(":undo; t = branch(a, branch(b, c))")
    assert "signal" in str(session.run('why(leaf(t, "2 1"))')[0])
    session.save(tmp_path / "kept.vsa")
    session.close()
    again = open_session(tmp_path / "kept.vsa", plugins=PLUGINS)
    assert again.run("brackets(t)") == ["(a (b c))"]
    again.close()


def test_trees_need_unbinding():
    space = Space(4096, "bsdc-cdt")
    with pytest.raises(VsaError) as error:
        branch(space.atom("a"), space.atom("b"))
    assert str(error.value) == (
        "a tree needs unbinding, which the algebra 'bsdc-cdt' has not; use sequence(…)"
    )


@pytest.mark.parametrize(
    ("made", "read", "filler"),
    [
        ('t = tree_of("(n1 (n2 n3))")', 'leaf(t, "2 1")', "n2"),
        ('t = automaton("n1 n2 -> n3; n3 n2 -> n1")', "step(t, n1, n2)", "n3"),
    ],
)
def test_what_a_text_names_is_explained(made, read, filler):
    session = Session(Space(1024), plugins=PLUGINS)
    session.run("atom n1, n2, n3")
    session.run(made)
    table = session.run(f"why({read})")[0]
    assert table.rows[0][0] == "signal"
    assert str(table.rows[1][2]).endswith(f"= {filler}")
    assert table.rows[0][1] > 0.3
    assert session.on_named is None
