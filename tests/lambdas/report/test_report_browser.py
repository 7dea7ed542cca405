"""The report in Chromium: axe finds nothing, nothing is asked for, and something is seen."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from sklearn.datasets import load_diabetes, load_iris

from tests.lambdas import flow
from tests.lambdas.report import browser

PROJECT = Path(__file__).parents[3]
LABELS = {
    "binary": ["benign", "malignant"],
    "multiclass": ["0", "1", "2"],
    "regression": [],
}


def _upload(task: str) -> str:
    if task == "binary":
        return (PROJECT / "examples" / "breast_cancer.csv").read_text(encoding="utf-8")
    data = {"multiclass": load_iris, "regression": load_diabetes}[task](as_frame=True).frame
    text = data.to_csv(index=False)
    return str(text)


def _guess(task: str, row: dict[str, str]) -> Any:
    first = float(next(iter(row.values())))
    if task == "regression":
        return 100 + first * 900
    if task == "binary":
        share = min(0.99, max(0.01, (first - 8) / 14))
        return [1 - share, share]
    share = min(0.9, max(0.05, (first - 4.3) / 3.6))
    return [1 - share, share / 3, share * 2 / 3]


@pytest.fixture
def page(s3: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    def make(task: str, language: str, target: str = "target") -> str:
        text = _upload(task)
        header = next(csv.reader(io.StringIO(text)))
        column = target if target in header else "diagnosis"
        chosen = {"target": column, "compare_by": header[0], "language": language}
        upload = flow.put(s3, f"incoming/{task}/d.csv", text, **chosen)
        prepared = flow.preprocess(upload)
        endpoint = flow.ExplainingEndpoint(LABELS[task], lambda row: _guess(task, row))
        evaluation = flow.evaluate(monkeypatch, prepared, endpoint)
        flow.report(upload, preprocess=prepared, evaluation=evaluation)
        return flow.stored(s3, f"reports/{task}/run-1/report.html")

    return make


@pytest.mark.parametrize(
    ("task", "language"),
    [("binary", "en"), ("multiclass", "es"), ("regression", "en")],
)
def test_axe_finds_nothing_and_nothing_is_asked_for(
    page: Any, tmp_path: Path, task: str, language: str
) -> None:
    html = page(task, language)
    assert f'<html lang="{language}">' in html
    assert html.count('id="reasons"') == 1
    found = browser.look(html, tmp_path)
    assert found["violations"] == []
    assert found["rules"] > 10
    assert found["resources"] == []


def test_it_is_shown(page: Any, tmp_path: Path) -> None:
    assert browser.screenshot(page("binary", "en"), tmp_path).stat().st_size > 50_000


def test_the_check_would_find_what_is_wrong(page: Any, tmp_path: Path) -> None:
    html = page("multiclass", "en")
    spoilt = html.replace("</main>", '<img src="http://127.0.0.1:9/x.png"></main>')
    found = browser.look(spoilt, tmp_path)
    assert "image-alt" in [rule for rule, _ in found["violations"]]
    assert found["resources"] == ["http://127.0.0.1:9/x.png"]
