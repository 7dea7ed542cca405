"""What a scheduled look has found, and whether it is worth a training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.shared.findings.message import Message, listed, together
from lambdas.shared.settings.dataset import DatasetSettings
from lambdas.shared.settings.schedules import FILE_ONLY


@dataclass(frozen=True)
class Newest:
    """The newest upload of a dataset: where it lies, its size in bytes."""

    key: str
    version_id: str
    size: int


@dataclass(frozen=True)
class Trained:
    """The upload that was trained last, by its manifest: what it was and the settings then."""

    key: str
    version_id: str
    size: int
    rows: int
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Look:
    """What there is.

    Parameters
    ----------
    newest : Newest
    trained : Trained or None
        None if nothing of the dataset was trained before.
    worse : Message or None
        How the champion did worse on newer rows, as a clause; None if it is not known to.
    """

    newest: Newest
    trained: Trained | None
    worse: Message | None


@dataclass(frozen=True)
class Decision:
    """Whether to train, and why, as a clause."""

    train: bool
    reason: Message


def decide(settings: DatasetSettings, look: Look) -> Decision:
    """Decide by the settings of the dataset as they are now."""
    if look.trained is None:
        reason = Message("no model of the dataset has been trained before")
        return Decision(train=True, reason=reason)
    is_new = (look.newest.key, look.newest.version_id) != (
        look.trained.key,
        look.trained.version_id,
    )
    changed = _changed(settings, look.trained.settings)
    if changed:
        reason = Message(
            "a setting has changed since: {names}",
            "settings have changed since: {names}",
            count=len(changed),
            names=listed(changed),
        )
        return Decision(train=True, reason=reason)
    if settings.retrain_unchanged:
        return Decision(train=True, reason=Message("“retrain_unchanged” is set"))
    if not is_new:
        return Decision(
            train=False,
            reason=Message("the newest upload was trained already, with the same settings"),
        )
    return _by_conditions(settings, look.newest, look.trained, look.worse)


def _by_conditions(
    settings: DatasetSettings, newest: Newest, trained: Trained, worse: Message | None
) -> Decision:
    wanted, missing = settings.retrain_after_new_rows, list[Message]()
    if wanted is None and not settings.retrain_when_worse:
        return Decision(train=True, reason=Message("the newest upload was not trained yet"))
    if settings.retrain_when_worse:
        if worse:
            reason = Message("the champion has got worse: {figures}", figures=worse)
            return Decision(train=True, reason=reason)
        missing.append(Message("the champion is not known to have got worse"))
    if wanted is not None:
        rows = new_rows(newest, trained)
        told = Message(
            "about {count} row is new, of {wanted} required",
            "about {count} rows are new, of {wanted} required",
            count=rows,
            wanted=wanted,
        )
        if rows >= wanted:
            return Decision(train=True, reason=told)
        missing.insert(0, told)
    return Decision(train=False, reason=together(missing))


def new_rows(newest: Newest, trained: Trained) -> int:
    """Estimate by how many rows an upload exceeds another, from the bytes a row of that took."""
    return round(newest.size * trained.rows / max(trained.size, 1)) - trained.rows


def _changed(settings: DatasetSettings, before: Mapping[str, Any]) -> list[str]:
    """Return the settings that differ; one that is newer than the manifest had its default."""
    now = settings.model_dump(mode="json", exclude=set(FILE_ONLY))
    defaults = DatasetSettings().model_dump(mode="json")
    return [name for name in now if now[name] != before.get(name, defaults[name])]
