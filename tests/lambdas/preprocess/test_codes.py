"""Digits that are names: they keep their zeros, and do not vanish without a warning."""

from pathlib import Path

import pytest

from tests.lambdas.preprocess.test_preprocess import all_rows, codes, run
from tests.lambdas.preprocess.test_written_numbers import case, findings

TABLE = "x,n,target\n"


def rows_of(cells: list[str]) -> str:
    lines = [f"{cell},{row * 37 % 61},{'ab'[row % 2]}\n" for row, cell in enumerate(cells)]
    return TABLE + "".join(lines)


def test_zeros_in_front_make_a_code(tmp_path: Path) -> None:
    prepared = case(tmp_path, "zip-leading-zeros")
    (feature,) = [feature for feature in prepared.features if feature.name == "zip"]
    assert feature.kind == "categorical"
    assert {"00501", "0501"} <= {row["zip"] for row in all_rows(prepared)}
    assert findings(prepared, "CodeColumn")
    asked = case(tmp_path, "zip-leading-zeros", numbers="zip")
    assert {"501"} <= {row["zip"] for row in all_rows(asked)}
    assert "CodeColumn" not in codes(asked)


def test_a_zero_far_below_the_first_rows_is_found(tmp_path: Path) -> None:
    cells = [str(10_000 + row % 7) for row in range(60_000)] + ["00501"] * 10
    prepared = run(tmp_path, rows_of(cells))
    assert prepared.features[0].kind == "categorical"
    assert "00501" in {row["x"] for row in all_rows(prepared)}


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "20", "300"], "numeric"),
        (["2019", "2020", "2021"], "numeric"),
        (["0", "1", "2"], "numeric"),
        (["0.5", "00.7", "1"], "numeric"),
        (["9007199254740993", "9007199254740994", "9007199254740995"], "categorical"),
        (["1e20", "2e20", "3e21"], "numeric"),
        (["0123", "4567", "unknown"], "categorical"),
        (["6125550123", "6125550124", "2065550123"], "categorical"),
        (["346001234567", "34600123457", "15551234567"], "numeric"),
        (["+34600123456", "+34600123457", "+15551234567"], "categorical"),
        (["+34 600 123 456", "+34 600 123 457", "+1 555 123 4567"], "categorical"),
        (["1700000000", "1700086400", "1600000000"], "numeric"),
        (["1700000000123", "1700086400123", "1600000000456"], "numeric"),
        (["+5", "+12", "-7"], "numeric"),
    ],
)
def test_what_is_a_code(tmp_path: Path, cells: list[str], kind: str) -> None:
    prepared = run(tmp_path, rows_of([cells[row % 3] for row in range(90)]))
    assert prepared.features[0].kind == kind
    if kind == "categorical":
        assert {row["x"] for row in all_rows(prepared)} == set(cells)
        assert "CodeColumn" in codes(prepared)


def test_codes_of_nearly_every_row_are_excluded_with_a_warning(tmp_path: Path) -> None:
    prepared = run(tmp_path, rows_of([f"{row * 7919 % 100_000:05}" for row in range(100)]))
    (found,) = findings(prepared, "CodesExcluded")
    assert (found.severity, found.column) == ("warning", "x")
    asked = run(tmp_path, rows_of([f"{row:05}" for row in range(7, 107)]), numbers="x")
    assert asked.features[0].kind == "numeric"


def test_what_looks_like_measurements_does_not_vanish_without_a_warning(tmp_path: Path) -> None:
    prepared = run(tmp_path, rows_of([f"{100 + row}/{60 + row % 30}" for row in range(90)]))
    (found,) = findings(prepared, "NumbersExcluded")
    assert (found.severity, found.column) == ("warning", "x")


@pytest.mark.parametrize("late", [["00501"], ["0042", "7"]])
def test_a_zero_in_a_column_of_any_width_makes_a_code(tmp_path: Path, late: list[str]) -> None:
    cells = [str(7 ** (row % 6)) for row in range(6_000)] + late
    prepared = run(tmp_path, rows_of(cells))
    assert prepared.features[0].kind == "categorical"
    assert findings(prepared, "CodeColumn")
    assert set(late) <= {row["x"] for row in all_rows(prepared)}
    assert run(tmp_path, rows_of(cells), numbers="x").features[0].kind == "numeric"


@pytest.mark.parametrize("zero", ["00.5", "2020-01-05", "x00501", "0"])
def test_other_zeros_make_no_code(tmp_path: Path, zero: str) -> None:
    lines = [f"{row % 13},{zero},{'ab'[row % 2]}\n" for row in range(90)]
    prepared = run(tmp_path, "".join([TABLE, *lines]))
    assert prepared.features[0].kind == "numeric"
    assert not findings(prepared, "CodeColumn")


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("phone", "{0}"),
        ("contact", "555{0}"),
        ("x", "+1555{0}"),
        ("x", "(555) {0:.3}-{1}"),
        ("x", "555-{0:.3}-{1}"),
        ("x", "555.{0:.3}.{1}"),
        ("teléfono", "6{0:.2} {1:.3} {0:.3}"),
    ],
)
def test_phone_numbers_are_no_numbers(tmp_path: Path, name: str, form: str) -> None:
    cells = [form.format(str(2_000_000 + row * 65537), str(1000 + row * 7)) for row in range(99)]
    prepared = run(tmp_path, rows_of(cells).replace("x,", f"{name},", 1))
    (found,) = findings(prepared, "CodesExcluded")
    assert found.column == name


def test_a_column_so_called_may_hold_numbers(tmp_path: Path) -> None:
    prepared = run(tmp_path, rows_of([str(row * 7) for row in range(99)]).replace("x,", "phones,"))
    assert prepared.features[0].kind == "numeric"
