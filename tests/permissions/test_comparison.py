"""The comparison finds what it is for; quick, with roles made up."""

import json
from pathlib import Path

import pytest

from tests.permissions.calls import Call, Recording
from tests.permissions.comparison import Reason, compare, documented
from tests.permissions.grants import Grant, allows

BUCKET = "arn:aws:s3:::bucket"
READ = Grant("Reader", "Allow", "s3:GetObject", f"{BUCKET}/data/*", "{}")
LIST = Grant(
    "Reader", "Allow", "s3:ListBucket", BUCKET, '{"StringLike": {"s3:prefix": ["data/*"]}}'
)
CALL = Call("reader-1", "s3:GetObject", f"{BUCKET}/data/x", "{}", allowed=True)
LISTING = Call("reader-1", "s3:ListBucket", BUCKET, '{"s3:prefix": "data/"}', allowed=True)
REASON = Reason("why", "https://docs.aws.amazon.com/")


def _problems(
    grants: list[Grant], calls: list[Call], reasons: dict[tuple[str, str], Reason] | None = None
) -> list[str]:
    recording = Recording(Path("none"), {"one": set(calls)})
    return compare({"reader-1": grants}, recording, reasons or {}).problems


def test_what_is_needed_is_no_problem() -> None:
    assert _problems([READ, LIST], [CALL, LISTING]) == []


@pytest.mark.parametrize(
    "extra",
    [
        Grant("Reader", "Allow", "s3:DeleteObject", f"{BUCKET}/data/*", "{}"),
        Grant("Reader", "Allow", "s3:GetObject", f"{BUCKET}/other/*", "{}"),
    ],
    ids=["action", "resource"],
)
def test_what_nothing_needs_is_told(extra: Grant) -> None:
    (told,) = _problems([READ, extra], [CALL])
    assert told.startswith(f"Reader: {extra.action} on {extra.resource}: granted, but neither")
    assert _problems([READ, extra], [CALL], {("Reader", "s3:DeleteObject"): REASON}) == (
        [] if extra.action == "s3:DeleteObject" else [told, _not_granted("s3:DeleteObject")]
    )


def _not_granted(action: str) -> str:
    return f"Reader: {action}: listed in documented.yaml, but not granted"


def test_a_grant_within_another_is_told_of_both() -> None:
    """Neither is needed while the other is there."""
    wide = Grant("Reader", "Allow", "s3:GetObject", f"{BUCKET}/*", "{}")
    assert len(_problems([READ, wide], [CALL])) == 2


def test_reasons_that_are_out_of_date_are_told() -> None:
    used, gone = ("Reader", "s3:GetObject"), ("Reader", "s3:PutObject")
    told = _problems([READ], [CALL], {used: REASON, gone: REASON})
    assert told == [
        f"Reader: s3:GetObject on {BUCKET}/data/*: listed in documented.yaml, but needed",
        _not_granted("s3:PutObject"),
    ]


def test_conditions_and_denials_count() -> None:
    elsewhere = Call("reader-1", "s3:ListBucket", BUCKET, '{"s3:prefix": "x/"}', allowed=True)
    assert allows([LIST], LISTING)
    assert not allows([LIST], elsewhere)
    denied = Grant("Reader", "Deny", "s3:GetObject", f"{BUCKET}/data/x", "{}")
    assert not allows([READ, denied], CALL)


def test_a_recording_is_cut_into_workflows(tmp_path: Path) -> None:
    log = tmp_path / "log"
    recording = Recording(log)
    line = {"role": "r", "action": "a:B", "resource": "*", "context": {}, "allowed": True}
    for name, actions in {"one": ["a:B", "a:B"], "two": ["a:C"]}.items():
        with recording.of(name), log.open("a") as file:
            file.writelines(json.dumps(line | {"action": action}) + "\n" for action in actions)
    assert {name: len(calls) for name, calls in recording.by_workflow.items()} == {
        "one": 1,
        "two": 1,
    }


def test_every_reason_is_a_page_of_aws() -> None:
    reasons = documented().values()
    assert all(reason.source.startswith("https://docs.aws.amazon.com/") for reason in reasons)
    assert all(reason.why.endswith(".") for reason in reasons)
