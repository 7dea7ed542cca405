"""What people are told where nothing is started."""

from __future__ import annotations

from lambdas.report.language import Language
from lambdas.shared.findings.message import Message, sentence

STATUS = "SKIPPED"


def skipped(
    words: Language, dataset: str, scheduled_for: str, reason: Message
) -> tuple[str, str, str]:
    """Return status, subject and text for a scheduled check."""
    text = Message(
        "No model was trained for dataset {dataset} at {time}: {reason}",
        dataset=dataset,
        time=scheduled_for,
        reason=reason,
    )
    return STATUS, words("notification.subject.skipped"), sentence(words.say(text))


def newer_wanted(words: Language, dataset: str, reason: Message) -> tuple[str, str, str]:
    """Return status, subject and text where nothing newer has been uploaded to train on."""
    text = Message(
        "No model was trained for dataset {dataset}: {reason}; upload newer rows to learn from",
        dataset=dataset,
        reason=reason,
    )
    return STATUS, words("notification.subject.newer_wanted"), sentence(words.say(text))
