"""Schedules through the whole local cloud, by a clock that the tests set."""

import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from localcloud.follow import follow
from localcloud.left_running import left_running
from localcloud.session import STACK, Session, temporary_session
from tests.clock import set_clock
from tests.docs.blocks import documented
from tests.end_to_end import datasets
from tests.end_to_end.notices import Notices, subscribe

_LIMIT_SECONDS = 60
OF_STACK = "of-stack"


@dataclass
class Scheduled:
    """A cloud of its own whose clock stands still until it is set."""

    session: Session
    notices: Notices
    clock: Path

    def put_settings(self, dataset: str, *lines: str) -> None:
        """Upload a settings file by the command that the documentation shows."""
        file = self.clock.with_name("heart.yaml")
        file.write_text("\n".join(lines))
        command = documented("schedules-and-bursts.md", "aws s3 cp").replace(
            "heart.yaml", str(file), 1
        )
        command = command.replace("settings/heart.yaml", f"settings/{dataset}.yaml")
        command = command.replace("<BucketName>", self.session.outputs["BucketName"])
        aws = Path(sys.executable).with_name("aws")
        subprocess.run(
            [str(aws), *shlex.split(command)[1:]],
            env=os.environ | self.session.cloud.environment,
            capture_output=True,
            check=True,
        )

    def put(self, key: str, body: bytes) -> None:
        bucket = self.session.outputs["BucketName"]
        self.session.cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=body)

    def delete(self, key: str) -> None:
        bucket = self.session.outputs["BucketName"]
        self.session.cloud.client("s3").delete_object(Bucket=bucket, Key=key)

    def schedules(self) -> dict[str, dict[str, Any]]:
        """Every schedule, by the dataset that its input names."""
        client = self.session.cloud.client("scheduler")
        found = [
            client.get_schedule(GroupName=item["GroupName"], Name=item["Name"])
            for item in client.list_schedules()["Schedules"]
        ]
        return {json.loads(each["Target"]["Input"])["dataset"]: each for each in found}

    def executions(self, dataset: str) -> list[dict[str, Any]]:
        states = self.session.cloud.client("stepfunctions")
        machine = self.session.outputs["StateMachineArn"]
        found = states.list_executions(stateMachineArn=machine)["executions"]
        return [each for each in found if each["name"].startswith(f"{dataset}-")]

    def notice(self, status: str, dataset: str) -> str:
        """Wait for a notice of a status about a dataset; drop those before it; return its text."""
        found: list[str] = []

        def arrived() -> bool:
            for message in self.notices.receive():
                # Alarms have no attributes.
                given = message.get("MessageAttributes", {}).get("status", {}).get("Value")
                if given == status and dataset in message["Message"]:
                    found.append(message["Message"])
            return bool(found)

        until(arrived)
        return found[0]


def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + _LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="module")
def scheduled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scheduled]:
    from infra.app import synthesize

    folder = tmp_path_factory.mktemp("scheduled")
    clock = folder / "clock"
    clock.write_text("2027-03-01T00:00:00+00:00")
    of_stack = {"schedule": "cron(0 0 2 3 ? 2027)", "schedule_timezone": "Asia/Tokyo"}
    assembly = synthesize({"schedules": {OF_STACK: of_stack}}, str(folder / "cdk.out"))
    options = {"LOCALCLOUD_CLOCK": str(clock)}
    with temporary_session(folder / "cloud", assembly, options=options) as session:
        yield Scheduled(session, subscribe(session), clock)


def test_a_schedule_of_the_stack_looks_in_its_time_zone(scheduled: Scheduled) -> None:
    made = scheduled.schedules()[OF_STACK]
    assert made["ScheduleExpressionTimezone"] == "Asia/Tokyo"
    set_clock(scheduled.clock, "2027-03-02T00:00:00")
    text = scheduled.notice("SKIPPED", OF_STACK)  # at midnight in Tokyo
    assert "at 2027-03-01T15:00:00Z: nothing has been uploaded for it" in text


def test_a_dataset_is_trained_when_its_schedule_says(scheduled: Scheduled) -> None:
    set_clock(scheduled.clock, "2027-12-01T00:00:00")
    settings = (
        "schedule: cron(0 6 * * ? *)",
        "train_on_upload: no",
        "target: diagnosis",
        "algorithm: random_forest",
    )
    scheduled.put_settings("ward", *settings)
    assert "cron(0 6 * * ? *), time zone UTC" in scheduled.notice("SCHEDULED", "ward")
    scheduled.put("incoming/ward/data.csv", datasets.BREAST_CANCER.read_bytes())
    assert "incoming/ward/data.csv is kept" in scheduled.notice("WAITS", "incoming/ward/")
    assert scheduled.executions("ward") == []

    set_clock(scheduled.clock, "2027-12-01T06:00:00")
    until(lambda: scheduled.executions("ward"))
    (execution,) = scheduled.executions("ward")
    ended = follow(scheduled.session.cloud, execution["executionArn"])
    assert ended.status == "SUCCEEDED"
    states = scheduled.session.cloud.client("stepfunctions")
    described = states.describe_execution(executionArn=execution["executionArn"])
    assert json.loads(described["input"])["scheduled_for"] == "2027-12-01T06:00:00Z"
    assert left_running(scheduled.session.cloud) == []

    # Nothing is new the next day, and the file's change below is none of what is learned.
    set_clock(scheduled.clock, "2027-12-02T06:00:00")
    text = scheduled.notice("SKIPPED", "ward")
    assert "at 2027-12-02T06:00:00Z: the newest upload was trained already" in text
    scheduled.put_settings("ward", *settings, "retrain_when: [new_rows>=500, worse, drifted]")
    lines = datasets.BREAST_CANCER.read_bytes()
    scheduled.put("incoming/ward/data.csv", lines + b"\n".join(lines.splitlines()[1:101]) + b"\n")
    scheduled.notice("WAITS", "incoming/ward/")
    set_clock(scheduled.clock, "2027-12-03T06:00:00")
    text = scheduled.notice("SKIPPED", "ward")
    (new,) = re.findall(r"about ([\d,]+) rows? (?:is|are) new, of 500 required", text)
    assert 90 <= int(new) <= 110
    assert "the champion is not known to have got worse" in text
    assert "no column is known to have drifted far since the last training" in text
    assert len(scheduled.executions("ward")) == 1

    # Rows to predict whose columns have drifted are a reason, without waiting for the next check.
    header, *rows = (line.rpartition(b",")[0] for line in lines.splitlines()[:201])
    moved = [b"900," + row.partition(b",")[2] for row in rows]
    scheduled.put("predict/ward/moved.csv", b"\n".join([header, *moved]) + b"\n")
    scheduled.notice("SUCCEEDED", "predict/ward/moved.csv")
    until(lambda: len(scheduled.executions("ward")) == 2)
    arns = {each["executionArn"] for each in scheduled.executions("ward")}
    (answer,) = arns - {execution["executionArn"]}
    described = states.describe_execution(executionArn=answer)
    assert json.loads(described["input"])["event_id"]
    text = scheduled.notice("SUCCEEDED", "incoming/ward/data.csv")
    assert "Reason to train: in rows to predict, the column mean radius has" in text
    scheduled.delete("settings/ward.yaml")
    assert "no longer has a schedule" in scheduled.notice("SCHEDULED", "ward")


def test_a_settings_file_with_mistakes_changes_no_schedule(scheduled: Scheduled) -> None:
    scheduled.put_settings("kept", "schedule: rate(300 days)")
    scheduled.notice("SCHEDULED", "kept")
    scheduled.put_settings("kept", "schedule: rate(SECRET)", "retrain_unchangd: yes")
    text = scheduled.notice("SETTINGS_REFUSED", "kept")
    assert "a rate is a whole number" in text
    assert "did you mean “retrain_unchanged”?" in text
    assert "SECRET" not in text
    assert scheduled.schedules()["kept"]["ScheduleExpression"] == "rate(300 days)"


def test_schedules_go_with_the_stack(scheduled: Scheduled) -> None:
    """The last test of the module: it removes the stack."""
    cloud = scheduled.session.cloud
    assert {OF_STACK, "kept"} <= scheduled.schedules().keys()
    cloud.client("cloudformation").delete_stack(StackName=STACK)
    until(lambda: not scheduled.schedules())
    groups = cloud.client("scheduler").list_schedule_groups()["ScheduleGroups"]
    assert [group["Name"] for group in groups if group["Name"] != "default"] == []
