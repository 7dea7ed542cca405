"""How the processing job tells its outcome, read back by the Lambda."""

from __future__ import annotations

import json
from typing import Any

from lambdas.shared.failures.errors import DataError, data_error
from lambdas.shared.findings.finding import Finding


def succeeded(output: dict[str, Any]) -> str:
    """Return the document of a usable upload."""
    return json.dumps({"output": output}, ensure_ascii=False) + "\n"


def failed(error: DataError) -> str:
    """Return the document of an upload that can't be used."""
    findings = [finding.to_dict() for finding in error.findings]
    document = {"error": {"code": error.code, "findings": findings}}
    return json.dumps(document, ensure_ascii=False) + "\n"


def outcome(text: str) -> dict[str, Any]:
    """Return what the state machine goes on with.

    Raises
    ------
    DataError
        The one that the job ended with, of the same class and message.
    """
    document = json.loads(text)
    if "error" in document:
        error = document["error"]
        raise data_error(error["code"])(*map(Finding.from_dict, error["findings"]))
    output: dict[str, Any] = document["output"]
    return output
