"""How a run ended, and what is said of its model, in some sentences of any language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from lambdas.report.failures import Failure, explain
from lambdas.report.language import Language
from lambdas.report.serving import sentence
from lambdas.shared.contracts.decide import DecisionSummary
from lambdas.shared.contracts.evaluate import Evaluation
from lambdas.shared.contracts.report import ReportEvent
from lambdas.shared.findings.message import metric_name


class Ending(NamedTuple):
    """How a run ended, and what serves since, in the words of a language."""

    words: Language
    message: str
    served: str = ""


_SHOWN = ("accuracy", "balanced_accuracy", "roc_auc", "sensitivity", "r2", "mae")


def failure_of(event: ReportEvent, manifest: Mapping[str, Any]) -> Failure | None:
    """Return why a run failed; None if it succeeded.

    Parameters
    ----------
    event : ReportEvent
    manifest : mapping
        Content of ``manifest.json``, or of ``findings.json`` for an upload that can't be used.
    """
    if event.failure is None:
        return None
    return explain(event.failure.model_dump(), manifest.get("findings", ()))


def run_message(event: ReportEvent, failure: Failure | None, words: Language) -> str:
    """Return why a run failed, or what came out of it."""
    if failure:
        return failure.say(words)
    if event.is_idle:
        return _not_trained(words, event)
    evaluation = event.evaluation
    trained = words(
        "notification.trained",
        target=event.prepared.target if event.prepared else None,
        **_figures(words, evaluation),
    )
    said = [each["text"] for each in sentences(words, evaluation.verdict if evaluation else None)]
    decided = [_decided(words, event.decision)] if event.decision else []
    return " ".join(filter(None, [trained, *said, *decided, sentence(words, event)]))


def _not_trained(words: Language, event: ReportEvent) -> str:
    reason = words.say(event.because) if event.because else ""
    of_champion = words(
        "notification.champion",
        version=event.champion_version,
        **_figures(words, event.champion_evaluation),
    )
    return f"{words('notification.not_trained', reason=reason)} {of_champion}"


def _figures(words: Language, evaluation: Evaluation | None) -> dict[str, str]:
    """Return how many test rows there are, and the most important metrics on them."""
    metrics = evaluation.metrics if evaluation else {}
    shown = [
        f"{words.say(metric_name(name))} {words.fixed(metrics[name], 3)}"
        for name in _SHOWN
        if name in metrics
    ]
    rows = words("amount.test_rows", count=evaluation.rows if evaluation else 0)
    return {"rows": rows, "metrics": ", ".join(shown)}


def _decided(words: Language, decision: DecisionSummary) -> str:
    key = "promoted" if decision.promoted else "rejected"
    if not decision.promoted and decision.verdict == "hold":
        key = "held"
    return words(
        f"notification.{key}",
        version=decision.version,
        reason=words.say(decision.wording),
        command="aws sagemaker update-model-package --model-approval-status Approved "
        f"--model-package-arn {decision.package_arn}",
    )


_COUNTS = frozenset(
    {"rows", "correct", "positives", "negatives", "true_positives", "true_negatives"}
    | {"predicted_positives", "classes", "classes_not_found", "moved"}
    | {"group_comparisons", "group_differences"}
)
_THRESHOLD_DIGITS = 6
_SCORES = ("auc", "r2")
_AMOUNTS = frozenset({"mae", "baseline_mae", "other_threshold"})


def sentences(words: Language, found: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """Return ``code``, ``level`` and ``text`` of each statement.

    Parameters
    ----------
    words : Language
    found : mapping or None
        What `lambdas.quality.verdict.verdict` returned; None if the model was not measured.
    """
    if not found:
        return []
    figures = {name: _written(words, name, value) for name, value in found["figures"].items()}
    return [
        {**each, "text": words(f"verdict.{each['code']}", **figures, count=count)}
        for each in found["statements"]
        for count in [found["figures"].get(_counted(each["code"]), 0)]
    ]


def written_threshold(words: Language, value: float) -> str:
    """Write a probability that decides with as many digits as it needs."""
    return words.figures(value, _THRESHOLD_DIGITS)


def _counted(code: str) -> str:
    """Return the figure that chooses between a statement's two forms."""
    counted = {"negative": "negatives", "groups": "group_differences"}
    return counted.get(code.partition(".")[0], "positives")


def _written(words: Language, name: str, value: float) -> str:
    if name in _COUNTS:
        return words.whole(value)
    if name == "threshold":
        return written_threshold(words, value)
    if name in _AMOUNTS:
        return words.figures(value, 3)
    return words.fixed(value, 3) if name.startswith(_SCORES) else words.percent(value)
