"""Files of labelled phrases: both kinds of lines, what is wrong with them, and their reading."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vsa_plugins.composition.labelled import labelled_tree, read_labelled
from vsa_plugins.composition.trees import Tree

from vsa import VsaError

words = st.sampled_from(["very", "good", "10", "not", "10:30", "café"])
labelled = st.recursive(
    st.tuples(st.sampled_from("01234"), words),
    lambda parts: st.tuples(st.sampled_from("01234"), parts, parts),
    max_leaves=12,
)


def written(node):
    label, *parts = node
    inner = parts if isinstance(parts[0], str) else map(written, parts)
    return f"({label} {' '.join(inner)})"


def plain(node):
    """The tree alone, as nested lists."""
    _, *parts = node
    return parts[0] if isinstance(parts[0], str) else list(map(plain, parts))


def every(node):
    """(the words under it, its label) of all nodes, in any order."""
    label, *parts = node
    if isinstance(parts[0], str):
        return [((parts[0],), label)]
    below = [every(part) for part in parts]
    under = tuple(word for part in below for word in part[-1][0])
    return [*below[0], *below[1], (under, label)]


@given(labelled)
def test_every_node_has_the_label_of_its_bracket(node):
    tree, labels = labelled_tree(written(node))
    assert str(tree) == str(Tree.of(plain(node)))
    assert sorted(labels) == list(range(tree.root + 1))
    found = [(tree.at(number).words, label) for number, label in labels.items()]
    assert sorted(found) == sorted(every(node))


def test_brackets_about_words_without_labels():
    tree, labels = labelled_tree("(3 very (4 (4 good)))")
    assert (str(tree), labels) == ("(very good)", {1: "4", 2: "3"})
    tree, labels = labelled_tree("(3 a b (1 c))", fold="left")
    assert (str(tree), labels) == ("((a b) c)", {2: "1", 4: "3"})


def test_a_file_of_both_kinds(tmp_path):
    text = "\ufeffpositive\t((very good) movie)\r\n\n  \n(0 (1 not) (2 good))\nvery negative\tbad\n"
    for path, data in (
        (tmp_path / "p.txt", text.encode()),
        (tmp_path / "p.txt.gz", gzip.compress(text.encode())),
    ):
        path.write_bytes(data)
        found = [(str(tree), labels) for tree, labels in read_labelled(path)]
        assert found == [
            ("((very good) movie)", {4: "positive"}),
            ("(not good)", {0: "1", 1: "2", 2: "0"}),
            ("bad", {0: "very negative"}),
        ]


def test_progress_is_told(tmp_path):
    path = tmp_path / "p.txt"
    path.write_text("a\tgood\n" * 2500)
    shares = []
    read_labelled(path, progress=lambda title, share: shares.append((title, share)))
    assert [title for title, _ in shares] == ["p.txt"] * 2
    assert all(0 < share <= 1 for _, share in shares)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a\t(very good", "the bracket at column 1 is not closed"),
        ("a\tvery good)", "the tree ends before column 6: put all of it in one bracket"),
        ("a\t", "the tree is empty: a word is wanted, or brackets such as (very good)"),
        ("\tgood", "there is no label before the tab"),
        (
            "a\t(very good movie)",
            "the bracket at column 1 has 3 parts: bracket two of them together, or say "
            'fold="left" or fold="right"',
        ),
        (
            "positive (very good)",
            "a label, a tab and a tree are wanted, or brackets with labels: (4 (3 good))",
        ),
        ("(3 (very) good)", "the bracket at column 4 is empty"),
        ("((2 very) (3 good))", "the bracket at column 1 has no label"),
        ("(3 (2 very) (3 good)", "the bracket at column 1 is not closed"),
        ("(3 very) (2 good)", "the tree ends before column 10: put all of it in one bracket"),
        ("(3 good))", "the bracket at column 9 closes nothing"),
        ("(3 (2 good))", "the bracket at column 1 has the label 3, what is in it has 2"),
    ],
)
def test_a_line_that_is_wrong_is_named(tmp_path, line, message):
    path = tmp_path / "p.txt"
    path.write_text(f"b\tgood\n\n{line}\nb\tgood\n")
    with pytest.raises(VsaError) as caught:
        read_labelled(path)
    assert str(caught.value) == f"p.txt, line 3: {message}"


def test_escaped_brackets_and_composed_words(tmp_path):
    path = tmp_path / "p.txt"
    path.write_text("sad\t(so :\\()\n(3 (2 \\)) (3 ne\u0301e))\n")
    (first, _), (second, labels) = read_labelled(path)
    assert first.words == ("so", ":(")
    assert second.words == (")", "née")
    assert labels == {0: "2", 1: "3", 2: "3"}


def test_files_that_are_none(tmp_path):
    path = tmp_path / "p.txt"
    with pytest.raises(VsaError, match=r"^there is no file \S*/p\.txt$"):
        read_labelled(path)
    path.write_text("\n\n")
    with pytest.raises(VsaError) as caught:
        read_labelled(path)
    assert str(caught.value) == (
        "p.txt is empty: a label, a tab and a tree are wanted on each line"
    )
    path.write_bytes(b"a\tgood\na\tna\xefve\n")
    with pytest.raises(VsaError, match=r"^p\.txt, line 2: byte 0xef is not UTF-8$"):
        read_labelled(path)
    path.write_bytes(bytes(range(256)))
    with pytest.raises(VsaError, match=r"^p\.txt, line 1: it is not text, but has a byte 0x00$"):
        read_labelled(path)
