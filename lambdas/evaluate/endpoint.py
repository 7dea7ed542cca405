"""Ask the endpoint, again where that helps, and read what it answers."""

from __future__ import annotations

import csv
import io
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, HTTPClientError

from lambdas.evaluate.batches import Batch
from lambdas.shared.errors import EndpointRejected

if TYPE_CHECKING:
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

ATTEMPTS = 6
_LONGEST_PAUSE = 8.0
_WORTH_A_RETRY = {
    "ThrottlingException",
    "ServiceUnavailable",
    "InternalFailure",
    "InternalDependencyException",
    "ModelNotReadyException",
}
_PREFIX = "probability:"


@dataclass(frozen=True)
class Answer:
    """What the endpoint said about a batch.

    Parameters
    ----------
    predictions : list of str
        As text, one a row.
    labels : list of str
        Classes, in the order of ``probabilities``; empty for regression.
    probabilities : list of list of float
        Shape (rows, classes).
    milliseconds : float
        Time of the attempt that succeeded.
    size : int
        Bytes of the response.
    """

    predictions: list[str]
    labels: list[str]
    probabilities: list[list[float]]
    milliseconds: float
    size: int


class Endpoint:
    """A live endpoint.

    Parameters
    ----------
    client : SageMakerRuntimeClient
        Without retries of its own, so that the measured time is one attempt's.
    name : str
    sleep : callable
        Takes seconds.
    """

    def __init__(
        self,
        client: SageMakerRuntimeClient,
        name: str,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._name = name
        self._sleep = sleep

    def ask(self, batch: Batch) -> Answer:
        """Send one batch.

        Raises
        ------
        EndpointRejected
            If the answer is an error that a retry does not mend, or does not fit the request.
        """
        problem = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                # Full jitter, so that threads that were throttled together come back apart.
                self._sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.5 * 2**attempt)))  # noqa: S311
            start = time.perf_counter()
            try:
                body = self._invoke(batch.body)
            except ClientError as error:
                problem, again = _explain(error)
            except HTTPClientError as error:
                problem, again = type(error).__name__, True
            else:
                return parse(body, batch, (time.perf_counter() - start) * 1000)
            if not again:
                break
        raise EndpointRejected(f"rows {_rows(batch)} of the test rows: {problem}")

    def _invoke(self, body: bytes) -> bytes:
        response = self._client.invoke_endpoint(
            EndpointName=self._name, Body=body, ContentType="text/csv", Accept="text/csv"
        )
        return response["Body"].read()


def _explain(error: ClientError) -> tuple[str, bool]:
    """Return an error's code (its text may quote the request), and whether to try again."""
    code = str(error.response["Error"]["Code"])
    if code == "ModelError":
        status = error.response.get("OriginalStatusCode", "unknown")
        return f"the model answered with HTTP status {status}", status == 503
    return f"InvokeEndpoint answered {code}", code in _WORTH_A_RETRY


def _rows(batch: Batch) -> str:
    return f"{batch.first_row} to {batch.first_row + len(batch.truth) - 1}"


def parse(body: bytes, batch: Batch, milliseconds: float) -> Answer:
    """Read a CSV response: ``prediction,probability:<class>,...``.

    Raises
    ------
    EndpointRejected
        If it is not such a table with a row for each row sent.
    """
    try:
        header, *rows = csv.reader(io.StringIO(body.decode("utf-8"), newline=""), strict=True)
        names_fit = header[0] == "prediction" and all(n.startswith(_PREFIX) for n in header[1:])
        fits = names_fit and len(rows) == len(batch.truth)
        fits = fits and all(len(row) == len(header) for row in rows)
        probabilities = [[float(cell) for cell in row[1:]] for row in rows] if fits else []
    except (ValueError, IndexError, csv.Error):
        fits = False
    if not fits:
        raise EndpointRejected(
            f"rows {_rows(batch)} of the test rows: the answer is no table of predictions"
        )
    labels = [name.removeprefix(_PREFIX) for name in header[1:]]
    return Answer([row[0] for row in rows], labels, probabilities, milliseconds, len(body))
