"""What a tuning job is asked for, from settings."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.shared.findings.message import Message
from lambdas.shared.settings.tuning_ranges import Range, default_ranges, given_ranges
from training.algorithms import ALGORITHMS, AlgorithmName

# Smaller is better. Both are there for every split and judge probabilities or distances, not only
# which class came first, so they tell models apart where accuracies and areas tie.
_DEFAULT_METRICS = {"regression": "rmse", "binary": "log_loss", "multiclass": "log_loss"}
_CLASSIFICATION = {
    "log_loss": "Minimize",
    "accuracy": "Maximize",
    "balanced_accuracy": "Maximize",
    "f1_macro": "Maximize",
    "roc_auc": "Maximize",
}
METRICS: Mapping[str, Mapping[str, str]] = {
    "binary": _CLASSIFICATION,
    "multiclass": _CLASSIFICATION,
    "regression": {"rmse": "Minimize", "mae": "Minimize", "r2": "Maximize"},
}


@dataclass(frozen=True)
class Wanted:
    """What the settings ask of a tuning job.

    Parameters
    ----------
    fixed : mapping
        Hyperparameters with a value; they are not searched.
    ranges : str or None
        As a user writes them, see `given_ranges`.
    """

    algorithm: AlgorithmName
    fixed: Mapping[str, Any]
    jobs: int
    parallel: int
    strategy: str
    ranges: str | None
    metric: str | None
    early_stopping: bool


def search_space(wanted: Wanted) -> tuple[list[Range], list[Message]]:
    """Return the ranges to search, and a sentence for everything wrong with them."""
    known = ALGORITHMS[wanted.algorithm].parameters
    problems: list[Message] = []
    if wanted.ranges is None:
        found = default_ranges(known, wanted.fixed)
    else:
        found, problems = given_ranges(wanted.ranges, known, wanted.fixed)
    if wanted.strategy == "hyperband":
        # Hyperband allots the rounds itself.
        found = [entry for entry in found if entry.name != ALGORITHMS[wanted.algorithm].rounds]
    return found, problems or list(_misfits(wanted, found))


def _misfits(wanted: Wanted, ranges: list[Range]) -> Iterator[Message]:
    """Yield what keeps the strategy from searching ranges that are fine in themselves."""
    if wanted.strategy == "hyperband" and ALGORITHMS[wanted.algorithm].rounds is None:
        yield Message(
            "“tune_strategy” is hyperband, but {algorithm} has no rounds",
            algorithm=wanted.algorithm,
        )
    elif not ranges:
        yield Message(
            "“tune” is set, but nothing of “{algorithm}” is left to tune",
            algorithm=wanted.algorithm,
        )
    size = math.prod(len(entry.points()) for entry in ranges)
    if wanted.strategy == "grid" and size > wanted.jobs:
        yield Message(
            "the grid of “tune_ranges” has {size} combinations, more than the {jobs} jobs of "
            "“tune”",
            size=size,
            jobs=wanted.jobs,
        )


def objective(wanted: Wanted, task: str) -> tuple[dict[str, str], list[Message]]:
    """Return HyperParameterTuningJobObjective, and what is wrong with the metric asked for."""
    metrics = METRICS[task]
    metric = wanted.metric or _DEFAULT_METRICS[task]
    if metric not in metrics:
        text = Message(
            "“tune_metric” must be one of {names} for the task “{task}”",
            names=", ".join(metrics),
            task=task,
        )
        return {}, [text]
    return {"Type": metrics[metric], "MetricName": f"validation:{metric}"}, []


def tuning_config(wanted: Wanted, task: str, max_runtime_seconds: int) -> dict[str, Any]:
    """Return HyperParameterTuningJobConfig of settings that have been checked.

    Parameters
    ----------
    task : str
    max_runtime_seconds : int
        Of the whole tuning job.
    """
    ranges, _ = search_space(wanted)
    goal, _ = objective(wanted, task)
    limits = {"MaxParallelTrainingJobs": min(wanted.parallel, wanted.jobs)}
    limits["MaxRuntimeInSeconds"] = max_runtime_seconds
    config: dict[str, Any] = {
        "Strategy": wanted.strategy.capitalize(),
        "HyperParameterTuningJobObjective": goal,
        "ResourceLimits": limits,
        "RandomSeed": 0,
    }
    if wanted.strategy == "grid":
        words = [{"Name": entry.name, "Values": entry.points()} for entry in ranges]
        return config | {"ParameterRanges": {"CategoricalParameterRanges": words}}
    limits["MaxNumberOfTrainingJobs"] = wanted.jobs
    config["ParameterRanges"] = _parameter_ranges(ranges)
    if wanted.strategy == "hyperband":
        most = {"MinResource": 1, "MaxResource": _resource(wanted)}
        return config | {"StrategyConfig": {"HyperbandStrategyConfig": most}}
    return config | {"TrainingJobEarlyStoppingType": "Auto" if wanted.early_stopping else "Off"}


def _resource(wanted: Wanted) -> int:
    algorithm = ALGORITHMS[wanted.algorithm]
    assert algorithm.rounds is not None  # noqa: S101 - for mypy: checked in `_misfits`
    return int(wanted.fixed.get(algorithm.rounds, algorithm.parameters[algorithm.rounds].default))


def _parameter_ranges(ranges: list[Range]) -> dict[str, Any]:
    return {
        "IntegerParameterRanges": [entry.numeric() for entry in ranges if entry.kind is int],
        "ContinuousParameterRanges": [entry.numeric() for entry in ranges if entry.kind is float],
        "CategoricalParameterRanges": [
            {"Name": entry.name, "Values": entry.points()} for entry in ranges if entry.kind is str
        ],
    }
