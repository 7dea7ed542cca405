"""From what a state caught to a failure's code and message.

Texts of AWS's services and of our own errors are told; text of unknown origin never is, as it may
quote data.
"""

from __future__ import annotations

import json
import re
from typing import Any

from lambdas.shared.messages import EXPLANATIONS, compose

# Our training script writes "<class>: <text without values>" or "<class> while <stage> (<place>)".
_OWN_TRAINING_TEXT = re.compile(
    r"((?:ChannelError|SchemaError|TrainingDataError|HyperparameterError|UntrustedModelError): .+"
    r"|\w+ while [a-z ]+ \([\w., :]+\))",
    re.DOTALL,
)
_ACTION = re.compile(r"not authorized to perform:? ([A-Za-z0-9-]+:[A-Za-z0-9]+)")
_QUOTA = re.compile(r"service limit '([\w .-]+)' is (\d+)")
_SYMPTOMS = (
    ("AccessDenied", re.compile(r"AccessDenied|not authorized to perform")),
    ("QuotaExceeded", re.compile(r"ResourceLimitExceeded|service limit")),
    (
        "CapacityUnavailable",
        re.compile(r"InsufficientInstanceCapacity|CapacityError|ML compute capacity"),
    ),
    ("Throttled", re.compile(r"Throttling|TooManyRequests|Rate exceeded|SlowDown")),
    ("OutOfMemory", re.compile(r"OutOfMemory|signal: killed|Runtime exited with error")),
    (
        "TimedOut",
        re.compile(r"States\.Timeout|States\.HeartbeatTimeout|Sandbox\.Timedout|Task timed out"),
    ),
)


def explain(failure: dict[str, Any]) -> tuple[str, str]:
    """Return a failure's code and the user's message.

    Parameters
    ----------
    failure : dict
        ``Error`` and ``Cause`` as Step Functions gives them.
    """
    error, cause = str(failure.get("Error") or ""), str(failure.get("Cause") or "")
    document = _json(cause)
    if error in EXPLANATIONS and "errorMessage" in document:
        return error, str(document["errorMessage"])  # composed by our own exception
    if "TrainingJobStatus" in document:
        code, details = _training(document)
    elif error in ("EndpointFailed", "EndpointTimeout"):
        code, details = _endpoint(error, str(document.get("FailureReason") or cause))
    else:
        code, details = _symptom(error, cause)
    return code, compose(code, details)


def _json(cause: str) -> dict[str, Any]:
    try:
        document = json.loads(cause)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _training(document: dict[str, Any]) -> tuple[str, list[str]]:
    reason = str(document.get("FailureReason") or "")
    job = str(document.get("TrainingJobName") or "")
    if document["TrainingJobStatus"] == "Stopped":
        too_long = document.get("SecondaryStatus") == "MaxRuntimeExceeded"
        return "TrainingStopped", ["it reached its longest running time"] if too_long else []
    code, _ = _symptom("", reason)
    if code in ("CapacityUnavailable", "QuotaExceeded"):
        return code, []
    own = _OWN_TRAINING_TEXT.search(reason)
    if own:
        text = re.sub(r",? exit code: \d+\.?$", "", own.group(1).strip())
        return "TrainingFailed", [text]
    kind = re.match(r"(AlgorithmError|ClientError|InternalServerError)", reason)
    named = f"SageMaker calls it {kind.group(1)}; " if kind else ""
    return "TrainingFailed", [f"{named}see the log of the training job {job}"]


def _endpoint(error: str, reason: str) -> tuple[str, list[str]]:
    if _symptom("", reason)[0] == "CapacityUnavailable":
        return "CapacityUnavailable", []
    # The reason is SageMaker's own text about its container.
    return error, [reason.strip()[:1000]] if reason.strip() else []


def _symptom(error: str, cause: str) -> tuple[str, list[str]]:
    text = f"{error} {cause}"
    for code, pattern in _SYMPTOMS:
        if pattern.search(text):
            action, quota = _ACTION.search(cause), _QUOTA.search(cause)
            if code == "AccessDenied" and action:
                return code, [f"the missing permission is {action.group(1)}"]
            if code == "QuotaExceeded" and quota:
                return code, [f"the quota “{quota.group(1)}” is {quota.group(2)}"]
            return code, []
    name = re.sub(r"[^A-Za-z0-9._-]", "", error)[:100]
    return "UnexpectedError", [f"the workflow calls it {name}"] if name else []
