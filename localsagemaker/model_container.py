"""A container that serves a model: its files, its process, its health, and requests to it."""

import http.client
import shutil
import socket
import sys
import tarfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localsagemaker import s3
from localsagemaker.child import Child
from localsagemaker.container import base_environment
from localsagemaker.context import Context, Log

_PACKAGE_ROOT = Path(__file__).resolve().parent.parent
_OK = 200


class ContainerError(Exception):
    """The container cannot serve its model; the text is AWS's."""


class ModelContainer:
    """A process that answers ``/ping`` and ``/invocations``.

    Parameters
    ----------
    model
        The model's record.
    ended
        Set once the container is to go; whatever waits here ends then.
    variables
        Environment variables in addition to the model's own, which they replace.
    """

    def __init__(  # noqa: PLR0913 (a constructor with named settings)
        self,
        context: Context,
        *,
        model: dict[str, Any],
        folder: Path,
        log: Log,
        ended: threading.Event,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self._context, self._model, self._variables = context, model, variables or {}
        self._folder, self._log, self._ended = folder, log, ended
        self._base = folder / "opt" / "ml"
        self._source, self._archive = folder / "source", folder / "archive.tar.gz"
        self._child: Child | None = None
        self.port = 0

    def kill(self) -> None:
        """End the process, if there is one, and wait until it is gone."""
        if self._child:
            self._child.kill()

    def remove(self) -> None:
        """Remove its files; the log stays."""
        for part in (self._base, self._source):
            shutil.rmtree(part, ignore_errors=True)
        self._archive.unlink(missing_ok=True)

    def fetch_model(self) -> None:
        """Download and unpack the model's archive.

        Raises
        ------
        ContainerError
        """
        (self._base / "model").mkdir(parents=True, exist_ok=True)
        uri = self._model["PrimaryContainer"].get("ModelDataUrl")
        if uri:
            archive = self._fetch(uri)
            try:
                s3.unpack(archive, self._base / "model")
            except (tarfile.TarError, OSError, EOFError):
                raise ContainerError(
                    f'Failed to extract model data archive for container "container_1" from URL '
                    f'"{uri}". Please ensure that the object located at the URL is a valid tar.gz '
                    "archive."
                ) from None

    def _fetch(self, uri: str) -> Path:
        client = self._context.s3_for_role
        try:
            s3.download(client(self._model["ExecutionRoleArn"]), uri, self._archive)
        except (s3.TransferError, PermissionError):
            raise ContainerError(
                f'Failed to download model data for container "container_1" from URL: "{uri}". '
                "Please ensure that there is an object located at the URL and that the role "
                "passed to CreateModel has permissions to download the object."
            ) from None
        return self._archive

    def _environment(self) -> dict[str, str]:
        given = {**self._model["PrimaryContainer"].get("Environment", {}), **self._variables}
        for name, value in given.items():
            if value == "/opt/ml" or value.startswith("/opt/ml/"):
                given[name] = str(self._base) + value.removeprefix("/opt/ml")
        submitted = given.get("SAGEMAKER_SUBMIT_DIRECTORY", "")
        if submitted.startswith("s3://"):
            s3.unpack(self._fetch(submitted), self._source)
            given["SAGEMAKER_SUBMIT_DIRECTORY"] = str(self._source)
        return (
            base_environment()
            | {
                "AWS_REGION": self._context.region,
                "AWS_DEFAULT_REGION": self._context.region,
                "SAGEMAKER_REGION": self._context.region,
            }
            | self._credentials()
            | given
            | {"SAGEMAKER_BASE_DIR": str(self._base), "PYTHONPATH": str(_PACKAGE_ROOT)}
        )

    def _credentials(self) -> dict[str, str]:
        """Return the variables by which a container that is not isolated acts with its role."""
        known = self._context.role_credentials
        if known is None or self._model.get("EnableNetworkIsolation"):
            return {}
        return known.variables(str(self._model["ExecutionRoleArn"]))

    def start(self) -> None:
        """Start the process, on a port of its own."""
        environment = self._environment()
        # The socket listens before the process runs: the first ping waits instead of being refused.
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(128)
            self.port = listener.getsockname()[1]
            descriptor = listener.fileno()
            command = [sys.executable, "-P", "-m", "localsagemaker.serving"]
            self._child = Child(
                [*command, str(descriptor)],
                folder=self._base,
                environment=environment,
                on_line=self._log.write,
                descriptors=(descriptor,),
                image=self._context.image,
            )

    def becomes_healthy(self) -> bool:
        """Wait until ``/ping`` answers 200; return whether it did in time."""
        limits = self._context.limits
        deadline = time.monotonic() + limits.health_check_seconds
        refused = 0
        while refused < limits.failed_pings and not self._ended.is_set():
            left = deadline - time.monotonic()
            if left <= 0 or (self._child and self._child.wait(0) is not None):
                break
            status = self._ping(left)
            if status == _OK:
                return True
            refused += status is not None
            self._ended.wait(limits.ping_pause_seconds)
        return False

    def _ping(self, seconds: float) -> int | None:
        """Ask ``/ping``, in slices so that a deletion need not wait for an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=min(seconds, 1.0))
        deadline = time.monotonic() + seconds
        try:
            connection.request("GET", "/ping")
            while not self._ended.is_set() and time.monotonic() < deadline:
                try:
                    return connection.getresponse().status
                except TimeoutError:
                    if self._child and self._child.wait(0) is not None:
                        return None
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        return None


def exchange(  # noqa: PLR0913 (one request, in full)
    port: int,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    seconds: float,
    most: int | None = None,
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Send one request to a container; return status, headers and body of the answer.

    Parameters
    ----------
    seconds
        Time-out of each step of the exchange.
    most
        How many bytes of the answer to read; all, if not given.

    Raises
    ------
    OSError, http.client.HTTPException
        ``TimeoutError`` if the time is over; others if there is no answer.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        return response.status, response.headers, response.read(most)
    finally:
        connection.close()
