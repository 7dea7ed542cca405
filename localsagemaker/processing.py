"""Processing jobs, and what AWS refuses of them."""

from typing import Any

from localsagemaker.errors import ApiError, validation_exception
from localsagemaker.jobs import Jobs
from localsagemaker.processing_run import KIND, ProcessingRun

_ROOT = "/opt/ml/processing/"


class ProcessingJobs(Jobs[ProcessingRun]):
    """The account's processing jobs."""

    kind, member, folder = KIND, "ProcessingJob", "processing-jobs"
    copied = (
        "ProcessingInputs", "ProcessingOutputConfig", "ProcessingJobName", "ProcessingResources",
        "StoppingCondition", "AppSpecification", "Environment", "NetworkConfig", "RoleArn",
        "ExperimentConfig",
    )  # fmt: skip
    summary = (
        "ProcessingJobName", "ProcessingJobArn", "CreationTime", "ProcessingEndTime",
        "LastModifiedTime", "ProcessingJobStatus", "FailureReason", "ExitMessage",
    )  # fmt: skip
    end = "ProcessingEndTime"
    taken = "Job name must be unique within an AWS account and region, and a job with this name"

    def check(self, request: dict[str, Any]) -> None:
        """Refuse what AWS refuses, and what does not run here; raise `ApiError`."""
        _refuse_what_runs_nowhere_here(request)
        self._client(request["RoleArn"])

    def _new_run(self, request: dict[str, Any]) -> ProcessingRun:
        return ProcessingRun(self._context, request)

    def _missing(self, name: str) -> ApiError:
        return validation_exception(f"Could not find requested job with name: {name}")


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
