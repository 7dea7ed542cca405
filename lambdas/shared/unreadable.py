"""Objects that are there and that S3 will not hand out, now or later."""

from __future__ import annotations

from botocore.exceptions import ClientError

# Amazon S3 API Reference, GetObject, and "Error responses"; what may pass by itself is not here.
_REASONS = {
    "InvalidRequest": "it is encrypted with a key that only its uploader has (SSE-C)",
    "InvalidObjectState": "it is in an archive and would have to be restored first",
    "AccessDenied": "S3 answers AccessDenied, for the object or for the key it is encrypted with",
}


def why_unreadable(error: ClientError) -> str | None:
    """Return, as a clause, why an object can't be read; None if the cause is another."""
    code = str(error.response["Error"].get("Code", ""))
    if code.startswith("KMS."):
        return f"the key it is encrypted with can't be used: {code}"
    return _REASONS.get(code)
