"""The service: its operations by name."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from localemr.account import Account, not_there
from localemr.applications import Applications
from localemr.job_runs import JobRuns
from localsagemaker.context import S3Client
from localsagemaker.errors import ApiError
from localsagemaker.faults import FaultPlan
from localsagemaker.role_credentials import RoleCredentials
from localsagemaker.store import Store
from localsagemaker.validation import service_model, validate

Operation = Callable[[dict[str, Any]], dict[str, Any]]
SERVICE = "emr-serverless"


class LocalEmrServerless:
    """EMR Serverless for one account and region.

    Safe to use from several threads.

    Parameters
    ----------
    root
        Folder for state and job runs.
    s3_for_role
        Returns an S3 client with a role's permissions; raises PermissionError when EMR Serverless
        may not assume the role.
    faults
        What shall go wrong.
    role_credentials
        Gives job runs their role's credentials; without it they have none.
    minute_seconds
        How long a minute of a time limit takes: tests shorten it.
    """

    def __init__(  # noqa: PLR0913 (a constructor with named settings)
        self,
        root: Path,
        s3_for_role: Callable[[str], S3Client],
        *,
        account: str,
        region: str,
        faults: FaultPlan | None = None,
        role_credentials: RoleCredentials | None = None,
        minute_seconds: float = 60.0,
    ) -> None:
        root = Path(root).resolve()
        self._account = Account(
            root,
            account,
            region,
            s3_for_role,
            Store(root / "state"),
            faults or FaultPlan(),
            role_credentials,
            minute_seconds,
        )
        applications = Applications(self._account)
        self._runs = JobRuns(self._account, applications)
        self._operations: dict[str, Operation] = {
            "CreateApplication": applications.create,
            "GetApplication": applications.get,
            "ListApplications": applications.list,
            "UpdateApplication": applications.update,
            "StartApplication": applications.start,
            "StopApplication": applications.stop,
            "DeleteApplication": applications.delete,
            "StartJobRun": self._runs.start,
            "GetJobRun": self._runs.get,
            "ListJobRuns": self._runs.list,
            "CancelJobRun": self._runs.cancel,
            "ListTagsForResource": self._list_tags,
        }

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Carry out one operation.

        Parameters
        ----------
        operation
            Its name, for example ``StartJobRun``.
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
        model = service_model(SERVICE)
        if operation not in model.operation_names:
            raise ApiError("UnknownOperationException", f"Unknown operation {operation}", 404)
        if operation not in self._operations:
            raise ApiError("NotImplemented", f"The local EMR Serverless has no {operation}", 501)
        request = validate(model.operation_model(operation), parameters)
        self._account.faults.check_call(operation, request)
        return self._operations[operation](request)

    def _list_tags(self, request: dict[str, Any]) -> dict[str, Any]:
        arn = request["resourceArn"]
        if arn not in dict(self._account.store.tagged()):
            raise not_there("Resource", arn)
        return {"tags": self._account.store.tags(arn)}

    def tagged(self) -> list[tuple[str, dict[str, str]]]:
        """Return the ARNs of all resources that have tags, with these."""
        return self._account.store.tagged()

    def driver_log(self, job_run_id: str) -> Path:
        """Return the file with what a job run's driver has written."""
        return self._runs.log_path(job_run_id)

    def recover(self) -> None:
        """End the job runs whose processes died with the service: they have failed."""
        self._runs.fail_interrupted()

    def close(self) -> None:
        """End every job run; no process is left."""
        self._runs.close()
        if self._account.role_credentials:
            self._account.role_credentials.close()
