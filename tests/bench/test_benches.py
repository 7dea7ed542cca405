"""What benches measure with still reaches what they measure."""

from pathlib import Path
from typing import Any

import pytest

from lambdas.evaluate.batches import Batch
from lambdas.evaluate.collect import Run, Source, collect
from lambdas.evaluate.endpoint import Answer
from tests.bench import stack as stacks
from tests.bench.disk import Disk
from tests.bench.replay import Month
from tests.bench.year import row
from tests.bench.years import CONCEPT, MONTHS, SHIFT, YEARS

_PROGRAM = """
def model_fn(model_dir):
    return None
def transform_fn(model, body, content_type, accept):
    return body, accept
"""


def test_a_stack_answers_its_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacks, "_LOADING_SECONDS", 0.1)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "echo.py").write_text(_PROGRAM)
    load = stacks.Load(b"[]", "application/json", seconds=0.1)
    where = (tmp_path / "model", "echo.py", tmp_path / "model", tmp_path)
    with stacks.stack(*where, workers=1, stock=False) as port:
        assert stacks.requests_per_second(port, load) > 0


class _Asked:
    def ask(self, batch: Batch) -> Answer:
        return Answer(["prediction"], [["1.5"]] * len(batch.rows), [1.0], 4)


def test_an_evaluation_runs_on_a_disk(tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text("x,y\n1,2\n3,4\n")
    disk: Any = Disk(tmp_path)
    run = Run(disk, Source("s3://bucket/test.csv", "y"), "s3://bucket/out", lambda: True)
    asked: Any = _Asked()
    assert collect(run, "bench", lambda _: asked).rows == 2
    written = (tmp_path / "out-predictions.csv").read_text()
    assert written == "row,actual,prediction\n1,2,1.5\n2,4,1.5\n"


def test_a_year_counts_what_is_told_where_each_file_is_trained() -> None:
    year = YEARS[0]
    told = {2: ("QUALITY",), SHIFT: ("DRIFT",), SHIFT + 1: ("DRIFT",), CONCEPT: ("QUALITY",)}
    nothing: frozenset[str] = frozenset()
    months = [
        Month(frozenset(year.moved), nothing, nothing, told.get(month, ()), month > SHIFT, 30)
        for month in MONTHS
    ]
    _, drifted, columns, promoted, worse, *others = row(year, [months], is_each=True)
    assert (drifted, columns, promoted, worse) == ("100.0%", "100.0%", "0.0%", "100.0%")
    assert others == ["100.0%", "100.0%", "-", "-", f"{2 / (len(MONTHS) - 3):.1%}"]
    _, drifted, _, _, worse, by_december, *_ = row(year, [months], is_each=False)
    assert {drifted, worse, by_december} == {"0.0%"}
