"""Trees: text and back, nested lists, nltk's, and errors that name the place."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vsa_plugins.composition.trees import DEPTH, Tree, trees_of

from vsa import VsaError

# Brackets, blanks, colons and backslashes come often, and every other character now and then.
SIGNS = st.text("()\\\\: \n\u3000ab", min_size=1, max_size=5)
WORDS = (SIGNS | st.text(min_size=1)).filter(str.strip).map(lambda w: normalize("NFC", w))
TAGS = st.text("ABCxyz-_", max_size=4) | SIGNS


def trees(words=WORDS, tags=TAGS):
    leaf = words.map(lambda w: Tree((w,)))
    return st.recursive(leaf, lambda t: st.builds(Tree.pair, t, t, tags), max_leaves=12)


class Node(list):
    """As nltk.Tree: a list of parts with a label."""

    def __init__(self, label, parts):
        super().__init__(parts)
        self._label = label

    def label(self):
        return self._label


def test_words_come_first_then_compositions_as_they_close():
    tree = Tree.of("((very good) (AP: old movie))")
    assert tree.words == ("very", "good", "old", "movie")
    assert tree.nodes == ((0, 1, ""), (2, 3, "AP"), (4, 5, ""))
    assert (tree.root, tree.depth, len(tree)) == (6, 2, 4)
    assert tree.heights.tolist() == [0, 0, 0, 0, 1, 1, 2]


@given(trees())
def test_text_is_read_back(tree):
    assert Tree.of(str(tree)) == tree


@given(trees(), trees(), TAGS)
def test_the_parts_of_a_pair_are_what_it_was_made_of(left, right, tag):
    pair = Tree.pair(left, right, tag)
    a, b, kind = pair.nodes[-1]
    assert (pair.at(a), pair.at(b), kind) == (left, right, tag)
    assert pair.at(-1) == pair
    assert pair.depth == 1 + max(left.depth, right.depth)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("very", "very"),
        ("(very)", "very"),
        ("(AP:very good)", "( AP:  very\n good )"),
        ("(S: (NP: (N: dogs)) (VP: bark))", "(S: dogs bark)"),
        ("(: 10:30 train)", "(: 10:30 train)"),
    ],
)
def test_ways_of_writing(text, same):
    assert Tree.of(text) == Tree.of(same)


def test_after_a_backslash_a_bracket_a_blank_or_a_backslash_is_a_letter():
    assert Tree.of(r"(sad :\()").words == ("sad", ":(")
    assert Tree.of(r"(old\ town \(\))").words == ("old town", "()")
    assert Tree.of(r"(C:\\ 1\/2)").nodes == ((0, 1, "C"),)
    assert Tree.of(r"(a\\ 1\/2)").words == ("a\\", r"1\/2")  # elsewhere it is a letter itself
    assert str(Tree.of(["f(x)", "old town"])) == r"(f\(x\) old\ town)"


def test_words_are_composed():
    assert Tree.of("(e\u0301te\u0301 a)").words == ("été", "a")
    assert Tree.of(["e\u0301te\u0301", "a"]).words == ("été", "a")


def test_an_empty_tag_lets_the_first_word_have_a_colon():
    assert Tree.of("(: 10:30 train)").words == ("10:30", "train")
    assert Tree.of("(10:30 train)") == Tree(("30", "train"), ((0, 1, "10"),))


def test_brackets_of_three_are_folded_when_asked():
    assert str(Tree.of("(X: a b c d)", fold="left")) == "(X: (X: (X: a b) c) d)"
    assert str(Tree.of("(X: a b c d)", fold="right")) == "(X: a (X: b (X: c d)))"


def test_trees_of_nltk_and_nested_lists():
    tree = Node("S", [Node("NP", [Node("N", ["dogs"])]), Node("VP", ["chase", "cats"])])
    assert str(Tree.of(tree)) == "(S: dogs (VP: chase cats))"
    assert Tree.of([["very", "good"], "movie"]) == Tree.of("((very good) movie)")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the tree is empty: a word is wanted, or brackets such as (very good)"),
        ("  ", "the tree is empty: a word is wanted, or brackets such as (very good)"),
        ("(very ())", "the bracket at column 7 is empty"),
        ("(NP:)", "the bracket at column 1 is empty"),
        ("((very good) movie", "the bracket at column 1 is not closed"),
        ("(very good))", "the bracket at column 12 closes nothing"),
        ("very good", "the tree ends before column 6: put all of it in one bracket"),
        ("(a b) (c d)", "the tree ends before column 7: put all of it in one bracket"),
        (
            "(x (very good movie))",
            "the bracket at column 4 has 3 parts: bracket two of them together, "
            'or say fold="left" or fold="right"',
        ),
    ],
)
def test_text_that_is_no_tree(text, message):
    with pytest.raises(VsaError) as caught:
        Tree.of(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (["a", ["b", []]], "the bracket at node 1.1 is empty"),
        (["a", ["b", 3]], "node 1.1 is of type int: a tree is text, or lists of words and lists"),
        (["a", " "], "node 1 is an empty word"),
        ([], "the bracket at the root is empty"),
    ],
)
def test_lists_that_are_no_tree(value, message):
    with pytest.raises(VsaError) as caught:
        Tree.of(value)
    assert str(caught.value) == message


def test_depth_is_bounded_and_nothing_recurses():
    deep = Tree.of("(a " * DEPTH + "b" + ")" * DEPTH)
    assert deep.depth == DEPTH
    assert Tree.of(str(deep)) == deep
    assert deep.at(-2).depth == DEPTH - 1
    with pytest.raises(VsaError, match="nested more than 1,000 deep at column 3001"):
        Tree.of("(a " * (DEPTH + 1) + "b" + ")" * (DEPTH + 1))
    nested = "b"
    for _ in range(DEPTH + 1):
        nested = ["a", nested]
    with pytest.raises(VsaError, match=r"nested more than 1,000 deep at node 1\.1"):
        Tree.of(nested)


def test_of_several_the_one_with_the_error_is_named():
    with pytest.raises(VsaError, match="tree 2: the bracket at column 1 is not closed"):
        trees_of(["(a b)", "(a b"])
    with pytest.raises(VsaError, match="as a list"):
        trees_of("(a b)")
    with pytest.raises(VsaError, match="has 3 nodes, no node 3"):
        Tree.of("(a b)").at(3)
    with pytest.raises(VsaError, match="fold is 'left' or 'right', not 'up'"):
        Tree.of("(a b c)", fold="up")
