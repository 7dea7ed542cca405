"""What of an entry is news: drift and falls that nobody was told of, and no training has seen.

Nothing is noted for it: an entry is compared with others of its kind and version, and with the
newest training, which was the answer to what its own upload showed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lambdas.measure.difference import is_further
from lambdas.shared.documents.contents import HealthEntry, HealthFigure
from lambdas.shared.fallen import CHANCE


@dataclass(frozen=True)
class News:
    """What is new.

    Parameters
    ----------
    columns : list of str
        That have drifted far, and had not before.
    more : int
        How many more that is true of, beyond those that entries keep by name.
    figure : HealthFigure or None
        A version's figure that fell below the registered one by more than chance.
    """

    columns: list[str]
    more: int
    figure: HealthFigure | None


def news(entry: HealthEntry, history: Sequence[HealthEntry]) -> News:
    """Return what is new in an entry.

    Parameters
    ----------
    entry : HealthEntry
    history : sequence of HealthEntry
        The others, the newest first.
    """
    known = list(_known(entry, history))
    columns, more = _drifted(entry, known)
    return News(columns, more, _fallen(entry, known))


def _known(entry: HealthEntry, history: Sequence[HealthEntry]) -> Iterator[HealthEntry]:
    """Yield what an entry of its kind was told of, and the newest training.

    Events may come late, so that a later entry has told of it already.
    """
    others = [
        each
        for each in history
        if each["name"] != entry["name"] and each["version"] == entry["version"]
    ]
    alike = [each for each in others if each["kind"] == entry["kind"] and tells(each)]
    yield from (each for each in alike if each["time"] > entry["time"])
    yield from [each for each in alike if each["time"] <= entry["time"]][:1]
    yield from [each for each in others if each["training"]][:1]


def tells(entry: HealthEntry) -> bool:
    """Return whether anything was compared in it."""
    return bool(entry["drift"] or entry["quality"])


def far(entry: HealthEntry) -> set[str]:
    """Return the columns that have drifted far, as far as they are kept by name."""
    columns = entry["drift"]["columns"] if entry["drift"] else []
    return {each["name"] for each in columns if each["level"] == "large"}


def count_of_far(entry: HealthEntry) -> int:
    """Return how many columns have drifted far."""
    return entry["drift"]["levels"]["large"] if entry["drift"] else 0


def _drifted(entry: HealthEntry, known: Sequence[HealthEntry]) -> tuple[list[str], int]:
    """Return the columns that are new, and how many more of them are not kept by name."""
    columns = entry["drift"]["columns"] if entry["drift"] else []
    named = {name for each in known for name in far(each)}
    new = [
        each["name"] for each in columns if each["level"] == "large" and each["name"] not in named
    ]
    counts = [count_of_far(each) for each in known]
    if counts and max(counts) > max(len(far(each)) for each in known):
        # Some were known by their number only: these may be among them.
        more = count_of_far(entry) - max(counts)
        return (new[:more], max(0, more - len(new))) if more > 0 else ([], 0)
    return new, (count_of_far(entry) - len(far(entry)) if new else 0)


def newest_figure(entry: HealthEntry) -> HealthFigure | None:
    """Return an entry's figure, of several periods the newest."""
    return max(
        entry["quality"], key=lambda each: (each["period"] or "", each["version"]), default=None
    )


def has_fallen(figure: HealthFigure) -> bool:
    """Return whether a figure is worse than the registered one by more than chance."""
    return figure.get("verdict") == "worse"


def _fallen(entry: HealthEntry, known: Sequence[HealthEntry]) -> HealthFigure | None:
    figure = newest_figure(entry)
    if figure is None or not _is_new(figure):
        return None
    for each in known:
        if entry["kind"] == each["kind"] == "upload" and each["time"] <= entry["time"]:
            continue  # by their rows: the figure's chance
        before = newest_figure(each)
        if before is None or not _is_comparable(before, figure) or not has_fallen(before):
            continue
        if not is_further(figure["metric"], figure, before):
            return None
    return figure


def _is_new(figure: HealthFigure) -> bool:
    """Return whether a figure has fallen, of an upload also from what was known already."""
    chance = figure.get("chance")
    return has_fallen(figure) and chance is not None and chance <= CHANCE


def _is_comparable(before: HealthFigure, figure: HealthFigure) -> bool:
    return (before["version"], before["metric"]) == (figure["version"], figure["metric"])
