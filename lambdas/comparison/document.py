"""``actuals.json``: what came of a file of what really happened, for programs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lambdas.comparison.sentences import done, of_version
from lambdas.report.cost import ACTUALS, Usage, estimate
from lambdas.report.failures import Failure
from lambdas.report.language import Language, language
from lambdas.report.usage import since
from lambdas.shared.contracts.actuals import ComparisonEvent
from lambdas.shared.documents.contents import Quality
from lambdas.shared.documents.document import COMPARED
from lambdas.shared.findings.message import sentence
from lambdas.shared.names.legal import dataset_slug

Found = Sequence[Mapping[str, Any]]
_MOST_SAID = 5  # versions in a notification, the newest ones


@dataclass(frozen=True)
class Stored:
    """What the step before has stored, and what failed.

    Parameters
    ----------
    found : sequence of mapping
        Findings about the file.
    quality : mapping or None
        Content of ``quality.json``.
    """

    found: Found
    quality: Quality | None
    failure: Failure | None


def build_document(
    event: ComparisonEvent, now: dt.datetime, stored: Stored, words: Language
) -> dict[str, Any]:
    """Return the content; without any cell's value.

    Parameters
    ----------
    words : Language
        The dataset's own, for what is otherwise in English.
    """
    compared, failure, quality = event.compared, stored.failure, stored.quality
    seconds = since(event.execution.start_time, now)
    names = ("target", "key", "rows", "known", "matched", "pairs", "quality_uri")
    # No machine is started for which one would have to wait.
    cost = estimate(Usage(assumed=ACTUALS)) | {"with_starts": None}
    return {
        "status": "FAILED" if failure else "SUCCEEDED",
        "error": failure.code if failure else None,
        "ended": now.isoformat(timespec="seconds"),
        "message": message(event, stored, language(None)),
        "language": words.code,
        "said": {"message": message(event, stored, words)},
        "execution_arn": event.execution.arn,
        "dataset": dataset_slug(event.paths.dataset),
        **{name: getattr(compared, name, None) for name in names},
        "versions": list(quality["versions"]) if quality else [],
        "result_uri": COMPARED.uri(event.paths),
        "findings": [
            {name: each[name] for name in ("code", "severity", "column", "row", "message")}
            for each in stored.found
        ],
        "cost": cost | {"region": event.execution.arn.split(":")[3]},
        "seconds": {} if seconds is None else {"total": seconds},
        "upload": event.upload.model_dump(exclude={"reason"}),
    }


def message(event: ComparisonEvent, stored: Stored, words: Language) -> str:
    """Return what came of it: how many rows, how good each version was; or what failed."""
    if stored.failure or event.compared is None:
        return stored.failure.say(words) if stored.failure else ""
    versions = stored.quality["versions"][:_MOST_SAID] if stored.quality else []
    noticed = (each for each in stored.found if each["severity"] in ("warning", "note"))
    said = (sentence(words.say(each["wording"])) for each in noticed)
    return " ".join(
        [done(words, event.compared), *(of_version(words, each) for each in versions), *said]
    )
