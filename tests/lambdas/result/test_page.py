"""The page beside the predictions: what it shows, in whose words, and nothing of a single row."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lambdas.shared.documents.document import DISTRIBUTION, METRICS, PROFILE
from lambdas.shared.failures.errors import ColumnMissing
from lambdas.shared.findings.finding import Finding
from tests.lambdas.conftest import BUCKET, Context
from tests.lambdas.report import browser
from tests.lambdas.result.test_result import DONE, FOLDER, MISSING, RANGE, UPLOAD, told

MODEL = DONE["prepared"]["model"] | {
    "data_uri": f"s3://{BUCKET}/datasets/heart/run-1",
    "report_uri": f"s3://{BUCKET}/reports/heart/run-1",
}
OF_CLASSES: dict[str, Any] = {
    "classes": {"benign": {"train": 60, "validation": 10, "test": 5}, "malignant": {"train": 25}}
}
OF_NUMBERS: dict[str, Any] = {
    "mean": {"train": 10.0, "test": 20.0},
    "histogram": {"edges": [0, 10, 20, 30], "counts": {"train": [3, 0, 0], "test": [0, 0, 1]}},
}


def page(
    s3: Any,
    context: Context,
    spread: dict[str, Any],
    target: dict[str, Any],
    *found: Finding,
    rows: int = 569,
    task: str = "binary",
    **changes: Any,
) -> str:
    """Return the HTML of predictions of which all is known."""
    metrics = {
        "task": task,
        "rows": 40,
        "metrics": {"accuracy": 0.9, "mae": 2.5},
        "intervals": {"accuracy": {"low": 0.8, "high": 0.95}, "mae": {"low": 2, "high": 3}},
        "labels": ["benign", "malignant"],
        "positive_class": "malignant",
        "classes": [
            {"label": "benign", "predicted_rows": 30},
            {"label": "malignant", "predicted_rows": 10},
        ],
    }
    documents = {
        f"s3://{BUCKET}/{FOLDER}/distribution.json": DISTRIBUTION.text(spread),  # type: ignore[arg-type]
        f"{MODEL['data_uri']}/profile.json": PROFILE.text({"target": target}),  # type: ignore[typeddict-item]
        f"{MODEL['report_uri']}/metrics.json": METRICS.text(metrics),  # type: ignore[arg-type]
    }
    for uri, text in documents.items():
        key = uri.removeprefix(f"s3://{BUCKET}/")
        s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode())
    joined = {"rows": rows, "added": ["prediction"]}
    prepared = DONE["prepared"] | {"model": MODEL, "task": task}
    changes = {"joined": joined, "prepared": prepared} | changes
    told(s3, context, *found, **changes)
    stored = s3.get_object(Bucket=BUCKET, Key=f"{FOLDER}/report.html")
    assert stored["ContentType"] == "text/html; charset=utf-8"
    return str(stored["Body"].read().decode())


def texts(html: str) -> str:
    """Return what a reader reads."""
    body = html.partition("</style>")[2]
    return " ".join(re.sub("<[^>]+>", " ", body).split())


def test_classes_stand_beside_those_of_training(s3: Any, context: Context) -> None:
    html = page(s3, context, {"classes": {"benign": 469, "malignant": 100}}, OF_CLASSES, RANGE)
    said = texts(html)
    assert "569 rows of “diagnosis” were predicted with version 4 of the model." in said
    assert "benign 469 82.4% 75.0% 75.0%" in said  # here, of the test rows, of the training file
    assert "malignant 100 17.6% 25.0%" in said
    assert "In the column “age”, 1 number is outside the range of training (row 7)" in said
    assert "Check the unit and the decimal sign." in said
    assert "version 4 trained on 2026-11-20" in said
    assert "0.900 0.800 \u2013 0.950" in said
    assert f"s3://{BUCKET}/{UPLOAD['key']}" in said
    assert f"{MODEL['report_uri']}/report.html" in said
    assert '<a href="predictions.csv">' in html
    assert "<script" not in html


def test_a_class_that_training_lacked_or_nothing_was_predicted_as_is_there(
    s3: Any, context: Context
) -> None:
    said = texts(page(s3, context, {"classes": {"other": 569}}, OF_CLASSES))
    assert "benign 0 0.0%" in said
    assert "other 569 100.0%" in said


def test_numbers_stand_beside_those_of_training(s3: Any, context: Context) -> None:
    spread = {
        "mean": 17.5,
        "histogram": {"edges": [0, 10, 20, 30], "counts": [400, 100, 60], "below": 9, "above": 0},
    }
    html = page(s3, context, spread, OF_NUMBERS, task="regression")
    said = texts(html)
    assert "Mean of the predictions 17.5 Mean in the training file 12.5" in said
    assert "below the range of training 9 " in said
    assert 'aria-label="Predicted numbers (bars)' in html
    without = texts(page(s3, context, {"mean": 17.5}, {}, task="regression"))
    assert "Mean of the predictions 17.5" in without
    assert "Mean in the training file" not in without


def test_predictions_unlike_the_test_rows_are_told_and_kept(s3: Any, context: Context) -> None:
    said = texts(page(s3, context, {"classes": {"benign": 100, "malignant": 469}}, OF_CLASSES))
    assert "The predictions are distributed differently than those of the test rows" in said
    assert "version 4 (stability index" in said
    kept = json.load(s3.get_object(Bucket=BUCKET, Key=f"{FOLDER}/distribution.json")["Body"])
    assert kept["drift"]["level"] == "large"
    assert kept["classes"] == {"benign": 100, "malignant": 469}


def test_of_few_rows_it_does_not_show_what_was_predicted(s3: Any, context: Context) -> None:
    shares = {"classes": {"benign": 19}}
    assert "benign 19" not in texts(page(s3, context, shares, OF_CLASSES, rows=19))
    assert "fewer than 20 rows" in texts(page(s3, context, shares, OF_CLASSES, rows=19))
    assert "benign 20" in texts(page(s3, context, {"classes": {"benign": 20}}, OF_CLASSES, rows=20))


def test_a_failure_has_its_page_too(s3: Any, context: Context) -> None:
    failure = {
        "Error": "ColumnMissing",
        "Cause": json.dumps(
            {"errorMessage": str(ColumnMissing(MISSING)), "errorType": "ColumnMissing"}
        ),
    }
    nothing: dict[str, Any] = {"prepared": None, "transform": None, "joined": None}
    told(s3, context, MISSING, failure=failure, **nothing)
    body = s3.get_object(Bucket=BUCKET, Key=f"{FOLDER}/report.html")["Body"].read().decode()
    said = texts(body)
    assert "Failed: ColumnMissing" in said
    assert "The column “age” is missing." in said
    assert 'id="predicted"' not in body
    assert f"s3://{BUCKET}/{UPLOAD['key']}" in said


def test_what_is_gone_is_not_missed(s3: Any, context: Context) -> None:
    answer, _ = told(s3, context)
    assert answer["status"] == "SUCCEEDED"
    said = texts(s3.get_object(Bucket=BUCKET, Key=f"{FOLDER}/report.html")["Body"].read().decode())
    assert "test figures are no longer in the bucket." in said
    assert "Nothing in the rows was unusual for the model." in said


def test_names_are_text(s3: Any, context: Context) -> None:
    html = page(s3, context, {"classes": {"<b>x</b>": 569}}, OF_CLASSES)
    assert "<b>x</b>" not in html
    assert "&lt;b&gt;x&lt;/b&gt;" in html


@pytest.mark.parametrize("language", ["en", "es"])
def test_axe_finds_nothing_and_nothing_is_asked_for(
    language: str, s3: Any, context: Context, tmp_path: Path
) -> None:
    if language == "en":
        html = page(s3, context, {"classes": {"benign": 569}}, OF_CLASSES, RANGE)
    else:
        histogram = {"edges": [0, 10, 20, 30], "counts": [1, 2, 3], "below": 0, "above": 0}
        numbers = {"mean": 1.5, "histogram": histogram}
        html = page(s3, context, numbers, OF_NUMBERS, RANGE, language=language, task="regression")
    assert f'<html lang="{language}">' in html
    found = browser.look(html, tmp_path)
    assert found["violations"] == []
    assert found["rules"] > 10
    assert found["resources"] == []


def of_known_targets(s3: Any, context: Context, verdict: str, **changes: Any) -> tuple[str, Any]:
    """Return the page of predictions that were measured, and ``result.json``."""
    apart = {"accuracy": {"value": -0.1, "low": -0.2, "high": -0.01}}
    differences = {} if verdict == "seen" else apart
    figures = {
        "task": "binary",
        "rows": 500,
        "metrics": {"accuracy": 0.8},
        "intervals": {"accuracy": {"low": 0.75, "high": 0.85}},
        "comparison": {"differences": differences},
    }
    uri = f"s3://{BUCKET}/{FOLDER}/metrics.json"
    s3.put_object(Bucket=BUCKET, Key=f"{FOLDER}/metrics.json", Body=json.dumps(figures).encode())
    measurement = {
        "rows": 500,
        "metrics": figures["metrics"],
        "registered": {"accuracy": 0.9},
        "differences": differences,
        "judged_by": None if verdict in ("seen", "unknown") else "accuracy",
        "verdict": verdict,
        "metrics_uri": uri,
    }
    targets = {"uri": "s3://b/t", "rows": 500, "is_seen": False} | changes.pop("targets", {})
    given: dict[str, Any] = {
        "measurement": measurement,
        "joined": {"rows": 569, "added": [], "measured_uri": "s3://b/m", "measured": 500},
        "prepared": DONE["prepared"] | {"model": MODEL, "targets": targets},
    }
    shares = {"classes": {"benign": 569}}
    html = page(s3, context, shares, OF_CLASSES, **given | changes)
    document = s3.get_object(Bucket=BUCKET, Key=f"{FOLDER}/result.json")["Body"].read()
    return html, json.loads(document)


def test_known_targets_are_measured_beside_the_models_figures(s3: Any, context: Context) -> None:
    html, document = of_known_targets(s3, context, "worse")
    said = texts(html)
    assert "In 500 rows “diagnosis” is known." in said
    judged = "these predictions are worse than those of the test rows by more than chance"
    assert f"By accuracy {judged} (0.800 here, 0.900 there)." in said
    assert judged in document["message"]
    here, there = "0.800 0.750 \u2013 0.850", "0.900 0.800 \u2013 0.950"
    assert f"{here} {there} \u22120.100 \u22120.200 \u2013 \u22120.010" in said
    assert document["measurement"]["verdict"] == "worse"
    assert document["measurement"]["error"] is None


def test_what_limits_a_measurement_is_said(s3: Any, context: Context) -> None:
    seen = texts(of_known_targets(s3, context, "seen")[0])
    assert "the model was trained on" in seen
    assert "are not compared" in seen
    assert "Difference" not in seen
    unknown, _ = of_known_targets(s3, context, "unknown", targets={"is_seen": None})
    assert "was not checked" in texts(unknown)
    many, _ = of_known_targets(s3, context, "same", targets={"rows": 1500})
    assert "One in 3 of them is measured." in texts(many)


def test_a_measurement_that_failed_leaves_the_predictions(s3: Any, context: Context) -> None:
    failure = {"Error": "OutOfMemory", "Cause": "SECRET"}
    html, document = of_known_targets(s3, context, "same", measurement=failure)
    assert "could not be measured (OutOfMemory). The predictions themselves are complete" in html
    assert 'id="measured"' not in html
    assert (document["status"], document["measurement"]) == ("SUCCEEDED", {"error": "OutOfMemory"})
    assert "SECRET" not in json.dumps(document)
