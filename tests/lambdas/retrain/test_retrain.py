"""Whether a scheduled check trains, and what it says if not."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest

from lambdas.retrain import handler as module
from lambdas.retrain.check import Newest, Situation, Trained, decide, new_rows
from lambdas.retrain.worse import Figure, Known, got_worse, of_decision, of_registered
from lambdas.shared import aws
from lambdas.shared.findings.message import Message, verbatim
from lambdas.shared.names.legal import execution_name
from lambdas.shared.settings.dataset import DatasetSettings
from tests.lambdas.conftest import BUCKET, Context

BEFORE = Newest("incoming/heart/a.csv", "v1", 10_000)
NEWER = replace(BEFORE, version_id="v2", size=12_000)  # some 20 rows more
MANIFEST = json.loads(json.dumps(DatasetSettings().model_dump()))
TRAINED = Trained(BEFORE.key, BEFORE.version_id, BEFORE.size, 100, MANIFEST)
WORSE_TEXT = "ROC AUC 0.7 on 90 newer rows, 0.9 when it was registered"
WORSE = verbatim(WORSE_TEXT)

# settings, newest, trained before, how the champion got worse → whether to train, words of why;
# the conditions are one list
LOOKS: dict[str, tuple[dict[str, Any], Newest, Trained | None, Message | None, bool, str]] = {
    "first": ({}, BEFORE, None, None, True, "no model of the dataset"),
    "first, rows asked for": (
        {"when": ["new_rows>=5"]}, BEFORE, None, None, True, "no model of the dataset",
    ),
    "unchanged": ({}, BEFORE, TRAINED, None, False, "trained already, with the same settings"),
    "unchanged, worse": ({"when": ["worse"]}, BEFORE, TRAINED, WORSE, False, "trained already"),
    "unchanged, told to": ({"unchanged": True}, BEFORE, TRAINED, None, True, "unchanged"),
    "newer": ({}, NEWER, TRAINED, None, True, "not trained yet"),
    "another file": ({}, replace(BEFORE, key="incoming/heart/b.csv"), TRAINED, None, True, "not"),
    "settings": ({"seed": 7}, BEFORE, TRAINED, None, True, "since: seed"),
    "a setting unknown then": (
        {}, BEFORE, replace(TRAINED, settings={}), None, False, "trained already",
    ),
    "served when there was yes and no": (
        {"serve": "yes"}, BEFORE, replace(TRAINED, settings={**MANIFEST, "serve": True}), None,
        False, "trained already",
    ),
    "not served when there was yes and no": (
        {}, BEFORE, replace(TRAINED, settings={**MANIFEST, "serve": False}), None, False, "trained",
    ),
    "now on machines": (
        {"serve": "instance"}, BEFORE, replace(TRAINED, settings={**MANIFEST, "serve": True}), None,
        True, "since: serve",
    ),
    "too few rows": (
        {"when": ["new_rows>=21"]}, NEWER, TRAINED, None, False, "about 20 rows are new, of 21",
    ),
    "enough rows": (
        {"when": ["new_rows>=20"]}, NEWER, TRAINED, None, True, "about 20 rows are new, of 20",
    ),
    "not worse": ({"when": ["worse"]}, NEWER, TRAINED, None, False, "not known to have got worse"),
    "worse": ({"when": ["worse"]}, NEWER, TRAINED, WORSE, True, WORSE_TEXT),
    "few rows, but worse": (
        {"when": ["new_rows>=21", "worse"]}, NEWER, TRAINED, WORSE, True, WORSE_TEXT,
    ),
    "neither": (
        {"when": ["new_rows>=21", "worse"]}, NEWER, TRAINED, None, False, "of 21 required; the ch",
    ),
}  # fmt: skip
NAMES = {"when": "retrain_when", "unchanged": "retrain_unchanged"}


@pytest.mark.parametrize("case", LOOKS)
def test_looks(case: str) -> None:
    given, newest, trained, worse, train, words = LOOKS[case]
    named = {NAMES.get(name, name): value for name, value in given.items()}
    settings = DatasetSettings(schedule="rate(1 day)", **named)
    found = decide(settings, Situation(newest, trained, worse))
    assert found.train is train
    assert words in str(found.reason)


DRIFTED = verbatim("in rows to predict, the column age has drifted far")


# conditions, what has drifted, days since the last training → whether to train, all that is said
@pytest.mark.parametrize(
    ("when", "drifted", "days", "train", "said"),
    [
        (["drifted"], None, 0, False, "no column is known to have drifted far since the last"),
        (["drifted"], DRIFTED, 0, True, "age has drifted far"),
        (["older_than=30d"], None, 30, False, "was 30 days ago, and the limit is 30"),
        (["older_than=30d"], None, 31, True, "was 31 days ago, and the limit is 30"),
        (["older_than=30d"], DRIFTED, 1, False, "was 1 day ago, and the limit is 30"),
        (["new_rows>=20", "drifted"], DRIFTED, 0, True, "20 required; in rows to predict"),
        (["worse", "drifted"], DRIFTED, 0, True, "in rows to predict, the column age"),
        (["worse", "drifted"], None, 0, False, "got worse; no column is known"),
    ],
)
def test_any_condition_is_a_reason_and_those_that_hold_are_named(
    when: list[str], drifted: Message | None, days: int, train: bool, said: str
) -> None:
    settings = DatasetSettings(schedule="rate(1 day)", retrain_when=when)
    found = decide(settings, Situation(NEWER, TRAINED, None, drifted, days))
    assert found.train is train
    assert said in str(found.reason)


def test_what_was_trained_already_is_not_trained_for_any_condition() -> None:
    """A champion that was not beaten is told by the run that tried, and by no later check."""
    when = ["drifted", "worse", "new_rows>=1", "older_than=30d"]
    settings = DatasetSettings(schedule="rate(1 day)", retrain_when=when)
    found = decide(settings, Situation(BEFORE, TRAINED, WORSE, DRIFTED, 99))
    assert found.train is False
    assert str(found.reason) == "the newest upload was trained already, with the same settings"


def test_rows_are_told_from_bytes() -> None:
    assert new_rows(NEWER, TRAINED) == 20
    assert new_rows(replace(NEWER, size=5_000), TRAINED) == -50


REGISTERED: Any = {
    "rows": 100,
    "metrics": {"roc_auc": 0.90, "rmse": 2.0},
    "intervals": {"roc_auc": {"low": 0.85, "high": 0.94}, "rmse": {"low": 1.8, "high": 2.3}},
}


def worse_than(metrics: Any, now: Figure, later: Figure | None = None) -> Message | None:
    registered = of_registered(metrics, 4, now.metric)
    known = later and registered and Known(later, registered.spread)
    return got_worse(registered, known, now) if registered else None


def on_newer(metric: str, value: float, rows: int, version: int = 4) -> Figure:
    return Figure(version, metric, value, rows)


@pytest.mark.parametrize(
    ("now", "worse"),
    [
        # On 100 newer rows a fall must exceed 0.05 √2, on 400 rows 0.05 √1.25.
        (on_newer("roc_auc", 0.84, 100), False),
        (on_newer("roc_auc", 0.82, 100), True),
        (on_newer("roc_auc", 0.84, 400), True),
        (on_newer("roc_auc", 0.96, 400), False),
        # Less is better: it must rise, by more than 0.3 √2.
        (on_newer("rmse", 2.4, 100), False),
        (on_newer("rmse", 2.5, 100), True),
        (on_newer("rmse", 1.0, 100), False),
        (on_newer("accuracy", 0.1, 100), False),  # not known of its registration
    ],
)
def test_a_champion_is_worse_beyond_the_interval_of_the_difference(
    now: Figure, worse: bool
) -> None:
    found = worse_than(REGISTERED, now)
    assert (found is not None) is worse
    if found:
        assert "newer rows" in str(found)


@pytest.mark.parametrize(
    ("known", "worse"),
    [
        (on_newer("roc_auc", 0.82, 100), False),  # as bad as when it was not beaten
        (on_newer("roc_auc", 0.85, 100), False),  # by chance
        (on_newer("roc_auc", 0.88, 100), True),
        (on_newer("roc_auc", 0.99, 100), True),
        (on_newer("roc_auc", 0.70, 100, version=3), True),  # of another champion
        (on_newer("rmse", 9.0, 100), True),
    ],
)
def test_what_the_last_training_could_not_beat_is_no_reason_again(
    known: Figure, worse: bool
) -> None:
    found = worse_than(REGISTERED, on_newer("roc_auc", 0.80, 100), known)
    assert (found is not None) is worse


def test_both_figures_are_named() -> None:
    found = worse_than(REGISTERED, on_newer("roc_auc", 0.7, 100), on_newer("roc_auc", 0.88, 100))
    assert str(found) == (
        "ROC AUC 0.7 on 100 newer rows, 0.9 when it was registered, and 0.88 at the last training"
    )


@pytest.mark.parametrize(
    ("metric", "then", "now", "worse"),
    [
        ("sensitivity", "yes", "yes", True),
        ("sensitivity", "yes", "no", False),  # of another class: nothing to compare
        ("accuracy", "yes", "no", True),
    ],
)
def test_figures_of_another_positive_class_are_not_compared(
    metric: str, then: str, now: str, worse: bool
) -> None:
    registered = {
        "rows": 100,
        "metrics": {metric: 0.9},
        "intervals": {metric: {"low": 0.85, "high": 0.94}},
        "positive_class": then,
    }
    found = worse_than(registered, Figure(4, metric, 0.5, 100, now))
    assert (found is not None) is worse


COMPARISON = {"metric": "roc_auc", "rows": 90, "other": 0.8}


@pytest.mark.parametrize(
    ("champion", "known"),
    [
        (None, None),
        ({"version": 4, "problem": "older", "comparison": None}, None),
        ({"version": 4, "comparison": {**COMPARISON, "other": None}}, None),
        ({"version": 4, "comparison": COMPARISON}, Figure(4, "roc_auc", 0.8, 90, "yes")),
    ],
)
def test_what_a_gate_knew_of_the_champion(champion: Any, known: Figure | None) -> None:
    decision: Any = {"champion": champion}
    found = of_decision(decision, {**REGISTERED, "positive_class": "yes"})
    assert (found and found.figure) == known
    assert found is None or found.spread == pytest.approx(0.05 * 10)
    assert known is None or Figure.from_json(json.loads(json.dumps(known.to_json()))) == known


def test_rows_that_were_read_are_counted() -> None:
    settings = DatasetSettings(retrain_when=["new_rows>=20"])
    found = decide(settings, Situation(replace(NEWER, rows=119), TRAINED, None))
    assert (found.train, str(found.reason)) == (False, "19 rows are new, of 20 required")


class Machine:
    """Step Functions with a list of running executions."""

    def __init__(self) -> None:
        self.client = boto3.client("stepfunctions")
        self.running: list[str] = []
        self.started: list[dict[str, Any]] = []

    @property
    def exceptions(self) -> Any:
        return self.client.exceptions

    def get_paginator(self, _: str) -> Any:
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"executions": [{"name": name} for name in self.running]}]

    def start_execution(self, **given: Any) -> dict[str, str]:
        self.started.append(given)
        self.running.append(given["name"])
        return {"executionArn": f"arn:{given['name']}"}


@pytest.fixture
def machine(s3: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    monkeypatch.setenv("BUCKET", BUCKET)
    monkeypatch.setenv("DATASET_DEFAULTS", "{}")
    monkeypatch.setenv("STATE_MACHINE_ARN", "arn:aws:states:us-east-1:1:stateMachine:Molino")
    found = Machine()
    monkeypatch.setattr(module, "step_functions_client", lambda: found)
    monkeypatch.setattr(module, "s3_client", lambda: s3)
    yield found
    aws.sagemaker_client.cache_clear()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    notices: list[tuple[str, ...]] = []
    monkeypatch.setattr(module, "notify", lambda *notice: notices.append(notice))
    return notices


def check(**settings: Any) -> dict[str, Any]:
    given = {"settings": settings} if settings else {}
    return {"dataset": "heart", "scheduled_for": "2027-03-29T04:00:00Z", **given}


def put(s3: Any, key: str, text: str, **metadata: str) -> str:
    answer = s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode(), Metadata=metadata)
    return str(answer.get("VersionId", ""))


FILE = "settings/heart.yaml"


def test_a_look_starts_the_newest_upload_once_under_its_own_name(
    machine: Machine, told: list[Any], s3: Any, context: Context
) -> None:
    put(s3, FILE, "schedule: rate(7 days)\n")
    put(s3, "incoming/heart-2/x.csv", "another dataset")
    put(s3, "incoming/heart/", "")
    put(s3, "incoming/heart/a.csv", "1")
    version = put(s3, "incoming/heart/a.csv", "2")
    answer = module.handler(check(), context)
    again = module.handler(check(), context)
    name = execution_name("heart", BUCKET, "incoming/heart/a.csv", version, "2027-03-29T04:00:00Z")
    assert [started["name"] for started in machine.started] == [name]
    assert name != execution_name("heart", BUCKET, "incoming/heart/a.csv", version)
    assert json.loads(machine.started[0]["input"]) == {
        "bucket": BUCKET,
        "key": "incoming/heart/a.csv",
        "version_id": version,
        "scheduled_for": "2027-03-29T04:00:00Z",
        "reason": Message("no model of the dataset has been trained before").to_json(),
    }
    assert (answer["started"], again["started"]) == (True, False)
    assert told == []


def test_a_look_says_why_it_starts_nothing(
    machine: Machine, told: list[Any], s3: Any, context: Context
) -> None:
    put(s3, FILE, "schedule: rate(7 days)\n")
    module.handler(check(), context)
    put(s3, "incoming/heart/a.csv", "1", schedule="rate(1 day)")
    module.handler(check(), context)
    machine.running.append(execution_name("heart", BUCKET, "incoming/heart/b.csv", ""))
    module.handler(check(), context)
    assert machine.started == []
    assert [status for status, _, _ in told] == ["SKIPPED"] * 3
    texts = [text for _, _, text in told]
    assert all("heart at 2027-03-29T04:00:00Z: " in text for text in texts)
    assert "nothing has been uploaded for it" in texts[0]
    assert "belongs in the settings file" in texts[1]
    assert "in progress" in texts[2]


@pytest.mark.parametrize(
    ("file", "of_stack", "in_force"),
    [
        ("schedule: rate(7 days)\n", False, True),
        ("schedule: rate(7 days)\n", True, False),
        ("target: a\n", True, True),
        ("target: a\n", False, False),  # it was deleted a moment ago
        (None, True, True),
        (None, False, False),
        ("target: [\n", True, True),  # which is told
    ],
)
def test_a_files_schedule_takes_the_place_of_the_stacks(
    machine: Machine,
    told: list[Any],
    s3: Any,
    context: Context,
    file: str | None,
    of_stack: bool,
    in_force: bool,
) -> None:
    if file is not None:
        put(s3, FILE, file)
    event = check(schedule="rate(1 day)", retrain_unchanged=True) if of_stack else check()
    module.handler(event, context)
    assert len(told) == in_force  # that nothing was uploaded
    assert machine.started == []
