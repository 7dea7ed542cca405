"""Add what an event tells of to its dataset's history."""

from __future__ import annotations

from typing import Any

from lambdas.health.announced import Announced
from lambdas.health.history import add, is_known, load
from lambdas.health.records import entry_of
from lambdas.health.versions import Versions
from lambdas.shared.aws import s3_client
from lambdas.shared.entry import entry
from lambdas.shared.observability import belongs_to, logger


@entry(Announced, most_bytes=None)
def handler(event: Announced) -> dict[str, Any]:
    """Return ``{"added": bool}``: false where the history has the event already."""
    belongs_to(event.name)
    client = s3_client()
    entries = load(client, event.folder)
    found = entry_of(client, event, Versions(client, event.paths, entries))
    added = not is_known(found, entries)
    if added:
        add(client, event.folder, found)
    logger.info("history", extra={"kind": event.kind, "added": added})
    return {"added": added}
