"""The messages that subscribers of the topic get, through a queue of the test's own."""

import json
import time
from dataclasses import dataclass
from typing import Any

from localcloud.session import Session


@dataclass(frozen=True)
class Notices:
    """A subscribed queue."""

    session: Session
    queue_url: str

    def receive(self) -> list[dict[str, Any]]:
        """Take up to ten notices off the queue; none within a second is an empty list."""
        queue = self.session.cloud.client("sqs")
        answer = queue.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=1
        )
        found = []
        for message in answer.get("Messages", []):
            queue.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
            found.append(json.loads(message["Body"]))
        return found

    def wait_for(self, execution_name: str, limit: float = 10) -> dict[str, Any]:
        """Return the first notice about an execution; what comes before it is dropped."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            for notice in self.receive():
                if execution_name in notice["Message"]:
                    return notice
        raise AssertionError(f"no notice about {execution_name}")

    def wait_for_all(self, execution_names: list[str], limit: float = 30) -> dict[str, str]:
        """Return the messages about executions, in whatever order they come."""
        found: dict[str, str] = {}
        deadline = time.monotonic() + limit
        while len(found) < len(execution_names) and time.monotonic() < deadline:
            for notice in self.receive():
                of = [name for name in execution_names if name in notice["Message"]]
                found |= dict.fromkeys(of, notice["Message"])
        return found

    def of_status(self, status: str, text: str) -> list[dict[str, Any]]:
        """Return the waiting notices of a status that have a text; what else waits is dropped."""
        found = []
        while received := self.receive():
            found += [
                each
                for each in received
                if each["MessageAttributes"].get("status", {}).get("Value") == status
                and text in each["Message"]
            ]
        return found


def subscribe(session: Session, name: str = "subscriber") -> Notices:
    """Subscribe a new queue to the stack's topic."""
    queue = session.cloud.client("sqs")
    url = queue.create_queue(QueueName=name)["QueueUrl"]
    names = ["QueueArn"]
    arn = queue.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]["QueueArn"]
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
        TopicArn=session.outputs["TopicArn"], Protocol="sqs", Endpoint=arn
    )
    return Notices(session, url)
