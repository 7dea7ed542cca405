"""What is news: told once, in whatever order events come, and anew of a new version."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lambdas.health.news import News, news
from tests.lambdas.conftest import BUCKET
from tests.lambdas.health import history
from tests.lambdas.health.conftest import Told
from tests.lambdas.health.history import drift, hear

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "notifications.schema.json").read_text())
RUN, PREDICTION, ACTUALS = (
    "Molino Run Succeeded",
    "Molino Prediction Succeeded",
    "Molino Actuals Compared",
)


def at(hour: int) -> str:
    return f"2026-05-04T{hour:02}:00:00Z"


@pytest.fixture
def champion(s3: Any) -> Any:
    """A bucket with a first champion."""
    history.run(s3, "a", version=1, promoted=True)
    hear(RUN, "a", at(0))
    return s3


def predicted(s3: Any, name: str, hour: int, *, version: int = 1, **levels: str) -> list[str]:
    drifted = drift(version, **levels)
    history.predictions(s3, name, version=version, trained_in="a", drifted=drifted)
    told: list[str] = hear(PREDICTION, name, at(hour))["told"]
    return told


def test_drift_is_told_once_and_again_only_of_more_columns(champion: Any, told: Told) -> None:
    assert predicted(champion, "p1", 1, age="small", sex="none") == []
    assert predicted(champion, "p2", 2, age="large", sex="none") == ["DRIFT"]
    assert predicted(champion, "p3", 3, age="large", sex="none") == []
    assert predicted(champion, "p4", 4, age="large", sex="large") == ["DRIFT"]
    assert [each["Detail"]["columns"] for each in told.events] == [["age"], ["sex"]]
    # What has recovered in between is new.
    assert predicted(champion, "p5", 5, age="none", sex="large") == []
    assert predicted(champion, "p6", 6, age="large", sex="large") == ["DRIFT"]


def test_an_event_twice_or_late_tells_nothing_twice(champion: Any, told: Told) -> None:
    assert predicted(champion, "later", 5, age="large") == ["DRIFT"]
    assert hear(PREDICTION, "later", at(5))["told"] == []
    assert predicted(champion, "earlier", 3, age="large") == []
    assert told.statuses == ["DRIFT"]


def test_what_the_newest_training_has_seen_is_not_news(champion: Any, told: Told) -> None:
    history.run(champion, "b", version=2, champion=0.9, drifted=drift(1, age="large"))
    assert hear(RUN, "b", at(1))["told"] == ["DRIFT"]
    assert predicted(champion, "p1", 2, age="large") == []
    assert predicted(champion, "p2", 3, age="large", sex="large") == ["DRIFT"]


def test_a_new_version_starts_anew(champion: Any) -> None:
    predicted(champion, "p1", 1, age="large")
    history.run(
        champion, "b", version=2, champion=0.9, promoted=True, drifted=drift(1, age="large")
    )
    hear(RUN, "b", at(2))
    assert predicted(champion, "p2", 3, version=2, age="large") == ["DRIFT"]


def test_a_fall_beyond_chance_is_told_once_and_again_if_it_goes_further(
    champion: Any, told: Told
) -> None:
    def measured(name: str, hour: int, value: float) -> list[str]:
        history.predictions(champion, name, version=1, trained_in="a", measured=value)
        found: list[str] = hear(PREDICTION, name, at(hour))["told"]
        return found

    assert measured("p1", 1, 0.85) == []  # within what chance explains
    assert measured("p2", 2, 0.8) == ["QUALITY"]
    assert measured("p3", 3, 0.78) == []
    assert measured("p4", 4, 0.6) == ["QUALITY"]
    assert measured("p5", 5, 0.95) == []
    assert told.events[0]["Detail"]["figure"]["registered"]["value"] == 0.9
    assert "ROC AUC 0.800" in told.notices[0]["Message"] or "0,800" in told.notices[0]["Message"]


def test_a_fall_that_the_training_saw_is_not_news_for_predictions(champion: Any) -> None:
    history.run(champion, "b", version=2, champion=0.7)
    assert hear(RUN, "b", at(1))["told"] == ["QUALITY"]
    history.predictions(champion, "p", version=1, trained_in="a", measured=0.7)
    assert hear(PREDICTION, "p", at(2))["told"] == []


@pytest.mark.parametrize(
    ("value", "verdict", "chance", "is_told"),
    [
        (0.5, "same", 0.2, False),
        (0.5, "worse", 0.01, True),
        (0.88, "worse", 0.001, True),
        (0.5, "worse", 0.2, False),  # known already
    ],
)
def test_of_an_upload_that_was_asked_for_a_reason_its_test_decides(
    champion: Any, value: float, verdict: str, chance: float, is_told: bool
) -> None:
    history.run(champion, "b", version=2, champion=value)
    figure = {"version": 1, "metric": history.METRIC, "verdict": verdict, "chance": chance}
    history.put(champion, "reports/heart/b/training.json", {"champion": figure})
    assert hear(RUN, "b", at(1))["told"] == (["QUALITY"] if is_told else [])


def test_a_false_alarm_of_an_upload_does_not_hide_a_fall_after_it(champion: Any) -> None:
    """Its rows are judged with those of the upload that was told of: the chance holds that."""
    history.run(champion, "b", version=2, champion=0.78)
    assert hear(RUN, "b", at(1))["told"] == ["QUALITY"]
    history.run(champion, "c", version=2, champion=0.75)
    assert hear(RUN, "c", at(2))["told"] == ["QUALITY"]


def test_intervals_judge_nothing(champion: Any) -> None:
    """Far below the registered figure, and chance may explain it all the same."""
    history.predictions(champion, "p", version=1, trained_in="a", measured=0.5)
    stored = history.get(champion, "predictions/heart/p/metrics.json")
    stored["comparison"] |= {"verdict": "same", "chance": 0.02}
    history.put(champion, "predictions/heart/p/metrics.json", stored)
    assert hear(PREDICTION, "p", at(1))["told"] == []


def test_of_several_periods_the_newest_counts(champion: Any, told: Told) -> None:
    def actuals(name: str, hour: int, **values: float) -> list[str]:
        periods = [
            {"period": f"2026-{month[1:]}", "version": 1, **history.metrics(value)}
            for month, value in values.items()
        ]
        key = f"reports/heart/{name}/quality.json"
        quality = {"task": "binary", "metric": "roc_auc", "periods": periods}
        history.put(champion, key, quality)
        uri = f"s3://{BUCKET}/{key}"
        found: list[str] = hear(ACTUALS, name, at(hour), quality_uri=uri)["told"]
        return found

    assert actuals("c1", 1, m03=0.5, m04=0.9) == []
    assert actuals("c2", 2, m04=0.9, m05=0.5) == ["QUALITY"]
    assert told.events[0]["Detail"]["figure"]["period"] == "2026-05"


def test_columns_beyond_those_kept_by_name_are_counted(champion: Any, told: Told) -> None:
    many = {f"c{n:03}": "large" for n in range(300)}
    assert predicted(champion, "p1", 1, **many) == ["DRIFT"]
    assert told.events[0]["Detail"]["more_columns"] == 250
    assert "y 290 más" in told.notices[0]["Message"]
    # Others are first now, but there are no more than before.
    others = dict.fromkeys(reversed(many), "large") | {"c000": "none"}
    assert predicted(champion, "p2", 2, **others) == []


def test_nothing_is_told_where_nothing_is_known(champion: Any) -> None:
    history.put(champion, "predictions/heart/p/result.json", {"rows": 3})
    assert hear(PREDICTION, "p", at(1))["told"] == []
    entry = history.entries(champion)[0]
    assert news(entry, []) == News([], 0, None)


def test_events_are_as_their_schema_says_and_notices_name_no_value(
    champion: Any, told: Told
) -> None:
    history.predictions(
        champion, "p", version=1, trained_in="a", measured=0.5, drifted=drift(1, age="large")
    )
    assert hear(PREDICTION, "p", at(1))["told"] == ["DRIFT", "QUALITY"]
    for each in told.events:
        event = {"source": each["Source"], "detail-type": each["DetailType"]}
        jsonschema.validate(event | {"detail": each["Detail"]}, SCHEMA)
    assert [each["Subject"] for each in told.notices] == [
        "Molino: los datos de heart se han desviado",
        "Molino: el modelo de heart ha empeorado",
    ]
    page = f"s3://{BUCKET}/reports/heart/health.html"
    assert all(page in each["Message"] for each in told.notices)


def test_a_refused_event_is_tried_again(champion: Any, told: Told) -> None:
    told.accepted = False
    with pytest.raises(Exception, match="did not accept"):
        predicted(champion, "p", 1, age="large")
    told.accepted = True
    assert hear(PREDICTION, "p", at(1))["told"] == ["DRIFT"]
