"""A year of monthly files through the whole local cloud: what is trained, told and kept of it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lambdas.health.history import load
from localcloud.run import Upload, run_file
from localcloud.session import Session, temporary_session
from tests.bench.years import CONCEPT, MONTHS, SHIFT, YEARS
from tests.end_to_end.notices import Notices, subscribe
from tests.forests import FOREST

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]

DATASET = "diamonds"
NEWS = [1, SHIFT, CONCEPT]
_QUIET_LOOKS, _LIMIT_SECONDS = 5, 60


@dataclass(frozen=True)
class Replayed:
    """The runs by month, what the topic told meanwhile, and the cloud."""

    session: Session
    runs: dict[int, dict[str, Any]]
    told: list[dict[str, Any]]

    @property
    def folder(self) -> str:
        return f"s3://{self.session.outputs['BucketName']}/reports/{DATASET}"

    def month_of(self, text: str) -> int | None:
        """Return the month whose run a text names."""
        names = {run["execution_arn"].rpartition(":")[2]: n for n, run in self.runs.items()}
        return next((month for name, month in names.items() if name in text), None)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replayed]:
    folder = tmp_path_factory.mktemp("year")
    made = next(each for each in YEARS if each.name == DATASET)
    with temporary_session(folder / "cloud") as session:
        notices = subscribe(session)
        settings = f"target: {made.target}\nretrain_when: [drifted, worse]\n"
        session.cloud.client("s3").put_object(
            Bucket=session.outputs["BucketName"],
            Key=f"settings/{DATASET}.yaml",
            Body=settings.encode(),
        )
        runs = {}
        for month, rows in zip(MONTHS, made.months(seed=0), strict=True):
            path = folder / f"{month:02}.csv"
            rows.to_csv(path, index=False)
            upload = Upload(path, DATASET, FOREST | {"n_estimators": "30"})
            runs[month] = run_file(session.cloud, session.outputs, upload)
            _until_kept(session, month)
        yield Replayed(session, runs, list(_all(notices)))


def _until_kept(session: Session, month: int) -> None:
    """Wait until the history has the month: its event comes after the run's end."""
    deadline = time.monotonic() + _LIMIT_SECONDS
    folder = f"s3://{session.outputs['BucketName']}/reports/{DATASET}"
    while len(load(session.cloud.client("s3"), folder)) < month:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def _all(notices: Notices) -> Iterator[dict[str, Any]]:
    quiet = 0
    while quiet < _QUIET_LOOKS:
        found = notices.receive()
        yield from found
        quiet = 0 if found else quiet + 1


def test_the_right_months_are_trained_and_promoted(year: Replayed) -> None:
    for month, run in year.runs.items():
        assert run["status"] == "SUCCEEDED", (month, run["message"])
        assert run["left_running"] == [], month
    assert [month for month, run in year.runs.items() if run["trained"]] == NEWS
    assert [month for month, run in year.runs.items() if run["promoted"]] == NEWS


def test_the_reasons_are_named(year: Replayed) -> None:
    assert year.runs[1]["reason"] == "no model of the dataset has been trained before"
    assert "the column carat has drifted far from what version 1" in year.runs[SHIFT]["reason"]
    assert "drifted" not in year.runs[CONCEPT]["reason"]
    assert "the champion has got worse: root mean squared error" in year.runs[CONCEPT]["reason"]
    for month in set(MONTHS) - set(NEWS):
        reason = year.runs[month]["reason"]
        assert "no column is known to have drifted far since the last training" in reason
        assert "the champion is not known to have got worse" in reason


def test_people_are_told_of_each_run_and_once_of_each_change(year: Replayed) -> None:
    told: dict[str, list[str]] = {}
    for notice in year.told:
        status = notice["MessageAttributes"]["status"]["Value"]
        told.setdefault(status, []).append(notice["Message"])
    runs = sorted(year.month_of(text) or 0 for text in told.pop("SUCCEEDED"))
    assert runs == list(MONTHS)
    (drifted,) = told.pop("DRIFT")
    assert "carat" in drifted
    assert year.month_of(drifted) == SHIFT
    first, second = told.pop("QUALITY")
    assert first.startswith("Version 1 has got worse")
    assert second.startswith("Version 2 has got worse")
    assert told == {}


def test_the_history_has_every_month(year: Replayed) -> None:
    entries = load(year.session.cloud.client("s3"), year.folder)[::-1]
    assert [year.month_of(each["name"]) for each in entries] == list(MONTHS)
    trained = {year.month_of(each["name"]): each["training"] for each in entries}
    versions = {month: each["version"] for month, each in trained.items() if each}
    assert versions == {month: n for n, month in enumerate(NEWS, start=1)}
    measured_by = [each["version"] for each in entries[1:]]
    assert measured_by == [1] * (SHIFT - 1) + [2] * (CONCEPT - SHIFT) + [3] * (12 - CONCEPT)


def test_the_page_shows_the_year(year: Replayed, tmp_path: Path) -> None:
    bucket, key = year.session.outputs["BucketName"], f"reports/{DATASET}/health.html"
    page = year.session.cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    (tmp_path / "health.html").write_bytes(page)
    text = page.decode()
    assert "carat" in text
    assert text.count("<svg") >= 2
