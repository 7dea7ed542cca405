"""Every file of a folder gets its line, whatever becomes of it, and Ctrl-C ends it at once."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.follow import ExecutionNotStartedError
from localcloud.many import files_below, run_many
from localcloud.run import exit_status


def test_files_in_order_without_the_systems_own(tmp_path: Path) -> None:
    names = ["b/Größe é.CSV", "a b#c.csv.gz", ".DS_Store", ".git/x.csv", "b/.hidden.csv"]
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "gone.csv").symlink_to(tmp_path / "nothing")
    assert files_below(tmp_path) == [tmp_path / "a b#c.csv.gz", tmp_path / "b/Größe é.CSV"]


def test_a_file_that_cannot_be_run_stops_no_other() -> None:
    def one(path: Path) -> dict[str, Any]:
        if path.name == "never":
            raise ExecutionNotStartedError("not in 60 s")
        if path.name == "unreadable":
            raise PermissionError("denied")
        return {"status": "SUCCEEDED", "error": None}

    files = [Path(name) for name in ("a", "never", "b", "unreadable", "c")]
    results = {found["file"]: found for found in run_many(files, one, jobs=2)}
    assert set(results) == {"a", "never", "b", "unreadable", "c"}
    assert results["never"]["error"] == "ExecutionNotStartedError"
    assert exit_status(results["never"]) == exit_status(results["unreadable"]) == 1
    assert results["c"]["status"] == "SUCCEEDED"


def test_no_more_files_are_begun_than_asked_for() -> None:
    lock, running, most = threading.Lock(), [0], [0]

    def one(_: Path) -> dict[str, Any]:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        threading.Event().wait(0.01)
        with lock:
            running[0] -= 1
        return {"status": "SUCCEEDED"}

    assert len(list(run_many([Path(str(n)) for n in range(40)], one, jobs=2))) == 40
    assert most[0] == 2


def test_an_interrupt_begins_no_further_file() -> None:
    begun: list[Path] = []
    release = threading.Event()

    def one(path: Path) -> dict[str, Any]:
        begun.append(path)
        if path.name != "0":
            release.wait(10)
        return {"status": "SUCCEEDED"}

    results: Iterator[dict[str, Any]] = run_many([Path(str(n)) for n in range(50)], one, jobs=2)
    next(results)
    with pytest.raises(KeyboardInterrupt):
        results.throw(KeyboardInterrupt)  # type: ignore[attr-defined]
    release.set()
    assert len(begun) <= 4
