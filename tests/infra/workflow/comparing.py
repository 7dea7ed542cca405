"""What comes of the states of the machine that compares predictions with what really happened."""

from collections.abc import Mapping
from typing import Any

from infra.workflow.stories import ACTUALS
from tests.contracts import COMPARED
from tests.infra.workflow.definition import CONTEXT, deployed, evaluate, tasks
from tests.infra.workflow.machine_run import Answer

MACHINE = deployed(story=ACTUALS)
TOLD = {
    "status": "SUCCEEDED",
    "error": None,
    "subject": "Molino: actual values were compared",
    "message": "All is well",
    "announcements": [{"kind": "Molino Actuals Compared", "detail": {"status": "SUCCEEDED"}}],
    "report_uri": "s3://molino-bucket/reports/breast-cancer-2026/run/actuals.json",
    "cost_usd": 0.001,
}


def result(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the function that tells answers."""
    failure = given["Payload"]["failure"]
    ended = {"status": "FAILED", "error": failure["Error"]} if failure else {}
    return {"Payload": TOLD | ended}


ANSWERS: dict[str, Answer] = {
    "Read what happened": lambda _: {"Payload": COMPARED},
    "Write result": result,
    "Notify people": lambda _: {"MessageId": "m"},
    "Notify programs": lambda _: {"FailedEntryCount": 0},
}


def request_of_comparison(name: str) -> Any:
    """Return a task's arguments as they are after the states before it."""
    known = evaluate(MACHINE["States"]["Start"]["Assign"], {})
    known["compared"] = COMPARED
    known["report"] = TOLD | {"error": "None"}
    return evaluate(dict(tasks(MACHINE))[name]["Arguments"], known, context=CONTEXT)
