"""What a function's role is known by follows from the cloud's secret, not from names alone."""

import threading

import pytest

from localcloud.credentials import _of_function
from localcloud.ministack_internals import sts

FUNCTION = {
    "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:trigger",
    "FunctionName": "trigger",
    "Role": "arn:aws:iam::000000000000:role/path/Trigger",
}


def test_a_functions_credentials_are_its_clouds(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for secret in ("a" * 64, "a" * 64, "b" * 64):
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
        found.append(_of_function(FUNCTION))
    assert found[0] == found[1]
    assert not set(found[0].values()) & set(found[2].values())
    session = sts.sessions.get(found[2]["AWS_ACCESS_KEY_ID"])
    assert session["Arn"] == "arn:aws:sts::000000000000:assumed-role/Trigger/trigger"
    assert session["SecretAccessKey"] == found[2]["AWS_SECRET_ACCESS_KEY"]


def test_many_at_once_get_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "c" * 64)
    found: list[dict[str, str]] = []
    threads = [
        threading.Thread(target=lambda: found.append(_of_function(FUNCTION))) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20
    assert all(each == found[0] for each in found)
