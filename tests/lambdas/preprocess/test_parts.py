"""Part files are one table: its types those of all parts, its rows known by their part."""

from pathlib import Path

import pytest

from lambdas.preprocess.engine import connect
from lambdas.preprocess.read.loading import read_table
from lambdas.preprocess.read.parts import Parts, read_part, survey
from lambdas.preprocess.read.source import Download, open_source
from lambdas.shared.failures.errors import (
    DataError,
    EmptyFile,
    HeaderOnly,
    NotCsv,
    PartsDiffer,
    RaggedRows,
)
from lambdas.shared.settings.dataset import DatasetSettings

SETTINGS = DatasetSettings()


def lines(cells: str, rows: int = 40, header: str = "a,b,target") -> str:
    return "\n".join([header, *(f"{n * 7 % 11},{cells},{n % 2}" for n in range(rows)), ""])


def surveyed(folder: Path, *texts: str) -> Parts:
    names, found = [], []
    for n, text in enumerate(texts):
        work = folder / f"{len(list(folder.iterdir()))}"
        work.mkdir()
        path = work / f"part-{n:05d}.csv"
        path.write_text(text)
        names.append(path.name)
        with connect(work) as connection:
            found.append(survey(connection, Download.at(path), work, SETTINGS))
    return Parts(names, found)


@pytest.mark.parametrize(
    "text",
    [
        lines("1.5"),
        lines("x"),
        lines("007"),
        lines("20200101"),
        lines("+1 212 555 0100"),
        lines("1.234"),
        lines(" NA "),
    ],
)
def test_a_part_alone_is_what_the_file_is(tmp_path: Path, text: str) -> None:
    parts = surveyed(tmp_path, text)
    folder = tmp_path / "alone"
    folder.mkdir()
    path = folder / "upload"
    path.write_text(text)
    with connect(folder) as connection:
        source = open_source(connection, path, folder, SETTINGS)
        alone = read_table(connection, source, SETTINGS)
        rows = connection.execute("SELECT * FROM data").fetchall()
    assert parts.table(SETTINGS) == alone
    assert parts.sha256 == Download.at(path).sha256
    with connect(tmp_path) as connection:
        source = open_source(connection, path, folder, SETTINGS)
        read_part(connection, source, alone, SETTINGS)
        assert connection.execute("SELECT * FROM data").fetchall() == rows


def test_a_column_is_numbers_only_if_it_is_in_every_part(tmp_path: Path) -> None:
    numbers, words = lines("1.5"), lines("x")
    assert surveyed(tmp_path, numbers, numbers).table(SETTINGS).numbers == {0, 1}
    assert surveyed(tmp_path, numbers, words).table(SETTINGS).numbers == {0}
    assert surveyed(tmp_path, words, numbers).table(SETTINGS).numbers == {0}
    # Empty cells are neither.
    assert surveyed(tmp_path, lines(""), numbers).table(SETTINGS).numbers == {0, 1}
    # Zeros in front make names of digits, wherever they are.
    assert surveyed(tmp_path, lines("501"), lines("00501")).table(SETTINGS).numbers == {0}


def test_rows_are_counted_over_parts_and_named_by_them(tmp_path: Path) -> None:
    parts = surveyed(
        tmp_path, lines("1", 30), "# a comment\n" + lines("2", 25).replace("\n7,", "\n\n7,")
    )
    assert parts.table(SETTINGS).rows == 55
    assert parts.offsets == (0, 30)
    assert [str(parts.sheet_row(row)) for row in (0, 29, 30, 31)] == [
        "part-00000.csv:2",
        "part-00000.csv:31",
        "part-00001.csv:3",
        "part-00001.csv:5",  # below a blank line
    ]
    alone = surveyed(tmp_path, lines("1", 30))
    assert str(alone.sheet_row(0)) == "2"


def test_what_is_wrong_with_parts_is_said_of_each(tmp_path: Path) -> None:
    ragged = lines("1").replace("\n7,1,1\n", "\n7,1\n")
    with pytest.raises(DataError) as caught:
        surveyed(tmp_path, ragged, "%PDF", lines("1")).table(SETTINGS)
    assert [str(each.message)[:15] for each in caught.value.findings] == ["part-00001.csv:"]
    assert isinstance(caught.value, NotCsv)
    found = surveyed(tmp_path, lines("1"), ragged).table(SETTINGS).findings
    assert [(each.code, each.row) for each in found] == [("RaggedRows", 3), ("RaggedRows", 25)]
    assert "row part-00001.csv:3 has 2 fields" in str(found[0].message)


def test_a_part_of_few_rows_is_judged_by_all(tmp_path: Path) -> None:
    found = surveyed(tmp_path, lines("1"), "a,b,target\n1,2\n").table(SETTINGS)
    assert (found.rows, found.file_rows) == (40, 41)
    with pytest.raises(RaggedRows):
        surveyed(tmp_path, lines("1", 9), "a,b,target\n1,2\n").table(SETTINGS)


def test_parts_without_rows_are_nothing_unless_all_are(tmp_path: Path) -> None:
    header = "a,b,target\n"
    parts = surveyed(tmp_path, "", header, lines("1"), "\n", lines("2"))
    assert parts.table(SETTINGS) == surveyed(tmp_path, lines("1"), lines("2")).table(SETTINGS)
    assert str(parts.sheet_row(40)) == "part-00004.csv:2"
    with pytest.raises(HeaderOnly):
        surveyed(tmp_path, header, "", header).table(SETTINGS)
    with pytest.raises(EmptyFile):
        surveyed(tmp_path, "", "\n").table(SETTINGS)


def test_parts_have_the_same_columns(tmp_path: Path) -> None:
    parts = surveyed(tmp_path, lines("1"), lines("1", header="a,c,target"), lines("1"))
    with pytest.raises(PartsDiffer) as caught:
        parts.table(SETTINGS)
    (finding,) = caught.value.findings
    assert "part-00001.csv" in str(finding.message)
    assert "part-00000.csv" in str(finding.message)


def test_what_is_so_in_each_part_is_said_once(tmp_path: Path) -> None:
    text = lines("1").replace(",", ";")
    codes = [each.code for each in surveyed(tmp_path, text, text).opened]
    assert codes == ["DelimiterAssumed"]
    assert len(surveyed(tmp_path, text, lines("1")).opened) == 1
