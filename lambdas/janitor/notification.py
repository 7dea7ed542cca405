"""Notifications of an execution that could not report its own end, and of what was left."""

from __future__ import annotations

from collections.abc import Iterator

from lambdas.janitor.sweep import Swept
from lambdas.report.language import Language
from lambdas.shared.findings.message import Message, sentence

_ENDS = {
    "ABORTED": Message("it was stopped by hand"),
    "TIMED_OUT": Message("it ran out of time"),
    "FAILED": Message("it failed in a way that its own steps could not handle"),
}


def ended(words: Language, name: str, status: str, swept: Swept, link: str) -> tuple[str, str]:
    """Return subject and text about an execution's end."""
    end = Message("the execution {name} has ended: {reason}", name=name, reason=_ENDS[status])
    lines = [
        end,
        Message("the upload is kept, and no report was written"),
        *_said(swept),
        Message("redrive it in the Step Functions console, or upload the file again"),
    ]
    steps = words("notification.steps", steps=link)
    return words(f"notification.subject.{status}"), "\n".join(
        [*_sentences(words, lines), "", steps]
    )


def reaped(words: Language, swept: Swept) -> tuple[str, str]:
    """Return subject and text about leftovers that a regular check has found."""
    text = Message("some resources still existed after their executions had ended, and cost money")
    return words("notification.subject.leftovers"), "\n".join(
        _sentences(words, [text, *_said(swept)])
    )


def _sentences(words: Language, messages: list[Message]) -> list[str]:
    return [sentence(words.say(message)) for message in messages]


def _said(swept: Swept) -> Iterator[Message]:
    if swept.deleted:
        yield Message("deleted or stopped: {names}", names=", ".join(swept.deleted))
    if swept.remaining:
        yield Message(
            "still there, and to be tried again; please check in the SageMaker console: {names}",
            names=", ".join(swept.remaining),
        )
    if not swept.deleted and not swept.remaining:
        yield Message("nothing was left running")
