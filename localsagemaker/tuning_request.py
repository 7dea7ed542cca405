"""What a tuning job is asked for, checked as AWS checks it beyond the shapes of the request.

Rules from the API reference (HyperParameterTuningJobConfig, ParameterRanges,
HyperbandStrategyConfig) and the quotas of automatic model tuning.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from localsagemaker.errors import validation_exception

Request = dict[str, Any]
MOST_RANGES = 30
MOST_JOBS = {"Bayesian": 750, "Random": 10_000, "Hyperband": 4000, "Grid": 4000}
_EPOCHS = ("epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs")
_NUMBERS: tuple[tuple[str, type[int] | type[float]], ...] = (
    ("IntegerParameterRanges", int),
    ("ContinuousParameterRanges", float),
)


@dataclass(frozen=True)
class Range:
    """One hyperparameter's range: from ``low`` to ``high`` on a scale, or a list of words."""

    name: str
    kind: type
    low: float = 0
    high: float = 0
    scale: str = "Auto"
    values: tuple[str, ...] = ()


def check(request: Request) -> None:
    """Refuse what AWS refuses.

    Raises
    ------
    ApiError
        ``ValidationException`` with every problem, or what the local SageMaker lacks.
    """
    for member in ("TrainingJobDefinitions", "WarmStartConfig", "Autotune"):
        if member in request:
            raise validation_exception(
                f"The local SageMaker runs tuning jobs of one TrainingJobDefinition, no {member}."
            )
    if "TrainingJobDefinition" not in request:
        raise validation_exception(
            "Either TrainingJobDefinition or TrainingJobDefinitions is needed."
        )
    problems = [*_objective(request), *_ranges(request), *_strategy(request), *_limits(request)]
    if problems:
        raise validation_exception("; ".join(problems))


def ranges(request: Request) -> list[Range]:
    """Return the ranges.

    Raises
    ------
    ValueError
        If a bound is not a number of its kind.
    """
    given = request["HyperParameterTuningJobConfig"].get("ParameterRanges", {})
    found = [
        Range(
            entry["Name"],
            kind,
            kind(entry["MinValue"]),
            kind(entry["MaxValue"]),
            entry.get("ScalingType", "Auto"),
        )
        for member, kind in _NUMBERS
        for entry in given.get(member, [])
    ]
    words = given.get("CategoricalParameterRanges", [])
    return found + [Range(entry["Name"], str, values=tuple(entry["Values"])) for entry in words]


def most_jobs(request: Request) -> int | None:
    """Return the most training jobs: all of a grid, else the limit if there is one."""
    config = request["HyperParameterTuningJobConfig"]
    if config["Strategy"] == "Grid":
        return math.prod(len(found.values) for found in ranges(request))
    limit: int | None = config["ResourceLimits"].get("MaxNumberOfTrainingJobs")
    return limit


def resources(request: Request) -> tuple[int, int] | None:
    """Return Hyperband's least and most resource; None if the most is not to be found."""
    given = request["HyperParameterTuningJobConfig"].get("StrategyConfig", {})
    hyperband = given.get("HyperbandStrategyConfig", {})
    static = request["TrainingJobDefinition"].get("StaticHyperParameters", {})
    inferred = next((static[name].strip('"') for name in _EPOCHS if name in static), "")
    most = hyperband.get("MaxResource") or (int(inferred) if inferred.isdecimal() else None)
    return (hyperband.get("MinResource", 1), most) if most else None


def _objective(request: Request) -> Iterator[str]:
    objective = request["HyperParameterTuningJobConfig"].get("HyperParameterTuningJobObjective")
    algorithm = request["TrainingJobDefinition"]["AlgorithmSpecification"]
    names = [entry["Name"] for entry in algorithm.get("MetricDefinitions", [])]
    if objective is None:
        yield "HyperParameterTuningJobObjective is needed for an algorithm of your own"
    elif objective["MetricName"] not in names:
        yield (
            f"The objective metric {objective['MetricName']} is not among the MetricDefinitions "
            f"[{', '.join(names)}]"
        )


def _ranges(request: Request) -> Iterator[str]:
    try:
        found = ranges(request)
    except ValueError:
        yield "MinValue and MaxValue must be numbers of the range's kind"
        return
    names = [entry.name for entry in found]
    static = request["TrainingJobDefinition"].get("StaticHyperParameters", {})
    if not found:
        yield "ParameterRanges must hold at least one range"
    if len(found) > MOST_RANGES:
        yield f"ParameterRanges must hold at most {MOST_RANGES} ranges"
    for name in sorted({name for name in names if name in static or names.count(name) > 1}):
        yield f"The hyperparameter {name} must have one value or one range, not both or several"
    for entry in found:
        yield from _bounds(entry)


def _bounds(entry: Range) -> Iterator[str]:
    if entry.low > entry.high:
        yield f"MinValue of {entry.name} must not exceed its MaxValue"
    if entry.scale == "Logarithmic" and entry.low <= 0:
        yield f"Logarithmic scaling of {entry.name} needs values greater than 0"
    if entry.scale == "ReverseLogarithmic" and not (entry.low >= 0 and entry.high < 1):
        yield f"ReverseLogarithmic scaling of {entry.name} needs values with 0<=x<1.0"


def _strategy(request: Request) -> Iterator[str]:
    config = request["HyperParameterTuningJobConfig"]
    categorical = config.get("ParameterRanges", {}).keys() <= {"CategoricalParameterRanges"}
    if config["Strategy"] == "Grid" and not categorical:
        yield "The Grid strategy takes CategoricalParameterRanges only"
    if config["Strategy"] != "Hyperband":
        return
    if config.get("TrainingJobEarlyStoppingType", "Off") != "Off":
        yield "TrainingJobEarlyStoppingType must be Off for the Hyperband strategy"
    if resources(request) is None:
        yield "MaxResource is needed for the Hyperband strategy and was not found"


def _limits(request: Request) -> Iterator[str]:
    config = request["HyperParameterTuningJobConfig"]
    strategy, limits = config["Strategy"], config["ResourceLimits"]
    given = limits.get("MaxNumberOfTrainingJobs")
    if given is None:
        if strategy != "Grid" and "MaxRuntimeInSeconds" not in limits:
            yield "MaxNumberOfTrainingJobs or MaxRuntimeInSeconds is needed"
        return
    if given > MOST_JOBS[strategy]:
        yield f"The {strategy} strategy takes at most {MOST_JOBS[strategy]} training jobs"
    if given < limits["MaxParallelTrainingJobs"]:
        yield "MaxParallelTrainingJobs must not exceed MaxNumberOfTrainingJobs"
    if strategy == "Grid" and not list(_ranges(request)) and given != most_jobs(request):
        yield f"MaxNumberOfTrainingJobs must be the grid's {most_jobs(request)} or not be given"
