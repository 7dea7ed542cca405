"""Answers stand beside the user's own columns, each in its row, and nothing acts as a formula."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lambdas.join import handler as module
from lambdas.join import measured as measured_module
from lambdas.join.table import Form, Known, join
from lambdas.shared.documents.contents import Distribution
from lambdas.shared.failures.errors import PredictionsIncomplete, ReasonsMissing
from tests.contracts import PREPARED_ROWS
from tests.lambdas.conftest import BUCKET, Context

HEADER = "prediction,probability:a,probability:b,threshold\n"


def own(
    folder: Path,
    names: list[str],
    rows: list[list[str | None]],
    edges: Sequence[float] = (),
    quantiles: Sequence[float] = (),
) -> Path:
    """Write a file's own columns as the step before does."""
    path, made = folder / "own.parquet", duckdb.connect()
    columns = ", ".join(f"c{n} VARCHAR" for n in range(len(names)))
    made.execute(f"CREATE TABLE data ({columns})")
    places = ", ".join(["unnest(?::VARCHAR[])"] * len(names))
    cells = [list(column) for column in zip(*rows, strict=True)] or [[]] * len(names)
    made.execute(f"INSERT INTO data SELECT {places}", cells)
    text = json.dumps(names).replace("'", "''")
    ends = ", ".join(
        f"{key}: '{json.dumps(list(each))}'"
        for key, each in {"edges": edges, "quantiles": quantiles}.items()
    )
    metadata = f"{{columns: '{text}', {ends}}}"
    made.execute(f"COPY data TO '{path}' (FORMAT parquet, KV_METADATA {metadata})")
    return path


def joined(
    folder: Path, names: list[str], rows: list[list[str | None]], *answers: str, **options: bool
) -> list[list[str]]:
    (folder / "work").mkdir(parents=True)
    answered, target = [], folder / "predictions.csv"
    for number, text in enumerate(answers):
        answered.append(folder / f"answers{number}")
        answered[-1].write_bytes(text.encode())
    form = Form(raw=options.get("raw", False))
    done = join(own(folder, names, rows), answered, target, folder / "work", form)
    with target.open(encoding="utf-8", newline="") as file:
        found = list(csv.reader(file))
    assert done.rows == len(found) - 1 == len(rows)
    assert [name.removeprefix("'") for name in found[0][len(names) :]] == done.added
    return found


def test_answers_of_several_requests_are_one_table_in_order(tmp_path: Path) -> None:
    answers = "".join(HEADER + f"a,{i}.5,0.25,0.5\n" * 2 for i in range(3))
    rows: list[list[str | None]] = [[str(i), None] for i in range(6)]
    found = joined(tmp_path, ["id", ""], rows, answers)
    assert found[0] == ["id", "", "prediction", "probability_a", "probability_b", "threshold"]
    assert [row[0] for row in found[1:]] == list("012345")
    assert [row[3] for row in found[1:]] == ["0.5", "0.5", "1.5", "1.5", "2.5", "2.5"]


def test_answers_of_several_files_are_one_table_in_order(tmp_path: Path) -> None:
    many = 30_000  # so that DuckDB reads each file in several pieces, and on several threads
    files = [
        HEADER + "".join(f"a,{part * many + i},0.25,0.5\n" for i in range(many))
        for part in range(12)
    ]
    rows: list[list[str | None]] = [[str(i)] for i in range(12 * many)]
    found = joined(tmp_path, ["id"], rows, *files)
    assert all(row[0] == row[2] for row in found[1:])


def test_every_digit_and_every_sign_stays(tmp_path: Path) -> None:
    text = ' a,"b"\nñ  '
    found = joined(tmp_path, ["t"], [[text]], "prediction\n0.30000000000000004\n")
    assert found == [["t", "prediction"], [text, "0.30000000000000004"]]


def test_names_that_the_file_has_are_numbered(tmp_path: Path) -> None:
    names = ["prediction", "y", "Y", "prediction (2)"]
    found = joined(tmp_path, names, [["1", "2", "3", "4"]], "prediction\nx\n")
    assert found == [[*names, "prediction (3)"], ["1", "2", "3", "4", "x"]]


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(1)", "+x", "-x", "\t=1", "\r=1", "=\n1", "-1-2"])
def test_what_a_spreadsheet_takes_for_a_formula_is_kept_from_it(cell: str, tmp_path: Path) -> None:
    found = joined(tmp_path / "a", [cell], [[cell]], f'prediction\n"{cell}"\n')
    assert found == [[f"'{cell}", "prediction"], [f"'{cell}", f"'{cell}"]]
    raw = joined(tmp_path / "b", [cell], [[cell]], f'prediction\n"{cell}"\n', raw=True)
    assert raw == [[cell, "prediction"], [cell, cell]]


@pytest.mark.parametrize(
    "cell", ["-1", "+1.5", "-1,5", "-1.5e-7", "-1 000", "-.5", "-5 %", "-", "a=b"]
)
def test_numbers_and_single_signs_stay(cell: str, tmp_path: Path) -> None:
    assert joined(tmp_path, ["x"], [[cell]], "prediction\n-0.5\n")[1] == [cell, "-0.5"]


@pytest.mark.parametrize("answers", ["", HEADER, HEADER + "a,1,0,0.5\n" * 3])
def test_too_few_or_many_answers_are_refused(answers: str, tmp_path: Path) -> None:
    with pytest.raises(PredictionsIncomplete, match="2 rows were given"):
        joined(tmp_path, ["x"], [["1"], ["2"]], answers)
    assert not (tmp_path / "predictions.csv").exists()


def test_the_handler_reads_and_stores(s3: Any, context: Context, tmp_path: Path) -> None:
    path = own(tmp_path, ["x"], [["1"], ["2"]])
    prepared = PREPARED_ROWS | {
        "own_uri": f"s3://{BUCKET}/job/own.parquet",
        "predictions_uri": f"s3://{BUCKET}/predictions.csv",
    }
    s3.upload_file(str(path), BUCKET, "job/own.parquet")
    for name, line in (("00001", "b,0,1,0.5"), ("00000", "a,1,0,0.5")):
        s3.put_object(Bucket=BUCKET, Key=f"job/0-0/{name}.out", Body=f"{HEADER}{line}\n".encode())
    s3.put_object(Bucket=BUCKET, Key="job/0-0-1/00000.out", Body=b"of another job")
    event = {"prepared": prepared, "answers_uri": f"s3://{BUCKET}/job/0-0"}
    answer = module.handler(event, context)
    assert answer["rows"] == 2
    stored = s3.get_object(Bucket=BUCKET, Key="predictions.csv")
    assert stored["ContentType"].startswith("text/csv")
    assert stored["Body"].read().decode().splitlines()[2] == "2,b,0,1,0.5"
    spread = json.load(s3.get_object(Bucket=BUCKET, Key="distribution.json")["Body"])
    assert spread == {"version": 1, "classes": {"a": 1, "b": 1}}
    with pytest.raises(ReasonsMissing, match="version 4"):  # the code of an old model ignores it
        module.handler(event | {"prepared": prepared | {"explain": True}}, context)
    s3.delete_object(Bucket=BUCKET, Key="job/0-0/00000.out")
    with pytest.raises(PredictionsIncomplete, match="2 files of rows were given, 1 answered"):
        module.handler(event, context)


def test_reasons_stand_in_their_rows_and_missing_ones_are_empty(tmp_path: Path) -> None:
    header = "prediction,unit,base,reason_1,contribution_1,reason_2,contribution_2\n"
    answers = f'{header}1.5,number,1.0,"=a, b",0.4,x,0.1\n1.0,number,1.0,,,,\n'
    found = joined(tmp_path, ["x"], [["1"], ["2"]], answers)
    assert found[0] == ["x", *header.strip().split(",")]
    assert found[1][4:] == ["'=a, b", "0.4", "x", "0.1"]
    assert found[2] == ["2", "1.0", "number", "1.0", "", "", "", ""]


def test_parquet_has_the_texts_as_they_were_and_typed_answers(tmp_path: Path) -> None:
    names, rows = ["y", "Y", "", "Y (2)", "x"], [["=1", " a\n", None, "ñ", "1,5"]]
    answers = (
        "prediction,low,unit,base,reason_1,contribution_1\n0.30000000000000004,-1e-7,number,1.0,,\n"
    )
    (tmp_path / "work").mkdir()
    (tmp_path / "answers").write_text(answers)
    form = Form(is_number=True, is_parquet=True)
    target = tmp_path / "predictions.parquet"
    done = join(own(tmp_path, names, rows), [tmp_path / "answers"], target, tmp_path / "work", form)
    found = duckdb.read_parquet(str(target))
    assert found.columns == ["y", "Y (3)", "column", "Y (2)", "x", *done.added]
    assert done.added == ["prediction", "low", "unit", "base", "reason_1", "contribution_1"]
    texts, numbers = ["VARCHAR"], ["DOUBLE"]
    expected = texts * 5 + numbers * 2 + texts + numbers + texts + numbers
    assert list(map(str, found.types)) == expected
    answered = (0.30000000000000004, -1e-7, "number", 1.0, None, None)
    assert found.fetchall() == [(*rows[0], *answered)]
    metadata = duckdb.execute("SELECT value FROM parquet_kv_metadata(?)", [str(target)])
    ((kept,),) = metadata.fetchall()
    assert json.loads(kept) == [*names, *done.added]


def test_in_parquet_a_class_stays_a_text(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "answers").write_text("prediction,probability:1,probability:2\n1,0.75,0.25\n")
    target = tmp_path / "predictions.parquet"
    places = (own(tmp_path, ["Prediction"], [["0"]]), [tmp_path / "answers"], target)
    done = join(*places, tmp_path / "work", Form(is_parquet=True))
    assert done.added == ["prediction (2)", "probability_1", "probability_2"]
    assert duckdb.read_parquet(str(target)).fetchall() == [("0", "1", 0.75, 0.25)]


def numbers(
    folder: Path, answers: list[float], edges: list[float], quantiles: Sequence[float] = ()
) -> Distribution:
    lines = "".join(f"{answer!r},0,9\n" for answer in answers)
    work, answered = folder / "work", folder / "answers"
    work.mkdir(parents=True)
    answered.write_text(f"prediction,low,high\n{lines}")
    rows: list[list[str | None]] = [["x"] for _ in answers]
    path = own(folder, ["a"], rows, edges, quantiles)
    return join(path, [answered], folder / "out", work, Form(is_number=True)).distribution


def test_numbers_are_counted_between_the_targets_quantiles(tmp_path: Path) -> None:
    found = numbers(tmp_path, [-1.0, 1.0, 1.5, 2.0, 9.0, 9.5], [], [1.0, 2.0])
    assert found["bins"] == {"edges": [1.0, 2.0], "counts": [2, 2, 2]}
    assert "bins" not in numbers(tmp_path / "other", [1.0], [])


def test_numbers_are_counted_in_the_bins_of_training(tmp_path: Path) -> None:
    answers = [-1.0, 0.0, 0.5, 1.0, 1.5, 3.0, 3.0000001, 3.5, 1e9]
    found = numbers(tmp_path, answers, [0.0, 1.0, 2.0, 3.0])
    assert found["mean"] == pytest.approx(sum(answers) / 9)
    # As in the profile, a bin has its upper edge; what rounding put beside an end is within.
    assert found["histogram"] == {
        "edges": [0.0, 1.0, 2.0, 3.0], "counts": [3, 1, 2], "below": 1, "above": 2,
    }  # fmt: skip
    outside = numbers(tmp_path / "b", [5.0, 6.0], [0.0, 1.0])
    assert outside["histogram"]["counts"] == [0]


@pytest.mark.parametrize("edges", [[], [1e9, 1e9]])
def test_without_bins_there_is_the_mean(edges: list[float], tmp_path: Path) -> None:
    assert numbers(tmp_path, [1.0, 2.0], edges) == {"mean": 1.5}


def measured(folder: Path, truths: list[str | None], answers: str) -> list[list[str]]:
    """Return the rows whose target is known, as the metrics take them."""
    made, targets = duckdb.connect(), folder / "targets.parquet"
    made.execute("CREATE TABLE targets (truth VARCHAR)")
    made.executemany("INSERT INTO targets VALUES (?)", [[truth] for truth in truths])
    made.execute(f"COPY targets TO '{targets}' (FORMAT parquet)")
    (folder / "work").mkdir()
    (folder / "answers").write_text(answers)
    path = own(folder, ["x"], [["1"] for _ in truths])
    known = Known(targets, folder / "measured.csv")
    files = [folder / "answers"]
    done = join(path, files, folder / "out", folder / "work", Form(), known=known)
    with known.measured.open(encoding="utf-8", newline="") as file:
        found = list(csv.reader(file))
    assert done.measured == len(found) - 1
    return found


def test_rows_with_a_target_go_to_the_metrics(tmp_path: Path) -> None:
    header = 'prediction,"probability:a,b",probability:c,threshold\n'
    answers = header + '"a,b",0.75,0.25,0.5\nc,0.25,0.75,0.5\n' * 2
    assert measured(tmp_path, ["c", None, "a,b", "c"], answers) == [
        ["row", "actual", "prediction", "probability:a,b", "probability:c"],
        ["1", "c", "a,b", "0.75", "0.25"],
        ["3", "a,b", "a,b", "0.75", "0.25"],
        ["4", "c", "c", "0.25", "0.75"],
    ]


def test_of_very_many_every_second_or_third_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measured_module, "MOST", 4)
    truths = [None if n % 3 == 0 else str(n) for n in range(15)]
    answers = "prediction\n" + "".join(f"{n}\n" for n in range(15))
    assert [row[1] for row in measured(tmp_path, truths, answers)[1:]] == ["4", "8", "13"]
