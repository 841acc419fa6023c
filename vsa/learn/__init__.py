"""Estimators of scikit-learn on vectors: encoders of numbers, records and texts; classes, numbers, novelty.

Everything is scikit-learn's: pipelines, grid search, pandas in and out. Importing this imports
scikit-learn (`pip install "vsa-algebra[learn]"`), which `import vsa` does not.
"""

# scikit-learn is looked for first, and said to be missing
from vsa.learn import needs  # noqa: F401  # isort: skip
from vsa.learn.classifier import HyperClassifier
from vsa.learn.explanation import Explanation
from vsa.learn.ngrams import NgramEncoder
from vsa.learn.novelty import NoveltyDetector
from vsa.learn.numbers import NumberEncoder
from vsa.learn.records import RecordEncoder
from vsa.learn.regressor import HyperRegressor

__all__ = [
    "Explanation",
    "HyperClassifier",
    "HyperRegressor",
    "NgramEncoder",
    "NoveltyDetector",
    "NumberEncoder",
    "RecordEncoder",
]
