"""How large and long the jobs may get, by the data's size, and whether that is allowed.

Figures: a random forest (300 trees, 30 numeric columns) fits in 2.0 s for each MB of CSV on two
processors; a job may take ten times as long before it is stopped. A job's disk holds the
data, the model and checkpoints: three times the data beside what the image needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any

from lambdas.preprocess.instances import Instances, Table, instances_for
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message
from lambdas.shared.prices import HOUR, MONTH, instance_second, prices
from lambdas.shared.settings.dataset import DatasetSettings
from lambdas.shared.settings.threshold import threshold_misfits
from lambdas.shared.settings.tuning import objective, tuning_config

_MB, _GB = 1_000_000, 1_000_000_000
_SECONDS_PER_MB = 20
_SHORTEST_RUNTIME, _LONGEST_RUNTIME = 3600, 432_000  # the latter is SageMaker's
_IMAGE_GB, _COPIES, _SMALLEST_VOLUME, _LARGEST_VOLUME = 5, 3, 10, 16_384
_SPOT_WAIT = 86_400  # a day for an instance to become free, beside the run
# From its creation to its end: half an hour to come up, two quarters to answer and be deleted.
_ENDPOINT_SECONDS = 3600
_SHORTEST_TUNING, _LONGEST_TUNING = 120, 432_000


@dataclass(frozen=True)
class Budget:
    """Sizes, limits, and what they come to if all are used up.

    Parameters
    ----------
    instances : Instances
        Of one training job.
    volume_size_gb : int
        Of each of them.
    max_runtime_seconds : int
        Of one training job.
    max_wait_seconds : int or None
        Of one spot job, its run included; None for jobs on demand.
    tuning : dict or None
        HyperParameterTuningJobConfig.
    most_usd : Decimal or None
        None if the price of an instance is not known.
    """

    instances: Instances
    volume_size_gb: int
    max_runtime_seconds: int
    max_wait_seconds: int | None
    tuning: dict[str, Any] | None
    longest_seconds: int
    most_usd: Decimal | None


def volume_size_gb(data_bytes: int) -> int:
    """Return the disk that a training job needs for its channels' data."""
    needed = _IMAGE_GB + ceil(_COPIES * data_bytes / _GB)
    return min(_LARGEST_VOLUME, max(_SMALLEST_VOLUME, needed))


def max_runtime_seconds(data_bytes: int) -> int:
    """Return after how long a training job is stopped."""
    needed = ceil(data_bytes / _MB * _SECONDS_PER_MB)
    return min(_LONGEST_RUNTIME, max(_SHORTEST_RUNTIME, needed))


def make_budget(
    settings: DatasetSettings,
    task: str,
    data_bytes: int,
    table: Table = Table(),  # noqa: B008 (immutable)
) -> Budget:
    """Size the jobs.

    Parameters
    ----------
    settings : DatasetSettings
        Checked; what they leave open is sized here.
    data_bytes : int
        Size of the splits that training reads.
    table : Table
        What is in these.
    """
    instances = instances_for(settings, table)
    trained_bytes = ceil(data_bytes * instances.row_share / instances.count)
    volume = settings.volume_size_gb or volume_size_gb(data_bytes)
    runtime = settings.max_runtime_seconds or max_runtime_seconds(trained_bytes)
    wait = (settings.max_wait_seconds or runtime + _SPOT_WAIT) if settings.spot else None
    tuning_seconds = _tuning_seconds(settings, runtime) if settings.tune else 0
    return Budget(
        instances=instances,
        volume_size_gb=volume,
        max_runtime_seconds=runtime,
        max_wait_seconds=wait,
        tuning=tuning_config(settings, task, tuning_seconds) if settings.tune else None,
        longest_seconds=(wait or runtime) + tuning_seconds + _ENDPOINT_SECONDS,
        most_usd=_most_usd(
            settings, volume, instances.count * runtime, instances.count * tuning_seconds
        ),
    )


def _tuning_seconds(settings: DatasetSettings, runtime: int) -> int:
    """Return the limit of a tuning job: as long as its training jobs may take in turns."""
    turns = ceil(settings.tune / settings.tune_parallel)
    sized = min(_LONGEST_TUNING, max(_SHORTEST_TUNING, turns * runtime))
    return settings.tune_max_runtime_seconds or sized


def _most_usd(
    settings: DatasetSettings, volume: int, runtime: int, tuning_seconds: int
) -> Decimal | None:
    """Return the most that jobs cost which may run so long on all their instances together."""
    tuned = min(settings.tune * runtime, settings.tune_parallel * tuning_seconds)
    training_seconds = Decimal(runtime + tuned)
    training = [instance_second("training", kind) for kind in settings.training_instance_types]
    hosting = [instance_second("hosting", kind) for kind in settings.endpoint_instance_types]
    if settings.endpoint_kind == "serverless":
        gigabytes = Decimal(settings.endpoint_memory_mb) / 1024
        hosting = [Decimal(prices()["serverless_gb_second"]) * gigabytes]
    known = [price for price in training + hosting if price is not None]
    if len(known) < len(training + hosting):
        return None
    disk = Decimal(prices()["volume_gb_month"]) * volume / MONTH
    per_second = max(price for price in training if price is not None) + disk
    endpoint = max(price for price in hosting if price is not None) * _ENDPOINT_SECONDS
    return training_seconds * per_second + endpoint


def objections(settings: DatasetSettings, task: str, budget: Budget) -> list[Finding]:
    """Return why the jobs must not start: no such metric, or too much money or time at worst."""
    problems = objective(settings, task)[1] if settings.tune else []
    if settings.task is None:  # else it is reported already
        problems += threshold_misfits(settings.threshold, task)
    findings = [Finding("SettingsInvalid", text) for text in problems]
    return findings + _over_ceilings(settings, budget)


def _over_ceilings(settings: DatasetSettings, budget: Budget) -> list[Finding]:
    findings = []
    ceiling, hours, most = settings.max_cost_usd, settings.max_hours, budget.most_usd
    if ceiling is not None and most is None:
        text = Message(
            "the price of a machine in the settings is not known, so “max_cost_usd” cannot be kept"
        )
        findings.append(Finding("CostCeilingExceeded", text))
    elif ceiling is not None and most is not None and most > Decimal(ceiling):
        text = Message(
            "the run may cost up to {most} USD if every job takes as long as it may ({jobs}), and "
            "“max_cost_usd” is {ceiling}",
            most=round(float(most), 2),
            jobs=_jobs(settings, budget),
            ceiling=float(ceiling),
        )
        findings.append(Finding("CostCeilingExceeded", text))
    longest = Decimal(budget.longest_seconds) / HOUR
    if hours is not None and longest > Decimal(hours):
        text = Message(
            "the run may take up to {longest} h, and “max_hours” is {hours}",
            longest=round(float(longest), 1),
            hours=float(hours),
        )
        findings.append(Finding("TimeCeilingExceeded", text))
    return findings


def _jobs(settings: DatasetSettings, budget: Budget) -> Message:
    one = Message("{seconds} s", seconds=budget.max_runtime_seconds)
    if budget.instances.count > 1:
        one = Message(
            "{seconds} s on {instances} instances",
            instances=budget.instances.count,
            seconds=budget.max_runtime_seconds,
        )
    if budget.tuning:
        return Message(
            "a training job and {jobs} of a tuning job, of {time} each, and an endpoint",
            jobs=settings.tune,
            time=one,
        )
    return Message("a training job of {time}, and an endpoint", time=one)
