"""The bench at size measures what it says."""

import json
import os
import sys
from pathlib import Path

import pytest

from tests.bench.break_even import Line, Simulation, alone
from tests.bench.process_tree import run
from tests.bench.scale import off_a_line
from tests.bench.scale_parts import generate, whole

_CHILD = """
import subprocess, sys
subprocess.run([sys.executable, "-c",
    "import time; held = bytearray(200_000_000); end = time.process_time() + 0.5\\n"
    "while time.process_time() < end: pass"], check=True)
print("done")
"""


def test_rows_do_not_depend_on_how_they_are_divided(tmp_path: Path) -> None:
    few = generate(tmp_path / "few", 0.4, 0.3)
    many = generate(tmp_path / "many", 0.4, 0.1)
    assert len(few) == 2 < len(many)
    one, other = whole(few, tmp_path / "one.csv"), whole(many, tmp_path / "other.csv")
    assert one.read_bytes() == other.read_bytes()
    assert one.stat().st_size == pytest.approx(400_000, rel=0.05)


def test_what_a_command_takes_is_that_of_all_its_processes(tmp_path: Path) -> None:
    taken = run([sys.executable, "-c", _CHILD], os.environ, tmp_path / "errors")
    assert taken.output == "done\n"
    assert taken.megabytes > 200
    assert 0.3 < taken.processor < 5
    with pytest.raises(RuntimeError, match="no such thing"):
        run(
            [sys.executable, "-c", "raise SystemExit('no such thing')"],
            os.environ,
            tmp_path / "errors",
        )


def test_a_fourth_of_a_square_is_off_the_line() -> None:
    assert off_a_line({1.0: 12.0, 2.0: 14.0, 5.0: 20.0}) == pytest.approx({1: 0, 2: 0, 5: 0})
    squares = off_a_line({1.0: 1.0, 2.0: 4.0, 5.0: 25.0})
    assert max(abs(each or 0) for each in squares.values()) > 0.1
    assert off_a_line({1.0: 1.0, 2.0: 4.0}) == {1.0: None, 2.0: None}


def test_a_stage_of_one_task_is_not_divided(tmp_path: Path) -> None:
    taken = {0: [4000, 4000], 1: [2000]}
    events = [
        {
            "Event": "SparkListenerTaskEnd",
            "Stage ID": stage,
            "Stage Attempt ID": 0,
            "Task Info": {"Launch Time": 0, "Finish Time": each},
        }
        for stage, tasks in taken.items()
        for each in tasks
    ]
    (tmp_path / "log").write_text("\n".join(map(json.dumps, events)))
    assert alone(tmp_path) == pytest.approx(0.2)


def test_a_cluster_pays_where_it_stays_faster() -> None:
    divided = Simulation(Line(0, 100), Line(360, 500), alone=0.0)
    many = divided.faster_from(256)
    assert many is not None
    assert divided.on_spark(many, 256) < divided.on_instance(many) + 140
    assert divided.on_spark(many - 1, 256) >= divided.on_instance(many - 1) + 140
    assert divided.faster_from(16) is None
    assert Simulation(Line(0, 100), Line(60, 500), alone=1.0).faster_from(256) is None
