"""What comes of the states of the machine that predicts, and the requests they make."""

from collections.abc import Mapping
from typing import Any

from infra.workflow.stories import PREDICTION
from tests.contracts import JOIN_HANDED_OVER, PREPARED_ROWS, ROWS_HANDED_OVER
from tests.infra.workflow.definition import CONTEXT, deployed, evaluate, tasks
from tests.infra.workflow.machine_run import Answer

MACHINE = deployed(story=PREDICTION)
GO = {"verdict": "GO", "ahead": 0, "wait_seconds": 0, "language": "en", "notice": None}
TOLD = {
    "status": "SUCCEEDED",
    "error": None,
    "subject": "Molino: predictions are ready",
    "message": "All is well",
    "announcements": [{"kind": "Molino Prediction Succeeded", "detail": {"status": "SUCCEEDED"}}],
    "report_uri": "s3://molino-bucket/predictions/breast-cancer-2026/run/result.json",
    "cost_usd": 0.01,
}
JOINED = {"rows": 569, "added": ["prediction"]}


def job(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a completed transform job as `.sync` answers it."""
    times = {"TransformStartTime": 1_764_000_000_000, "TransformEndTime": 1_764_000_060_000}
    return {**given, "TransformJobStatus": "Completed", **times}


def result(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the result function answers."""
    failure = given["Payload"]["failure"]
    ended = {"status": "FAILED", "error": failure["Error"]} if failure else {}
    return {"Payload": TOLD | ended}


def processed(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a completed processing job as `.sync` answers it."""
    times = {"ProcessingStartTime": 1_764_000_000_000, "ProcessingEndTime": 1_764_000_061_000}
    names = ("ProcessingJobName", "ProcessingResources")
    return {name: given[name] for name in names} | times


ANSWERS: dict[str, Answer] = {
    "Check queue": lambda _: {"Payload": GO},
    "Read rows": lambda _: {"Payload": PREPARED_ROWS},
    "Create model": lambda _: {"ModelArn": "arn"},
    "Run transform job": job,
    "Delete model and job": lambda _: {"Payload": {"deleted": ["model m"], "remaining": []}},
    "Join answers": lambda _: {"Payload": JOINED},
    "Write result": result,
    "Notify people": lambda _: {"MessageId": "m"},
    "Notify programs": lambda _: {"FailedEntryCount": 0},
}


# Of a file that is too large for a Lambda, the states between.
LARGE: dict[str, Answer] = {
    "Check queue": ANSWERS["Check queue"],
    "Read rows": lambda _: {"Payload": ROWS_HANDED_OVER},
    "Run reading job": processed,
    "Fetch reading result": ANSWERS["Read rows"],
    "Create model": ANSWERS["Create model"],
    "Run transform job": job,
    "Delete model and job": ANSWERS["Delete model and job"],
    "Join answers": lambda _: {"Payload": JOIN_HANDED_OVER},
    "Run joining job": processed,
    "Fetch joining result": ANSWERS["Join answers"],
    **{name: ANSWERS[name] for name in ("Write result", "Notify people", "Notify programs")},
}


def request_of_prediction(name: str, **changes: Any) -> Any:
    """Return a task's arguments as they are after the states before it."""
    assign = MACHINE["States"]["Start"]["Assign"] | MACHINE["States"]["Read rows"]["Assign"]
    known = evaluate(assign, {}, result={"Payload": PREPARED_ROWS})
    created = MACHINE["States"]["Create model"]["Assign"]["transform_types"]
    known["transform_types"] = evaluate(created, known)
    known["processing_request"] = JOIN_HANDED_OVER["job"]
    known |= {"model_name": "molino-model", "report": TOLD | {"error": "None"}} | changes
    arguments = dict(tasks(MACHINE))["Run transform job"]["Arguments"]
    created = evaluate(arguments, known)
    assigned = dict(tasks(MACHINE))["Run transform job"]["Assign"]
    known["transform"] = evaluate(assigned["transform"], known, result=job(created))
    known["joined"] = JOINED
    return evaluate(dict(tasks(MACHINE))[name]["Arguments"], known, context=CONTEXT)
