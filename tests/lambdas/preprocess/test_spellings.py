"""Categories in several spellings: one where case says nothing, apart where it may."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.lambdas.preprocess.test_preprocess import all_rows, codes
from tests.lambdas.preprocess.test_written_numbers import column, findings, schema_of
from training.schema import Schema
from training.serve.csv_body import parse_csv
from training.serve.json_body import parse_json


def spelled(folder: Path, cells: list[str], **given: Any) -> set[str]:
    return {row["x"] for row in all_rows(column(folder, cells, **given))}


@pytest.mark.parametrize(
    ("cells", "kept"),
    [
        (["M", "M", "m", "F", "f", "F ", "\uff26"], {"M", "F"}),
        (["Smoker", "smoker", "SMOKER", "smoker", "Non-smoker", "non-Smoker", "Non-smoker"],
         {"smoker", "Non-smoker"}),
        (["New York", "new york", "New  York", "New York", "Bonn"], {"New York", "Bonn"}),
        (["no", "No", "NO", "no", "yes", "Yes", "yes"], {"no", "yes"}),
        (["Ward A", "ward a", "Ward A", "WARD B", "Ward B", "Ward B"], {"Ward A", "Ward B"}),
        ([*["A"] * 30, "a", *["B"] * 20, "C"], {"A", "B", "C"}),
    ],
)  # fmt: skip
def test_spellings_of_a_category_are_one(tmp_path: Path, cells: list[str], kept: set[str]) -> None:
    prepared = column(tmp_path, cells)
    assert {row["x"] for row in all_rows(prepared)} == kept
    (found,) = findings(prepared, "SpellingsUnified")
    assert f"are taken as {len(kept)} categories" in str(found.message)
    assert "SpellingsKept" not in codes(prepared)


@pytest.mark.parametrize(
    "cells",
    [
        ["AA", "Aa", "aa", "Aa"],
        [*["Aa"] * 30, *["AA"] * 19, "aa", "unknown"],
        ["AABB", "AaBb", "aabb", "unknown"],
        ["A", "a", "B", "b"],
        ["x", "X"],
        ["CO", "Co", "NO2", "O3"],
        ["mW", "MW", "kW", "GW"],
        ["a1", "A1", "b1", "B1"],
        ["S", "s", "unknown"],
    ],
)
def test_codes_in_which_case_may_matter_stay_apart(tmp_path: Path, cells: list[str]) -> None:
    prepared = column(tmp_path, cells)
    assert {row["x"] for row in all_rows(prepared)} == set(cells)
    assert findings(prepared, "SpellingsKept")
    assert "SpellingsUnified" not in codes(prepared)


def test_settings_decide_otherwise(tmp_path: Path) -> None:
    assert spelled(tmp_path, ["A", "a", "B", "b"], any_case="x") == {"A", "B"}
    assert spelled(tmp_path, ["Paris", "paris", "Bonn"], codes="x") == {"Paris", "paris", "Bonn"}


def test_prose_is_left_as_it_is(tmp_path: Path) -> None:
    cells = [f"{'Seen' if i % 2 else 'seen'} {i // 2} times since then" for i in range(80)]
    prepared = column(tmp_path, cells)
    assert prepared.features[0].kind == "text"
    assert {row["x"] for row in all_rows(prepared)} == set(cells)


def served(schema: Schema, cell: str) -> str:
    from_json = parse_json(schema, json.dumps({"instances": [{"x": cell, "n": 1}]}))
    from_csv = parse_csv(schema, f'n,x\n1,"{cell}"\n')
    assert from_csv.written[0, 0] == from_json.written[0, 0]
    return str(from_json.written[0, 0])


def test_the_endpoint_reads_spellings_as_training_did(tmp_path: Path) -> None:
    schema = schema_of(column(tmp_path, ["M", "m", "M", "F", "F", "Other", "other", "Other"]))
    assert [served(schema, cell) for cell in ("m", " M", "\uff4d", "OTHER", "F", "f")] == [
        "M", "M", "M", "Other", "F", "F"
    ]  # fmt: skip
    assert schema.to_dict()["features"][0]["written"] == {"kept": ["F", "M", "Other"]}


def test_the_manifest_holds_no_category(tmp_path: Path) -> None:
    prepared = column(tmp_path, ["Smoker", "smoker", "Never"])
    assert [feature.to_dict() for feature in prepared.features] == [
        {"name": "x", "type": "categorical"}, {"name": "n", "type": "numeric"}
    ]  # fmt: skip
