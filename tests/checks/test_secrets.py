"""`make secrets` finds a key that should not be there."""

import subprocess
import sys
from pathlib import Path

import pytest

HOOK = Path(sys.executable).parent / "detect-secrets-hook"
PREFIX = "AK" + "IA"  # in two, or this file would hold what looks like a key


@pytest.mark.parametrize(("line", "status"), [(f'key = "{PREFIX}IOSFODNN7EXAMPLA"\n', 1), ("", 0)])
def test_a_key_is_found(tmp_path: Path, line: str, status: int) -> None:
    path = tmp_path / "settings.py"
    path.write_text(f"name = 'molino'\n{line}")
    done = subprocess.run([HOOK, "--no-verify", path], capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout
    assert ("AWS Access Key" in done.stdout) == bool(status)
