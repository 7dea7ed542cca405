"""The one place that says what each failure means and what to do about it.

Texts use typographic quotes, so they read the same in a notification and in HTML.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lambdas.shared.findings.kinds import KINDS
from lambdas.shared.findings.message import sentence

# Step Functions cuts a Cause at 32,768 characters; JSON may spell a letter with six.
MAXIMUM_CHARACTERS = 5000


@dataclass(frozen=True)
class Explanation:
    """What happened, in one sentence without a full stop, and what the user can do."""

    summary: str
    advice: str


_RUN: dict[str, Explanation] = {
    # the run
    "PreprocessingFailed": Explanation(
        "The processing job that large files need failed",
        "Upload the file again. If it happens again, send this message to your AWS administrator.",
    ),
    "PreprocessingStopped": Explanation(
        "The processing job that large files need was stopped before it finished",
        "If nobody stopped it on purpose, choose a larger machine with the setting "
        "“processing_instance_type” and upload again.",
    ),
    "SparkFailed": Explanation(
        "The Spark job that reads the largest files failed",
        "Upload the file again. If it happens again, send this message to your AWS administrator.",
    ),
    "SparkStopped": Explanation(
        "The Spark job that reads the largest files was stopped before it finished",
        "If nobody stopped it on purpose, it took longer than “max_cost_usd” pays for, or than the "
        "stack's setting “spark_max_runtime_minutes” allows: raise it and upload again.",
    ),
    "SparkUnavailable": Explanation(
        "AWS had no machines available for the Spark job that reads the largest files",
        "Upload the file again later, or ask your AWS administrator to raise the setting "
        "“spark_max_vcpus” or the quota (Service Quotas, EMR Serverless).",
    ),
    "TrainingFailed": Explanation(
        "The training job failed",
        "If the reason names a column or a setting, correct it and upload again. "
        "Otherwise, send this message to your AWS administrator.",
    ),
    "TrainingStopped": Explanation(
        "The training job was stopped before it finished",
        "If nobody stopped it on purpose, raise the setting “max_runtime_seconds” (for “spot” jobs "
        "also “max_wait_seconds”) and upload again.",
    ),
    "TuningFailed": Explanation(
        "Hyperparameter tuning gave no result",
        "Correct the settings “tune_ranges” and “tune_metric” if you set them, or turn "
        "tuning off with “tune: no”, and upload again. Otherwise, send this message to "
        "your AWS administrator.",
    ),
    "TransformFailed": Explanation(
        "The batch transform job that predicts failed",
        "Upload the file again. If it happens again, send this message to your AWS administrator.",
    ),
    "TransformStopped": Explanation(
        "The batch transform job that predicts was stopped before it finished",
        "If nobody stopped it on purpose, upload the file again.",
    ),
    "PredictionsIncomplete": Explanation(
        "The model has answered fewer or more rows than it was given, so nothing was stored",
        "Upload the file again. If it happens again, send this message to your AWS administrator.",
    ),
    "ReasonsMissing": Explanation(
        "The model gives no reasons for its answers, as it was trained by an earlier Molino",
        "Train it again by uploading its CSV file again, or predict with “explain: no”.",
    ),
    "EndpointUnavailable": Explanation(
        "The endpoint that serves the champion did not answer the rows, and the setting "
        "“predict_with” lets nothing else answer",
        "Upload the rows again later, or with “predict_with: auto”, so that a batch transform job "
        "answers them.",
    ),
    "EndpointFailed": Explanation(
        "The endpoint for testing the trained model could not be started",
        "Send this message to your AWS administrator.",
    ),
    "EndpointTimeout": Explanation(
        "The endpoint for testing the trained model was not ready in the time allowed",
        "Upload the file again. If it happens again, send this message to your AWS administrator.",
    ),
    "EndpointRejected": Explanation(
        "The endpoint did not answer the test rows as expected",
        "Upload the file again. If it happens again, send this message to your AWS administrator.",
    ),
    "ServingFailed": Explanation(
        "The new champion could not be deployed; if another model was serving before, it still is",
        "The model itself was trained and evaluated: see the report. Send this message to "
        "your AWS administrator.",
    ),
    "TeardownIncomplete": Explanation(
        "Not everything this run created could be deleted, so it may still cost money",
        "Send this message to your AWS administrator.",
    ),
    # the account
    "AccessDenied": Explanation(
        "AWS refused a step of this run because a permission is missing",
        "Send this message to your AWS administrator.",
    ),
    "QuotaExceeded": Explanation(
        "The quota of the AWS account does not allow the machine that this run needs",
        "Choose another machine with the settings “processing_instance_type”, "
        "“training_instance_types”, “endpoint_instance_types” or “transform_instance_types”, lower "
        "“training_instance_count” if you set it, or ask AWS for a higher quota (Service Quotas, "
        "SageMaker).",
    ),
    "CapacityUnavailable": Explanation(
        "AWS had no machine available of the type that this run needs",
        "Upload the file again later, or choose another machine with the settings "
        "“processing_instance_type”, “training_instance_types”, “endpoint_instance_types” or "
        "“transform_instance_types”.",
    ),
    "Throttled": Explanation(
        "AWS limited the rate of requests",
        "Upload the file again in a few minutes.",
    ),
    "TimedOut": Explanation(
        "A step exceeded its time limit",
        "Upload the file again. If it happens again, send this message to your AWS administrator.",
    ),
    "OutOfMemory": Explanation(
        "A step ran out of memory",
        "Upload a smaller file, or send this message to your AWS administrator, who can give the "
        "function more memory.",
    ),
    # the program
    "InvalidEvent": Explanation(
        "A step was started with input that it cannot use",
        "If you started the run by hand, compare its input with the documentation. "
        "Otherwise, send this message to your AWS administrator.",
    ),
    "UnexpectedError": Explanation(
        "An unexpected error occurred",
        "Send this message to your AWS administrator.",
    ),
}


EXPLANATIONS: dict[str, Explanation] = _RUN | {
    code: Explanation(kind.summary, kind.advice)
    for code, kind in KINDS.items()
    if kind.severity == "error"
}


def compose(
    code: str,
    details: Iterable[str] = (),
    also: Sequence[str] = (),
    explanations: Mapping[str, Explanation] = EXPLANATIONS,
) -> str:
    """Write the user's message of a failure.

    Parameters
    ----------
    code : str
        Name of the failure's class; an unknown one is explained as ``UnexpectedError``.
    details : iterable of str
        Sentences without a full stop: every problem found, with column and row, never a value.
    also : sequence of str
        Codes of further failures among the details; their advice is given as well.
    explanations : mapping of str to Explanation
        Of the details' language.

    Returns
    -------
    str
        Summary, details (numbered from two on), advice; at most ``MAXIMUM_CHARACTERS``.
    """
    explanation = explanations.get(code, explanations["UnexpectedError"])
    advices = dict.fromkeys([explanation.advice, *(explanations[each].advice for each in also)])
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
