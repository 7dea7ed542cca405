"""Whether a scheduled check trains, and what it says if not."""

import json
from dataclasses import replace
from typing import Any

import pytest

from lambdas.retrain import handler as module
from lambdas.retrain.check import Newest, Situation, Trained, decide, new_rows
from lambdas.retrain.history import newest_upload
from lambdas.retrain.told import Told
from lambdas.retrain.worse import Figure, got_worse
from lambdas.shared.findings.message import Message, verbatim
from lambdas.shared.names.legal import dataset_slug, execution_name
from lambdas.shared.settings.dataset import DatasetSettings
from tests.lambdas.conftest import BUCKET, Context
from tests.lambdas.retrain.conftest import Machine, put

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


FIGURE = Figure(4, "roc_auc", 0.7, 100, registered=0.9, known=0.88, chance=0.01)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (
            FIGURE,
            "ROC AUC 0.7 on 100 newer rows, 0.9 when it was registered, and 0.88 at the last "
            "training",
        ),
        (
            replace(FIGURE, known=None, rows=1),
            "ROC AUC 0.7 on 1 newer row, 0.9 when it was registered",
        ),
        (replace(FIGURE, chance=0.011), None),
        (replace(FIGURE, registered=None, chance=1.0), None),
    ],
)
def test_a_fall_that_chance_hardly_makes_is_told(now: Figure, said: str | None) -> None:
    found = got_worse(now)
    assert (found and str(found)) == said
    assert Figure.from_json(json.loads(json.dumps(now.to_json()))) == now


def test_rows_that_were_read_are_counted() -> None:
    settings = DatasetSettings(retrain_when=["new_rows>=20"])
    found = decide(settings, Situation(replace(NEWER, rows=119), TRAINED, None))
    assert (found.train, str(found.reason)) == (False, "19 rows are new, of 20 required")


def check(**settings: Any) -> dict[str, Any]:
    given = {"settings": settings} if settings else {}
    return {"dataset": "heart", "scheduled_for": "2027-03-29T04:00:00Z", **given}


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


def test_a_look_takes_a_folder_of_part_files_for_one_upload(
    machine: Machine, told: list[Any], s3: Any, context: Context
) -> None:
    put(s3, FILE, "schedule: rate(7 days)\n")
    put(s3, "incoming/heart/a.csv", "1")
    version = put(s3, "incoming/heart/may/_SUCCESS", "", target="y")
    put(s3, "incoming/heart/may/part-0.csv", "12")
    put(s3, "incoming/heart/may/part-1.csv", "345")
    assert module.handler(check(), context)["started"]
    sent = json.loads(machine.started[0]["input"])
    assert (sent["key"], sent["version_id"]) == ("incoming/heart/may/_SUCCESS", version)
    found = newest_upload(s3, BUCKET, "heart")
    assert found == (Newest("incoming/heart/may/_SUCCESS", version, 5), {"target": "y"})


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


def test_the_same_reason_is_told_once_and_each_run_in_progress(
    machine: Machine, told: list[Any], s3: Any, context: Context
) -> None:
    put(s3, FILE, "schedule: rate(7 days)\n")
    put(s3, "incoming/heart/a.csv", "1", schedule="rate(1 day)")
    for _ in range(2):
        module.handler(check(), context)
    machine.running.append(execution_name("heart", BUCKET, "incoming/heart/b.csv", ""))
    for _ in range(2):
        module.handler(check(), context)
    machine.running.clear()
    module.handler(check(), context)
    assert ["in progress" in text for _, _, text in told] == [False, True, True]
    put(s3, "incoming/heart/a.csv", "2", schedule="rate(1 day)")
    module.handler(check(), context)
    assert len(told) == 4


def test_what_was_told_is_kept_with_the_datasets_reports(
    machine: Machine, told: list[Any], s3: Any, context: Context
) -> None:
    """Whatever its name: that of its folder is legal."""
    put(s3, "settings/Corazón de niños.yaml", "schedule: rate(7 days)\n")
    for _ in range(2):
        module.handler(check() | {"dataset": "Corazón de niños"}, context)
    kept = [
        each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET, Prefix="reports/")["Contents"]
    ]
    assert kept == [f"reports/{dataset_slug('Corazón de niños')}/skipped.json"]
    assert len(told) == 1


def test_figures_are_no_news_and_names_are(s3: Any) -> None:
    known = Told(s3, f"s3://{BUCKET}/reports/heart")

    def reason(count: int, column: str) -> Message:
        inner = Message("the column {name}", name=column)
        return Message("{count} row in {of}", "{count} rows in {of}", count=count, of=inner)

    assert not known.is_known(reason(1, "age"), BEFORE)
    known.remember(reason(1, "age"), BEFORE)
    assert known.is_known(reason(2, "age"), BEFORE)
    assert not known.is_known(reason(1, "sex"), BEFORE)
    assert not known.is_known(reason(1, "age"), NEWER)


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
