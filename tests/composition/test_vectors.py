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


def test_what_it_reads_starts_a_composer(write):
    pytest.importorskip("torch")
    from vsa_plugins.composition.model import Composer

    made = Composer([], vectors=read_vectors(write(WORD2VEC), ["very"]))
    assert made(["very"]).tolist() == [[1, 2, 3]]


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
    with pytest.raises(VsaError, match=r"cannot read none\.txt: No such file"):
        read_vectors(tmp_path / "none.txt")
    with pytest.raises(VsaError, match=r"cannot read v\.gz: "):
        read_vectors(write(gzip.compress(b"the 1 2\n" * 999)[:-20], "v.gz"))
