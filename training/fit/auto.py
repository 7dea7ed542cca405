"""`auto`: algorithms compared by cross-validation, and why one of them was chosen."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import KFold, StratifiedKFold

from training.algorithms import ALGORITHMS, DEFAULT_ALGORITHM, AlgorithmName
from training.fit.class_weight import fit_pipeline_weighted
from training.fit.hyperparameters import Hyperparameters
from training.fit.metrics import model_metrics
from training.fit.splits import Split
from training.model.pipeline import build_pipeline
from training.schema import Schema

# From the plainest on: of equals, the first is taken.
CANDIDATES: tuple[AlgorithmName, ...] = tuple(
    sorted(
        (name for name, declared in ALGORITHMS.items() if declared.auto_rank is not None),
        key=lambda name: ALGORITHMS[name].auto_rank or 0,
    )
)
Rows = NDArray[np.intp]  # their numbers
FOLDS = 5
# More rows hardly change which algorithm is best, and would take the time of the training itself.
MAXIMUM_ROWS = 20_000
METRICS = {True: "log_loss", False: "rmse"}  # proper for probabilities, and in the target's unit


@dataclass
class Candidate:
    """An algorithm's results, one a fold."""

    algorithm: AlgorithmName
    scores: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def mean(self) -> float:
        """Mean of the metric over the folds; lower is better."""
        return fmean(self.scores)

    @property
    def standard_error(self) -> float:
        """Standard error of the mean, as if folds were independent."""
        return _standard_error(self.scores)

    def to_dict(self) -> dict[str, Any]:
        """Return the form that ``model.json`` has."""
        return {
            "algorithm": self.algorithm,
            "mean": self.mean,
            "standard_error": self.standard_error,
            "scores": self.scores,
            "seconds": round(self.seconds, 2),
        }


@dataclass(frozen=True)
class Selection:
    """The chosen algorithm's hyperparameters, and the comparison for ``model.json``."""

    settings: Hyperparameters
    document: dict[str, Any]


def select(
    schema: Schema, settings: Hyperparameters, features: pd.DataFrame, target: NDArray[Any]
) -> Selection:
    """Compare ``CANDIDATES`` with their default hyperparameters on the training split.

    All candidates are fitted on a fold before the next fold begins, so that they are compared on
    the same rows also where the time ends early. Only then does the choice depend on the machine.

    Parameters
    ----------
    schema : Schema
    settings : Hyperparameters
        Of ``auto``.
    features : pandas.DataFrame
        Shape (rows, features).
    target : numpy.ndarray
        Shape (rows,).
    """
    candidates = [Candidate(algorithm) for algorithm in CANDIDATES]
    budget = float(settings.values["time_budget_seconds"])
    start, folds, rows = time.monotonic(), 0, min(len(target), MAXIMUM_ROWS)
    for fit_on, score_on in _folds(schema, settings.seed, target):
        if folds and time.monotonic() - start > budget:
            break
        folds += 1
        for candidate in candidates:
            began = time.monotonic()
            own = _settings_of(candidate.algorithm, settings)
            score = _score(schema, own, (features, target), (fit_on, score_on))
            candidate.scores.append(score)
            candidate.seconds += time.monotonic() - began
    ranked = sorted(candidates, key=lambda candidate: candidate.mean) if folds else []
    chosen = ranked[0].algorithm if ranked else DEFAULT_ALGORITHM
    document = {
        "metric": METRICS[schema.is_classification],
        "folds": folds,
        "rows": rows,
        "time_budget_seconds": budget,
        "candidates": [candidate.to_dict() for candidate in ranked],
        "chosen": chosen,
        "reason": _reason(METRICS[schema.is_classification], ranked, folds),
    }
    return Selection(_settings_of(chosen, settings), document)


def _settings_of(algorithm: AlgorithmName, auto: Hyperparameters) -> Hyperparameters:
    defaults = {name: item.default for name, item in ALGORITHMS[algorithm].parameters.items()}
    shared = {name: value for name, value in auto.values.items() if name in defaults}
    return replace(auto, algorithm=algorithm, values={**defaults, **shared})


def _folds(schema: Schema, seed: int, target: NDArray[Any]) -> Iterator[tuple[Rows, Rows]]:
    """Yield row numbers to fit on and to score on; folds that lack a class are skipped."""
    rows = np.random.default_rng(seed).permutation(len(target))[:MAXIMUM_ROWS]
    kind = StratifiedKFold if schema.is_classification else KFold
    fewest = most = len(rows)
    if schema.is_classification:
        counts = np.unique(target[rows], return_counts=True)[1]
        fewest, most = int(counts.min()), int(counts.max())
    if most < 2:
        return
    folds = kind(max(2, min(FOLDS, fewest)), shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a class is rarer than there are folds
        for fit_on, score_on in folds.split(rows, target[rows]):
            if not schema.is_classification or len(np.unique(target[rows[fit_on]])) > 1:
                yield rows[fit_on], rows[score_on]


def _score(
    schema: Schema, settings: Hyperparameters, data: Split, sides: tuple[Rows, Rows]
) -> float:
    features, target = data
    fit_on, score_on = sides
    known, truth = features.iloc[fit_on], target[fit_on]
    pipeline = build_pipeline(schema, settings, known, truth)
    fit_pipeline_weighted(pipeline, known, truth)
    found = model_metrics(pipeline, features.iloc[score_on], target[score_on])
    return found[METRICS[schema.is_classification]]


def _standard_error(values: list[float]) -> float:
    return stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0


def _reason(metric: str, ranked: list[Candidate], folds: int) -> str:
    if not ranked:
        return f"there were too few rows to compare algorithms, so {DEFAULT_ALGORITHM} was taken"
    best, second = ranked[:2]
    ahead = [other - own for own, other in zip(best.scores, second.scores, strict=True)]
    return (
        f"{best.algorithm} had the lowest mean {metric} in {folds} folds of the training rows: "
        f"{best.mean:.4g} (standard error {best.standard_error:.2g}); "
        f"next was {second.algorithm} with {second.mean:.4g}, {fmean(ahead):.2g} behind "
        f"(standard error of the difference {_standard_error(ahead):.2g})"
    )
