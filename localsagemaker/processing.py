"""CreateProcessingJob, DescribeProcessingJob, StopProcessingJob, ListProcessingJobs."""

from typing import Any

from localsagemaker.context import Context
from localsagemaker.errors import ApiError, role_not_assumable, validation_exception
from localsagemaker.job_deletion import JobDeletion
from localsagemaker.listing import page
from localsagemaker.processing_record import KIND, Progress, new_record
from localsagemaker.processing_run import ProcessingRun
from localsagemaker.store import Record
from localsagemaker.tags import from_list

_SUMMARY = (
    "ProcessingJobName",
    "ProcessingJobArn",
    "CreationTime",
    "ProcessingEndTime",
    "LastModifiedTime",
    "ProcessingJobStatus",
    "FailureReason",
    "ExitMessage",
)
_ROOT = "/opt/ml/processing/"


class ProcessingJobs:
    """The account's processing jobs."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.delete = JobDeletion(context, KIND, "ProcessingJob", "processing-jobs", self._forget)
        self._runs: dict[str, ProcessingRun] = {}

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateProcessingJob."""
        _refuse_what_runs_nowhere_here(request)
        name = request["ProcessingJobName"]
        arn = self._context.arn(KIND, name)
        self._check_role(request["RoleArn"])
        with self._context.store.locked():
            if self._context.store.get(KIND, name):
                raise ApiError(
                    "ResourceInUse",
                    "Job name must be unique within an AWS account and region, and a job with "
                    f"this name already exists ({arn})",
                )
            self._context.store.put(KIND, name, new_record(self._context, request))
            self._context.store.set_tags(arn, from_list(request.get("Tags")))
            run = self._runs[name.lower()] = ProcessingRun(self._context, request)
            run.start()
        return {"ProcessingJobArn": arn}

    def describe(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeProcessingJob."""
        return self._existing(request["ProcessingJobName"])

    def stop(self, request: dict[str, Any]) -> dict[str, Any]:
        """StopProcessingJob."""
        name = request["ProcessingJobName"]
        with self._context.store.locked():
            status = self._existing(name)["ProcessingJobStatus"]
            if status != "InProgress":
                raise validation_exception(
                    f"The request was rejected because the processing job is in status {status}."
                )
            Progress(self._context, name).stopping()
            self._runs[name.lower()].stop()
        return {}

    def list(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListProcessingJobs."""
        records, token = page(
            self._context.store.all(KIND),
            request,
            name="ProcessingJobName",
            status="ProcessingJobStatus",
            order="Ascending",
        )
        summaries = [
            {name: record[name] for name in _SUMMARY if name in record} for record in records
        ]
        return {"ProcessingJobSummaries": summaries} | ({"NextToken": token} if token else {})

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
            raise validation_exception(f"Could not find requested job with name: {name}")
        return record

    def _check_role(self, role: str) -> None:
        try:
            self._context.s3_for_role(role)
        except PermissionError:
            raise role_not_assumable(role) from None


def _refuse_what_runs_nowhere_here(request: dict[str, Any]) -> None:
    """Say what is missing here, rather than do something else than AWS would."""
    if not request["AppSpecification"].get("ContainerEntrypoint"):
        raise validation_exception("The local SageMaker needs a ContainerEntrypoint.")
    inputs = request.get("ProcessingInputs", [])
    outputs = request.get("ProcessingOutputConfig", {}).get("Outputs", [])
    names = [place["InputName"] for place in inputs], [place["OutputName"] for place in outputs]
    if any(len(set(group)) < len(group) for group in names):
        raise validation_exception("Names of inputs and of outputs must be unique.")
    sources = [place.get("S3Input") for place in inputs]
    places = [*sources, *(place.get("S3Output") for place in outputs)]
    if not all(places):
        raise validation_exception("The local SageMaker copies from and to S3 only.")
    for source in sources:
        mode, packing = source.get("S3InputMode", "File"), source.get("S3CompressionType", "None")
        if (mode, packing) != ("File", "None"):
            raise validation_exception(
                "The local SageMaker reads inputs in File mode with S3CompressionType None."
            )
    for place in places:
        path = f"{place.get('LocalPath', '').rstrip('/')}/"
        if not path.startswith(_ROOT) or "/../" in path:
            raise validation_exception(f"LocalPath must lie below {_ROOT}, got {path}")
