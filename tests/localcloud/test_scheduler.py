"""EventBridge Scheduler of the local cloud, over HTTP, by a clock that the tests set.

What clocks do is AWS's manual's, "Schedule types in EventBridge Scheduler".
"""

import datetime as dt
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import cloud as clouds
from localcloud.cloud import ACCOUNT, Cloud
from localcloud.schedule_times import due
from tests.clock import set_clock

_LIMIT_SECONDS = 60
GROUP = "wards"
_ROLE = f"arn:aws:iam::{ACCOUNT}:role"


@dataclass
class Scheduler:
    """A cloud with a group, a queue for each schedule, and roles; its clock stands still."""

    cloud: Cloud
    clock: Path

    def queue(self, name: str) -> str:
        sqs = self.cloud.client("sqs")
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        names = ["QueueArn"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return str(found["QueueArn"])

    def received(self, name: str, number: int) -> list[str]:
        """Return what a queue got once it is so much, and a little later."""
        sqs = self.cloud.client("sqs")
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        found: list[str] = []
        deadline = time.monotonic() + _LIMIT_SECONDS
        quiet = False
        while time.monotonic() < deadline and not (quiet and len(found) >= number):
            answer = sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, VisibilityTimeout=600
            )
            quiet = not answer.get("Messages")
            found += [message["Body"] for message in answer.get("Messages", [])]
        return sorted(found)

    def create(self, name: str, expression: str, zone: str, **changes: Any) -> None:
        target = {
            "Arn": self.queue(name),
            "RoleArn": f"{_ROLE}/of-the-group",
            "Input": "<aws.scheduler.scheduled-time>",
        }
        self.cloud.client("scheduler").create_schedule(
            Name=name,
            GroupName=GROUP,
            ScheduleExpression=expression,
            ScheduleExpressionTimezone=zone,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target=target | changes.pop("Target", {}),
            **changes,
        )


def make_role(cloud: Cloud, name: str, group: str) -> None:
    iam = cloud.client("iam")
    source = f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule-group/{group}"
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "scheduler.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"ArnEquals": {"aws:SourceArn": source}},
    }
    allowed = {
        "Effect": "Allow",
        "Action": "sqs:SendMessage",
        "Resource": f"arn:aws:sqs:us-east-1:{ACCOUNT}:*",
    }
    refused = allowed | {"Effect": "Deny", "Resource": f"arn:aws:sqs:us-east-1:{ACCOUNT}:closed"}
    iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    iam.put_role_policy(
        RoleName=name,
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed, refused]}),
    )


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scheduler]:
    folder = tmp_path_factory.mktemp("scheduler")
    clock = folder / "clock"
    clock.write_text("2027-03-05T00:00:00+00:00")
    with clouds.temporary(folder / "cloud", options={"LOCALCLOUD_CLOCK": str(clock)}) as cloud:
        cloud.client("scheduler").create_schedule_group(Name=GROUP)
        make_role(cloud, "of-the-group", GROUP)
        make_role(cloud, "of-another-group", "another")
        yield Scheduler(cloud, clock)


# Told by hand: for each schedule the UTC times of its days, from the first to the last.
SPRING = {
    # Clocks in Madrid go from 02:00 to 03:00 on 28 March: 02:30 is left out that day.
    ("madrid", "cron(30 2 * * ? *)", "Europe/Madrid"): [
        ("2027-03-05", "2027-03-27", "01:30"),
        ("2027-03-29", "2027-04-03", "00:30"),
    ],
    # Those in New York on 14 March.
    ("new-york", "cron(30 2 * * ? *)", "America/New_York"): [
        ("2027-03-05", "2027-03-13", "07:30"),
        ("2027-03-15", "2027-04-03", "06:30"),
    ],
    ("mondays", "cron(0 6 ? * MON *)", "Europe/Madrid"): [
        ("2027-03-08", "2027-03-08", "05:00"),
        ("2027-03-15", "2027-03-15", "05:00"),
        ("2027-03-22", "2027-03-22", "05:00"),
        ("2027-03-29", "2027-03-29", "04:00"),
    ],
    ("once", "at(2027-03-29T08:00:00)", "Europe/Madrid"): [("2027-03-29", "2027-03-29", "06:00")],
    ("never", "at(2027-03-28T02:30:00)", "Europe/Madrid"): [],
}
AUTUMN = {
    # Clocks in Madrid go from 03:00 back to 02:00 on 31 October: 02:30 comes twice, one counts.
    ("madrid", "cron(30 2 * * ? *)", "Europe/Madrid"): [
        ("2027-10-15", "2027-10-31", "00:30"),
        ("2027-11-01", "2027-11-13", "01:30"),
    ],
    # Those in New York go from 02:00 back to 01:00 on 7 November: 01:30 comes twice.
    ("new-york", "cron(30 1 * * ? *)", "America/New_York"): [
        ("2027-10-15", "2027-11-07", "05:30"),
        ("2027-11-08", "2027-11-13", "06:30"),
    ],
    # The days of a rate have 24 hours, whatever clocks on the wall say; it begins at once.
    ("rate", "rate(10 days)", "Europe/Madrid"): [
        ("2027-10-15", "2027-10-15", "00:00"),
        ("2027-10-25", "2027-10-25", "00:00"),
        ("2027-11-04", "2027-11-04", "00:00"),
    ],
}


def _times(spans: list[tuple[str, str, str]]) -> list[str]:
    return [
        f"{dt.date.fromordinal(day)}T{clock}:00Z"
        for first, last, clock in spans
        for day in range(
            dt.date.fromisoformat(first).toordinal(), dt.date.fromisoformat(last).toordinal() + 1
        )
    ]


@pytest.mark.parametrize(
    ("season", "first", "last"),
    [(SPRING, "2027-03-05", "2027-04-03"), (AUTUMN, "2027-10-15", "2027-11-13")],
    ids=["spring", "autumn"],
)
def test_thirty_days_across_a_change_of_clocks(
    scheduler: Scheduler, season: dict[Any, Any], first: str, last: str
) -> None:
    set_clock(scheduler.clock, f"{first}T00:00:00")
    for name, expression, zone in season:
        scheduler.create(f"{first}-{name}", expression, zone)

    set_clock(scheduler.clock, f"{last}T23:00:00")

    for (name, *_), spans in season.items():
        wanted = _times(spans)
        assert scheduler.received(f"{first}-{name}", len(wanted)) == wanted, name
    for name, *_ in season:
        scheduler.cloud.client("scheduler").delete_schedule(GroupName=GROUP, Name=f"{first}-{name}")


def test_what_a_role_may_not_goes_to_the_dead_letters(scheduler: Scheduler) -> None:
    set_clock(scheduler.clock, "2028-01-01T00:00:00")
    dead = {"DeadLetterConfig": {"Arn": scheduler.queue("dead")}}
    scheduler.create("closed", "rate(100 days)", "UTC", Target=dead)
    assert scheduler.received("dead", 1) == ["2028-01-01T00:00:00Z"]
    assert scheduler.received("closed", 0) == []


def test_disabled_and_ended_schedules_do_nothing(scheduler: Scheduler) -> None:
    set_clock(scheduler.clock, "2028-02-01T00:00:00")
    scheduler.create("disabled", "cron(0 1 * * ? *)", "UTC", State="DISABLED")
    end = dt.datetime(2028, 2, 2, 12, tzinfo=dt.UTC)
    scheduler.create(
        "ended", "cron(0 1 * * ? *)", "UTC", EndDate=end, ActionAfterCompletion="DELETE"
    )
    set_clock(scheduler.clock, "2028-02-10T00:00:00")
    assert scheduler.received("ended", 2) == ["2028-02-01T01:00:00Z", "2028-02-02T01:00:00Z"]
    assert scheduler.received("disabled", 0) == []
    listed = scheduler.cloud.client("scheduler").list_schedules(GroupName=GROUP)["Schedules"]
    assert "ended" not in {schedule["Name"] for schedule in listed}


def test_a_schedule_made_anew_does_nothing_for_the_time_between(scheduler: Scheduler) -> None:
    set_clock(scheduler.clock, "2028-03-01T00:30:00")
    scheduler.create("again", "cron(0 * * * ? *)", "UTC")
    set_clock(scheduler.clock, "2028-03-01T01:30:00")
    assert scheduler.received("again", 1) == ["2028-03-01T01:00:00Z"]
    scheduler.cloud.client("scheduler").delete_schedule(GroupName=GROUP, Name="again")
    set_clock(scheduler.clock, "2028-03-02T01:30:00")
    scheduler.create("again", "cron(0 * * * ? *)", "UTC")
    set_clock(scheduler.clock, "2028-03-02T02:30:00")
    assert scheduler.received("again", 1) == ["2028-03-02T02:00:00Z"]


@pytest.mark.parametrize(
    ("expression", "zone", "changes"),
    [
        ("cron(0 6 * * MON *)", "UTC", {}),
        ("cron(30 2 * * ? *)", "Mars/Olympus", {}),
        ("every monday", "UTC", {}),
        ("rate(1 day)", "UTC", {"Target": {"RoleArn": f"{_ROLE}/of-another-group"}}),
        ("rate(1 day)", "UTC", {"Target": {"RoleArn": f"{_ROLE}/nobody"}}),
    ],
)
def test_what_aws_refuses_is_refused(
    scheduler: Scheduler, expression: str, zone: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(ClientError) as caught:
        scheduler.create("refused", expression, zone, **changes)
    assert caught.value.response["Error"]["Code"] == "ValidationException"


# AWS's own examples (EventBridge User Guide, "Cron expressions"; Scheduler User Guide).
@pytest.mark.parametrize(
    ("expression", "first"),
    [
        ("cron(15 10 ? * 6L 2027-2028)", "2027-01-29T10:15"),  # the last Friday of a month
        ("cron(0 18 ? * MON-FRI *)", "2027-01-01T18:00"),
        ("cron(0 8 1 * ? *)", "2027-01-01T08:00"),
        ("cron(0/5 8-17 ? * MON-FRI *)", "2027-01-01T08:00"),
        ("cron(0 9 ? * 2#1 *)", "2027-01-04T09:00"),  # the first Monday of a month
        ("cron(0 9 L * ? *)", "2027-01-31T09:00"),
        ("cron(0 9 3W * ? *)", "2027-01-04T09:00"),  # the 3rd is a Sunday
    ],
)
def test_awss_examples(expression: str, first: str) -> None:
    start = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    times = due(expression, "UTC", start, start, start + dt.timedelta(days=60))
    assert next(times).strftime("%Y-%m-%dT%H:%M") == first
