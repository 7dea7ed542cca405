"""What people are told when a scheduled check starts no training."""

from __future__ import annotations

from lambdas.report.language import Language
from lambdas.shared.findings.message import Message, sentence

STATUS = "SKIPPED"


def skipped(
    words: Language, dataset: str, scheduled_for: str, reason: Message
) -> tuple[str, str, str]:
    """Return status, subject and text."""
    text = Message(
        "No model was trained for dataset {dataset} at {time}: {reason}",
        dataset=dataset,
        time=scheduled_for,
        reason=reason,
    )
    return STATUS, words("notification.subject.skipped"), sentence(words.say(text))
