"""Texts that are not held: streams, files, and one long text counted piece by piece."""

import io
import tracemalloc
from collections import Counter

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the extra 'learn'")

from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

import vsa
from vsa.learn import HyperClassifier, NgramEncoder, pieces

WAYS = [("char", (3, 3)), ("char", (1, 4)), ("char_wb", (1, 4)), ("word", (1, 3)), ("word", (2, 2))]


def counter(analyzer, lengths, lowercase=True):
    pattern = {"token_pattern": r"(?u)\b\w+\b"} if analyzer == "word" else {}
    return CountVectorizer(
        analyzer=analyzer, ngram_range=lengths, lowercase=lowercase, **pattern
    )  # fmt: skip


@pytest.mark.parametrize("way", WAYS, ids=str)
@settings(max_examples=60, deadline=None)
@given(
    parts=st.lists(st.text("abΣσİ  \n'-.é", max_size=12), max_size=12),
    size=st.integers(1, 20),
    room=st.integers(1, 9),
)
def test_pieces_count_as_the_whole(way, parts, size, room):
    parts = [part + " " for part in parts]  # without white space, Σ is written by what is beside it
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "PIECE", size)
        patch.setattr(pieces, "ROOM", room)
        found = sum(pieces.counted(iter(parts), counter(*way)), Counter())
    assert found == Counter(counter(*way).build_analyzer()("".join(parts)))


@pytest.mark.parametrize("k", [1, 3, 5])
def test_kmers_over_the_end_of_a_line_are_counted_once(k, monkeypatch):
    genome = "".join(np.random.default_rng(k).choice(list("ACGT"), 10_000))
    lines = [genome[i : i + 61] for i in range(0, len(genome), 61)]
    monkeypatch.setattr(pieces, "PIECE", 1000)
    (found,) = pieces.counted(iter(lines), counter("char", (k, k), lowercase=False))
    assert found == Counter(genome[i : i + k] for i in range(len(genome) - k + 1))
    encoder = NgramEncoder(ngram_range=(k, k), lowercase=False, normalize=False, dim=64)
    whole = encoder.fit_transform([genome])
    files = (
        clone(encoder).set_params(input="file").fit_transform([iter(lines), io.StringIO(genome)])
    )
    assert np.allclose(files, whole, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_files_are_their_texts(way, tmp_path, monkeypatch):
    texts = ["The cat  sat.\nOn a mat, \u00e9t\u00e9", "", "a b\n\n\nc d " * 40]
    files = [tmp_path / f"{i}.txt" for i in range(3)]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text, encoding="utf-8")
    monkeypatch.setattr(pieces, "PIECE", 9)
    whole = NgramEncoder(*way, dim=128).fit(texts)
    expected = whole.transform(texts)
    named = NgramEncoder(*way, dim=128, input="filename").fit(files)
    assert np.allclose(named.transform([files[0], str(files[1]), files[2]]), expected, atol=1e-5)
    opened = NgramEncoder(*way, dim=128, input="file").fit([[]])
    assert np.allclose(opened.transform([io.StringIO(t) for t in texts]), expected, atol=1e-5)
    names, without = named.parts(files[2:])
    again, others = whole.parts(texts[2:])
    assert sorted(names) == sorted(again)
    order, other = np.argsort(names), np.argsort(again)
    assert np.allclose(without[order], others[other], atol=1e-5)


def test_a_long_text_is_not_held(monkeypatch):
    monkeypatch.setattr(pieces, "PIECE", 1 << 10)
    encoder = NgramEncoder(ngram_range=(1, 1), dim=8, input="file").fit([[]])

    def peak(lines):
        tracemalloc.reset_peak()
        encoder.transform([("ACGTTGCA"[i % 7 :] * 8 for i in range(lines))])
        return tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    peak(1)
    once, ten_times = (
        min(peak(lines) for _ in range(3)) for lines in (200, 2000)
    )  # less of others'
    tracemalloc.stop()
    assert ten_times < 1.2 * once


def test_a_stream_holds_one_block():
    held = most = 0

    class Text(str):
        def __init__(self, _):
            nonlocal held, most
            held += 1
            most = max(most, held)

        def __del__(self):
            nonlocal held
            held -= 1

    lines = (Text(f"line {i % 97}") for i in range(5000))
    encoder = NgramEncoder(dim=16).fit(["line"])
    shapes = [block.shape for block in encoder.stream(lines, rows=500)]
    assert shapes == [(500, 16)] * 10
    assert most <= 1001
    texts = [f"line {i}" for i in range(7)]
    streamed = np.concatenate([*encoder.stream(iter(texts), rows=3)])
    assert np.allclose(streamed, encoder.transform(texts), atol=1e-6)
    assert not list(encoder.stream([]))


def test_a_classifier_learns_from_a_stream():
    rng = np.random.default_rng(0)
    model = HyperClassifier("centroid", encoder=NgramEncoder(dim=256))
    for _ in range(5):
        letters = ["abcd", "efgh"] * 20
        texts = ["".join(rng.choice(list(some), 12)) for some in letters]
        model.partial_fit(texts, letters, classes=["abcd", "efgh"])
    assert model.predict(["abdcabba", "hgfehhee"]).tolist() == ["abcd", "efgh"]


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        ("files", ["a"], "input must be one of content, filename, file, not 'files'"),
        ("filename", "a.txt", "X must be file names in a list, not 'a.txt'"),
        ("filename", [5], "row 0 of X must be a file name, not int"),
        ("file", ["a.txt"], "row 0 of X must be a file, not str"),
        ("file", [], "X must hold at least one file, and it holds none"),
        ("content", ["", "ab"], "X holds no n-grams: none of its texts has 3 characters"),
    ],
)
def test_what_is_no_text_is_said(kind, given, message):
    with pytest.raises(vsa.VsaError) as error:
        NgramEncoder(dim=8, input=kind).fit(given)
    assert str(error.value) == message


def test_bad_files_are_named(tmp_path):
    encoder = NgramEncoder(dim=8, input="file").fit([[]])
    with pytest.raises(TypeError, match=r"^a file of X gives bytes, not text: open it as text$"):
        encoder.transform([io.BytesIO(b"abc")])
    with pytest.raises(TypeError, match=r"^a file of X gives int, not text$"):
        encoder.transform([[1, 2]])
    with pytest.raises(FileNotFoundError):
        NgramEncoder(dim=8, input="filename").fit(["a"]).transform([tmp_path / "none.txt"])
    with pytest.raises(vsa.VsaError, match=r"^X holds no n-grams: none of its texts has 2 words$"):
        NgramEncoder("word", (2, 3)).fit(["one", "..."])


def test_a_stream_says_what_it_wants():
    encoder = NgramEncoder(dim=8).fit(["abc"])
    for some in ("abc", 5):
        with pytest.raises(vsa.VsaError, match=r"^X must be texts one after the other, not"):
            encoder.stream(some)
    with pytest.raises(vsa.VsaError, match=r"^rows must be"):
        encoder.stream(["abc"], rows=0)
    with pytest.raises(vsa.VsaError, match=r"^row 3 of X must be a text, not int$"):
        list(encoder.stream(["a", "b", "c", 4], rows=2))


def test_exact_counts_of_scikit_learn_may_be_the_encoder():
    counts = make_pipeline(CountVectorizer(analyzer="char", ngram_range=(3, 3)), Normalizer())
    texts = ["the cat sat", "the cat sits", "un chat noir", "le chat noir"] * 2
    model = HyperClassifier("centroid", encoder=counts).fit(texts, ["en", "en", "fr", "fr"] * 2)
    assert model.predict(["a cat sits", "chat noir"]).tolist() == ["en", "fr"]
