"""What is known of a dataset, and whether it is worth a training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.shared.findings.message import Message, listed, together
from lambdas.shared.settings.conditions import read_conditions
from lambdas.shared.settings.dataset import DatasetSettings
from lambdas.shared.settings.schedules import FILE_ONLY
from lambdas.shared.settings.serving import read_serving


@dataclass(frozen=True)
class Newest:
    """The newest upload of a dataset.

    Parameters
    ----------
    size : int
        In bytes.
    rows : int or None
        None if it has not been read.
    """

    key: str
    version_id: str
    size: int
    rows: int | None = None


@dataclass(frozen=True)
class Trained:
    """The upload that was trained last, by its manifest: what it was and the settings then."""

    key: str
    version_id: str
    size: int
    rows: int
    settings: Mapping[str, Any]

    def is_of(self, upload: Newest) -> bool:
        """Return whether it was of an upload."""
        return (upload.key, upload.version_id) == (self.key, self.version_id)


@dataclass(frozen=True)
class Situation:
    """What there is.

    Parameters
    ----------
    newest : Newest
    trained : Trained or None
        None if nothing of the dataset was trained before.
    worse : Message or None
        How the champion did worse on newer rows, as a clause; None if it is not known to.
    drifted : Message or None
        What has drifted from what the champion was trained on, as a clause; None if nothing is
        known to.
    idle_days : int
        Whole days since something of the dataset was trained.
    """

    newest: Newest
    trained: Trained | None
    worse: Message | None
    drifted: Message | None = None
    idle_days: int = 0


@dataclass(frozen=True)
class Choice:
    """Whether to train, and why, as a clause."""

    train: bool
    reason: Message


def decide(settings: DatasetSettings, found: Situation) -> Choice:
    """Decide by the settings of the dataset as they are now."""
    if found.trained is None:
        reason = Message("no model of the dataset has been trained before")
        return Choice(train=True, reason=reason)
    changed = _changed(settings, found.trained.settings)
    if changed:
        reason = Message(
            "a setting has changed since: {names}",
            "settings have changed since: {names}",
            count=len(changed),
            names=listed(changed),
        )
        return Choice(train=True, reason=reason)
    if settings.retrain_unchanged:
        return Choice(train=True, reason=Message("“retrain_unchanged” is set"))
    if found.trained.is_of(found.newest):
        return Choice(
            train=False,
            reason=Message("the newest upload was trained already, with the same settings"),
        )
    return _by_conditions(read_conditions(settings.retrain_when), found, found.trained)


def _by_conditions(conditions: Mapping[str, int], found: Situation, trained: Trained) -> Choice:
    """Return every condition that holds as the reason, or else how far each is from it."""
    if not conditions:
        return Choice(train=True, reason=Message("the newest upload was not trained yet"))
    looked = [_LOOKS[word](figure, found, trained) for word, figure in conditions.items()]
    reasons = [each.reason for each in looked if each.train]
    return Choice(train=bool(reasons), reason=together(reasons or [each.reason for each in looked]))


def _drifted(_: int, found: Situation, __: Trained) -> Choice:
    unknown = Message("no column is known to have drifted far since the last training")
    return Choice(train=found.drifted is not None, reason=found.drifted or unknown)


def _worse(_: int, found: Situation, __: Trained) -> Choice:
    if found.worse is None:
        reason = Message("the champion is not known to have got worse")
        return Choice(train=False, reason=reason)
    reason = Message("the champion has got worse: {figures}", figures=found.worse)
    return Choice(train=True, reason=reason)


def _enough_rows(wanted: int, found: Situation, trained: Trained) -> Choice:
    rows = new_rows(found.newest, trained)
    about = Message(
        "about {count} row is new, of {wanted} required",
        "about {count} rows are new, of {wanted} required",
        count=rows,
        wanted=wanted,
    )
    counted = Message(
        "{count} row is new, of {wanted} required",
        "{count} rows are new, of {wanted} required",
        count=rows,
        wanted=wanted,
    )
    return Choice(train=rows >= wanted, reason=about if found.newest.rows is None else counted)


def _old(wanted: int, found: Situation, _: Trained) -> Choice:
    reason = Message(
        "the last training was {count} day ago, and the limit is {wanted}",
        "the last training was {count} days ago, and the limit is {wanted}",
        count=found.idle_days,
        wanted=wanted,
    )
    return Choice(train=found.idle_days > wanted, reason=reason)


_LOOKS: Mapping[str, Callable[[int, Situation, Trained], Choice]] = {
    "drifted": _drifted,
    "worse": _worse,
    "new_rows": _enough_rows,
    "older_than": _old,
}


def new_rows(newest: Newest, trained: Trained) -> int:
    """Return by how many rows an upload exceeds another.

    One that has not been read is estimated, from the bytes a row of the other took.
    """
    if newest.rows is not None:
        return newest.rows - trained.rows
    return round(newest.size * trained.rows / max(trained.size, 1)) - trained.rows


def _changed(settings: DatasetSettings, before: Mapping[str, Any]) -> list[str]:
    """Return the settings that differ; one that is newer than the manifest had its default."""
    now = settings.model_dump(mode="json", exclude=set(FILE_ONLY))
    defaults = DatasetSettings().model_dump(mode="json")
    # `serve` was yes or no once, and no if it was not set.
    former = {False: None, True: read_serving(True).text}
    if isinstance(before.get("serve"), bool):
        before = {**before, "serve": former[before["serve"]]}
    return [name for name in now if now[name] != before.get(name, defaults[name])]
