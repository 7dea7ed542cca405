"""From what a state caught to a failure's code and details.

Texts of AWS's services and of our own errors are shown; text of unknown origin never is, as it may
quote data.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lambdas.report.language import LANGUAGES, Language, language
from lambdas.shared.failures.messages import EXPLANATIONS, compose
from lambdas.shared.findings.message import Message, verbatim

# Our training script writes "<class>: <text without values>" or "<class> while <stage> (<place>)".
_OWN_TRAINING_TEXT = re.compile(
    r"((?:ChannelError|SchemaError|TrainingDataError|HyperparameterError|UntrustedModelError): .+"
    r"|\w+ while [a-z ]+ \([\w., :]+\))",
    re.DOTALL,
)
_TOO_LONG = {
    "MaxRuntimeExceeded": [Message("it reached its longest running time")],
    "MaxWaitTimeExceeded": [
        Message("no spare machine was free for long enough in the time it may wait")
    ],
}
# The workflow's own words.
_LATE = re.compile(r"The (serving )?endpoint was not in service after (\d+) seconds")
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


@dataclass(frozen=True)
class Failure:
    """Why a run failed.

    Parameters
    ----------
    code : str
        Its class.
    details : sequence of Message
    also : sequence of str
        Classes of further errors among the details.
    """

    code: str
    details: Sequence[Message] = ()
    also: Sequence[str] = ()

    def say(self, words: Language) -> str:
        """Return the user's message in a language."""
        said = [words.say(detail) for detail in self.details]
        return compose(self.code, said, self.also, words.explanations)


def explain(failure: Mapping[str, Any], findings: Sequence[Mapping[str, Any]] = ()) -> Failure:
    """Return what a failure was.

    Parameters
    ----------
    failure : mapping
        ``Error`` and ``Cause`` as Step Functions gives them.
    findings : sequence of mapping
        What was found in the upload; those of severity ``error`` are the reasons of a data error.
    """
    error, cause = str(failure.get("Error") or ""), str(failure.get("Cause") or "")
    document = _json(cause)
    if error in EXPLANATIONS and "errorMessage" in document:
        return _own(error, str(document["errorMessage"]), findings)
    for member, read in _JOBS.items():
        if member in document:
            return Failure(*read(document))
    if error in ("EndpointFailed", "EndpointTimeout"):
        return Failure(*_endpoint(error, str(document.get("FailureReason") or cause)))
    if error == "ServingFailed":
        return Failure(error, [recognized(cause)])  # our own words and SageMaker's
    return Failure(*_symptom(error, cause))


def _own(code: str, message: str, findings: Sequence[Mapping[str, Any]]) -> Failure:
    """Take apart what an exception of ours composed; its findings are stored as they are."""
    errors = [found for found in findings if found["severity"] == "error"]
    details = [Message.from_json(found["wording"]) for found in errors]
    also = [c for c in dict.fromkeys(found["code"] for found in errors) if c != code]
    stored = Failure(code, details, also)
    if stored.say(language(None)) == message:
        return stored
    return Failure(code, [recognized(text) for text in details_of(code, message)])


def _json(cause: str) -> dict[str, Any]:
    try:
        document = json.loads(cause)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _training(document: dict[str, Any]) -> tuple[str, list[Message]]:
    reason = _text(document, "FailureReason")
    if document["TrainingJobStatus"] == "Stopped":
        return "TrainingStopped", _TOO_LONG.get(str(document.get("SecondaryStatus")), [])
    code, _ = _symptom("", reason)
    if code in ("CapacityUnavailable", "QuotaExceeded"):
        return code, []
    return "TrainingFailed", [_training_reason(reason, _text(document, "TrainingJobName"))]


def _processing(document: dict[str, Any]) -> tuple[str, list[Message]]:
    if document["ProcessingJobStatus"] == "Stopped":
        return "PreprocessingStopped", []
    code, _ = _symptom("", _text(document, "FailureReason"))
    if code in ("CapacityUnavailable", "QuotaExceeded"):
        return code, []
    # Our job's own message: an exception's class and place, without its text.
    where = _text(document, "ExitMessage")
    detail = Message(
        "{reason}; see the log of the processing job {job}",
        reason=verbatim(where) if where else Message("it gave no reason"),
        job=_text(document, "ProcessingJobName"),
    )
    return "PreprocessingFailed", [detail]


def _spark(document: dict[str, Any]) -> tuple[str, list[Message]]:
    if _symptom("", _text(document, "FailureReason"))[0] == "CapacityUnavailable":
        return "SparkUnavailable", []
    name = _text(document, "JobRunName")
    if document["JobRunState"] == "CANCELLED":
        return "SparkStopped", [Message("the job run is {job}", job=name)]
    return "SparkFailed", [Message("see the log of the job run {job}", job=name)]


def _tuning(document: dict[str, Any]) -> tuple[str, list[Message]]:
    reason = _text(document, "FailureReason")
    code, details = _symptom("", reason)
    if code in ("CapacityUnavailable", "QuotaExceeded"):
        return code, details
    # The reason is SageMaker's own text about the training jobs it counted.
    why = reason.split(". For additional", 1)[0].strip()[:500]
    detail = Message(
        "{reason}; see the training jobs of the tuning job {job}",
        reason=verbatim(why) if why else Message("it ended before any job had a result"),
        job=_text(document, "HyperParameterTuningJobName"),
    )
    return "TuningFailed", [detail]


def _transform(document: dict[str, Any]) -> tuple[str, list[Message]]:
    if document["TransformJobStatus"] == "Stopped":
        return "TransformStopped", []
    reason = _text(document, "FailureReason")
    code, _ = _symptom("", reason)
    if code in ("CapacityUnavailable", "QuotaExceeded"):
        return code, []
    kind = re.match(r"AlgorithmError|ClientError|InternalServerError", reason)
    detail = Message(
        "SageMaker reports {kind}; see the log of the transform job {job}",
        kind=kind.group() if kind else Message("no reason"),
        job=_text(document, "TransformJobName"),
    )
    return "TransformFailed", [detail]


# By what only the description of such a job has.
_JOBS = {
    "TrainingJobStatus": _training,
    "ProcessingJobStatus": _processing,
    "JobRunState": _spark,
    "HyperParameterTuningJobStatus": _tuning,
    "TransformJobStatus": _transform,
}


def _text(document: dict[str, Any], name: str) -> str:
    return str(document.get(name) or "")


def _training_reason(reason: str, job: str) -> Message:
    own = _OWN_TRAINING_TEXT.search(reason)
    if own:
        return verbatim(re.sub(r",? exit code: \d+\.?$", "", own.group(1).strip()))
    kind = re.match(r"(AlgorithmError|ClientError|InternalServerError)", reason)
    if kind is None:
        return Message("see the log of the training job {job}", job=job)
    return Message(
        "SageMaker reports {kind}; see the log of the training job {job}",
        kind=kind.group(1),
        job=job,
    )


def _endpoint(error: str, reason: str) -> tuple[str, list[Message]]:
    if _symptom("", reason)[0] == "CapacityUnavailable":
        return "CapacityUnavailable", []
    late = _LATE.search(reason)
    if late:
        return error, [_too_late(is_kept=bool(late[1]), seconds=int(late[2]))]
    # The reason is SageMaker's own text about its container.
    return error, [verbatim(reason.strip()[:1000])] if reason.strip() else []


def _too_late(*, is_kept: bool, seconds: int) -> Message:
    if is_kept:
        return Message(
            "the champion's endpoint was not in service after {seconds} seconds", seconds=seconds
        )
    return Message("it was not in service after {seconds} seconds", seconds=seconds)


def _symptom(error: str, cause: str) -> tuple[str, list[Message]]:
    text = f"{error} {cause}"
    code = next((code for code, pattern in _SYMPTOMS if pattern.search(text)), "UnexpectedError")
    return code, _symptom_details(code, error, cause)


def _symptom_details(code: str, error: str, cause: str) -> list[Message]:
    if code == "AccessDenied":
        actions = _ACTION.findall(cause)[:1]
        return [Message("the missing permission is {action}", action=action) for action in actions]
    if code == "QuotaExceeded":
        return [
            Message("the quota “{quota}” is {limit}", quota=quota, limit=limit)
            for quota, limit in _QUOTA.findall(cause)[:1]
        ]
    name = re.sub(r"[^A-Za-z0-9._-]", "", error)[:100]
    if code != "UnexpectedError" or not name:
        return []
    return [Message("the workflow reports {name}", name=name)]


# Messages are read back from the English text of an exception: all that a Lambda passes on.
_FEWEST_LETTERS = 8  # of a template itself: with fewer it fits anything
_CLAUSES = ("problem", "reason")  # places for a clause of ours
_NUMBERED = re.compile(r"\((\d+)\) ")
_LISTED = re.compile(r"(?P<names>\d+(, \d+)*) and (?P<last>\d+)(?P<more> more)?")  # of rows
_AMOUNT = re.compile(r"\d{1,3}(,\d{3})+")
_PLURALS = Path(__file__).parent / "texts" / "messages" / "en.json"


def details_of(code: str, message: str) -> list[str]:
    """Return the sentences that ``compose`` put between a failure's summary and its advice."""
    explanation = EXPLANATIONS[code]
    middle = message.removeprefix(f"{explanation.summary}. ").removesuffix(explanation.advice)
    parts = _NUMBERED.split(middle.strip())
    found = parts[2::2] if len(parts) > 2 and not parts[0] else parts
    return [text.strip().removesuffix(".") for text in found if text.strip()]


def recognized(text: str) -> Message:
    """Return the message whose English is this text, or the text as it is."""
    for pattern, one, many, count in _patterns():
        found = pattern.fullmatch(text) or pattern.fullmatch(text[:1].lower() + text[1:])
        if found:
            values = {name: _value(name, value) for name, value in found.groupdict().items()}
            return Message.from_json({"one": one, "many": many, "values": count | values})
    return verbatim(text)


def _value(name: str, text: str) -> Any:
    if name in _CLAUSES:
        return recognized(text).to_json()
    listed = _LISTED.fullmatch(text)
    if listed and listed["more"]:
        count = int(listed["last"])
        return Message("{names} and {count} more", names=listed["names"], count=count).to_json()
    if listed:
        return Message("{names} and {last}", names=listed["names"], last=listed["last"]).to_json()
    is_amount = _AMOUNT.fullmatch(text) or (name == "count" and text.isdigit())
    return int(text.replace(",", "")) if is_amount else text


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str, str | None, dict[str, int]], ...]:
    """Return patterns with template, plural and a count that chooses it; the longest first."""
    plurals = json.loads(_PLURALS.read_text(encoding="utf-8"))
    templates = {one for code in LANGUAGES for one in language(code).wording.catalogue}
    forms = [
        (sum(map(len, _literals(form))), form, one, plurals.get(one))
        for one in templates
        for form in {one, plurals.get(one, one)}
    ]
    usable = [
        each
        for each in sorted(forms, key=lambda each: each[:2], reverse=True)
        if each[0] >= _FEWEST_LETTERS
    ]
    return tuple(
        (_pattern(form), one, many, {"count": 1 if form == one else 2} if many else {})
        for _, form, one, many in usable
    )


def _literals(template: str) -> Iterator[str]:
    return (literal for literal, *_ in string.Formatter().parse(template))


def _pattern(template: str) -> re.Pattern[str]:
    forms = (
        re.escape(literal) + (f"(?P<{name}>.+?)" if name else "")
        for literal, name, *_ in string.Formatter().parse(template)
    )
    return re.compile("".join(forms))
