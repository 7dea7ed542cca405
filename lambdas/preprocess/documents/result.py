"""How the processing job tells its outcome, read back by the Lambda."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lambdas.shared.documents.document import RESULT
from lambdas.shared.failures.errors import DataError, data_error
from lambdas.shared.findings.finding import Finding


def succeeded(output: dict[str, Any]) -> str:
    """Return the document of a usable upload."""
    return RESULT.text({"output": output})


def failed(error: DataError) -> str:
    """Return the document of an upload that can't be used."""
    findings = [finding.to_dict() for finding in error.findings]
    return RESULT.text({"error": {"code": error.code, "findings": findings}})


def outcome(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the state machine goes on with.

    Raises
    ------
    DataError
        The one that the job ended with, of the same class and message.
    """
    if "error" in document:
        error = document["error"]
        raise data_error(error["code"])(*map(Finding.from_dict, error["findings"]))
    output: dict[str, Any] = document["output"]
    return output
