"""Send the test split through the live endpoint and score what comes back."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from aws_lambda_powertools.utilities.parser import BaseModel

from lambdas.evaluate.batches import Batches
from lambdas.evaluate.document import percentiles, scores, to_json
from lambdas.evaluate.endpoint import Endpoint
from lambdas.evaluate.loading import load
from lambdas.evaluate.run import collect, write_predictions
from lambdas.shared.aws import s3_client, sagemaker_runtime_client
from lambdas.shared.entry import entry
from lambdas.shared.observability import logger
from lambdas.shared.paths import split_uri
from lambdas.shared.settings import Task


class EvaluateEvent(BaseModel):
    """The endpoint and the test split."""

    endpoint_name: str
    task: Task
    target: str
    uris: dict[str, str]
    report_uri: str


@entry(EvaluateEvent)
def handler(event: EvaluateEvent) -> dict[str, Any]:
    """Store ``predictions.csv`` and ``metrics.json``; return figures and their URIs.

    Raises
    ------
    EndpointRejected
        If the endpoint does not answer every row with a prediction.
    """
    client = s3_client()
    test_bucket, test_prefix = split_uri(event.uris["test"])
    report_bucket, report_prefix = split_uri(event.report_uri)
    with tempfile.TemporaryDirectory(prefix="molino-") as name:
        test, predictions = Path(name) / "test.csv", Path(name) / "predictions.csv"
        client.download_file(test_bucket, f"{test_prefix}test.csv", str(test))
        endpoint = Endpoint(sagemaker_runtime_client(), event.endpoint_name)
        collected = collect(endpoint, Batches(test, event.target))
        write_predictions(collected, predictions)
        result = {
            "rows": len(collected.truth),
            "requests": len(collected.milliseconds),
            "latency_ms": percentiles(collected.milliseconds),
            "answering_seconds": round(sum(collected.milliseconds) / 1000, 3),
        }
        with predictions.open(encoding="utf-8", newline="") as lines:
            loaded = load(lines, len(collected.truth), event.task)
        document = scores(loaded.scored) | result
        client.upload_file(
            str(predictions),
            report_bucket,
            f"{report_prefix}/predictions.csv",
            ExtraArgs={"ContentType": "text/csv; charset=utf-8"},
        )
    client.put_object(
        Bucket=report_bucket,
        Key=f"{report_prefix}/metrics.json",
        Body=to_json(document).encode(),
        ContentType="application/json",
    )
    logger.info("evaluated", extra=result | {"metrics": document["metrics"]})
    return {
        "metrics": document["metrics"],
        "intervals": document["intervals"],
        **result,
        "predictions_uri": f"{event.report_uri}/predictions.csv",
        "metrics_uri": f"{event.report_uri}/metrics.json",
    }
