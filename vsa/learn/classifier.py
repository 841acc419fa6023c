"""Classification of encoded rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_array, check_consistent_length, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from vsa.arguments import checked_choice, checked_whole, in_python
from vsa.errors import ArgumentValueError, VsaError
from vsa.learn.calibration import probabilities
from vsa.learn.encoding import Encodes, blocks_of, chosen_alphas, encoded, parts_of
from vsa.learn.explanation import Explanation, Score, explanations
from vsa.learn.phases import Array
from vsa.learn.readouts import Prototypes, Ridge

READOUTS = ("ridge", "centroid", "online", "prototypes")


class NoPartialFitError(VsaError, AttributeError):
    """Raised where scikit-learn asks whether there is a partial_fit, and there is none."""


class HyperClassifier(ClassifierMixin, Encodes, BaseEstimator):  # type: ignore[misc]
    """Classes of encoded rows, with probabilities that are calibrated.

    readout: "ridge" (least squares), "centroid" (each class the sum of its rows), "online" (sums
    corrected where they are wrong), "prototypes" (some sums for each class). All but ridge have
    `partial_fit`; the first rows that it gets set scaling and gamma.
    encoder: None for numbers, which are scaled and encoded here; a transformer, such as `RecordEncoder()`
    or `NgramEncoder()`; or "passthrough" for rows that are vectors already.
    dim, seed: of the encoder that is made here.
    gamma, alpha: how narrow the kernel is and how strong ridge regression; "auto" chooses both by the
    log loss of the rows, each left out in turn, or among several that are given. An encoder that has a
    gamma is given these in place of its own.
    prototypes: of each class.  passes: through the rows, correcting, of "online".

    P(class) is the softmax of the scores at the sharpness that fits those of the left-out rows best.

    >>> from sklearn.datasets import load_iris
    >>> x, y = load_iris(return_X_y=True)
    >>> model = HyperClassifier().fit(x[::2], y[::2])
    >>> round(model.score(x[1::2], y[1::2]), 2)
    0.96
    """

    readout_: Any
    classes_: Array

    def __init__(
        self,
        readout: str = "ridge",
        encoder: Any = None,
        dim: int = 1024,
        gamma: Any = "auto",
        alpha: Any = "auto",
        prototypes: int = 4,
        passes: int = 20,
        seed: int = 0,
    ) -> None:
        self.readout = readout
        self.encoder = encoder
        self.dim = dim
        self.gamma = gamma
        self.alpha = alpha
        self.prototypes = prototypes
        self.passes = passes
        self.seed = seed

    def fit(self, X: Any, y: Any) -> HyperClassifier:
        """Learn from rows and their classes (rows,)."""
        y = self._targets(X, y)
        return self._fit(X, y, np.unique(y))

    @property
    def partial_fit(self) -> Any:
        """partial_fit(X, y, classes=None): learn from some rows more.

        classes: all that there will be, at the first call; those of its rows if none are given.
        """
        if self.readout == "ridge":
            raise NoPartialFitError(
                "the ridge readout has no partial_fit, since gamma and alpha are chosen by all rows: "
                'take readout="online", "centroid" or "prototypes", or fit, which goes block by block'
            )
        return self._partial_fit

    def predict(self, X: Any) -> Array:
        """The likeliest class of each row (rows,)."""
        best = self._scores(X).argmax(-1)
        return np.asarray(self.classes_[best])

    def predict_proba(self, X: Any) -> Array:
        """The probability of each class (rows, classes), in the order of `classes_`."""
        return probabilities(self._scores(X), self.sharpness_)

    def decision_function(self, X: Any) -> Array:
        """The scores (rows, classes); of two classes by how much the second is ahead (rows,)."""
        found = self._scores(X)
        return found if len(self.classes_) > 2 else found[:, 1] - found[:, 0]

    def explain(self, X: Any) -> list[Explanation]:
        """Which features made the decision: for each row what its best class had over the second."""
        check_is_fitted(self)

        def judge(z: Array) -> tuple[Any, Any, Score]:
            second, best = self.readout_.scores(z)[0].argsort(kind="stable")[-2:]

            def ahead(z: Array) -> Array:
                scores = self.readout_.scores(z)
                return np.asarray(scores[:, best] - scores[:, second])

            named = [in_python(self.classes_[i]) for i in (best, second)]
            return *named, ahead

        return explanations(self.encoder_, X, judge)

    def _scores(self, X: Any) -> Array:
        return np.concatenate([self.readout_.scores(z) for z in self._encoded(X)])

    # --- learning ------------------------------------------------------------------------------
    def _partial_fit(self, X: Any, y: Any, classes: Any = None) -> HyperClassifier:
        y = self._targets(X, y)
        if not isinstance(getattr(self, "readout_", None), Prototypes):
            return self._fit(X, y, np.unique(y if classes is None else classes))
        if classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ArgumentValueError("classes are not those of the first call of partial_fit")
        numbers = self._numbered(y, self.classes_)
        # all of them are encoded first, so that what is refused in one changes nothing
        parts = [(encoded(self.encoder_, part), some) for part, some in parts_of(self.encoder_, X)]
        for z, some in parts:
            self.readout_.learn(z, numbers[some])
        self.loss_, self.sharpness_ = self.readout_.calibration.best()
        return self

    def _fit(self, X: Any, y: Array, classes: Array) -> HyperClassifier:
        checked_choice("readout", self.readout, READOUTS)
        if len(classes) < 2:
            raise ArgumentValueError(
                f"y holds one class, {in_python(classes[0])!r}: a classifier needs two"
            )
        targets = np.eye(len(classes))[self._numbered(y, classes)]
        tried = []
        for encoder in self._encoders():
            encoder.fit(X)
            readout = self._new_readout(len(classes))
            readout.fit(blocks_of(encoder, X, targets), len(y))
            tried.append((*readout.calibration.best(), readout, encoder))
        self.loss_, self.sharpness_, self.readout_, encoder = min(tried, key=lambda t: t[0])
        self.classes_ = classes
        self._use(encoder)
        return self

    def _new_readout(self, classes: int) -> Any:
        if self.readout == "ridge":
            return Ridge(chosen_alphas(self.alpha))
        count = checked_whole("prototypes", self.prototypes, 1, 10_000)
        passes = checked_whole("passes", self.passes, 0, 1_000_000)
        return Prototypes(
            classes,
            count if self.readout == "prototypes" else 1,
            passes if self.readout == "online" else 0,
            checked_whole("seed", self.seed),
        )

    def _targets(self, X: Any, y: Any) -> Array:
        if y is None:
            raise ArgumentValueError(
                "HyperClassifier requires y to be passed, but the target y is None"
            )
        y = check_array(column_or_1d(y, warn=True), ensure_2d=False, dtype=None, input_name="y")
        check_classification_targets(y)
        check_consistent_length(X, y)
        return np.asarray(y)

    def _numbered(self, y: Array, classes: Array) -> Array:
        there = {name: i for i, name in enumerate(classes.tolist())}
        for name in y.tolist():
            if name not in there:
                raise ArgumentValueError(
                    f"y holds {name!r}, which is none of the classes of the first call"
                )
        return np.array([there[name] for name in y.tolist()], np.intp)
