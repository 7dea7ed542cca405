"""The report as one self-contained page."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from lambdas.report.charts import confusion_matrix, roc_curve, roc_points, scatter
from lambdas.report.words import metric_rows, verdict


@dataclass(frozen=True)
class Stored:
    """What earlier steps stored, as far as they got.

    Parameters
    ----------
    manifest, metrics : mapping
        Contents of ``manifest.json`` and ``metrics.json``; empty if there is none.
    predictions : str
        Content of ``predictions.csv``; empty if there is none or it is too large to draw.
    """

    manifest: Mapping[str, Any]
    metrics: Mapping[str, Any]
    predictions: str


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
    )
    return environment.get_template("template.html")


def render(
    document: Mapping[str, Any],
    stored: Stored,
    teardown: Mapping[str, Any] | None,
    links: Mapping[str, str],
) -> str:
    """Return the page's HTML."""
    metrics = stored.metrics
    return _template().render(
        title=f"Molino report: {document['dataset']}",
        succeeded=document["status"] == "SUCCEEDED",
        error=document["error"],
        message=document["message"],
        verdict=verdict(document["metrics"], metrics) if metrics else [document["message"]],
        metrics=metric_rows(document["metrics"]) if metrics else [],
        test_rows=metrics.get("rows"),
        positive=metrics.get("positive_class"),
        positive_rule=metrics.get("positive_class_rule"),
        undefined=metrics.get("undefined"),
        charts=_charts(stored),
        data=_data_rows(document, stored.manifest),
        findings=stored.manifest.get("findings"),
        features=stored.manifest.get("features"),
        cost=document["cost"],
        teardown=_teardown_sentence(teardown),
        run=_run_rows(document, stored, links),
    )


def _charts(stored: Stored) -> list[tuple[str, Markup]]:
    metrics = stored.metrics
    charts: list[tuple[str, Markup | None]] = []
    if "confusion_matrix" in metrics:
        matrix = confusion_matrix(metrics["labels"], metrics["confusion_matrix"])
        charts.append(("Confusion matrix", matrix))
    if stored.predictions:
        rows = list(csv.DictReader(io.StringIO(stored.predictions, newline="")))
        if metrics.get("positive_class") is not None:
            charts.append(("ROC curve", _roc(rows, metrics["positive_class"])))
        elif metrics.get("task") == "regression":
            truth = [float(row["actual"]) for row in rows]
            predicted = [float(row["prediction"]) for row in rows]
            charts.append(("Predicted and actual", scatter(truth, predicted)))
    return [(caption, chart) for caption, chart in charts if chart is not None]


def _roc(rows: list[dict[str, str]], positive: str) -> Markup | None:
    scores = [float(row.get(f"probability:{positive}") or 0) for row in rows]
    points = roc_points(scores, [row["actual"] == positive for row in rows])
    return roc_curve(points) if points else None


def _data_rows(document: Mapping[str, Any], manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = [("Upload", str(document["upload"]["key"]))]
    source = manifest.get("source")
    if source:
        rows.append(("In the file", f"{source['rows']} rows, {len(source['columns'])} columns"))
        rows.append(("Features used", str(len(manifest["features"]))))
    if document["target"] is not None:
        rows.append(("Column to predict", f"{document['target']} ({document['target_rule']})"))
        rows.append(("Kind of task", str(document["task"])))
    sides = document["rows"]
    if sides:
        text = (
            f"{sides['train']} for training, {sides['validation']} for validation, "
            f"{sides['test']} for the test; identical rows are never on two sides"
        )
        rows.append(("Rows used", text))
    return rows


def _teardown_sentence(teardown: Mapping[str, Any] | None) -> str:
    if teardown is None:
        return "It is not known whether everything the run started was deleted; see the console."
    remaining = [str(name) for name in teardown.get("remaining") or [] if name]
    if remaining:
        return f"Not deleted, may go on costing money; please look: {', '.join(remaining)}."
    deleted = teardown.get("deleted") or []
    if not deleted:
        return "Nothing of this run was left to delete."
    return f"Checked at the end, so nothing goes on costing money; gone are: {', '.join(deleted)}."


def _tuning_sentence(tuning: Mapping[str, Any]) -> str:
    metric, value = tuning["best"]["MetricName"], tuning["best"]["Value"]
    chosen = ", ".join(f"{name} {text.strip(chr(34))}" for name, text in tuning["values"].items())
    default = tuning["default"]
    compared = "" if default is None else f", {default:.4g} with the defaults"
    kept = "The tuned model was kept" if tuning["kept"] else "The defaults were kept"
    return (
        f"{tuning['jobs']} training jobs looked for better hyperparameters; the best {metric} was "
        f"{value:.4g} ({chosen}){compared}. {kept}."
    )


def _run_rows(
    document: Mapping[str, Any], stored: Stored, links: Mapping[str, str]
) -> list[tuple[str, str]]:
    rows = [(f"Seconds: {name}", f"{value:.1f}") for name, value in document["seconds"].items()]
    latency = document["latency_ms"]
    if latency:
        text = ", ".join(f"{name} {value:.1f} ms" for name, value in latency.items())
        rows.append(("Requests to the endpoint", text))
    rows.append(("Execution", links["execution"]))
    rows.append(("Execution ARN", document["execution_arn"]))
    rows.append(("Version of the upload", document["upload"]["version_id"] or "none"))
    if document["tuning"]:
        rows.append(("Tuning", _tuning_sentence(document["tuning"])))
    for name, key in (("Model", "model_uri"), ("Predictions", "predictions_uri")):
        if document[key]:
            rows.append((name, document[key]))
    source = stored.manifest.get("source")
    if source:
        rows.append(("SHA-256 of the upload", source["sha256"]))
    versions = stored.manifest.get("versions", {})
    rows.extend((f"Version of {name}", str(version)) for name, version in versions.items())
    return rows
