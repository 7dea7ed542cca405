"""Whether a champion can answer rows of a newer upload, told by the two manifests."""

from __future__ import annotations

from typing import Any


def problem(champion: dict[str, Any], candidate: dict[str, Any]) -> str | None:
    """Return why the champion can't be measured on the candidate's test rows, as a clause.

    Parameters
    ----------
    champion, candidate : dict
        ``manifest.json`` of either.

    Returns
    -------
    str or None
        None if it can: columns that it does not know are no obstacle.
    """
    reasons = []
    for name, word in (("task", "task"), ("target", "target")):
        before, now = champion[name]["value"], candidate[name]["value"]
        if before != now:
            reasons.append(f"its {word} is “{before}”, now it is “{now}”")
    given = {feature["name"]: feature["type"] for feature in candidate["features"]}
    missing = [f["name"] for f in champion["features"] if f["name"] not in given]
    if missing:
        reasons.append("these columns of it are missing now: " + _named(missing))
    changed = [
        f["name"] for f in champion["features"] if given.get(f["name"], f["type"]) != f["type"]
    ]
    if changed:
        reasons.append("these columns of it have another type now: " + _named(changed))
    return "; ".join(reasons) or None


_NAMED = 10


def _named(columns: list[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in columns[:_NAMED])
    more = len(columns) - _NAMED
    return f"{shown} and {more} more" if more > 0 else shown
