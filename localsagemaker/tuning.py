"""Hyperparameter tuning jobs, and the list of one's own training jobs."""

from typing import TYPE_CHECKING, Any

from localsagemaker.context import Context
from localsagemaker.errors import ApiError
from localsagemaker.jobs import Jobs
from localsagemaker.listing import listed
from localsagemaker.store import Record
from localsagemaker.training import TrainingJobs
from localsagemaker.tuning_record import CHILDREN, KIND, objective_value, progress
from localsagemaker.tuning_request import check

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
