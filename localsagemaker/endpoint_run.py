"""One endpoint, run: its container from the first download to the last file."""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from localsagemaker.capture import Capture, CaptureTarget
from localsagemaker.context import Context, Log
from localsagemaker.errors import ApiError
from localsagemaker.model_container import ContainerError, ModelContainer
from localsagemaker.serverless import Serverless

_JOIN_SECONDS = 20


class EndpointRun:
    """The process behind an endpoint's one production variant.

    Parameters
    ----------
    config
        The endpoint configuration's record.
    model
        The model's record, read when the endpoint was created.
    on_end
        Called once with None when healthy, or with the FailureReason.
    """

    def __init__(
        self,
        context: Context,
        name: str,
        config: dict[str, Any],
        model: dict[str, Any],
        on_end: Callable[[str | None], None],
    ) -> None:
        self._context, self._model, self._on_end = context, model, on_end
        variant = config["ProductionVariants"][0]
        self._variant = str(variant["VariantName"])
        self._folder = context.root / "endpoints" / f"{name.lower()}-{uuid.uuid4().hex[:8]}"
        stream = f"{self._variant}/i-{uuid.uuid4().hex[:17]}"
        self.log = Log(
            context, f"/aws/sagemaker/Endpoints/{name}", stream, self._folder / "log.txt"
        )
        self.serverless = self._serverless(variant.get("ServerlessConfig"))
        self.capture = self._capture(name, config.get("DataCaptureConfig"))
        self._ended = threading.Event()
        self._requests, self._answered = 0, threading.Condition()
        self._container = ModelContainer(
            context, model=model, folder=self._folder, log=self.log, ended=self._ended
        )
        self._thread = threading.Thread(target=self._run, name=f"endpoint {name}", daemon=True)

    @property
    def image(self) -> str:
        """The container image that the model names, empty if none."""
        return str(self._model["PrimaryContainer"].get("Image", ""))

    @property
    def port(self) -> int:
        """Where the container listens now."""
        return self._container.port

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @contextmanager
    def request(self) -> Iterator[None]:
        """Hold the container ready for a request.

        Raises
        ------
        ApiError
            If it answers enough requests already, or does not come up again.
        """
        if self.serverless is None:
            yield
            return
        with self.serverless.request():
            yield

    def begin_request(self) -> None:
        """Count a request that this process is to answer."""
        with self._answered:
            self._requests += 1

    def end_request(self) -> None:
        """Count it no more."""
        with self._answered:
            self._requests -= 1
            self._answered.notify_all()

    def drain(self) -> None:
        """Wait until all that was asked is answered, as AWS does before it ends an old fleet."""
        with self._answered:
            limit = self._context.limits.invocation_seconds
            self._answered.wait_for(lambda: self._ended.is_set() or not self._requests, limit)

    def close(self) -> None:
        """End the process, wait until it is gone, remove its files but the log."""
        self._ended.set()
        with self._answered:
            self._answered.notify_all()
        self._thread.join(_JOIN_SECONDS)
        if self.serverless:
            self.serverless.close()
        if self.capture:
            self.capture.flush()
        self._container.kill()
        self._container.remove()

    def _serverless(self, config: dict[str, Any] | None) -> Serverless | None:
        if config is None:
            return None
        idle = self._context.limits.serverless_idle_seconds
        return Serverless(config, wake=self._wake, sleep=self._sleep, idle_seconds=idle)

    def _capture(self, name: str, config: dict[str, Any] | None) -> Capture | None:
        if config is None or not config.get("EnableCapture", True):
            return None
        role = self._model["ExecutionRoleArn"]
        target = CaptureTarget(name, self._variant, role, self._folder)
        return Capture(self._context, config, target, self.log)

    def _wake(self) -> None:
        try:
            self._start()
        except ContainerError as error:
            self._container.kill()
            raise ApiError("ModelNotReadyException", str(error), 429) from None

    def _start(self) -> None:
        self._container.start()
        if not self._container.becomes_healthy():
            raise ContainerError(
                f"The primary container for production variant {self._variant} did not pass the "
                "ping health check. Please check CloudWatch logs for this endpoint."
            )

    def _sleep(self) -> None:
        self._container.kill()

    def _run(self) -> None:
        reason: str | None = None
        try:
            self._container.fetch_model()
            self._start()
        except ContainerError as error:
            reason = str(error)
        except Exception as error:  # noqa: BLE001 (an endpoint must never stay in Creating)
            self.log.write(f"local service: {type(error).__name__}: {error}")
            reason = "Unexpected error. Please contact customer support for assistance."
        if reason is not None:
            self._container.kill()
        elif self.serverless:
            self.serverless.rest()
        if not self._ended.is_set():
            self._on_end(reason)
