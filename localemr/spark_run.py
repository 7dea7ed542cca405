"""One job run: files fetched, ``spark-submit`` under a time limit, and how it ended."""

import math
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from localemr.account import Account
from localemr.submission import Submission, java_home, spark_home
from localemr.workers import excess, usage, workers_of
from localsagemaker import s3
from localsagemaker.child import Child
from localsagemaker.job_run import INTERNAL, JobError, JobRun
from localsagemaker.store import now

KIND: Final = "job-run"
_GRACE_SECONDS = 5.0
_DETAILS = 256  # signs of a job run's stateDetails
# With the last exceptions of the driver, which may quote data: who passes them on must know.
_FAILED = (
    "Job failed, please check complete logs in configured logging destination. ExitCode: {code}. "
    "Last few exceptions: {exceptions}"
)
_OVER_CAPACITY = (
    "Job failed, ApplicationMaxCapacityExceededException: Worker could not be allocated as the "
    "application has exceeded maximumCapacity settings: [{excess}]"
)
_STATES = {"Completed": "SUCCESS", "Failed": "FAILED", "Stopped": "CANCELLED"}
_PASSED = ("PATH", "HOME", "LANG", "TMPDIR", "AWS_CA_BUNDLE", "AWS_ENDPOINT_URL")


class SparkRun(JobRun):
    """A job run's run.

    Parameters
    ----------
    maximum
        The application's maximum capacity.
    """

    def __init__(
        self,
        account: Account,
        record: Mapping[str, Any],
        submission: Submission,
        maximum: Mapping[str, str],
    ) -> None:
        # Faults name job runs by the name that they were given, as their numbers are chance.
        super().__init__(account, KIND, record["jobRunId"])
        self._fault = account.faults.for_resource(KIND, record.get("name", record["jobRunId"]))
        self._account, self._record, self._submission = account, record, submission
        self._maximum = maximum
        self._folder = Path(account.root, "job-runs", record["jobRunId"])
        self._workers = workers_of(submission.properties)
        self._started: float | None = None
        self._last: list[str] = []

    @property
    def log_path(self) -> Path:
        """The file with what the driver has written."""
        return self._folder / "driver.log"

    def enter_stopping(self) -> None:
        """Record that the job run is about to be cancelled."""
        self._enter("CANCELLING")

    def _enter(self, state: str, details: str = "", **members: Any) -> None:
        details = details[:_DETAILS] or state  # by the API's model never empty
        self._change(state=state, stateDetails=details, updatedAt=now(), **members)

    def _end_with(self, status: str, members: dict[str, Any]) -> None:
        seconds = time.monotonic() - self._started if self._started is not None else 0.0
        used = usage(self._workers, seconds) if self._started is not None else {}
        self._enter(_STATES[status], members.get("FailureReason", ""), endedAt=now(), **used)

    def _report(self, error: Exception) -> None:
        self._write(f"local service: {type(error).__name__}: {error}")

    def _clean_up(self) -> None:
        shutil.rmtree(self._folder / "work", ignore_errors=True)

    def _carry_out(self) -> str:
        self._enter("SCHEDULED")
        over = excess(self._workers, self._maximum)
        if over:
            raise JobError(_OVER_CAPACITY.format(excess=over))
        work = self._folder / "work"
        work.mkdir(parents=True)
        client = self._account.s3_for_role(self._record["executionRole"])
        try:
            command = self._submission.prepare(
                work, lambda uri, target: s3.download(client, uri, target)
            )
        except s3.TransferError as error:
            raise JobError(f"Job failed, failed to fetch its files: {error}") from error
        if self._stop.is_set():
            return "Stopped"
        self._started = time.monotonic()
        self._enter("RUNNING", startedAt=now())
        return self._submit(command, work)

    def _submit(self, command: list[str], work: Path) -> str:
        child = Child(
            command, folder=work, environment=self._environment(work), on_line=self._write
        )
        limit = self._limit()
        try:
            while (code := child.wait(0.05)) is None:
                if self._stop.is_set() or time.monotonic() > limit:
                    self.enter_stopping()
                    self._end(child)
                    return "Stopped"
        finally:
            child.kill()
        if code:
            raise JobError(_FAILED.format(code=code, exceptions=" ".join(self._last)))
        return "Completed"

    def _end(self, child: Child) -> None:
        child.terminate()
        deadline = time.monotonic() + _GRACE_SECONDS
        while child.wait(0.05) is None:
            if self._abandon.is_set() or time.monotonic() > deadline:
                child.kill()

    def _limit(self) -> float:
        minutes = self._record.get("executionTimeoutMinutes", 0)
        seconds = minutes * self._account.minute_seconds if minutes else math.inf
        return time.monotonic() + seconds

    def _environment(self, folder: Path) -> dict[str, str]:
        here = {name: os.environ[name] for name in _PASSED if name in os.environ}
        java = java_home()
        own = {
            "SPARK_HOME": str(spark_home()),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYTHONUNBUFFERED": "1",
            "AWS_REGION": self._account.region,
            "AWS_DEFAULT_REGION": self._account.region,
        }
        credentials = self._account.role_credentials
        role = credentials.variables(self._record["executionRole"]) if credentials else {}
        java_given = {"JAVA_HOME": java} if java else {}
        return here | own | java_given | role | self._submission.environment(folder)

    def _write(self, line: str) -> None:
        if "Error" in line or "Exception" in line:
            self._last = [*self._last[-1:], line.strip()]
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def interrupted() -> dict[str, Any]:
    """Return what the record of a job run gets whose process died with the service."""
    return {"state": "FAILED", "stateDetails": INTERNAL, "endedAt": now(), "updatedAt": now()}
