"""The page: what it says agrees with its figures, whatever history it is made of."""

import re
from html import unescape
from typing import Any

import pytest

from lambdas.health.page import MOST_FILES, MOST_ROWS, render
from lambdas.report.language import language
from lambdas.shared.documents.contents import HealthEntry
from tests.lambdas.health import history, years
from tests.lambdas.health.history import drift, hear
from tests.lambdas.health.years import entry, figure, training

RUN = "Molino Run Succeeded"
ENGLISH = language("en")


def plain(entries: list[HealthEntry], code: str = "en") -> str:
    """Return the page's text."""
    html = render("ward", entries, language(code))
    return " ".join(unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.S)).split())


def champion(day: float = 0) -> HealthEntry:
    return entry("first", "upload", day, version=None, training=training(1, promoted=True))


def test_of_one_run_the_page_tells_what_is_not_known() -> None:
    said = plain([champion()])
    assert "Version 1 has been the champion since 2025-10-03." in said
    assert "its ROC AUC was 0.904 on 120 rows" in said
    assert "How well it does on newer rows is not known" in said
    assert "No later file has been compared with its data yet." in said
    assert "Which columns have drifted?" not in said


def test_a_decline_is_told_with_its_beginning_and_what_to_do() -> None:
    good = entry("b", "upload", 10, quality=[figure(1, 0.9)], drift=years.drift(30, 0, 0))
    worse = [entry(f"w{n}", "upload", 20 + n, quality=[figure(1, 0.7)]) for n in range(3)]
    said = plain([*worse[::-1], good, champion()])
    assert "It has got worse: on 120 rows that it has not learned from (2025-10-25)" in said
    assert "First seen on 2025-10-23." in said
    assert "none of 30 columns has drifted" in said
    assert "upload newer rows with the target" in said
    assert said.count("✕ worse") == 0  # signs are the style sheet's
    assert len(re.findall(r"\bworse\b", said)) == 4


def test_all_is_well() -> None:
    good = entry("b", "upload", 10, quality=[figure(1, 0.9)], drift=years.drift(30, 0, 0))
    said = plain([good, champion()])
    assert "Chance alone may explain the difference." in said
    assert "Nothing needs to be done." in said
    assert "No column has drifted in any of the files that were compared." in said


def test_drift_names_columns_and_the_training_that_answered() -> None:
    drifted = years.drift(30, 2, 1)
    late = entry(
        "b", "upload", 10, drift=drifted, quality=[figure(1, 0.9)],
        training=training(2, promoted=False),
    )  # fmt: skip
    before = entry("p", "predictions", 5, drift=drifted)
    said = plain([late, before, champion()])
    assert "of 30 columns, 2 drifted far and 1 slightly" in said
    assert "since 2025-10-08" in said
    assert "version 2 was not promoted. It is not significantly better" in said
    assert "check whether these columns" in said


def test_what_is_predicted_may_move_though_no_column_does() -> None:
    moved = {**years.drift(30, 0, 0), "predictions": {"name": "", "level": "large", "index": 0.9}}
    html = render("ward", [entry("p", "predictions", 5, drift=moved), champion()], ENGLISH)
    assert "none of 30 columns has drifted. What it predicts there is distributed" in html
    assert html.count('class="drift large"') == 1
    assert '<p class="verdict caution">' in html


def test_a_new_champion_is_not_blamed_for_the_former_ones_figures() -> None:
    bad = entry("b", "upload", 5, quality=[figure(1, 0.6)], training=training(2, promoted=True))
    said = plain([bad, champion()])
    assert "Version 2 has been the champion since 2025-10-08." in said
    assert "It has got worse" not in said
    assert "version 1" in said  # in the table


def test_of_a_period_the_figure_that_knew_most_counts() -> None:
    few, earlier, later = (
        {**figure(1, value, rows), "period": "2025-09"}
        for value, rows in ((0.7, 50), (0.9, 120), (0.8, 120))
    )
    entries = [
        entry("c3", "actuals", 10, quality=[few]),
        entry("c2", "actuals", 9, quality=[later]),
        entry("c1", "actuals", 8, quality=[earlier]),
        champion(),
    ]
    html = render("ward", entries, ENGLISH)
    assert html.count("2025-09</th>") == 1
    assert "<strong>0.800</strong>" in html


def test_a_thousand_columns_and_hundreds_of_files_are_bounded() -> None:
    names = {f"c{n}": ("large" if n % 2 else "small") for n in range(1000)}
    from lambdas.health.bounded import of_drift

    many = of_drift(drift(1, **names))  # type: ignore[arg-type]
    entries = [entry(f"u{n}", "upload", n, drift=many) for n in range(300)][::-1]
    html = render("ward", [*entries, champion()], ENGLISH)
    assert len(html) < 700_000
    assert html.count('class="drift large"') == MOST_ROWS * MOST_FILES
    assert "20 more columns have drifted in some file" in html
    assert "of 1,000 columns, 500 drifted far and 500 slightly" in html


def test_numbers_are_drawn_with_their_quantiles_and_months_without_files() -> None:
    spread = {"mean": 3.5, "quantiles": {"0.1": 1.0, "0.5": 3.0, "0.9": 8.0}}
    entries = [
        entry("p2", "predictions", 400, predictions=spread),
        entry("p1", "predictions", 1, predictions={"mean": 2.25, "quantiles": {}}),
        champion(),
    ]
    said = plain(entries)
    assert "2026-11-07 3.5 1 3 8 p2" in said
    assert "2025-10-04 2.25 p1" in said


@pytest.mark.parametrize("code", ["en", "es"])
def test_hostile_names_are_text(code: str) -> None:
    name = '<script>alert("1")</script>\u202e' + "x" * 150
    shift = {"name": name, "level": "large", "index": 0.5}
    known = years.drift(1, 0, 0)
    hostile: dict[str, Any] = {**known, "levels": {**known["levels"], "large": 1}}
    hostile["columns"] = [shift]
    spread = {"classes": {name: 30, "b": 10}, "others": 5}
    entries = [entry("p", "predictions", 3, drift=hostile, predictions=spread), champion()]
    html = render(name, entries, language(code))
    assert "<script" not in html
    assert "\u202e" not in html


def test_the_page_follows_the_history_and_is_in_the_datasets_language(s3: Any) -> None:
    history.run(s3, "a", version=1, promoted=True, language="es")
    hear(RUN, "a")

    def page() -> str:
        body: bytes = s3.get_object(Bucket=history.BUCKET, Key="reports/heart/health.html")[
            "Body"
        ].read()
        return body.decode()

    assert '<html lang="es">' in page()
    assert "La versión 1 es el campeón desde el 2026-05-04." in page()
    s3.delete_object(Bucket=history.BUCKET, Key="reports/heart/health.html")
    assert not hear(RUN, "a")["added"]  # the same again, as Lambda's own retry
    assert 'href="a/report.html"' in page()
    assert 'href="index.html"' in page()
