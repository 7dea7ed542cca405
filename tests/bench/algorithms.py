"""Every algorithm against a plain random forest and a baseline that looks at no column."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy import stats
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.model_selection import KFold, StratifiedKFold

from tests.training.data import Example, birth_weight, breast_cancer, cars, diabetes, penguins
from training.algorithms import ESTIMATORS
from training.fit.auto import METRICS
from training.fit.hyperparameters import parse_hyperparameters
from training.fit.metrics import classification_metrics, regression_metrics
from training.model.pipeline import build_pipeline

FOLDS, REPEATS = 5, 2
TITLE = (
    f"Mean of {REPEATS} x {FOLDS}-fold cross-validation, defaults, lower is better; 95 % intervals "
    "corrected for shared rows (Nadeau and Bengio 2003)"
)
COLUMNS = ("data, algorithm", "metric", "mean", "95 % interval", "less random_forest", "95 %")
_DATA = (breast_cancer, birth_weight, penguins, diabetes, cars)
_BASELINE = "random_forest"


def rows() -> Iterator[tuple[str, ...]]:
    """Yield a row for each dataset and algorithm, the plain forest first."""
    names = [_BASELINE, "dummy", *(name for name in ESTIMATORS if name != _BASELINE)]
    for load in _DATA:
        data = load()
        metric = METRICS[data.schema.is_classification]
        scores = {name: _scores(data, _maker(data, name)) for name in names}
        for name, found in scores.items():
            ahead = _interval(found - scores[_BASELINE]) if name != _BASELINE else ("", "")
            yield (f"{load.__name__}, {name}", metric, *_interval(found), *ahead)


def _maker(data: Example, name: str) -> Callable[[Any, Any], Any]:
    if name == "dummy":
        return lambda *_: (
            DummyClassifier(strategy="prior") if data.schema.is_classification else DummyRegressor()
        )
    settings = parse_hyperparameters(["--algorithm", name])
    return lambda features, target: build_pipeline(data.schema, settings, features, target)


def _scores(data: Example, make: Callable[[Any, Any], Any]) -> Any:
    features = data.frame[data.schema.names].astype(dict.fromkeys(data.schema.written, object))
    target = data.frame[data.schema.target].to_numpy()
    if data.schema.is_classification:
        target = target.astype(str)
    return np.array(
        [
            _score(
                data, make, (features.iloc[known], target[known]), (features.iloc[new], target[new])
            )
            for known, new in _folds(data, target)
        ]
    )


def _folds(data: Example, target: Any) -> Iterator[tuple[Any, Any]]:
    kind = StratifiedKFold if data.schema.is_classification else KFold
    for repeat in range(REPEATS):
        yield from kind(FOLDS, shuffle=True, random_state=repeat).split(target, target)


def _score(data: Example, make: Callable[[Any, Any], Any], known: Any, new: Any) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = make(*known).fit(*known)
    if data.schema.is_classification:
        found = classification_metrics(new[1], model.predict_proba(new[0]), model.classes_)
    else:
        found = regression_metrics(new[1], model.predict(new[0]))
    return found[METRICS[data.schema.is_classification]]


def _interval(values: Any) -> tuple[str, str]:
    """Return mean and interval; folds share rows, so their plain variance is too small."""
    count = len(values)
    error = float(np.std(values, ddof=1)) * (1 / count + 1 / (FOLDS - 1)) ** 0.5
    width, mean = float(stats.t.ppf(0.975, count - 1)) * error, float(np.mean(values))
    return f"{mean:.3f}", f"{mean - width:.3f} … {mean + width:.3f}"
