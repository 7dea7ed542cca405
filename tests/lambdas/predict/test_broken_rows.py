"""Files as they should not be, given to a model that learned from one as it should be."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings

from lambdas.shared.failures.errors import DataError
from lambdas.shared.findings.kinds import KINDS
from tests.lambdas.predict.reading import Attempt, Preprocessed, attempt, preprocessed
from tests.lambdas.preprocess.broken_files import BROKEN, GOOD, Case, changed, data, table
from tests.lambdas.preprocess.test_broken_files import BYTES, FUZZ

# Errors about what is to be learned, which rows to predict can't have.
OF_TRAINING = {
    *("TooFewRows", "NoUsableTarget", "SingleClass", "TooManyClasses", "TaskUnfit"),
    *("TargetNotFound", "GroupUnusable", "TimeUnusable", "NoUsableFeatures"),
    *("PositiveClassNotFound", "ColumnNotFound", "SettingsInvalid"),
}
# How the text of a file is to be read, and what in it is no value.
OF_READING = ("encoding", "delimiter", "decimal", "header", "missing", "max_unpacked_mb")
CASES = {
    path.stem: Case(path.read_bytes(), ())
    for path in sorted((Path(__file__).parents[2] / "cases").glob("*.csv"))
}


def errors(case: Case) -> set[str]:
    """Return the errors of a file itself."""
    return {code for code in case.codes if KINDS[code].severity == "error"} - OF_TRAINING


UNREADABLE = {name: case for name, case in BROKEN.items() if errors(case)}
READABLE = {name: case for name, case in BROKEN.items() if not errors(case)} | CASES
# Models learned from these cells as plain numbers or dates; these files write them in other ways.
WRITTEN_ANOTHER_WAY = {
    *("quoted newlines", "mixed types", "currencies", "days or months"),
    *("currency", "dates-mixed", "lab-limits", "missing-words", "percent"),
}
# The model has no such category, as spellings were made one before it learned.
SPELLED_ANOTHER_WAY = {"spellings of one"}
# A row more than training had, which was its header.
HEADER_AS_ROW = {"header denied"}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Preprocessed:
    return preprocessed(tmp_path_factory.mktemp("good"), GOOD)


def codes(found: Attempt, severity: str) -> set[str]:
    return {each.code for each in found.findings if each.severity == severity}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_named_as_in_training(
    name: str, good: Preprocessed, tmp_path: Path
) -> None:
    case = UNREADABLE[name]
    found = attempt(tmp_path, case.content, good.trained, **case.settings)
    assert found.read is None
    assert codes(found, "error") >= errors(case), found.said
    assert all(words in found.said for words in case.says if errors(case) == {*case.codes})
    assert codes(found, "warning") == set(), found.said


def plainly(trained: Preprocessed) -> str:
    """Return what training read, written as plainly as can be."""
    text = io.StringIO(newline="")
    for number, path in enumerate(trained.outcome.files.values()):
        header, *rows = csv.reader(path.open(encoding="utf-8", newline=""))
        csv.writer(text, lineterminator="\n").writerows(rows if number else [header, *rows])
    return text.getvalue()


def learned_and_given(case: Case, folder: Path) -> Iterator[tuple[Preprocessed, Attempt]]:
    """Yield models of a file and of the same written plainly, each with what it makes of it."""
    try:
        own = preprocessed(folder, case.content, **case.settings)
        models = [own, preprocessed(folder, plainly(own), target=own.schema.target)]
    except DataError:
        pytest.skip("nothing can be learned from it")
    given = {name: case.settings[name] for name in OF_READING if name in case.settings}
    for model in models:
        yield model, attempt(folder, case.content, model.trained, **given)


def check(name: str, case: Case, folder: Path) -> None:
    """Each row means what it meant, or an error names column and rows."""
    for number, (model, found) in enumerate(learned_and_given(case, folder)):
        if number and name in WRITTEN_ANOTHER_WAY | HEADER_AS_ROW:
            assert codes(found, "error") == {"CellUnreadable"}, found.said
            told = [each for each in found.findings if each.severity == "error"]
            assert all(each.column and each.row for each in told)
            unusual = codes(found, "warning") - {"NoHeader"}
        elif number and name in SPELLED_ANOTHER_WAY:
            assert found.read
            unusual = codes(found, "warning") ^ {"CategoryUnseen"}
        else:
            assert {*model.splits()} <= {*found.table(model.schema)}, found.said
            new = {"CategoryUnseen"} if name in HEADER_AS_ROW else set()
            unusual = codes(found, "warning") - {*case.codes, "RepeatedHeader"} - new
        assert unusual == set(), found.said


@pytest.mark.parametrize("name", CASES)
def test_a_plain_models_rows_mean_the_same_or_are_refused_by_row(name: str, tmp_path: Path) -> None:
    check(name, CASES[name], tmp_path)


@pytest.mark.corpus
@pytest.mark.parametrize("name", READABLE.keys() - CASES.keys())
def test_so_are_those_of_all_files_as_they_should_not_be(name: str, tmp_path: Path) -> None:
    check(name, READABLE[name], tmp_path)


@pytest.mark.corpus
@settings(FUZZ, max_examples=500)
@given(BYTES)
def test_no_bytes_end_in_an_unnamed_error(
    good: Preprocessed, tmp_path: Path, content: bytes
) -> None:
    found = attempt(tmp_path, content, good.trained)
    assert found.read or codes(found, "error")
    assert not found.read or len(found.table(good.schema)) == found.read.rows


def test_unreadable_cells_are_not_told_as_empty(good: Preprocessed, tmp_path: Path) -> None:
    found = attempt(tmp_path, data(table()).replace(b",1", b",$1"), good.trained)
    assert [each.code for each in found.findings] == ["TargetKept", "CellUnreadable"], found.said


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(data(table()[1:]), id="no header"),
        pytest.param(data(["Ann,Bo,yes", *table()[1:]]), id="texts for a header"),
        pytest.param(data(["Ann,Bo", *["Cy,Di"] * 9]), id="of something else"),
    ],
)
def test_a_first_row_of_cells_is_not_told_as_names(
    content: bytes, good: Preprocessed, tmp_path: Path
) -> None:
    found = attempt(tmp_path, content, good.trained)
    (error,) = [each for each in found.findings if each.severity == "error"]
    assert str(error.message) == (
        "none of the 2 columns of the model is in the file, whose first row must have their "
        "names: a and b"
    )
    assert not {"Ann", "Bo", "Cy"} & {*found.said.replace(",", " ").split()}


def test_a_table_read_as_one_column_is_told_so(good: Preprocessed, tmp_path: Path) -> None:
    for content in (data(table(mark="  ")), data(table(mark=":"))):
        found = attempt(tmp_path, content, good.trained)
        assert codes(found, "error") == {"ColumnMissing"}
        assert "name it with the setting “delimiter”" in found.said


def test_names_written_in_another_way_are_asked_about(good: Preprocessed, tmp_path: Path) -> None:
    found = attempt(tmp_path, data(changed(1, " A_,(b)")), good.trained)
    assert "“a” is missing; is it the one called “A_”" in found.said
    assert "“b” is missing; is it the one called “(b)”" in found.said


def test_thousands_of_names_are_not_compared_with_each_other(tmp_path: Path) -> None:
    """Two thousand names with as many took minutes."""
    from lambdas.predict.columns import find_places
    from lambdas.predict.trained import Trained

    features = [{"name": f"measurement number {n}", "type": "numeric"} for n in range(3000)]
    trained = Trained({"features": features, "target": "t", "task": "binary"}, {})
    found = find_places([f"measuremen number {n}s" for n in range(3000)], trained)
    assert len(found.findings) == 3001
    assert "is it the one called “measuremen number 0s”" in str(found.findings[0].message)
