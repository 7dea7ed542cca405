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
_TOO_LONG = {
    "MaxRuntimeExceeded": ["it reached its longest running time"],
    "MaxWaitTimeExceeded": ["no spare machine was free for long enough in the time it may wait"],
}
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
    elif "ProcessingJobStatus" in document:
        code, details = _processing(document)
    elif "HyperParameterTuningJobStatus" in document:
        code, details = _tuning(document)
    elif error in ("EndpointFailed", "EndpointTimeout"):
        code, details = _endpoint(error, str(document.get("FailureReason") or cause))
    elif error == "KeepFailed":
        code, details = error, [cause]  # our own words and SageMaker's about its container
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
    reason = _text(document, "FailureReason")
    if document["TrainingJobStatus"] == "Stopped":
        return "TrainingStopped", _TOO_LONG.get(str(document.get("SecondaryStatus")), [])
    code, _ = _symptom("", reason)
    if code in ("CapacityUnavailable", "QuotaExceeded"):
        return code, []
    return "TrainingFailed", [_training_reason(reason, _text(document, "TrainingJobName"))]


def _processing(document: dict[str, Any]) -> tuple[str, list[str]]:
    if document["ProcessingJobStatus"] == "Stopped":
        return "PreprocessingStopped", []
    code, _ = _symptom("", _text(document, "FailureReason"))
    if code in ("CapacityUnavailable", "QuotaExceeded"):
        return code, []
    # Our job's own message: an exception's class and place, without its text.
    where = _text(document, "ExitMessage") or "it said nothing"
    job = _text(document, "ProcessingJobName")
    return "PreprocessingFailed", [f"{where}; see the log of the processing job {job}"]


def _tuning(document: dict[str, Any]) -> tuple[str, list[str]]:
    reason = _text(document, "FailureReason")
    code, details = _symptom("", reason)
    if code in ("CapacityUnavailable", "QuotaExceeded"):
        return code, details
    job = _text(document, "HyperParameterTuningJobName")
    # The reason is SageMaker's own text about the training jobs it counted.
    why = reason.split(". For additional", 1)[0].strip() or "it ended before any job had a result"
    return "TuningFailed", [f"{why[:500]}; see the training jobs of the tuning job {job}"]


def _text(document: dict[str, Any], name: str) -> str:
    return str(document.get(name) or "")


def _training_reason(reason: str, job: str) -> str:
    own = _OWN_TRAINING_TEXT.search(reason)
    if own:
        return re.sub(r",? exit code: \d+\.?$", "", own.group(1).strip())
    kind = re.match(r"(AlgorithmError|ClientError|InternalServerError)", reason)
    named = f"SageMaker calls it {kind.group(1)}; " if kind else ""
    return f"{named}see the log of the training job {job}"


def _endpoint(error: str, reason: str) -> tuple[str, list[str]]:
    if _symptom("", reason)[0] == "CapacityUnavailable":
        return "CapacityUnavailable", []
    # The reason is SageMaker's own text about its container.
    return error, [reason.strip()[:1000]] if reason.strip() else []


def _symptom(error: str, cause: str) -> tuple[str, list[str]]:
    text = f"{error} {cause}"
    code = next((code for code, pattern in _SYMPTOMS if pattern.search(text)), "UnexpectedError")
    return code, _symptom_details(code, error, cause)


def _symptom_details(code: str, error: str, cause: str) -> list[str]:
    if code == "AccessDenied":
        return [f"the missing permission is {action}" for action in _ACTION.findall(cause)[:1]]
    if code == "QuotaExceeded":
        return [f"the quota “{quota}” is {limit}" for quota, limit in _QUOTA.findall(cause)[:1]]
    name = re.sub(r"[^A-Za-z0-9._-]", "", error)[:100]
    return [f"the workflow calls it {name}"] if code == "UnexpectedError" and name else []
