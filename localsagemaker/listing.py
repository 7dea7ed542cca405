"""The List operations: filters, order and pages."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from localsagemaker.errors import validation_exception
from localsagemaker.store import Record

_PAGE = 10
_TIMES = {
    "CreationTimeAfter": ("CreationTime", 1),
    "CreationTimeBefore": ("CreationTime", -1),
    "LastModifiedTimeAfter": ("LastModifiedTime", 1),
    "LastModifiedTimeBefore": ("LastModifiedTime", -1),
}


def listed(  # noqa: PLR0913 (named options of one listing)
    records: list[Record],
    parameters: dict[str, Any],
    *,
    answer: str,
    summary: Sequence[str] | Callable[[Record], Record],
    name: str,
    status: str | None = None,
    sort: str = "CreationTime",
    order: str = "Descending",
    values: Mapping[str, Callable[[Record], Any]] | None = None,
) -> dict[str, Any]:
    """Return what a List operation answers: one page of records and the token of the next.

    Parameters
    ----------
    answer
        The answer's member that holds the records.
    summary
        Members of a record that are listed, or what makes a record's summary.
    name, status
        The members that hold a record's name and status.
    sort, order
        The operation's default ``SortBy`` and ``SortOrder``.
    values
        Further values of ``SortBy``, each with what a record is sorted by.

    Raises
    ------
    ApiError
        For a token that no List operation gave out.
    """
    keys = {"Name": name, "Status": status, "CreationTime": "CreationTime"}
    by = parameters.get("SortBy", sort)
    value = (values or {}).get(by) or itemgetter(keys.get(by) or "CreationTime")
    found = [record for record in records if _wanted(record, parameters, name, status)]
    found.sort(
        key=lambda record: (value(record), record[name]),
        reverse=parameters.get("SortOrder", order) == "Descending",
    )
    start = _read_token(parameters.get("NextToken"))
    end = start + int(parameters.get("MaxResults", _PAGE))
    summarize = summary if callable(summary) else _members(summary)
    answered: dict[str, Any] = {answer: [summarize(record) for record in found[start:end]]}
    return answered | ({"NextToken": _token(end)} if end < len(found) else {})


def _members(names: Sequence[str]) -> Callable[[Record], Record]:
    return lambda record: {name: record[name] for name in names if name in record}


def _wanted(record: Record, parameters: dict[str, Any], name: str, status: str | None) -> bool:
    if parameters.get("NameContains", "").lower() not in record[name].lower():
        return False
    if status and parameters.get("StatusEquals") not in {None, record[status]}:
        return False
    return all(
        ((record.get(member) or record["CreationTime"]).timestamp() - parameters[option]) * sign > 0
        for option, (member, sign) in _TIMES.items()
        if option in parameters
    )


def _token(start: int) -> str:
    return base64.urlsafe_b64encode(json.dumps({"start": start}).encode()).decode()


def _read_token(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(json.loads(base64.urlsafe_b64decode(token))["start"])
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise validation_exception("Invalid NextToken") from None
