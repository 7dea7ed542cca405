"""A file beside the one that a champion has learned from: real rows, changed in known ways."""

import csv
import json
import random
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from lambdas.drift.bins import NumberBins
from lambdas.drift.compare import Compared, levels
from lambdas.drift.findings import findings
from lambdas.drift.measure import Drift
from lambdas.drift.reference import Reference
from lambdas.preprocess.documents.splits import schema_document
from lambdas.preprocess.read.source import Download
from lambdas.preprocess.run import Prepared, prepare

Row = dict[str, str]
_ROWS = list(
    csv.DictReader(
        (Path(__file__).parents[3] / "examples/breast_cancer.csv").read_text().splitlines()
    )
)


def _rows() -> list[Row]:
    """Return cancer patients with a hospital, whose three names are as frequent in all rows."""
    rows = [row | {"hospital": f"Hospital {'ABC'[n % 3]}"} for n, row in enumerate(_ROWS)]
    random.Random(0).shuffle(rows)  # noqa: S311 - no secret
    return rows


def _prepared(folder: Path, rows: list[Row], reference: Reference | None = None) -> Prepared:
    folder.mkdir()
    path = folder / "upload"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return prepare(Download.at(path), [], folder, None, reference)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    made = _prepared(tmp_path_factory.mktemp("drift") / "before", _rows()[:300])
    schema = schema_document(made.task, made.target, made.features, {}, (), bound_by=None)
    return Reference(3, json.loads(schema), json.loads(made.profile))


def _drift(folder: Path, reference: Reference, change: Callable[[Row], Row]) -> Drift:
    rows = [change(row) for row in _rows()[300:]]
    drift = _prepared(folder / "now", rows, reference).drift
    assert drift is not None
    return drift


def _told(drift: Drift) -> list[tuple[str, str | None]]:
    return [(finding.code, finding.column) for finding in findings(drift)]


def test_other_rows_of_the_same_patients_have_not_drifted(tmp_path, reference):
    drift = _drift(tmp_path, reference, dict)
    assert _told(drift) == []
    # On so few rows chance alone makes indexes that are customarily called large.
    assert max(column.cells.index for column, _ in drift.columns) > 0.1
    assert len(drift.columns) == 31
    assert (drift.rows_before, drift.rows) == (300, 269)
    assert drift.target is not None


def _with_larger_area(row: Row) -> Row:
    return row | {"mean area": f"{float(row['mean area']) * 1.4:.1f}"}


def test_what_a_later_version_has_learned_from_is_answered(tmp_path, reference):
    shifted = _prepared(tmp_path / "later", [_with_larger_area(row) for row in _rows()[:300]])
    schema = schema_document(shifted.task, shifted.target, shifted.features, {}, (), bound_by=None)
    later = Reference(4, json.loads(schema), json.loads(shifted.profile))
    both = Reference.from_json(json.loads(json.dumps(asdict(replace(reference, later=later)))))
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "c").mkdir()
    drift = _drift(tmp_path / "a", both, _with_larger_area)
    assert (drift.far, drift.answered_by) == ({"mean area"}, 4)
    assert drift.to_json()["answered_by"] == 4
    # More than that version has seen, and nothing at all.
    further = _drift(tmp_path / "b", both, lambda row: _without_area(_with_larger_area(row)))
    assert further.answered_by is None
    assert "mean area" in further.far
    assert _drift(tmp_path / "c", both, dict).answered_by is None


def _without_area(row: Row) -> Row:
    return row | ({"mean area": ""} if row["hospital"] == "Hospital A" else {})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_with_larger_area, ("Drifted", "mean area")),
        (lambda row: row | {"hospital": "Hospital D"}, ("Drifted", "hospital")),
        (_without_area, ("MoreGaps", "mean area")),
    ],
    ids=["another unit", "unseen category", "gaps"],
)
def test_a_column_that_has_changed_is_named(tmp_path, reference, change, told):
    assert told in _told(_drift(tmp_path, reference, change))


def test_the_target_is_compared_as_well(tmp_path, reference):
    rows = [
        row for n, row in enumerate(_rows()[300:]) if row["diagnosis"] == "benign" or n % 4 == 0
    ]
    drift = _prepared(tmp_path / "now", rows, reference).drift
    assert drift is not None
    assert ("Drifted", "diagnosis") in _told(drift)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ((6000, 5500, 4500, 4000), []),  # more than chance, and next to nothing
        ((7500, 5500, 4000, 3000), [("DriftedSlightly", "x")]),
        ((9000, 6000, 3000, 2000), [("Drifted", "x")]),
    ],
)
def test_a_small_change_of_many_rows_is_a_fact(now, told):
    column = Compared("x", NumberBins((1.0, 2.0, 3.0), (5000,) * 4), now, (20_000, 20_000))
    (level,) = levels([column])
    assert _told(Drift(3, 20_000, 20_000, [(column, level)], None, [], [], [])) == told


def test_columns_that_come_go_or_change_their_type_are_listed(tmp_path, reference):
    def change(row: Row) -> Row:
        rest = {name: cell for name, cell in row.items() if name != "mean area"}
        return rest | {"mean radius": f"about {row['mean radius']}", "ward": row["mean texture"]}

    drift = _drift(tmp_path, reference, change)
    assert (drift.lacking, drift.new, drift.changed) == (["mean area"], ["ward"], ["mean radius"])
