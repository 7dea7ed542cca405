"""What runs locally is what ships; events are idempotent; AWS's own tools work."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from infra.synth import ASSEMBLY
from localcloud.session import STACK, Session


def test_the_deployed_template_is_the_synthesized_one_byte_for_byte(
    session: Session,
) -> None:
    shipped = (ASSEMBLY / f"{STACK}.template.json").read_bytes()
    manifest = json.loads((ASSEMBLY / f"{STACK}.assets.json").read_text())
    (asset,) = [
        file
        for file in manifest["files"].values()
        if file["source"]["path"] == f"{STACK}.template.json"
    ]
    (destination,) = asset["destinations"].values()
    key = destination["objectKey"]
    bucket = destination["bucketName"].replace("${AWS::AccountId}", "000000000000")
    bucket = bucket.replace("${AWS::Region}", "us-east-1")
    deployed = session.cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    assert deployed == shipped  # a second synth's: tests/infra/test_template.py


def test_the_same_event_ten_times_is_one_execution(
    session: Session, run: Any, tmp_path: Path
) -> None:
    (tmp_path / "empty.csv").touch()  # the quickest end; how it ends does not matter here
    result = run(tmp_path / "empty.csv", "repeated")
    states = session.cloud.client("stepfunctions")
    started_with = json.loads(
        states.describe_execution(executionArn=result["execution_arn"])["input"]
    )
    event = {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "account": "000000000000",
        "region": "us-east-1",
        "detail": {
            "bucket": {"name": started_with["bucket"]},
            "object": {
                "key": started_with["key"],
                "version-id": started_with["version_id"],
                "size": 1,
            },
        },
    }
    client = session.cloud.client("lambda")
    trigger = next(
        function["FunctionName"]
        for function in client.list_functions()["Functions"]
        if "trigger" in function["Handler"]
    )
    before = _executions(session)

    def send(_: int) -> dict[str, Any]:
        answer = client.invoke(FunctionName=trigger, Payload=json.dumps(event))
        assert "FunctionError" not in answer, answer["Payload"].read()
        payload: dict[str, Any] = json.load(answer["Payload"])
        return payload

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(send, range(10)))
    assert {answer["execution_arn"] for answer in answers} == {result["execution_arn"]}
    assert _executions(session) == before


def test_the_aws_command_line_works_against_it(session: Session) -> None:
    command = [str(Path(sys.executable).parent / "aws"), "sagemaker", "list-endpoints"]
    done = subprocess.run(
        command, env=os.environ | session.environment, capture_output=True, check=True
    )
    # What other tests keep for their champions may be there.
    names = [endpoint["EndpointName"] for endpoint in json.loads(done.stdout)["Endpoints"]]
    assert all(name.startswith("molino-") for name in names)


def test_the_bucket_refuses_requests_without_tls(session: Session) -> None:
    policy = session.cloud.client("s3").get_bucket_policy(Bucket=session.outputs["BucketName"])
    statements = json.loads(policy["Policy"])["Statement"]
    assert any(
        statement["Effect"] == "Deny"
        and statement["Condition"].get("Bool", {}).get("aws:SecureTransport") == "false"
        for statement in statements
    )


def _executions(session: Session) -> int:
    states = session.cloud.client("stepfunctions")
    pages = states.get_paginator("list_executions").paginate(
        stateMachineArn=session.outputs["StateMachineArn"]
    )
    return sum(len(page["executions"]) for page in pages)


@pytest.mark.skipif(
    not Path("/proc/net/tcp").exists(), reason="sockets are read from Linux's /proc"
)
def test_it_listens_on_the_loopback_interface_only(session: Session) -> None:
    descriptors = Path(f"/proc/{session.cloud.pid}/fd").iterdir()
    sockets = {str(path.readlink())[8:-1] for path in descriptors if path.is_symlink()}
    own = [
        fields[1]
        for table in ("tcp", "tcp6")
        for fields in map(str.split, Path(f"/proc/net/{table}").read_text().splitlines()[1:])
        if fields[3] == "0A" and fields[9] in sockets  # listening, by inode
    ]
    assert f"0100007F:{session.cloud.port:04X}" in own
    assert [address for address in own if not address.startswith("0100007F:")] == []
