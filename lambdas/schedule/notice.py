"""What people are told of a changed settings file."""

from __future__ import annotations

from lambdas.shared.errors import SettingsInvalid
from lambdas.shared.one_line import one_line
from lambdas.shared.settings import DatasetSettings

Notice = tuple[str, str, str]  # status, subject, text


def made(dataset: str, settings: DatasetSettings) -> Notice:
    """Return the notice of a new or changed schedule."""
    when = f"{settings.schedule}, time zone {settings.schedule_timezone}"
    if not settings.schedule_enabled:
        text = f"The schedule of the dataset {one_line(dataset)} is turned off: {when}."
        return "SCHEDULED", "Molino: a schedule is turned off", text
    text = (
        f"The newest upload of the dataset {one_line(dataset)} is looked at by schedule: {when}. "
        + _condition(settings)
    )
    return "SCHEDULED", "Molino: a dataset is trained by schedule", text


def _condition(settings: DatasetSettings) -> str:
    if settings.retrain_unchanged:
        return "It is trained every time."
    conditions = []
    if settings.retrain_after_new_rows:
        conditions.append(f"it has about {settings.retrain_after_new_rows} new rows")
    if settings.retrain_when_worse:
        conditions.append("the champion has got worse")
    only = " or ".join(conditions) if conditions else "it or the settings are new"
    return f"It is trained if {only}."


def removed(dataset: str) -> Notice:
    """Return the notice of a schedule that is no more."""
    text = f"The dataset {one_line(dataset)} has no schedule in its settings file any more."
    return "SCHEDULED", "Molino: a schedule was removed", text


def refused(dataset: str, problem: SettingsInvalid) -> Notice:
    """Return the notice of a file with mistakes."""
    text = (
        f"The settings file of the dataset {one_line(dataset)} can't be used; its schedule, if it "
        f"has one, stays as it was.\n{problem}"
    )
    return "SETTINGS_REFUSED", "Molino: a settings file can't be used", text
