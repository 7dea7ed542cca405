"""Schedules in settings: AWS's expressions and zones, and what can't go together."""

import pytest

from lambdas.shared.failures.errors import SettingsInvalid
from lambdas.shared.settings.dataset import DatasetSettings, resolve
from lambdas.shared.settings.schedules import FILE_ONLY
from lambdas.shared.settings.sources import from_metadata, from_yaml


def problems(text: str) -> list[str]:
    return [str(found.message) for found in resolve([from_yaml("settings/x.yaml", text)]).findings]


# AWS's own examples (EventBridge Scheduler User Guide, "Schedule types"; EventBridge User Guide,
# "Cron expressions"), and the forms that its tables of wildcards allow.
@pytest.mark.parametrize(
    "expression",
    [
        "cron(15 10 ? * 6L 2022-2023)",
        "cron(0 10 * * ? *)",
        "cron(15 12 * * ? *)",
        "cron(0 18 ? * MON-FRI *)",
        "cron(0 8 1 * ? *)",
        "cron(0/10 * ? * MON-FRI *)",
        "cron(0/5 8-17 ? * MON-FRI *)",
        "cron(0 9 ? * 2#1 *)",
        "cron(30 2 L * ? *)",
        "cron(0 6 3W * ? *)",
        "cron( 0  6 ? * mon * )",
        "rate(1 minute)",
        "rate(12 hours)",
        "rate(7 days)",
        "at(2027-01-31T06:00:00)",
    ],
)
def test_what_aws_takes_is_taken(expression: str) -> None:
    assert problems(f'schedule: "{expression}"\n') == []


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("every monday", "write cron("),
        ("cron(0 6 * * MON *)", "in exactly one of"),
        ("cron(0 6 * * *)", "six fields"),
        ("cron(61 6 ? * MON *)", "the minutes of the cron expression"),
        ("cron(0 24 ? * MON *)", "the hours of the cron expression"),
        ("cron(0 6 32 * ? *)", "the days of the month"),
        ("cron(0 6 ? 13 MON *)", "the months"),
        ("cron(0 6 ? * 8 *)", "the days of the week"),
        ("cron(0 6 ? * MON 1969)", "the years"),
        ("rate(0 days)", "whole number of minutes, hours or days"),
        ("rate(2 weeks)", "whole number of minutes, hours or days"),
        ("at(31.1.2027)", "at(yyyy-mm-ddThh:mm:ss)"),
        ("at(2027-02-30T06:00:00)", "at(yyyy-mm-ddThh:mm:ss)"),
    ],
)
def test_what_is_wrong_with_an_expression_is_told_without_quoting_it(
    expression: str, words: str
) -> None:
    (problem,) = problems(f'schedule: "{expression}"\n')
    assert problem.startswith("in settings/x.yaml, “schedule”: ")
    assert words in problem
    assert expression not in problem


def test_time_zones_are_iana_names() -> None:
    for zone in ("Europe/Madrid", "America/New_York", "UTC"):
        assert problems(f"schedule: rate(1 day)\nschedule_timezone: {zone}\n") == []
    (problem,) = problems("schedule: rate(1 day)\nschedule_timezone: Madrid\n")
    assert "not a time zone of the IANA database" in problem


@pytest.mark.parametrize("name", sorted(FILE_ONLY - {"schedule"}))
def test_conditions_need_a_schedule(name: str) -> None:
    value = {"schedule_timezone": "UTC", "retrain_after_new_rows": "5"}.get(name, "no")
    assert problems(f"{name}: {value}\n") == [f"“{name}” is set, but “schedule” is not"]
    assert problems(f"{name}: {value}\nschedule: rate(1 day)\n") == []


def test_always_and_only_if_contradict() -> None:
    for condition in ("retrain_after_new_rows: 5", "retrain_when_worse: yes"):
        (problem,) = problems(f"schedule: rate(1 day)\nretrain_unchanged: yes\n{condition}\n")
        assert "says when not to" in problem


@pytest.mark.parametrize("name", sorted(FILE_ONLY))
def test_one_upload_cannot_set_a_schedule(name: str) -> None:
    resolved = resolve([from_metadata({name.replace("_", "-"): "SECRET"})])
    message = str(SettingsInvalid(*resolved.findings))
    assert "belongs in the settings file" in message
    assert "SECRET" not in message
    assert resolved.settings == DatasetSettings()
