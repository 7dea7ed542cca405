"""Add what an event tells of to its dataset's history, say what of it is news, draw the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lambdas.health.announced import Announced
from lambdas.health.history import add, is_known, load
from lambdas.health.metrics import emit_health
from lambdas.health.news import news
from lambdas.health.page import render
from lambdas.health.records import entry_of
from lambdas.health.telling import Telling
from lambdas.health.versions import Versions
from lambdas.report.language import Language, language_of_dataset
from lambdas.shared.aws import s3_client
from lambdas.shared.documents.bucket import HTML, put
from lambdas.shared.documents.contents import HealthEntry
from lambdas.shared.documents.document import HEALTH_PAGE
from lambdas.shared.entry import entry
from lambdas.shared.observability import belongs_to, logger


@entry(Announced, most_bytes=None)
def handler(event: Announced) -> dict[str, Any]:
    """Return ``{"added": bool, "told": [status, ...]}``.

    Nothing is added or told where the history has the event already; the page is drawn again, as
    that may be what failed before. What is news is told before it is added: a failure between the
    two has it told twice, and not never.
    """
    belongs_to(event.name)
    client, statuses = s3_client(), list[str]()
    entries = load(client, event.folder)
    found = entry_of(client, event, Versions(client, event.paths, entries))
    added = not is_known(found, entries)
    if added:
        words = _words([found, *entries])
        statuses = Telling(event, found, words).tell(news(found, entries))
        add(client, event.folder, found)
        emit_health(event.detail.dataset, found)
        entries = load(client, event.folder)  # with what others have added meanwhile
    page = render(event.detail.dataset, entries, _words([found, *entries]))
    put(client, f"{event.folder}/{HEALTH_PAGE}", page, HTML)
    logger.info("history", extra={"kind": event.kind, "added": added, "told": statuses})
    return {"added": added, "told": statuses}


def _words(entries: Sequence[HealthEntry]) -> Language:
    """Return the dataset's language, as its newest entry that knows it has it."""
    return language_of_dataset(next((e["language"] for e in entries if e["language"]), None))
