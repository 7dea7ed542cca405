"""What really happened is joined to predictions, and measured by month and version."""

import csv
from typing import Any

import duckdb
import numpy as np
import pytest
from sklearn.metrics import accuracy_score, roc_auc_score

from tests.lambdas.actuals.stored import EXECUTION, Bucket, as_csv, rows_of, truths_of
from tests.lambdas.conftest import BUCKET


def scored(path: Any, truths: dict[str, int]) -> tuple[list[int], list[float], list[int]]:
    """Return truths, probabilities and predictions of a file's rows, as scikit-learn takes them."""
    with path.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["patient"] in truths]
    return (
        [truths[row["patient"]] for row in rows],
        [float(row["probability_1"]) for row in rows],
        [int(row["prediction"]) for row in rows],
    )


def test_figures_are_those_of_all_that_is_known_of_a_month(bucket: Bucket) -> None:
    trained = bucket.train()
    path = bucket.predict("heart-a", rows_of(0, 80), trained)
    truths = truths_of(0, 80)
    some = dict(list(truths.items())[:50])
    answer = bucket.compare(as_csv(some))
    assert answer == {
        "dataset": "heart", "language": "en", "target": "target", "key": "patient",
        "rows": 50, "known": 50, "matched": 50, "pairs": 50,
        "quality_uri": f"s3://{BUCKET}/reports/heart/{EXECUTION}/quality.json",
    }  # fmt: skip
    assert bucket.codes() == ["KeyAssumed"]
    rest = {key: value for key, value in truths.items() if key not in some}
    bucket.compare(as_csv(rest), "second")
    for name, known, uploads in ((EXECUTION, some, 1), ("second", truths, 2)):
        quality = bucket.quality(name)
        assert (quality["task"], quality["metric"]) == ("binary", "roc_auc")
        (period,) = quality["periods"]
        happened, scores, predicted = scored(path, known)
        assert period["period"] == "2026-05"
        assert (period["version"], period["rows"], period["predicted"]) == (1, len(known), 80)
        assert period["uploads"] == uploads
        assert period["metrics"]["roc_auc"] == pytest.approx(roc_auc_score(happened, scores))
        assert period["metrics"]["accuracy"] == pytest.approx(accuracy_score(happened, predicted))
        around = period["intervals"]["roc_auc"]
        assert around["low"] < period["metrics"]["roc_auc"] < around["high"]
        assert period["comparison"]["judged_by"] == "roc_auc"
        assert period["comparison"]["verdict"] == "worse"
        assert period["comparison"]["registered"]["roc_auc"] == 0.9
    assert bucket.keys("predictions/heart/heart-a/actuals/") == [
        f"predictions/heart/heart-a/actuals/{EXECUTION}.parquet",
        "predictions/heart/heart-a/actuals/second.parquet",
    ]


def test_months_and_versions_are_told_apart(bucket: Bucket) -> None:
    trained = bucket.train()
    bucket.train("run-2")
    bucket.predict("heart-a", rows_of(0, 40), trained)
    bucket.predict("heart-b", rows_of(0, 40), trained, ended="2026-06-01T00:00:00+00:00")
    bucket.predict("heart-c", rows_of(20, 40), trained, version=2, ended="2026-06-02T00:00:00Z")
    bucket.predict("heart-d", rows_of(60, 15), trained, version=2)
    answer = bucket.compare(as_csv(truths_of(0, 75)))
    assert (answer["matched"], answer["pairs"]) == (75, 135)
    quality = bucket.quality()
    found = [(each["period"], each["version"], each["rows"]) for each in quality["periods"]]
    assert found == [
        ("2026-05", 1, 40), ("2026-05", 2, 15), ("2026-06", 1, 40), ("2026-06", 2, 40),
    ]  # fmt: skip
    assert [bool(each["metrics"]) for each in quality["periods"]] == [True, False, True, True]
    assert quality["periods"][1]["comparison"] is None
    (two, one) = quality["versions"]
    assert (two["version"], two["rows"], two["periods"]) == (2, 55, ["2026-05", "2026-06"])
    assert (one["version"], one["rows"], one["predicted"]) == (1, 80, 80)


def test_of_two_files_the_later_one_counts_whichever_is_read_first(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained = bucket.train()
    path = bucket.predict("heart-a", rows_of(0, 40), trained, [n / 40 for n in range(40)])
    right = {f"P{n}": int(n >= 20) for n in range(40)}
    wrong = {key: 1 - value for key, value in right.items()}
    _came(monkeypatch, "2026-06-02T00:00:00.000+00:00")
    bucket.compare(as_csv(right))
    _came(monkeypatch, "2026-06-01T00:00:00.000+00:00")
    bucket.compare(as_csv(wrong), "earlier")
    happened, scores, _ = scored(path, right)
    assert roc_auc_score(happened, scores) == 1
    for name in (EXECUTION, "earlier"):
        assert bucket.quality(name)["periods"][0]["metrics"]["roc_auc"] == 1
    _came(monkeypatch, "2026-06-03T00:00:00.000+00:00")
    bucket.compare(as_csv(wrong), "later")
    assert bucket.quality("later")["periods"][0]["metrics"]["roc_auc"] == 0


def _came(monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    from lambdas.actuals import handler

    real = handler.Work
    monkeypatch.setattr(handler, "Work", lambda *given: real(*given[:4], when, *given[5:]))


def test_numbers_are_measured_in_their_unit(bucket: Bucket) -> None:
    content = "patient,age,cost\n" + "".join(
        f"P{n},{20 + n * 37 % 61},{n * 7 % 50}.5\n" for n in range(120)
    )
    trained = bucket.train(content=content, target="cost", task="regression")
    rows = "patient,age\n" + "".join(f"P{n},{20 + n}\n" for n in range(50))
    predicted = [float(n % 9) for n in range(50)]
    bucket.predict("heart-a", rows, trained, predicted)
    actual = [float(n * 3 % 11) for n in range(50)]
    bucket.compare(as_csv({f"P{n}": f"{actual[n]} " for n in range(50)}, "patient,cost"))
    (period,) = bucket.quality()["periods"]
    errors = np.array(predicted) - np.array(actual)
    assert period["metrics"]["mae"] == pytest.approx(np.abs(errors).mean())
    assert period["metrics"]["rmse"] == pytest.approx(np.sqrt((errors**2).mean()))
    assert bucket.quality()["metric"] == "rmse"


@pytest.mark.parametrize("form", [{}, {"is_parquet": True}, {"raw": True}])
def test_every_form_of_predictions_is_read(bucket: Bucket, form: dict[str, bool]) -> None:
    """Names and keys that act as formulas, names that differ by case, a name that is taken."""
    trained = bucket.train()
    lines = [f'"=P{n}",x,y,"a, ""b""\n{n}",{20 + n},m' for n in range(30)]
    header = "=patient,note,Note,prediction,age,sex"
    bucket.predict("heart-a", "\n".join([header, *lines]) + "\n", trained, **form)
    actual = as_csv({f"=P{n}": n % 2 for n in range(30)}, "=patient,target")
    assert bucket.compare(actual)["pairs"] == 30
    assert bucket.findings()[0]["column"] == "=patient"
    (uri,) = bucket.keys("predictions/heart/heart-a/actuals/")
    local = bucket.folder / "pairs.parquet"
    bucket.s3.download_file(BUCKET, uri, str(local))
    found = duckdb.sql(f"FROM read_parquet('{local}') ORDER BY row")
    assert found.columns == ["row", "truth", "prediction", "p0", "p1", "run", "upload", "came"]
    assert found.fetchall()[2][:3] == (3, "0", "1")


def test_keys_are_compared_as_texts_and_numbers_by_value(bucket: Bucket) -> None:
    same = {"7": "7.0", "8.00": " 8 ", "1.50": "1.5", "-3": "-3.0", "'=x": "=x", "b ": "b"}
    other = {"007": "07", "a": "A", "100": "10", "1.23": "1.230001"}
    predicted, actual = [*same, *other], [*same.values(), *other.values()]
    rows = "\n".join(["patient,age,sex", *(f"{key},30,m" for key in predicted)]) + "\n"
    bucket.predict("heart-a", rows, bucket.train())
    bucket.compare(as_csv(dict.fromkeys(actual, 1)), key="patient")
    assert bucket.quality()["periods"][0]["rows"] == len(same)
    assert f"{len(other)} rows are not among the predictions" in bucket.said()


def test_of_old_predictions_the_file_says_when_they_were_made(bucket: Bucket) -> None:
    bucket.predict("heart-a", rows_of(0, 25), bucket.train(), ended=None)
    bucket.compare(as_csv(truths_of(0, 25)))
    stored = bucket.s3.head_object(Bucket=BUCKET, Key="predictions/heart/heart-a/predictions.csv")
    assert bucket.quality()["periods"][0]["period"] == f"{stored['LastModified']:%Y-%m}"
