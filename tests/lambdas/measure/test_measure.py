"""Predictions of known targets get training's figures, beside those of the model's test rows."""

import csv
import io
import json
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

from lambdas.measure import handler as module
from lambdas.measure.difference import difference
from lambdas.quality.ranking import area, area_figure
from lambdas.quality.scored import Scored
from lambdas.quality.tasks import scores
from lambdas.shared.documents.document import METRICS, PROFILE
from lambdas.shared.fallen import CHANCE
from tests.contracts import PREPARED_ROWS
from tests.lambdas.conftest import BUCKET, Context
from tests.lambdas.quality.test_metrics import classified, estimated

MODEL = PREPARED_ROWS["model"] | {
    "data_uri": f"s3://{BUCKET}/datasets/d/run-1",
    "report_uri": f"s3://{BUCKET}/reports/d/run-1",
}
FOLDER = "predictions/d/run-2"
LABELS = ("benign", "malignant")


def put(s3: Any, key: str, text: str) -> None:
    s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode())


def answered(s3: Any, lines: list[list[Any]]) -> None:
    """Store the model's answers to its own test rows."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    put(s3, "reports/d/run-1/predictions.csv", text.getvalue())


def measured(
    s3: Any, context: Context, lines: list[list[Any]], task: str, *, is_seen: bool | None = False
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the answer and the stored document."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    put(s3, f"{FOLDER}/job/measured.csv", text.getvalue())
    rows = len(lines) - 1
    prepared = PREPARED_ROWS | {
        "model": MODEL,
        "task": task,
        "predictions_uri": f"s3://{BUCKET}/{FOLDER}/predictions.csv",
        "targets": {"uri": "s3://b/targets", "rows": rows, "is_seen": is_seen},
    }
    joined = {"rows": rows, "added": [], "measured": rows}
    joined["measured_uri"] = f"s3://{BUCKET}/{FOLDER}/job/measured.csv"
    answer = module.handler({"prepared": prepared, "joined": joined}, context)
    assert answer["metrics_uri"] == f"s3://{BUCKET}/{FOLDER}/metrics.json"
    return answer, json.load(s3.get_object(Bucket=BUCKET, Key=f"{FOLDER}/metrics.json")["Body"])


def classes(rows: int, skill: float, seed: int) -> tuple[list[int], list[float]]:
    """Return truths and probabilities of a model of some skill."""
    generator = np.random.default_rng(seed)
    truth = np.arange(rows) % 2
    noise = generator.random(rows)
    return truth.tolist(), (skill * truth + (1 - skill) * noise).tolist()


def as_lines(truth: list[int], probabilities: list[float]) -> list[list[Any]]:
    header = ["row", "actual", "prediction", *(f"probability:{label}" for label in LABELS)]
    rows = zip(truth, probabilities, strict=True)
    return [
        header,
        *(
            [n, LABELS[actual], LABELS[p >= 0.5], repr(1 - p), repr(p)]
            for n, (actual, p) in enumerate(rows)
        ),
    ]


def scored(truth: list[int], probabilities: list[float]) -> Scored:
    pairs = [[1 - p, p] for p in probabilities]
    return classified("binary", [LABELS[each] for each in truth], list(LABELS), pairs)


def trained(s3: Any, truth: list[int], probabilities: list[float]) -> dict[str, Any]:
    """Store what training measured, the second class being positive."""
    document = scores(scored(truth, probabilities))
    put(s3, "reports/d/run-1/metrics.json", METRICS.text(document))  # type: ignore[arg-type]
    answered(s3, as_lines(truth, probabilities))
    target = {"classes": {label: {"train": 10, "validation": 0, "test": 0} for label in LABELS}}
    put(s3, "datasets/d/run-1/profile.json", PROFILE.text({"target": target}))  # type: ignore[typeddict-item]
    return document


def test_classes_have_the_figures_of_training(s3: Any, context: Context) -> None:
    before = trained(s3, *classes(200, 0.4, 1))
    truth, found = classes(300, 0.4, 2)
    answer, stored = measured(s3, context, as_lines(truth, found), "binary")
    assert stored["metrics"].keys() == before["metrics"].keys()
    assert stored["intervals"].keys() == before["intervals"].keys()
    assert stored["metrics"]["roc_auc"] == pytest.approx(sk.roc_auc_score(truth, found))
    guesses = [p >= 0.5 for p in found]
    assert stored["metrics"]["accuracy"] == pytest.approx(sk.accuracy_score(truth, guesses))
    assert stored["positive_class"] == "malignant"
    assert stored["baseline"]["metrics"]["accuracy"] == 0.5
    assert answer["registered"] == before["metrics"]
    assert (answer["rows"], answer["judged_by"], answer["verdict"]) == (300, "roc_auc", "same")
    assert stored["comparison"]["verdict"] == "same"


@pytest.mark.parametrize(("here", "verdict"), [(0.05, "worse"), (0.9, "better")])
def test_what_differs_beyond_chance_is_told(
    s3: Any, context: Context, here: float, verdict: str
) -> None:
    trained(s3, *classes(200, 0.3, 1))
    answer, _ = measured(s3, context, as_lines(*classes(300, here, 2)), "binary")
    assert answer["verdict"] == verdict
    apart = answer["differences"]["roc_auc"]
    assert apart["low"] * apart["high"] > 0


def test_rows_of_training_are_not_compared(s3: Any, context: Context) -> None:
    trained(s3, *classes(200, 0.3, 1))
    lines = as_lines(*classes(300, 0.9, 2))
    answer, _ = measured(s3, context, lines, "binary", is_seen=True)
    assert (answer["verdict"], answer["judged_by"]) == ("seen", None)
    assert answer["differences"] == {}


def test_without_the_models_figures_nothing_is_compared(s3: Any, context: Context) -> None:
    answer, stored = measured(s3, context, as_lines(*classes(40, 0.4, 2)), "binary")
    assert (answer["verdict"], answer["differences"], stored["baseline"]) == ("unknown", {}, None)


def test_the_models_own_metric_decides_and_its_answers_are_needed(
    s3: Any, context: Context
) -> None:
    trained(s3, *classes(200, 0.3, 1))
    put(s3, "reports/d/run-1/decision.json", json.dumps({"metric": "accuracy"}))
    lines = as_lines(*classes(300, 0.05, 2))
    answer, stored = measured(s3, context, lines, "binary")
    assert (answer["judged_by"], answer["verdict"]) == ("accuracy", "worse")
    assert stored["comparison"]["chance"] <= CHANCE
    s3.delete_object(Bucket=BUCKET, Key="reports/d/run-1/predictions.csv")
    answer, _ = measured(s3, context, lines, "binary")
    assert (answer["judged_by"], answer["verdict"]) == (None, "unknown")
    assert "accuracy" in answer["differences"]


def test_a_metric_that_one_side_lacks_is_not_the_judge(s3: Any, context: Context) -> None:
    trained(s3, *classes(200, 0.3, 1))
    truth, found = classes(60, 0.3, 2)
    answer, stored = measured(s3, context, as_lines([1] * len(truth), found), "binary")
    assert "roc_auc" in stored["undefined"]
    assert answer["judged_by"] == "accuracy"


def test_numbers_keep_no_single_row(s3: Any, context: Context) -> None:
    truth = np.arange(100.0)
    document = scores(estimated(truth, truth + 1))
    put(s3, "reports/d/run-1/metrics.json", METRICS.text(document))  # type: ignore[arg-type]
    header = ["row", "actual", "prediction"]
    answered(s3, [header, *([n, value, value + 1] for n, value in enumerate(truth.tolist()))])
    off = [(value, value + (9 if value % 2 else -9)) for value in truth]
    lines = [header, *([n, a, p] for n, (a, p) in enumerate(off))]
    answer, stored = measured(s3, context, lines, "regression")
    assert stored["metrics"]["mae"] == pytest.approx(9)
    assert (answer["judged_by"], answer["verdict"]) == ("rmse", "worse")
    assert stored["residuals"].keys() == {"quantiles", "histogram"}


def test_the_interval_of_two_shares_is_newcombes() -> None:
    """56 of 70 less 48 of 80: Newcombe 1998, table II (a), method 10: 0.0524 to 0.3339."""
    shares = []
    for count, rows in ((56, 70), (48, 80)):
        chances = [0.9 if n < count else 0.1 for n in range(rows)]
        found = scores(scored([1] * rows, chances))
        around = found["intervals"]["accuracy"]
        shares.append((found["metrics"]["accuracy"], around["low"], around["high"]))
    apart = difference(*shares)
    assert apart["value"] == pytest.approx(0.2)
    assert (apart["low"], apart["high"]) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_without_a_difference_few_are_found() -> None:
    """Of pairs of samples alike, no more than one in twenty, and what chance adds to that."""
    generator, pairs = np.random.default_rng(0), 1000

    def drawn(rows: int) -> tuple[float, float, float]:
        truth = np.arange(rows) % 2
        scored = truth + generator.normal(scale=1.2, size=rows)
        found = area_figure(area(scored, truth == 1))
        assert found
        return found.value, found.low, found.high

    apart = [difference(drawn(150), drawn(60)) for _ in range(pairs)]
    wrong = sum(each["low"] > 0 or each["high"] < 0 for each in apart)
    assert wrong <= pairs * 0.05 + 3 * (pairs * 0.05 * 0.95) ** 0.5
