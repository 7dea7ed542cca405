"""Digits that are names: they keep their zeros, and do not vanish without a warning."""

from pathlib import Path

import pytest

from tests.lambdas.test_preprocess import all_rows, codes, run
from tests.lambdas.test_written_numbers import case, findings

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
