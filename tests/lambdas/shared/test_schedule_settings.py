"""Schedules in settings: AWS's expressions and zones, and what can't go together."""

import pytest
import yaml

from infra.settings import Settings
from lambdas.shared.failures.errors import SettingsInvalid
from lambdas.shared.settings.dataset import DatasetSettings, resolve
from lambdas.shared.settings.schedules import FILE_ONLY, RetrainFields
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


def test_reasons_may_be_asked_for_without_a_schedule() -> None:
    assert problems("retrain_when: worse\n") == []


@pytest.mark.parametrize(
    "name", sorted(RetrainFields.model_fields.keys() - {"schedule", "retrain_when"})
)
def test_conditions_need_a_schedule(name: str) -> None:
    value = {"schedule_timezone": "UTC"}.get(name, "no")
    assert problems(f"{name}: {value}\n") == [f"“{name}” is set, but “schedule” is not"]
    assert problems(f"{name}: {value}\nschedule: rate(1 day)\n") == []


def test_always_and_only_if_contradict() -> None:
    (problem,) = problems("schedule: rate(1 day)\nretrain_unchanged: yes\nretrain_when: worse\n")
    assert "says when not to" in problem


def conditions(text: str) -> tuple[str, ...]:
    return resolve([from_yaml("settings/x.yaml", text)]).settings.retrain_when


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("[drifted, worse, new_rows>=500, older_than=30d]",
         ("drifted", "worse", "new_rows>=500", "older_than=30d")),
        ("drifted", ("drifted",)),
        ("worse, new_rows >= 7", ("worse", "new_rows>=7")),
        ("[New-Rows>=7]", ("new_rows>=7",)),
        ("[]", ()),
    ],
)  # fmt: skip
def test_conditions(written: str, read: tuple[str, ...]) -> None:
    text = f"schedule: rate(1 day)\nretrain_when: {written}\n"
    assert (problems(text), conditions(text)) == ([], read)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("[drift]", ["did you mean “drifted”?"]),
        ("[new_row>=5]", ["did you mean “new_rows>=500”?"]),
        ("[new_rows>5]", ["did you mean “new_rows>=500”?"]),
        ("[new_rows>=0]", ["did you mean “new_rows>=500”?"]),
        ("[older_than=30]", ["did you mean “older_than=30d”?"]),
        ("[older_than=30d, older_than=40d]", ["“older_than” is there twice"]),
        ("[worse=SECRET]", ["did you mean “worse”?"]),
        ("[SECRET]", ["there are drifted, worse, new_rows>=500, older_than=30d"]),
        ("[SECRET, drift, worse, worse]", ["there are", "“drifted”?", "“worse” is there twice"]),
        ("{drifted: SECRET}", ["“retrain_when”"]),
    ],
)
def test_a_condition_that_cannot_be_read_is_told_with_the_nearest_one(
    written: str, words: list[str]
) -> None:
    (problem,) = problems(f"schedule: rate(1 day)\nretrain_when: {written}\n")
    for word in words:
        assert word in problem
    assert "SECRET" not in problem


@pytest.mark.parametrize(
    ("former", "read"),
    [
        ("retrain_after_new_rows: 5", ("new_rows>=5",)),
        ("retrain_when_worse: yes", ("worse",)),
        ("retrain-when-worse: true\nretrain_after_new_rows: 5", ("worse", "new_rows>=5")),
        ("retrain_when_worse: no", ()),
        ("retrain_when_worse: no\nretrain_after_new_rows: 5", ("new_rows>=5",)),
    ],
)
def test_settings_of_former_times_are_conditions(former: str, read: tuple[str, ...]) -> None:
    text = f"schedule: rate(1 day)\n{former}\n"
    found = resolve([from_yaml("settings/x.yaml", text)])
    assert found.settings.retrain_when == read
    assert {each.code for each in found.findings} == {"SettingRenamed"}
    assert len(found.findings) == len(former.splitlines())
    stack = Settings.from_context({"schedules": {"x": yaml.safe_load(text.replace("-", "_"))}})
    assert stack.schedules["x"].retrain_when == read


@pytest.mark.parametrize(
    ("former", "words"),
    [
        ("retrain_after_new_rows: SECRET", "did you mean “new_rows>=500”?"),
        ("retrain_when_worse: SECRET", "did you mean “worse”?"),
        ("retrain_when_worse: yes\nretrain_when: drifted", "is set twice"),
    ],
)
def test_what_is_wrong_with_settings_of_former_times(former: str, words: str) -> None:
    source = from_yaml("settings/x.yaml", f"schedule: rate(1 day)\n{former}\n")
    (problem,) = resolve([source]).errors
    assert words in str(problem.message)
    assert "SECRET" not in str(problem.message)


@pytest.mark.parametrize("name", sorted(FILE_ONLY))
def test_one_upload_cannot_set_a_schedule(name: str) -> None:
    resolved = resolve([from_metadata({name.replace("_", "-"): "SECRET"})])
    message = str(SettingsInvalid(*resolved.findings))
    assert "belongs in the settings file" in message
    assert "SECRET" not in message
    assert resolved.settings == DatasetSettings()
