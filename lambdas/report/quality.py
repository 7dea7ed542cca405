"""How good the model is: the verdict, the metrics with their intervals, and the charts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from markupsafe import Markup

from lambdas.quality.verdict import used_threshold
from lambdas.quality.verdict import verdict as judge
from lambdas.report import charts
from lambdas.report.charts import whisker
from lambdas.report.language import Language
from lambdas.report.run_message import sentences
from lambdas.report.threshold import heading

# Perfect and the baseline are both between 0 and 1, so that one scale fits all of them.
_SHARES = frozenset(
    {"accuracy", "balanced_accuracy", "roc_auc", "pr_auc", "f1", "f1_macro", "sensitivity"}
    | {"specificity", "precision", "negative_predictive_value", "recall", "r2"}
)
_OF_PROBABILITIES = frozenset(
    {"brier", "calibration_error", "log_loss", "calibration_gap", "equalized_odds"}
    | {"positive_share", "selection_rate", "false_positive_rate"}
)
# Of the probabilities alone, whatever the threshold.
_WHATEVER = frozenset({"roc_auc", "pr_auc", "log_loss", "brier", "calibration_error"})
_HEADLINES = (
    *("roc_auc", "sensitivity", "specificity"),
    *("balanced_accuracy", "accuracy", "r2", "mae"),
)


def verdict(words: Language, metrics: Mapping[str, Any]) -> list[dict[str, str]]:
    """Judge a model in a few sentences, and say what “positive” means in them.

    Parameters
    ----------
    words : Language
    metrics : mapping
        Content of ``metrics.json``.
    """
    found = sentences(words, judge(metrics))
    if metrics.get("positive_class") is None:
        return found
    rule = words.say(metrics["positive_class_wording"])
    meaning = words("verdict.meaning", label=metrics["positive_class"], rule=rule)
    return [*found, {"code": "meaning", "level": "note", "text": meaning}]


def headlines(words: Language, metrics: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return name, value and interval of the most important figures."""
    found = [name for name in _HEADLINES if name in metrics["metrics"]]
    rows = (figure(words, metrics, name) for name in found[:3])
    return [(row["name"], row["value"], row["interval"]) for row in rows]


def figures(words: Language, metrics: Mapping[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return headings, each with a row for each metric that has an explanation.

    What depends on the threshold stands apart from what does not; of numbers there is one list
    without a heading.
    """
    names = [name for name in metrics["metrics"] if words.has(f"metric.{name}")]
    if metrics["task"] == "regression":
        return [("", [figure(words, metrics, name) for name in names])]
    at_it = [figure(words, metrics, name) for name in names if name not in _WHATEVER]
    whatever = [figure(words, metrics, name) for name in names if name in _WHATEVER]
    return [(heading(words, metrics), at_it), (words("threshold.whatever"), whatever)]


def table(words: Language, metrics: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a caption and `figures`; None if nothing was measured."""
    if not metrics:
        return None
    rows = words("amount.rows", count=metrics["rows"])
    return {"caption": words("metrics.caption", rows=rows), "figures": figures(words, metrics)}


def figure(words: Language, measured: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a metric in words: name, explanation, value, interval, baseline, drawing.

    Parameters
    ----------
    words : Language
    measured : mapping
        ``metrics`` and perhaps ``intervals`` and ``baseline``.
    name : str
    """
    value = measured["metrics"][name]
    around = measured.get("intervals", {}).get(name)
    baseline = (measured.get("baseline") or {}).get("metrics", {}).get(name)
    write = writer(words, name)
    title = words(f"metric.{name}")
    drawn = None
    if around and name in _SHARES:
        said = words("chart.whisker.title", name=title, value=write(value))
        drawn = whisker(said, value, around["low"], around["high"], baseline)
    return {
        "name": title,
        "says": words(f"metric.{name}.says"),
        "value": write(value),
        "interval": words.span(write(around["low"]), write(around["high"])) if around else "",
        "baseline": "" if baseline is None else write(baseline),
        "drawing": drawn,
    }


def writer(words: Language, name: str) -> Callable[[float], str]:
    """Return what writes a metric's values."""
    if name in _SHARES or name in _OF_PROBABILITIES:
        return lambda value: words.fixed(value, 3)
    return words.figures


def classes(words: Language, metrics: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return rows of the table by class: label, rows and figures with their intervals."""
    return [
        {
            "label": each["label"],
            "rows": words.whole(each["rows"]),
            "figures": [brief(words, each, name) for name in CLASS_FIGURES],
        }
        for each in metrics.get("classes") or []
    ]


CLASS_FIGURES = ("recall", "precision", "f1")


def brief(words: Language, measured: Mapping[str, Any], name: str) -> tuple[str, str]:
    """Return a figure and its interval; both empty where these rows do not define it."""
    if name not in measured["metrics"]:
        return "", ""
    row = figure(words, measured, name)
    return row["value"], row["interval"]


def drawings(words: Language, metrics: Mapping[str, Any]) -> list[tuple[str, Markup]]:
    """Return caption and chart of what the task has."""
    found = [*_of_classes(words, metrics), *_of_numbers(words, metrics)]
    return [(words(f"chart.{key}"), drawn) for key, drawn in found if drawn is not None]


def _of_classes(words: Language, metrics: Mapping[str, Any]) -> Iterator[tuple[str, Markup | None]]:
    if "confusion_matrix" in metrics:
        matrix = charts.confusion_matrix(words, metrics["labels"], metrics["confusion_matrix"])
        yield "matrix", matrix
    curves = metrics.get("curves") or {}
    if curves.get("roc"):
        yield "roc", charts.roc(words, curves["roc"])
    if curves.get("precision_recall"):
        share = _positive_share(metrics)
        yield "pr", charts.precision_recall(words, curves["precision_recall"], share)
    if curves.get("threshold"):
        used = used_threshold(metrics)
        yield "threshold", charts.trade_off(words, curves["threshold"], used)
    if (metrics.get("calibration") or {}).get("bins"):
        yield "calibration", charts.calibration(words, metrics["calibration"]["bins"])


def _positive_share(metrics: Mapping[str, Any]) -> float:
    index = metrics["labels"].index(metrics["positive_class"])
    share: float = sum(metrics["confusion_matrix"][index]) / max(1, int(metrics["rows"]))
    return share


def _of_numbers(words: Language, metrics: Mapping[str, Any]) -> Iterator[tuple[str, Markup | None]]:
    found = metrics.get("residuals")
    if found and "sample" in found:  # of predictions no single row is kept
        actual, predicted = (found["sample"][name] for name in ("actual", "predicted"))
        yield "scatter", charts.predicted_and_actual(words, actual, predicted)
        yield "residuals", charts.residuals(words, actual, predicted)
    if found:
        yield "errors", charts.histogram(words, found["histogram"])
