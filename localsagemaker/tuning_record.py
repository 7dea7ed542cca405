"""A tuning job's record and its training jobs' summaries: what Describe and List answer."""

from collections import Counter
from typing import Any, Final

from localsagemaker.store import Record

KIND: Final = "hyper-parameter-tuning-job"
CHILDREN: Final = "tuned-training-job"  # summaries by the training job's name
_OF_TRAINING = (
    "TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingStartTime", "TrainingEndTime",
    "TrainingJobStatus", "FailureReason",
)  # fmt: skip
ENDED = ("Completed", "Failed", "Stopped")


def summary(tuning_job: str, job: Record, values: dict[str, str], objective: Any) -> Record:
    """Return HyperParameterTrainingJobSummary of one training job.

    Parameters
    ----------
    job
        What DescribeTrainingJob answers.
    objective
        FinalHyperParameterTuningJobObjectiveMetric, or None without a value.
    """
    ended = job["TrainingJobStatus"] in ENDED
    status = "Succeeded" if objective else ("Failed" if ended else "Pending")
    found = {name: job[name] for name in _OF_TRAINING if name in job}
    found |= {"TuningJobName": tuning_job, "TunedHyperParameters": values}
    found |= {"ObjectiveStatus": status}
    return found | ({"FinalHyperParameterTuningJobObjectiveMetric": objective} if objective else {})


def progress(children: list[Record]) -> Record:
    """Return the members that follow from the training jobs: counters and the best."""
    found = _counters(children)
    scored = [child for child in children if child["ObjectiveStatus"] == "Succeeded"]
    if scored:
        minimize = scored[0]["FinalHyperParameterTuningJobObjectiveMetric"]["Type"] == "Minimize"
        found["BestTrainingJob"] = (min if minimize else max)(scored, key=objective_value)
    return found


def objective_value(child: Record) -> float:
    """Return a scored training job's objective."""
    value: float = child["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    return value


def _counters(children: list[Record]) -> Record:
    jobs = Counter(_counted_as(child) for child in children)
    objectives = Counter(child["ObjectiveStatus"] for child in children)
    kinds = ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped")
    return {
        "TrainingJobStatusCounters": {kind: jobs[kind] for kind in kinds},
        "ObjectiveStatusCounters": {
            kind: objectives[kind] for kind in ("Succeeded", "Pending", "Failed")
        },
    }


def _counted_as(child: Record) -> str:
    status: str = child["TrainingJobStatus"]
    if status == "Failed":
        internal = str(child.get("FailureReason")).startswith("InternalServerError")
        return "RetryableError" if internal else "NonRetryableError"
    return "InProgress" if status == "Stopping" else status
