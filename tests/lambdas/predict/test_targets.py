"""A target in the file is read as training read it; what it cannot be read in is told."""

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from lambdas.predict.truth import classes_of
from tests.lambdas.predict.reading import Attempt, Preprocessed, attempt, preprocessed, table
from training.written_words import WordForm


def targets(found: Attempt) -> list[str | None]:
    """Return what counts of each row."""
    assert found.read
    assert found.read.truth
    path = str(found.read.truth.path)
    rows = duckdb.connect().execute("SELECT truth FROM read_parquet(?)", [path]).fetchall()
    assert sum(row[0] is not None for row in rows) == found.read.truth.rows
    return [row[0] for row in rows]


def with_targets(*cells: str, rows: int = 60) -> str:
    """Return rows to predict whose targets repeat these cells."""
    return "age,target,sex\n" + "".join(
        f"{20 + n % 50},{cells[n % len(cells)]},m\n" for n in range(rows)
    )


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Preprocessed:
    content = table(
        "age,sex,target", "{20 + i % 50},{'fm'[i % 2]},{['Yes', 'No', 'Yes', 'YES'][i % 4]}"
    )
    return preprocessed(tmp_path_factory.mktemp("words"), content)


def test_classes_are_read_in_trainings_spelling(words: Preprocessed, tmp_path: Path) -> None:
    found = attempt(tmp_path, with_targets(" yes", "NO", "No ", ""), words.trained)
    kept = ["No", "Yes"]
    assert sorted(words.trained.classes) == kept
    assert targets(found) == ["Yes", "No", "No", None] * 15
    assert found.codes[:2] == ["TargetKept", "TargetUnusable"]
    assert "15 rows have no value and do not count in the metrics" in found.said


def test_what_is_no_class_of_the_model_is_told_with_its_rows(
    words: Preprocessed, tmp_path: Path
) -> None:
    found = attempt(tmp_path, with_targets("Yes", "SECRET"), words.trained)
    assert targets(found) == ["Yes", None] * 30
    assert (
        "in the column “target”, each of 30 cells is no class that the model knows "
        "(rows 3, 5, 7, 9, 11, 13, 15, 17, 19, 21 and 20 more), and does not count in the metrics"
    ) in found.said
    assert "SECRET" not in found.said


@pytest.mark.parametrize("cells", [("",), ("SECRET",)])
def test_without_any_target_nothing_is_measured(
    words: Preprocessed, cells: tuple[str, ...], tmp_path: Path
) -> None:
    found = attempt(tmp_path, with_targets(*cells), words.trained)
    assert found.read
    assert found.read.truth is None


def test_of_few_targets_it_says_so(words: Preprocessed, tmp_path: Path) -> None:
    found = attempt(tmp_path, with_targets("Yes", "No", rows=19), words.trained)
    assert found.read
    assert found.read.truth is None
    assert "TooFewTargets" in found.codes
    assert "can be used in 19 rows; metrics take at least 20" in found.said
    assert targets(attempt(tmp_path, with_targets("Yes", "No", rows=20), words.trained))


def test_numbers_are_read_in_trainings_form(tmp_path: Path) -> None:
    content = table("age;target", '{20 + i % 50};"{i % 7},{i % 100:02} kg"', rows=200)
    known = preprocessed(tmp_path, content, target="target").trained
    rows = "".join(f"{20 + n};{n % 5},25{' kg' if n % 2 else ''}\n" for n in range(40))
    found = attempt(tmp_path, f"age;target\n{rows}1;n/a\n2;SECRET\n", known)
    assert targets(found) == [*(f"{n % 5}.25" for n in range(40)), None, None]
    assert "in the column “target”, 1 row has no value and does not count" in found.said
    assert "in the column “target”, 1 cell is not a number" in found.said
    assert "CellUnreadable" not in found.codes


@pytest.mark.parametrize(
    ("labels", "form", "cells"),
    [
        ({"M": 60, "B": 40}, None, {"M": "M", "B": "B", "m": None, "b": None}),
        ({"Malignant": 6, "benign": 4}, None, {"malignant": "Malignant", "BENIGN": "benign"}),
        ({"1": 60, "2": 40}, None, {"1.0": "1", "2": "2", "02": "2", "3": None}),
        ({"1.0": 60, "2.0": 40}, None, {"1": "1.0"}),
        ({"AA": 30, "Aa": 30, "aa": 30}, None, {"AA": "AA", "aA": None}),
        ({"x1": 30, "y1": 30}, WordForm(("x1", "y1")), {"X1": "x1"}),
    ],
)
def test_a_class_is_found_as_training_would_unify_it(
    labels: Mapping[str, int], form: WordForm | None, cells: Mapping[str, str | None]
) -> None:
    found = classes_of(dict.fromkeys(cells, 30), labels, form)
    assert found == {cell: label for cell, label in cells.items() if label}


def as_parquet(splits: dict[str, list[Path]], folder: Path) -> dict[str, list[Path]]:
    """Write training and validation as Spark does: each in several files."""
    written = dict(splits)
    for name in ("train", "validation"):
        written[name] = [folder / f"{name}-{n}.parquet" for n in range(2)]
        for n, path in enumerate(written[name]):
            duckdb.read_csv(str(splits[name][0])).limit(20 + 400 * n, 20 * n).write_parquet(
                str(path)
            )
    return written


@pytest.mark.parametrize("is_parquet", [False, True])
def test_rows_of_training_are_told(tmp_path: Path, is_parquet: bool) -> None:
    content = table("age,sex,target", "{20 + i * 7 % 997}.5,{'fm'[i % 2]},{'yn'[i % 3 % 2]}", 300)
    made = preprocessed(tmp_path, content)
    splits = {path.stem: [path] for path in made.outcome.files.values()}
    lines = [splits[name][0].read_text().splitlines() for name in ("train", "validation")]
    learnt = sum(map(len, lines)) - 2
    splits = as_parquet(splits, tmp_path) if is_parquet else splits
    same = attempt(tmp_path, content, made.trained, splits)
    assert "RowsSeen" in same.codes
    (told,) = [str(each.message) for each in same.findings if each.code == "RowsSeen"]
    assert told.startswith(f"{learnt} rows are in the model's training data")
    assert same.read
    assert same.read.truth
    assert same.read.truth.is_seen
    new = attempt(tmp_path, content.replace(".5,", ".25,"), made.trained, splits)
    assert "RowsSeen" not in new.codes
    assert new.read
    assert new.read.truth
    assert new.read.truth.is_seen is False
    unknown = attempt(tmp_path, content, made.trained)
    assert unknown.read
    assert unknown.read.truth
    assert unknown.read.truth.is_seen is None


def test_rows_that_repeat_by_nature_are_not(tmp_path: Path) -> None:
    content = table("a,b,target", "{i % 7},{'xyz'[i % 3]},{'yn'[i % 2]}", rows=300)
    made = preprocessed(tmp_path, content)
    splits = {path.stem: [path] for path in made.outcome.files.values()}
    assert "RowsSeen" not in attempt(tmp_path, content, made.trained, splits).codes
