"""What the API does with job runs: start, get, cancel, list."""

from pathlib import Path
from typing import Any

from localemr.account import Account, members_of, new_id, not_there, refused
from localemr.applications import ENDED, Applications
from localemr.spark_run import KIND, SparkRun, interrupted
from localemr.submission import Submission
from localemr.workers import workers_of
from localsagemaker.errors import ApiError
from localsagemaker.store import Record, now

_TIMEOUT_MINUTES = 720  # AWS's default; 0 is none
_CALLER = "arn:{partition}:iam::{number}:root"  # who calls is not known here


class JobRuns:
    """The account's job runs."""

    def __init__(self, account: Account, applications: Applications) -> None:
        self._account, self._applications = account, applications
        self._runs: dict[str, SparkRun] = {}

    def start(self, request: dict[str, Any]) -> dict[str, Any]:
        """StartJobRun; the same client token starts no second one."""
        with self._account.store.locked():
            record = self._of_token(request) or self._begin(request)
        return {name: record[name] for name in ("applicationId", "jobRunId", "arn")}

    def _begin(self, request: dict[str, Any]) -> Record:
        self._refuse_unbuilt(request)
        submission = Submission.of(request)
        workers_of(submission.properties)  # sizes that are none are refused
        self._refuse_role(request["executionRoleArn"])
        application = self._applications.use(request)
        record = self._record(request, application)
        self._account.store.put(KIND, record["jobRunId"], record)
        self._account.store.set_tags(record["arn"], record["tags"])
        run = SparkRun(self._account, record, submission, application.get("maximumCapacity", {}))
        self._runs[record["jobRunId"]] = run
        run.start()
        return record

    def _refuse_unbuilt(self, request: dict[str, Any]) -> None:
        monitoring = request.get("configurationOverrides", {}).get("monitoringConfiguration", {})
        if request.get("mode", "BATCH") != "BATCH" or request.get("retryPolicy"):
            raise ApiError("NotImplemented", "The local EMR Serverless runs batches, once", 501)
        if "s3MonitoringConfiguration" in monitoring:
            raise ApiError("NotImplemented", "The local EMR Serverless sends no logs to S3", 501)

    def _refuse_role(self, role: str) -> None:
        try:
            self._account.s3_for_role(role)
        except PermissionError:
            raise refused(
                f"Execution role {role} cannot be assumed. Check that it exists and trusts "
                "emr-serverless.amazonaws.com."
            ) from None

    def _record(self, request: dict[str, Any], application: Record) -> Record:
        identifier, time = new_id(), now()
        path = f"applications/{application['applicationId']}/jobruns/{identifier}"
        given = {
            name: request[name]
            for name in ("name", "jobDriver", "configurationOverrides", "clientToken")
            if name in request
        }
        return given | {
            "applicationId": application["applicationId"],
            "jobRunId": identifier,
            "arn": self._account.arn(path),
            "createdBy": _CALLER.format(
                partition=self._account.partition, number=self._account.number
            ),
            "createdAt": time,
            "updatedAt": time,
            "executionRole": request["executionRoleArn"],
            "state": "SUBMITTED",
            "stateDetails": "SUBMITTED",
            "releaseLabel": application["releaseLabel"],
            "executionTimeoutMinutes": request.get("executionTimeoutMinutes", _TIMEOUT_MINUTES),
            "mode": "BATCH",
            "attempt": 1,
            "tags": request.get("tags", {}),
        }

    def _of_token(self, request: dict[str, Any]) -> Record | None:
        wanted = request["applicationId"], request["clientToken"]
        known = self._account.store.all(KIND)
        return next((e for e in known if (e["applicationId"], e["clientToken"]) == wanted), None)

    def get(self, request: dict[str, Any]) -> dict[str, Any]:
        """GetJobRun."""
        return {"jobRun": members_of("JobRun", self._found(request))}

    def _found(self, request: dict[str, Any]) -> Record:
        self._applications.found(request)
        record = self._account.store.get(KIND, request["jobRunId"])
        if record is None or record["applicationId"] != request["applicationId"]:
            raise not_there("JobRun", request["jobRunId"])
        return record

    def cancel(self, request: dict[str, Any]) -> dict[str, Any]:
        """CancelJobRun; one that has ended is refused."""
        with self._account.store.locked():
            record = self._found(request)
            if record["state"] in ENDED:
                raise refused(f"Job run is in a terminal state: {record['state']}.")
            run = self._runs[record["jobRunId"]]
            run.enter_stopping()
            run.stop()
        return {name: record[name] for name in ("applicationId", "jobRunId")}

    def list(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListJobRuns, the newest first."""
        self._applications.found(request)
        wanted = request.get("states")
        records = [
            each
            for each in self._account.store.all(KIND)
            if each["applicationId"] == request["applicationId"]
            and (not wanted or each["state"] in wanted)
        ]
        records.sort(key=lambda each: each["createdAt"], reverse=True)
        return {
            "jobRuns": [
                members_of("JobRunSummary", each | {"id": each["jobRunId"], "type": "SPARK"})
                for each in records
            ]
        }

    def log_path(self, job_run_id: str) -> Path:
        """Return the file with what a job run's driver has written."""
        return self._account.root / "job-runs" / job_run_id / "driver.log"

    def fail_interrupted(self) -> None:
        """End the job runs whose processes died with the service."""
        for record in self._account.store.all(KIND):
            if record["state"] not in ENDED:
                self._account.store.change(
                    KIND, record["jobRunId"], lambda each: each.update(interrupted())
                )

    def close(self) -> None:
        """Kill every job run's processes."""
        runs = [*self._runs.values()]
        for run in runs:
            run.abandon()
        for run in runs:
            run.join()
