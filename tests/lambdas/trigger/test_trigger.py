"""One upload version, one execution."""

import json
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from lambdas.shared.failures.errors import MolinoError, UnexpectedError
from lambdas.shared.names.legal import execution_name
from lambdas.shared.settings.sources import from_yaml
from lambdas.trigger import handler as module
from tests.lambdas.conftest import Context

MACHINE = "arn:aws:states:us-east-1:111122223333:stateMachine:Molino"


def event(key: str, version: str | None = "v1") -> dict[str, Any]:
    found = {"key": key, "size": 1} | ({"version-id": version} if version else {})
    detail = {"bucket": {"name": "b"}, "object": found}
    return {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}


@pytest.fixture(autouse=True)
def bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUCKET", "b")


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Any:
    client = boto3.client("stepfunctions")
    monkeypatch.setenv("STATE_MACHINE_ARN", MACHINE)
    monkeypatch.setenv("PREDICT_MACHINE_ARN", f"{MACHINE}-predict")
    monkeypatch.setenv("ACTUALS_MACHINE_ARN", f"{MACHINE}-actuals")
    monkeypatch.setattr(module, "step_functions_client", lambda: client)
    monkeypatch.setattr(module, "read_settings", lambda *_: None)
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def test_starts_with_the_upload_as_input(stub: Any, context: Context) -> None:
    key = "incoming/heart/a b+c %20.csv"  # EventBridge does not URL-encode keys
    name = execution_name("heart", "b", key, "v1")
    stub.add_response(
        "start_execution",
        {"executionArn": f"arn:{name}", "startDate": 0},
        {
            "stateMachineArn": MACHINE,
            "name": name,
            "input": f'{{"bucket": "b", "key": "{key}", "version_id": "v1"}}',
        },
    )
    assert module.handler(event(key), context) == {"execution_arn": f"arn:{name}", "started": True}


def test_a_repeated_event_is_success(stub: Any, context: Context) -> None:
    stub.add_client_error("start_execution", "ExecutionAlreadyExists")
    answer = module.handler(event("incoming/x.csv"), context)
    name = execution_name("x", "b", "incoming/x.csv", "v1")
    machine = MACHINE.replace("stateMachine", "execution")
    assert answer == {"execution_arn": f"{machine}:{name}", "started": False}


def test_folder_markers_start_nothing(stub: Any, context: Context) -> None:
    answer = module.handler(event("incoming/x/"), context)
    assert answer == {"execution_arn": None, "started": False}


def test_a_folder_of_part_files_starts_with_its_marker(stub: Any, context: Context) -> None:
    folder = "incoming/x/may/"
    for name in ("part-00000-4f1c.csv", "part-00001-4f1c.csv", "_metadata", "_temporary/0/a.csv"):
        answer = module.handler(event(folder + name), context)
        assert answer == {"execution_arn": None, "started": False}
    for name in ("_SUCCESS", "_manifest.json"):
        stub.add_response(
            "start_execution",
            {"executionArn": "a", "startDate": 0},
            {
                "stateMachineArn": MACHINE,
                "name": execution_name("x", "b", folder + name, "v1"),
                "input": json.dumps({"bucket": "b", "key": folder + name, "version_id": "v1"}),
            },
        )
        assert module.handler(event(folder + name), context)["started"]


def test_an_unversioned_upload_starts_too(stub: Any, context: Context) -> None:
    stub.add_response("start_execution", {"executionArn": "a", "startDate": 0}, None)
    assert module.handler(event("incoming/x.csv", None), context)["started"]


@pytest.mark.parametrize("folder", ["predict", "actuals"])
def test_other_files_start_their_own_state_machine_whatever_the_schedule(
    folder: str, stub: Any, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = from_yaml("settings/heart.yaml", "schedule: rate(7 days)\ntrain_on_upload: no\n")
    monkeypatch.setattr(module, "read_settings", lambda *_: file)
    key = f"{folder}/heart/new.csv"
    name = execution_name("heart", "b", key, "v1")
    sent = {"bucket": "b", "key": key, "version_id": "v1"}
    stub.add_response(
        "start_execution",
        {"executionArn": f"arn:{name}", "startDate": 0},
        {"stateMachineArn": f"{MACHINE}-{folder}", "name": name, "input": json.dumps(sent)},
    )
    assert module.handler(event(key), context)["started"]
    answer = module.handler(event(f"{folder}/heart/"), context)
    assert answer == {"execution_arn": None, "started": False}


@pytest.mark.parametrize(
    ("text", "waits"),
    [
        ("schedule: rate(7 days)\ntrain_on_upload: no\n", True),
        ("schedule: rate(7 days)\n", False),
        ("schedule: rate(7 days)\ntrain_on_upload: no\ntsak: binary\n", False),  # the run tells
        ('train_on_upload: no\nignore: "a\\nb"\n', False),
        ('target: "\\UFFFFFFFF"\n', False),
        (f"ignore: '{'[' * 50_000}'\n", False),
    ],
)
def test_an_upload_is_left_to_the_schedule_where_its_file_says_so(
    stub: Any, context: Context, monkeypatch: pytest.MonkeyPatch, text: str, waits: bool
) -> None:
    told: list[tuple[str, ...]] = []
    file = from_yaml("settings/x.yaml", text)
    monkeypatch.setattr(module, "read_settings", lambda *_: file)
    monkeypatch.setattr(module, "notify", lambda *notice: told.append(notice))
    if not waits:
        stub.add_response("start_execution", {"executionArn": "a", "startDate": 0}, None)
    assert module.handler(event("incoming/x.csv"), context)["started"] is not waits
    assert [status for status, _, _ in told] == (["WAITS"] if waits else [])


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("AccessDeniedException", "AccessDenied"),
        ("ThrottlingException", "Throttled"),
        ("StateMachineDoesNotExist", "UnexpectedError"),
    ],
)
def test_other_failures_are_raised(stub: Any, context: Context, code: str, expected: str) -> None:
    stub.add_client_error("start_execution", code, "SECRET")
    with pytest.raises(MolinoError) as caught:
        module.handler(event("incoming/x.csv"), context)
    assert caught.value.code == expected
    assert "StartExecution" in str(caught.value)
    assert "SECRET" not in str(caught.value)


SPOOFED = {
    "another bucket": (
        "detail.bucket.name",
        "elsewhere-SECRET",
        "detail.bucket.name”: other_bucket",
    ),
    "another source": ("source", "SECRET.app", "“source”: literal_error"),
    "another kind": ("detail-type", "Object Deleted", "“detail-type”: literal_error"),
    "another folder": ("detail.object.key", "datasets/SECRET.csv", "detail.object.key”: no_upload"),
    "no key": ("detail.object.key", None, "detail.object.key”: string_type"),
    "an empty key": ("detail.object.key", "predict/", "detail.object.key”: string_too_short"),
    "a longer key than S3 has": ("detail.object.key", "incoming/" + "x" * 1100, "string_too_long"),
    "a number for a version": ("detail.object.version-id", 7, "version-id”: string_type"),
    "no object": ("detail.object", "SECRET", "“detail.object”: model_type"),
    "no detail": ("detail", None, "“detail”: model_type"),
}


@pytest.mark.parametrize("case", SPOOFED)
def test_spoofed_events_start_nothing(stub: Any, context: Context, case: str) -> None:
    path, value, problem = SPOOFED[case]
    spoofed: Any = event("incoming/x.csv")
    *parents, last = path.split(".")
    found = spoofed
    for name in parents:
        found = found[name]
    found[last] = value
    with pytest.raises(MolinoError) as caught:  # the stub would fail at any call
        module.handler(spoofed, context)
    assert caught.value.code == "InvalidEvent"
    assert problem in str(caught.value)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("left_out", ["source", "detail-type", "detail"])
def test_events_that_lack_something_are_refused(context: Context, left_out: str) -> None:
    lacking = event("incoming/x.csv")
    del lacking[left_out]
    with pytest.raises(MolinoError) as caught:
        module.handler(lacking, context)
    assert f"“{left_out}”: missing" in str(caught.value)
    assert not isinstance(caught.value, UnexpectedError)
