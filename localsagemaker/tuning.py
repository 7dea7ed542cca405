"""Create, Describe, Stop and List of hyperparameter tuning jobs, and the list of one's own jobs."""

from typing import TYPE_CHECKING, Any

from localsagemaker.context import Context
from localsagemaker.errors import ApiError
from localsagemaker.job_deletion import JobDeletion
from localsagemaker.listing import page
from localsagemaker.store import Record
from localsagemaker.tags import from_list
from localsagemaker.training import TrainingJobs
from localsagemaker.tuning_record import CHILDREN, KIND, new_record, objective_value
from localsagemaker.tuning_request import check

if TYPE_CHECKING:
    from localsagemaker.tuning_run import TuningRun

_SUMMARY = (
    "HyperParameterTuningJobName", "HyperParameterTuningJobArn", "HyperParameterTuningJobStatus",
    "CreationTime", "HyperParameterTuningEndTime", "LastModifiedTime", "TrainingJobStatusCounters",
    "ObjectiveStatusCounters",
)  # fmt: skip


class TuningJobs:
    """The account's hyperparameter tuning jobs."""

    def __init__(self, context: Context, jobs: TrainingJobs) -> None:
        self._context, self._jobs = context, jobs
        self.delete = JobDeletion(context, KIND, "HyperParameterTuningJob", "", self._forget)
        self._runs: dict[str, TuningRun] = {}

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateHyperParameterTuningJob."""
        # It brings optuna, whose import only those who tune shall wait for.
        from localsagemaker.tuning_run import TuningRun

        check(request)
        self._jobs.check(request["TrainingJobDefinition"])
        name, store = request["HyperParameterTuningJobName"], self._context.store
        arn = self._context.arn(KIND, name)
        with store.locked():
            if store.get(KIND, name):
                raise ApiError(
                    "ResourceInUse",
                    "Hyper parameter tuning job names must be unique within an AWS account and "
                    f"region, and a tuning job with this name already exists ({arn})",
                )
            store.put(KIND, name, new_record(self._context, request))
            store.set_tags(arn, from_list(request.get("Tags")))
            run = self._runs[name.lower()] = TuningRun(self._context, self._jobs, request)
            run.start()
        return {"HyperParameterTuningJobArn": arn}

    def describe(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeHyperParameterTuningJob."""
        return self._existing(request)

    def stop(self, request: dict[str, Any]) -> dict[str, Any]:
        """StopHyperParameterTuningJob; one that has ended is left as it is, as on AWS."""
        store = self._context.store
        with store.locked():
            record = self._existing(request)
            name = record["HyperParameterTuningJobName"]
            if record["HyperParameterTuningJobStatus"] == "InProgress":
                stopping = {"HyperParameterTuningJobStatus": "Stopping"}
                store.change(KIND, name, lambda found: found.update(stopping))
                self._runs[name.lower()].stop()
        return {}

    def list(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListHyperParameterTuningJobs."""
        records, token = page(
            self._context.store.all(KIND),
            request,
            name="HyperParameterTuningJobName",
            status="HyperParameterTuningJobStatus",
            sort="Name",
            order="Ascending",
        )
        return {"HyperParameterTuningJobSummaries": [_summary(record) for record in records]} | (
            {"NextToken": token} if token else {}
        )

    def list_training_jobs(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListTrainingJobsForHyperParameterTuningJob."""
        name = self._existing(request)["HyperParameterTuningJobName"]
        children = [
            child for child in self._context.store.all(CHILDREN) if child["TuningJobName"] == name
        ]
        if request.get("SortBy") == "FinalObjectiveMetricValue":
            # AWS leaves those without a value out of this order.
            children = [child for child in children if child["ObjectiveStatus"] == "Succeeded"]
        records, token = page(
            children,
            request,
            name="TrainingJobName",
            status="TrainingJobStatus",
            sort="Name",
            order="Ascending",
            values={"FinalObjectiveMetricValue": objective_value},
        )
        return {"TrainingJobSummaries": records} | ({"NextToken": token} if token else {})

    def _forget(self, name: str) -> None:
        self._runs.pop(name, None)
        store = self._context.store
        for child in store.all(CHILDREN):
            if child["TuningJobName"].lower() == name:
                store.delete(CHILDREN, child["TrainingJobName"], "")

    def close(self) -> None:
        """Launch no further training jobs."""
        with self._context.store.locked():
            runs = list(self._runs.values())
        for run in runs:
            run.stop()
        for run in runs:
            run.abandon()

    def _existing(self, request: dict[str, Any]) -> Record:
        name = request["HyperParameterTuningJobName"]
        record = self._context.store.get(KIND, name)
        if record is None:
            raise ApiError(
                "ResourceNotFound",
                f"Amazon SageMaker can't find a tuning job with the name {name}.",
            )
        return record


def _summary(record: Record) -> Record:
    config = record["HyperParameterTuningJobConfig"]
    return {name: record[name] for name in _SUMMARY if name in record} | {
        "Strategy": config["Strategy"],
        "ResourceLimits": config["ResourceLimits"],
    }
