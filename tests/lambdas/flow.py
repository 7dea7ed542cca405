"""Runs handlers one after another as the state machine does; the endpoint is a function."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

from tests.lambdas.conftest import BUCKET, Context

ARN = "arn:aws:states:eu-west-1:111122223333:execution:Molino:run-1"


def put(s3: Any, key: str, content: str | bytes, **metadata: str) -> dict[str, str]:
    """Upload; return the execution's input."""
    body = content.encode() if isinstance(content, str) else content
    response = s3.put_object(Bucket=BUCKET, Key=key, Body=body, Metadata=metadata)
    return {"bucket": BUCKET, "key": key, "version_id": response["VersionId"]}


def preprocess(upload: dict[str, str]) -> dict[str, Any]:
    from lambdas.preprocess.handler import handler

    return handler({"execution_name": "run-1", "execution_arn": ARN, **upload}, Context())


class FakeEndpoint:
    """Answers as our inference code does: full digits, classes in sorted order.

    ``rule`` maps a row (column → cell) to probabilities in the order of ``labels``, or to a number.
    """

    def __init__(self, labels: list[str], rule: Callable[[dict[str, str]], Any]) -> None:
        self.labels, self.rule = labels, rule
        self.requests: list[bytes] = []
        self.threshold: dict[str, Any] | None = None

    def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
        assert request["ContentType"] == "text/csv"
        self.requests.append(request["Body"])
        rows = csv.DictReader(io.StringIO(request["Body"].decode(), newline=""))
        if request["Accept"] == "application/json":
            return {"Body": io.BytesIO(json.dumps({"threshold": self.threshold}).encode())}
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["prediction", *(f"probability:{label}" for label in self.labels)])
        for row in rows:
            answer = self.rule(row)
            if self.labels:
                best = max(range(len(self.labels)), key=lambda index: answer[index])
                writer.writerow([self.labels[best], *answer])
            else:
                writer.writerow([answer])
        return {"Body": io.BytesIO(out.getvalue().encode())}


class ExplainingEndpoint(FakeEndpoint):
    """Answers with reasons where it is asked for them: all of the answer is the first column's.

    ``parts`` maps a row to what its columns add to the last label's probability, or to the number.
    """

    base = 0.25

    def __init__(
        self,
        labels: list[str],
        rule: Callable[[dict[str, str]], Any],
        parts: Callable[[dict[str, str]], dict[str, float]] | None = None,
    ) -> None:
        super().__init__(labels, rule)
        self.parts = parts or self._all_of_the_first
        self.explained: list[int] = []

    def _all_of_the_first(self, row: dict[str, str]) -> dict[str, float]:
        output = self.rule(row)[-1] if self.labels else self.rule(row)
        return {name: output - self.base if name == next(iter(row)) else 0.0 for name in row}

    def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
        if "explain=true" not in request["Accept"]:
            return super().invoke_endpoint(**request)
        rows = list(csv.DictReader(io.StringIO(request["Body"].decode(), newline="")))
        self.explained.append(len(rows))
        of = {"explained": self.labels[-1]} if self.labels else {}
        predictions = [
            {"reasons": {**of, "base": self.base, "contributions": self.parts(row)}} for row in rows
        ]
        how = {"unit": "probability" if self.labels else "number", "method": "sampled"}
        text = json.dumps({"predictions": predictions, "reasons": how})
        return {"Body": io.BytesIO(text.encode())}


def evaluate(monkeypatch: Any, prepared: dict[str, Any], endpoint: Any) -> dict[str, Any]:
    from lambdas.evaluate import handler as module

    monkeypatch.setattr(module, "sagemaker_runtime_client", lambda: endpoint)
    event = {
        "endpoint_name": "e",
        "endpoint": prepared["endpoint"],
        "dataset": prepared["dataset"],
        "task": prepared["task"],
        "target": prepared["target"],
        "compare_by": prepared["compare_by"],
        "uris": prepared["uris"],
        "report_uri": prepared["report_uri"],
    }
    return module.handler(event, Context())


def report(upload: dict[str, str], **known: Any) -> dict[str, Any]:
    from lambdas.report.handler import handler

    event = {
        "execution": {"name": "run-1", "arn": ARN, "start_time": "2026-11-24T04:00:00.000Z"},
        "upload": upload,
        **known,
    }
    return handler(event, Context())


def stored(s3: Any, key: str) -> str:
    body: bytes = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return body.decode()
