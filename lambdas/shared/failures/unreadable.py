"""Objects that are there and that S3 will not hand out, now or later."""

from __future__ import annotations

from botocore.exceptions import ClientError

from lambdas.shared.findings.message import Message

# Amazon S3 API Reference, GetObject, and "Error responses"; what may pass by itself is not here.
_REASONS = {
    "InvalidRequest": Message("it is encrypted with a key that only its uploader has (SSE-C)"),
    "InvalidObjectState": Message("it is archived and would have to be restored first"),
}


def why_unreadable(error: ClientError) -> Message | None:
    """Return, as a clause, why an object can't be read; None if the cause is another."""
    code = str(error.response["Error"].get("Code", ""))
    if code.startswith("KMS."):
        return Message("the key it is encrypted with cannot be used ({code})", code=code)
    return _REASONS.get(code)
