"""Files as people mean them: which cells, rows and names a table has, and what is said about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lambdas.preprocess.engine import connect
from lambdas.preprocess.read.loading import Table, read_table
from lambdas.preprocess.read.source import Download, open_source
from lambdas.preprocess.run import Prepared, prepare
from lambdas.shared.failures.errors import DataError
from lambdas.shared.settings.dataset import DatasetSettings, Source
from tests.lambdas.preprocess.broken_files import data, lines, table

CASES = Path(__file__).with_name("cases")
COLUMNS = ("a", "b", "target")
TEXTS = [f"{'xyz'[i % 3]},{'pq'[i % 2]},{'no' if i % 5 else 'yes'}" for i in range(60)]


def put(records: list[str], at: int, *others: str) -> list[str]:
    """Insert lines so that the first is the given row of a spreadsheet."""
    return [*records[: at - 1], *others, *records[at - 1 :]]


@dataclass(frozen=True)
class Meant:
    """A file and what people mean by it: 60 rows of three columns unless other figures are given.

    Parameters
    ----------
    content : bytes
    codes : tuple of str
        Codes of the findings.
    says : str
        Words of a finding.
    columns : tuple of str
    rows : int
    excluded : mapping of str to int
    settings : dict
    cells : dict
        Cells by row, from 0, and column.
    """

    content: bytes
    codes: tuple[str, ...] = ()
    says: str = ""
    columns: tuple[str, ...] = COLUMNS
    rows: int = 60
    excluded: Mapping[str, int] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    cells: dict[tuple[int, int], str | float] = field(default_factory=dict)


APOSTROPHES = lines("a,b,target", lambda i: f"{i},'north, ''{i % 3}''',{'yes' if i % 2 else 'no'}")
TOTAL = "Total,390,"

MEANT: dict[str, Meant] = {
    # line breaks in names
    "a line break in a name": Meant(
        data(table('"a\n(years)",b,target')), columns=("a\n(years)", "b", "target"),
        cells={(0, 0): 0.0}),
    "line breaks in names": Meant(
        data(table('"a\n\n(years)","b\nb",target')), columns=("a\n\n(years)", "b\nb", "target")),
    "a line break in a name, CRLF": Meant(
        data(table('"a\r\n(years)",b,target'), "\r\n"), columns=("a\n(years)", "b", "target")),
    "Excel's line break in a name": Meant(
        data(table('"a\n(years)",b,target'), "\r\n"), columns=("a\n(years)", "b", "target")),
    # lines above and below
    **{
        f"{count} lines above": Meant(
            data([*["Visits: all", "By: us", "", "2024", *["Note; x"] * 9][:count], *table()]),
            ("LinesAboveTable",), says=f"row {count + 1}")
        for count in (1, 2, 3, 4, 10)
    },
    "a title filled up": Meant(data(["Visits,,", ",,", *table()]), ("LinesAboveTable",)),
    "padded names and values above": Meant(
        data(["Report,Visits,", "Date,2024-05-01,", ",,", *table()]), ("LinesAboveTable",)),
    "a title above texts": Meant(data(["Visits", "", "a,b,target", *TEXTS]), ("LinesAboveTable",)),
    "a title with commas": Meant(data(["Visits, all, 2024, x", *table()]), ("LinesAboveTable",)),
    "a title of one field less": Meant(data(["Visits, all", *table()]), ("LinesAboveTable",)),
    "title and comment": Meant(data(["# made", "Visits", *table()]),
                               ("CommentLines", "LinesAboveTable"), says="row 3"),
    "title set": Meant(data(["1,2,3", *table()]), settings={"skip_rows": 1}),
    "a note below": Meant(data([*table(), "", "Source: the registry, 2024", "and others"]),
                          ("LinesBelowTable",), says="from row 63", excluded={"below_table": 2}),
    "a total below": Meant(data([*table(), TOTAL]), ("LinesBelowTable",), says="row 62",
                           excluded={"below_table": 1}),
    "total and note below": Meant(data([*table(), TOTAL, "", "(c) us"]), ("LinesBelowTable",),
                                  excluded={"below_table": 2}),
    "two totals below": Meant(data([*table(), "Total,390,", "Average,6.5,"]),
                              ("LinesBelowTable",), excluded={"below_table": 2}),
    "a total kept": Meant(data([*table(), "Total,390,no"]), ("MixedTypes",), rows=61,
                          settings={"skip_last_rows": 0}),
    "last rows set": Meant(data([*table(), "1,2,no", "3,4,yes"]), ("LinesBelowTable",),
                           settings={"skip_last_rows": 2}, excluded={"below_table": 2}),
    # quotes
    "apostrophes": Meant(data(APOSTROPHES), ("QuotesAssumed",), cells={(4, 1): "north, '1'"}),
    "apostrophes, semicolons": Meant(
        data(lines("a;b;target", lambda i: f"{i};'north; {i % 3}';'{'yes' if i % 2 else 'no'}'")),
        ("DelimiterAssumed", "QuotesAssumed"), cells={(4, 1): "north; 1"}),
    "titles, semicolons and a note": Meant(
        data(["Visits, by ward", "", *table(mark=";"), "(c) us"]),
        ("DelimiterAssumed", "LinesAboveTable", "LinesBelowTable"), excluded={"below_table": 1}),
    "apostrophes that are letters": Meant(
        data(lines("a,b,target", lambda i: f"{i},'t is {i % 3} o'clock,{i % 2}")),
        cells={(4, 1): "'t is 1 o'clock"}),
    "a blank before quotes": Meant(
        data(lines("a, b, target", lambda i: f'{i}, "x, {i % 3}" , {i % 2}')),
        cells={(4, 1): "x, 1"}),
    "blanks behind tabs": Meant(
        data(lines("a\t b\t target", lambda i: f'{i}\t "x\t{i % 3}"\t {i % 2}')),
        ("DelimiterAssumed",), cells={(4, 1): "x\t1"}),
    "backslashes beside delimiters": Meant(
        data(lines("a,b,target", lambda i: rf'{i},"say \"x, {i % 3}\"",{i % 2}')),
        ("QuotesAssumed",), cells={(4, 1): 'say "x, 1"'}),
    "no quotes set": Meant(
        data(lines("a,b,target", lambda i: f'{i},"{i % 3} inches,{i % 2}')),
        settings={"quote": "none"}, cells={(4, 1): '"1 inches'}),
    # repeated headers
    "headers between": Meant(
        data(put(table(), 20, "a,b,target", "A, b ,TARGET", '"a",b,Target')), ("RepeatedHeader",),
        says="20, 21 and 22", excluded={"repeated_header": 3}),
    "a file with a mark put behind another": Meant(
        data(table()[:30]) + b"\xef\xbb\xbf" + data([table()[0], *table()[30:]]),
        ("RepeatedHeader",), excluded={"repeated_header": 1}),
    "a header at the end": Meant(data([*table(), "a,b,target"]), ("RepeatedHeader",),
                                 excluded={"repeated_header": 1}),
    # lines that describe the columns
    "units": Meant(data(put(table(), 2, "(years),kg/m2,")), ("SecondHeader",), says="row 2",
                   excluded={"second_header": 1}, cells={(1, 0): 37.0}),
    "units of one column": Meant(
        data(["a,b,target", ",(mg/dL),", *(f"{'xyz'[i % 3]},{i},{'yes' if i % 2 else 'no'}"
                                           for i in range(60))]),
        ("SecondHeader",), excluded={"second_header": 1}),
    "units and a dash": Meant(data(put(table(), 2, "years,10^9/L,-")), ("SecondHeader",),
                              excluded={"second_header": 1}),
    "names in full, below a title and above a blank line": Meant(
        data(["Visits", "", "a,b,target", "Age in years,Body mass,Outcome", "", *table()[1:]]),
        ("LinesAboveTable", "SecondHeader"), says="row 4", excluded={"second_header": 1}),
    "a Markdown table's rule": Meant(data(put(table(mark="|"), 2, "---|:--:|---")),
                                     ("DelimiterAssumed", "SecondHeader"),
                                     excluded={"second_header": 1}),
    **{
        f"a first row of {cells}": Meant(data(put(table(), 2, cells)), rows=61)
        for cells in ("unknown,not done,no", "n/a,x1,yes", "x1,7,no", "x1,x2,yes", ",,no")
    },
    "names grouped": Meant(data(["Patient,,Outcome", *table()]), ("LinesAboveTable",)),
    "sizes and classes": Meant(
        data(["60,2,no,yes", *(f"{i},{i % 7},{i % 2}" for i in range(60))]),
        ("LinesAboveTable", "NoHeader"), columns=("col_1", "col_2", "col_3"), cells={(0, 0): 0.0}),
    "sizes and as many classes as columns": Meant(
        data(["60,2,no", *(f"{i},{i % 7},{i % 2}" for i in range(60))]),
        ("LinesAboveTable", "NoHeader"), columns=("col_1", "col_2", "col_3")),
    "an end as of DOS": Meant(data(table()) + b"\x1a"),
    # names alike
    "names alike but for case": Meant(data(table("A,a,target")), columns=("A", "a", "target")),
    "names alike but for blanks": Meant(data(table("a,a ,target")), ("DuplicateColumnName",),
                                        columns=("a", "a (2)", "target")),
    "a header that ends with a delimiter": Meant(data(["a,b,target,", *table()[1:]]),
                                                 ("TrailingDelimiter",)),
    "blank lines between": Meant(data([part for line in table() for part in (line, "")]), ()),
}  # fmt: skip

WIDER_OR_NARROWER = {
    f"{'wide' if more > 0 else 'narrow'} by {abs(more)}, row {row}": (row, more)
    for row in (2, 31, 61)
    for more in (1, 3, 400, -1)
}


def reading(folder: Path, content: bytes, **settings: Any) -> tuple[Table, list[tuple[Any, ...]]]:
    (folder / "upload").write_bytes(content)
    known = DatasetSettings(**settings)
    with connect(folder) as connection:
        found = read_table(
            connection, open_source(connection, folder / "upload", folder, known), known
        )
        return found, connection.execute("SELECT * FROM data ORDER BY rowid").fetchall()


@pytest.mark.parametrize("name", MEANT)
def test_a_file_is_read_as_it_is_meant(name: str, tmp_path: Path) -> None:
    meant = MEANT[name]
    found, cells = reading(tmp_path, meant.content, **meant.settings)
    assert found.columns == meant.columns
    assert found.rows == meant.rows
    assert found.excluded == meant.excluded
    noticed = {finding.code for finding in found.findings} - {"LineEndsMixed"}
    assert noticed == set(meant.codes) - {"MixedTypes"}
    assert meant.says in " ".join(str(finding.message) for finding in found.findings)
    assert all(cells[row][column] == value for (row, column), value in meant.cells.items())


@pytest.mark.parametrize("name", WIDER_OR_NARROWER)
def test_a_row_that_does_not_fit_is_named_with_its_fields(name: str, tmp_path: Path) -> None:
    row, more = WIDER_OR_NARROWER[name]
    records = table()
    fields = [*records[row - 1].split(","), *["x"] * more]
    records[row - 1] = ",".join(fields[: 3 + more])
    found, _ = reading(tmp_path, data(records))
    (finding,) = found.findings
    assert finding.code == "RaggedRows"
    assert finding.row == row
    assert str(finding.message) == f"row {row} has {3 + more} fields where the header has 3"
    assert found.excluded == {"ragged": 1}


def test_a_header_that_no_row_fits_is_the_one_to_blame(tmp_path: Path) -> None:
    found, _ = _problems(tmp_path, data(["a,b,c,d,target", *table()[1:]]))
    assert [str(finding.message) for finding in found] == [
        "the header has 5 fields where 60 rows have 3"
    ]


def test_rows_below_what_is_no_row_are_counted_as_a_spreadsheet_does(tmp_path: Path) -> None:
    records = put(table(), 10, "", "a,b,target")
    records[30] = "1,2,"
    found, _ = _problems(tmp_path, data(records))
    assert [finding.row for finding in found if finding.code == "TargetMissing"] == [31]


def _problems(folder: Path, content: bytes) -> tuple[tuple[Any, ...], Prepared | None]:
    (folder / "upload").write_bytes(content)
    try:
        prepared = prepare(Download.at(folder / "upload"), [Source("set", "test", {})], folder)
    except DataError as error:
        return error.findings, None
    return prepared.findings, prepared


# What reading makes of each file in "cases": rows, and the codes that must be among the findings.
IN_CASES: dict[str, tuple[int, tuple[str, ...]]] = {
    "header-newline": (240, ()),
    "preamble": (240, ("LinesAboveTable",)),
    "preamble-padded": (240, ("LinesAboveTable",)),
    "single-quotes": (240, ("QuotesAssumed",)),
    "space-after-comma": (300, ()),
    "backslash-escape": (300, ("QuotesAssumed",)),
    "repeated-header": (240, ("RepeatedHeader",)),
    "case-columns": (240, ()),
}


@pytest.mark.parametrize("name", IN_CASES)
def test_a_case_is_read_whole(name: str, tmp_path: Path) -> None:
    rows, codes = IN_CASES[name]
    found, prepared = _problems(tmp_path, (CASES / f"{name}.csv").read_bytes())
    assert prepared
    assert prepared.table.rows == sum(prepared.split.rows.values()) == rows
    assert {finding.code for finding in found}.issuperset(codes)


def test_column_names_stay_apart_in_the_splits(tmp_path: Path) -> None:
    _, prepared = _problems(tmp_path, (CASES / "case-columns.csv").read_bytes())
    assert prepared
    assert prepared.target.profile.name == "y"
    for path in prepared.files.values():
        assert path.read_text().splitlines()[0] == "Country,country,x,Y,y"
