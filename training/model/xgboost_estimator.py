"""XGBoost behind scikit-learn's interface, with classes as the training CSV writes them.

XGBoost's own estimators take classes as numbers only, keep settings in the model file that name
the machine it was made on, and can't be continued with the same chance decisions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax
from sklearn.base import BaseEstimator
from sklearn.utils.metaestimators import available_if

from training.model.collective import gathered
from training.model.xgboost_file import check_booster

# Chance decisions are seeded again after so many rounds, so that a job that goes on from a
# checkpoint decides as one that was never interrupted.
ROUNDS_PER_SEED = 50
Rows = tuple[NDArray[np.float64], NDArray[Any]]  # values and target


def _classifies(model: XGBoost) -> bool:
    return model.is_classification


class XGBoost(BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Gradient-boosted trees.

    Parameters
    ----------
    is_classification : bool
    seed : int
    class_weight : str or None
        ``balanced`` weighs rows by the inverse of their class's frequency.
    warm_start : bool
        Whether ``fit`` continues a fitted model up to ``n_estimators`` rounds.
    n_estimators, learning_rate, max_depth, min_child_weight, subsample, colsample_bytree,
    reg_lambda, reg_alpha
        As in XGBoost; ``max_depth`` 0 is no limit.
    n_jobs : int
        Threads to fit with; -1 is one for each processor.

    Attributes
    ----------
    booster_ : xgboost.Booster
    classes_ : numpy.ndarray of str
        For classification.
    """

    booster_: Any
    classes_: NDArray[np.str_]

    def __init__(  # noqa: PLR0913 (scikit-learn's interface: a parameter each)
        self,
        *,
        is_classification: bool,
        seed: int = 0,
        class_weight: str | None = None,
        warm_start: bool = False,
        n_estimators: int = 100,
        learning_rate: float = 0.1,
        max_depth: int = 6,
        min_child_weight: float = 1.0,
        subsample: float = 1.0,
        colsample_bytree: float = 1.0,
        reg_lambda: float = 1.0,
        reg_alpha: float = 0.0,
        n_jobs: int = -1,
    ) -> None:
        self.is_classification = is_classification
        self.seed = seed
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.max_depth = max_depth
        self.min_child_weight = min_child_weight
        self.subsample = subsample
        self.colsample_bytree = colsample_bytree
        self.reg_lambda = reg_lambda
        self.reg_alpha = reg_alpha
        self.n_jobs = n_jobs

    def fit(self, values: NDArray[np.float64], target: NDArray[Any]) -> XGBoost:
        """Fit to ``values`` of shape (rows, columns) and ``target`` of shape (rows,)."""
        import xgboost

        data = self._data(values, target)
        continues = self.warm_start and hasattr(self, "booster_")
        model = bytearray(self.booster_.save_raw("ubj")) if continues else None
        done = self.booster_.num_boosted_rounds() if continues else 0
        while done < self.n_estimators:
            parameters = self._parameters(done)
            self.booster_ = xgboost.Booster(parameters, [data], model_file=model)
            until = min(done + ROUNDS_PER_SEED, self.n_estimators)
            for number in range(done, until):
                self.booster_.update(data, iteration=number)
            model, done = bytearray(self.booster_.save_raw("ubj")), until
        return self

    def fit_watched(
        self, known: Rows, held: Rows, *, most: int, patience: int
    ) -> NDArray[np.float64]:
        """Fit until the loss on held-out rows has not fallen for ``patience`` rounds.

        Returns
        -------
        numpy.ndarray, shape (rounds,)
            Mean log loss or root mean squared error after each round.
        """
        import xgboost

        data = self._data(*known)
        watched = xgboost.QuantileDMatrix(held[0], self._numbers(held[1]), ref=data)
        losses: dict[str, dict[str, list[float]]] = {}
        self.booster_ = xgboost.train(
            self._parameters(0),
            data,
            most,
            evals=[(watched, "held")],
            early_stopping_rounds=patience,
            evals_result=losses,
            verbose_eval=False,
        )
        return np.array(next(iter(losses["held"].values())))

    def _numbers(self, target: NDArray[Any]) -> NDArray[Any]:
        return np.searchsorted(self.classes_, target) if self.is_classification else target

    def _data(self, values: NDArray[np.float64], target: NDArray[Any]) -> Any:
        import xgboost  # in the jobs of this algorithm only

        weights, numbers = None, target
        if self.is_classification:
            self.classes_ = np.unique(np.concatenate(gathered(np.unique(target))))
            numbers = self._numbers(target)
            if self.class_weight:
                weights = self._balance(numbers)[numbers]
        return xgboost.QuantileDMatrix(values, numbers, weight=weights)

    def _balance(self, numbers: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return each class's weight, as scikit-learn has it, by the rows of all hosts."""
        most = len(self.classes_)
        counts = np.sum(gathered(np.bincount(numbers, minlength=most)), axis=0)
        return np.asarray(counts.sum() / (most * counts))

    def _parameters(self, done: int) -> dict[str, Any]:
        names = ("learning_rate", "max_depth", "min_child_weight", "subsample")
        more = ("colsample_bytree", "reg_lambda", "reg_alpha")
        settled = {"tree_method": "hist", "nthread": self.n_jobs}
        own = {name: getattr(self, name) for name in (*names, *more)}
        return {**own, **self._objective(), **settled, "seed": self.seed + done}

    def _objective(self) -> dict[str, Any]:
        if not self.is_classification:
            return {"objective": "reg:squarederror"}
        if len(self.classes_) == 2:
            return {"objective": "binary:logistic"}
        return {"objective": "multi:softprob", "num_class": len(self.classes_)}

    @available_if(_classifies)  # type: ignore[untyped-decorator]
    def predict_proba(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return probabilities of shape (rows, classes)."""
        raw = self.booster_.inplace_predict(values, predict_type="margin").astype(np.float64)
        # XGBoost's own probabilities have single precision: near 1 they leap by 6e-8, which softer
        # ones, of the smaller power that calibration may ask for, make ten thousand times larger.
        if raw.ndim == 1:
            return np.column_stack([expit(-raw), expit(raw)])
        return np.asarray(softmax(raw, axis=1))

    def predict(self, values: NDArray[np.float64]) -> NDArray[Any]:
        """Return the classes, or numbers, of shape (rows,)."""
        if self.is_classification:
            return np.asarray(self.classes_[self.predict_proba(values).argmax(axis=1)])
        return np.asarray(self.booster_.inplace_predict(values), np.float64)

    def __getstate__(self) -> dict[str, Any]:
        """Return the state with the trees in XGBoost's JSON."""
        state: dict[str, Any] = dict(super().__getstate__())
        if "booster_" in state:
            state["booster_"] = bytes(state["booster_"].save_raw("json"))
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take the trees from XGBoost's JSON.

        Raises
        ------
        BoosterFileError
            If they are none that this code writes.
        """
        import xgboost

        state = dict(state)
        if "booster_" in state:
            check_booster(state["booster_"])
            booster = xgboost.Booster()
            booster.load_model(bytearray(state["booster_"]))
            # A few rows are answered before a second thread has woken up.
            booster.set_param({"nthread": 1})
            state["booster_"] = booster
        super().__setstate__(state)
