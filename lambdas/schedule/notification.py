"""Notifications of a changed settings file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce

from lambdas.report.language import Language
from lambdas.shared.failures.errors import DataError
from lambdas.shared.failures.messages import compose
from lambdas.shared.findings.message import Message, sentence
from lambdas.shared.settings.conditions import read_conditions
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
    conditions = [
        _CONDITIONS[word](figure) for word, figure in read_conditions(settings.retrain_when).items()
    ]
    if not conditions:
        return Message("It is trained if it or the settings are new")
    condition = reduce(
        lambda one, other: Message("{one} or {other}", one=one, other=other), conditions
    )
    return Message("It is trained if {condition}", condition=condition)


_CONDITIONS: Mapping[str, Callable[[int], Message]] = {
    "drifted": lambda _: Message("a column is known to have drifted far"),
    "worse": lambda _: Message("the champion has got worse"),
    "new_rows": lambda rows: Message(
        "it has about {count} new row", "it has about {count} new rows", count=rows
    ),
    "older_than": lambda days: Message(
        "nothing was trained for more than {count} day",
        "nothing was trained for more than {count} days",
        count=days,
    ),
}


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
