"""Send the test rows through the endpoint, several requests at a time, and store the answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import ClientError

from lambdas.evaluate.batches import Batch, cut
from lambdas.evaluate.endpoint import Answer, Threshold
from lambdas.evaluate.explained import Explained
from lambdas.evaluate.loading import FIXED, GROUP
from lambdas.evaluate.progress import EvaluationProgress, PredictionsWriter, noted
from lambdas.evaluate.rows import Layout, whole_record
from lambdas.shared.contracts.preprocess import EndpointRequest
from lambdas.shared.documents.bucket import ObjectFile, write
from lambdas.shared.documents.document import PROGRESS
from lambdas.shared.failures.errors import EndpointRejected
from lambdas.shared.findings.message import Message
from lambdas.shared.requests import Sizing

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CHECKPOINT_SECONDS = 20.0  # what a killed Lambda loses at most
THREADS = 4


def requests_at_a_time(endpoint: EndpointRequest) -> int:
    """Return how many requests an endpoint takes at once: a serverless one throttles the others."""
    return min(THREADS, endpoint.max_concurrency) if endpoint.kind == "serverless" else THREADS


class Asks(Protocol):
    """Anything that answers batches, such as ``Endpoint``."""

    def ask(self, batch: Batch) -> Answer:
        """Answer one batch."""

    def explain(self, batch: Batch) -> Explained:
        """Say why one batch is answered as it is."""

    def threshold(self, batch: Batch) -> Threshold:
        """Return how classes are told from probabilities."""


@dataclass(frozen=True)
class Source:
    """The test split: its address, and which columns are sent."""

    uri: str
    target: str
    features: tuple[str, ...] | None = None
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Run:
    """One evaluation's place in S3, and the time it has.

    Parameters
    ----------
    client : S3Client
    source : Source
    report_uri : str
        Folder of predictions and progress.
    has_time : callable
        Whether another request may be sent.
    threads : int
        Requests at a time.
    """

    client: S3Client
    source: Source
    report_uri: str
    has_time: Callable[[], bool]
    threads: int = THREADS

    @property
    def predictions_uri(self) -> str:
        """Address of the predictions."""
        return f"{self.report_uri}/predictions.csv"

    @property
    def progress_uri(self) -> str:
        """Address of the progress."""
        return PROGRESS.below(self.report_uri)


def collect(run: Run, endpoint_name: str, connect: Callable[[Sizing], Asks]) -> EvaluationProgress:
    """Answer the rows that are not answered yet, while there is time.

    Parameters
    ----------
    run : Run
    endpoint_name : str
    connect : callable
        Takes the sizing and returns what answers batches.

    Raises
    ------
    EndpointRejected
        If any batch fails, or answers disagree about the classes.
    """
    file = ObjectFile(run.client, run.source.uri)
    progress = noted(run.client, run.progress_uri, endpoint_name, file.etag)
    if progress.is_answered:
        return progress
    try:
        return _go_on(run, file, progress, connect)
    except ClientError as error:
        # The upload's parts are gone, or it was completed before that could be noted.
        if error.response["Error"]["Code"] != "NoSuchUpload":
            raise
    again = EvaluationProgress(endpoint=endpoint_name, etag=file.etag)
    return _go_on(run, ObjectFile(run.client, run.source.uri), again, connect)


def _go_on(
    run: Run, file: ObjectFile, progress: EvaluationProgress, connect: Callable[[Sizing], Asks]
) -> EvaluationProgress:
    source = run.source
    header = whole_record(file.readline(), file)
    layout = Layout(header, source.target, source.features, source.groups)
    if progress.next_byte:
        file = ObjectFile(run.client, source.uri, progress.next_byte)
    position = progress.next_byte or layout.length
    size = Sizing(progress.rows_per_request)
    rows = layout.rows(file, position)
    batches = cut(rows, layout.header, size, first_row=progress.rows + 1)
    keeper = _Keeper(run, progress, size)
    with ThreadPoolExecutor(run.threads) as pool:
        for batch, answer in _in_order(pool, connect(size), batches, run):
            keeper.keep(batch, answer)
    return keeper.end(is_all=next(batches, None) is None)


def _in_order(
    pool: ThreadPoolExecutor, endpoint: Asks, batches: Iterator[Batch], run: Run
) -> Iterator[tuple[Batch, Answer]]:
    """Yield batches with their answers: the first alone, to learn from, the others by threads."""
    waiting: list[tuple[Batch, Future[Answer]]] = []
    ahead = 1
    try:
        while True:
            if run.has_time():
                for batch in islice(batches, ahead - len(waiting)):
                    waiting.append((batch, pool.submit(endpoint.ask, batch)))  # noqa: PERF401
            if not waiting:
                return
            batch, future = waiting.pop(0)
            yield batch, future.result()
            ahead = 2 * run.threads
    finally:
        for _, future in waiting:
            future.cancel()


class _Keeper:
    """Stores answers, and from time to time how far they reach."""

    def __init__(self, run: Run, progress: EvaluationProgress, size: Sizing) -> None:
        self._run, self._progress, self._size = run, progress, size
        self._writer = PredictionsWriter(run.client, run.predictions_uri, progress.stored)
        self._started = time.monotonic() - progress.seconds
        self._noted = time.monotonic()

    def keep(self, batch: Batch, answer: Answer) -> None:
        progress = self._progress
        if not progress.columns:
            progress.columns = answer.columns
            groups = [f"{GROUP}{name}" for name in self._run.source.groups]
            self._writer.write([[*FIXED[:2], *answer.columns, *groups]])
        if answer.columns != progress.columns:
            raise EndpointRejected(Message("answers to different requests name different classes"))
        pairs = zip(batch.rows, answer.rows, strict=True)
        self._writer.write(
            [
                [str(number), row.truth, *cells, *row.groups]
                for number, (row, cells) in enumerate(pairs, start=batch.first_row)
            ]
        )
        progress.rows += len(batch.rows)
        progress.next_byte = batch.rows[-1].end
        progress.milliseconds += answer.milliseconds
        if time.monotonic() - self._noted >= CHECKPOINT_SECONDS:
            self._note()

    def end(self, *, is_all: bool) -> EvaluationProgress:
        if is_all:
            self._writer.close()
            self._progress.is_answered = True
        # What one Lambda does in a few seconds needs no note: it would be done again as quickly.
        if not is_all or self._progress.seconds:
            self._note()
        self._progress.seconds = time.monotonic() - self._started
        return self._progress

    def _note(self) -> None:
        progress = self._progress
        progress.seconds = time.monotonic() - self._started
        progress.rows_per_request = self._size.rows
        is_done = progress.is_answered
        stored = self._writer.stored()
        progress.stored = type(stored)() if is_done else stored
        write(self._run.client, PROGRESS, self._run.progress_uri, progress.model_dump())
        self._noted = time.monotonic()
