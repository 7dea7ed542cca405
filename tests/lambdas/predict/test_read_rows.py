"""Rows to predict become what the container would have read in training, or all that is wrong."""

import gzip
import json
from pathlib import Path

import pytest

from lambdas.join.table import Form, Joined, join
from lambdas.predict.rows import CSV, JSON_LINES
from lambdas.predict.run import ReadRows
from lambdas.preprocess.engine import connect, literal
from lambdas.shared.findings.kinds import KINDS
from tests.end_to_end.datasets import penguins
from tests.lambdas.predict.reading import Preprocessed, attempt, preprocessed, table

CASES = sorted((Path(__file__).parents[2] / "cases").glob("*.csv"))
PLAIN = table("age,sex,seen,target", "{20 + i % 50},{'fm'[i % 2]},2024-01-{1 + i % 28:02},{i % 2}")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Preprocessed:
    return preprocessed(tmp_path_factory.mktemp("plain"), PLAIN)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_training_files_own_rows_mean_what_they_meant(path: Path, tmp_path: Path) -> None:
    """Decimal commas, units, dates, words for "no value", codes: whatever the reader takes."""
    trained = preprocessed(tmp_path, path.read_bytes())
    found = attempt(tmp_path, path.read_bytes(), trained.trained)
    predicted = found.table(trained.schema)
    assert {*trained.splits()} <= {*predicted}
    assert [code for code in found.codes if KINDS[code].severity == "warning"] == []


def test_real_rows_mean_what_they_meant(tmp_path: Path) -> None:
    content = penguins(tmp_path).read_bytes()
    trained = preprocessed(tmp_path, content, target="species")
    found = attempt(tmp_path, gzip.compress(content), trained.trained)
    assert {*trained.splits()} <= {*found.table(trained.schema)}
    assert found.codes == ["ArchiveUnpacked", "TargetKept"]


def test_rows_keep_their_order_and_every_cell_of_the_users_stays(
    plain: Preprocessed, tmp_path: Path
) -> None:
    content = "note;sex; age ;seen\n NA;m;30,50;2024-01-02\nb;f;;2024-01-03\n=x;;7;\n"
    found = attempt(tmp_path, content, plain.trained)
    assert found.table(plain.schema) == [
        (30.5, "m", "2024-01-02"),
        (None, "f", "2024-01-03"),
        (7.0, None, None),
    ]
    assert found.read
    assert (found.read.rows, found.read.columns) == (3, 4)
    (tmp_path / "own").mkdir()
    with connect(tmp_path / "own") as connection:
        own = connection.execute(f"FROM read_parquet({literal(str(found.read.own))})").fetchall()
    assert own == [
        (" NA", "m", "30,50", "2024-01-02"),
        ("b", "f", None, "2024-01-03"),
        ("=x", None, "7", None),
    ]


@pytest.mark.parametrize(
    ("trained_on", "given"),
    [(".", ","), (",", "."), (".", "."), (",", ",")],
)
def test_the_decimal_sign_of_training_is_not_needed(
    trained_on: str, given: str, tmp_path: Path
) -> None:
    def content(decimal: str) -> str:
        text = table("x;y;target", "{i}.{i % 7}5;{i * 13 % 7}.125;{i % 2}")
        return text.replace(".", decimal)

    trained = preprocessed(tmp_path, content(trained_on))
    rows = attempt(tmp_path, content(given), trained.trained).table(trained.schema)
    assert rows[8] == (8.15, 6.125)
    assert [row[1] for row in rows] == [i * 13 % 7 + 0.125 for i in range(60)]


def test_where_cells_leave_the_sign_open_it_is_trainings(tmp_path: Path) -> None:
    trained = preprocessed(tmp_path, table("x;target", "{i},{i % 7}5;{i % 2}"))
    (row,) = attempt(tmp_path, 'x\n"1.234"\n', trained.trained).table(trained.schema)
    assert row == (1234.0,)
    (row,) = attempt(tmp_path, 'x\n"1.234"\n', trained.trained, decimal=".").table(trained.schema)
    assert row == (1.234,)


def test_all_that_is_wrong_is_said_at_once_without_a_cell(
    plain: Preprocessed, tmp_path: Path
) -> None:
    content = "Age,seen\nold,2024-01-01\n31,SECRET\n32,\n?,\nold,soon\n"
    found = attempt(tmp_path, content, plain.trained)
    assert found.read is None
    errors = [each for each in found.findings if each.severity == "error"]
    assert {each.code for each in errors} == {"ColumnMissing", "CellUnreadable"}
    assert "“age” is missing; is it the one called “Age”" in found.said
    assert "“sex” is missing" in found.said
    assert (
        "“seen”, each of 2 cells is not a date as they were written in training (rows 3 and 6)"
        in found.said
    )
    assert "SECRET" not in found.said
    numbers = attempt(tmp_path, content.replace("Age", "age"), plain.trained)
    assert (
        "“age”, each of 2 cells is not a number as they were written in training (rows 2 and 6)"
        in numbers.said
    )
    assert "old" not in numbers.said


def test_a_words_of_no_value_in_training_is_one_again(tmp_path: Path) -> None:
    rows = table("x,target", "{i if i % 9 else 'pending'},{i % 2}")
    trained = preprocessed(tmp_path, rows)
    found = attempt(tmp_path, "x\npending\n5\n", trained.trained)
    assert found.table(trained.schema) == [(None,), (5.0,)]
    unknown = attempt(tmp_path, "x\nlater\n5\n", trained.trained)
    assert unknown.codes == ["CellUnreadable"]
    asked = attempt(tmp_path, "x\nlater\n5\n", trained.trained, missing=("later",))
    assert asked.table(trained.schema) == [(None,), (5.0,)]
    numbers = attempt(tmp_path, "x\nlater\n5\n", trained.trained, numbers=("X",))
    assert numbers.table(trained.schema) == [(None,), (5.0,)]


def test_what_is_unusual_is_found_and_predicted_all_the_same(
    plain: Preprocessed, tmp_path: Path
) -> None:
    rows = "".join(f"{20 + i % 50},{'fm'[i % 2]},,x\n" for i in range(200))
    content = f"age,sex,seen,extra,target\n{rows.replace('x', 'x,1')}900,d,2024-01-01,x,0\n"
    found = attempt(tmp_path, content, plain.trained)
    assert found.read
    assert found.codes == [
        "TargetKept",
        "ColumnUnknown",
        "OutOfRange",
        "CategoryUnseen",
        "MoreGaps",
    ]
    assert "“age”, 1 number is outside the range of training (row 202)" in found.said
    assert "“sex”, 1 row has a category that training did not (row 202)" in found.said
    assert (
        "“seen”, 99.5 % of the cells are empty; when version 0 was trained it was 0 %" in found.said
    )
    usual = attempt(tmp_path, PLAIN, plain.trained)
    assert usual.codes == ["TargetKept"]


def test_of_hundreds_of_categories_a_new_one_is_found(tmp_path: Path) -> None:
    rows = table("code,x,target", "{i % 300}-{i % 300 + 1},{i * 37 % 61},{i % 2}", 900)
    trained = preprocessed(tmp_path, rows)
    assert attempt(tmp_path, rows, trained.trained).codes == ["TargetKept"]
    found = attempt(tmp_path, "code,x\n299-300,1\n300-301,1\n1-2,1\nSECRET,1\n", trained.trained)
    assert found.said == (
        "in the column “code”, 2 rows have categories that training did not (rows 3 and 5)"
    )


def test_spellings_that_training_unified_are_not_new(tmp_path: Path) -> None:
    trained = preprocessed(
        tmp_path,
        table(
            "x,ward,target",
            "{i * 7 % 41},{('North', 'north ', 'SOUTH', 'south')[i % 4]},{i % 2}",
            80,
        ),
    )
    found = attempt(tmp_path, "x,ward\n1,NORTH\n2,South\n", trained.trained)
    assert found.codes == []


def test_cells_with_line_breaks_go_as_json_lines(plain: Preprocessed, tmp_path: Path) -> None:
    trained = preprocessed(
        tmp_path,
        table(
            "x,y,note,target",
            '{i * 7 % 41},{i % 5},"{"up down left right".split()[i % 4]}",{i % 2}',
        ),
    )
    plainly = attempt(tmp_path, "x,y,note\n1,2,up\n", trained.trained)
    assert plainly.read
    assert plainly.read.of_model.content_type == CSV
    for sign in ("\n", "\r"):
        broken = attempt(tmp_path, f'x,y,note\n1,,"up{sign}""down"""\n', trained.trained)
        assert broken.read
        assert broken.read.of_model.content_type == JSON_LINES
        (line,) = broken.read.of_model.paths[0].read_text().splitlines()
        assert json.loads(line)["x"] == 1
        assert broken.table(trained.schema) == [(1.0, None, 'up\n"down"')]


def test_a_row_that_looks_like_a_header_is_a_row(tmp_path: Path) -> None:
    trained = preprocessed(
        tmp_path,
        table("drug,dose,target", "{('dose', 'drug', 'x')[i % 3]},{('a', 'b')[i % 2]},{i % 2}"),
    )
    found = attempt(tmp_path, "drug,dose\ndose,drug\ndose,a\n", trained.trained)
    assert found.table(trained.schema) == [("dose", "drug"), ("dose", "a")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EmptyFile"),
        (b"age,sex,seen\n", "HeaderOnly"),
        (b"PK\x03\x04nonsense", "ArchiveUnusable"),
        (b"age,sex,seen\n1,m\n", "RaggedRows"),
        (b"%PDF-1.7", "NotCsv"),
        (b"age,sex,seen\n" + b"1,m,\n" * 40 + b"1\0,m,\n", "NulBytes"),
        (b"other\n1\n", "ColumnMissing"),
    ],
)
def test_broken_files_are_named_as_in_training(
    plain: Preprocessed, content: bytes, code: str, tmp_path: Path
) -> None:
    found = attempt(tmp_path, content, plain.trained)
    assert found.read is None
    assert code in found.codes


def test_without_a_profile_less_is_noticed(plain: Preprocessed, tmp_path: Path) -> None:
    from lambdas.predict.trained import Trained

    found = attempt(tmp_path, "age,sex,seen\n900,d,\n", Trained(plain.trained.schema, {}))
    assert found.table(plain.schema) == [(900.0, "d", None)]
    assert found.codes == []


def test_infinite_and_huge_numbers_are_missing_as_in_training(
    plain: Preprocessed, tmp_path: Path
) -> None:
    found = attempt(tmp_path, "age,sex,seen\ninf,m,\n1e300,m,\n-inf,f,\n", plain.trained)
    assert [row[0] for row in found.table(plain.schema)] == [None, None, None]


@pytest.mark.parametrize("header", ["age,sex,seen,x,x,X,", "age,sex,seen,prediction,x,,x"])
def test_names_stay_as_they_are_in_the_file(
    plain: Preprocessed, header: str, tmp_path: Path
) -> None:
    found = attempt(tmp_path, f"{header}\n30,m,,1,2,3,4\n31,f,,1,2,3,4\n", plain.trained)
    assert found.read
    target = tmp_path / "predictions.csv"
    joined(found.read, target, Form())
    assert target.read_text().splitlines()[0].startswith(f"{header},prediction")


def joined(read: ReadRows, target: Path, form: Form) -> Joined:
    """Join rows with zeros."""
    answers, folder = target.with_name("answers"), target.with_name("join")
    answers.write_text("prediction\n" + "0\n" * read.rows)
    folder.mkdir()
    return join(read.own, [answers], target, folder, form)


def test_predicted_numbers_are_counted_in_the_bins_of_training(tmp_path: Path) -> None:
    known = preprocessed(tmp_path, table("age,target", "{20 + i % 50},{i * 1.5}")).trained
    found = attempt(tmp_path, "age\n30\n31\n", known)
    assert found.read
    done = joined(found.read, tmp_path / "out.csv", Form(is_number=True))
    histogram = done.distribution["histogram"]
    assert histogram["edges"] == known.profile["target"]["histogram"]["edges"]
    assert histogram["counts"] == [2] + [0] * (len(histogram["edges"]) - 2)
