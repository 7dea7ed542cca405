"""Numbers as people write them: the same in preprocessing, in training and at the endpoint."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lambdas.preprocess.columns import number_cells
from lambdas.preprocess.documents.splits import schema_document
from lambdas.preprocess.run import Prepared
from lambdas.shared.failures.errors import DataError
from lambdas.shared.findings.finding import Finding
from tests.lambdas.preprocess.test_preprocess import all_rows, run
from training.errors import RequestError
from training.schema import Schema, parse_schema
from training.serve.csv_body import parse_csv
from training.serve.json_body import parse_json
from training.written_numbers import NumberForm, folded, parts

CASES = Path(__file__).parents[2] / "cases"
UNITS = ("$", "usd", "%", "kg", "mg/dl", "€")


def case(folder: Path, name: str, **given: Any) -> Prepared:
    return run(folder, (CASES / f"{name}.csv").read_bytes(), **given)


def column(folder: Path, cells: list[str], end: str = ",", **given: Any) -> Prepared:
    """Prepare a file with such cells in the column ``x``, repeated to 80 rows."""
    quoted = [cells[row % len(cells)].replace('"', '""') for row in range(80)]
    lines = [f'"{cell}"{end}{row * 37 % 61}{end}{"ab"[row % 2]}' for row, cell in enumerate(quoted)]
    return run(folder, "\n".join([f"x{end}n{end}target", *lines, ""]), **given)


def findings(prepared: Prepared, code: str) -> list[Finding]:
    return [finding for finding in prepared.findings if finding.code == code]


def schema_of(prepared: Prepared) -> Schema:
    text = schema_document(prepared.task, prepared.target, prepared.features, {})
    return parse_schema(json.loads(text))


def served(schema: Schema, cell: Any) -> float:
    """Return what the endpoint takes a cell of the column ``x`` for, in JSON and in CSV."""
    row = dict.fromkeys(schema.names) | {"x": cell}
    from_json = parse_json(schema, json.dumps({"instances": [row]}))
    place = schema.numeric.index("x")
    number = float(from_json.numeric[0, place])
    if isinstance(cell, str):
        quoted = '"' + cell.replace('"', '""') + '"'
        from_csv = parse_csv(schema, f"n,x\n1,{quoted}\n")
        assert from_csv.numeric[0, place] == number or math.isnan(number)
    return number


# One cell -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("1234", 1234), ("1,234,567", 1234567), ("1,234.5", 1234.5), ("1.234,5", 1234.5),
        ("1.234.567", 1234567), ("1 234,5", 1234.5), ("1\u00a0234", 1234), ("1\u2009234", 1234),
        ("1\u202f234.5", 1234.5), ("1'234.50", 1234.5), ("1\u2019234", 1234),
        ("0,5", 0.5), ("0,123", 0.123), (",5", 0.5), (".5", 0.5), ("5.", 5), ("1234,567", 1234.567),
        ("12,34,567", 1234567),
        ("$1,234.00", 1234), ("-$5", -5), ("$-5", -5), ("($5.00)", -5), ("(5)", -5), ("5-", -5),
        ("\u22125", -5), ("+5", 5), ("5 USD", 5), ("USD 5", 5), ("€ 5", 5), ("5,00 €", 5),
        ("12%", 12), ("12 %", 12), ("12.5%", 12.5), ("-3 %", -3), ("12 kg", 12), ("12KG", 12),
        ("5.1 mg/dL", 5.1), ("<5", 5), ("> 40", 40), ("\u22640.1", 0.1), ("< 0.1", 0.1),
        (">=7", 7), ("90+", 90), ("< 5 mg/dL", 5), ("1e-5", 1e-5), ("1.5E+03", 1500),
        ("\uff11\uff12", 12),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_it_is_meant(cell: str, number: float) -> None:
    assert NumberForm(units=UNITS).read(cell) == number
    assert NumberForm(",", UNITS).read(cell) == number or cell == "1,234"


@pytest.mark.parametrize(
    "cell",
    ["", "a", "12a", "1_000", "0x10", "1,23,4", "1.2.3", "2021-01-01", "01.02.2021", "1/2", "5:30",
     "12-14", "--5", "(5", "5)", "A12", "12 34", "inf", "5 lb", "1e400", "#5", "№ 5", "+-5"],
)  # fmt: skip
def test_what_is_no_number_is_not_taken_for_one(cell: str) -> None:
    assert NumberForm(units=UNITS).read(cell) is None


@pytest.mark.parametrize(("decimal", "number"), [(".", 1234), (",", 1.234)])
def test_three_digits_behind_a_comma_are_decided_by_the_column(decimal: str, number: float) -> None:
    assert NumberForm(decimal).read("1,234") == number


_PIECES = st.sampled_from(
    [*"0123456789.,' ()-+<>%$€", "12", "345", "1,234", "1.234", "kg", "mg/dL", "USD", "Rs.", "e3",
     "k", "M", "~", "*", "\u00a0", "\u2212", "\u2264", "\uff15", "\u2019", "a", "İ", "\n"]
)  # fmt: skip


@settings(max_examples=50, deadline=None)  # of many cells: a statement takes longer than they do
@given(st.lists(st.lists(_PIECES, max_size=7).map("".join), min_size=1, max_size=120))
@example(
    [
        "Rs.5",
        "Rs.(0)",
        "$.50",
        "5 m2",
        "5 m5",
        "5 e3",
        "12 345 kg",
        "5 .",
        "1e5kg",
        "5.e3",
        ",5,",
        "Rs.Rs..0",
    ]
)
def test_sql_and_python_read_every_cell_alike(database: Any, cells: list[str]) -> None:
    database.execute("CREATE OR REPLACE TABLE data AS SELECT unnest(?::VARCHAR[]) AS c0", [cells])
    more = ("k", "m", "$k", "kusd")
    for form in (
        NumberForm(".", UNITS),
        NumberForm(",", UNITS),
        NumberForm(".", more, (), True),
    ):
        source = number_cells.judged([0], {0: form.units})
        rows = database.execute(
            f"SELECT {number_cells.value(form)}, digits, unit, at_limit, "  # noqa: S608
            f"{number_cells.folded('cell')} FROM {source} ORDER BY id"
        ).fetchall()
        for cell, (value, digits, unit, limit, fold) in zip(cells, rows, strict=True):
            found = parts(cell)
            seen = None if digits is None else (digits, unit, limit)
            assert seen == (found and (found.number, found.unit, found.is_limit)), cell
            read = form.read(cell)
            assert value == read or (read is None and value in (math.inf, -math.inf)), cell
            assert fold == folded(cell)


# A column -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "feature", "sent", "number"),
    [
        ("thousands-quoted", "income", "7,246.90", 7246.9),
        ("currency", "price", "$3,857.81", 3857.81),
        ("percent", "rate", "33.7%", 33.7),
        ("decimal-comma-in-comma", "price", "724,69", 724.69),
        ("decimal-comma-in-comma", "x", "-1,633", -1.633),
        ("lab-limits", "bmi", ">40", 40.0),
        ("missing-words", "bp", "101", 101.0),
        ("missing-words", "bp", "Unknown ", math.nan),
    ],
)
def test_the_endpoint_reads_what_the_file_has(
    tmp_path: Path, name: str, feature: str, sent: str, number: float
) -> None:
    prepared = case(tmp_path, name)
    kinds = {found.name: found.kind for found in prepared.features}
    assert kinds[feature] == "numeric"
    schema = schema_of(prepared)
    row = dict.fromkeys(schema.names) | {feature: sent}
    found = parse_json(schema, json.dumps({"instances": [row]}))
    value = found.numeric[0, schema.numeric.index(feature)]
    assert value == number or (math.isnan(number) and math.isnan(value))


@pytest.mark.parametrize(
    ("cells", "numbers", "code"),
    [
        (["1,234", "12,345.5", "7"], [1234, 12345.5, 7], "WrittenNumbers"),
        (["1 234", "12\u202f345,5"], [1234, 12345.5], "DecimalComma"),
        (["1.234,5", "1.234"], [1234.5, 1234], "DecimalComma"),
        (["1'234", "12'345"], [1234, 12345], "WrittenNumbers"),
        (["$5", "5 USD", "-$1,000"], [5, 5, -1000], "WrittenNumbers"),
        (["(5.00)", "7.25", "3-"], [-5, 7.25, -3], "WrittenNumbers"),
        (["1 day", "2 days", "10 days"], [1, 2, 10], "WrittenNumbers"),
        (["1.5", "2,5", "3"], [1.5, 2.5, 3], None),
        (["<5", "7", "> 40", "90+"], [5, 7, 40, 90], "LimitsTaken"),
        (["5k", "1.2K", "800"], [5000, 1200, 800], "WrittenNumbers"),
        (["5k", "3M", "2bn"], [5e3, 3e6, 2e9], "WrittenNumbers"),
        (["1.5M", "250"], [1.5e6, 250], "WrittenNumbers"),
        (["$5k", "$1,200", "$3M"], [5e3, 1200, 3e6], "WrittenNumbers"),
        (["5 m", "7", "12 m"], [5, 7, 12], "WrittenNumbers"),
        (["300 K", "310 K"], [300, 310], "WrittenNumbers"),
        (["~5", "\u224812", "7"], [5, 12, 7], "WrittenNumbers"),
        (["5.1*", "6.2", "7.3**"], [5.1, 6.2, 7.3], "WrittenNumbers"),
        (["'5", "'12"], [5, 12], "WrittenNumbers"),
        (["5", "6", "7", "not done", "Refused", "-"], [5, 6, 7, None], "MixedTypes"),
    ],
)
def test_a_column_is_read_as_it_is_meant(
    tmp_path: Path, cells: list[str], numbers: list[float | None], code: str | None
) -> None:
    prepared = column(tmp_path, cells)
    assert prepared.features[0].kind == "numeric"
    found = {float(row["x"]) if row["x"] else None for row in all_rows(prepared)}
    assert found == set(numbers)
    if code:
        assert findings(prepared, code)
    schema = schema_of(prepared)
    for cell in cells:
        number = served(schema, cell)
        assert number in numbers or (math.isnan(number) and None in numbers)


@pytest.mark.parametrize("cell", ["abc", "5 lb", "1,23,4", "12-14", "2021-01-01"])
def test_the_endpoint_refuses_what_the_column_does_not_read(tmp_path: Path, cell: str) -> None:
    schema = schema_of(column(tmp_path, ["5 kg", "1,234 kg"]))
    with pytest.raises(RequestError, match="column 'x', row 1: not a finite number"):
        served(schema, cell)


def test_plain_numbers_of_a_request_stay_what_they_are(tmp_path: Path) -> None:
    schema = schema_of(column(tmp_path, ["1,5", "2,25", "1.234"]))
    assert schema.forms["x"].decimal == ","
    assert served(schema, 1.234) == 1.234
    assert served(schema, "1.234") == 1234
    assert served(schema, "1,234") == 1.234


def test_what_was_written_for_training_means_the_same_when_it_is_sent(tmp_path: Path) -> None:
    prepared = column(tmp_path, ["1,234", "0,5", "12,75", "-2,125"])
    schema = schema_of(prepared)
    assert {served(schema, row["x"]) for row in all_rows(prepared)} == {1.234, 0.5, 12.75, -2.125}


@pytest.mark.parametrize(
    ("given", "number"),
    [({}, 1234.0), ({"decimal": ","}, 1.234), ({"thousands": "."}, 1.234),
     ({"thousands": "comma"}, 1234.0)],
)  # fmt: skip
def test_settings_decide_what_the_file_does_not(
    tmp_path: Path, given: dict[str, str], number: float
) -> None:
    prepared = column(tmp_path, ["1,234", "2,500"], **given)
    assert float(all_rows(prepared)[0]["x"]) in (number, 2500.0, 2.5)
    assert served(schema_of(prepared), "1,234") == number
    (found,) = findings(prepared, "NumbersAmbiguous")
    assert "“x”" in str(found.message)


def test_other_columns_tell_what_a_column_does_not(tmp_path: Path) -> None:
    lines = [
        f'"{1 + row % 7},{row * 13 % 900 + 100}","0,{row}",{"ab"[row % 2]}' for row in range(80)
    ]
    prepared = run(tmp_path, "\n".join(["x,n,target", *lines, ""]))
    assert max(float(row["x"]) for row in all_rows(prepared)) < 8


@pytest.mark.parametrize(
    ("delimiter", "cell", "other", "given", "number"),
    [
        (";", "{0}.{1}", "0,5", {}, 1200),
        (";", "{0}.{1}", "0.5", {}, 1.2),
        (";", "{0}.{1}", "5", {}, 1200),
        (";", "{0},{1}", "0.5", {}, 1200),
        (";", "{0},{1}", "0,5", {}, 1.2),
        (",", "{0}.{1}", "0,5", {}, 1200),
        (",", "{0}.{1}", "5", {}, 1.2),
        (",", "{0},{1}", "0.5", {}, 1200),
        (",", "{0},{1}", "0,5", {}, 1.2),
        (";", "{0}.{1}", "0,5", {"decimal": "."}, 1.2),
        (";", "{0}.{1}", "0,5", {"thousands": ","}, 1.2),
        (";", "{0}.{1}", "0,5", {"numbers": "x"}, 1.2),
        (",", "{0}.{1}", "0.5", {"thousands": "."}, 1200),
    ],
)
def test_the_file_tells_thousands_from_decimals(
    tmp_path: Path, delimiter: str, cell: str, other: str, given: dict[str, str], number: float
) -> None:
    lines = [
        f'"{cell.format(1 + row % 7, 200 + row % 9 * 50)}"{delimiter}"{other}{row % 9}"{delimiter}'
        f"{'ab'[row % 2]}"
        for row in range(80)
    ]
    content = "\n".join([delimiter.join(["x", "n", "target"]), *lines, ""])
    prepared = run(tmp_path, content, **given)
    assert min(float(row["x"]) for row in all_rows(prepared)) == number
    if number == 1200:
        assert findings(prepared, "NumbersAmbiguous")
    if "numbers" not in given:
        assert served(schema_of(prepared), cell.format(1, 200)) == number


@pytest.mark.parametrize("cells", [["5 k", "3 kg", "7"], ["5 m", "3 km"], ["5 K", "3 M", "2 lb"]])
def test_what_only_seems_to_multiply_is_several_units(tmp_path: Path, cells: list[str]) -> None:
    prepared = column(tmp_path, cells)
    assert prepared.features[0].kind == "categorical"
    assert findings(prepared, "MixedUnits")


def test_numbers_in_several_units_are_not_added_up(tmp_path: Path) -> None:
    cells = [f"{row} {unit}" for row in range(1, 30) for unit in ("kg", "lb")]
    prepared = column(tmp_path, cells)
    assert prepared.features[0].kind == "categorical"
    assert findings(prepared, "MixedUnits")
    asked = column(tmp_path, cells, numbers="x")
    assert asked.features[0].kind == "numeric"


def test_a_column_may_be_asked_for_as_numbers_or_as_codes(tmp_path: Path) -> None:
    cells = [str(row) for row in range(10, 15)]
    assert column(tmp_path, cells, codes="x").features[0].kind == "categorical"
    few = ["1", "2", "3?"]
    assert column(tmp_path, few).features[0].kind == "categorical"
    assert column(tmp_path, few, numbers="x").features[0].kind == "numeric"
    with pytest.raises(DataError, match="“numbers” names “z”"):
        column(tmp_path, few, numbers="z")


def test_words_in_a_column_of_numbers_are_counted_and_named(tmp_path: Path) -> None:
    prepared = case(tmp_path, "missing-words")
    (found,) = findings(prepared, "MixedTypes")
    assert str(found.message).startswith("60 cells of the column “bp” are not numbers")
    assert (found.column, found.row) == ("bp", 2)
    assert sum(row["bp"] == "" for row in all_rows(prepared)) == 60


def test_a_target_with_separators_is_a_number(tmp_path: Path) -> None:
    prepared = case(tmp_path, "target-thousands")
    assert prepared.task == "regression"
    assert "27184" in {row["price"] for row in all_rows(prepared)}
    assert case(tmp_path, "target-thousands", task="regression").task == "regression"


def test_classes_keep_their_spelling(tmp_path: Path) -> None:
    lines = [f"{row * 7},{10 * (row % 3)}%" for row in range(60)]
    prepared = run(tmp_path, "\n".join(["x,target", *lines, ""]))
    assert prepared.task == "multiclass"
    assert {row["target"] for row in all_rows(prepared)} == {"0%", "10%", "20%"}


@pytest.mark.parametrize("cell", ["NA", " n/a ", "?", "#N/A", "null"])
def test_what_was_missing_in_the_file_is_missing_in_a_request(tmp_path: Path, cell: str) -> None:
    schema = schema_of(column(tmp_path, ["1", "2", "3"]))
    assert math.isnan(served(schema, cell))
    texts = schema_of(column(tmp_path, ["north", "south", "east"]))
    row = {"instances": [{"x": cell, "n": 1}, {"x": " north", "n": 2}]}
    missing, north = parse_json(texts, json.dumps(row)).written[:, 0]
    assert math.isnan(missing)
    assert north == "north"


@pytest.mark.parametrize(
    ("nines", "others", "is_far"),
    [("-999", [0, 60], True), ("9999", [20, 60], True), ("99", [1, 5], True),
     ("-99", [-20, 30], True), ("99", [20, 97], False), ("9999", [9000, 10200], False),
     ("-999", [-800, 800], False),
     ("98", [1, 5], False)],
)  # fmt: skip
def test_nines_far_from_all_others_are_said(
    tmp_path: Path, nines: str, others: list[int], is_far: bool
) -> None:
    low, high = others
    cells = [nines if row % 9 == 0 else str(low + row * 37 % (high - low)) for row in range(80)]
    prepared = column(tmp_path, cells)
    assert bool(findings(prepared, "SentinelSuspected")) is is_far
    assert {nines} <= {row["x"] for row in all_rows(prepared)}
    told = column(tmp_path, cells, missing=nines)
    assert nines not in {row["x"] for row in all_rows(told)}
    assert not findings(told, "SentinelSuspected")


def test_one_cell_of_nines_is_a_number(tmp_path: Path) -> None:
    cells = ["9999", *(str(row % 30) for row in range(79))]
    assert not findings(column(tmp_path, cells), "SentinelSuspected")


@pytest.mark.parametrize("cells", ["Sí No", "VERDADERO FALSO", "Oui non", "Ja Nein"])
def test_yes_or_no_in_other_languages(tmp_path: Path, cells: str) -> None:
    assert findings(column(tmp_path, cells.split()), "BooleanColumn")


@pytest.mark.parametrize("sign", ["^", "  ", "~"])
def test_a_file_of_one_column_names_the_cause(tmp_path: Path, sign: str) -> None:
    lines = [f"{row}{sign}{row % 7}{sign}{'ab'[row % 2]}" for row in range(80)]
    with pytest.raises(DataError, match="there is no comma, semicolon, tab or pipe between cells"):
        run(tmp_path, "\n".join([sign.join(["x", "n", "target"]), *lines, ""]))


def test_half_numbers_do_not_become_categories_in_silence(tmp_path: Path) -> None:
    prepared = column(tmp_path, ["5", "12", "7", "about 8"])
    assert prepared.features[0].kind == "categorical"
    assert findings(prepared, "MixedTypes")
