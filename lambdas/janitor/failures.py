"""Of what kind a failed execution's error is, as metrics tell it."""

from __future__ import annotations

from lambdas.shared.failures.messages import EXPLANATIONS
from lambdas.shared.findings.kinds import KINDS

# What the user who uploaded can mend; nobody else needs to be woken for it.
_UPLOADERS = {code for code, kind in KINDS.items() if kind.severity == "error"}


def is_fault(error: str | None) -> bool:
    """Tell whether something other than the upload or its settings made an execution fail."""
    return error not in _UPLOADERS


def kind_of(error: str | None) -> str:
    """Return an error's name if it is one of ours or of Step Functions, else ``Other``.

    Each name is billed as a metric of its own, so strangers' names do not make new ones.
    """
    known = error in EXPLANATIONS or error == "ReportFailed" or str(error).startswith("States.")
    return str(error) if known else "Other"
