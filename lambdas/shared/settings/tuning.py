"""What a tuning job is asked for: ranges, training's or the user's own, and a metric."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from lambdas.shared.findings.message import Message
from lambdas.shared.settings.values import Refused
from training.algorithms import ALGORITHMS, AlgorithmName, Parameter

if TYPE_CHECKING:
    from lambdas.shared.settings.dataset import DatasetSettings

_GRID_POINTS = 3  # of a number: both ends and the middle of its scale
_SCALES = {"linear": "Linear", "log": "Logarithmic"}
# Smaller is better. Both are there for every split and judge probabilities or distances, not only
# which class came first, so they distinguish models where accuracies and areas tie.
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
class Range:
    """Where to search a hyperparameter's value: numbers on a scale, or words."""

    name: str
    kind: type[int] | type[float] | type[str]
    low: float = 0
    high: float = 0
    scale: Literal["linear", "log"] = "linear"
    words: tuple[str, ...] = ()

    def points(self) -> list[str]:
        """Return the values of a grid, as SageMaker passes them on."""
        if self.kind is str:
            return [json.dumps(word) for word in self.words]
        low, high = (math.log(self.low), math.log(self.high)) if self.scale == "log" else (
            self.low, self.high
        )  # fmt: skip
        steps = [low + (high - low) * step / (_GRID_POINTS - 1) for step in range(_GRID_POINTS)]
        values = [math.exp(step) if self.scale == "log" else step for step in steps]
        texts = [str(round(value)) if self.kind is int else f"{value:.6g}" for value in values]
        return list(dict.fromkeys(texts))

    def numeric(self) -> dict[str, str]:
        """Return an IntegerParameterRange or a ContinuousParameterRange."""
        low, high = self.kind(self.low), self.kind(self.high)
        return {
            "Name": self.name,
            "MinValue": str(low),
            "MaxValue": str(high),
            "ScalingType": _SCALES[self.scale],
        }


def default_ranges(known: Mapping[str, Parameter], fixed: Mapping[str, Any]) -> list[Range]:
    """Return the ranges of training's table, but for what has a value."""
    return [
        _default(name, parameter)
        for name, parameter in known.items()
        if parameter.tunable and name not in fixed
    ]


def given_ranges(
    text: str, known: Mapping[str, Parameter], fixed: Mapping[str, Any]
) -> tuple[list[Range], list[Message]]:
    """Read ranges as a user writes them, and say what is wrong with any.

    Parameters
    ----------
    text : str
        Such as ``max_depth=2..20, alpha=0.01..10 log, max_features=sqrt|log2``.
    known : mapping
        The algorithm's hyperparameters.
    fixed : mapping
        Those with a value.
    """
    found: dict[str, Range] = {}
    problems: list[Message] = []
    for part in text.split(","):
        name, _, bounds = (piece.strip() for piece in part.partition("="))
        try:
            found[name] = _parsed(name, bounds, known, fixed)
        except Refused as error:
            problems.append(Message("in “tune_ranges”, {problem}", problem=error.message))
    return list(found.values()), problems


def _default(name: str, parameter: Parameter) -> Range:
    tunable = parameter.tunable
    assert tunable is not None  # noqa: S101 - for mypy: only tunable ones get here
    if parameter.choices:
        return Range(name, str, words=parameter.choices)
    return Range(name, parameter.kind, tunable.minimum, tunable.maximum, tunable.scale)


def _parsed(
    name: str, text: str, known: Mapping[str, Parameter], fixed: Mapping[str, Any]
) -> Range:
    """Read one range.

    Raises
    ------
    Refused
        With what is wrong.
    """
    if name not in known:
        problem = Message(
            "“{name}” does not belong to the algorithm; it takes {names}",
            name=name,
            names=", ".join(known),
        )
        raise Refused(problem)
    if name in fixed:
        raise Refused(Message("“{name}” has both a range and a value", name=name))
    parameter = known[name]
    found = _words(name, text) if parameter.choices else _numbers(name, text, parameter.kind)
    ends = found.words or (found.low, found.high)
    if not all(parameter.allows(end) for end in ends):
        raise Refused(Message("the range of “{name}” exceeds what is allowed", name=name))
    return found


def _words(name: str, text: str) -> Range:
    return Range(name, str, words=tuple(word.strip() for word in text.split("|")))


def _numbers(name: str, text: str, kind: Any) -> Range:
    bounds, _, scale = text.partition(" ")
    scale = scale.strip() or "linear"
    try:
        low, high = (kind(end) for end in bounds.split(".."))
    except ValueError:
        problem = Message("write the range of “{name}” as LOW..HIGH or LOW..HIGH log", name=name)
        raise Refused(problem) from None
    if low >= high or scale not in _SCALES or (scale == "log" and low <= 0):
        raise Refused(
            Message(
                "the range of “{name}” must increase, and be above 0 if its scale is log", name=name
            )
        )
    return Range(name, kind, low, high, "log" if scale == "log" else "linear")


def search_space(settings: DatasetSettings) -> tuple[list[Range], list[Message]]:
    """Return the ranges to search, and a sentence for everything wrong with them."""
    known = ALGORITHMS[settings.algorithm].parameters
    if not _is_tunable(settings.algorithm):
        text = Message(
            "“tune” is set, but the algorithm “{algorithm}” has nothing to tune; set “algorithm” "
            "to one of {names}, or leave “tune” out",
            algorithm=settings.algorithm,
            names=", ".join(filter(_is_tunable, ALGORITHMS)),
        )
        return [], [text]
    problems: list[Message] = []
    if settings.tune_ranges is None:
        found = default_ranges(known, settings.given_hyperparameters())
    else:
        found, problems = given_ranges(
            settings.tune_ranges, known, settings.given_hyperparameters()
        )
    if settings.tune_strategy == "hyperband":
        # Hyperband allots the rounds itself.
        found = [entry for entry in found if entry.name != ALGORITHMS[settings.algorithm].rounds]
    return found, problems or list(_misfits(settings, found))


def _is_tunable(algorithm: AlgorithmName) -> bool:
    return any(parameter.tunable for parameter in ALGORITHMS[algorithm].parameters.values())


def _misfits(settings: DatasetSettings, ranges: list[Range]) -> Iterator[Message]:
    """Yield what keeps the strategy from searching ranges that are fine in themselves."""
    if settings.tune_strategy == "hyperband" and ALGORITHMS[settings.algorithm].rounds is None:
        yield Message(
            "“tune_strategy” is hyperband, but {algorithm} has no rounds",
            algorithm=settings.algorithm,
        )
    elif not ranges:
        yield Message(
            "“tune” is set, but nothing of “{algorithm}” is left to tune",
            algorithm=settings.algorithm,
        )
    size = math.prod(len(entry.points()) for entry in ranges)
    if settings.tune_strategy == "grid" and size > settings.tune:
        yield Message(
            "the grid of “tune_ranges” has {size} combinations, more than the {jobs} jobs of "
            "“tune”",
            size=size,
            jobs=settings.tune,
        )


def objective(settings: DatasetSettings, task: str) -> tuple[dict[str, str], list[Message]]:
    """Return HyperParameterTuningJobObjective, and what is wrong with the metric asked for."""
    metrics = METRICS[task]
    metric = settings.tune_metric or _DEFAULT_METRICS[task]
    if metric not in metrics:
        text = Message(
            "“tune_metric” must be one of {names} for the task “{task}”",
            names=", ".join(metrics),
            task=task,
        )
        return {}, [text]
    return {"Type": metrics[metric], "MetricName": f"validation:{metric}"}, []


def tuning_config(settings: DatasetSettings, task: str, max_runtime_seconds: int) -> dict[str, Any]:
    """Return HyperParameterTuningJobConfig of settings that have been checked.

    Parameters
    ----------
    max_runtime_seconds : int
        Of the whole tuning job.
    """
    ranges, _ = search_space(settings)
    goal, _ = objective(settings, task)
    limits = {"MaxParallelTrainingJobs": min(settings.tune_parallel, settings.tune)}
    limits["MaxRuntimeInSeconds"] = max_runtime_seconds
    config: dict[str, Any] = {
        "Strategy": settings.tune_strategy.capitalize(),
        "HyperParameterTuningJobObjective": goal,
        "ResourceLimits": limits,
        "RandomSeed": 0,
    }
    if settings.tune_strategy == "grid":
        words = [{"Name": entry.name, "Values": entry.points()} for entry in ranges]
        return config | {"ParameterRanges": {"CategoricalParameterRanges": words}}
    limits["MaxNumberOfTrainingJobs"] = settings.tune
    config["ParameterRanges"] = _parameter_ranges(ranges)
    if settings.tune_strategy == "hyperband":
        most = {"MinResource": 1, "MaxResource": _resource(settings)}
        return config | {"StrategyConfig": {"HyperbandStrategyConfig": most}}
    return config | {
        "TrainingJobEarlyStoppingType": "Auto" if settings.tune_early_stopping else "Off"
    }


def _resource(settings: DatasetSettings) -> int:
    algorithm = ALGORITHMS[settings.algorithm]
    assert algorithm.rounds is not None  # noqa: S101 - for mypy: checked in `_misfits`
    tunable = algorithm.parameters[algorithm.rounds].tunable
    assert tunable is not None  # noqa: S101 - for mypy: a test asks every algorithm with rounds
    # Unset or 0, the rounds end by themselves: as many as a search would try at most.
    return int(settings.given_hyperparameters().get(algorithm.rounds) or tunable.maximum)


def _parameter_ranges(ranges: list[Range]) -> dict[str, Any]:
    return {
        "IntegerParameterRanges": [entry.numeric() for entry in ranges if entry.kind is int],
        "ContinuousParameterRanges": [entry.numeric() for entry in ranges if entry.kind is float],
        "CategoricalParameterRanges": [
            {"Name": entry.name, "Values": entry.points()} for entry in ranges if entry.kind is str
        ],
    }
