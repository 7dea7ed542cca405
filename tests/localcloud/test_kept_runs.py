"""What runs bring to this machine is bounded for each dataset, and the newest is kept."""

import os
from pathlib import Path

from localcloud.kept_runs import KEPT, make_room


def test_the_newest_runs_are_kept(tmp_path: Path) -> None:
    for number in range(KEPT + 5):
        run = tmp_path / "heart" / f"run-{number:02}"
        make_room(run.parent)
        run.mkdir(parents=True)
        (run / "report.html").touch()
        os.utime(run, (number, number))
    other = tmp_path / "other" / "run"
    other.mkdir(parents=True)
    kept = sorted(path.name for path in (tmp_path / "heart").iterdir())
    assert kept == [f"run-{number:02}" for number in range(5, KEPT + 5)]
    assert other.exists()
