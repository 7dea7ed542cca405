"""One local cloud with the real template for all end-to-end tests."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.synth import synthesize
from localcloud import cloud as clouds
from localcloud.deploy import deploy
from localcloud.run import Upload, run_file
from localcloud.session import STACK, Session


@dataclass(frozen=True)
class Notices:
    """The messages that subscribers of the topic get, through a queue of the test's own."""

    session: Session
    queue_url: str

    def wait_for(self, execution_name: str, limit: float = 10) -> dict[str, Any]:
        queue = self.session.cloud.client("sqs")
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            answer = queue.receive_message(
                QueueUrl=self.queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=1
            )
            for message in answer.get("Messages", []):
                queue.delete_message(
                    QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"]
                )
                notice: dict[str, Any] = json.loads(message["Body"])
                if execution_name in notice["Message"]:
                    return notice
        raise AssertionError(f"no notice about {execution_name}")


@pytest.fixture(scope="session")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("cloud")
    assembly = synthesize()
    with clouds.temporary(folder / "cloud") as cloud:
        yield Session(cloud, deploy(cloud, assembly, STACK))


@pytest.fixture(scope="session")
def notices(session: Session) -> Notices:
    queue = session.cloud.client("sqs")
    url = queue.create_queue(QueueName="subscriber")["QueueUrl"]
    arn = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": session.outputs["TopicArn"]}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    queue.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    session.cloud.client("sns").subscribe(
        TopicArn=session.outputs["TopicArn"],
        Protocol="sqs",
        Endpoint=arn,
    )
    return Notices(session, url)


@pytest.fixture
def run(session: Session) -> Any:
    def run_one(path: Path, dataset: str, **settings: str) -> dict[str, Any]:
        return run_file(session.cloud, session.outputs, Upload(path, dataset, settings))

    return run_one
