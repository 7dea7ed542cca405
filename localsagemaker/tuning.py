"""Hyperparameter tuning jobs, and the list of one's own training jobs."""

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from localsagemaker.context import Context
from localsagemaker.errors import ApiError
from localsagemaker.jobs import Jobs
from localsagemaker.listing import listed
from localsagemaker.store import Record
from localsagemaker.training import TrainingJobs
from localsagemaker.tuning_request import check

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


if TYPE_CHECKING:
    from localsagemaker.tuning_run import TuningRun


class TuningJobs(Jobs["TuningRun"]):
    """The account's hyperparameter tuning jobs."""

    kind, member, sort = KIND, "HyperParameterTuningJob", "Name"
    copied = (
        "HyperParameterTuningJobName", "HyperParameterTuningJobConfig", "TrainingJobDefinition",
    )  # fmt: skip
    summary = (
        "HyperParameterTuningJobName", "HyperParameterTuningJobArn",
        "HyperParameterTuningJobStatus", "CreationTime", "HyperParameterTuningEndTime",
        "LastModifiedTime", "TrainingJobStatusCounters", "ObjectiveStatusCounters",
    )  # fmt: skip
    end = "HyperParameterTuningEndTime"
    taken = (
        "Hyper parameter tuning job names must be unique within an AWS account and region, and a "
        "tuning job with this name"
    )

    def __init__(self, context: Context, jobs: TrainingJobs) -> None:
        super().__init__(context)
        self._jobs = jobs

    def check(self, request: dict[str, Any]) -> None:
        """Refuse what AWS refuses; raise `ApiError`."""
        check(request)
        self._jobs.check(request["TrainingJobDefinition"])

    def _members(self, _request: dict[str, Any]) -> Record:
        return progress([])

    def _new_run(self, request: dict[str, Any]) -> "TuningRun":
        # It brings optuna, whose import only those who tune shall wait for.
        from localsagemaker.tuning_run import TuningRun

        return TuningRun(self._context, self._jobs, request)

    def _refuse_stop(self, status: str) -> None:
        """Leave one that has ended as it is, as on AWS."""

    def _missing(self, name: str) -> ApiError:
        return ApiError(
            "ResourceNotFound", f"Amazon SageMaker can't find a tuning job with the name {name}."
        )

    def _summary(self, record: Record) -> Record:
        config = record["HyperParameterTuningJobConfig"]
        return super()._summary(record) | {
            "Strategy": config["Strategy"],
            "ResourceLimits": config["ResourceLimits"],
        }

    def list_training_jobs(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListTrainingJobsForHyperParameterTuningJob."""
        name = self.describe(request)["HyperParameterTuningJobName"]
        children = [
            child for child in self._context.store.all(CHILDREN) if child["TuningJobName"] == name
        ]
        if request.get("SortBy") == "FinalObjectiveMetricValue":
            # AWS leaves those without a value out of this order.
            children = [child for child in children if child["ObjectiveStatus"] == "Succeeded"]
        return listed(
            children,
            request,
            answer="TrainingJobSummaries",
            summary=dict,
            name="TrainingJobName",
            status="TrainingJobStatus",
            sort="Name",
            order="Ascending",
            values={"FinalObjectiveMetricValue": objective_value},
        )

    def _forget(self, name: str) -> None:
        store = self._context.store
        for child in store.all(CHILDREN):
            if child["TuningJobName"].lower() == name:
                store.delete(CHILDREN, child["TrainingJobName"], "")
