"""Tables that cannot be meant, given to each estimator: what it says, and what it is afterwards."""

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the extra 'learn'")

from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from vsa import VsaError
from vsa.learn import HyperClassifier, HyperRegressor, NoveltyDetector, NumberEncoder, RecordEncoder

ROWS, CLASSES = [[1.0, 5.0], [2.0, 6.0], [3.0, 5.0], [4.0, 7.0]], [0, 1, 0, 1]
ESTIMATORS = {
    "numbers": NumberEncoder(dim=16),
    "records": RecordEncoder(dim=16),
    "classifier": HyperClassifier(dim=16),
    "online": HyperClassifier("online", dim=16),
    "of records": HyperClassifier(encoder=RecordEncoder(dim=16)),
    "regressor": HyperRegressor(dim=16),
    "novelty": NoveltyDetector(dim=16),
}
OF_RECORDS = ("records", "of records")


def said(call, *given):
    with pytest.raises((ValueError, TypeError)) as error:
        call(*given)
    assert (
        isinstance(error.value, VsaError) or "array" in str(error.value) or "X" in str(error.value)
    )
    return str(error.value)


@pytest.fixture(params=ESTIMATORS)
def name(request):
    return request.param


@pytest.fixture
def fitted(name):
    return clone(ESTIMATORS[name]).fit(ROWS, CLASSES)


def use(model):
    return getattr(model, "predict", None) or model.transform


def test_infinity_is_refused_always(name, fitted):
    before = use(fitted)(ROWS)
    message = "column x1 holds infinity: give finite numbers"
    for infinite in (np.inf, -np.inf):
        assert said(use(fitted), [[1.0, 5.0], [1.0, infinite]]) == message
        assert said(clone(fitted).fit, [*ROWS[:3], [4.0, infinite]], CLASSES) == message
    assert np.array_equal(use(fitted)(ROWS), before)
    for kind in ("number", "category", "number or missing", "category or missing"):
        encoder = RecordEncoder(["number", kind], dim=16)
        assert said(encoder.fit, [[1.0, 5.0], [1.0, np.inf]]) == message


def test_nan_is_refused_with_the_column_the_row_and_the_mend(name, fitted):
    mend = {
        True: 'where values may be missing, say kinds={"x1": "number or missing"}',
        False: 'fill it, or where values may be missing take RecordEncoder({"x1": "number or missing"})',
    }[name in OF_RECORDS]
    for call in (use(fitted), lambda x: clone(fitted).fit(x, CLASSES)):
        assert said(call, [*ROWS[:3], [4.0, np.nan]]) == f"column x1 holds NaN in row 3: {mend}"


def test_an_empty_table(name, fitted):
    kind = "RecordEncoder" if name in OF_RECORDS else "NumberEncoder"
    assert said(use(fitted), np.zeros((0, 2))) == (
        f"Found array with 0 sample(s) (shape=(0, 2)) while a minimum of 1 is required by {kind}."
    )
    assert said(clone(fitted).fit, np.zeros((0, 2)), []).startswith("Found array with 0 sample(s)")
    assert said(clone(fitted).fit, np.zeros((4, 0)), CLASSES) == (
        f"Found array with 0 feature(s) (shape=(4, 0)) while a minimum of 1 is required by {kind}."
    )


def test_the_wrong_number_of_columns(name, fitted):
    kind = "RecordEncoder" if name in OF_RECORDS else "NumberEncoder"
    calls = [use(fitted), *([fitted.explain] if hasattr(fitted, "explain") else [])]
    for call in calls:
        for columns in (1, 3):
            assert said(call, [[1.0] * columns]) == (
                f"X has {columns} features, but {kind} is expecting 2 features as input."
            )


def test_sparse_tables(name, fitted):
    for call in (use(fitted), lambda x: clone(fitted).fit(x, CLASSES)):
        assert said(call, csr_array(np.ones((4, 2)))).startswith("Sparse data was passed for X")


def test_a_column_of_width_zero_tells_nothing_and_harms_nothing(name):
    narrow = [[row[0], 5.0] for row in ROWS]
    model = clone(ESTIMATORS[name]).fit(narrow, CLASSES)
    found = use(model)(narrow)
    assert not np.issubdtype(np.asarray(found).dtype, np.floating) or np.isfinite(found).all()
    if hasattr(model, "explain"):
        (why,) = model.explain(narrow[:1])
        share = dict(zip(why.names, why.shares, strict=True))["x1"]
        assert name in OF_RECORDS or abs(share) < 1e-9


def test_texts_among_numbers():
    encoder = RecordEncoder(dim=16).fit([["red", 1.0], ["blue", 2.0]])
    assert said(encoder.transform, [["red", "x"]]) == (
        "column x1 must hold numbers, and it holds texts"
    )


def test_targets_that_are_none():
    nan = [0.0, np.nan, 1.0, 1.0]
    for model in (HyperClassifier(dim=16), HyperRegressor(dim=16)):
        with pytest.raises(ValueError, match=r"^Input y contains NaN\.$"):
            model.fit(ROWS, nan)
        with pytest.raises(ValueError, match=r"^Found input variables with inconsistent numbers"):
            model.fit(ROWS, CLASSES[:2])
    with pytest.raises(ValueError, match=r"^Unknown label type: continuous"):
        HyperClassifier(dim=16).fit(ROWS, [0.5, 1.5, 2.5, 3.5])


def test_what_is_not_fitted_says_so(name):
    model = clone(ESTIMATORS[name])
    for method in ("predict", "predict_proba", "transform", "explain", "decision_function"):
        if hasattr(model, method):
            with pytest.raises(NotFittedError, match=r"^This \w+ instance is not fitted yet"):
                getattr(model, method)(ROWS)


def test_names_of_what_comes_out_with_and_without_pandas():
    pd = pytest.importorskip("pandas")
    for encoder in (NumberEncoder(dim=8), RecordEncoder(dim=8)):
        names = [f"{type(encoder).__name__.lower()}{i}" for i in range(8)]
        assert encoder.fit(ROWS).get_feature_names_out().tolist() == names
        frame = pd.DataFrame(ROWS, columns=["a", "b"], index=list("wxyz"))
        out = clone(encoder).set_output(transform="pandas").fit_transform(frame)
        assert (list(out.columns), list(out.index)) == (names, list("wxyz"))
