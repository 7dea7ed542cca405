"""How people and programs hear of what is news: names of columns and figures, no values."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.health.announced import Announced
from lambdas.health.news import News
from lambdas.report.language import Language
from lambdas.report.notification import VERSION, console_links
from lambdas.report.quality import writer
from lambdas.shared.bus import announce
from lambdas.shared.documents.contents import HealthEntry, HealthFigure
from lambdas.shared.documents.document import HEALTH_PAGE
from lambdas.shared.findings.message import NAMED, Message, listed, metric_name, sentence
from lambdas.shared.names.legal import dataset_slug
from lambdas.shared.names.paths import split_uri
from lambdas.shared.topic import notify

DRIFT, QUALITY = "DRIFT", "QUALITY"


@dataclass(frozen=True)
class Notice:
    """A notification, and the detail of its event."""

    status: str
    subject: str
    message: str
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class Telling:
    """Tells of what is new in an entry, in the dataset's language."""

    event: Announced
    entry: HealthEntry
    words: Language

    def tell(self, found: News) -> list[str]:
        """Notify the topic and the bus; return the notifications' statuses."""
        notices = list(self.notices(found))
        for each in notices:
            notify(each.status, each.subject, each.message)
            announce(f"Molino {each.status.capitalize()}", each.detail)
        return [each.status for each in notices]

    def notices(self, found: News) -> Iterator[Notice]:
        """Yield what is to be said."""
        if found.columns:
            detail = {"columns": found.columns, "more_columns": found.more}
            yield self._notice(DRIFT, self._drifted(found), detail)
        if found.figure:
            said = self.words("health.fallen", **written(self.words, found.figure))
            yield self._notice(QUALITY, said, {"figure": found.figure})

    def _drifted(self, found: News) -> str:
        return self.words(
            f"health.drifted.{self.entry['kind']}",
            count=len(found.columns) + found.more,
            names=self.words.say(_names(found)),
            version=self.entry["version"],
            name=self.event.detail.day or self.entry["name"],
        )

    def _notice(self, status: str, said: str, more: Mapping[str, Any]) -> Notice:
        page = f"{self.event.folder}/{HEALTH_PAGE}"
        # The topic's ARN names partition and region as an execution's would.
        link = console_links(os.environ["TOPIC_ARN"], *split_uri(page))["report"]
        dataset = dataset_slug(self.event.detail.dataset)
        subject = self.words(f"notification.subject.{status.lower()}", dataset=dataset)
        places = self.words("health.places", page=page, link=link)
        detail = {
            "schema_version": VERSION,
            "dataset": dataset,
            "kind": self.entry["kind"],
            "execution_arn": self.event.detail.execution_arn,
            "version": self.entry["version"],
            **more,
            "health_uri": page,
            "health_url": link,
        }
        return Notice(status, subject, f"{sentence(said)}\n\n{places}", detail)


def _names(found: News) -> Message:
    if not found.more:
        return listed(found.columns)
    names = found.columns[:NAMED]
    more = len(found.columns) + found.more - len(names)
    return Message("{names} and {count} more", names=", ".join(names), count=more)


def written(words: Language, figure: HealthFigure) -> dict[str, Any]:
    """Return a figure and the registered one as texts have them."""
    write, registered = writer(words, figure["metric"]), figure["registered"] or {}
    return {
        "version": figure["version"],
        "metric": words.say(metric_name(figure["metric"])),
        "now": write(figure["value"]),
        "before": write(registered["value"]) if registered else "",
        "rows": words("amount.rows", count=figure["rows"]),
        "test_rows": words("amount.test_rows", count=registered["rows"]) if registered else "",
    }
