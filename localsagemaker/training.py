"""CreateTrainingJob, DescribeTrainingJob, StopTrainingJob, ListTrainingJobs."""

from collections.abc import Sequence
from typing import Any

from localsagemaker import s3
from localsagemaker.context import Context, S3Client
from localsagemaker.errors import ApiError, role_not_assumable, validation_exception
from localsagemaker.job_deletion import JobDeletion
from localsagemaker.listing import page
from localsagemaker.store import Record
from localsagemaker.tags import from_list
from localsagemaker.training_record import KIND, Progress, new_record
from localsagemaker.training_run import TrainingRun

_SUMMARY = (
    "TrainingJobName",
    "TrainingJobArn",
    "CreationTime",
    "TrainingEndTime",
    "LastModifiedTime",
    "TrainingJobStatus",
    "SecondaryStatus",
)


class TrainingJobs:
    """The account's training jobs."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.delete = JobDeletion(context, KIND, "TrainingJob", "jobs", self._forget)
        self._runs: dict[str, TrainingRun] = {}

    def create(
        self, request: dict[str, Any], *, tuning_job_arn: str | None = None
    ) -> dict[str, Any]:
        """CreateTrainingJob, by a client or by a tuning job."""
        self.check(request)
        name = request["TrainingJobName"]
        arn = self._context.arn(KIND, name)
        launched_by = {"TuningJobArn": tuning_job_arn} if tuning_job_arn else {}
        with self._context.store.locked():
            if self._context.store.get(KIND, name):
                raise ApiError(
                    "ResourceInUse",
                    "Training job names must be unique within an AWS account and region, and a "
                    f"training job with this name already exists ({arn})",
                )
            self._context.store.put(KIND, name, new_record(self._context, request) | launched_by)
            self._context.store.set_tags(arn, from_list(request.get("Tags")))
            run = self._runs[name.lower()] = TrainingRun(self._context, request)
            run.start()
        return {"TrainingJobArn": arn}

    def describe(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeTrainingJob."""
        return self._existing(request["TrainingJobName"])

    def stop(self, request: dict[str, Any]) -> dict[str, Any]:
        """StopTrainingJob."""
        name = request["TrainingJobName"]
        with self._context.store.locked():
            record = self._existing(name)
            status = record["TrainingJobStatus"]
            if status != "InProgress":
                raise validation_exception(
                    f"The request was rejected because the training job is in status {status}."
                )
            Progress(self._context, name).enter("Stopping")
            self._runs[name.lower()].stop()
        return {}

    def list(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListTrainingJobs."""
        records, token = page(
            self._context.store.all(KIND),
            request,
            name="TrainingJobName",
            status="TrainingJobStatus",
            order="Ascending",
        )
        summaries = [
            {name: record[name] for name in _SUMMARY if name in record} for record in records
        ]
        return {"TrainingJobSummaries": summaries} | ({"NextToken": token} if token else {})

    def metric_values(self, name: str, metric: str) -> Sequence[float]:
        """Return the values that a job's log has shown for a metric so far."""
        with self._context.store.locked():
            run = self._runs[name.lower()]
        return run.metrics.values(metric)

    def log_path(self, name: str) -> str:
        """Return the file with the job's log."""
        with self._context.store.locked():
            return str(self._runs[name.lower()].log.path)

    def _forget(self, name: str) -> None:
        self._runs.pop(name, None)

    def close(self) -> None:
        """Kill every job's processes."""
        with self._context.store.locked():
            runs = list(self._runs.values())
        for run in runs:
            run.abandon()

    def _existing(self, name: str) -> Record:
        record = self._context.store.get(KIND, name)
        if record is None:
            raise validation_exception("Requested resource not found.")
        return record

    def check(self, request: dict[str, Any]) -> None:
        """Refuse a job, or a tuning job's definition of one, as AWS does before it accepts it.

        Raises
        ------
        ApiError
            If the role cannot be assumed, an input is missing, or this does not run here.
        """
        _refuse_what_runs_nowhere_here(request)
        role = request["RoleArn"]
        try:
            client = self._context.s3_for_role(role)
        except PermissionError:
            raise role_not_assumable(role) from None
        for channel in request.get("InputDataConfig", []):
            uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
            if not _found(client, uri):
                bucket, region = s3.split(uri)[0], self._context.region
                raise validation_exception(
                    f'No S3 objects found under S3 URL "{uri}" given in input data source. Please '
                    f"ensure that the bucket exists in the selected region ({region}), that "
                    f'objects exist under that S3 prefix, and that the role "{role}" has '
                    f'"s3:ListBucket" permissions on bucket "{bucket}".'
                )


def _found(client: S3Client, uri: str) -> bool:
    try:
        return next(s3.keys_under(client, uri), None) is not None
    except s3.TransferError:
        return False


def _refuse_what_runs_nowhere_here(request: dict[str, Any]) -> None:
    """Say what is missing here, rather than do something else than AWS would."""
    for member in ("AlgorithmSpecification", "ResourceConfig", "StoppingCondition"):
        if member not in request:
            raise validation_exception(
                f"1 validation error detected: Value null at '{member[0].lower() + member[1:]}' "
                "failed to satisfy constraint: Member must not be null"
            )
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
