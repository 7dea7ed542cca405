"""Rows told from others: beside scikit-learn's area, and what is told of it."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from lambdas.drift.bins import NumberBins, TextBins
from lambdas.drift.compare import Compared
from lambdas.drift.domain import Domain, _area, domain
from lambdas.drift.findings import findings
from lambdas.drift.measure import Drift, FileColumns, measure
from lambdas.drift.reference import Reference
from lambdas.drift.sample import coded, draw, from_json, to_json
from lambdas.preprocess.engine import connect

_BINS = 20
_OF_TWENTY = NumberBins(tuple(map(float, range(1, _BINS))), (1,) * _BINS)


def _columns(seed: int, rows: int, columns: int, up: float = 0.0) -> dict[str, bytes]:
    """Return normal columns in twenty bins of as many rows each, where nothing is up."""
    random = np.random.default_rng(seed)
    edges = np.quantile(np.random.default_rng(0).normal(size=20_000), np.arange(1, _BINS) / _BINS)
    return {
        f"x{n}": bytes(np.searchsorted(edges, random.normal(up, 1, rows)).astype(np.uint8))
        for n in range(columns)
    }


def _found(before: dict[str, bytes], now: dict[str, bytes]) -> Domain:
    found = domain(before, now, dict.fromkeys(before, _OF_TWENTY))
    assert found is not None
    return found


def test_many_small_changes_are_seen_together():
    before, now = _columns(1, 1000, 12), _columns(2, 500, 12, up=0.25)
    found = _found(before, now)
    assert found.is_far
    # Twelve normal columns, each a quarter of a deviation up, have an area of 0.73 at best.
    assert 0.68 < found.auc < 0.74
    assert found.to_json()["rows"] == {"before": 1000, "now": 500}


def test_where_nothing_has_changed_the_interval_has_one_half():
    found = [_found(_columns(2 * n, 300, 8), _columns(2 * n + 1, 200, 8)) for n in range(60)]
    assert sum(each.low > 0.5 for each in found) <= 4  # 2.5% of 60 are 1.5
    assert not any(each.is_far for each in found)
    assert np.mean([each.auc for each in found]) == pytest.approx(0.5, abs=0.015)


def test_a_thousand_columns_of_noise_do_not_drown_the_one_that_changed():
    before, now = _columns(1, 400, 300), _columns(2, 400, 300)
    now["x7"] = _columns(3, 400, 1, up=1.5)["x0"]
    assert _found(before, now).auc > 0.7


def test_what_is_only_in_how_columns_hang_together_is_not_seen():
    (column,) = _columns(1, 1000, 1).values()
    (other,) = _columns(2, 1000, 1).values()
    found = _found({"a": column, "b": column}, {"a": column, "b": other})
    assert found.auc < 0.55


def test_of_few_rows_nothing_is_said():
    assert (
        domain(_columns(1, 500, 2), _columns(2, 39, 2), dict.fromkeys(("x0", "x1"), _OF_TWENTY))
        is None
    )
    assert domain({}, {}, {}) is None


def test_the_area_is_scikit_learns_and_its_error_delongs():
    random = np.random.default_rng(0)
    before, now = random.integers(0, 9, 80), random.integers(2, 12, 50)
    auc, error = _area([*map(float, before)], [*map(float, now)])
    truth = np.repeat([False, True], [80, 50])
    scores = np.concatenate([before, now]).astype(float)
    assert auc == pytest.approx(roc_auc_score(truth, scores))
    won = (now[:, None] > before) + (now[:, None] == before) / 2
    parts = [won.mean(axis=1), won.mean(axis=0)]  # DeLong's structural components
    known = sum(part.var(ddof=1) / len(part) for part in parts)
    assert error == pytest.approx(np.sqrt(known))


def test_cells_are_coded_by_bin_and_gaps_apart(tmp_path: Path):
    with connect(tmp_path) as connection:
        connection.execute("CREATE TABLE data (c0 DOUBLE, c1 VARCHAR, c2 VARCHAR)")
        rows = [(1.0, "a", "2020"), (1.5, "B ", None), (None, None, "2021"), (9.0, "c", "2022")]
        connection.executemany("INSERT INTO data VALUES (?, ?, ?)", rows)
        drawn = draw(connection, [0, 1, 2], {0: "c0"})
        assert draw(connection, [0, 1, 2], {0: "c0"}) == drawn
    codes = [
        coded(NumberBins((1.0, 2.0), (1, 1, 1)), drawn[0]),
        coded(TextBins(("a", "b"), (1, 1, 1)), drawn[1], lambda text: text.strip().lower()),
        coded(TextBins((), (3,)), drawn[2]),
    ]
    assert sorted(zip(*codes, strict=True)) == [(0, 0, 0), (1, 1, 1), (2, 2, 0), (3, 3, 0)]
    columns = {"x": codes[0], "y": codes[1]}
    assert from_json(json.loads(json.dumps(to_json(columns)))) == columns
    assert from_json(None) == {}


@pytest.mark.parametrize(("auc", "level", "told"), [
    (0.7, "small", ["DriftedSlightly", "DriftedTogether"]),
    (0.64, "none", []),
    (0.9, "large", ["Drifted"]),
])  # fmt: skip
def test_it_is_told_where_no_column_tells(auc: float, level: str, told: list[str]):
    column = Compared("x", NumberBins((1.0,), (50, 50)), (90, 10), (100, 100))
    found = Domain(auc, auc - 0.05, auc + 0.05, 100, 100)
    drift = Drift(3, 100, 100, [(column, level)], None, [], [], [], found)  # type: ignore[list-item]
    assert [finding.code for finding in findings(drift)] == told


def test_a_file_is_compared_with_the_rows_that_were_kept(tmp_path: Path):
    kept = _columns(1, 400, 2)
    columns = [{"name": name, "bins": {"edges": [1.0], "counts": [200, 200]}} for name in kept]
    features = [{"name": name, "type": "numeric"} for name in kept]
    schema = {"task": "binary", "target": "y", "features": features}
    rows = {name: bytes(code > 9 for code in column) for name, column in kept.items()}
    sample = to_json(rows)
    reference = Reference(2, schema, {"rows": {"file": 400}, "columns": columns}, sample)
    with connect(tmp_path) as connection:
        connection.execute(
            "CREATE TABLE data AS SELECT 1.5::DOUBLE AS c0, i % 2 + 0.5::DOUBLE AS c1 "
            "FROM range(300) rows(i)"
        )
        file = FileColumns({"x0": 0, "x1": 1}, {0: "c0", 1: "c1"}, 300)
        told = measure(connection, reference, file).to_json()["domain"]
    assert told is not None
    assert told["rows"] == {"before": 400, "now": 300}
    assert told["auc"] == pytest.approx(0.75, abs=0.03)  # half of the old rows had no 1.5
