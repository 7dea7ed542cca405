"""A dataset's health in words: how the champion is, since when, what is new, what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lambdas.health.news import count_of_far, far, has_fallen, newest_figure
from lambdas.health.telling import written
from lambdas.report.language import Language
from lambdas.report.quality import writer
from lambdas.shared.documents.contents import HealthEntry, HealthFigure
from lambdas.shared.findings.message import listed, sentence

Said = tuple[str, str]  # level: good, note, caution or bad; and a sentence


def summary(words: Language, entries: Sequence[HealthEntry]) -> list[Said]:
    """Return sentences about the champion.

    Parameters
    ----------
    words : Language
    entries : sequence of HealthEntry
        The newest first.
    """
    version = champion(entries)
    if version is None:
        return [("note", words("health.no_champion"))]
    of_it = [each for each in entries if each["version"] == version]
    measured = [each for each in of_it if _figure(each, version)]
    compared = [each for each in of_it if each["drift"]]
    return [
        _who(words, entries, version),
        *_how(words, entries, measured, version),
        _drifted(words, compared),
        *_to_do(words, entries, measured[:1], compared[:1]),
    ]


def champion(entries: Sequence[HealthEntry]) -> int | None:
    """Return the version that was promoted last, or that uploads were compared with since."""
    for each in entries:
        if each["training"] and each["training"]["promoted"]:
            return each["training"]["version"]
        if each["kind"] == "upload" and each["version"]:
            return each["version"]
    return next((each["version"] for each in entries if each["version"]), None)


def _figure(entry: HealthEntry, version: int) -> HealthFigure | None:
    found = newest_figure(entry)
    return found if found and found["version"] == version else None


def day(entry: HealthEntry) -> str:
    """Return the day of an entry."""
    return entry["time"][:10]


def _registered(entries: Sequence[HealthEntry], version: int) -> HealthEntry | None:
    return next((e for e in entries if e["training"] and e["training"]["version"] == version), None)


def _who(words: Language, entries: Sequence[HealthEntry], version: int) -> Said:
    found = _registered(entries, version)
    if found and found["training"] and found["training"]["promoted"]:
        return "note", words("health.champion.since", version=version, date=day(found))
    return "note", words("health.champion", version=version)


def _how(
    words: Language,
    entries: Sequence[HealthEntry],
    measured: Sequence[HealthEntry],
    version: int,
) -> Iterator[Said]:
    """Yield how it does on rows that are new to it, beside those it was registered with."""
    if not measured:
        found = _registered(entries, version)
        figure = found["training"]["figure"] if found and found["training"] else None
        if figure:
            yield "note", words("health.how.registered", **_said(words, figure))
        yield "note", words("health.how.never")
        return
    figure = newest_figure(measured[0])
    assert figure is not None  # noqa: S101 - that is what `measured` was chosen by
    when = figure["period"] or day(measured[0])
    verdict = figure.get("verdict", "unknown")
    level = {"worse": "bad", "unknown": "note"}.get(verdict, "good")
    said = words(f"health.how.{verdict}", date=when, **_said(words, figure))
    if verdict == "worse":
        falling = [bool((f := newest_figure(each)) and has_fallen(f)) for each in measured]
        said += " " + words("health.first_seen", date=day(_oldest(measured, falling)))
    yield level, said


def _said(words: Language, figure: HealthFigure) -> dict[str, object]:
    write = writer(words, figure["metric"])
    interval = words.span(write(figure["low"]), write(figure["high"]))
    return {**written(words, figure), "interval": interval}


def _oldest(entries: Sequence[HealthEntry], holds: Sequence[bool]) -> HealthEntry:
    """Return the oldest of the newest entries for which something holds without a break."""
    length = next((place for place, each in enumerate(holds) if not each), len(holds))
    return entries[max(0, length - 1)]


def _drifted(words: Language, compared: Sequence[HealthEntry]) -> Said:
    if not compared or not compared[0]["drift"]:
        return "note", words("health.drift.never")
    newest = compared[0]
    levels, names = compared[0]["drift"]["levels"], sorted(far(newest))
    moved = compared[0]["drift"]["predictions"]
    predicted = f" {words('health.drift.predicted')}" if moved and moved["level"] == "large" else ""
    columns = words("amount.columns", count=sum(levels.values()))
    if not levels["large"] and not levels["small"]:
        said = words("health.drift.none", date=day(newest), columns=columns)
        return "caution" if predicted else "good", said + predicted
    said = words(
        "health.drift.some",
        date=day(newest),
        columns=columns,
        large=words.whole(levels["large"]),
        small=words.whole(levels["small"]),
    )
    if not names:
        return "caution" if predicted else "note", said + predicted
    since = day(_oldest(compared, [count_of_far(each) > 0 for each in compared]))
    more = words("health.drift.far", names=words.say(listed(names)), date=since)
    return "caution", f"{said} {more}{predicted}"


def _to_do(
    words: Language,
    entries: Sequence[HealthEntry],
    measured: Sequence[HealthEntry],
    compared: Sequence[HealthEntry],
) -> Iterator[Said]:
    figures = [figure for each in measured if (figure := newest_figure(each))]
    fallen = any(map(has_fallen, figures))
    drifted = any(count_of_far(each) for each in compared)
    if not fallen and not drifted:
        yield "note", words("health.do.nothing" if measured else "health.do.measure")
        return
    seen = max(each["time"] for each in [*measured, *compared])
    training = next((each for each in entries if each["training"]), None)
    if training and training["training"] and training["time"] >= seen:
        reason = sentence(words.say(training["training"]["reason"]))
        of = training["training"]["version"]
        yield "note", words("health.do.trained", date=day(training), version=of, reason=reason)
    yield "note", words("health.do.fallen" if fallen else "health.do.drift")
