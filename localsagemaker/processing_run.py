"""One processing job, run: download, command, upload, and how it ended."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from localsagemaker import processing_container as container
from localsagemaker import s3
from localsagemaker.context import Context, S3Client
from localsagemaker.job_run import ContainerRun, JobError, Start
from localsagemaker.processing_container import ProcessingLayout
from localsagemaker.store import now
from localsagemaker.uploads import Uploader, sent_while_written

KIND: Final = "processing-job"
_LOG_GROUP = "/aws/sagemaker/ProcessingJobs"
_MESSAGE_BYTES = 1024
_UPLOAD_SECONDS = 0.2


class ProcessingRun(ContainerRun):
    """A processing job's run."""

    def __init__(self, context: Context, request: dict[str, Any]) -> None:
        self._request = request
        name: str = request["ProcessingJobName"]
        folder = context.root / "processing-jobs" / name.lower()
        super().__init__(context, KIND, name, folder=folder, log_group=_LOG_GROUP)
        self._layout = ProcessingLayout(folder / "opt" / "ml")
        self._message: str | None = None

    def enter_stopping(self) -> None:
        """Record that the job is about to be stopped."""
        self._change(ProcessingJobStatus="Stopping")

    def _end_with(self, status: str, members: dict[str, Any]) -> None:
        message = {"ExitMessage": self._message} if self._message else {}
        # A job over its time has the status of one that somebody stopped.
        status = "Stopped" if status == "MaxRuntimeExceeded" else status
        self._change(ProcessingJobStatus=status, ProcessingEndTime=now(), **members, **message)

    def _carry_out(self) -> str:
        started = time.monotonic()
        self._change(ProcessingStartTime=now())
        self._layout.create(self._request)
        client = self._context.s3_for_role(self._request["RoleArn"])
        self._download(client)
        if self._stop.is_set():
            return "Stopped"
        ended = self._process(client, started + container.max_runtime(self._request))
        self._read_message()
        if isinstance(ended, str):
            return ended
        if ended:
            raise JobError("AlgorithmError: See job logs for more information")
        self._send(self._uploaders(client, "EndOfJob"))
        return "Completed"

    def _download(self, client: S3Client) -> None:
        container.write_configuration(self._layout, self._request, self._arn)
        try:
            for source in container.managed(self._request.get("ProcessingInputs")):
                where = source["S3Input"]
                fetch: Callable[[S3Client, str, Path], None] = s3.download_prefix
                if where["S3DataType"] == "ManifestFile":
                    fetch = s3.download_manifest
                fetch(client, where["S3Uri"], self._layout.here(where["LocalPath"]))
        except s3.TransferError as error:
            raise JobError(f"ClientError: Failed to download data. {error}") from error

    def _process(self, client: S3Client, limit: float) -> int | str:
        uploaders = self._uploaders(client, "Continuous")
        environment = container.environment(
            self._layout, self._request, arn=self._arn, region=self._context.region
        )
        command = container.command(self._layout, self._request)
        try:
            with sent_while_written(uploaders, _UPLOAD_SECONDS):
                start = Start(command, self._layout.base, environment, self._on_line)
                ended = self._execute([start], limit)
        finally:
            # What a failed or stopped job had ready of its continuous outputs stays.
            self._send(uploaders)
        return ended if isinstance(ended, str) else ended.code

    def _send(self, uploaders: list[Uploader]) -> None:
        if self._abandon.is_set():
            return
        try:
            for uploader in uploaders:
                uploader.send_all()
        except s3.TransferError as error:
            raise JobError(f"ClientError: Failed to upload output data. {error}") from error

    def _uploaders(self, client: S3Client, mode: str) -> list[Uploader]:
        key = self._request.get("ProcessingOutputConfig", {}).get("KmsKeyId") or None
        places = [target["S3Output"] for target in container.managed_outputs(self._request)]
        return [
            Uploader(client, self._layout.here(place["LocalPath"]), place["S3Uri"], key)
            for place in places
            if place["S3UploadMode"] == mode
        ]

    def _read_message(self) -> None:
        path: Path = self._layout.message
        if not path.is_file():
            return
        with path.open("rb") as file:
            head = file.read(_MESSAGE_BYTES)
        try:
            # The limit may have cut the last letter in two; anything else has to be UTF-8.
            text = head.decode("utf-8", "strict" if len(head) < _MESSAGE_BYTES else "ignore")
        except UnicodeDecodeError:
            raise JobError("ClientError: The exit message is not UTF-8 encoded") from None
        self._message = text
