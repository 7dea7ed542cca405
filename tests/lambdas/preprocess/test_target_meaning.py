"""What the column to predict means: one class in several spellings, and counts."""

from pathlib import Path

import pytest

from tests.lambdas.preprocess.test_preprocess import all_rows, codes, run
from tests.lambdas.preprocess.test_written_numbers import case, findings
from training.written_words import folded


def test_spellings_of_a_class_are_one_class(tmp_path: Path) -> None:
    prepared = case(tmp_path, "target-case")
    assert prepared.task == "binary"
    assert {row["outcome"] for row in all_rows(prepared)} == {"no", "yes"}
    (found,) = findings(prepared, "SpellingsUnified")
    assert "6 spellings are taken as 2 classes" in str(found.message)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Yes", "YES "), ("not  sick", "Not sick"), ("\uff21\uff22", "ab"), ("Straße", "STRASSE"),
     ("caf\u00e9", "cafe\u0301"), ("a\u00a0b", "A b")],
)  # fmt: skip
def test_what_spellings_have_in_common(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_rows_keep_their_order_and_other_classes(tmp_path: Path) -> None:
    labels = ["no", "No", "no", "B+", "b-"]
    body = "".join(f"{row * 7 % 101},{labels[row % 5]}\n" for row in range(100))
    prepared = run(tmp_path, "x,target\n" + body)
    found = {int(row["x"]): row["target"] for row in all_rows(prepared)}
    meant = {"No": "no"}
    assert found == {
        row * 7 % 101: meant.get(labels[row % 5], labels[row % 5]) for row in range(100)
    }


def test_a_count_is_an_amount_and_that_is_said(tmp_path: Path) -> None:
    prepared = case(tmp_path, "count-target")
    assert prepared.task == "regression"
    assert findings(prepared, "TaskAssumed")
    asked = case(tmp_path, "count-target", task="multiclass")
    assert (asked.task, codes(asked) & {"TaskAssumed"}) == ("multiclass", set())


@pytest.mark.parametrize(
    ("values", "task", "is_said"),
    [(2, "binary", False), (5, "multiclass", True), (10, "multiclass", True),
     (11, "regression", True), (40, "regression", False)],
)  # fmt: skip
def test_few_whole_numbers_are_classes(
    tmp_path: Path, values: int, task: str, is_said: bool
) -> None:
    body = "".join(f"{row * 37 % 997},{row % values}\n" for row in range(400))
    prepared = run(tmp_path, "x,target\n" + body)
    assert prepared.task == task
    assert ("TaskAssumed" in codes(prepared)) == is_said
