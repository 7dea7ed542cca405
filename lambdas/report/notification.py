"""How people and programs are notified of a run's end, without any value of the data."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from lambdas.report import contents
from lambdas.report.contents import not_deleted
from lambdas.report.cost import cost_usd
from lambdas.report.language import Language, language_of_dataset
from lambdas.report.run_message import Ending
from lambdas.shared.aws import s3_client
from lambdas.shared.contracts.report import Announcement, ReportEvent
from lambdas.shared.findings.message import SUBJECT_LIMIT, one_line, visible
from lambdas.shared.names.paths import dataset_of
from lambdas.shared.settings.sources import read_settings

_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


def console_links(execution_arn: str, bucket: str, report_key: str) -> dict[str, str]:
    """Return links to the execution and the report in the console of the ARN's region."""
    root, region = _console(execution_arn)
    report = f"{root}/s3/object/{bucket}?region={region}&prefix={report_key}"
    return {"execution": execution_link(execution_arn), "report": report}


def execution_link(execution_arn: str) -> str:
    """Return the link to an execution in the console."""
    root, region = _console(execution_arn)
    return f"{root}/states/home?region={region}#/v2/executions/details/{execution_arn}"


def _console(arn: str) -> tuple[str, str]:
    """Return the address of the console of an ARN's region, and the region."""
    _, partition, _, region, *_ = arn.split(":")
    return f"https://{region}.{_CONSOLES.get(partition, _CONSOLES['aws'])}", region


def subject(words: Language, document: dict[str, Any]) -> str:
    """Return the notification's subject, in ASCII, as SNS asks."""
    decision = document.get("decision") or {"promoted": False, "verdict": None}
    waits = decision["verdict"] == "hold" and not decision["promoted"]
    succeeded = "held" if waits else "succeeded" if document["trained"] else "not_trained"
    end = succeeded if document["status"] == "SUCCEEDED" else "failed"
    said = words(
        f"notification.subject.{end}", dataset=document["dataset"], error=document.get("error")
    )
    return one_line(said, SUBJECT_LIMIT)


def message(
    ending: Ending,
    document: dict[str, Any],
    execution_name: str,
    links: dict[str, str],
    not_deleted: Sequence[str],
) -> str:
    """Return the notification's text, which begins with what may still cost money.

    Parameters
    ----------
    ending : Ending
    document : dict
        ``report.json``.
    execution_name : str
    links : dict
    not_deleted : sequence of str
    """
    words, upload = ending.words, document["upload"]
    # Why nothing was trained, the message itself says.
    is_idle = document["status"] == "SUCCEEDED" and not document["trained"]
    reason = None if is_idle else document["said"]["reason"]
    remaining = words("teardown.remaining", names=", ".join(not_deleted))
    parts = {
        "upload": f"s3://{upload['bucket']}/{one_line(upload['key'])}",
        "execution": execution_name,
        "cost": contents.cost(words, document["cost"])["estimate"],
        "report": f"{document['report_uri']}/report.html",
        "report_link": links["report"],
        "steps": links["execution"],
    }
    lines = "\n".join(
        [
            *([remaining, ""] if not_deleted else []),
            ending.message,
            *([words("notification.reason", reason=reason)] if reason else []),
            "",
            words("notification.places", **parts),
        ]
    )
    return visible(lines)


VERSION = 1


def announcements(
    event: ReportEvent, document: dict[str, Any], links: dict[str, str]
) -> list[Announcement]:
    """Return the events that a run's end gives."""
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
        "trained": document["trained"],
        "reason": document["reason"],
        "promoted": document["promoted"],
        "cost_usd": cost_usd(document),
        "upload": document["upload"],
    }
    end = "Succeeded" if document["status"] == "SUCCEEDED" else "Failed"
    found = [Announcement(kind=f"Molino Run {end}", detail=run)]
    decision = event.decision
    if decision and decision.promoted:
        champion = decision.model_dump(include={"version", "package_arn", "decision_uri"})
        found.append(Announcement(kind="Molino Model Promoted", detail=about | champion))
    remaining = not_deleted(event.teardown)
    if remaining:
        left = about | {"remaining": remaining}
        found.append(Announcement(kind="Molino Teardown Incomplete", detail=left))
    return found


def language_of_upload(key: str) -> Language:
    """Return the language of the settings file of the upload's dataset, or else the stack's."""
    file = read_settings(s3_client(), os.environ["BUCKET"], dataset_of(key))
    return language_of_dataset(file and file.values.get("language"))
