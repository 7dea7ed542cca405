"""The page in Chromium: axe finds nothing, nothing is asked for, and something is seen."""

from pathlib import Path

import pytest

from lambdas.health.page import render
from lambdas.report.language import language
from tests.lambdas.health import years
from tests.lambdas.report import browser


@pytest.mark.parametrize(("code", "files"), [("en", 40), ("es", 1)])
def test_axe_finds_nothing_and_nothing_is_asked_for(tmp_path: Path, code: str, files: int) -> None:
    html = render("ward", years.year(files), language(code))
    assert f'<html lang="{code}">' in html
    found = browser.look(html, tmp_path)
    assert found["violations"] == []
    assert found["rules"] > 10
    assert found["resources"] == []
    assert browser.screenshot(html, tmp_path).stat().st_size > 50_000
