"""What people are told of an execution that could not tell of itself, and of what was left."""

from __future__ import annotations

from lambdas.janitor.sweep import Swept

_ENDS = {
    "ABORTED": "was stopped by hand",
    "TIMED_OUT": "ran out of time",
    "FAILED": "failed in a way that its own steps could not handle",
}


def ended(name: str, status: str, swept: Swept, link: str) -> tuple[str, str]:
    """Return subject and text about an execution's end."""
    text = f"The execution {name} {_ENDS[status]}. The upload is kept; no report was written."
    subject = f"Molino: an execution {_ENDS[status]}"
    advice = "Redrive it in the Step Functions console, or upload the file again."
    return subject, "\n".join([text, *_lines(swept), advice, "", f"Its steps: {link}"])


def reaped(swept: Swept) -> tuple[str, str]:
    """Return subject and text about leftovers that a regular check has found."""
    text = "Some resources still existed after their executions had ended, and cost money."
    return "Molino: leftovers were found", "\n".join([text, *_lines(swept)])


def _lines(swept: Swept) -> list[str]:
    lines = []
    if swept.deleted:
        lines.append("Deleted or stopped: " + ", ".join(swept.deleted) + ".")
    if swept.remaining:
        lines.append(
            "Still there, and to be tried again; please check in the SageMaker console: "
            + ", ".join(swept.remaining)
            + "."
        )
    return lines or ["Nothing was left running."]
