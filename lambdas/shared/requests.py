"""Requests to an endpoint: how many rows, and again or in smaller parts where that helps."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message, verbatim

if TYPE_CHECKING:
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

# Marks requests of Molino itself as custom attributes: of what an endpoint captures, the rest is
# what users ask.
OWN = "molino"
# InvokeEndpoint takes and returns at most 6 MB and answers within 60 s.
LARGEST_REQUEST = 4_000_000
LARGEST_RESPONSE = 4_000_000
# Long enough for the time on the way not to matter, short enough for a retry to cost little.
WANTED_MILLISECONDS = 1_000.0
FIRST_ROWS = 100  # a small first request measures what a row takes
MOST_ROWS = 10_000
_GROWTH = 8  # a small request may have been quick by chance


class Sizing:
    """The number of rows for the next request.

    Parameters
    ----------
    rows : int, optional
        To begin with, where they are known from before.
    """

    def __init__(self, rows: int | None = None) -> None:
        self.rows = FIRST_ROWS if rows is None else rows
        self._ceiling = MOST_ROWS

    def learn(self, rows: int, response_bytes: int, milliseconds: float) -> None:
        """Learn from an answer to so many rows."""
        by_size = LARGEST_RESPONSE * rows / max(1, response_bytes)
        by_time = WANTED_MILLISECONDS * rows / max(0.001, milliseconds)
        wanted = int(min(by_size, by_time, rows * _GROWTH, self._ceiling))
        # Short requests say little about long ones: never shrink by what one of them took.
        if rows * 2 >= self.rows or wanted > self.rows:
            self.rows = max(1, wanted)

    def too_many(self, rows: int) -> None:
        """Learn that so many rows took too long or were too large."""
        self._ceiling = max(1, min(self._ceiling, rows // 2))
        self.rows = min(self.rows, self._ceiling)


ATTEMPTS = 6
_LONGEST_PAUSE = 8.0


def not_used(reason: Message) -> Finding:
    """Return that something other than the endpoint answers rows to predict.

    Parameters
    ----------
    reason : Message
        A clause.
    """
    text = Message("a batch transform job answers the rows: {reason}", reason=reason)
    return Finding("EndpointNotUsed", text)


class Remedy(Enum):
    """What may help after an error."""

    AGAIN = "the same request again"
    SMALLER = "smaller requests"
    NONE = "nothing"


_CODES = {
    "ThrottlingException": Remedy.AGAIN,
    "ServiceUnavailable": Remedy.AGAIN,
    "InternalFailure": Remedy.AGAIN,
    "InternalDependencyException": Remedy.AGAIN,
    "ModelNotReadyException": Remedy.AGAIN,
}
# Of the container, as InvokeEndpoint reports it; 0 stands for no answer within its 60 s.
_STATUSES = {
    0: Remedy.SMALLER,
    408: Remedy.SMALLER,
    413: Remedy.SMALLER,
    503: Remedy.AGAIN,
    504: Remedy.SMALLER,
}


class RequestFailed(Exception):  # noqa: N818 - told by its callers, each with its own class
    """A request has no answer, and neither again nor in smaller parts may it have one.

    Parameters
    ----------
    problem : Message
        As a clause.
    """

    def __init__(self, problem: Message) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Requests:
    """Sends requests to a live endpoint.

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
        self._client, self._name, self._sleep = client, name, sleep

    def send(
        self, body: bytes, content_type: str, accept: str, *, can_shrink: bool
    ) -> tuple[bytes, float] | None:
        """Return the answer and its milliseconds; None where smaller requests may help.

        Parameters
        ----------
        can_shrink : bool
            Whether there may be smaller ones.

        Raises
        ------
        RequestFailed
        """
        problem = verbatim("")
        for attempt in range(ATTEMPTS):
            if attempt:
                # Full jitter, so that threads that were throttled together come back apart.
                self._sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.5 * 2**attempt)))  # noqa: S311
            start = time.perf_counter()
            try:
                response = self._client.invoke_endpoint(
                    EndpointName=self._name,
                    Body=body,
                    ContentType=content_type,
                    Accept=accept,
                    CustomAttributes=OWN,
                )
                answer = response["Body"].read()
            except (ClientError, BotoCoreError) as error:
                problem, remedy = _explain(error)
            else:
                return answer, (time.perf_counter() - start) * 1000
            if remedy is Remedy.SMALLER and can_shrink:
                return None
            if remedy is Remedy.NONE:
                break
        raise RequestFailed(problem)


def _explain(error: ClientError | BotoCoreError) -> tuple[Message, Remedy]:
    """Return an error's code (its text may quote the request), and what may help."""
    if isinstance(error, ReadTimeoutError):
        return Message("no answer in time"), Remedy.SMALLER
    if isinstance(error, BotoCoreError):
        return verbatim(type(error).__name__), Remedy.AGAIN
    code = str(error.response["Error"]["Code"])
    if code == "ModelError":
        status = int(str(error.response.get("OriginalStatusCode", -1)))
        text = Message("the model answered with HTTP status {status}", status=str(status))
        return text, _STATUSES.get(status, Remedy.NONE)
    answered = Message("{call} answered {code}", call="InvokeEndpoint", code=code)
    return answered, _CODES.get(code, Remedy.NONE)
