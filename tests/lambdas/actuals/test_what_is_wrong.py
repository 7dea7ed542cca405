"""All that is wrong with a file of what really happened is said at once, and no cell of it."""

import io
import json

import pytest

from lambdas.actuals import fetching, runs
from lambdas.shared.failures.errors import MolinoError
from tests.lambdas.actuals.stored import EXECUTION, Bucket, as_csv, rows_of, truths_of
from tests.lambdas.shared.test_privacy import CELL, FAILING, LABEL, ODD


@pytest.fixture
def predicted(bucket: Bucket) -> Bucket:
    bucket.predict("heart-a", rows_of(0, 40), bucket.train())
    return bucket


def test_without_predictions_it_says_what_to_do(bucket: Bucket) -> None:
    code, message = bucket.refused("patient,target\nP1,1\n")
    assert code == "NothingPredicted"
    assert "Drop rows to predict under “predict/” first" in message


def test_all_that_is_wrong_is_one_message(predicted: Bucket) -> None:
    code, message = predicted.refused("patients,targt\nP1,1\n", key="patient", tsak="x")
    assert code == "SettingsInvalid"
    for part in (
        "“tsak” is not a setting",
        "the column “target” is missing; is it the one called “targt” in the file?",
    ):
        assert part.lower() in message.lower()
    assert "ActualsMissing" in predicted.codes()
    code, message = predicted.refused("patients,target\nP1,1\n", key="patient")
    assert code == "ColumnNotFound"
    assert "“key” names “patient”, which is not a column; did you mean “patients”?" in message
    code, message = predicted.refused("", key="patient")
    assert code == "EmptyFile"
    code, message = predicted.refused("patient,target\nP1,1\n", key="target")
    assert "“key” cannot name it" in message


def test_cells_that_do_not_count_are_told_with_their_rows(predicted: Bucket) -> None:
    lines = [f"P{n},{n % 2}" for n in range(30)]
    lines[3] = "P3,maybe"
    lines[4] = "P4,"
    lines += [",1", "Q1,1", "P5,0", "P6,0"]  # P5 is 1 above, P6 is 0
    answer = predicted.compare("\n".join(["patient,target", *lines]) + "\n", key="patient")
    assert (answer["rows"], answer["known"], answer["matched"]) == (34, 32, 28)
    assert answer["pairs"] == 27
    assert predicted.codes() == [
        "ActualsUnknown", "ActualsUnused", "ActualsUnused", "ActualsUnused", "ActualsContradictory",
    ]  # fmt: skip
    said = predicted.said()
    assert "1 cell is no class that the model knows (row 5), and does not count" in said
    assert "1 row is empty: what happened is not known yet" in said
    assert "1 row has no value in the column “patient”, which identifies rows" in said
    assert "1 row is not among the predictions that were looked at" in said
    assert "2 rows say something else than others with the same value in the column" in said
    assert "(rows 7 and 34)" in said
    assert "maybe" not in json.dumps(predicted.findings())


def test_words_instead_of_numbers_do_not_count(bucket: Bucket) -> None:
    content = "patient,age,cost\n" + "".join(
        f"P{n},{20 + n * 37 % 61},{n * 7 % 50}.5\n" for n in range(120)
    )
    trained = bucket.train(content=content, target="cost", task="regression")
    rows = "patient,age\n" + "".join(f"P{n},{20 + n}\n" for n in range(30))
    bucket.predict("heart-a", rows, trained, [float(n) for n in range(30)])
    cells = {f"P{n}": str(n) for n in range(30)} | {"P7": "a lot"}
    assert bucket.compare(as_csv(cells, "patient,cost"))["pairs"] == 29
    assert "1 cell is not a number as they were written in training (row 9)" in bucket.said()


def test_a_row_that_was_predicted_twice_under_one_key_does_not_count(bucket: Bucket) -> None:
    rows = rows_of(0, 40) + "P3,50,m\nP3,60,m\n"
    bucket.predict("heart-a", rows, bucket.train())
    answer = bucket.compare(as_csv(truths_of(0, 40)))
    assert (answer["matched"], answer["pairs"]) == (39, 39)
    assert "PredictionsRepeated" in bucket.codes()
    assert "3 rows that were predicted have the same key as others of their file" in bucket.said()


def test_nothing_in_common_is_an_error(predicted: Bucket) -> None:
    code, message = predicted.refused(as_csv(truths_of(500, 30)))
    assert code == "NothingMatched"
    assert "no value of the column patient is among the rows that were predicted" in message.lower()
    code, message = predicted.refused("patient,target\n" + "P1,\n", key="patient")
    assert code == "NothingMatched"
    assert predicted.keys("predictions/heart/heart-a/actuals") == []


def test_which_column_identifies_rows_is_asked_where_it_is_not_clear(bucket: Bucket) -> None:
    trained = bucket.train()
    lines = [f"P{n},V{n},{n + 1},{20 + n},m" for n in range(40)]
    bucket.predict("heart-a", "\n".join(["patient,visit,no,age,sex", *lines]) + "\n", trained)
    actual = [f"P{n},V{39 - n},{n % 2}" for n in range(40)]
    code, message = bucket.refused("\n".join(["patient,visit,target", *actual]) + "\n")
    assert code == "KeyUnclear"
    assert "they do not agree: patient and visit" in message
    numbers = "\n".join(["no,target", *(f"{n + 1},{n % 2}" for n in range(40))]) + "\n"
    code, message = bucket.refused(numbers)
    assert code == "KeyUnclear"
    assert "“no”: it only numbers the rows that were predicted" in message
    assert bucket.compare(numbers, key="NO")["pairs"] == 40
    code, message = bucket.refused("sex,target\nm,1\nm,1\nf,0\n")
    assert "column has a value of its own in nearly every row" in message
    some = "\n".join(["patient,target", *(f"P{n},1" for n in range(30, 100))]) + "\n"
    code, message = bucket.refused(some)
    assert "“patient”: 10 of its 70 values were predicted" in message
    assert bucket.compare(some, key="patient")["matched"] == 10


def test_columns_that_agree_need_no_setting(bucket: Bucket) -> None:
    """Such as those of the predictions themselves, with a column more."""
    trained = bucket.train()
    path = bucket.predict("heart-a", rows_of(0, 40), trained)
    header, *lines = path.read_text().splitlines()
    actual = "\n".join([f"{header},target", *(f"{line},{n % 2}" for n, line in enumerate(lines))])
    assert bucket.compare(actual + "\n")["key"] == "patient"
    assert bucket.codes() == ["KeyAssumed"]


def test_predictions_that_are_not_looked_at_are_told(
    predicted: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained = predicted.train()
    predicted.predict("heart-b", "age,sex\n30,m\n", trained, [0.4])
    predicted.predict("heart-c", rows_of(0, 3), trained, version=7)
    predicted.put("predictions/heart/heart-d/predictions.csv", "a\n")
    predicted.compare(as_csv(truths_of(0, 40)))
    found = [
        each["message"] for each in predicted.findings() if each["code"] == "PredictionsLeftOut"
    ]
    assert found == [
        "2 files of predictions are not looked at: it is not known which model made them, or what "
        "that was trained on.",
        "1 file of predictions is not looked at: they lack the column that identifies rows.",
    ]
    monkeypatch.setattr(runs, "MOST_RUNS", 0)
    assert predicted.refused(as_csv(truths_of(0, 40)))[0] == "NothingPredicted"
    assert "4 files of predictions are not looked at: they are older than the newest" in (
        predicted.said()
    )


def test_predictions_of_another_column_are_told(predicted: Bucket) -> None:
    costs = "patient,age,cost\n" + "".join(f"P{n},{20 + n % 61},{n % 50}.5\n" for n in range(120))
    trained = predicted.train("run-2", costs, target="cost", task="regression")
    rows = "patient,age\n" + "".join(f"P{n},{20 + n}\n" for n in range(40))
    predicted.predict("heart-b", rows, trained, [1.0] * 40, version=2)
    assert predicted.compare(as_csv(truths_of(0, 40)))["pairs"] == 40
    assert "1 file of predictions is not looked at: they are of another column" in predicted.said()
    both = "patient,target,cost\n" + "".join(f"P{n},{n % 2},{n}.5\n" for n in range(40))
    assert predicted.compare(both)["pairs"] == 80
    found = [
        (each["version"], "rmse" in each["metrics"]) for each in predicted.quality()["periods"]
    ]
    assert found == [(1, False), (2, True)]


def test_what_disk_or_time_are_too_small_for_is_left_out(
    predicted: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = iter([900.0, 200.0, 900.0, 900.0])
    disk = type("S", (), {"disk_usage": lambda _: type("U", (), {"free": 10})})
    for change, value, reason in (
        ("remaining_seconds", lambda: next(left), "no time left"),
        ("shutil", disk, "too large"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(fetching, change, value)
            assert predicted.refused(as_csv(truths_of(0, 40)))[0] == "NothingMatched"
        assert reason in predicted.said()


def test_a_file_that_is_too_large_is_not_read(
    predicted: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPLOAD_LIMIT_BYTES", "10")
    assert predicted.refused(as_csv(truths_of(0, 40)), tsak="x")[0] == "SettingsInvalid"
    assert "ActualsTooLarge" in predicted.codes()


HOSTILE = {
    "a name that ends a text": ("k'; DROP TABLE [0]}{ --", "\\1$^%_{P}"),
    "a name with quotes": ('"k""\n"', "'"),
    "a huge key": ("k", "P" * 100_000),
    "letters of everywhere": ("病人 🏥", "Ж🏥\u202e"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_names_and_keys_are_they_are_only_compared(name: str, bucket: Bucket) -> None:
    header, key = HOSTILE[name]
    trained = bucket.train()
    lines = [f"{key}{n},{20 + n},m" for n in range(25)]
    bucket.predict("heart-a", "\n".join([f"{_quoted(header)},age,sex", *lines]) + "\n", trained)
    actual = [f"{_quoted(header)},target", *(f"{key}{n},{n % 2}" for n in range(25))]
    assert bucket.compare("\n".join(actual) + "\n")["pairs"] == 25
    assert key not in json.dumps(bucket.findings(), ensure_ascii=False) or len(key) < 2


def _quoted(text: str) -> str:
    return text if text.startswith('"') else '"' + text.replace('"', '""') + '"'


LEARNED = "a,b,target\n" + "".join(f"k{i % 5},{i * 37 % 61},{'yn'[i % 2]}\n" for i in range(80))
PRIVATE = {
    **{name: FAILING[name] for name in ("ragged", "open quote", "no header")},
    "semicolons": ODD["semicolons, comments and Latin letters"],
    "unread cells": f"a,target\nk1,{CELL}\n{CELL},y\n",
    "no names": f"{CELL},{LABEL}\n{CELL}2,{LABEL}\n",
    "the same twice": f"a,target\n{CELL},y\n{CELL},n\nk1,y\n",
}


@pytest.mark.parametrize("name", PRIVATE)
def test_whatever_a_file_holds_none_of_it_is_told(
    name: str, bucket: Bucket, log: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    trained = bucket.train(content=LEARNED)
    bucket.predict("heart-a", f"a,b\nk1,3\n{CELL},4\nk2,5\n", trained, [0.1, 0.2, 0.9])
    failure: MolinoError | None = None
    try:
        said = json.dumps(bucket.compare(PRIVATE[name]))
    except MolinoError as error:
        failure, said = error, str(error)
    assert not failure or failure.code != "UnexpectedError"
    assert not failure or failure.__cause__ is failure.__context__ is None
    text = said + json.dumps(bucket.findings(EXECUTION)) + log.getvalue()
    text += "".join(capsys.readouterr())
    assert '"service"' in text  # the logger was listened to
    assert CELL not in text
    assert LABEL not in text
