"""The history: a file for each month, written over only what it was made of.

Runs of a dataset may end at the same time, and an event may come twice, late, or again after a
redrive; an entry of one name is there once, as the latest event tells it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lambdas.shared.documents.bucket import change, find, stored
from lambdas.shared.documents.contents import Health, HealthEntry
from lambdas.shared.documents.document import HEALTH_FOLDER, health_of
from lambdas.shared.failures.errors import UnexpectedError
from lambdas.shared.findings.message import Message

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MOST_ENTRIES = 1000  # of a month; the oldest are left out
ENOUGH, MOST_MONTHS = 300, 36  # that are read: what the page shows, and the newest training
_MONTH = re.compile(rf".+/{HEALTH_FOLDER}/(\d{{4}}-\d{{2}})\.json")


def load(client: S3Client, folder: str) -> list[HealthEntry]:
    """Return the newest entries, the newest first.

    Parameters
    ----------
    client : S3Client
    folder : str
        URI of the dataset's reports.
    """
    objects = stored(client, f"{folder}/{HEALTH_FOLDER}/")
    listed = (_MONTH.fullmatch(each.uri) for each in objects)
    months = sorted((found[1] for found in listed if found), reverse=True)
    entries: list[HealthEntry] = []
    for month in months[:MOST_MONTHS]:
        kind = health_of(month)
        found = find(client, kind, kind.below(folder))
        entries = [*entries, *(found["entries"] if found else ())]
        if len(entries) >= ENOUGH and any(each["training"] for each in entries):
            break
    return _of_one_name(entries)


def is_known(entry: HealthEntry, entries: Sequence[HealthEntry]) -> bool:
    """Return whether there is an entry of its name that is as late."""
    return any(each["name"] == entry["name"] and each["time"] >= entry["time"] for each in entries)


def add(client: S3Client, folder: str, entry: HealthEntry) -> None:
    """Add an entry to its month, in the place of an earlier one of its name.

    Raises
    ------
    UnexpectedError
        If others were quicker each time; Lambda tries again.
    """
    kind = health_of(entry["time"][:7])

    def with_entry(known: Health | None) -> Health:
        entries = known["entries"] if known else []
        return {"entries": _of_one_name([entry, *entries])[:MOST_ENTRIES]}

    if change(client, kind, kind.below(folder), with_entry) is None:
        raise UnexpectedError(Message("the history was changed by others each time"))


def _of_one_name(entries: Sequence[HealthEntry]) -> list[HealthEntry]:
    """Return the latest entry of each name, the newest first; of two as late the one there was."""
    by_name: dict[str, HealthEntry] = {}
    for each in sorted(entries, key=lambda each: each["time"]):
        by_name[each["name"]] = each
    return sorted(by_name.values(), key=lambda each: (each["time"], each["name"]), reverse=True)
