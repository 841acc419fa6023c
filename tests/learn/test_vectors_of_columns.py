"""Numbers, records and texts as vectors: the kernels they state, and what the algebra says they are."""

import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the extra 'learn'")

from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer

import vsa
from vsa.learn import NgramEncoder, NumberEncoder, RecordEncoder
from vsa.learn.phases import frequencies, phasor_space

TEXTS = ["the cat sat", "the cat sits", "un chat noir", "ACGTACGT"]


# --- numbers -------------------------------------------------------------------------------------
@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99), st.integers(1, 8), st.sampled_from([0.25, 1.0, 4.0]))
def test_numbers_are_alike_as_the_gaussian_kernel_says(seed, features, gamma):
    x = np.random.default_rng(seed).normal(size=(30, features))
    v = NumberEncoder(dim=4096, gamma=gamma, scale=False, seed=seed).fit_transform(x)
    squares = ((x[:, None] - x) ** 2).sum(-1)
    # a mean of 2048 cosines; the largest of 435 pairs
    assert np.allclose(v @ v.T, np.exp(-gamma * squares / features), atol=5 * 0.5**0.5 / 2048**0.5)
    assert np.allclose(np.linalg.norm(v, axis=-1), 1)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99), st.integers(1, 5))
def test_sums_of_numbers_are_bindings_of_vectors(seed, features):
    x, y = np.random.default_rng(seed).normal(size=(2, 7, features))
    encoder = NumberEncoder(dim=64, scale=False).fit(x)
    space = encoder.space_

    def vectors(x):
        return vsa.Vector(space, space.algebra.unpack(encoder.transform(x)))

    for one, other in [
        (vectors(x + y), vectors(x) * vectors(y)),
        (vectors(x - y), vectors(x) / vectors(y)),
        (vectors(3 * x), vectors(x) ** 3),
        (vectors(0 * x), space.identity()),
    ]:
        assert (one - other).norms().max() < 1e-9


def test_scaling_makes_units_of_no_importance():
    x = np.random.default_rng(0).normal(size=(20, 3))
    v = NumberEncoder().fit_transform(x)
    assert np.allclose(NumberEncoder().fit_transform(x * [1, 1e6, 1e-6] + 5), v, atol=1e-6)
    assert not np.allclose(NumberEncoder(scale=False).fit_transform(x), v, atol=1e-3)
    constant = np.hstack([x, np.ones((20, 1))])
    assert np.isfinite(NumberEncoder().fit_transform(constant)).all()


def test_float32_stays_float32():
    x = np.random.default_rng(0).normal(size=(20, 3))
    v = NumberEncoder().fit_transform(x.astype(np.float32))
    assert v.dtype == np.float32
    assert np.allclose(v, NumberEncoder().fit_transform(x), atol=1e-5)


def test_frequencies_are_normal_and_those_of_their_names():
    space = phasor_space(8192, 0)
    (drawn,) = frequencies(space, ["a"])
    assert abs(drawn.mean()) < 4 / 4096**0.5
    assert drawn.var() == pytest.approx(1, abs=4 * (2 / 4096) ** 0.5)
    assert np.array_equal(drawn, frequencies(space, ["b", "a"])[1])
    assert drawn[:3] == pytest.approx(
        [-0.680646, 0.308307, -0.355076], abs=1e-5
    )  # on every machine


# --- records -------------------------------------------------------------------------------------
RECORDS = [["red", 1.0, "m"], ["red", 1.2, "f"], ["blue", 9.0, "m"], ["green", 4.0, "f"]]


def test_a_column_comes_back_by_unbinding_its_key():
    encoder = RecordEncoder().fit(RECORDS)
    space = encoder.space_
    assert space == vsa.Space(512, algebra="fhrr", dtype="float64")
    v = vsa.Vector(space, space.algebra.unpack(encoder.transform(RECORDS)))
    colours = ["red", "blue", "green"]
    fillers = space.batch(f"learn/category/{colour}" for colour in colours)
    found = (v / space.key("learn/column/x0")).reshape((4, 1)).similarities(fillers)
    assert [colours[i] for i in found.argmax(-1)] == [row[0] for row in RECORDS]
    assert found.max(-1) == pytest.approx(3**-0.5, abs=0.15)
    numbers, column = np.linspace(0, 10, 101), encoder.columns_[1]
    scaled = (numbers - column.mean) / column.deviation
    powers = space.vector(np.exp(1j * np.outer(scaled, column.base)))
    found = (v / space.key("learn/column/x1")).reshape((4, 1)).similarities(powers)
    assert numbers[found.argmax(-1)] == pytest.approx([row[1] for row in RECORDS], abs=0.7)


def test_records_are_alike_as_their_columns_are():
    encoder = RecordEncoder(dim=16384, gamma=2).fit(RECORDS)
    v = encoder.transform(RECORDS)
    column = encoder.columns_[1]
    near = np.exp(-2 * (0.2 / column.deviation) ** 2)
    assert v[0] @ v[1] == pytest.approx((1 + near + 0) / 3, abs=0.03)
    assert v[0] @ v[3] == pytest.approx(np.exp(-2 * (3 / column.deviation) ** 2) / 3, abs=0.03)


def test_what_is_missing_adds_nothing():
    kinds = {"x0": "category or missing", "x1": "number or missing"}
    given = [[None, 1.0], ["red", np.nan], ["red", 1.0], [None, None]]
    v = RecordEncoder(kinds).fit_transform(np.array(given, dtype=object))
    assert np.allclose(v[0] + v[1], v[2])
    assert not v[3].any()


def test_kinds_are_seen_or_said():
    encoder = RecordEncoder(dim=8).fit([["a", 1, True], ["b", 2.5, False]])
    assert [c.kind for c in encoder.columns_] == ["category", "number", "category"]
    x = np.array([[1.0, 5.0], [2.0, 6.0]])
    said = RecordEncoder(["category", "number"], dim=8).fit(x)
    assert said.columns_[0].names == ("1", "2")
    assert [c.kind for c in RecordEncoder(dim=8).fit(x).columns_] == ["number", "number"]


def test_frames_of_pandas_with_its_own_missing_values():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({
        "age": pd.array([30, None, 50], dtype="Int64"),
        "sex": pd.Categorical(["m", "f", None]),
    })  # fmt: skip
    kinds = {"age": "number or missing", "sex": "category or missing"}
    encoder = RecordEncoder(kinds, dim=64).fit(frame)
    plain = np.array([[30, "m"], [None, "f"], [50, None]], dtype=object)
    named = RecordEncoder(list(kinds.values()), dim=64).fit(plain)
    assert [c.name for c in encoder.columns_] == ["age", "sex"]
    for one, other in zip(encoder.transform(frame), named.transform(plain), strict=True):
        assert np.linalg.norm(one) == pytest.approx(np.linalg.norm(other), abs=0.3)
    with pytest.raises(vsa.VsaError, match=r"^column age holds <NA> in row 1: where values may be"):
        RecordEncoder(dim=64).fit(frame)


def test_an_unknown_category_adds_nothing_where_it_may():
    strange = [["mauve", 1.0, "m"]]
    encoder = RecordEncoder(handle_unknown="ignore").fit(RECORDS)
    rest = encoder.transform([["red", 1.0, "m"]]) - encoder.transform(strange)
    assert np.linalg.norm(rest) == pytest.approx(3**-0.5)
    assert np.linalg.norm(encoder.transform(strange)) == pytest.approx((2 / 3) ** 0.5, abs=0.1)


# --- texts ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("analyzer", "lengths"), [("char", (3, 3)), ("char_wb", (1, 4)), ("word", (1, 2))]
)
def test_the_cosine_of_texts_is_that_of_their_counts(analyzer, lengths):
    texts = ["a cat and a dog", "a dog and a cow", "the end of a day", "Dog, cow; cat"]
    v = NgramEncoder(analyzer, lengths, dim=1 << 14).fit_transform(texts)
    pattern = {"token_pattern": r"\b\w+\b"} if analyzer == "word" else {}
    counts = CountVectorizer(analyzer=analyzer, ngram_range=lengths, **pattern).fit_transform(texts)
    counts = counts.toarray() / np.linalg.norm(counts.toarray(), axis=-1, keepdims=True)
    assert np.allclose(v @ v.T, counts @ counts.T, atol=5 / (1 << 14) ** 0.5)


def test_an_ngram_is_its_atom():
    space = vsa.Space(512, algebra="fhrr")
    v = NgramEncoder().fit_transform(["abc", "ABC", "abcabc"])
    assert np.allclose(v[0], space.algebra.pack(space.atom("learn/ngram/abc").data), atol=1e-6)
    assert np.array_equal(v[0], v[1])
    assert not np.allclose(NgramEncoder(lowercase=False).fit_transform(["ABC"]), v[1], atol=0.01)
    loud = NgramEncoder(normalize=False).fit_transform(["abcabcabc"])
    assert loud[0] @ v[0] == pytest.approx(3, abs=0.3)


def test_nothing_is_learnt_so_texts_come_out_the_same_in_any_company():
    v = NgramEncoder().fit(["any"]).transform(TEXTS)
    each = [NgramEncoder().fit_transform([text])[0] for text in TEXTS]
    assert np.allclose(v, each, atol=1e-6)
    many = NgramEncoder(dim=64).fit_transform([f"text {i} of {i * i}" for i in range(6000)])
    assert np.allclose(many[4711], NgramEncoder(dim=64).fit_transform(["text 4711 of 22193521"]))


def test_sparse_counts_are_taken_for_texts():
    counter = CountVectorizer(analyzer="char", ngram_range=(3, 3))
    counts = counter.fit_transform(TEXTS)
    encoder = NgramEncoder(names=counter.get_feature_names_out())
    assert np.allclose(
        encoder.fit_transform(counts), NgramEncoder().fit_transform(TEXTS), atol=1e-6
    )
    numbered = NgramEncoder().fit_transform(csr_array(np.eye(3)))
    assert np.allclose(numbered @ numbered.T, np.eye(3), atol=0.2)
    with pytest.raises(vsa.VsaError, match=r"^names has 1 names, and the counts have 3 columns$"):
        NgramEncoder(names=["a"]).fit_transform(csr_array(np.eye(3)))


def test_texts_that_are_empty_and_one_alone():
    v = NgramEncoder().fit_transform(["", "ab", "!!!"])
    assert not v[:2].any()
    assert np.linalg.norm(v[2]) == pytest.approx(1)
    assert not NgramEncoder("word").fit(["a b c"]).transform(["!!"]).any()
    assert NgramEncoder().fit_transform(["one"]).shape == (1, 1024)


def test_the_text_encoder_as_a_transformer_of_scikit_learn():
    encoder = NgramEncoder("word", dim=8)
    with pytest.raises(NotFittedError):
        encoder.transform(TEXTS)
    copy = clone(encoder)
    assert copy.get_params() == encoder.get_params()
    assert encoder.fit(TEXTS) is encoder
    assert encoder.get_feature_names_out().tolist() == [f"ngramencoder{i}" for i in range(8)]
    assert not hasattr(copy, "space_")
    again = pickle.loads(pickle.dumps(encoder))
    assert np.array_equal(again.transform(TEXTS), encoder.transform(TEXTS))
    pd = pytest.importorskip("pandas")
    out = copy.set_output(transform="pandas").fit_transform(pd.Series(TEXTS, index=list("abcd")))
    assert list(out.columns) == [f"ngramencoder{i}" for i in range(8)]
    assert list(out.index) == list("abcd")


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ("abc", TypeError, "X must be texts in a list, not 'abc'"),
        (5, TypeError, "X must be texts in a list, not 5"),
        ([], ValueError, "X must hold at least one text, and it holds none"),
        (["a", None], TypeError, "row 1 of X must be a text, not NoneType"),
        ([b"a"], TypeError, "row 0 of X must be a text, not bytes"),
        (np.array([["a"]]), ValueError, "X must be texts in a list, one for each row: give one column"),
    ],
)  # fmt: skip
def test_texts_that_are_none(given, kind, message):
    encoder = NgramEncoder(dim=8).fit(["abc"])
    for call in (encoder.fit, encoder.transform):
        with pytest.raises(kind) as error:
            call(given)
        assert isinstance(error.value, vsa.VsaError)
        assert str(error.value) == message
