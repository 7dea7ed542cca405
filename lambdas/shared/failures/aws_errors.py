"""What AWS means by an error: that something is not there, or can't be read, now or later."""

from __future__ import annotations

from botocore.exceptions import ClientError

from lambdas.shared.findings.message import Message

# S3 has codes for it; SageMaker calls it a ValidationException, and only its text shows it.
_CODES = ("NoSuchKey", "NoSuchVersion", "404")
_TEXTS = ("could not find", "does not exist", "not found", "recordnotfound")
# Amazon S3 API Reference, GetObject, and "Error responses"; what may pass by itself is not here.
_UNREADABLE = {
    "InvalidRequest": Message("it is encrypted with a key that only its uploader has (SSE-C)"),
    "InvalidObjectState": Message("it is archived and would have to be restored first"),
}


def is_absent(error: Exception) -> bool:
    """Return whether what was to be read, described or deleted is not there."""
    if not isinstance(error, ClientError):
        return False
    found = error.response["Error"]
    code, text = found.get("Code", ""), str(found.get("Message", "")).lower()
    return code in _CODES or "NotFound" in code or any(sign in text for sign in _TEXTS)


def why_unreadable(error: ClientError) -> Message | None:
    """Return, as a clause, why S3 will not hand out an object; None if the cause is another."""
    code = str(error.response["Error"].get("Code", ""))
    if code.startswith("KMS."):
        return Message("the key it is encrypted with cannot be used ({code})", code=code)
    return _UNREADABLE.get(code)
