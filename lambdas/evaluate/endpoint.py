"""Ask the endpoint, again where that helps, and read what it answers."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, HTTPClientError

from lambdas.evaluate.answers import Answer, parse, rows_of
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
        raise EndpointRejected(f"rows {rows_of(batch)} of the test rows: {problem}")

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
