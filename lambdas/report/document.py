"""``report.json``: the run's result for programs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from lambdas.report.cost import estimate, with_starts
from lambdas.report.exported import exported
from lambdas.report.failures import Failure
from lambdas.report.language import Language, language
from lambdas.report.run_message import failure_of, run_message, sentences
from lambdas.report.serving import served
from lambdas.report.usage import seconds, usage
from lambdas.shared.contracts.contract import Contract
from lambdas.shared.contracts.report import ReportEvent
from lambdas.shared.names.legal import dataset_slug


def build_document(
    event: ReportEvent, now: dt.datetime, manifest: Mapping[str, Any], words: Language
) -> dict[str, Any]:
    """Return the content of ``report.json``; without any cell's value.

    Parameters
    ----------
    event : ReportEvent
    now : datetime.datetime
    manifest : mapping
        Content of ``manifest.json``, or of ``findings.json`` for an upload that can't be used.
    words : Language
        The run's own, for what is otherwise in English.
    """
    known = seconds(event, now)
    failure = failure_of(event, manifest)
    error = failure.code if failure else None
    document: dict[str, Any] = {
        "schema_version": 1,
        "status": "FAILED" if error else "SUCCEEDED",
        "error": error,
        "message": run_message(event, failure, language(None)),
        "language": words.code,
        "said": _said(event, failure, manifest, words),
        "execution_arn": event.execution.arn,
        "dataset": dataset_slug(event.paths.dataset),
        **_picked(event.prepared, "task", "target", "target_rule", "algorithm", "rows"),
        "features": {each["name"]: each["type"] for each in manifest.get("features", ())},
        "findings": [_finding(each) for each in manifest.get("findings", ())],
        "account": _account(manifest),
        **_picked(event.evaluation, "metrics", "latency_ms", "predictions_uri"),
        "verdict": _verdict(event),
        "trained": error is None and not event.is_idle,
        "reason": _reason(event, language(None)),
        "champion": _champion(event),
        "promoted": event.decision.promoted if event.decision else None,
        "decision": event.decision and event.decision.model_dump(exclude={"question"}),
        "serving": served(event),
        "cost": estimate(usage(event, known)) | {"region": event.execution.arn.split(":")[3]},
        "seconds": known,
        "endpoints": len(event.endpoints),
        "tuning": _tuning(event),
        "manifest_uri": event.prepared.uris["manifest"] if event.prepared else None,
        "model_uri": event.training.model_uri if event.training else None,
        "onnx": exported(event.training),
        "report_uri": event.paths.report_uri,
        "upload": event.upload.model_dump(exclude={"reason"}),
    }
    ranges = with_starts(document)
    document["cost"] |= {"with_starts": ranges and ranges.to_dict()}
    return document


def _said(
    event: ReportEvent, failure: Failure | None, manifest: Mapping[str, Any], words: Language
) -> dict[str, Any]:
    target, decision = manifest.get("target"), event.decision
    return {
        "message": run_message(event, failure, words),
        "reason": _reason(event, words),
        "verdict": sentences(words, event.evaluation.verdict if event.evaluation else None),
        "target_rule": words.say(target["wording"]) if target else None,
        "decision": words.say(decision.wording) if decision else None,
    }


def _reason(event: ReportEvent, words: Language) -> str | None:
    """Return why the run trains, or why not; None if no reason was asked for."""
    return words.say(event.because) if event.because else None


def _champion(event: ReportEvent) -> dict[str, Any] | None:
    """Return how the champion did on the new test rows; None if it was not measured on them."""
    found = event.champion_evaluation
    if found is None:
        return None
    return {"version": event.champion_version, "metrics": found.metrics, "rows": found.rows}


def _verdict(event: ReportEvent) -> list[dict[str, str]]:
    """Return what is said of the model, in English, without the classes' names."""
    return sentences(language(None), event.evaluation.verdict if event.evaluation else None)


def _tuning(event: ReportEvent) -> dict[str, Any] | None:
    """Return what tuning tried and reached, and whether its best model is the one kept."""
    if event.tuning is None:
        return None
    kept = event.training is not None and event.training.job_name == event.tuning.best_job
    return {**event.tuning.model_dump(), "kept": kept}


def _finding(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in ("code", "severity", "column", "row", "message")}


def _account(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return what became of the file's rows, as far as it was read."""
    known = manifest.get("account")
    if known:
        return {"read": known["file"], "used": known["used"], "left_out": known["excluded"]}
    source = manifest.get("source", {})
    return {"read": source.get("rows"), "used": None, "left_out": source.get("excluded", {})}


def _picked(source: Contract | None, *names: str) -> dict[str, Any]:
    """Return some of a step's results, None where it did not get that far."""
    return {name: getattr(source, name, None) for name in names}
