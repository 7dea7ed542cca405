"""How AWS says that something is not there."""

from __future__ import annotations

from botocore.exceptions import ClientError

# SageMaker says so as a ValidationException; only its text tells.
_TEXTS = ("could not find", "does not exist", "not found", "recordnotfound")


def is_absent(error: Exception) -> bool:
    """Tell whether an error says that what was to be described or deleted is not there."""
    if not isinstance(error, ClientError):
        return False
    found = error.response["Error"]
    text = str(found.get("Message", "")).lower()
    return "NotFound" in found.get("Code", "") or any(sign in text for sign in _TEXTS)
