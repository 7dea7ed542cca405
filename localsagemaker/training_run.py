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
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from localsagemaker import container, s3
from localsagemaker.context import MAX_FAILURE_REASON, Context
from localsagemaker.job_run import ContainerRun, JobError, Start
from localsagemaker.names import sitecustomize
from localsagemaker.store import now
from localsagemaker.training_hosts import Host, hosts_of, write_names
from localsagemaker.training_machines import Loss, Spot
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
        self._hosts = hosts_of(request, folder, self._arn)
        self._spot, self._loss = Spot(request, self._fault), Loss(len(self._hosts), self._fault)
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
            shutil.rmtree(self._folder / "opt")  # all that was on the machines
            self._progress.enter("Interrupted")
            if gave_up := self._spot.replace(self._stop):
                return gave_up
            self._progress.enter("Starting")
        return ended

    def _run_on_a_machine(self, started: float) -> str:
        self._progress.enter("Downloading")
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
        try:
            for host in self._hosts:
                host.download(client, self._request)
        except s3.TransferError as error:
            raise JobError(f"ClientError: Data download failed:{error}") from error

    def _fetch_code(self, host: Host, decoded: dict[str, Any]) -> None:
        """Do what the toolkit does first; it runs inside the job, so its errors are the job's."""
        uri = str(decoded.get("sagemaker_submit_directory", ""))
        if not decoded.get("sagemaker_program") or not uri:
            raise JobError(
                "AlgorithmError: Framework Error: \nsagemaker_program and "
                "sagemaker_submit_directory are needed, exit code: 1"
            )
        try:
            s3.unpack(self._code_archive(host, uri), host.layout.code)
        except (s3.TransferError, tarfile.TarError, OSError) as error:
            text = f"AlgorithmError: Framework Error: \n{type(error).__name__}: {error}"
            raise JobError(f"{text}, exit code: 1") from error
        if not self._request.get("EnableNetworkIsolation"):
            self._install_requirements(host.layout.code)

    def _code_archive(self, host: Host, uri: str) -> Path:
        """Return the archive: from S3, or from a channel, as isolated containers need it."""
        if not uri.startswith("s3://"):
            path = Path(os.path.normpath(uri))
            if not path.is_relative_to("/opt/ml"):
                raise FileNotFoundError(f"{uri} is not in the container")
            return host.layout.base / path.relative_to("/opt/ml")
        if self._request.get("EnableNetworkIsolation"):
            raise s3.TransferError(f"{uri} can't be reached under network isolation")
        archive: Path = self._folder / "transfer" / "sourcedir.tar.gz"
        s3.download(self._context.s3_for_role(self._request["RoleArn"]), uri, archive)
        return archive

    def _install_requirements(self, code: Path) -> None:
        """Install requirements.txt next to the code, not into the environment the service uses."""
        if not (code / "requirements.txt").exists():
            return
        command = [sys.executable, "-m", "pip", "install", "-q", "--target", str(code)]
        result = subprocess.run(
            [*command, "-r", "requirements.txt"],
            cwd=code,
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
        starts = [self._start_on(host) for host in self._hosts]
        condition = self._request.get("StoppingCondition", {})
        limit = started + condition.get("MaxRuntimeInSeconds", _DEFAULT_MAX_RUNTIME)
        client = self._context.s3_for_role(self._request["RoleArn"])
        try:
            with ExitStack() as kept:
                for host in self._hosts:
                    kept.enter_context(checkpoints(client, host.layout.base, self._request))
                self._spot.begin()
                self._loss.begin()
                ended = self._execute(starts, limit)
        except s3.TransferError as error:
            raise JobError(f"ClientError: Checkpoint download failed:{error}") from error
        if isinstance(ended, str):
            return ended
        if ended.code:
            self._fail(ended.code, self._hosts[ended.host], starts[ended.host].command)
        return "Completed"

    def _start_on(self, host: Host) -> Start:
        """Return what runs on a host once its code is there."""
        decoded = container.decode(self._request.get("HyperParameters", {}))
        self._fetch_code(host, decoded)
        environment = container.environment(
            host.layout, self._request, arn=self._arn, region=self._context.region
        )
        if len(self._hosts) > 1:
            names = write_names(self._hosts, self._folder / "opt" / "hosts")
            environment[sitecustomize.VARIABLE] = str(names)
            environment["PYTHONPATH"] += f":{Path(sitecustomize.__file__).parent}"
        command = container.command(host.layout, decoded)
        return Start(command, host.layout.code, environment, self._reader(host))

    def _reader(self, host: Host) -> Callable[[str], None]:
        """Return what takes the lines that a host's script writes."""
        log = self._log(host.name)

        def take(line: str) -> None:
            log.write(line)
            self.metrics.read(line)

        return take

    def _fail(self, code: int, host: Host, command: Sequence[str]) -> None:
        self._upload_output_data()
        self._progress.enter("Uploading")
        failure = host.layout.output / "failure"
        if failure.is_file():
            text = failure.read_bytes()[: 4 * MAX_FAILURE_REASON].decode("utf-8", "replace")
            raise _algorithm_error(text)
        # The toolkit turns a signal into a negative exit code.
        raise _script_failure("ExecuteUserScriptError", code if code < 128 else 128 - code, command)

    def _machine_is_gone(self) -> bool:
        return self._spot.is_gone()

    def _lost_host(self) -> int | None:
        return self._loss.host()

    def _upload(self) -> None:
        if self._abandon.is_set():
            return
        self._progress.enter("Uploading")
        self._send([host.layout.model for host in self._hosts], "model.tar.gz")
        self._upload_output_data()

    def _upload_output_data(self) -> None:
        folders = [host.layout.output_data for host in self._hosts]
        if any(any(folder.iterdir()) for folder in folders):
            self._send(folders, "output.tar.gz")

    def _send(self, folders: Sequence[Path], name: str) -> None:
        archive = self._folder / "transfer" / name
        archive.parent.mkdir(exist_ok=True)
        s3.pack(folders, archive)
        try:
            s3.upload(
                self._context.s3_for_role(self._request["RoleArn"]),
                archive,
                artifact_uri(self._request, name),
                self._request["OutputDataConfig"].get("KmsKeyId") or None,
            )
        except s3.TransferError as error:
            raise JobError(f"ClientError: Artifact upload failed:{error}") from error


def _script_failure(kind: str, code: int, command: Sequence[str]) -> JobError:
    text = f'{kind}:\nExitCode {code}\nErrorMessage ""\nCommand "{" ".join(command)}"'
    return _algorithm_error(text)


def _algorithm_error(text: str) -> JobError:
    """Return the reason; the container, unlike its script, always ends with exit code 1."""
    prefix, suffix = "AlgorithmError: ", ", exit code: 1"
    return JobError(prefix + text[: MAX_FAILURE_REASON - len(prefix) - len(suffix)] + suffix)


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
