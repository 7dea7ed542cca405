"""A dataset's settings of machines, time, cost and tuning."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints

_YES, _NO = frozenset({"yes", "true", "on"}), frozenset({"no", "false", "off"})
TUNE_JOBS = 20  # what `tune: yes` means


def _split(value: object) -> object:
    """Metadata and settings files hold single values: a list is written with commas."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _number_of_jobs(value: object) -> object:
    word = str(value).strip().lower()
    return TUNE_JOBS if word in _YES else 0 if word in _NO else value


InstanceType = Annotated[str, StringConstraints(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")]
InstanceTypes = Annotated[
    tuple[InstanceType, ...], BeforeValidator(_split), Field(min_length=1, max_length=10)
]
# At most what one page of ListTrainingJobsForHyperParameterTuningJob holds.
TuneJobs = Annotated[int, BeforeValidator(_number_of_jobs), Field(ge=0, le=100)]
Strategy = Literal["bayesian", "random", "hyperband", "grid"]


class JobSettings(BaseModel):
    """Settings of the jobs and the endpoint; None leaves a figure to the data's size."""

    training_instance_types: InstanceTypes = ("ml.m5.large",)
    endpoint_instance_types: InstanceTypes = ("ml.m5.large",)
    volume_size_gb: int | None = Field(default=None, ge=1, le=16384)
    max_runtime_seconds: int | None = Field(default=None, ge=60, le=432_000)
    spot: bool = False
    max_wait_seconds: int | None = Field(default=None, ge=60, le=518_400)
    max_cost_usd: float | None = Field(default=None, gt=0)
    max_hours: float | None = Field(default=None, gt=0)
    tune: TuneJobs = 0
    tune_strategy: Strategy = "bayesian"
    tune_parallel: int = Field(default=2, ge=1, le=10)
    tune_ranges: str | None = Field(default=None, min_length=1)
    tune_metric: str | None = Field(default=None, min_length=1)
    tune_early_stopping: bool = True
    tune_max_runtime_seconds: int | None = Field(default=None, ge=120, le=432_000)

    def job_contradictions(self) -> list[str]:
        """Return a sentence for each pair of these settings that can't both hold."""
        problems = []
        if self.max_wait_seconds is not None and not self.spot:
            problems.append("“max_wait_seconds” is set, but only “spot” jobs wait")
        waits = self.max_wait_seconds, self.max_runtime_seconds
        if None not in waits and waits[0] < waits[1]:  # type: ignore[operator]
            problems.append("“max_wait_seconds” must not be less than “max_runtime_seconds”")
        if self.tune == 1:
            problems.append("“tune” must be no, yes, or from 2 to 100 jobs")
        given: dict[str, Any] = self.model_dump(exclude_unset=True)
        if not self.tune:
            problems += [
                f"“{name}” is set, but “tune” is not" for name in given if name.startswith("tune_")
            ]
        return problems
