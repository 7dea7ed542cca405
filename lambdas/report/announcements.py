"""Events of our own source for programs (``docs/notifications.md``).

They hold names, figures and addresses, never a value of the data.
"""

from __future__ import annotations

from typing import Any

from lambdas.report.contents import not_deleted
from lambdas.report.events import ReportEvent
from lambdas.report.starts import cost_usd

VERSION = 1


def announcements(
    event: ReportEvent, document: dict[str, Any], links: dict[str, str]
) -> list[dict[str, Any]]:
    """Return ``kind`` and ``detail`` of each event that a run's end gives."""
    about = {
        "schema_version": VERSION,
        "dataset": document["dataset"],
        "execution_arn": document["execution_arn"],
        "report_uri": f"{document['report_uri']}/report.html",
        "report_url": links["report"],
    }
    run = about | {
        "status": document["status"],
        "error": document["error"],
        "task": document["task"],
        "metrics": document["metrics"],
        "verdict": [said["code"] for said in document["verdict"]],
        "promoted": document["promoted"],
        "cost_usd": cost_usd(document),
        "upload": document["upload"],
    }
    end = "Succeeded" if document["status"] == "SUCCEEDED" else "Failed"
    found = [{"kind": f"Molino Run {end}", "detail": run}]
    decision = event.decision
    if decision and decision["promoted"]:
        champion = {key: decision[key] for key in ("version", "package_arn", "decision_uri")}
        found.append({"kind": "Molino Model Promoted", "detail": about | champion})
    remaining = not_deleted(event.teardown)
    if remaining:
        left = about | {"remaining": remaining}
        found.append({"kind": "Molino Teardown Incomplete", "detail": left})
    return found
