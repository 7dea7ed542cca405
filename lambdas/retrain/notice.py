"""What people are told when a scheduled look starts nothing."""

from __future__ import annotations

from lambdas.shared.one_line import one_line

STATUS = "SKIPPED"
SUBJECT = "Molino: a scheduled training was skipped"


def skipped(dataset: str, scheduled_for: str, reason: str) -> tuple[str, str, str]:
    """Return status, subject and text."""
    text = f"Nothing was trained of the dataset {one_line(dataset)} at {scheduled_for}: {reason}."
    return STATUS, SUBJECT, text
