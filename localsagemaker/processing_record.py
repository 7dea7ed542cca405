"""A processing job's record: what DescribeProcessingJob answers, through its statuses."""

from typing import Any, Final

from localsagemaker.context import Context
from localsagemaker.store import Record, now

KIND: Final = "processing-job"
_COPIED = (
    "ProcessingInputs", "ProcessingOutputConfig", "ProcessingJobName", "ProcessingResources",
    "StoppingCondition", "AppSpecification", "Environment", "NetworkConfig", "RoleArn",
    "ExperimentConfig",
)  # fmt: skip


def new_record(context: Context, request: dict[str, Any]) -> Record:
    """Return the record of a job that was just accepted."""
    time = now()
    return {name: request[name] for name in _COPIED if name in request} | {
        "ProcessingJobArn": context.arn(KIND, request["ProcessingJobName"]),
        "ProcessingJobStatus": "InProgress",
        "CreationTime": time,
        "LastModifiedTime": time,
    }


class Progress:
    """Moves one job's record on."""

    def __init__(self, context: Context, name: str) -> None:
        self._context, self._name = context, name

    def begin(self) -> None:
        """Record that the container starts."""
        self._change(ProcessingStartTime=now())

    def stopping(self) -> None:
        """Record that the job is about to be stopped."""
        self._change(ProcessingJobStatus="Stopping")

    def close(self, status: str, **members: Any) -> None:
        """Record the job's end."""
        self._change(ProcessingJobStatus=status, ProcessingEndTime=now(), **members)

    def _change(self, **members: Any) -> None:
        self._context.store.change(KIND, self._name, lambda record: record.update(members))
