"""Notifications of a changed settings file."""

from __future__ import annotations

from lambdas.report.language import Language
from lambdas.shared.failures.errors import DataError
from lambdas.shared.failures.messages import compose
from lambdas.shared.findings.message import Message, sentence
from lambdas.shared.settings.dataset import DatasetSettings

Notice = tuple[str, str, str]  # status, subject, text


def made(words: Language, dataset: str, settings: DatasetSettings) -> Notice:
    """Return the notification of a new or changed schedule."""
    when = Message(
        "{schedule}, time zone {zone}",
        schedule=str(settings.schedule),
        zone=settings.schedule_timezone,
    )
    if not settings.schedule_enabled:
        off = Message(
            "The schedule of the dataset {dataset} is turned off: {when}",
            dataset=dataset,
            when=when,
        )
        return "SCHEDULED", words("notification.subject.schedule_off"), sentence(words.say(off))
    on = Message(
        "The newest upload of the dataset {dataset} is checked on a schedule: {when}. {condition}",
        dataset=dataset,
        when=when,
        condition=_condition(settings),
    )
    return "SCHEDULED", words("notification.subject.scheduled"), sentence(words.say(on))


def _condition(settings: DatasetSettings) -> Message:
    if settings.retrain_unchanged:
        return Message("It is trained every time")
    rows, worse = settings.retrain_after_new_rows, settings.retrain_when_worse
    enough = Message(
        "it has about {count} new row", "it has about {count} new rows", count=rows or 0
    )
    fallen = Message("the champion has got worse")
    if rows and worse:
        return Message("It is trained if {one} or {other}", one=enough, other=fallen)
    if rows or worse:
        return Message("It is trained if {condition}", condition=enough if rows else fallen)
    return Message("It is trained if it or the settings are new")


def removed(words: Language, dataset: str) -> Notice:
    """Return the notification of a schedule that was removed."""
    text = Message(
        "The settings file of the dataset {dataset} no longer has a schedule", dataset=dataset
    )
    return "SCHEDULED", words("notification.subject.schedule_removed"), sentence(words.say(text))


def refused(words: Language, dataset: str, problem: DataError) -> Notice:
    """Return the notification of a file with mistakes."""
    text = Message(
        "The settings file of the dataset {dataset} cannot be used; its schedule, if it has one, "
        "stays as it was",
        dataset=dataset,
    )
    said = map(words.say, problem.details)
    why = compose(problem.code, said, explanations=words.explanations)
    return (
        "SETTINGS_REFUSED",
        words("notification.subject.refused"),
        f"{sentence(words.say(text))}\n{why}",
    )
