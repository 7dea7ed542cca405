"""A few dozen real files, and some odd ones, from upload to report in the local cloud."""

import gzip
import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from localcloud.paths import PROJECT
from localcloud.run import exit_status

SAMPLED = 24
LARGEST_BYTES = 400_000


@pytest.mark.corpus
@pytest.mark.timeout(3600)
def test_sampled_files_from_upload_to_report(
    files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = [path for path in files if path.stat().st_size < LARGEST_BYTES]
    for path in small[:: len(small) // SAMPLED]:
        shutil.copy(path, tmp_path / f"{path.parent.name} {path.name}")
    penguins = next(path for path in files if path.name == "penguins.csv").read_bytes()
    (tmp_path / "Größe é #1.CSV").write_bytes(penguins)
    (tmp_path / "penguins.csv.gz").write_bytes(gzip.compress(penguins))
    (tmp_path / "empty.csv").touch()

    done = subprocess.run(
        [sys.executable, "-m", "localcloud", "run-many", str(tmp_path), "--json-lines"],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    results = [json.loads(line) for line in done.stdout.splitlines()]
    with capsys.disabled():
        seconds = sorted(found["seconds"]["total"] for found in results)
        counts = Counter(found["error"] or found["status"] for found in results)
        print(f"\n{dict(counts)}; {seconds[len(seconds) // 2]:.1f} s a file (median)\n")
    assert len(results) == len(list(tmp_path.iterdir()))
    unnamed = [found for found in results if exit_status(found) == 1]
    assert unnamed == []
    assert done.returncode == 0
    assert not [found["left_running"] for found in results if found["left_running"]]
    by_name = {Path(found["file"]).name: found for found in results}
    assert by_name["Größe é #1.CSV"]["status"] == "SUCCEEDED"
    assert by_name["empty.csv"]["error"] == "EmptyFile"
