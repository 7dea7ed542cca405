"""A champion's baseline for Model Monitor: in AWS's form, with the figures of the profile."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import palmerpenguins
import pandas as pd
import pytest
from jsonschema import Draft202012Validator

from lambdas.gate.monitor import baseline
from lambdas.shared.documents.contents import Manifest
from lambdas.shared.documents.document import CONSTRAINTS, STATISTICS
from tests.lambdas.preprocess.test_preprocess import run

# As in SageMaker's developer guide, "Schema for Statistics" and "Schema for Constraints". Where it
# shows fields in a form of their own, nothing else is let in.
_COUNT = {"type": "integer", "minimum": 0}
_NUMBER = {"type": "number"}


def _object(optional: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _document(features: dict[str, Any], **more: Any) -> Draft202012Validator:
    return Draft202012Validator(_object(version={"const": 0}, features=_list(features), **more))


_TYPES = {"enum": ["Integral", "Fractional", "String", "Unknown"]}
_COMMON = _object(num_present=_COUNT, num_missing=_COUNT)
_SKETCH = _object(parameters=_object(c=_NUMBER, k=_NUMBER), data=_list(_list(_NUMBER)))
_KLL = _object(
    ("sketch",),
    buckets=_list(_object(lower_bound=_NUMBER, upper_bound=_NUMBER, count=_COUNT)),
    sketch=_SKETCH,
)
_NUMERICAL = _object(
    ("std_dev",),
    common=_COMMON,
    **dict.fromkeys(("mean", "sum", "std_dev", "min", "max"), _NUMBER),
    distribution=_object(kll=_KLL),
)
_BUCKET = _object(value={"type": "string"}, count=_COUNT)
_STRING = _object(
    ("distribution",),
    common=_COMMON,
    distinct_count=_NUMBER,
    distribution=_object(categorical=_object(buckets=_list(_BUCKET))),
)
STATISTICS_FORM = _document(
    _object(
        ("numerical_statistics", "string_statistics"),
        name={"type": "string"},
        inferred_type=_TYPES,
        numerical_statistics=_NUMERICAL,
        string_statistics=_STRING,
    ),
    dataset=_object(item_count=_COUNT),
)
_SWITCH = {"enum": ["Enabled", "Disabled"]}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
CONSTRAINTS_FORM = _document(
    _object(
        ("num_constraints", "string_constraints", "monitoringConfigOverrides"),
        name={"type": "string"},
        inferred_type=_TYPES,
        completeness=_SHARE,
        num_constraints=_object(is_non_negative={"type": "boolean"}),
        string_constraints=_object(domains=_list({"type": "string"})),
        monitoringConfigOverrides={"type": "object"},
    ),
    monitoring_config=_object(
        evaluate_constraints=_SWITCH,
        emit_metrics=_SWITCH,
        datatype_check_threshold=_SHARE,
        domain_content_threshold=_SHARE,
        distribution_constraints=_object(
            ("categorical_comparison_threshold", "categorical_drift_method"),
            perform_comparison=_SWITCH,
            comparison_threshold=_SHARE,
            comparison_method={"enum": ["Simple", "Robust"]},
            categorical_comparison_threshold=_SHARE,
            categorical_drift_method={"enum": ["LInfinity", "ChiSquared"]},
        ),
    ),
)


def sample() -> pd.DataFrame:
    """Real measurements with gaps, beside columns of each other kind."""
    found = palmerpenguins.load_penguins()
    rows = np.arange(len(found))
    found["below_zero"] = (rows % 7 - 3) * 1.5
    found["infinite"] = np.where(rows % 50 == 0, np.inf, rows * 37 % 211)
    found["ring"] = [f"ring {n % 30}" for n in rows]
    found["seen"] = pd.date_range("2020-01-01", periods=len(found)).strftime("%Y-%m-%d")
    found["note"] = [f"this one was seen by us {n} times near the {n * 7} stones" for n in rows]
    return found


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("monitor")
    return baseline_of(folder, sample().to_csv(index=False), "species")


def baseline_of(folder: Path, text: str, target: str) -> dict[str, Any]:
    """Return the stored files of data that went through preprocessing."""
    prepared = run(folder, text, target=target)
    described = {"features": [feature.to_dict() for feature in prepared.features]}
    made = baseline(cast("Manifest", described), json.loads(prepared.profile))
    kinds = {"statistics": STATISTICS, "constraints": CONSTRAINTS}
    found = {name: json.loads(kind.text(made[kind])) for name, kind in kinds.items()}
    STATISTICS_FORM.validate(found["statistics"])
    CONSTRAINTS_FORM.validate(found["constraints"])
    return found


def of(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    (found,) = [each for each in document["features"] if each["name"] == name]
    return dict(found)


def test_it_has_the_columns_that_requests_have(files: dict[str, Any]) -> None:
    for document in files.values():
        names = [each["name"] for each in document["features"]]
        assert names == [name for name in sample().columns if name != "species"]
    assert files["statistics"]["dataset"] == {"item_count": len(sample())}


def test_the_types_are_those_of_the_cells(files: dict[str, Any]) -> None:
    expected = {
        "island": "String", "bill_length_mm": "Fractional", "bill_depth_mm": "Fractional",
        "flipper_length_mm": "Integral", "body_mass_g": "Integral", "sex": "String",
        "year": "Integral", "below_zero": "Fractional", "infinite": "Integral",
        "ring": "String", "seen": "String", "note": "String",
    }  # fmt: skip
    for document in files.values():
        assert {each["name"]: each["inferred_type"] for each in document["features"]} == expected


def test_numbers_are_as_pandas_finds_them(files: dict[str, Any]) -> None:
    for name in ("bill_length_mm", "flipper_length_mm", "below_zero", "infinite"):
        values = sample()[name].replace(np.inf, np.nan)
        found = of(files["statistics"], name)["numerical_statistics"]
        assert found["common"] == {
            "num_present": values.count(), "num_missing": values.isna().sum()
        }  # fmt: skip
        figures = [found[key] for key in ("mean", "sum", "std_dev", "min", "max")]
        expected = [values.mean(), values.sum(), values.std(), values.min(), values.max()]
        assert figures == pytest.approx(expected, rel=2e-6, abs=1e-9)
        limits = of(files["constraints"], name)
        assert limits["completeness"] == values.count() / len(values)
        assert limits["num_constraints"] == {"is_non_negative": bool(values.min() >= 0)}


def test_every_number_is_in_one_of_the_buckets(files: dict[str, Any]) -> None:
    values = sample()["body_mass_g"].dropna()
    found = of(files["statistics"], "body_mass_g")["numerical_statistics"]["distribution"]
    buckets = found["kll"]["buckets"]
    assert (buckets[0]["lower_bound"], buckets[-1]["upper_bound"]) == (values.min(), values.max())
    below = values.min() - 1
    for bucket in buckets:
        assert bucket["lower_bound"] == max(below, values.min())
        assert bucket["count"] == ((values > below) & (values <= bucket["upper_bound"])).sum()
        below = bucket["upper_bound"]
    assert sum(bucket["count"] for bucket in buckets) == len(values)


def test_categories_are_listed_where_all_are_known(files: dict[str, Any]) -> None:
    sex, values = of(files["statistics"], "sex")["string_statistics"], sample()["sex"]
    assert sex["common"] == {"num_present": values.count(), "num_missing": values.isna().sum()}
    assert sex["distinct_count"] == values.nunique()
    buckets = sex["distribution"]["categorical"]["buckets"]
    assert {each["value"]: each["count"] for each in buckets} == values.value_counts().to_dict()
    limits = of(files["constraints"], "sex")
    assert set(limits["string_constraints"]["domains"]) == set(values.dropna())
    # Of more than the profile holds, or of none, nothing says what else there may be.
    ring = of(files["statistics"], "ring")["string_statistics"]
    assert (ring["distinct_count"], ring["common"]["num_present"]) == (30, len(values))
    for name in ("ring", "seen", "note"):
        assert "string_constraints" not in of(files["constraints"], name)


def test_free_text_and_dates_are_counted_only(files: dict[str, Any]) -> None:
    for name in ("seen", "note"):
        found = of(files["statistics"], name)["string_statistics"]
        assert found["common"] == {"num_present": len(sample()), "num_missing": 0}
        assert "distribution" not in found
    assert "stones" not in json.dumps(files)


def test_distributions_are_not_compared_as_there_is_no_sketch(files: dict[str, Any]) -> None:
    config = files["constraints"]["monitoring_config"]
    assert config["distribution_constraints"]["perform_comparison"] == "Disabled"
    assert "sketch" not in json.dumps(files["statistics"])


def test_a_bucket_may_hold_one_number(tmp_path: Path) -> None:
    rows = [f"{n % 2},{n * 37 % 61},{'yn'[n // 2 % 2]}" for n in range(60)]
    found = baseline_of(tmp_path, "\n".join(["two,many,target", *rows, ""]), "target")
    two = of(found["statistics"], "two")["numerical_statistics"]["distribution"]["kll"]["buckets"]
    assert [(each["lower_bound"], each["upper_bound"], each["count"]) for each in two] == [
        (0, 0, 30), (0, 1, 30)
    ]  # fmt: skip
