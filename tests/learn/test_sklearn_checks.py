"""scikit-learn's own checks of an estimator, all of them, and what its users expect beside them."""

import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

sklearn = pytest.importorskip("sklearn", reason="the extra 'learn'")

from joblib import parallel_config  # noqa: E402
from sklearn.base import clone  # noqa: E402
from sklearn.datasets import load_iris  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_predict  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.utils import get_tags  # noqa: E402

from vsa.learn import (  # noqa: E402
    HyperClassifier,
    HyperRegressor,
    NgramEncoder,
    NoveltyDetector,
    NumberEncoder,
    RecordEncoder,
)

CHECKED = {
    "ridge": HyperClassifier(dim=64),
    "centroid": HyperClassifier("centroid", dim=64, gamma=0.5),
    "online": HyperClassifier("online", dim=64, gamma=0.5, passes=2),
    "prototypes": HyperClassifier("prototypes", dim=64, gamma=0.5),
    "regressor": HyperRegressor(dim=64),
    "novelty": NoveltyDetector(dim=64),
    "numbers": NumberEncoder(dim=64),
    "records": RecordEncoder(dim=64),
}

# SciPy reads the setting when it is imported: so in a process of its own
ALL_CHECKS = """
import sys, warnings
sys.path.insert(0, sys.argv[1])
from sklearn.utils.estimator_checks import check_estimator
from test_sklearn_checks import CHECKED
for name, estimator in CHECKED.items():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        done = check_estimator(estimator, on_fail=None, on_skip=None)
    print(name, len(done), *{f"{d['check_name']} {d['status']}" for d in done if d["status"] != "passed"})
"""


def test_every_check_of_check_estimator_passes():
    done = subprocess.run(
        [sys.executable, "-c", ALL_CHECKS, os.path.dirname(__file__)],
        capture_output=True, text=True, env={**os.environ, "SCIPY_ARRAY_API": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [line[0] for line in lines] == list(CHECKED)
    for name, count, *failed in lines:
        assert not failed, (name, failed)
        assert int(count) > 40, name


@pytest.mark.parametrize("name", CHECKED)
def test_no_tag_is_lowered(name):
    tags = get_tags(CHECKED[name])
    assert not tags.no_validation
    assert not tags.non_deterministic
    assert not tags._skip_test
    assert tags.requires_fit
    assert tags.array_api_support is False
    for part in (tags.classifier_tags, tags.regressor_tags):
        assert part is None or not part.poor_score


def test_grid_search_by_two_finds_the_same_as_by_one():
    x, y = load_iris(return_X_y=True)
    model = HyperClassifier("centroid", dim=64)
    grid = {"gamma": [0.5, 8.0], "readout": ["centroid", "prototypes"]}
    with parallel_config(backend="threading"):  # that models are pickled is looked at below
        one, two = (GridSearchCV(model, grid, cv=3, n_jobs=n).fit(x, y) for n in (1, 2))
    assert one.best_params_ == two.best_params_
    assert one.best_score_ == two.best_score_ > 0.9


def test_an_encoder_before_the_classifier_is_the_encoder_inside_it():
    x, y = load_iris(return_X_y=True)
    inside = HyperClassifier(encoder=NumberEncoder(dim=64), gamma=0.5)
    before = make_pipeline(NumberEncoder(dim=64, gamma=0.5), HyperClassifier(encoder="passthrough"))
    one, other = (cross_val_predict(m, x, y, method="predict_proba") for m in (inside, before))
    assert np.allclose(one, other, atol=1e-9)


def test_pandas_goes_in_and_comes_out():
    pd = pytest.importorskip("pandas")
    x, y = load_iris(return_X_y=True, as_frame=True)
    model = make_pipeline(NumberEncoder(dim=8), HyperClassifier(encoder="passthrough"))
    model.set_output(transform="pandas").fit(x, y)
    out = model[0].transform(x)
    assert isinstance(out, pd.DataFrame)
    assert list(out.columns) == [f"numberencoder{i}" for i in range(8)]
    assert model[0].feature_names_in_.tolist() == x.columns.tolist()
    own = HyperClassifier(dim=64).fit(x, y)
    assert own.feature_names_in_.tolist() == x.columns.tolist()
    with pytest.raises(ValueError, match="feature names should match"):
        own.predict(x.rename(columns={"petal width (cm)": "width"}))
    with sklearn.config_context(transform_output="pandas"):  # the encoder inside still gives arrays
        assert HyperClassifier(dim=64).fit(x, y).predict(x).shape == (150,)


@pytest.mark.parametrize("name", CHECKED)
def test_the_same_comes_out_again_of_a_clone_and_of_a_pickle(name):
    x, y = load_iris(return_X_y=True)
    model = clone(CHECKED[name]).fit(x, y)
    others = clone(model).fit(x, y), pickle.loads(pickle.dumps(model))
    for other in others:
        for method in ("predict", "predict_proba", "transform"):
            if hasattr(model, method):
                assert np.array_equal(getattr(model, method)(x), getattr(other, method)(x))


def test_another_seed_draws_other_vectors():
    x, _ = load_iris(return_X_y=True)
    one, other = (RecordEncoder(seed=seed).fit_transform(x) for seed in (0, 1))
    assert abs((one * other).sum(-1)).mean() < 0.1
    one, other = (NumberEncoder(seed=seed).fit(x).frequencies_ for seed in (0, 1))
    assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 4 / one.size**0.5


def test_a_missing_scikit_learn_says_how_to_install_it():
    code = "import sys; sys.modules['sklearn'] = None; import vsa, vsa.learn"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == (
        "vsa.VsaError: vsa.learn needs the package 'sklearn': pip install \"vsa-algebra[learn]\""
    )


def test_estimators_print_as_scikit_learns_do():
    assert str(HyperClassifier("online", dim=64)) == "HyperClassifier(dim=64, readout='online')"
    assert str(NgramEncoder("word")) == "NgramEncoder(analyzer='word')"
