"""The notification of an upload that a newer one has replaced."""

from __future__ import annotations

from lambdas.report.language import Language
from lambdas.shared.contracts.admission import Notification
from lambdas.shared.findings.message import Message, one_line, sentence, visible


def replaced(words: Language, execution: str, key: str) -> Notification:
    """Return the notification."""
    text = Message(
        "the execution {execution} had not begun when a newer upload of its dataset arrived, so "
        "only the newer one is processed",
        execution=execution,
    )
    upload = words("notification.upload", upload=one_line(key))
    return Notification(
        subject=words("notification.subject.replaced"),
        message=visible(f"{sentence(words.say(text))}\n{upload}"),
    )
