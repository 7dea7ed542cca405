"""A training job's record: what DescribeTrainingJob answers, through its statuses."""

from typing import Any, Final

from localsagemaker.context import Context
from localsagemaker.store import Record, now

KIND: Final = "training-job"
_MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Interrupted": "Interrupted",
    "Uploading": "Uploading generated training model",
    "Stopping": "Stopping the training job",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "MaxWaitTimeExceeded": "Training job wait time exceeded MaxWaitTimeInSeconds provided",
}
_STATUS = {
    "Completed": "Completed",
    "Failed": "Failed",
    "Stopped": "Stopped",
    "MaxRuntimeExceeded": "Stopped",
    "MaxWaitTimeExceeded": "Stopped",
}
COPIED = (
    "TrainingJobName", "HyperParameters", "AlgorithmSpecification", "RoleArn", "InputDataConfig",
    "OutputDataConfig", "ResourceConfig", "VpcConfig", "StoppingCondition", "CheckpointConfig",
    "DebugHookConfig", "ExperimentConfig", "DebugRuleConfigurations", "TensorBoardOutputConfig",
    "ProfilerConfig", "ProfilerRuleConfigurations", "Environment", "RetryStrategy",
    "RemoteDebugConfig", "InfraCheckConfig",
)  # fmt: skip
_SWITCHES = (
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
)


def artifact_uri(request: dict[str, Any], name: str) -> str:
    """Return where an archive of the job's output goes."""
    prefix = request["OutputDataConfig"]["S3OutputPath"].rstrip("/")
    return f"{prefix}/{request['TrainingJobName']}/output/{name}"


def new_members(request: dict[str, Any]) -> Record:
    """Return what the record of a job that was just accepted has of its own."""
    starting = {"Status": "Starting", "StartTime": now(), "StatusMessage": _MESSAGES["Starting"]}
    return {name: request.get(name, False) for name in _SWITCHES} | {
        "ModelArtifacts": {"S3ModelArtifacts": artifact_uri(request, "model.tar.gz")},
        "SecondaryStatus": "Starting",
        "SecondaryStatusTransitions": [starting],
    }


class Progress:
    """Moves one job's record on."""

    def __init__(self, context: Context, name: str) -> None:
        self._context, self._name = context, name

    @property
    def record(self) -> Record:
        """A copy of the record as it is."""
        return self._context.store.get(KIND, self._name) or {}

    def enter(self, secondary: str, **members: Any) -> None:
        """Enter a secondary status; the primary one follows from it."""

        def change(record: Record) -> None:
            time = now()
            transitions = record["SecondaryStatusTransitions"]
            transitions[-1]["EndTime"] = time
            transitions.append(
                {
                    "Status": secondary,
                    "StartTime": time,
                    "StatusMessage": _MESSAGES[secondary],
                }
            )
            record["SecondaryStatus"] = secondary
            if secondary == "Stopping":
                record["TrainingJobStatus"] = "Stopping"
            if secondary == "Downloading":
                record.setdefault("TrainingStartTime", time)
            if secondary in _STATUS:
                transitions[-1]["EndTime"] = time
                _close(record, secondary)
            record.update(members)

        self._context.store.change(KIND, self._name, change)


def _close(record: Record, secondary: str) -> None:
    time = now()
    record["TrainingJobStatus"] = _STATUS[secondary]
    record["TrainingEndTime"] = time
    if "TrainingStartTime" in record:
        seconds = max(1, round((time - record["TrainingStartTime"]).total_seconds()))
        record["TrainingTimeInSeconds"] = seconds
        # Of one instance, by the API reference; none is paid for while there is none.
        record["BillableTimeInSeconds"] = max(1, seconds - round(_idle(record)))


def _idle(record: Record) -> float:
    """Return the seconds from each interruption to the next download."""
    seconds, since = 0.0, None
    for transition in record["SecondaryStatusTransitions"]:
        if transition["Status"] == "Interrupted":
            since = transition["StartTime"]
        elif since and transition["Status"] != "Starting":
            seconds += (transition["StartTime"] - since).total_seconds()
            since = None
    return seconds
