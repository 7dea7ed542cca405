"""What is told of predictions: document, notification, event, in the dataset's language."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lambdas.result import handler as module
from lambdas.shared.failures.errors import ColumnMissing
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message
from tests.contracts import PREPARED_ROWS
from tests.lambdas.conftest import BUCKET, Context

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "notifications.schema.json").read_text())
EXECUTION = {
    "name": "heart-0123456789abcdef",
    "arn": "arn:aws:states:eu-west-1:123456789012:execution:Molino-predict:heart-0123456789abcdef",
    "start_time": "2026-11-24T03:00:00.000Z",
}
UPLOAD = {"bucket": BUCKET, "key": "predict/heart/new.csv", "version_id": "v"}
FOLDER = f"predictions/heart/{EXECUTION['name']}"
JOB = {
    "job_name": "molino-job",
    "instance_type": "ml.m5.large",
    "instances": 2,
    "answers_uri": "s3://b/a",
    "start": "2026-11-24T03:01:00Z",
    "end": "2026-11-24T03:11:00Z",
}
DONE: dict[str, Any] = {
    "execution": EXECUTION,
    "upload": UPLOAD,
    "language": "en",
    "prepared": PREPARED_ROWS | {"predictions_uri": f"s3://{BUCKET}/{FOLDER}/predictions.csv"},
    "transform": JOB,
    "joined": {"rows": 569, "added": ["prediction"]},
    "teardown": {"deleted": ["model m"], "remaining": []},
    "failure": None,
}
MISSING = Finding("ColumnMissing", Message("the column “{name}” is missing", name="age"), "age")
RANGE = Finding(
    "OutOfRange",
    Message(
        "in the column “{name}”, {count} number is outside the range of training (row {rows})",
        "in the column “{name}”, {count} numbers are outside the range of training (rows {rows})",
        name="age",
        count=1,
        rows="7",
    ),
    "age",
    7,
)


def told(
    s3: Any, context: Context, *findings: Finding, language: str = "en", **changes: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the answer and the stored document."""
    found = {"version": 1, "language": language, "findings": [each.to_dict() for each in findings]}
    s3.put_object(Bucket=BUCKET, Key=f"{FOLDER}/findings.json", Body=json.dumps(found).encode())
    answer = module.handler(DONE | changes, context)
    assert answer["report_uri"] == f"s3://{BUCKET}/{FOLDER}/report.html"
    for each in answer["announcements"]:
        event = {"source": "molino", "detail-type": each["kind"], "detail": each["detail"]}
        jsonschema.validate(event, SCHEMA)
    return answer, json.load(s3.get_object(Bucket=BUCKET, Key=f"{FOLDER}/result.json")["Body"])


def test_success_is_told_with_what_was_unusual_and_the_cost(
    s3: Any, context: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    answer, stored = told(s3, context, RANGE)
    assert answer["subject"] == "Molino: predictions for heart are ready"
    assert (
        "569 rows of “diagnosis” were predicted with version 4 of the model." in answer["message"]
    )
    assert "In the column “age”, 1 number is outside" in answer["message"]
    assert stored["predictions_uri"] in answer["message"]
    assert (stored["status"], stored["rows"], stored["error"]) == ("SUCCEEDED", 569, None)
    assert stored["seconds"]["transform"] == 600
    (line,) = [each for each in stored["cost"]["lines"] if each["kind"] == "transform"]
    assert line["usd"] == pytest.approx(2 * 0.115 / 6, abs=1e-6)
    assert answer["cost_usd"] == stored["cost"]["total_usd"] > line["usd"]
    emitted = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert emitted["PredictionCost"] == [answer["cost_usd"]]
    assert emitted["PredictionSeconds"] == [stored["seconds"]["total"]]
    (event,) = answer["announcements"]
    assert event["kind"] == "Molino Prediction Succeeded"


def test_a_failure_is_told_with_all_its_reasons_in_the_datasets_language(
    s3: Any, context: Context
) -> None:
    cause = json.dumps({"errorMessage": str(ColumnMissing(MISSING)), "errorType": "ColumnMissing"})
    ended = {"failure": {"Error": "ColumnMissing", "Cause": cause}, "joined": None}
    early = ended | {"prepared": None, "transform": None}
    answer, stored = told(s3, context, MISSING, language="es", **early)
    assert answer["subject"] == "Molino: predicciones de heart fallidas: ColumnMissing"
    assert "Falta la columna «age»" in answer["message"]
    assert "the column “age” is missing" in stored["message"].lower()
    assert stored["predictions_uri"] is None
    assert [each["code"] for each in stored["findings"]] == ["ColumnMissing"]
    (event,) = answer["announcements"]
    assert (event["kind"], event["detail"]["error"]) == (
        "Molino Prediction Failed",
        "ColumnMissing",
    )


@pytest.mark.parametrize(
    ("description", "code", "said"),
    [
        ({"TransformJobStatus": "Stopped"}, "TransformStopped", "was stopped"),
        (
            {"FailureReason": "ClientError: See job logs", "TransformJobName": "molino-job"},
            "TransformFailed",
            "SageMaker reports ClientError; see the log of the transform job molino-job",
        ),
        ({"FailureReason": "CapacityError: none"}, "CapacityUnavailable", "no machine available"),
        ({"TransformJobName": "molino-job"}, "TransformFailed", "SageMaker reports no reason"),
    ],
)
def test_a_job_that_failed_is_explained(
    s3: Any, context: Context, description: dict[str, str], code: str, said: str
) -> None:
    cause = json.dumps({"TransformJobStatus": "Failed"} | description)
    failure = {"Error": "States.TaskFailed", "Cause": cause}
    answer, _ = told(s3, context, failure=failure, joined=None)
    assert answer["error"] == code
    assert said in answer["message"]


def test_what_is_left_is_told_first(s3: Any, context: Context) -> None:
    left = {"deleted": [], "remaining": ["molino-job"]}
    answer, _ = told(s3, context, teardown=left)
    assert "molino-job" in answer["message"].splitlines()[0]
    assert answer["announcements"][1]["kind"] == "Molino Teardown Incomplete"


def test_nothing_known_is_told_in_the_datasets_language(s3: Any, context: Context) -> None:
    nothing = dict.fromkeys(("prepared", "transform", "joined", "teardown"))
    failure = {"Error": "Lambda.Unknown", "Cause": "x"}
    answer = module.handler(DONE | nothing | {"language": "es", "failure": failure}, context)
    assert answer["subject"].startswith("Molino: predicciones de heart fallidas")


ASKED = {"endpoint_name": "molino-kept--heart", "memory_mb": 2048, "answering_seconds": 3.0}


def test_what_an_endpoint_answered_is_told_and_costs_its_time(s3: Any, context: Context) -> None:
    asked = ASKED | {"answers_uri": "s3://b/e"}
    answer, stored = told(s3, context, asked=asked, transform=None)
    assert stored["predicted_by"] == {"kind": "endpoint", "name": "molino-kept--heart"}
    assert "The endpoint molino-kept--heart answered." in answer["message"]
    assert (stored["findings"], stored["seconds"]["answering"]) == ([], 3.0)
    lines = {each["kind"]: each for each in stored["cost"]["lines"]}
    assert lines["serverless"]["quantity"] == 6  # GB-seconds
    assert "transform" not in lines
    instance = told(s3, context, asked=asked | {"memory_mb": None}, transform=None)[1]
    assert "serverless" not in {each["kind"] for each in instance["cost"]["lines"]}


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ({"wording": Message("the endpoint serves another version").to_json()}, "another version"),
        ({"error": "Lambda.Unknown"}, "ended with Lambda.Unknown"),
    ],
)
def test_why_a_job_answered_instead_of_the_endpoint_is_told(
    s3: Any, context: Context, why: dict[str, Any], said: str
) -> None:
    answer, stored = told(s3, context, RANGE, asked=ASKED | why)
    assert stored["predicted_by"] == {"kind": "transform", "name": "molino-job"}
    assert "The batch transform job molino-job answered." in answer["message"]
    assert [each["code"] for each in stored["findings"]] == ["OutOfRange", "EndpointNotUsed"]
    assert said in stored["findings"][1]["message"]
    assert {"serverless", "transform"} < {each["kind"] for each in stored["cost"]["lines"]}
