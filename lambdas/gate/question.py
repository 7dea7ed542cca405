"""What a person is asked where a version needs approval."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lambdas.gate.events import GateEvent
from lambdas.report.language import Language
from lambdas.shared.findings.one_line import SUBJECT_LIMIT, one_line, visible


def question(words: Language, event: GateEvent, decision: Mapping[str, Any]) -> dict[str, str]:
    """Return ``subject`` and ``message``; the latter lacks the task token at its end."""
    region = event.execution_arn.split(":")[3]
    answer = json.dumps({"approved": True, "comment": "why"})
    text = words(
        "notification.asks",
        version=decision["version"],
        group=event.prepared.group,
        reason=words.say(decision["wording"]),
        uri=decision["decision_uri"],
        count=event.approval_hours,
    )
    command = f"aws stepfunctions send-task-success --region {region} --task-output '{answer}'"
    # Not the dataset's own name, which may hold what no subject may.
    subject = words("notification.subject.asks", execution=event.execution_name)
    return {
        "subject": one_line(subject, SUBJECT_LIMIT),
        "message": visible(f"{text}\n\n{command} --task-token "),
    }
