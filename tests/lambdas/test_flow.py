"""The handlers together, on the breast-cancer example."""

import csv
import io
import json
import math
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

from tests.lambdas import flow

EXAMPLE = Path(__file__).parents[2] / "examples" / "breast_cancer.csv"


def _malignant_if_large(row: dict[str, str]) -> list[float]:
    # A crude rule with many ties and some errors, so that every metric is put to the test.
    chance = min(1.0, max(0.0, round((float(row["mean radius"]) - 8) / 14, 2)))
    return [1 - chance, chance]


@pytest.fixture
def finished(s3: Any, monkeypatch: Any) -> dict[str, Any]:
    upload = flow.put(s3, "incoming/breast-cancer/data.csv", EXAMPLE.read_bytes())
    prepared = flow.preprocess(upload)
    test = flow.stored(s3, "datasets/breast-cancer/run-1/test/test.csv")
    rows = list(csv.DictReader(io.StringIO(test)))
    labels = sorted({row["diagnosis"] for row in rows})
    endpoint = flow.FakeEndpoint(labels, _malignant_if_large)
    evaluation = flow.evaluate(monkeypatch, prepared, endpoint)
    told = flow.report(
        upload,
        preprocess=prepared,
        evaluation=evaluation,
        training={
            "job_name": "job",
            "billable_seconds": 60,
            "model_uri": "s3://b/models/model.tar.gz",
            "instance_type": "ml.m5.large",
            "start": 1_795_500_000_000,
            "end": 1_795_500_060_000,
        },
        endpoints=[
            {"name": "e", "created": "2026-11-24T04:05:00Z", "instance_type": "ml.m5.large"}
        ],
        teardown={"deleted": ["endpoint e"], "remaining": []},
        failure=None,
    )
    return {
        "prepared": prepared,
        "rows": rows,
        "labels": labels,
        "endpoint": endpoint,
        "evaluation": evaluation,
        "told": told,
        "html": flow.stored(s3, "reports/breast-cancer/run-1/report.html"),
        "report": json.loads(flow.stored(s3, "reports/breast-cancer/run-1/report.json")),
        "metrics": json.loads(flow.stored(s3, "reports/breast-cancer/run-1/metrics.json")),
        "predictions": flow.stored(s3, "reports/breast-cancer/run-1/predictions.csv"),
        "manifest": json.loads(flow.stored(s3, "datasets/breast-cancer/run-1/manifest.json")),
    }


def test_every_part_of_the_flow(finished: dict[str, Any]) -> None:
    _check_preprocess(finished)
    _check_metrics_equal_offline(finished)
    _check_target_is_never_sent(finished)
    _check_report(finished)
    _check_page(finished["html"])


def _check_preprocess(finished: dict[str, Any]) -> None:
    prepared = finished["prepared"]
    assert prepared["task"] == "binary"
    assert prepared["target"] == "diagnosis"
    assert sum(prepared["rows"].values()) == 569
    assert prepared["features"] == 30
    assert prepared["uris"]["train"].endswith("/train/")
    assert prepared["training"]["hyperparameters"]["algorithm"] == '"auto"'
    manifest = finished["manifest"]
    assert manifest["target"]["rule"] == prepared["target_rule"]
    assert manifest["source"]["rows"] == 569
    assert len(manifest["source"]["sha256"]) == 64


def _check_metrics_equal_offline(finished: dict[str, Any]) -> None:
    truth = np.array([row["diagnosis"] for row in finished["rows"]])
    scores = np.array([_malignant_if_large(row) for row in finished["rows"]])
    labels = finished["labels"]
    predicted = np.array(labels)[scores.argmax(axis=1)]
    positive = finished["metrics"]["positive_class"]
    expected = {
        "accuracy": sk.accuracy_score(truth, predicted),
        "balanced_accuracy": sk.balanced_accuracy_score(truth, predicted),
        "roc_auc": sk.roc_auc_score(truth == labels[1], scores[:, 1]),
        "f1": sk.f1_score(truth, predicted, pos_label=positive),
        "sensitivity": sk.recall_score(truth, predicted, pos_label=positive),
        "specificity": sk.recall_score(
            truth, predicted, pos_label=next(x for x in labels if x != positive)
        ),
        "log_loss": sk.log_loss(truth, scores, labels=labels),
        "pr_auc": sk.average_precision_score(truth == positive, scores[:, labels.index(positive)]),
        "precision": sk.precision_score(truth, predicted, pos_label=positive),
        "negative_predictive_value": sk.precision_score(
            truth, predicted, pos_label=next(x for x in labels if x != positive)
        ),
        "brier": sk.brier_score_loss(truth == positive, scores[:, labels.index(positive)]),
    }
    measured = dict(finished["evaluation"]["metrics"])
    assert 0 <= measured.pop("calibration_error") <= 1
    assert measured.keys() == expected.keys()
    for name, value in expected.items():
        assert math.isclose(measured[name], value, rel_tol=0, abs_tol=1e-9), name
    matrix = sk.confusion_matrix(truth, predicted, labels=labels)
    assert finished["metrics"]["confusion_matrix"] == matrix.tolist()
    lines = list(csv.DictReader(io.StringIO(finished["predictions"])))
    assert [line["actual"] for line in lines] == truth.tolist()
    assert [float(line[f"probability:{labels[1]}"]) for line in lines] == scores[:, 1].tolist()


def _check_target_is_never_sent(finished: dict[str, Any]) -> None:
    for body in finished["endpoint"].requests:
        assert b"diagnosis" not in body.split(b"\n")[0]
        assert len(body.split(b"\n")[1].split(b",")) == 30


def _check_report(finished: dict[str, Any]) -> None:
    document, told = finished["report"], finished["told"]
    assert told["status"] == document["status"] == "SUCCEEDED"
    assert document["metrics"] == finished["evaluation"]["metrics"]
    lines = document["cost"]["lines"]
    assert math.isclose(sum(line["usd"] for line in lines), told["cost_usd"], abs_tol=1e-12)
    assert lines[0]["usd"] == round(60 / 3600 * 0.115, 6)
    assert "succeeded" in told["subject"]
    assert told["subject"].isascii()
    assert "run-1" in told["message"]
    assert document["message"] in told["message"]


CHARTS = ("Confusion matrix", "ROC curve", "Precision-recall curve", "Calibration")


class _Page(HTMLParser):
    """Collects what the checks look at."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.language = None
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        if tag == "html":
            self.language = values.get("lang")
        self.loads += [str(values["src"])] if "src" in values else []
        self.loads += [str(values.get("href"))] if tag == "link" else []


def _check_page(html: str) -> None:
    page = _Page()
    page.feed(html)
    assert html.startswith("<!doctype html>")
    assert page.language == "en"
    assert page.tags.count("h1") == 1
    assert page.tags.count("table") == page.tags.count("caption")
    assert "script" not in page.tags
    assert page.loads == []
    assert "url(" not in html.replace("url(#hatch)", "")
    assert all(f"<figcaption>{name}" in html for name in CHARTS)
    assert "not a clinical validation" in html
