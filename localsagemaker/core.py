"""The service: operations by name, and requests to endpoints."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from localsagemaker import invocation
from localsagemaker.context import Context, Limits, LogSink, S3Client
from localsagemaker.endpoints import Endpoints
from localsagemaker.errors import ApiError
from localsagemaker.faults import FaultPlan
from localsagemaker.image import Image
from localsagemaker.invocation import InvokeResult
from localsagemaker.jobs import Jobs
from localsagemaker.model_packages import ModelPackageGroups, ModelPackages
from localsagemaker.models import CONFIG, MODEL, Declarations
from localsagemaker.processing import ProcessingJobs
from localsagemaker.role_credentials import RoleCredentials
from localsagemaker.store import Store
from localsagemaker.tags import Tags
from localsagemaker.training import TrainingJobs
from localsagemaker.transform import TransformJobs
from localsagemaker.tuning import TuningJobs
from localsagemaker.validation import service_model, validate

Operation = Callable[[dict[str, Any]], dict[str, Any]]


class LocalSageMaker:
    """SageMaker for one account and region.

    Safe to use from several threads.

    Parameters
    ----------
    root
        Folder for state, jobs and endpoints.
    s3_for_role
        Returns an S3 client with a role's permissions; raises PermissionError when SageMaker may
        not assume the role.
    faults
        What shall go wrong.
    limits
        Time limits; AWS's by default, but for the health check.
    on_log
        Called with log group, log stream and line.
    alarm_states
        Returns the states of CloudWatch's alarms by name, of those that are there; without it no
        deployment is taken back.
    image
        Loads what AWS's image has once for all containers, not once for each.
    role_credentials
        Gives containers that are not isolated their role's credentials; without it they have none.
    """

    def __init__(  # noqa: PLR0913 (a constructor with named settings)
        self,
        root: Path,
        s3_for_role: Callable[[str], S3Client],
        *,
        account: str,
        region: str,
        faults: FaultPlan | None = None,
        limits: Limits | None = None,
        on_log: LogSink | None = None,
        image: Image | None = None,
        alarm_states: Callable[[list[str]], dict[str, str]] | None = None,
        role_credentials: RoleCredentials | None = None,
    ) -> None:
        root = Path(root).resolve()
        self._context = Context(
            root,
            account,
            region,
            s3_for_role,
            Store(root / "state"),
            limits or Limits(),
            faults or FaultPlan(),
            on_log,
            image,
            alarm_states,
            role_credentials,
        )
        self._jobs = TrainingJobs(self._context)
        self._tuning_jobs = TuningJobs(self._context, self._jobs)
        self._processing = ProcessingJobs(self._context)
        groups = ModelPackageGroups(self._context)
        packages = ModelPackages(self._context, groups)
        models = Declarations(self._context, MODEL, packages)
        configs = Declarations(self._context, CONFIG, packages)
        self._endpoints = Endpoints(self._context, models, configs)
        self._transforms = TransformJobs(self._context, models)
        tags = Tags(self._context)
        self._operations: dict[str, Operation] = {
            "ListTrainingJobsForHyperParameterTuningJob": self._tuning_jobs.list_training_jobs,
            "UpdateEndpointWeightsAndCapacities": self._endpoints.update_counts,
            "AddTags": tags.add,
            "ListTags": tags.list,
            "DeleteTags": tags.delete,
        }
        known = service_model("sagemaker").operation_names
        for member, resources in (
            ("TrainingJob", self._jobs),
            ("ProcessingJob", self._processing),
            ("TransformJob", self._transforms),
            ("HyperParameterTuningJob", self._tuning_jobs),
            ("Model", models),
            ("ModelPackage", packages),
            ("ModelPackageGroup", groups),
            ("EndpointConfig", configs),
            ("Endpoint", self._endpoints),
        ):
            self._operations[f"List{member}s"] = resources.list
            for verb in ("create", "describe", "update", "stop", "delete"):
                operation = f"{verb.capitalize()}{member}"
                if hasattr(resources, verb) and operation in known:
                    self._operations[operation] = getattr(resources, verb)

    @property
    def operations(self) -> frozenset[str]:
        """The operations that are built."""
        return frozenset(self._operations)

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Carry out one operation of the ``sagemaker`` API.

        Parameters
        ----------
        operation
            Its name, for example ``CreateTrainingJob``.
        parameters
            The request's members, named as in AWS's API reference.

        Returns
        -------
        dict
            The response's members; times are aware datetimes.

        Raises
        ------
        ApiError
        """
        model = service_model("sagemaker")
        if operation not in model.operation_names:
            raise ApiError("UnknownOperationException", f"Unknown operation {operation}")
        if operation not in self._operations:
            raise ApiError("NotImplemented", f"The local SageMaker has no {operation}", 501)
        request = validate(model.operation_model(operation), parameters)
        self._context.faults.check_call(operation, request)
        return self._operations[operation](request)

    def scale(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Carry out one operation of the ``application-autoscaling`` API.

        Raises
        ------
        ApiError
        """
        return self._endpoints.scaling.call(operation, parameters)

    def invoke_endpoint(
        self,
        name: str,
        body: bytes,
        content_type: str | None = None,
        accept: str | None = None,
        **headers: str,
    ) -> InvokeResult:
        """Send a request to an endpoint (InvokeEndpoint of ``sagemaker-runtime``).

        Parameters
        ----------
        headers
            Further request headers by their wire names, passed as ``**{"X-Amzn-…": "…"}``.

        Raises
        ------
        ApiError
        """
        self._context.faults.check_call("InvokeEndpoint", {"EndpointName": name})
        given = {"Content-Type": content_type, "Accept": accept}
        sent = headers | {key: value for key, value in given.items() if value}
        return invocation.invoke(self._context, self._endpoints, name, body, sent)

    def tagged(self) -> list[tuple[str, dict[str, str]]]:
        """Return the ARNs of all resources that have tags, with these."""
        return self._context.store.tagged()

    def training_log(self, name: str) -> Path:
        """Return the file with a training job's log lines."""
        return self._jobs.log_path(name)

    def processing_log(self, name: str) -> Path:
        """Return the file with a processing job's log lines."""
        return self._processing.log_path(name)

    def transform_log(self, name: str) -> Path:
        """Return the file with a transform job's log lines, its container's and its own."""
        return self._transforms.log_path(name)

    def recover(self) -> None:
        """Recover after the process died: its jobs have failed, its endpoints start again.

        Endpoints fetch their models, so S3 must answer by now.
        """
        for jobs in self._all_jobs():
            jobs.fail_interrupted()
        self._endpoints.recover()

    def close(self) -> None:
        """End every job and endpoint; no process is left."""
        for jobs in self._all_jobs():
            jobs.close()
        self._endpoints.close()
        if self._context.role_credentials:
            self._context.role_credentials.close()

    def _all_jobs(self) -> tuple[Jobs[Any], ...]:
        return self._tuning_jobs, self._jobs, self._processing, self._transforms
