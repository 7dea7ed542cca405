"""One training job, run: download, script, upload, and how it ended."""

import os
import shutil
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path
from typing import Any

from localcloud.sagemaker import container, s3
from localcloud.sagemaker.child import Child
from localcloud.sagemaker.container import Layout
from localcloud.sagemaker.context import Context
from localcloud.sagemaker.faults import ResourceFault
from localcloud.sagemaker.limits import MAX_FAILURE_REASON
from localcloud.sagemaker.logs import Log
from localcloud.sagemaker.metrics import MetricReader
from localcloud.sagemaker.training_record import KIND, Progress, artifact_uri

_DEFAULT_MAX_RUNTIME = 86_400
_INSTALL_SECONDS = 600
_JOIN_SECONDS = 20
_INTERNAL = "InternalServerError: We encountered an internal error. Please try again."


class JobError(Exception):
    """The job failed; the text is its FailureReason."""


class TrainingRun:
    """The thread that carries a job through its statuses."""

    def __init__(self, context: Context, request: dict[str, Any]) -> None:
        self._context, self._request = context, request
        self._name: str = request["TrainingJobName"]
        self._progress = Progress(context, self._name)
        self._folder = context.root / "jobs" / self._name.lower()
        self._layout = Layout(self._folder / "opt" / "ml")
        stream = f"{self._name}/algo-1-{int(time.time())}"
        self.log = Log(context, "/aws/sagemaker/TrainingJobs", stream, self._folder / "log.txt")
        algorithm = request["AlgorithmSpecification"]
        self.metrics = MetricReader(algorithm.get("MetricDefinitions", []))
        self._stop, self._abandon = threading.Event(), threading.Event()
        self._fault = context.faults.for_resource("training-job", self._name)
        self._thread = threading.Thread(target=self._run, name=f"job {self._name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the job to end, as StopTrainingJob does."""
        self._stop.set()

    def abandon(self) -> None:
        """Kill the job's processes at once and wait for the thread."""
        self._abandon.set()
        self._stop.set()
        self._thread.join(_JOIN_SECONDS)

    def _run(self) -> None:
        members: dict[str, Any] = {}
        try:
            ended = self._follow(self._fault) if self._fault else self._carry_out()
        except JobError as error:
            ended, members = "Failed", {"FailureReason": str(error)[:MAX_FAILURE_REASON]}
        except Exception as error:  # noqa: BLE001 (a job must never be left in progress)
            self.log.write(f"local service: {type(error).__name__}: {error}")
            ended, members = "Failed", {"FailureReason": _INTERNAL}
        for folder in (self._folder / "opt", self._folder / "transfer"):
            shutil.rmtree(folder, ignore_errors=True)
        self._progress.enter(ended, **members, **self.metrics.members())

    def _follow(self, fault: ResourceFault) -> str:
        if fault.outcome == "stuck":
            self._stop.wait()
        if fault.outcome == "Failed":
            raise JobError(fault.reason)
        if self._progress.record["TrainingJobStatus"] != "Stopping":
            self._progress.enter("Stopping")
        return "Stopped"

    def _carry_out(self) -> str:
        """Return the secondary status that the job ends with."""
        self._progress.enter("Downloading")
        started = time.monotonic()
        self._layout.create()
        self._download()
        ended = "Completed"
        if not self._stop.is_set():
            self._progress.enter("Training")
            ended = self._train(started)
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
        """Install requirements.txt beside the code, not into the environment the service uses."""
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
        child = Child(
            command,
            folder=self._layout.code,
            environment=container.environment(
                self._layout,
                self._request,
                arn=self._context.arn(KIND, self._name),
                region=self._context.region,
            ),
            on_line=self._on_line,
        )
        try:
            return self._wait(child, command, started)
        finally:
            child.kill()

    def _wait(self, child: Child, command: list[str], started: float) -> str:
        condition = self._request.get("StoppingCondition", {})
        limit = started + condition.get("MaxRuntimeInSeconds", _DEFAULT_MAX_RUNTIME)
        while (code := child.wait(0.02)) is None:
            if self._stop.is_set():
                self._end(child)
                return "Stopped"
            if time.monotonic() > limit:
                self._progress.enter("Stopping")
                self._end(child)
                return "MaxRuntimeExceeded"
        if code:
            self._fail(code, command)
        return "Completed"

    def _end(self, child: Child) -> None:
        """SIGTERM, and SIGKILL once the time of grace is over."""
        child.terminate()
        deadline = time.monotonic() + self._context.limits.stop_grace_seconds
        while child.wait(0.02) is None:
            if self._abandon.is_set() or time.monotonic() > deadline:
                child.kill()

    def _fail(self, code: int, command: list[str]) -> None:
        self._upload_output_data()
        self._progress.enter("Uploading")
        failure = self._layout.output / "failure"
        if failure.is_file():
            text = failure.read_bytes()[: 4 * MAX_FAILURE_REASON].decode("utf-8", "replace")
            raise _algorithm_error(text)
        # The toolkit turns a signal into a negative exit code.
        raise _script_failure("ExecuteUserScriptError", code if code < 128 else 128 - code, command)

    def _on_line(self, line: str) -> None:
        self.log.write(line)
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
