"""Dates as people write them: the same in preprocessing, in training and at the endpoint."""

import json
import math
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lambdas.preprocess.columns import dates, number_cells
from lambdas.preprocess.run import Prepared
from lambdas.shared.failures.errors import DataError
from tests.lambdas.preprocess.test_preprocess import all_rows, run
from tests.lambdas.preprocess.test_written_numbers import case, findings, schema_of
from training.errors import RequestError
from training.schema import Schema
from training.serve.json_body import parse_json
from training.written_dates import PATTERNS, DateForm, iso, read_date
from training.written_numbers import plain

DAY = datetime.fromisoformat("2021-03-04")


def column(folder: Path, cells: list[str], **given: Any) -> Prepared:
    quoted = [cells[row % len(cells)] for row in range(80)]
    lines = [f'"{cell}",{row * 37 % 61},{"ab"[row % 2]}' for row, cell in enumerate(quoted)]
    return run(folder, "\n".join(["x,n,target", *lines, ""]), **given)


def served(schema: Schema, cell: str) -> Any:
    row = dict.fromkeys(schema.names) | {"x": cell}
    table = parse_json(schema, json.dumps({"instances": [row]}))
    return table.written[0, schema.written.index("x")]


_PIECES = st.sampled_from(
    [*"0123456789-/.:, TZ", "2021", "12", "31", "02", "13", "Jan", "sept", "März", "+02:00",
     "-0530", "PM", "am", " 10:30", "Fri, ", "lunes ", "th", " de ", " UTC", "\u2013", "\u00a0"]
)  # fmt: skip
_DATES = st.datetimes(datetime.fromisoformat("1000-01-02"), datetime.fromisoformat("9998-12-30"))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.lists(_PIECES, min_size=3, max_size=8).map("".join),
            st.builds(lambda date, pattern: date.strftime(pattern), _DATES,
                      st.sampled_from(PATTERNS)),
            _DATES.map(str),
        ),
        min_size=1, max_size=20,
    ),
    st.sampled_from([*PATTERNS, "%d/%m/%Y %H:%M"]),
)  # fmt: skip
@example(["2021-01-02 03:04:05+02:00", "2021-02-30", "2021-01-02 13:00 pm", "2021-01-02T24:00"],
         "%Y-%m-%d")  # fmt: skip
def test_sql_and_python_read_every_cell_alike(
    database: Any, cells: list[str], pattern: str
) -> None:
    database.execute(
        "CREATE OR REPLACE TABLE data AS SELECT generate_subscripts(c0, 1) AS id, "
        "unnest(c0) AS c0 FROM (SELECT ?::VARCHAR[] AS c0)",
        [cells],
    )
    moment = dates.moment("cell", pattern)
    rows = database.execute(
        f"SELECT m, {dates.iso('m')} FROM (SELECT id, {moment} AS m FROM "  # noqa: S608
        f"(SELECT id, {number_cells.plain('c0')} AS cell FROM data)) ORDER BY id"
    ).fetchall()
    for cell, (moment, text) in zip(cells, rows, strict=True):
        read = read_date(plain(cell), pattern)
        assert moment == read, cell
        assert text == (iso(read) if read else None), cell


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_pattern_is_found(tmp_path: Path, pattern: str) -> None:
    days = [DAY.replace(day=day, month=1 + day % 12) for day in range(1, 29)]
    prepared = column(tmp_path, [day.strftime(pattern) for day in days])
    assert prepared.features[0].kind == "datetime"
    meant = {iso(day if "%d" in pattern else day.replace(day=1)) for day in days}
    assert {row["x"] for row in all_rows(prepared)} == meant
    assert not findings(prepared, "DatesAmbiguous")


def test_two_formats_in_one_column_are_both_read(tmp_path: Path) -> None:
    prepared = case(tmp_path, "dates-mixed")
    (feature,) = [feature for feature in prepared.features if feature.name == "visit"]
    assert feature.kind == "datetime"
    assert feature.form == DateForm(("%Y-%m-%d", "%d/%m/%Y"))
    assert all(row["visit"].startswith("2021-") for row in all_rows(prepared))


@pytest.mark.parametrize(
    ("cells", "dates", "code"),
    [
        (["2021-03-04", "05.03.2021", "6 Mar 2021"],
         ["2021-03-04", "2021-03-05", "2021-03-06"], None),
        (["04/03/2021", "25/03/2021"], ["2021-03-04", "2021-03-25"], None),
        (["03/04/2021", "03/25/2021"], ["2021-03-04", "2021-03-25"], None),
        (["03/04/2021", "03/04/2022"], ["2021-04-03", "2022-04-03"], "DatesAmbiguous"),
        (["25/03/2021", "03/26/2021"], ["2021-03-25", "2021-03-26"], "DatesAmbiguous"),
        (["04.03.2021 10:30", "04.03.21"], ["2021-03-04T10:30:00", "2021-03-04"], None),
        (["2021-03-04", "2021-03-05", "unknown"], ["2021-03-04", "2021-03-05", ""], "MixedTypes"),
        (["4 de marzo de 2021", "jueves, 5 de marzo del 2021"], ["2021-03-04", "2021-03-05"], None),
        (["March 4th, 2021", "Fri, 5 Mar 2021"], ["2021-03-04", "2021-03-05"], None),
        (["20210304", "20210305"], ["2021-03-04", "2021-03-05"], None),
        (["Mar 2021", "marzo de 2022", "2021-04"],
         ["2021-03-01", "2022-03-01", "2021-04-01"], None),
        (["2021-03-04 10:00:00 UTC", "2021-03-05T11:00 GMT"],
         ["2021-03-04T10:00:00", "2021-03-05T11:00:00"], None),
        (["2021-03-04", "2021-03-05", "0000-00-00"],
         ["2021-03-04", "2021-03-05", ""], "MixedTypes"),
        (["2021-03-04T10:00:00Z", "2021-03-04 10:00:00+02:00"],
         ["2021-03-04T10:00:00", "2021-03-04T08:00:00"], None),
    ],
)  # fmt: skip
def test_a_column_is_read_as_it_is_meant(
    tmp_path: Path, cells: list[str], dates: list[str], code: str | None
) -> None:
    prepared = column(tmp_path, cells)
    assert prepared.features[0].kind == "datetime"
    assert {row["x"] for row in all_rows(prepared)} == set(dates)
    assert bool(findings(prepared, code or "DatesAmbiguous")) == (code is not None)
    schema = schema_of(prepared)
    for cell in cells:
        date = served(schema, cell)
        assert date in dates or (math.isnan(date) and "" in dates)
    for date in dates:
        assert not date or served(schema, date) == date


def test_other_columns_show_what_comes_first(tmp_path: Path) -> None:
    lines = [f"03/04/202{row % 5},03/{13 + row % 9}/2021,{'ab'[row % 2]}" for row in range(80)]
    prepared = run(tmp_path, "\n".join(["x,n,target", *lines, ""]))
    assert {row["x"][5:] for row in all_rows(prepared)} == {"03-04"}
    assert findings(prepared, "DatesAmbiguous")


@pytest.mark.parametrize("given", [{"dates": "x=%m/%d/%Y"}, {"dates": {"x": "%m/%d/%Y"}}])
def test_the_setting_decides(tmp_path: Path, given: dict[str, Any]) -> None:
    prepared = column(tmp_path, ["03/04/2021", "03/04/2022"], **given)
    assert {row["x"] for row in all_rows(prepared)} == {"2021-03-04", "2022-03-04"}
    assert not findings(prepared, "DatesAmbiguous")


@pytest.mark.parametrize(
    ("given", "says"),
    [({"dates": "z=%d/%m/%Y"}, "“dates” names “z”"), ({"dates": "x=%d/%m"}, "a date is written"),
     ({"dates": "x"}, "not a list of names with values")],
)  # fmt: skip
def test_a_wrong_setting_is_refused(tmp_path: Path, given: dict[str, Any], says: str) -> None:
    with pytest.raises(DataError, match=says):
        column(tmp_path, ["03/04/2021", "03/05/2021"], **given)


def test_the_order_of_time_reads_dates_alike(tmp_path: Path) -> None:
    cells = [f"{1 + row % 28:02}/{1 + row // 28:02}/2021" for row in range(80)]
    prepared = column(tmp_path, cells, time="x")
    assert findings(prepared, "TimeOrder")
    with pytest.raises(DataError, match="does not contain a date or time"):
        column(tmp_path, [*cells, "soon"][-60:], time="x")


@pytest.mark.parametrize("cell", ["soon", "31/02/2021", "03/25/2021", "4"])
def test_the_endpoint_refuses_what_the_column_does_not_read(tmp_path: Path, cell: str) -> None:
    schema = schema_of(column(tmp_path, ["04/03/2021", "25/03/2021"]))
    with pytest.raises(RequestError, match="column 'x', row 1: must be a date"):
        served(schema, cell)


@pytest.mark.parametrize(
    ("cells", "given", "kind"),
    [
        (["20210304", "20210335"], {}, "numeric"),
        (["18990304", "20210304"], {}, "numeric"),
        (["20210304", "20210305"], {"numbers": "x"}, "numeric"),
        (["20210304", "20210305"], {"codes": "x"}, "categorical"),
        (["18990304", "20210304"], {"dates": "x=%Y%m%d"}, "datetime"),
        (["30421", "50421"], {"dates": "x=%d%m%y"}, "datetime"),
    ],
)
def test_digits_alone_are_dates_where_all_are_days(
    tmp_path: Path, cells: list[str], given: dict[str, str], kind: str
) -> None:
    assert column(tmp_path, cells, **given).features[0].kind == kind
