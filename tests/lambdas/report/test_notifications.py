"""Events are as docs/notifications.schema.json says, and runs are listed without losing one."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lambdas.report import runs
from lambdas.report.language import language
from lambdas.shared.findings.message import Message, verbatim
from tests.lambdas import flow
from tests.lambdas.conftest import BUCKET

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "notifications.schema.json").read_text())
UPLOAD = {"bucket": BUCKET, "key": "incoming/heart/a.csv", "version_id": "v"}
FAILED = {"Error": "States.Timeout", "Cause": ""}
DECISION = {
    "rule": "first",
    "asks": False,
    "promoted": True,
    "verdict": "promote",
    "reason": "it is the first",
    "wording": verbatim("it is the first").to_json(),
    "version": 3,
    "package_arn": "arn:aws:sagemaker:eu-west-1:111122223333:model-package/g/3",
    "decision_uri": f"s3://{BUCKET}/reports/heart/run-1/decision.json",
}


def check(announcements: list[dict[str, Any]]) -> list[str]:
    for each in announcements:
        event = {"source": "molino", "detail-type": each["kind"], "detail": each["detail"]}
        jsonschema.validate(event, SCHEMA)
    return [each["kind"] for each in announcements]


def test_a_failure_and_what_it_left_running(s3: Any) -> None:
    teardown = {"deleted": [], "remaining": [None, "molino-heart-1"]}
    answer = flow.report(UPLOAD, failure=FAILED, teardown=teardown)
    kinds = check(answer["announcements"])
    assert kinds == ["Molino Run Failed", "Molino Teardown Incomplete"]
    assert answer["announcements"][1]["detail"]["remaining"] == ["molino-heart-1"]
    first, _, rest = answer["message"].partition("\n")
    assert "may still cost money" in first
    assert "molino-heart-1" in first
    assert "None" not in first
    assert "Execution: run-1" in rest


def test_a_promotion(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="reports/heart/run-1/decision.json", Body=b"{}")
    answer = flow.report(UPLOAD, decision=DECISION)
    assert check(answer["announcements"]) == ["Molino Run Succeeded", "Molino Model Promoted"]
    assert answer["announcements"][1]["detail"]["version"] == 3


@pytest.mark.parametrize("change", [{"cell": "secret"}, {"status": "FAILED"}, {"cost_usd": -1}])
def test_the_schema_refuses_what_it_does_not_name(s3: Any, change: dict[str, Any]) -> None:
    event = flow.report(UPLOAD)["announcements"][0]
    event["detail"] |= change
    with pytest.raises(jsonschema.ValidationError):
        check([event])


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", "Reason to train: about 20 rows are new, of 20 required."),
        ("es", "Motivo para entrenar: hay aproximadamente 20 filas nuevas"),
    ],
)
@pytest.mark.parametrize("failure", [None, FAILED])
def test_why_a_schedule_has_started_a_run_is_told(
    s3: Any, code: str, said: str, failure: dict[str, str] | None
) -> None:
    reason = Message(
        "about {count} row is new, of {wanted} required",
        "about {count} rows are new, of {wanted} required",
        count=20,
        wanted=20,
    )
    upload = {**UPLOAD, "scheduled_for": "2027-03-29T04:00:00Z", "reason": reason.to_json()}
    answer = flow.report(upload, language=code, failure=failure)
    check(answer["announcements"])
    assert said in answer["message"]
    assert reason.to_json()["one"] not in json.dumps(answer)
    document = json.loads(flow.stored(s3, "reports/heart/run-1/report.json"))
    assert document["reason"] == "about 20 rows are new, of 20 required"
    assert document["said"]["reason"] in flow.stored(s3, "reports/heart/run-1/report.html")


OF_CHAMPION = {
    "metrics": {"r2": 0.91, "mae": 0.8},
    "verdict": None,
    "rows": 90,
    "requests": 1,
    "latency_ms": {},
    "answering_seconds": 1.0,
    "intervals": {},
    "predictions_uri": f"s3://{BUCKET}/reports/heart/run-1/champion/predictions.csv",
    "metrics_uri": f"s3://{BUCKET}/reports/heart/run-1/champion/metrics.json",
}
SEEN = Message("the champion is not known to have got worse")


@pytest.mark.parametrize(
    ("code", "subject", "said"),
    [
        ("en", "Molino: heart: no reason to train", "There was no reason to train a model: the "
         "champion is not known to have got worse. The champion, version 3, answered 90 test rows "
         "of the upload: R² 0.910, mean absolute error 0.800."),
        ("es", "Molino: heart: sin motivo para entrenar", "No había motivo para entrenar un "
         "modelo: no consta que el campeón haya empeorado. El campeón, la versión 3, respondió a "
         "90 filas de prueba del archivo subido: R² 0,910"),
    ],
)  # fmt: skip
def test_that_nothing_was_trained_is_told_with_the_champions_figures(
    s3: Any, code: str, subject: str, said: str
) -> None:
    metrics = {"task": "regression", "rows": 90, "metrics": OF_CHAMPION["metrics"], "intervals": {}}
    key = "reports/heart/run-1/champion/metrics.json"
    s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps({"version": 2} | metrics).encode())
    answer = flow.report(
        UPLOAD,
        language=code,
        champion_version=3,
        champion_evaluation=OF_CHAMPION,
        reason={"train": False, "wording": SEEN.to_json()},
    )
    assert check(answer["announcements"]) == ["Molino Run Succeeded"]
    event = answer["announcements"][0]["detail"]
    assert (event["trained"], event["promoted"], event["metrics"]) == (False, None, None)
    assert event["reason"] == str(SEEN)
    assert answer["subject"] == subject
    assert said in answer["message"]
    document = json.loads(flow.stored(s3, "reports/heart/run-1/report.json"))
    figures = {"version": 3, "metrics": OF_CHAMPION["metrics"], "rows": 90}
    assert (document["trained"], document["champion"]) == (False, figures)
    assert (document["model_uri"], document["promoted"]) == (None, None)
    page = flow.stored(s3, "reports/heart/run-1/report.html")
    words = language(code)
    assert said in page
    assert words("section.champion") in page
    assert f">{words.fixed(0.91, 3)}<" in page
    assert words("index.not_trained") in flow.stored(s3, "reports/heart/index.html")


def test_a_run_of_an_upload_has_no_such_reason(s3: Any) -> None:
    answer = flow.report(UPLOAD)
    assert "Reason" not in answer["message"]
    assert "Reason to train" not in flow.stored(s3, "reports/heart/run-1/report.html")


# The list of runs ---------------------------------------------------------------------------------


def test_runs_are_listed_newest_first_and_once(s3: Any) -> None:
    flow.report(UPLOAD, failure=FAILED)
    flow.report(UPLOAD)
    listed = json.loads(flow.stored(s3, "reports/heart/runs.json"))["runs"]
    assert [(run["name"], run["status"]) for run in listed] == [("run-1", "SUCCEEDED")]
    page = flow.stored(s3, "reports/heart/index.html")
    assert 'href="run-1/report.html"' in page


def test_the_list_is_bounded(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "MOST_RUNS", 1)
    flow.report(UPLOAD)
    flow.report(UPLOAD)
    assert len(json.loads(flow.stored(s3, "reports/heart/runs.json"))["runs"]) == 1


def test_names_in_the_list_are_escaped() -> None:
    run = {
        "name": "<script>",
        "ended": "2026-11-24T00:00:00+00:00",
        "status": "FAILED",
        "error": "<b>",
        "upload": "incoming/<img src=x>/a.csv",
        "metric": None,
        "value": None,
        "promoted": None,
        "cost_usd": 0.1,
    }
    page = runs.render_index("<i>", [run], language("es"))
    assert not any(tag in page for tag in ("<script", "<b>", "<img", "<i>"))
