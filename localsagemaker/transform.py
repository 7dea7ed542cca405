"""Transform jobs, and what AWS refuses of them."""

from typing import Any

from localsagemaker.context import Context
from localsagemaker.errors import ApiError, validation_exception
from localsagemaker.jobs import Jobs
from localsagemaker.models import Declarations
from localsagemaker.store import Record
from localsagemaker.transform_request import check, with_defaults
from localsagemaker.transform_run import KIND, TransformRun


class TransformJobs(Jobs[TransformRun]):
    """The account's transform jobs.

    Parameters
    ----------
    models
        The models that they may name.
    """

    kind, member, folder, order = KIND, "TransformJob", "transform-jobs", "Descending"
    copied = (
        "TransformJobName", "ModelName", "MaxConcurrentTransforms", "ModelClientConfig",
        "MaxPayloadInMB", "BatchStrategy", "Environment", "TransformResources", "ExperimentConfig",
    )  # fmt: skip
    summary = (
        "TransformJobName", "TransformJobArn", "CreationTime", "TransformEndTime",
        "LastModifiedTime", "TransformJobStatus", "FailureReason",
    )  # fmt: skip
    end = "TransformEndTime"
    taken = "Job name must be unique within an AWS account and region, and a job with this name"

    def __init__(self, context: Context, models: Declarations) -> None:
        super().__init__(context)
        self._models = models

    def check(self, request: dict[str, Any]) -> None:
        """Refuse what AWS refuses, and what does not run here; raise `ApiError`."""
        check(request)
        role = self._models.runnable(request["ModelName"]).get("ExecutionRoleArn", "")
        source = request["TransformInput"]["DataSource"]["S3DataSource"]
        self._require_objects(self._client(role), source["S3Uri"], role)

    def describe(self, request: dict[str, Any]) -> dict[str, Any]:
        """Describe a job; when it was last modified only List answers."""
        record = super().describe(request)
        record.pop("LastModifiedTime")
        return record

    def _members(self, request: dict[str, Any]) -> Record:
        return with_defaults(request)

    def _new_run(self, request: dict[str, Any]) -> TransformRun:
        model = self._models.runnable(request["ModelName"])
        return TransformRun(self._context, request, model)

    def _missing(self, name: str) -> ApiError:
        return validation_exception(f"Could not find requested job with name: {name}")
