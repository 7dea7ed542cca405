"""Files of what really happened: however many come at once, and whatever is wrong with them."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lambdas.shared.names.legal import execution_name
from localcloud.compared import compare_file
from localcloud.follow import follow
from localcloud.run import Upload
from localcloud.session import Session
from tests.end_to_end.happened import ROWS, TRUTHS, as_csv, store_predictions
from tests.end_to_end.notices import Notices

DATASET, FILES = "happened", 6


@pytest.fixture(scope="module", autouse=True)
def predictions(session: Session) -> None:
    store_predictions(session, DATASET)


def test_files_that_come_at_once_and_twice_are_each_compared_once(session: Session) -> None:
    """Whatever the order: the one that lists last has the pairs of all."""
    bucket, s3 = session.outputs["BucketName"], session.cloud.client("s3")
    machine = session.outputs["ActualsMachineArn"].replace(":stateMachine:", ":execution:", 1)

    def drop(number: int) -> str:
        body = as_csv(dict(list(TRUTHS.items())[number::FILES])).encode()
        key = f"actuals/{DATASET}/burst-{number}.csv"
        version = s3.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"]
        found = {"key": key, "version-id": version}
        event = {
            "source": "aws.s3",
            "detail-type": "Object Created",
            "detail": {"bucket": {"name": bucket}, "object": found},
        }
        session.cloud.client("lambda").invoke(  # the event again
            FunctionName=session.outputs["TriggerFunctionName"], Payload=json.dumps(event).encode()
        )
        return execution_name(DATASET, bucket, key, version)

    with ThreadPoolExecutor(FILES) as pool:
        names = list(pool.map(drop, range(FILES)))
        ends = list(pool.map(lambda name: follow(session.cloud, f"{machine}:{name}"), names))
    assert {end.status for end in ends} == {"SUCCEEDED"}
    listed = session.cloud.client("stepfunctions").list_executions(
        stateMachineArn=session.outputs["ActualsMachineArn"]
    )
    found = [each["name"] for each in listed["executions"]]
    assert [found.count(name) for name in names] == [1] * FILES
    assert max(_period(session, name) for name in names) == (FILES, ROWS)


def _period(session: Session, name: str) -> tuple[int, int]:
    """Return of how many files and rows an execution's figures are."""
    key = f"reports/{DATASET}/{name}/quality.json"
    found = session.cloud.client("s3").get_object(Bucket=session.outputs["BucketName"], Key=key)
    (period,) = json.load(found["Body"])["periods"]
    assert (period["period"], period["predicted"]) == ("2026-05", ROWS)
    return period["uploads"], period["rows"]


def test_all_that_is_wrong_is_one_message(
    session: Session, tmp_path: Path, notices: Notices
) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text("kee,y\nSECRET,1\n")
    given: Any = {"key": "key", "tsak": "x"}
    upload = Upload(path, DATASET, given, is_compared=True)
    result = compare_file(session.cloud, session.outputs, upload)
    assert (result["status"], result["error"]) == ("FAILED", "SettingsInvalid")
    assert "“key” names “key”, which is not a column; did you mean “kee”?" in result["message"]
    assert "“tsak” is not a setting" in result["message"]
    assert "SECRET" not in json.dumps(result)
    notice = notices.wait_for(result["execution_arn"].rsplit(":", 1)[-1])
    assert "“tsak” is not a setting" in notice["Message"]
