"""The settings of trainings by schedule; they belong in a dataset's file, not to one upload."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from typing import Annotated

from aws_cron_expression_validator import validator as cron
from pydantic import AfterValidator, BaseModel, Field

from lambdas.shared.findings.message import Message
from lambdas.shared.settings.conditions import FORMER_CONDITIONS, Conditions
from lambdas.shared.settings.values import Refused

# EventBridge Scheduler User Guide, "Schedule types in EventBridge Scheduler".
_EXPRESSION = re.compile(r"(cron|rate|at)\(([^()]*)\)")
_RATE = re.compile(r"[1-9][0-9]{0,8} (?:minute|hour|day)s?")
_CRON_FIELDS = {
    cron.AWSCronExpressionMinuteError: Message("minutes"),
    cron.AWSCronExpressionHourError: Message("hours"),
    cron.AWSCronExpressionDayOfMonthError: Message("days of the month"),
    cron.AWSCronExpressionMonthError: Message("months"),
    cron.AWSCronExpressionDayOfWeekError: Message("days of the week"),
    cron.AWSCronExpressionYearError: Message("years"),
}


def _expression(text: str) -> str:
    """Check an expression; what is wrong is said without quoting it."""
    tidy = re.sub(r"\s+", " ", text.strip())
    form = _EXPRESSION.fullmatch(tidy)
    if form is None:
        raise Refused(
            Message(
                "write cron(minutes hours day-of-month month day-of-week year), rate(7 days) or "
                "at(2027-01-31T06:00:00)"
            )
        )
    kind, inside = form[1], form[2].strip()
    problem = {"cron": _cron_problem, "rate": _rate_problem, "at": _at_problem}[kind](inside)
    if problem:
        raise Refused(problem)
    return f"{kind}({inside})"


def _cron_problem(fields: str) -> Message | None:
    try:
        cron.AWSCronExpressionValidator.validate(fields)
    except cron.AWSCronExpressionError as error:
        name = _CRON_FIELDS.get(type(error))
        if name:
            return Message("AWS cannot read the {part} of the cron expression", part=name)
        return Message(
            "a cron expression has six fields, and “?” in exactly one of day-of-month and "
            "day-of-week"
        )
    return None


def _rate_problem(text: str) -> Message | None:
    if _RATE.fullmatch(text):
        return None
    return Message("a rate is a whole number of minutes, hours or days")


def _at_problem(text: str) -> Message | None:
    try:
        dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 - its zone is a setting
    except ValueError:
        return Message("a single time is written as at(yyyy-mm-ddThh:mm:ss)")
    return None


def _time_zone(name: str) -> str:
    if name not in zoneinfo.available_timezones():
        raise Refused(Message("it is not a time zone of the IANA database, such as Europe/Madrid"))
    return name


class ScheduleFields(BaseModel):
    """When a dataset is checked, and what must have changed for it to be trained then."""

    schedule: Annotated[str, AfterValidator(_expression)] | None = Field(
        default=None,
        description="When the newest upload is checked and trained if needed, in EventBridge "
        "Scheduler's syntax: `cron(0 6 ? * MON *)`, `rate(7 days)` or "
        "`at(2027-01-31T06:00:00)`.",
    )
    schedule_timezone: Annotated[str, AfterValidator(_time_zone)] = Field(
        default="UTC",
        description="Time zone of the schedule, such as `Europe/Madrid`; daylight saving is "
        "respected.",
    )
    schedule_enabled: bool = Field(
        default=True, description="With `false`, the schedule exists but does nothing."
    )
    retrain_unchanged: bool = Field(
        default=False,
        description="Train even if the newest upload was already trained with the same settings.",
    )
    retrain_when: Conditions = Field(
        default=(),
        description="Train a newer upload, when it comes, at scheduled checks and after drift or a "
        "fall between uploads, only if one of these conditions holds: `drifted` (a feature is "
        "distributed very differently than when the champion was trained), `worse` (the "
        "champion did worse on newer rows than when it was registered), `new_rows>=500` (so "
        "many rows more than the upload that was trained last), `older_than=30d` (nothing was"
        " trained for more than so many days).",
    )

    def schedule_contradictions(self) -> list[Message]:
        """Return a sentence for each pair of these settings that can't both hold."""
        given = RetrainFields.model_fields.keys() & self.model_fields_set - {"retrain_when"}
        problems: list[Message] = []
        if self.schedule is None:
            problems += [
                Message("“{name}” is set, but “schedule” is not", name=name)
                for name in sorted(given)
            ]
        if self.retrain_unchanged and self.retrain_when:
            problems.append(
                Message(
                    "“retrain_unchanged” always trains at the scheduled time, but "
                    "“retrain_when” says when not to"
                )
            )
        return problems


class RetrainFields(ScheduleFields):
    """Everything of schedules that a settings file can say."""

    train_on_upload: bool = Field(
        default=True,
        description="With `false`, an upload waits for the next scheduled check.",
    )


FILE_ONLY = frozenset({*RetrainFields.model_fields, *FORMER_CONDITIONS})
