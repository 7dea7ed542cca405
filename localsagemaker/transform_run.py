"""One transform job, run: container, objects in, requests, objects out, and how it ended.

InstanceCount is taken and changes nothing: AWS spreads the objects over the instances, each with a
container of its own; here one container answers for all of them. An output is stored only when all
is done, as a stopped job stores none; a failed job stores those of the objects that succeeded.
"""

import http.client
import json
import tarfile
import uuid
import zlib
from collections.abc import Iterator
from gzip import BadGzipFile
from typing import Any, Final

from localsagemaker import s3
from localsagemaker.context import Context, Log, S3Client
from localsagemaker.job_run import ContainerRun, JobError
from localsagemaker.model_container import ContainerError, ModelContainer, exchange
from localsagemaker.store import now
from localsagemaker.transform_filters import DataProcessing
from localsagemaker.transform_objects import Source, sources
from localsagemaker.transform_records import CLIENT_ERROR, InputError, bad_data, payloads
from localsagemaker.transform_request import Settings, variables
from localsagemaker.transform_requests import Invocations, StoppedError, in_order

KIND: Final = "transform-job"
_LOG_GROUP = "/aws/sagemaker/TransformJobs"
_OK = 200
_UNHEALTHY = (
    "AlgorithmError: Model container failed to respond to ping. Please ensure /ping endpoint is "
    "implemented and responds with an HTTP 200 status code"
)


class TransformRun(ContainerRun):
    """A transform job's run.

    Parameters
    ----------
    request, model
        Of CreateTransformJob; the record of the model that it names.
    """

    def __init__(self, context: Context, request: dict[str, Any], model: dict[str, Any]) -> None:
        self._request, self._role = request, model.get("ExecutionRoleArn", "")
        name: str = request["TransformJobName"]
        super().__init__(
            context,
            KIND,
            name,
            folder=context.root / "transform-jobs" / name.lower(),
            log_group=_LOG_GROUP,
            host=f"i-{uuid.uuid4().hex[:17]}",
        )
        log = self.log
        self._data_log = Log(context, log.group, f"{log.stream}/data-log", log.path)
        self._container = ModelContainer(
            context,
            model=model,
            folder=self._folder,
            log=log,
            ended=self._stop,
            variables=variables(request),
        )
        self._processing = DataProcessing(request.get("DataProcessing", {}))
        self._reason: str | None = None

    def enter_stopping(self) -> None:
        """Record that the job is about to be stopped."""
        self._change(TransformJobStatus="Stopping")

    def _end_with(self, status: str, members: dict[str, Any]) -> None:
        self._change(TransformJobStatus=status, TransformEndTime=now(), **members)

    def _clean_up(self) -> None:
        self._container.kill()
        self._container.remove()
        super()._clean_up()

    def _carry_out(self) -> str:
        self._change(TransformStartTime=now())
        client = self._context.s3_for_role(self._role)
        try:
            self._start()
            inputs = self._sources(client)
            self._transform(client, inputs)
        except StoppedError:
            return "Stopped"
        for source in inputs:
            if self._stop.is_set():
                return "Stopped"
            self._store(client, source)
        if self._reason:
            raise JobError(self._reason)
        return "Completed"

    def _start(self) -> None:
        try:
            self._container.fetch_model()
            self._container.start()
        except (ContainerError, s3.TransferError, tarfile.TarError) as error:
            raise JobError(f"ClientError: {error}") from error
        healthy = self._container.becomes_healthy()
        if self._stop.is_set():
            raise StoppedError
        if not healthy:
            raise JobError(_UNHEALTHY)

    def _offered(self) -> Any:
        """Return what the container answers to ``/execution-parameters``; None if nothing."""
        seconds = self._context.limits.invocation_seconds
        try:
            status, _, body = exchange(
                self._container.port, "GET", "/execution-parameters", seconds=seconds
            )
            return json.loads(body) if status == _OK else None
        except (OSError, http.client.HTTPException, ValueError):
            return None

    def _sources(self, client: S3Client) -> list[Source]:
        place = self._request["TransformInput"]["DataSource"]["S3DataSource"]
        try:
            return sources(client, place, self._folder / "transfer")
        except s3.TransferError as error:
            raise JobError(f"ClientError: Failed to download data. {error}") from error

    def _transform(self, client: S3Client, inputs: list[Source]) -> None:
        settings = Settings.settle(self._request, self._offered())
        self._note(str(settings))
        invocations = Invocations(
            self._container.port,
            self._request,
            self._stop,
            self._context.limits.ping_pause_seconds,
        )
        by_line = self._request["TransformOutput"].get("AssembleWith") == "Line"
        work = self._payloads(client, inputs, settings)

        def send(piece: tuple[Source, bytes]) -> bytes:
            return invocations.send(self._processing.before(piece[1]))

        for (source, payload), answer in in_order(work, send, settings.most_concurrent, self._stop):
            try:
                if not source.failed:
                    kept = self._processing.after(payload, answer.result())
                    source.append(kept, by_line=by_line)
            except InputError as error:
                self._fail(source, error)

    def _payloads(
        self, client: S3Client, inputs: list[Source], settings: Settings
    ) -> Iterator[tuple[Source, bytes]]:
        """Yield the payloads of all objects, each with its own; the files go as they are read."""
        options = self._request["TransformInput"]
        by_line = options.get("SplitType") == "Line"
        for source in inputs:
            try:
                source.fetch(client)
                with source.opened(options.get("CompressionType", "None")) as file:
                    for payload in payloads(
                        file,
                        by_line=by_line,
                        single=settings.is_single,
                        most_bytes=settings.most_bytes,
                    ):
                        if self._stop.is_set():
                            return
                        if source.failed:
                            break
                        yield source, payload
            except (InputError, s3.TransferError, BadGzipFile, EOFError, zlib.error) as error:
                self._fail(source, error)
            source.path.unlink(missing_ok=True)

    def _store(self, client: S3Client, source: Source) -> None:
        try:
            if not source.failed:
                source.store(client, self._request["TransformOutput"])
        except s3.TransferError as error:
            self._fail(source, bad_data(str(error)))

    def _fail(self, source: Source, error: Exception) -> None:
        """Fail an object, not yet the job: the others are still transformed, as on AWS."""
        source.fail()
        reason, message = CLIENT_ERROR, f"{type(error).__name__}: {error}"
        if isinstance(error, InputError):
            reason, message = error.reason, error.message
        self._reason = self._reason or reason
        for line in message.split("\n"):
            self._note(f"{source.key}: {line}")

    def _note(self, text: str) -> None:
        time = now().isoformat(timespec="milliseconds").removesuffix("+00:00")
        self._data_log.write(f"{time}:[sagemaker logs]: {text}")
