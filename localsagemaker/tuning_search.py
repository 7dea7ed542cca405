"""The search of a tuning job: which values to try next, and which job to stop early.

SageMaker's own Bayesian search is a Gaussian process that AWS does not publish; optuna's
Tree-structured Parzen Estimator (Bergstra et al. 2011, NIPS 24) stands for it, its HyperbandPruner
(Li et al. 2018, JMLR 18:185) for Hyperband.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from localsagemaker.tuning_request import Range, Request, ranges, resources

# "Auto" leaves the scale to SageMaker, which does not say how it chooses; here a range over three
# orders of magnitude is searched logarithmically.
_WIDE = 1000
_STARTUP_JOBS = 5  # random before the model has something to go by
optuna.logging.set_verbosity(optuna.logging.WARNING)


@dataclass
class Attempt:
    """One combination of values, and the objective's values as its job reported them."""

    values: dict[str, str]
    trial: optuna.Trial
    reported: list[float] = field(default_factory=list)


class Search:
    """Proposes values and learns from what came out."""

    def __init__(self, request: Request) -> None:
        config = request["HyperParameterTuningJobConfig"]
        self._minimize = config["HyperParameterTuningJobObjective"]["Type"] == "Minimize"
        self._ranges = ranges(request)
        self._median_rule = config.get("TrainingJobEarlyStoppingType") == "Auto"
        self._most = resources(request) if config["Strategy"] == "Hyperband" else None
        self._earlier: list[list[float]] = []
        self._study = optuna.create_study(
            direction="minimize" if self._minimize else "maximize",
            sampler=self._sampler(config["Strategy"], config.get("RandomSeed")),
            pruner=optuna.pruners.HyperbandPruner(*self._most) if self._most else None,
        )

    def suggest(self) -> Attempt:
        """Return the next values to try, as SageMaker writes them: all are strings."""
        trial = self._study.ask({entry.name: _distribution(entry) for entry in self._ranges})
        values = {entry.name: _text(entry, trial.params[entry.name]) for entry in self._ranges}
        return Attempt(values, trial)

    def should_stop(self, attempt: Attempt, reported: Sequence[float]) -> bool:
        """Take the objective's values so far; return whether the job is not worth continuing."""
        new = reported[len(attempt.reported) :]
        for value in new:
            attempt.reported.append(value)
            if self._most:
                attempt.trial.report(value, len(attempt.reported))
        if not new:
            return False
        if self._most:
            return len(attempt.reported) >= self._most[1] or attempt.trial.should_prune()
        return self._median_rule and self._is_below_median(attempt.reported)

    def finish(self, attempt: Attempt, value: float | None) -> None:
        """Learn from an ended job; None if it came to no value."""
        failed = optuna.trial.TrialState.FAIL
        self._study.tell(attempt.trial, value, state=failed if value is None else None)
        if value is not None:
            self._earlier.append(attempt.reported)

    def _is_below_median(self, reported: list[float]) -> bool:
        """AWS's rule ("Stop Training Jobs Early"): worse than the median of running averages."""
        epoch = len(reported)
        averages = [statistics.fmean(values[:epoch]) for values in self._earlier if len(values) > 1]
        if not averages:
            return False
        median = statistics.median(averages)
        return reported[-1] > median if self._minimize else reported[-1] < median

    def _sampler(self, strategy: str, seed: int | None) -> optuna.samplers.BaseSampler:
        if strategy == "Grid":
            grid = {entry.name: list(entry.values) for entry in self._ranges}
            return optuna.samplers.GridSampler(grid, seed=seed)
        if strategy == "Random":
            return optuna.samplers.RandomSampler(seed=seed)
        # Jobs that still run count as poor, so that parallel ones do not crowd around one place.
        return optuna.samplers.TPESampler(
            seed=seed, n_startup_trials=_STARTUP_JOBS, constant_liar=True
        )


def _distribution(entry: Range) -> BaseDistribution:
    if entry.kind is str:
        return CategoricalDistribution(entry.values)
    if entry.scale == "ReverseLogarithmic":  # log-uniform in what is missing to 1
        return FloatDistribution(1 - entry.high, 1 - entry.low, log=True)
    wide = entry.low > 0 and entry.high / entry.low >= _WIDE
    log = entry.scale == "Logarithmic" or (entry.scale == "Auto" and wide)
    if entry.kind is int:
        return IntDistribution(int(entry.low), int(entry.high), log=log)
    return FloatDistribution(entry.low, entry.high, log=log)


def _text(entry: Range, value: Any) -> str:
    if entry.scale == "ReverseLogarithmic":
        value = 1 - value
    return value if entry.kind is str else repr(value)
