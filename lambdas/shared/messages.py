"""The one place that says what each failure means and what to do about it.

Texts use typographic quotes, so they read the same in a notice and in HTML.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lambdas.shared.finding_kinds import KINDS
from lambdas.shared.message import sentence

# Step Functions cuts a Cause at 32,768 characters; JSON may spell a letter with six.
MAXIMUM_CHARACTERS = 5000


@dataclass(frozen=True)
class Explanation:
    """What happened, in one sentence without a full stop, and what the user can do."""

    summary: str
    advice: str


_ADMINISTRATOR = "Pass this message on to the person who looks after the AWS account."

_RUN: dict[str, Explanation] = {
    # the run
    "PreprocessingFailed": Explanation(
        "The job that reads large uploads failed",
        "Upload the file again. If it happens again: " + _ADMINISTRATOR,
    ),
    "PreprocessingStopped": Explanation(
        "The job that reads large uploads was stopped before it was done",
        "If nobody stopped it on purpose, choose a larger machine with the setting "
        "“processing_instance_type” and upload again.",
    ),
    "TrainingFailed": Explanation(
        "The training job failed",
        "If the reason names a column or a setting, correct it and upload again. Otherwise: "
        + _ADMINISTRATOR,
    ),
    "TrainingStopped": Explanation(
        "The training job was stopped before it was done",
        "If nobody stopped it on purpose, raise the setting “max_runtime_seconds” (for “spot” jobs "
        "also “max_wait_seconds”) and upload again.",
    ),
    "TuningFailed": Explanation(
        "The search for better hyperparameters came to no result",
        "Correct the settings “tune_ranges” and “tune_metric” if they are set, or turn the search "
        "off with “tune: no”, and upload again. Otherwise: " + _ADMINISTRATOR,
    ),
    "EndpointFailed": Explanation(
        "The trained model could not be brought up for testing",
        _ADMINISTRATOR,
    ),
    "EndpointTimeout": Explanation(
        "The trained model was not ready for testing within the time allowed",
        "Upload the file again. If it happens again: " + _ADMINISTRATOR,
    ),
    "EndpointRejected": Explanation(
        "The endpoint did not answer the test rows as it should",
        "Upload the file again. If it happens again: " + _ADMINISTRATOR,
    ),
    "KeepFailed": Explanation(
        "The new champion was not taken into service; if one served before, it still does",
        "The model itself was trained and evaluated: see the report. " + _ADMINISTRATOR,
    ),
    "TeardownIncomplete": Explanation(
        "Not everything this run started could be deleted, so it may still cost money",
        _ADMINISTRATOR,
    ),
    # the account
    "AccessDenied": Explanation(
        "AWS refused a step of this run because a permission is missing",
        _ADMINISTRATOR,
    ),
    "QuotaExceeded": Explanation(
        "The quota of the AWS account does not allow the machine this run needs",
        "Choose another machine with the settings “processing_instance_type”, "
        "“training_instance_types” or “endpoint_instance_types”, or ask AWS for a "
        "higher quota (Service Quotas, SageMaker).",
    ),
    "CapacityUnavailable": Explanation(
        "AWS had no free machine of the kind this run needs",
        "Upload the file again later, or choose another machine with the settings "
        "“processing_instance_type”, “training_instance_types” or “endpoint_instance_types”.",
    ),
    "Throttled": Explanation(
        "AWS answered too many requests at once and refused this one",
        "Upload the file again in some minutes.",
    ),
    "TimedOut": Explanation(
        "A step of this run took longer than it may",
        "Upload the file again. If it happens again: " + _ADMINISTRATOR,
    ),
    "OutOfMemory": Explanation(
        "A step of this run needed more memory than it has",
        "Upload a smaller file, or give the function more memory. " + _ADMINISTRATOR,
    ),
    # the program
    "InvalidEvent": Explanation(
        "A step of this run was started with input it cannot use",
        "If the run was started by hand, compare its input with the documentation. Otherwise: "
        + _ADMINISTRATOR,
    ),
    "UnexpectedError": Explanation(
        "Something went wrong that the program does not know",
        _ADMINISTRATOR,
    ),
}


EXPLANATIONS: dict[str, Explanation] = _RUN | {
    code: Explanation(kind.summary, kind.advice)
    for code, kind in KINDS.items()
    if kind.severity == "error"
}


def compose(code: str, details: Iterable[str] = (), also: Sequence[str] = ()) -> str:
    """Write the user's message of a failure.

    Parameters
    ----------
    code : str
        Name of the failure's class; an unknown one is explained as ``UnexpectedError``.
    details : iterable of str
        Sentences without a full stop: every problem found, with column and row, never a value.
    also : sequence of str
        Codes of further failures among the details; their advice is given as well.

    Returns
    -------
    str
        Summary, details (numbered from two on), advice; at most ``MAXIMUM_CHARACTERS``.
    """
    explanation = EXPLANATIONS.get(code, EXPLANATIONS["UnexpectedError"])
    advices = dict.fromkeys([explanation.advice, *(EXPLANATIONS[each].advice for each in also)])
    advice = " ".join(advices)
    found = [sentence(text) for text in details]
    if len(found) == 1:
        middle = f"{found[0]} "
    else:
        middle = "".join(f"({number}) {text} " for number, text in enumerate(found, start=1))
    room = MAXIMUM_CHARACTERS - len(explanation.summary) - len(advice) - 3
    if len(middle) > room:
        middle = middle[: room - 2] + "… "
    return f"{explanation.summary}. {middle}{advice}"
