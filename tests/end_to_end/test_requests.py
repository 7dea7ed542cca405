"""What users ask a serverless endpoint that serves is captured and compared, without a row told."""

import datetime as dt
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lambdas.predict.model import describe
from lambdas.predict.run import read_rows
from lambdas.shared.registry import champion
from lambdas.shared.settings.dataset import DatasetSettings
from localcloud.session import Session
from tests.end_to_end.captured import ROWS, Asked, ask, compare_yesterday, wait_until
from tests.end_to_end.functions import invoke
from tests.end_to_end.logs import invocations

DATASET = "asked"


@pytest.fixture(scope="module")
def asked(session: Session) -> Asked:
    return ask(session, DATASET)


@dataclass(frozen=True)
class Yesterday:
    """The same requests as if they had come the day before, and what was made of them."""

    asked: Asked
    day: dt.date

    def document(self, name: str) -> Any:
        return self.asked.document(f"requests/{self.day}/{name}")

    def health(self) -> list[Any]:
        month = f"{dt.datetime.now(dt.UTC):%Y-%m}"
        found = self.asked.document(f"health/{month}.json")["entries"]
        return [entry for entry in found if entry["name"] == f"requests-{self.day}-1"]


@pytest.fixture(scope="module")
def yesterday(asked: Asked) -> Yesterday:
    found = Yesterday(asked, compare_yesterday(asked))
    wait_until(found.health)
    return found


def test_each_request_lies_there_once_it_is_answered(asked: Asked) -> None:
    assert len(asked.captured) == 2  # and none of the canary's
    for key in asked.captured:
        assert re.search(r"/AllTraffic/\d{4}/\d\d/\d\d/\d\d/[0-9a-f-]+\.jsonl$", key)
        stored = asked.s3.get_object(Bucket=asked.bucket, Key=key)
        assert stored["ServerSideEncryption"] == "aws:kms"
        assert stored["SSEKMSKeyId"] == asked.session.outputs["KeyArn"]
        data = json.loads(stored["Body"].read())["captureData"]
        answers = pd.read_csv(io.StringIO(data["endpointOutput"]["data"]))
        assert len(answers) == ROWS // 2


def test_the_drift_is_that_of_the_same_rows_in_a_file(yesterday: Yesterday, tmp_path: Path) -> None:
    asked, file, work = yesterday.asked, tmp_path / "rows.csv", tmp_path / "work"
    serving = champion(asked.session.cloud.client("sagemaker"), asked.group)
    assert serving is not None
    asked.rows.to_csv(file, index=False)
    work.mkdir()
    direct = read_rows(file, DatasetSettings(), describe(asked.s3, serving), work, []).drift
    assert direct is not None
    expected, drift = json.loads(direct.read_text()), yesterday.document("drift.json")
    assert drift["rows"] == expected["rows"] == {"before": 569, "now": ROWS}
    assert drift["columns"] == expected["columns"]
    assert drift["columns"][0]["level"] == "large"


def test_it_is_said_which_requests_were_seen(yesterday: Yesterday) -> None:
    found = yesterday.document("requests.json")
    assert found["capture_percent"] == 100
    assert found["objects"] == {"found": 2, "read": 2}
    assert found["requests"] == dict.fromkeys(found["requests"], 0) | {"read": 2}
    assert (found["rows"], found["version"]) == (ROWS, 1)
    spread = yesterday.document("distribution.json")
    assert sum(spread["classes"].values()) == ROWS
    assert spread["drift"]["rows"]["now"] == ROWS


def test_it_is_an_entry_in_the_history_once(yesterday: Yesterday) -> None:
    (entry,) = yesterday.health()
    assert (entry["kind"], entry["rows"], entry["version"]) == ("requests", ROWS, 1)
    detail = {"dataset": DATASET, "day": f"{yesterday.day}"}
    assert invoke(yesterday.asked.session, "requests", detail=detail)["compared"] is False
    assert len(yesterday.health()) == 1


def test_no_value_of_a_row_is_in_a_log(yesterday: Yesterday) -> None:
    cells = {repr(cell) for cell in yesterday.asked.rows.to_numpy().ravel() if len(repr(cell)) > 5}
    lines = "\n".join(
        line for each in invocations(yesterday.asked.session, "requests") for line in each
    )
    assert "requests compared" in lines
    assert not [cell for cell in cells if cell in lines]
