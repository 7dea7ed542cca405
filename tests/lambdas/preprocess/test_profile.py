"""The data's profile against numpy, pandas and scipy on real data."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import palmerpenguins
import pandas as pd
import pytest
from scipy import stats
from scipy.stats.contingency import crosstab

from lambdas.preprocess.columns import figures
from lambdas.preprocess.columns import profile as column_profile
from lambdas.preprocess.columns.figures import Part, correlation_ratio, cramers_v, pearson
from lambdas.report.contents import profile as shown_columns
from lambdas.report.language import language
from tests.lambdas.preprocess.test_preprocess import codes, run, table

PENGUINS = palmerpenguins.load_penguins()


def profile(folder: Path, frame: pd.DataFrame, **given: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(run(folder, frame.to_csv(index=False), **given).profile)
    return document


def column(document: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [found for found in document["columns"] if found["name"] == name]
    return dict(found)


@pytest.fixture(scope="module")
def penguins(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return profile(tmp_path_factory.mktemp("profile"), PENGUINS, target="species")


def test_numbers(penguins: dict[str, Any]) -> None:
    for name in ("bill_length_mm", "body_mass_g"):
        found, values = column(penguins, name), PENGUINS[name].dropna().to_numpy()
        assert found["missing"] == PENGUINS[name].isna().sum()
        numbers = found["numbers"]
        assert numbers["minimum"] == values.min()
        assert numbers["maximum"] == values.max()
        assert numbers["mean"] == pytest.approx(values.mean(), rel=1e-5)
        assert numbers["standard_deviation"] == pytest.approx(values.std(ddof=1), rel=1e-5)
        for level, value in numbers["quantiles"].items():
            assert value == pytest.approx(np.quantile(values, float(level)), rel=1e-5)
        edges = np.histogram(values, 20)[1]
        assert numbers["histogram"]["edges"] == pytest.approx(edges, rel=1e-5)
        # numpy's bins include their lower edge, ours the upper: whole grams lie on edges.
        cut = pd.cut(values, edges, include_lowest=True)
        assert numbers["histogram"]["counts"] == pd.Series(cut).value_counts(sort=False).tolist()
        by_class = numbers["histogram"]["by_class"]
        assert np.sum(list(by_class.values()), axis=0).tolist() == numbers["histogram"]["counts"]
        assert {label: sum(bins) for label, bins in by_class.items()} == PENGUINS.dropna(
            subset=[name]
        )["species"].value_counts().to_dict()


def test_few_integers_have_a_bin_each(penguins: dict[str, Any]) -> None:
    histogram = column(penguins, "year")["numbers"]["histogram"]
    assert histogram["edges"] == [2006.5, 2007.5, 2008.5, 2009.5]
    assert histogram["counts"] == PENGUINS["year"].value_counts().sort_index().tolist()


def test_texts_and_the_target(penguins: dict[str, Any]) -> None:
    found = column(penguins, "sex")["values"]
    expected = PENGUINS["sex"].value_counts().to_dict()
    assert {item["value"]: item["count"] for item in found["most_frequent"]} == expected
    assert found["others"] == 0
    target = penguins["target"]
    assert target["task"] == "multiclass"
    sums = {label: sum(sides.values()) for label, sides in target["classes"].items()}
    assert sums == PENGUINS["species"].value_counts().to_dict()
    assert penguins["rows"]["file"] == 344
    roles = {found["name"]: found["role"] for found in penguins["columns"]}
    assert roles["species"] == "target"
    assert roles["sex"] == "feature"


def test_associations_with_classes(penguins: dict[str, Any]) -> None:
    found = column(penguins, "bill_length_mm")["association"]
    known = PENGUINS.dropna(subset=["bill_length_mm"])
    groups = [group.to_numpy() for _, group in known.groupby("species")["bill_length_mm"]]
    f = stats.f_oneway(*groups).statistic
    # ε² from the F statistic: (F - 1) · df1 / (F · df1 + df2)
    epsilon = (f - 1) * 2 / (f * 2 + len(known) - 3)
    assert found["measure"] == "correlation_ratio"
    assert found["value"] == pytest.approx(np.sqrt(epsilon), rel=1e-5)
    found = column(penguins, "island")["association"]
    counts = crosstab(PENGUINS["island"], PENGUINS["species"]).count
    chi = stats.chi2_contingency(counts, correction=False).statistic
    free = 4 / 343
    least = 3 - 4 / 343 - 1
    assert found["measure"] == "cramers_v"
    assert found["value"] == pytest.approx(np.sqrt((chi / 344 - free) / least), rel=1e-5)
    assert not found["determines"]


def test_associations_with_numbers(tmp_path: Path) -> None:
    document = profile(tmp_path, PENGUINS, target="body_mass_g", task="regression")
    known = PENGUINS.dropna(subset=["body_mass_g"])
    found = column(document, "flipper_length_mm")["association"]
    r = stats.pearsonr(known["flipper_length_mm"], known["body_mass_g"]).statistic
    assert found == {"measure": "pearson", "value": pytest.approx(r, rel=1e-5), "determines": False}
    found = column(document, "species")["association"]
    groups = [group.to_numpy() for _, group in known.groupby("species")["body_mass_g"]]
    f = stats.f_oneway(*groups).statistic
    assert found["value"] ** 2 == pytest.approx((f - 1) * 2 / (f * 2 + 342 - 3), rel=1e-4)
    histogram = document["target"]["histogram"]
    assert sum(sum(counts) for counts in histogram["counts"].values()) == 342
    assert set(histogram["counts"]) == {"train", "validation", "test"}


def test_quantiles_of_many_rows_come_from_every_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "_MOST_ROWS", 172)
    found = column(profile(tmp_path, PENGUINS, target="species"), "body_mass_g")["numbers"]
    every_second = PENGUINS["body_mass_g"][::2].dropna()
    assert found["quantiles"]["0.5"] == pytest.approx(every_second.median(), rel=1e-5)


def test_a_column_that_gives_the_target_away_is_told(tmp_path: Path) -> None:
    frame = PENGUINS.assign(
        code=PENGUINS["species"].map({"Adelie": "x", "Chinstrap": "y", "Gentoo": "z"}),
        level=PENGUINS["species"].map({"Adelie": 1.5, "Chinstrap": 2.5, "Gentoo": 9.25}),
    )
    prepared = run(tmp_path, frame.to_csv(index=False), target="species")
    told = {found.column for found in prepared.findings if found.code == "LeakageSuspected"}
    assert told == {"code", "level"}


def test_an_honest_column_is_not_suspected(tmp_path: Path) -> None:
    assert "LeakageSuspected" not in codes(run(tmp_path, table()))


def test_extreme_columns(tmp_path: Path) -> None:
    """Constant with gaps, infinite, tiny ranges, many values: all have figures JSON can hold."""
    count = 60
    frame = pd.DataFrame(
        {
            "gaps": [5.5 if i % 2 else None for i in range(count)],
            "infinite": [("inf", "-inf", "1e39", str(i))[i % 4] for i in range(count)],
            "all_infinite": ["inf" if i % 2 else "-inf" for i in range(count)],
            "close": [1e15 + i % 3 * 0.125 for i in range(count)],
            "huge": [(-1) ** i * 2.9e38 * (i % 7) / 7 for i in range(count)],
            "words": [f"word {i % 31}" for i in range(count)],
            "target": ["a" if i % 2 else "b" for i in range(count)],
        }
    )
    document = profile(tmp_path, frame)
    assert sum(column(document, "gaps")["numbers"]["histogram"]["counts"]) == 30
    assert sum(column(document, "infinite")["numbers"]["histogram"]["counts"]) == 15
    assert sum(column(document, "close")["numbers"]["histogram"]["counts"]) == 60
    assert sum(column(document, "huge")["numbers"]["histogram"]["counts"]) == 60
    words = column(document, "words")["values"]
    assert len(words["most_frequent"]) == 20
    assert sum(item["count"] for item in words["most_frequent"]) + words["others"] == 60


def test_measures_without_variation_are_none() -> None:
    assert correlation_ratio([]) is None
    assert correlation_ratio([Part(5, 1.0, 0.0, 1.0, 1.0)]) is None
    assert cramers_v([{"a": 4, "b": 2}]) is None
    assert cramers_v([{"a": 4}, {"a": 2}]) is None
    assert pearson(None) is None
    assert pearson(float("nan")) is None


@pytest.mark.parametrize(
    ("counted", "is_exact"),
    [(100_000, True), (299, False)],
)
def test_different_values_are_counted_up_to_a_size_and_about_beyond(
    tmp_path: Path, monkeypatch: Any, counted: int, *, is_exact: bool
) -> None:
    """Estimated, 300 different texts were 301, and 20,000 were 19,590."""
    monkeypatch.setattr(column_profile, "MOST_COUNTED", counted)
    rows = 300
    names = [f"n{index * 7919 % 104729}" if index % 20 else None for index in range(rows)]
    frame = pd.DataFrame(
        {
            "name": names,
            "half": [f"h{index // 2}" for index in range(rows)],
            "number": [index % 137 / 8 for index in range(rows)],
            "target": ["ab"[index % 2] for index in range(rows)],
        }
    )
    prepared = run(tmp_path, frame.to_csv(index=False))
    document = json.loads(prepared.profile)
    found = {each["name"]: each for each in document["columns"]}
    assert {each["distinct_is_exact"] for each in document["columns"]} == {is_exact}
    if is_exact:
        exact = {name: frame[name].nunique() for name in frame}
        assert {name: each["distinct"] for name, each in found.items()} == exact
    about = "about " if not is_exact else ""
    (said,) = [each for each in prepared.findings if each.code == "ManyCategories"]
    assert f"has {about}{found['half']['distinct']} different values" in str(said.message)
    shown = {row["name"]: row["distinct"] for row in shown_columns(language("en"), document)}
    assert shown["number"] == f"{about}{found['number']['distinct']}"
