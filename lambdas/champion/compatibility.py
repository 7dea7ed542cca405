"""Whether a champion can answer rows of a newer upload, by the two manifests."""

from __future__ import annotations

from typing import Any

from lambdas.shared.documents.contents import Manifest
from lambdas.shared.findings.message import Message, listed, together


def problem(champion: Manifest, candidate: Manifest) -> Message | None:
    """Return why the champion can't be measured on the candidate's test rows, as a clause.

    Parameters
    ----------
    champion, candidate : Manifest

    Returns
    -------
    Message or None
        None if it can: columns that it does not know do not matter.
    """
    reasons = _other_question(champion, candidate)
    given = {feature["name"]: feature for feature in candidate["features"]}
    missing = [f["name"] for f in champion["features"] if f["name"] not in given]
    if missing:
        reasons.append(
            Message(
                "one of its columns is missing now: {names}",
                "{count} of its columns are missing now: {names}",
                count=len(missing),
                names=listed(missing),
            )
        )
    kept = [f for f in champion["features"] if f["name"] in given]
    changed = [f["name"] for f in kept if not _same_meaning(f, given[f["name"]])]
    if changed:
        reasons.append(
            Message(
                "one of its columns has another type now: {names}",
                "{count} of its columns have another type now: {names}",
                count=len(changed),
                names=listed(changed),
            )
        )
    return together(reasons) if reasons else None


def _other_question(champion: Manifest, candidate: Manifest) -> list[Message]:
    reasons = []
    before, now = champion["task"]["value"], candidate["task"]["value"]
    if before != now:
        text = Message("its task is “{before}”, now it is “{now}”", before=before, now=now)
        reasons.append(text)
    before, now = champion["target"]["value"], candidate["target"]["value"]
    if before != now:
        text = Message("its target is “{before}”, now it is “{now}”", before=before, now=now)
        reasons.append(text)
    return reasons


def _same_meaning(before: dict[str, Any], now: dict[str, Any]) -> bool:
    """Return whether the values of a column in the splits mean the same to both."""
    if before["type"] != now["type"]:
        return False
    if before["type"] == "datetime":  # in ISO 8601 since manifests have how dates are written
        return "written" in before
    units, now_units = (set(each.get("written", {}).get("units", ())) for each in (before, now))
    return not (units and now_units) or bool(units & now_units)
