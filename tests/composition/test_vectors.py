"""Word vectors from word2vec and GloVe text files."""

import gzip

import numpy as np
import pytest
from vsa_plugins.composition.vectors import read_vectors

from vsa import VsaError

GLOVE = "the 0.5 -1 2e-3\nvery 1 2 3\ngood 4 5 6\n"
WORD2VEC = "3 3\n" + GLOVE


@pytest.fixture
def write(tmp_path):
    def made(text, name="v.txt"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return made


@pytest.mark.parametrize("text", [GLOVE, WORD2VEC, WORD2VEC.replace("\n", " \r\n")])
def test_both_formats_are_told_apart(write, text):
    found = read_vectors(write(text))
    assert list(found) == ["the", "very", "good"]
    np.testing.assert_array_equal(found["the"], [0.5, -1, 0.002])


def test_only_the_wanted_words_are_read(write):
    bad = GLOVE.replace("4 5 6", "4 x 6")
    found = read_vectors(write(bad), ["very", "unseen"])
    assert {k: v.tolist() for k, v in found.items()} == {"very": [1, 2, 3]}


def test_a_packed_file(write):
    found = read_vectors(write(gzip.compress(WORD2VEC.encode()), "v.txt.gz"), ["good"])
    assert found["good"].tolist() == [4, 5, 6]


def test_words_with_blanks_and_numbers_as_words_in_glove(write):
    found = read_vectors(write(GLOVE + ". . . 7 8 9\n1999 1 1 1\nthe 9 9 9\n"))
    assert found[". . ."].tolist() == [7, 8, 9]
    assert found["1999"].tolist() == [1, 1, 1]
    assert found["the"].tolist() == [0.5, -1, 0.002]  # the first one holds


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xef\xbb\xbf" + GLOVE.encode(), ["the", "very", "good"]),
        (b"\xef\xbb\xbf" + WORD2VEC.encode(), ["the", "very", "good"]),
        (GLOVE.replace(" ", "\t").encode(), ["the", "very", "good"]),
        (WORD2VEC.replace(" ", "\t").encode(), ["the", "very", "good"]),
        (WORD2VEC.replace("3\n", "3\t\r\n").encode(), ["the", "very", "good"]),
        (
            GLOVE.replace("the ", "the\t").replace("good 4", "good  4").encode(),
            ["the", "very", "good"],
        ),
        (GLOVE.replace("the", "  the").encode(), ["the", "very", "good"]),
        (GLOVE.encode() + b"\n \t\r\n\n", ["the", "very", "good"]),
        (WORD2VEC.encode() + b"\r\n", ["the", "very", "good"]),
        (GLOVE.encode() + b" 7 8 9\n\t7 8 9\n", ["the", "very", "good"]),  # a blank as a word
        (GLOVE.replace("good", "e\u0301te\u0301").encode(), ["the", "very", "été"]),
        (GLOVE.replace("good", "le\u00a0bon").encode(), ["the", "very", "le\u00a0bon"]),
        (b"4 3\n" + GLOVE.encode() + b"old town 1 2 3\n", ["the", "very", "good", "old town"]),
        (b"2 2\nold town 1 2\nnew town 3 4\n", ["old town", "new town"]),
        (b"old town 1 2\nto infinity 3 4\n", ["old town", "to infinity"]),
        (b"the\t1 2\nroute 66\t3 4\ngood\t5 6\n", ["the", "route 66", "good"]),
    ],
)
def test_marks_tabs_blanks_and_phrases(write, data, words):
    found = read_vectors(write(data))
    assert list(found) == words
    sizes = {len(vector) for vector in found.values()}
    assert sizes == {2 if b"old town 1 2\n" in data or b"route" in data else 3}


def test_a_word_is_asked_for_in_any_form(write):
    path = write("e\u0301te\u0301 1 2\nne\u0301 3 4\n")
    assert list(read_vectors(path, ["e\u0301te\u0301"])) == ["été"]
    assert list(read_vectors(path, ["né"])) == ["né"]


def test_words_that_are_not_utf8_are_passed_over_where_nobody_asks_for_them(write):
    path = write("élan 1 2\nthe 3 4\n".encode("latin-1"))
    assert read_vectors(path, ["the"])["the"].tolist() == [3, 4]
    for words in (None, ["the", "élan"]):
        with pytest.raises(VsaError) as caught:
            read_vectors(path, words)
        assert str(caught.value) == "v.txt, line 1: the word b'\\xe9lan' is not UTF-8"


def test_what_it_reads_starts_a_composer(write):
    pytest.importorskip("torch")
    from vsa_plugins.composition.model import Composer

    made = Composer([], vectors=read_vectors(write(WORD2VEC), ["very"]))
    assert made(["very"]).tolist() == [[1, 2, 3]]
    phrases = "old town 1 2\ncafe\u0301 3 4\n:) 5 6\n"
    made = Composer([], vectors=read_vectors(write(phrases)))
    assert made([r"old\ town", "café", r":\)"]).tolist() == [[1, 2], [3, 4], [5, 6]]
    assert made.with_contents({"cafe\u0301": [7, 8]})(["café"]).tolist() == [[7, 8]]


def test_progress_is_told(write):
    lines = "".join(f"w{i} 1 2\n" for i in range(25_000))
    told = []
    assert len(read_vectors(write(lines), ["w7"], lambda *args: told.append(args))) == 1
    assert [title for title, _ in told] == ["v.txt"] * 3
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "v.txt is empty"),
        ("the\nvery\n", "v.txt, line 1: a word and its numbers are wanted"),
        (GLOVE + "bad 1 2\n", "v.txt, line 4: it has 2 numbers, not 3"),
        (GLOVE + "bad 1 2 3 4\n", "v.txt, line 4: it has 4 numbers, not 3"),
        (WORD2VEC + "bad 1 2\n", "v.txt, line 5: it has 2 numbers, not 3"),
        (WORD2VEC + "bad 1 2 3 4\n", "v.txt, line 5: it has 4 numbers, not 3"),
        (GLOVE + "\nbad 1 2 3\n", "v.txt, line 4: it is empty"),
        ("\n" + GLOVE, "v.txt, line 1: it is empty"),
        ("\n \n", "v.txt is empty"),
        ("the 0:0.5 3:1.5\n", "v.txt, line 1: '0:0.5' is not a number"),
        ("the\t1\t2\n" * 2 + "a\t1\t2\t3\n", "v.txt, line 3: it has 3 numbers, not 2"),
        (GLOVE + "bad 1 nan 3\n", "v.txt, line 4: the vector of 'bad' is not finite"),
        (GLOVE + "bad 1 inf 3\n", "v.txt, line 4: the vector of 'bad' is not finite"),
        (GLOVE + "bad 1 two 3\n", "v.txt, line 4: 'two' is not a number"),
        ("3 5\n" + GLOVE, "v.txt, line 1: the header says dim 5, line 2 has 3 numbers"),
        ("4 3\n" + GLOVE, "v.txt, line 1: the header says 4 words, the file has 3"),
        (b"\0\1\2 1 2\n", "v.txt, line 1: it is not text, but has a byte 0x00"),
        (b"the 1 2\n" * 20 + b"\0 1 2\n", "v.txt, line 21: it is not text, but has a byte 0x00"),
        (b"the 1 2\n\xff\xfe 1 2\n", "v.txt, line 2: the word b'\\xff\\xfe' is not UTF-8"),
    ],
)
def test_errors_name_file_and_line(write, text, message):
    with pytest.raises(VsaError) as caught:
        read_vectors(write(text))
    assert str(caught.value) == message


def test_a_file_that_cannot_be_read(write, tmp_path):
    with pytest.raises(VsaError, match=r"there is no file \S*/none\.txt$"):
        read_vectors(tmp_path / "none.txt")
    with pytest.raises(VsaError, match=r"cannot read \S*/v\.gz: "):
        read_vectors(write(gzip.compress(b"the 1 2\n" * 999)[:-20], "v.gz"))
