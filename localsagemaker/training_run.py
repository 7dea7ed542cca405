"""One training job, run: download, script, upload, and how it ended."""

import math
import os
import re
import shutil
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path
from typing import Any

from localsagemaker import container, s3
from localsagemaker.container import Layout
from localsagemaker.context import MAX_FAILURE_REASON, Context
from localsagemaker.faults import ResourceFault
from localsagemaker.job_run import ContainerRun, JobError
from localsagemaker.store import now
from localsagemaker.training_record import KIND, Progress, artifact_uri
from localsagemaker.uploads import checkpoints

_DEFAULT_MAX_RUNTIME = 86_400
_INSTALL_SECONDS = 600
_LOG_GROUP = "/aws/sagemaker/TrainingJobs"


class TrainingRun(ContainerRun):
    """A training job's run."""

    def __init__(self, context: Context, request: dict[str, Any]) -> None:
        self._request = request
        name: str = request["TrainingJobName"]
        folder = context.root / "jobs" / name.lower()
        super().__init__(context, KIND, name, folder=folder, log_group=_LOG_GROUP)
        self._progress = Progress(context, name)
        self._layout = Layout(folder / "opt" / "ml")
        self._spot = Spot(request, self._fault)
        algorithm = request["AlgorithmSpecification"]
        self.metrics = MetricReader(algorithm.get("MetricDefinitions", []))

    def enter_stopping(self) -> None:
        """Record that the job is about to be stopped."""
        if self._progress.record["TrainingJobStatus"] != "Stopping":
            self._progress.enter("Stopping")

    def _end_with(self, status: str, members: dict[str, Any]) -> None:
        self._progress.enter(status, **members, **self.metrics.members())

    def _carry_out(self) -> str:
        """Return the secondary status that the job ends with."""
        started = time.monotonic()
        while (ended := self._run_on_a_machine(started)) == "Interrupted":
            shutil.rmtree(self._layout.base)  # all that was on the machine
            self._progress.enter("Interrupted")
            if gave_up := self._spot.replace(self._stop):
                return gave_up
            self._progress.enter("Starting")
        return ended

    def _run_on_a_machine(self, started: float) -> str:
        self._progress.enter("Downloading")
        self._layout.create()
        self._download()
        ended = "Completed"
        if not self._stop.is_set():
            self._progress.enter("Training")
            ended = self._train(started)
        if ended == "Interrupted":
            return ended
        self._upload()
        return "Stopped" if self._stop.is_set() else ended

    def _download(self) -> None:
        client = self._context.s3_for_role(self._request["RoleArn"])
        container.write_configuration(self._layout, self._request)
        try:
            for channel in self._request.get("InputDataConfig", []):
                source = channel["DataSource"]["S3DataSource"]["S3Uri"]
                s3.download_prefix(client, source, self._layout.data / channel["ChannelName"])
        except s3.TransferError as error:
            raise JobError(f"ClientError: Data download failed:{error}") from error

    def _fetch_code(self, decoded: dict[str, Any]) -> None:
        """Do what the toolkit does first; it runs inside the job, so its errors are the job's."""
        uri = str(decoded.get("sagemaker_submit_directory", ""))
        if not decoded.get("sagemaker_program") or not uri:
            raise JobError(
                "AlgorithmError: Framework Error: \nsagemaker_program and "
                "sagemaker_submit_directory are needed, exit code: 1"
            )
        try:
            s3.unpack(self._code_archive(uri), self._layout.code)
        except (s3.TransferError, tarfile.TarError, OSError) as error:
            text = f"AlgorithmError: Framework Error: \n{type(error).__name__}: {error}"
            raise JobError(f"{text}, exit code: 1") from error
        if not self._request.get("EnableNetworkIsolation"):
            self._install_requirements()

    def _code_archive(self, uri: str) -> Path:
        """Return the archive: from S3, or from a channel, as isolated containers need it."""
        if not uri.startswith("s3://"):
            path = Path(os.path.normpath(uri))
            if not path.is_relative_to("/opt/ml"):
                raise FileNotFoundError(f"{uri} is not in the container")
            return self._layout.base / path.relative_to("/opt/ml")
        if self._request.get("EnableNetworkIsolation"):
            raise s3.TransferError(f"{uri} can't be reached under network isolation")
        archive: Path = self._folder / "transfer" / "sourcedir.tar.gz"
        s3.download(self._context.s3_for_role(self._request["RoleArn"]), uri, archive)
        return archive

    def _install_requirements(self) -> None:
        """Install requirements.txt next to the code, not into the environment the service uses."""
        if not (self._layout.code / "requirements.txt").exists():
            return
        command = [sys.executable, "-m", "pip", "install", "-q", "--target", str(self._layout.code)]
        result = subprocess.run(
            [*command, "-r", "requirements.txt"],
            cwd=self._layout.code,
            capture_output=True,
            text=True,
            check=False,
            timeout=_INSTALL_SECONDS,
        )
        for line in (result.stdout + result.stderr).splitlines():
            self.log.write(line)
        if result.returncode:
            raise _script_failure("InstallRequirementsError", result.returncode, command)

    def _train(self, started: float) -> str:
        """Run the script; return the secondary status it leads to."""
        decoded = container.decode(self._request.get("HyperParameters", {}))
        self._fetch_code(decoded)
        command = container.command(self._layout, decoded)
        environment = container.environment(
            self._layout,
            self._request,
            arn=self._arn,
            region=self._context.region,
        )
        condition = self._request.get("StoppingCondition", {})
        limit = started + condition.get("MaxRuntimeInSeconds", _DEFAULT_MAX_RUNTIME)
        client = self._context.s3_for_role(self._request["RoleArn"])
        try:
            with checkpoints(client, self._layout.base, self._request):
                self._spot.begin()
                ended = self._execute(command, self._layout.code, environment, limit)
        except s3.TransferError as error:
            raise JobError(f"ClientError: Checkpoint download failed:{error}") from error
        if isinstance(ended, str):
            return ended
        if ended:
            self._fail(ended, command)
        return "Completed"

    def _fail(self, code: int, command: list[str]) -> None:
        self._upload_output_data()
        self._progress.enter("Uploading")
        failure = self._layout.output / "failure"
        if failure.is_file():
            text = failure.read_bytes()[: 4 * MAX_FAILURE_REASON].decode("utf-8", "replace")
            raise _algorithm_error(text)
        # The toolkit turns a signal into a negative exit code.
        raise _script_failure("ExecuteUserScriptError", code if code < 128 else 128 - code, command)

    def _machine_is_gone(self) -> bool:
        return self._spot.is_gone()

    def _on_line(self, line: str) -> None:
        super()._on_line(line)
        self.metrics.read(line)

    def _upload(self) -> None:
        if self._abandon.is_set():
            return
        self._progress.enter("Uploading")
        self._send(self._layout.model, "model.tar.gz")
        self._upload_output_data()

    def _upload_output_data(self) -> None:
        if any(self._layout.output_data.iterdir()):
            self._send(self._layout.output_data, "output.tar.gz")

    def _send(self, folder: Path, name: str) -> None:
        archive = self._folder / "transfer" / name
        archive.parent.mkdir(exist_ok=True)
        s3.pack(folder, archive)
        try:
            s3.upload(
                self._context.s3_for_role(self._request["RoleArn"]),
                archive,
                artifact_uri(self._request, name),
                self._request["OutputDataConfig"].get("KmsKeyId") or None,
            )
        except s3.TransferError as error:
            raise JobError(f"ClientError: Artifact upload failed:{error}") from error


def _script_failure(kind: str, code: int, command: list[str]) -> JobError:
    text = f'{kind}:\nExitCode {code}\nErrorMessage ""\nCommand "{" ".join(command)}"'
    return _algorithm_error(text)


def _algorithm_error(text: str) -> JobError:
    """Return the reason; the container, unlike its script, always ends with exit code 1."""
    prefix, suffix = "AlgorithmError: ", ", exit code: 1"
    return JobError(prefix + text[: MAX_FAILURE_REASON - len(prefix) - len(suffix)] + suffix)


class Spot:
    """The spot machine of one job: when it goes, as a fault plan says, and whether another comes.

    By the developer guide ("Managed Spot Training") the job is ``Interrupted``, waits for another
    machine up to ``MaxWaitTimeInSeconds`` in all, and begins again there, from its checkpoints.

    Parameters
    ----------
    request
        Of CreateTrainingJob; without EnableManagedSpotTraining the machine stays.
    """

    def __init__(self, request: dict[str, Any], fault: ResourceFault | None) -> None:
        planned = fault is not None and fault.outcome == "Interrupted"
        self._fault = fault if planned and request.get("EnableManagedSpotTraining") else None
        condition = request.get("StoppingCondition", {})
        self._wait_until = time.monotonic() + condition.get("MaxWaitTimeInSeconds", 0)
        self._goes_at = float("inf")

    def begin(self) -> None:
        """Note that the script runs."""
        if self._fault:
            self._goes_at = time.monotonic() + (self._fault.seconds or 0.0)

    def is_gone(self) -> bool:
        """Say whether the machine was taken away."""
        return time.monotonic() >= self._goes_at

    def replace(self, stop: threading.Event) -> str | None:
        """Wait for another machine, which stays; or return the status the job ends with."""
        away = self._fault.away_seconds if self._fault else None
        self._fault, self._goes_at = None, float("inf")
        if away is None or time.monotonic() + away > self._wait_until:
            return "MaxWaitTimeExceeded"
        return "Stopped" if stop.wait(away) else None


class MetricReader:
    """Keeps each metric's values; ``FinalMetricDataList`` is the last ones."""

    def __init__(self, definitions: list[dict[str, str]]) -> None:
        self._patterns = [(entry["Name"], re.compile(entry["Regex"])) for entry in definitions]
        self._last: dict[str, dict[str, Any]] = {}
        self._values: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def read(self, line: str) -> None:
        """Take the metrics of one line."""
        for name, pattern in self._patterns:
            for found in pattern.finditer(line):
                value = _number(found)
                if value is not None:
                    with self._lock:
                        self._last[name] = {"MetricName": name, "Value": value, "Timestamp": now()}
                        self._values.setdefault(name, []).append(value)

    def values(self, name: str) -> list[float]:
        """Return a metric's values so far, in the order of the log."""
        with self._lock:
            return list(self._values.get(name, []))

    def members(self) -> dict[str, Any]:
        """Return the record's members: empty if no metric was seen."""
        with self._lock:
            return {"FinalMetricDataList": list(self._last.values())} if self._last else {}


def _number(found: re.Match[str]) -> float | None:
    try:
        value = float(found[1] if found.re.groups else found[0])
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None
