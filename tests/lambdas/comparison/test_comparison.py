"""What is told of a comparison: document, notification, event, in the dataset's language."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lambdas.comparison import handler as module
from lambdas.shared.failures.errors import KeyUnclear
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message
from tests.lambdas.conftest import BUCKET, Context

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "notifications.schema.json").read_text())
NAME = "heart-0123456789abcdef"
FOLDER = f"reports/heart/{NAME}"
EXECUTION = {
    "name": NAME,
    "arn": f"arn:aws:states:eu-west-1:123456789012:execution:Molino-actuals:{NAME}",
    "start_time": "2026-11-24T03:00:00.000Z",
}
COMPARED = {
    "dataset": "heart",
    "language": "en",
    "target": "diagnosis",
    "key": "patient",
    "rows": 200,
    "known": 150,
    "matched": 120,
    "pairs": 120,
    "quality_uri": f"s3://{BUCKET}/{FOLDER}/quality.json",
}
DONE: dict[str, Any] = {
    "execution": EXECUTION,
    "upload": {"bucket": BUCKET, "key": "actuals/heart/may.csv", "version_id": "v"},
    "language": "en",
    "compared": COMPARED,
    "failure": None,
}
UNUSED = Finding(
    "ActualsUnused",
    Message(
        "{count} row is not among the predictions that were looked at",
        "{count} rows are not among the predictions that were looked at",
        count=30,
    ),
)


def version(number: int, verdict: str | None, months: list[str], **changes: Any) -> dict[str, Any]:
    """Return one of the versions in ``quality.json``."""
    comparison = None
    if verdict:
        judged = None if verdict == "unknown" else "roc_auc"
        registered = {"roc_auc": 0.93}
        comparison = {"verdict": verdict, "judged_by": judged, "registered": registered}
    found = {"periods": months, "version": number, "rows": 60, "predicted": 400, "uploads": 2}
    metrics = {"roc_auc": 0.87} if verdict else {}
    return found | {"metrics": metrics, "comparison": comparison} | changes


QUALITY = [
    version(3, "worse", ["2026-04", "2026-05"]),
    version(2, None, ["2026-04"], rows=7),
    version(1, "unknown", ["2026-03"]),
]


def told(
    s3: Any, context: Context, *findings: Finding, language: str = "en", **changes: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the answer and the stored document."""
    found = {"language": language, "findings": [each.to_dict() for each in findings]}
    quality = {"task": "binary", "metric": "roc_auc", "periods": [], "versions": QUALITY}
    for name, document in (("findings", found), ("quality", quality)):
        body = json.dumps(document).encode()
        s3.put_object(Bucket=BUCKET, Key=f"{FOLDER}/{name}.json", Body=body)
    answer = module.handler(DONE | changes, context)
    for each in answer["announcements"]:
        event = {"source": "molino", "detail-type": each["kind"], "detail": each["detail"]}
        jsonschema.validate(event, SCHEMA)
    return answer, json.load(s3.get_object(Bucket=BUCKET, Key=f"{FOLDER}/actuals.json")["Body"])


def test_success_is_told_with_the_figures_of_each_version(s3: Any, context: Context) -> None:
    answer, stored = told(s3, context, UNUSED)
    assert answer["subject"] == "Molino: actual values for heart were compared"
    assert (
        "The file says what happened to 120 rows that were predicted (rows of the file: 200; with "
        "a value in “diagnosis”: 150). Version 3: by ROC AUC its predictions of 2026-04 \u2013 "
        "2026-05 are worse than those of its test rows by more than chance (0.870 here, 0.930 "
        "there; known by now: 60 of 400 predicted rows). Version 2: of its predictions of 2026-04 "
        "too few are known for metrics (known by now: 7 of 400 predicted rows; metrics take at "
        "least 20). Version 1: its predictions of 2026-03 cannot be compared with those of its "
        "test rows (known by now: 60 of 400 predicted rows). 30 rows are not among the predictions "
        "that were looked at." in answer["message"]
    )
    assert COMPARED["quality_uri"] in answer["message"]
    assert f"s3://{BUCKET}/reports/heart/health.html" in answer["message"]
    assert (answer["status"], answer["error"]) == ("SUCCEEDED", None)
    assert 0 < answer["cost_usd"] < 0.01
    (event,) = answer["announcements"]
    assert event["kind"] == "Molino Actuals Compared"
    assert (event["detail"]["rows"], event["detail"]["quality_uri"]) == (
        120,
        COMPARED["quality_uri"],
    )
    assert stored["message"] in answer["message"]
    assert (stored["known"], stored["matched"], stored["key"]) == (150, 120, "patient")
    assert [each["version"] for each in stored["versions"]] == [3, 2, 1]


def test_it_is_told_in_the_datasets_language(s3: Any, context: Context) -> None:
    answer, stored = told(s3, context, UNUSED, language="es")
    assert answer["subject"] == "Molino: valores reales de heart comparados"
    assert "El archivo dice qué ocurrió con 120 filas que se habían predicho" in answer["message"]
    assert "Versión 3: según AUC ROC, sus predicciones de 2026-04" in answer["message"]
    assert "30 filas no están entre las predicciones" in answer["message"]
    assert "The file says" in stored["message"]  # for programs


@pytest.mark.parametrize("verdict", ["same", "better"])
def test_every_verdict_has_its_words(
    verdict: str, s3: Any, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(QUALITY[0], "comparison", version(3, verdict, [])["comparison"])
    message = told(s3, context)[0]["message"]
    assert {"same": "neither better nor worse", "better": "are better than"}[verdict] in message


def test_a_failure_is_told_with_all_that_is_wrong(s3: Any, context: Context) -> None:
    wrong = Finding("KeyUnclear", Message("“{name}”: {why}", name="age", why="x"), "age")
    error = KeyUnclear(wrong)
    cause = json.dumps({"errorMessage": str(error), "errorType": "KeyUnclear"})
    failure = {"Error": "KeyUnclear", "Cause": cause}
    answer, stored = told(s3, context, wrong, compared=None, failure=failure)
    assert answer["subject"] == "Molino: actual values for heart failed: KeyUnclear"
    assert (stored["status"], stored["error"]) == ("FAILED", "KeyUnclear")
    assert "“age”: x" in answer["message"]
    assert "setting “key”" in answer["message"]
    (event,) = answer["announcements"]
    assert event["kind"] == "Molino Actuals Failed"
    assert (event["detail"]["rows"], event["detail"]["error"]) == (None, "KeyUnclear")


def test_what_failed_before_anything_was_stored_is_told_too(s3: Any, context: Context) -> None:
    failure = {"Error": "Lambda.Unknown", "Cause": "Runtime exited with error: signal: killed"}
    answer = module.handler(DONE | {"compared": None, "failure": failure}, context)
    assert answer["error"] == "OutOfMemory"
