"""The history: an entry a run, whatever the order and number of events; and its bounds."""

import json
from typing import Any

import boto3
import pytest

from lambdas.health import history as kept
from lambdas.health.bounded import MOST_CLASSES, MOST_COLUMNS, of_drift, of_predictions
from lambdas.shared import aws
from lambdas.shared.documents import bucket
from tests.lambdas.conftest import BUCKET, Context
from tests.lambdas.health import history
from tests.lambdas.health.history import entries, hear

RUN, PREDICTION = "Molino Run Succeeded", "Molino Prediction Succeeded"
EARLIER, LATER = "2026-05-04T10:00:00Z", "2026-05-04T11:00:00Z"


def test_a_first_run_has_its_version_and_nothing_to_compare_with(s3: Any) -> None:
    history.run(s3, "a", version=1, value=0.9, promoted=True)
    assert hear(RUN, "a")["added"]
    (entry,) = entries(s3)
    assert (entry["name"], entry["kind"], entry["rows"]) == ("a", "upload", 80)
    assert (entry["version"], entry["drift"], entry["quality"]) == (None, None, [])
    assert entry["time"] == "2026-05-04T10:00:00+00:00"
    training = entry["training"]
    assert training
    assert (training["version"], training["promoted"]) == (1, True)
    assert training["figure"]
    assert training["figure"]["value"] == 0.9


def test_a_later_run_tells_how_the_champion_does_beside_its_own_test_rows(s3: Any) -> None:
    history.run(s3, "a", version=1, value=0.9, promoted=True)
    hear(RUN, "a", EARLIER)
    drifted = history.drift(1, age="large", sex="none")
    history.run(s3, "b", version=2, champion=0.8, drifted=drifted)
    hear(RUN, "b", LATER)
    newest, _ = entries(s3)
    (figure,) = newest["quality"]
    assert (figure["version"], figure["metric"], figure["value"]) == (1, "roc_auc", 0.8)
    assert figure["registered"]
    assert (figure["registered"]["value"], figure["registered"]["rows"]) == (0.9, 100)
    assert newest["drift"]
    assert newest["drift"]["levels"] == {"large": 1, "small": 0, "none": 1}
    assert newest["drift"]["columns"][0] == {"name": "age", "level": "large", "index": 0.5}


def test_rows_that_the_champion_has_seen_do_not_count(s3: Any) -> None:
    history.run(s3, "a", version=1, promoted=True)
    hear(RUN, "a")
    history.run(s3, "b", version=2, champion=0.95, compared={"rows": 25, "other": 0.8})
    history.run(s3, "c", version=3, champion=0.95, compared={"rows": 0, "other": None})
    hear(RUN, "b", LATER)
    hear(RUN, "c", LATER)
    seen_all, seen_some, _ = entries(s3)
    assert seen_all["quality"] == []
    (figure,) = seen_some["quality"]
    assert (figure["value"], figure["rows"]) == (0.8, 25)
    # A quarter of the rows: twice as wide.
    assert figure["low"] == pytest.approx(0.7)
    assert figure["high"] == pytest.approx(0.9)


def test_a_run_that_trained_nothing_has_the_champions_figure(s3: Any) -> None:
    history.run(s3, "a", version=1, promoted=True)
    hear(RUN, "a", EARLIER)
    seen = {"version": 1, "metric": "roc_auc", "value": 0.85, "rows": 25}
    for name, champion in (("b", seen), ("c", None)):
        history.put(s3, f"reports/heart/{name}/champion/metrics.json", history.metrics(0.95))
        history.put(s3, f"datasets/heart/{name}/drift.json", history.drift(1, age="none"))
        looked = {"train": False, "champion": champion}
        history.put(s3, f"reports/heart/{name}/training.json", looked)
        hear(RUN, name, LATER, trained=False)
    none_new, some_new, _ = entries(s3)
    assert (none_new["training"], none_new["version"], none_new["quality"]) == (None, 1, [])
    (figure,) = some_new["quality"]
    assert (figure["value"], figure["rows"]) == (0.85, 25)
    assert figure["low"] == pytest.approx(0.75)


def test_predictions_tell_drift_distribution_and_what_was_measured(s3: Any) -> None:
    history.run(s3, "a", version=1, promoted=True)
    drifted = history.drift(1, age="small")
    history.predictions(s3, "p", version=1, trained_in="a", drifted=drifted, measured=0.7)
    history.predictions(s3, "q", version=1, trained_in="a", measured=0.99, verdict="seen")
    hear(PREDICTION, "p", EARLIER)
    hear(PREDICTION, "q", LATER)
    seen, measured = entries(s3)
    assert (measured["version"], measured["language"]) == (1, "es")
    assert measured["predictions"] == {"classes": {"well": 60, "ill": 20}, "others": 0}
    (figure,) = measured["quality"]
    assert (figure["value"], figure["registered"]["value"]) == (0.7, 0.9)  # type: ignore[index]
    assert seen["quality"] == []
    assert seen["drift"] is None


def test_actuals_tell_periods_and_requests_a_day(s3: Any) -> None:
    history.run(s3, "a", version=1, promoted=True)
    hear(RUN, "a", EARLIER)
    periods = [
        {"period": period, "version": 1, **history.metrics(value)}
        for period, value in (("2026-04", 0.7), ("2026-03", 0.8))
    ]
    quality = {"task": "binary", "metric": "roc_auc", "periods": periods}
    history.put(s3, "reports/heart/c/quality.json", quality)
    hear(
        "Molino Actuals Compared",
        "c",
        LATER,
        quality_uri=f"s3://{BUCKET}/reports/heart/c/quality.json",
    )
    history.put(s3, "reports/heart/day/drift.json", history.drift(1, age="large"))
    uri = f"s3://{BUCKET}/reports/heart/day/drift.json"
    found = {"day": "2026-05-03", "version": 1, "rows": 9, "drift_uri": uri, "execution_arn": None}
    hear("Molino Requests Compared", "", "2026-05-04T12:00:00Z", **found)
    requests, actuals, _ = entries(s3)
    assert [figure["period"] for figure in actuals["quality"]] == ["2026-03", "2026-04"]
    assert (requests["name"], requests["rows"]) == ("requests-2026-05-03-1", 9)
    assert requests["drift"]
    assert requests["drift"]["levels"]["large"] == 1


def test_an_event_twice_changes_nothing_and_a_redrives_renews(s3: Any) -> None:
    history.run(s3, "a", version=1, value=0.6)
    hear(RUN, "a", EARLIER)
    before = s3.get_object(Bucket=BUCKET, Key="reports/heart/health/2026-05.json")["ETag"]
    history.run(s3, "a", version=1, value=0.9)
    assert not hear(RUN, "a", EARLIER)["added"]
    assert s3.get_object(Bucket=BUCKET, Key="reports/heart/health/2026-05.json")["ETag"] == before
    assert hear(RUN, "a", LATER)["added"]
    assert not hear(RUN, "a", EARLIER)["added"]
    (entry,) = entries(s3)
    assert entry["training"]
    assert entry["training"]["figure"]
    assert entry["training"]["figure"]["value"] == 0.9


def test_a_redrive_in_the_next_month_is_the_same_run(s3: Any) -> None:
    history.run(s3, "a", version=1)
    hear(RUN, "a", EARLIER)
    hear(RUN, "a", "2026-06-01T00:00:00Z")
    found = kept.load(s3, f"s3://{BUCKET}/reports/heart")
    assert [each["time"][:7] for each in found] == ["2026-06"]


def test_the_order_of_events_does_not_matter(s3: Any) -> None:
    for name, version in (("a", 1), ("b", 2)):
        history.run(s3, name, version=version)
    hear(RUN, "b", LATER)
    hear(RUN, "a", EARLIER)
    assert [each["name"] for each in entries(s3)] == ["b", "a"]


def test_what_someone_else_added_meanwhile_stays(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        history.run(s3, name, version=1)
    write, calls = bucket.write, []

    def overtaken(*arguments: Any, **condition: Any) -> None:
        calls.append(condition)
        if len(calls) == 1:
            monkeypatch.setattr(bucket, "write", write)
            hear(RUN, "b", LATER)
        write(*arguments, **condition)

    monkeypatch.setattr(bucket, "write", overtaken)
    hear(RUN, "a", EARLIER)
    assert [each["name"] for each in entries(s3)] == ["b", "a"]


def test_who_is_overtaken_each_time_fails_and_is_tried_again(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.run(s3, "a", version=1)
    monkeypatch.setattr(kept, "change", lambda *_: None)
    with pytest.raises(Exception, match="changed by others each time"):
        hear(RUN, "a")


def test_nothing_but_the_event_is_there_after_everything_else_was_deleted(s3: Any) -> None:
    hear(RUN, "a")
    hear(PREDICTION, "p", LATER, rows=7)
    hear("Molino Actuals Compared", "c", LATER, quality_uri=f"s3://{BUCKET}/reports/heart/gone")
    assert {each["name"]: each["rows"] for each in entries(s3)} == {"a": None, "p": 7, "c": None}


def test_a_version_from_before_the_history_is_looked_up_in_the_registry(s3: Any) -> None:
    aws.sagemaker_client.cache_clear()
    client = boto3.client("sagemaker")
    from lambdas.shared.names.legal import group_name

    group = group_name(BUCKET, "heart")
    client.create_model_package_group(ModelPackageGroupName=group)
    client.create_model_package(
        ModelPackageGroupName=group,
        CustomerMetadataProperties={"execution_arn": f"{history.MACHINE}:old"},
    )
    history.put(s3, "reports/heart/old/metrics.json", history.metrics(0.93))
    history.run(s3, "b", version=2, champion=0.8)
    hear(RUN, "b")
    (entry,) = entries(s3)
    assert entry["quality"][0]["registered"]
    assert entry["quality"][0]["registered"]["value"] == 0.93
    aws.sagemaker_client.cache_clear()


def test_the_target_is_one_of_the_columns() -> None:
    drifted = history.drift(1, age="none")
    (column,) = history.drift(1, ill="large")["columns"]
    moved = {"model": 1, "level": "small", "stability_index": 0.2}
    found = of_drift(drifted | {"target": column}, {"drift": moved})  # type: ignore[arg-type]
    assert found
    assert found["levels"] == {"large": 1, "small": 0, "none": 1}
    assert [each["name"] for each in found["columns"]] == ["ill", "age"]
    assert found["target"] == found["columns"][0]
    assert found["predictions"] == {"name": "", "level": "small", "index": 0.2}


def test_a_thousand_columns_and_classes_are_bounded() -> None:
    columns = {f"column {n}" * 50: ("none", "small", "large")[n % 3] for n in range(1000)}
    found = of_drift(history.drift(1, **columns))  # type: ignore[arg-type]
    assert found
    assert len(found["columns"]) == MOST_COLUMNS
    assert {each["level"] for each in found["columns"]} == {"large"}
    assert found["levels"] == {"large": 333, "small": 333, "none": 334}
    spread = of_predictions({"classes": {str(n): n for n in range(1, 101)}}, 5050)
    assert spread
    assert len(spread["classes"]) == MOST_CLASSES
    assert sum(spread["classes"].values()) + spread["others"] == 5050
    assert len(json.dumps([found, spread])) < 20_000


def test_thousands_of_runs_are_bounded(s3: Any) -> None:
    history.run(s3, "a", version=1)
    hear(RUN, "a")
    (entry,) = entries(s3)
    many = [
        {**entry, "name": str(n), "time": f"2026-05-01T{n // 60 % 24:02}:{n % 60:02}:00+00:00"}
        for n in range(kept.MOST_ENTRIES + 5)
    ]
    history.put(s3, "reports/heart/health/2026-05.json", {"entries": many})
    hear(RUN, "a", LATER)
    found = entries(s3)
    assert len(found) == kept.MOST_ENTRIES
    assert found[0]["name"] == "a"
    for month in range(1, 13):
        history.put(s3, f"reports/heart/health/2025-{month:02}.json", {"entries": many})
    assert len(kept.load(s3, f"s3://{BUCKET}/reports/heart")) == kept.MOST_ENTRIES


def test_numbers_keep_mean_and_quantiles() -> None:
    histogram = {"edges": [0.0, 1.0, 2.0, 3.0], "counts": [10, 80, 0], "below": 5, "above": 5}
    found = of_predictions({"mean": 1.4, "histogram": histogram}, 100)
    assert found == {"mean": 1.4, "quantiles": {"0.1": 0.5, "0.5": 1.4375, "0.9": 1.9375}}
    assert of_predictions({"mean": 2.0}, 20) == {"mean": 2.0, "quantiles": {}}
    far = {"edges": [0.0, 1.0], "counts": [0], "below": 0, "above": 9}
    assert of_predictions({"mean": 7.0, "histogram": far}, 90)["quantiles"]["0.5"] == 1.0  # type: ignore[index]


def test_of_few_rows_nothing_is_kept_of_the_predictions(s3: Any) -> None:
    assert of_predictions({"classes": {"ill": 19}}, 19) is None


def test_an_event_that_is_not_ours_is_refused(s3: Any) -> None:
    answered = history.told("Molino Run Failed", "a")
    with pytest.raises(Exception, match="detail-type"):
        history.handler(answered, Context())
