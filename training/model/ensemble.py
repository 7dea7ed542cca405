"""Fitted models that answer together: a weighted mean of what each of them says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.metaestimators import available_if

from training.model.calibration import Calibration, calibrate

Numbers = NDArray[np.float64]


class Member(NamedTuple):
    """One of an ensemble's models.

    Attributes
    ----------
    model : estimator
        Fitted.
    columns : numpy.ndarray of int
        The columns of the preprocessed rows that it takes.
    weight : float
        All weights sum to 1.
    calibration : Calibration
        Of its probabilities, before they are weighed.
    """

    model: Any
    columns: NDArray[np.intp]
    weight: float
    calibration: Calibration = Calibration()


def _classifies(ensemble: Ensemble) -> bool:
    return hasattr(ensemble, "classes_")


class Ensemble(BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """A weighted mean of models, its probabilities calibrated before and after.

    What it holds is plain lists and arrays, which its file's closed list of types knows.

    Parameters
    ----------
    models : list of estimator
        Fitted.
    columns : list of numpy.ndarray of int
        For each model, the columns of the preprocessed rows that it takes.
    weights : numpy.ndarray, shape (models,)
    calibrations : numpy.ndarray, shape (models + 1, 2)
        Of each model's probabilities, and last of their mean.
    base_rates : numpy.ndarray or None
        Shares of the classes in the training rows, shape (classes,); None for regression.
    classes_ : numpy.ndarray of str
        In the order of the probabilities' columns; absent for regression.
    """

    def __init__(
        self,
        models: list[Any],
        columns: list[NDArray[np.intp]],
        weights: Numbers,
        calibrations: Numbers,
        base_rates: Numbers | None = None,
    ) -> None:
        self.models = models
        self.columns = columns
        self.weights = weights
        self.calibrations = calibrations
        self.base_rates = base_rates

    @classmethod
    def of(
        cls,
        members: Sequence[Member],
        calibration: Calibration = Calibration(),  # noqa: B008 (immutable)
        classes: NDArray[np.str_] | None = None,
        base_rates: Numbers | None = None,
    ) -> Ensemble:
        """Return the ensemble of fitted members."""
        ensemble = cls(
            [member.model for member in members],
            [member.columns for member in members],
            np.array([member.weight for member in members]),
            np.array([*(member.calibration for member in members), calibration], dtype=np.float64),
            base_rates,
        )
        if classes is not None:
            ensemble.classes_ = classes
        return ensemble

    def fit(self, _values: Numbers, _target: NDArray[Any]) -> Ensemble:
        """Do nothing: the models are fitted already (see ``training.fit.fitting``)."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        """Whether it can answer."""
        return True

    @property
    def members(self) -> list[Member]:
        """The models with what belongs to each."""
        found = zip(self.models, self.columns, self.weights, self.calibrations, strict=False)
        return [
            Member(model, columns, float(weight), Calibration(*map(float, calibration)))
            for model, columns, weight, calibration in found
        ]

    @property
    def calibration(self) -> Calibration:
        """The calibration of the mean."""
        return Calibration(*map(float, self.calibrations[-1]))

    @available_if(_classifies)  # type: ignore[untyped-decorator]
    def predict_proba(self, values: Numbers) -> Numbers:
        """Return probabilities of shape (rows, classes)."""
        return self.combined([model.predict_proba(values[:, on]) for model, on in self._each()])

    def predict(self, values: Numbers) -> NDArray[Any]:
        """Return the most probable classes, or the numbers, of shape (rows,)."""
        if _classifies(self):
            return np.asarray(self.classes_[self.predict_proba(values).argmax(axis=1)])
        return self.combined([model.predict(values[:, on]) for model, on in self._each()])

    def _each(self) -> Iterable[tuple[Any, NDArray[np.intp]]]:
        return zip(self.models, self.columns, strict=True)

    def combined(self, outputs: Sequence[Numbers]) -> Numbers:
        """Return the answer that the models' outputs make together.

        Parameters
        ----------
        outputs : sequence of numpy.ndarray
            One a model: probabilities of shape (rows, classes), or numbers of shape (rows,).
        """
        if self.base_rates is None:
            return np.asarray(sum(w * out for w, out in zip(self.weights, outputs, strict=True)))
        rates = self.base_rates
        members = zip(self.members, outputs, strict=True)
        mean = sum(each.weight * calibrate(out, each.calibration, rates) for each, out in members)
        return calibrate(np.asarray(mean), self.calibration, rates)
