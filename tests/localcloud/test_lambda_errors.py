"""A function's errors are told as Lambda tells them, and its process outlives an exception."""

import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from localcloud import lambda_errors
from localcloud.ministack_internals import lambda_runtime, lambda_svc

HANDLER = """
import os, sys

class TooFew(Exception):
    pass

def handler(event, context):
    if event == "raise":
        print("before", file=sys.stderr)
        raise TooFew("rows are missing")
    if event == "exit":
        os._exit(3)
    return os.getpid()
"""
Invoke = Callable[[str], dict[str, Any]]


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch) -> Iterator[Invoke]:
    for place, name in (
        (lambda_runtime, "PYTHON_WORKER_SCRIPT"),
        (lambda_svc, "execute_function_warm"),
    ):
        monkeypatch.setattr(place, name, getattr(place, name))  # as it was, afterwards
    lambda_errors.install()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("code.py", HANDLER)
    config = {
        "FunctionName": "errors",
        "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:errors",
        "Handler": "code.handler",
        "Runtime": "python3.12",
        "Timeout": 20,
    }
    function = {"config": config, "code_zip": packed.getvalue()}
    yield lambda event: lambda_svc.execute_function_warm(function, event, "request-1")
    lambda_runtime.invalidate_worker("errors")


def test_a_process_outlives_its_handlers_exception(invoke: Invoke) -> None:
    before = invoke("process")["body"]
    failed = invoke("raise")
    assert failed["error"]
    assert {name: failed["body"][name] for name in ("errorType", "errorMessage")} == {
        "errorType": "TooFew",
        "errorMessage": "rows are missing",
    }
    assert "handler" in failed["body"]["stackTrace"][-1]
    assert failed["log"].splitlines()[-1] == "[ERROR] TooFew"
    assert "before" in failed["log"]
    assert "rows are missing" not in failed["log"]
    assert invoke("process") == {"body": before, "log": ""}


def test_an_exit_is_told_and_ends_the_process(invoke: Invoke) -> None:
    before = invoke("process")["body"]
    failed = invoke("exit")
    assert failed["error"]
    assert failed["body"]["errorType"] == "Runtime.ExitError"
    assert "request-1" in failed["body"]["errorMessage"]
    assert invoke("process")["body"] not in {before, None}
