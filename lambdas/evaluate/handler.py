"""Send the test split through the live endpoint and score what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from lambdas.evaluate.collect import Run, Source, collect, requests_at_a_time
from lambdas.evaluate.endpoint import Endpoint
from lambdas.evaluate.result import Asked, document_of
from lambdas.shared.aws import s3_client, sagemaker_runtime_client
from lambdas.shared.contracts.evaluate import EvaluateEvent, Evaluation, UnfinishedEvaluation
from lambdas.shared.documents.bucket import read, write
from lambdas.shared.documents.document import METRICS, SCHEMA
from lambdas.shared.entry import entry, remaining_seconds
from lambdas.shared.observability import emit_by, logger
from lambdas.shared.own_metrics import LATENCY, QUALITY
from lambdas.shared.requests import Requests

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# A request in progress may take a minute, and scoring a million rows some more.
_SECONDS_TO_END = 120.0
_SHARE_TO_END = 0.25  # where a Lambda's whole time is short


@entry(EvaluateEvent)
def handler(event: EvaluateEvent) -> Evaluation | UnfinishedEvaluation:
    """Store ``predictions.csv`` and ``metrics.json``; return figures and their URIs.

    Raises
    ------
    EndpointRejected
        If the endpoint does not answer every row with a prediction.
    """
    client = s3_client()
    kept = min(_SECONDS_TO_END, remaining_seconds() * _SHARE_TO_END)
    source = _source(client, event)
    threads = requests_at_a_time(event.endpoint)
    run = Run(client, source, event.report_uri, lambda: remaining_seconds() > kept, threads)
    connect = partial(Endpoint, Requests(sagemaker_runtime_client(), event.endpoint_name))
    progress = collect(run, event.endpoint_name, connect)
    if not progress.is_answered or not run.has_time():
        logger.info("to be continued", extra={"rows": progress.rows})
        return UnfinishedEvaluation(rows=progress.rows)
    asked = Asked(event.task, event.uris["profile"], event.probes)
    document = document_of(run, connect, progress, asked)
    metrics_uri = METRICS.below(event.report_uri)
    write(client, METRICS, metrics_uri, document)
    if event.probes:
        publish(event.dataset, event.task, document["metrics"], document["latency_ms"])
    addresses = {"predictions_uri": run.predictions_uri, "metrics_uri": metrics_uri}
    result = Evaluation.model_validate({**document, **addresses})
    logger.info("evaluated", extra=result.model_dump(exclude={*addresses, "intervals"}))
    return result


def _source(client: S3Client, event: EvaluateEvent) -> Source:
    """Return the test split; only what the schema names as features is sent."""
    schema = read(client, SCHEMA, f"{event.uris['schema']}schema.json")
    features = tuple(feature["name"] for feature in schema["features"])
    return Source(f"{event.uris['test']}test.csv", event.target, features, tuple(event.compare_by))


def publish(
    dataset: str, task: str, metrics: Mapping[str, float], latency_ms: Mapping[str, float]
) -> None:
    """Write the task's main metric and the median latency of one row to the log, as metrics."""
    emit_by(LATENCY, latency_ms["p50"], dataset)
    name, metric = QUALITY[task]
    if name in metrics:
        emit_by(metric, metrics[name], dataset)
