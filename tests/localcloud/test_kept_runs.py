"""What runs bring to this machine is bounded for each dataset, and the newest is kept."""

import json
import os
from pathlib import Path
from typing import Any

from localcloud.kept_runs import KEPT, adapted, make_room, renew_list


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


def test_a_page_links_to_files_and_not_to_a_console() -> None:
    page = (
        '<ul>\n<li class="console"><a href="https://eu-west-1.console.aws.amazon.com/x">a</a></li>\n'
        '<li><a href="../index.html">b</a></li>\n</ul>'
        "<td><code>s3://b/models/a&amp;b/m.tar.gz</code></td><td><code>s3://b/other</code></td>"
    )
    assert adapted(page, {"s3://b/models/a&b/m.tar.gz": "m.tar.gz"}) == (
        '<ul>\n<li><a href="../index.html">b</a></li>\n</ul>'
        '<td><code><a href="m.tar.gz">m.tar.gz</a></code></td><td><code>s3://b/other</code></td>'
    )


def line(name: str, ended: str) -> dict[str, Any]:
    return {
        "name": name, "ended": ended, "status": "FAILED", "error": "EmptyFile", "upload": "k",
        "metric": None, "value": None, "promoted": None, "cost_usd": 0.001,
    }  # fmt: skip


def test_the_list_has_the_kept_runs_of_every_cloud(tmp_path: Path) -> None:
    folder = tmp_path / "heart"
    for name in ("first", "second"):
        (folder / name).mkdir(parents=True)
    renew_list(folder, [line("first", "2026-01-01"), line("gone", "2026-01-01")], "")
    renew_list(folder, [line("second", "2026-01-02")], '<html lang="es">')
    runs = json.loads((folder / "runs.json").read_text())["runs"]
    assert [each["name"] for each in runs] == ["second", "first"]
    page = (folder / "index.html").read_text()
    assert '<html lang="es">' in page
    assert 'href="first/report.html"' in page
    assert "gone" not in page
