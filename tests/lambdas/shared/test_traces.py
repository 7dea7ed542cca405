"""What X-Ray is sent of an invocation: its execution's name, and no text of unknown origin."""

import json
import os
import socket
import subprocess
import sys
from typing import Any

import pytest

from tests.lambdas.shared.test_privacy import CELL

INVOKE = """
from lambdas.shared.entry import entry
from aws_lambda_powertools.utilities.parser import BaseModel

class Context:
    function_name = "f"; memory_limit_in_mb = 1; invoked_function_arn = "a"
    aws_request_id = "r"; tenant_id = None
    def get_remaining_time_in_millis(self): return 1000

class Event(BaseModel):
    cell: str = "{cell}"

@entry(Event)
def handler(event):
    return {{"found": float(event.cell)}}

handler({{"execution_name": "heart-0123", "cell": "{cell}"}}, Context())
"""


def sent(cell: str) -> list[dict[str, Any]]:
    """Run a handler as in Lambda; return the subsegments that X-Ray's daemon there would get."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(1)
        host, port = daemon.getsockname()
        environment = os.environ | {
            "AWS_LAMBDA_FUNCTION_NAME": "f",
            "AWS_XRAY_DAEMON_ADDRESS": f"{host}:{port}",
            "LAMBDA_TASK_ROOT": "/var/task",
            "POWERTOOLS_TRACE_DISABLED": "false",
            "POWERTOOLS_SERVICE_NAME": "preprocess",
            "_X_AMZN_TRACE_ID": "Root=1-5759e988-bd862e3fe1be46a994272793;"
            "Parent=53995c3f42cd8ad8;Sampled=1",
        }
        command = [sys.executable, "-c", INVOKE.format(cell=cell)]
        subprocess.run(command, env=environment, check=False, capture_output=True)
        found = []
        while True:
            try:
                packet = daemon.recv(65_536)
            except TimeoutError:
                return found
            found.append(json.loads(packet.decode().split("\n", 1)[1]))


def test_the_trace_names_the_execution() -> None:
    (segment,) = sent("1.5")
    assert segment["annotations"]["execution"] == "heart-0123"


@pytest.mark.parametrize("cell", [CELL])
def test_a_failures_trace_holds_no_cell(cell: str) -> None:
    (segment,) = sent(cell)
    assert segment["fault"] is True
    assert cell not in json.dumps(segment)
