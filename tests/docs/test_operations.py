"""The runbook has a section for each alarm, and its commands run on a deployed stack."""

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from infra.constructs.alarms import RUNBOOK
from infra.synth import synthesize
from localcloud.follow import follow
from localcloud.run import Upload, run_file, start
from localcloud.session import STACK, Session, temporary_session
from tests.docs.blocks import PROJECT, blocks
from tests.docs.conftest import Shell
from tests.end_to_end.endpoints import leftover_endpoint
from tests.end_to_end.logs import log_group

PAGE = PROJECT / RUNBOOK
ROWS = "".join(f"{i % 7},{i % 3},no\n" for i in range(60))  # a single class: refused at once
# Of alarms that only a setting makes: tests/infra/constructs/test_oversight.py.
_OTHERS = {"Messages of AWS Budgets", "DatasetDrifted", "DatasetWorse"}
# The first by a test of its own, the second by tests/docs/test_commands.py.
ELSEWHERE = ("Running again", "Removing data and Molino")
_TRAINING_LOG = "/aws/sagemaker/TrainingJobs"  # SageMaker makes it; the local one has files


def _alarms() -> list[dict[str, Any]]:
    template = json.loads((synthesize() / f"{STACK}.template.json").read_text())
    return [
        found["Properties"]
        for found in template["Resources"].values()
        if found["Type"] == "AWS::CloudWatch::Alarm"
    ]


def _sections() -> dict[str, str]:
    alarms = PAGE.read_text(encoding="utf-8").split("\n## Alarms\n")[1].split("\n## ")[0]
    _, *parts = re.split(r"(?m)^### ", alarms)
    return {head: text for head, _, text in (part.partition("\n") for part in parts)}


def test_every_alarm_has_a_section_and_every_section_an_alarm() -> None:
    names = {alarm["AlarmName"].removeprefix(f"{STACK}-") for alarm in _alarms()}
    assert _sections().keys() - _OTHERS == names


def test_a_section_says_what_it_means_where_to_look_and_what_to_do() -> None:
    for name, text in _sections().items():
        if name not in _OTHERS:
            assert re.search(r"\*\*Means\*\*.*\*\*Look at\*\*.*\*\*[Dd]o\*\*", text, re.DOTALL), (
                name
            )


def test_an_alarms_description_names_its_section() -> None:
    for alarm in _alarms():
        anchor = alarm["AlarmName"].removeprefix(f"{STACK}-").lower()
        assert alarm["AlarmDescription"].endswith(f" {RUNBOOK}#{anchor}")


@dataclass(frozen=True)
class Stack:
    """A deployed stack with what the commands' placeholders stand for."""

    shell: Shell
    session: Session
    failed: str

    def fill(self, command: str) -> str:
        """Return a command with its placeholders filled in."""
        found: dict[str, Callable[[], str]] = {
            **{name: lambda name=name: self.session.outputs[name] for name in self.session.outputs},
            "ExecutionArn": self.running if "stop-execution" in command else lambda: self.failed,
            "ExecutionName": lambda: self.failed.rsplit(":", 1)[-1],
            "LogGroup": lambda: log_group(self.session, "preprocess"),
            "JanitorScheduleName": self.schedule,
            "EndpointName": lambda: "molino-leftover",
            "EndpointArn": self.endpoint,
        }
        # This version of AWS's command line heeds AWS_ENDPOINT_URL, but not for SQS.
        command = command.replace("aws sqs", 'aws --endpoint-url "$AWS_ENDPOINT_URL" sqs')
        return re.sub(r"<(\w+)>", lambda match: found[match[1]](), command)

    def running(self) -> str:
        """Start an execution, which will not end by itself, and return its ARN."""
        upload = Upload(PROJECT / "examples" / "breast_cancer.csv", "stopped", {})
        return start(self.session.cloud, self.session.outputs, upload)

    def schedule(self) -> str:
        rules = self.session.cloud.client("events").list_rules()["Rules"]
        return next(rule["Name"] for rule in rules if "Regularly" in rule["Name"])

    def endpoint(self) -> str:
        client = self.session.cloud.client("sagemaker")
        return str(client.describe_endpoint(EndpointName="molino-leftover")["EndpointArn"])


@pytest.fixture(scope="module")
def stack(shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    tmp_path = tmp_path_factory.mktemp("stack")
    (tmp_path / "data.csv").write_text("a,b,target\n" + ROWS)
    stuck = {"resource": "training-job", "name": "*", "outcome": "stuck"}
    (tmp_path / "faults.json").write_text(json.dumps({"resources": [stuck]}))
    options = {"LOCALCLOUD_FAULTS": str(tmp_path / "faults.json")}
    with temporary_session(tmp_path / "cloud", options=options) as session:
        cloud = session.cloud
        upload = Upload(tmp_path / "data.csv", "refused", {})
        failed = run_file(cloud, session.outputs, upload)["execution_arn"]
        path = f"{shell.folder}/.venv/bin{os.pathsep}{os.environ['PATH']}"
        environment = shell.environment | cloud.environment | {"PATH": path}
        cloud.client("logs").create_log_group(logGroupName=_TRAINING_LOG)
        with leftover_endpoint(session):
            yield Stack(Shell(shell.folder, environment), session, failed)


def test_every_command_runs_on_a_stack(stack: Stack) -> None:
    commands = [
        command
        for block in blocks(PAGE)
        if block.section not in ELSEWHERE
        for command in block.commands
    ]
    printed = {command: stack.shell.run(stack.fill(command)) for command in dict.fromkeys(commands)}

    def of(words: str) -> Any:
        return json.loads(next(text for command, text in printed.items() if words in command))

    # What a reader looks for is there.
    name = stack.failed.rsplit(":", 1)[-1]
    assert [name] == [found["name"] for found in of("list-executions")["executions"]]
    assert of("describe-execution")["error"] == "SingleClass"
    lines = [json.loads(event["message"]) for event in of("filter-log-events")["events"]]
    assert lines
    assert {line["correlation_id"] for line in lines} == {name}
    answer = json.loads((stack.shell.folder / "answer.json").read_text())
    assert answer == {"deleted": [], "remaining": []}


def test_running_again(stack: Stack) -> None:
    """A failed run is redriven and repeated, a running one stopped; neither can succeed here.

    That a redrive succeeds once its cause is removed is for tests/end_to_end/test_redrive.py.
    """
    find, redrive, new, look, stop = (b.text for b in blocks(PAGE) if b.section == ELSEWHERE[0])
    cloud = stack.session.cloud
    states = cloud.client("stepfunctions")
    before = states.describe_execution(executionArn=stack.failed)["redriveCount"]
    stack.shell.run(find + redrive)
    assert follow(cloud, stack.failed).status == "FAILED"
    assert states.describe_execution(executionArn=stack.failed)["redriveCount"] == before + 1

    printed, _, answer = stack.shell.run(f"{find}{look}{new}").partition("\n")
    assert printed == "FAILED"
    again = json.loads(answer)["executionArn"]
    assert again != stack.failed
    assert follow(cloud, again).status == "FAILED"
    name = again.rsplit(":", 1)[-1]
    reports = stack.shell.run(f"aws s3 ls s3://{stack.session.outputs['BucketName']}/ --recursive")
    assert f"reports/refused/{name}/report.html" in reports

    running = stack.running()
    stack.shell.run(find.replace("FAILED", "RUNNING") + stop)
    assert follow(cloud, running).status == "ABORTED"
