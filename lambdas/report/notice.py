"""The notice of a run's end: short, and without any value of the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lambdas.shared.one_line import SUBJECT_LIMIT, one_line, visible

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


def subject(document: dict[str, Any]) -> str:
    """Return the notice's subject."""
    end = "succeeded" if document["status"] == "SUCCEEDED" else f"failed: {document['error']}"
    return one_line(f"Molino: {document['dataset']} {end}", SUBJECT_LIMIT)


def message(
    document: dict[str, Any],
    execution_name: str,
    links: dict[str, str],
    not_deleted: Sequence[str],
) -> str:
    """Return the notice's text, which begins with what may still cost money."""
    upload = document["upload"]
    lines = "\n".join(
        [
            *_left(not_deleted),
            document["message"],
            "",
            f"Upload: s3://{upload['bucket']}/{one_line(upload['key'])}",
            f"Execution: {execution_name}",
            f"Estimated cost: {document['cost']['total_usd']:.4f} USD",
            f"Report: {document['report_uri']}/report.html",
            links["report"],
            f"Steps of the run: {links['execution']}",
        ]
    )
    return visible(lines)


def _left(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    return [f"Could not be deleted and may still cost money. Please check: {', '.join(names)}.", ""]
