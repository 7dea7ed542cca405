"""Whether a champion's figure has fallen beyond chance, by the answers that are stored."""

import csv
import io
import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from lambdas.gate.judge import StoredResults
from lambdas.quality.scored import Scored
from lambdas.quality.tasks import scores
from lambdas.reason.earlier import Earlier
from lambdas.reason.figure import figure
from lambdas.retrain.worse import Figure
from lambdas.shared.contracts.evaluate import Evaluation, KnownChampion
from lambdas.shared.contracts.preprocess import PreparedDataset
from lambdas.shared.documents.document import METRICS
from lambdas.shared.fallen import CHANCE
from tests.contracts import CHAMPION, EVALUATION, PREPARED
from tests.lambdas.conftest import BUCKET

REPORTS = f"s3://{BUCKET}/reports/w"
GATE = {"metric": "rmse", "margin": 0.0, "approval": "automatic", "thresholds": {}}
VERSION = CHAMPION["version"]


class Ward:
    """A champion trained in the run ``first``, and what it has answered since."""

    def __init__(self, s3: Any, rows: int) -> None:
        self._s3, self._rows, self._seed = s3, rows, 0
        self.retrain_when = ["worse"]
        self.history: Any = SimpleNamespace(
            champion_report=f"{REPORTS}/first", newest_report=f"{REPORTS}/first"
        )

    def put(self, key: str, text: str) -> None:
        self._s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode())

    def answered(self, folder: str, error: float) -> None:
        """Store answers to new rows, that far off."""
        self._seed += 1
        generator = np.random.default_rng(self._seed)
        truth = generator.normal(scale=5, size=self._rows)
        # Errors as even as can be, so that none falls by luck.
        even = norm.ppf((np.arange(self._rows) + 0.5) / self._rows)
        answer = truth + error * generator.permutation(even)
        out = io.StringIO(newline="")
        pairs = enumerate(zip(truth.tolist(), answer.tolist(), strict=True), start=2)
        writer = csv.writer(out)
        writer.writerows([("row", "actual", "prediction"), *((n, *pair) for n, pair in pairs)])
        self.put(f"reports/w/{folder}/predictions.csv", out.getvalue())
        metrics = METRICS.text(scores(Scored("regression", truth, answer)))
        self.put(f"reports/w/{folder}/metrics.json", metrics)

    def upload(self, run: str, error: float, version: int = VERSION, rows: int = 0) -> None:
        """Let an earlier upload have been looked at."""
        self.answered(f"{run}/champion", error)
        seen = Figure(version, "rmse", error, rows or self._rows).to_json()
        self.put(f"reports/w/{run}/training.json", json.dumps({"champion": seen}))

    def gated(self, run: str, error: float, chance: float = 0.5) -> None:
        """Let an earlier upload have been trained without a reason."""
        self.answered(f"{run}/champion", error)
        seen = Figure(VERSION, "rmse", error, self._rows, chance=chance).to_json()
        decision = json.dumps({"champion": {"figure": seen}})
        self.put(f"reports/w/{run}/decision.json", decision)

    def figure(self, error: float) -> Figure | None:
        """Return the figure on an upload that the champion answers that far off."""
        self.answered("now/champion", error)
        for run in ("before", "now"):
            for split in ("train", "validation", "test"):
                rows = "".join(f"{run}-{split}-{n},1\n" for n in range(self._rows))
                self.put(f"datasets/w/{run}/{split}/{split}.csv", f"x,y\n{rows}")
        manifest = {"features": [{"name": "x"}], "target": {"value": "y"}}
        for run in ("before", "now"):
            self.put(f"datasets/w/{run}/manifest.json", json.dumps(manifest))
        folder, now = f"s3://{BUCKET}/datasets/w", f"{REPORTS}/now"
        uris = PREPARED["uris"] | {"manifest": f"{folder}/now/manifest.json"}
        known = CHAMPION | {"manifest_uri": f"{folder}/before/manifest.json"}
        evaluation = EVALUATION | {
            "rows": self._rows,
            "predictions_uri": f"{now}/champion/predictions.csv",
            "metrics_uri": f"{now}/champion/metrics.json",
        }
        of_upload = {"task": "regression", "gate": GATE, "uris": uris, "report_uri": now}
        of_upload["retrain_when"] = self.retrain_when
        return figure(
            StoredResults(self._s3),
            PreparedDataset.model_validate(PREPARED | of_upload),
            KnownChampion.model_validate(known),
            Evaluation.model_validate(evaluation),
            self.history,
        )

    def is_worse(self, error: float) -> bool:
        found = self.figure(error)
        assert found is not None
        return found.chance <= CHANCE


@pytest.fixture
def ward(s3: Any) -> Ward:
    found = Ward(s3, 12)
    found.answered("first", 1.0)
    return found


def test_a_fall_is_told_by_the_champions_own_test_rows(ward: Ward) -> None:
    assert not ward.is_worse(1.0)
    assert ward.is_worse(4.0)
    found = ward.figure(4.0)
    assert found is not None
    assert (found.version, found.metric, found.rows) == (VERSION, "rmse", 12)
    assert found.known is None
    assert found.registered == pytest.approx(1.0, rel=0.3)
    assert found.value == pytest.approx(4.0, rel=0.4)


def test_a_sudden_fall_is_told_sooner_by_earlier_uploads(ward: Ward) -> None:
    assert not ward.is_worse(1.9)
    for month in range(6):
        ward.upload(f"month-{month}", 1.0)
    assert ward.is_worse(1.9)


@pytest.mark.parametrize("other", [{"version": VERSION - 1}, {"rows": 7}])
def test_uploads_of_another_champion_or_with_rows_it_was_trained_on_tell_nothing(
    ward: Ward, other: dict[str, int]
) -> None:
    for month in range(6):
        ward.upload(f"month-{month}", 1.0, **other)
    assert not ward.is_worse(1.9)


def test_a_slow_fall_is_told_by_the_first_rows(ward: Ward) -> None:
    for month in range(8):
        ward.upload(f"month-{month}", 1.2 + 0.35 * month)
    assert ward.is_worse(4.0)


def test_what_the_newest_training_has_seen_is_no_news(ward: Ward) -> None:
    ward.upload("month-1", 1.0)
    ward.upload("month-2", 4.0)
    ward.history.newest_report = f"{REPORTS}/month-2"
    ward.upload("month-3", 4.0)
    found = ward.figure(4.0)
    assert found is not None
    assert found.chance > CHANCE
    assert found.known == pytest.approx(4.0, rel=0.4)
    assert ward.is_worse(16.0)


def test_where_each_upload_is_trained_a_fall_is_news_until_it_is_told_of(ward: Ward) -> None:
    ward.retrain_when = []
    ward.gated("month-1", 1.0)
    ward.gated("month-2", 4.0, chance=0.2)
    ward.history.newest_report = f"{REPORTS}/month-2"
    found = ward.figure(4.0)
    assert found is not None
    assert (found.verdict, found.chance <= CHANCE) == ("worse", True)
    ward.gated("month-3", 4.0, chance=0.001)
    found = ward.figure(4.0)
    assert found is not None
    assert (found.verdict, found.chance <= CHANCE) == ("worse", False)
    assert ward.is_worse(16.0)


def test_rows_that_came_twice_count_once(ward: Ward, s3: Any) -> None:
    ward.upload("month-1", 1.0)
    ward._seed -= 1
    ward.gated("month-2", 1.0)
    earlier = Earlier(s3, "regression", None)
    found = earlier.of_uploads(f"{REPORTS}/now", VERSION)
    assert [each.report for each in found] == [f"{REPORTS}/month-2"]


def test_what_does_better_is_shown_so(ward: Ward) -> None:
    found = ward.figure(0.2)
    assert found is not None
    assert found.verdict == "better"


def test_without_its_own_answers_nothing_is_known(ward: Ward, s3: Any) -> None:
    s3.delete_object(Bucket=BUCKET, Key="reports/w/first/predictions.csv")
    found = ward.figure(9.0)
    assert found is not None
    assert (found.registered, found.chance) == (None, 1.0)
    s3.delete_object(Bucket=BUCKET, Key="reports/w/first/metrics.json")
    assert not ward.is_worse(9.0)
