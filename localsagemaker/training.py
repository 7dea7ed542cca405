"""Training jobs, and what AWS refuses of them."""

from collections.abc import Sequence
from typing import Any

from localsagemaker.errors import ApiError, validation_exception
from localsagemaker.job_run import INTERNAL
from localsagemaker.jobs import Jobs
from localsagemaker.store import Record
from localsagemaker.training_hosts import MOST
from localsagemaker.training_record import COPIED, KIND, Progress, new_members
from localsagemaker.training_run import TrainingRun


class TrainingJobs(Jobs[TrainingRun]):
    """The account's training jobs."""

    kind, member, folder, copied = KIND, "TrainingJob", "jobs", COPIED
    summary = (
        "TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingEndTime", "LastModifiedTime",
        "TrainingJobStatus", "SecondaryStatus",
    )  # fmt: skip
    end = "TrainingEndTime"
    taken = (
        "Training job names must be unique within an AWS account and region, and a training job "
        "with this name"
    )

    def metric_values(self, name: str, metric: str) -> Sequence[float]:
        """Return the values that a job's log has shown for a metric so far."""
        with self._context.store.locked():
            run = self._runs[name.lower()]
        return run.metrics.values(metric)

    def check(self, request: dict[str, Any]) -> None:
        """Refuse a job, or a tuning job's definition of one, as AWS does before it accepts it.

        Raises
        ------
        ApiError
            If the role cannot be assumed, an input is missing, or this does not run here.
        """
        _refuse_what_runs_nowhere_here(request)
        role = request["RoleArn"]
        client = self._client(role)
        for channel in request.get("InputDataConfig", []):
            uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
            self._require_objects(client, uri, role)

    def _members(self, request: dict[str, Any]) -> Record:
        return new_members(request)

    def _new_run(self, request: dict[str, Any]) -> TrainingRun:
        return TrainingRun(self._context, request)

    def _missing(self, _name: str) -> ApiError:
        return validation_exception("Requested resource not found.")

    def _fail(self, name: str) -> None:
        Progress(self._context, name).enter("Failed", FailureReason=INTERNAL)


def _refuse_what_runs_nowhere_here(request: dict[str, Any]) -> None:
    """Say what is missing here, rather than do something else than AWS would."""
    for member in ("AlgorithmSpecification", "ResourceConfig", "StoppingCondition"):
        if member not in request:
            raise validation_exception(
                f"1 validation error detected: Value null at '{member[0].lower() + member[1:]}' "
                "failed to satisfy constraint: Member must not be null"
            )
    _refuse_a_number_of_hosts(request["ResourceConfig"])
    channels = request.get("InputDataConfig", [])
    modes = {channel.get("InputMode") for channel in channels}
    modes.add(request["AlgorithmSpecification"]["TrainingInputMode"])
    sources = [channel["DataSource"].get("S3DataSource", {}) for channel in channels]
    kinds = {source.get("S3DataType") for source in sources}
    if "Pipe" in modes or kinds - {"S3Prefix"}:
        raise validation_exception(
            "The local SageMaker reads channels of S3DataType S3Prefix in File or FastFile mode."
        )
    if any(channel.get("CompressionType", "None") != "None" for channel in channels):
        raise validation_exception("The local SageMaker reads channels with CompressionType None.")


def _refuse_a_number_of_hosts(resources: dict[str, Any]) -> None:
    """Refuse no instances, as AWS does, and what this machine cannot be."""
    if resources.get("InstanceGroups"):
        raise validation_exception("The local SageMaker runs one group of equal instances.")
    count = resources.get("InstanceCount", 1)
    if count < 1:
        raise validation_exception(
            f"1 validation error detected: Value '{count}' at 'resourceConfig.instanceCount' "
            "failed to satisfy constraint: Member must have value greater than or equal to 1"
        )
    if count > MOST:
        raise validation_exception(f"The local SageMaker runs at most {MOST} hosts of a job.")
