"""A rule of somebody else's gets a run's events, through the bus, as their schema says."""

import json
import time
from pathlib import Path
from typing import Any

import jsonschema

from localcloud.session import Session

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "notifications.schema.json").read_text())
EXAMPLE = Path(__file__).parents[2] / "examples" / "breast_cancer.csv"


def _subscribe(session: Session) -> str:
    queue, events = session.cloud.client("sqs"), session.cloud.client("events")
    url: str = queue.create_queue(QueueName="announced")["QueueUrl"]
    answer = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn = answer["Attributes"]["QueueArn"]
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        },
    }
    queue.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    # Other tests' executions in this cloud may still announce theirs.
    machine = session.outputs["StateMachineArn"]
    ours = machine.replace(":stateMachine:", ":execution:") + ":announced-"
    pattern = {"source": ["molino"], "detail": {"execution_arn": [{"prefix": ours}]}}
    events.put_rule(Name="announced", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="announced", Targets=[{"Id": "queue", "Arn": arn}])
    return url


def _received(session: Session, url: str, count: int, limit: float = 15) -> list[dict[str, Any]]:
    queue, found = session.cloud.client("sqs"), []
    deadline = time.monotonic() + limit
    while len(found) < count and time.monotonic() < deadline:
        answer = queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.append(json.loads(message["Body"]))
    return found


def test_success_promotion_and_failure_are_announced(
    session: Session, run: Any, tmp_path: Path
) -> None:
    url = _subscribe(session)
    good = run(EXAMPLE, "announced", language="es")
    events = _received(session, url, 2)
    for event in events:
        jsonschema.validate(event, SCHEMA)
        assert event["detail"]["execution_arn"] == good["execution_arn"]
        assert event["resources"] == [good["execution_arn"]]
    kinds = {event["detail-type"]: event["detail"] for event in events}
    assert kinds.keys() == {"Molino Run Succeeded", "Molino Model Promoted"}
    assert kinds["Molino Run Succeeded"]["metrics"] == good["metrics"]
    assert '<html lang="es">' in Path(good["report"]).read_text(encoding="utf-8")

    empty = tmp_path / "empty.csv"
    empty.write_text("")
    run(empty, "announced")
    (failed,) = _received(session, url, 1)
    jsonschema.validate(failed, SCHEMA)
    assert (failed["detail-type"], failed["detail"]["error"]) == ("Molino Run Failed", "EmptyFile")

    listed = session.cloud.client("s3").get_object(
        Bucket=session.outputs["BucketName"], Key="reports/announced/runs.json"
    )
    assert [each["status"] for each in json.load(listed["Body"])["runs"]] == ["FAILED", "SUCCEEDED"]
