"""Python keeps what it compiled, also where the shell says otherwise: processes are many here."""

import os
import subprocess
from pathlib import Path

import pytest

from localcloud import cloud
from localcloud.tls import CertificateFiles

PROJECT = Path(__file__).parents[2]
REFUSED = "PYTHONDONTWRITEBYTECODE"


def test_no_command_of_make_refuses_to_keep_it(tmp_path: Path) -> None:
    """Compiling all anew took a third of the processor time of a run of the tests."""
    shows = tmp_path / "Makefile"
    shows.write_text(f"include Makefile\nshow:\n\t@echo [$${REFUSED}]\n")
    done = subprocess.run(
        ["make", "-s", "-f", str(shows), "show"],
        cwd=PROJECT,
        env=os.environ | {REFUSED: "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_nor_does_the_local_cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(REFUSED, "1")
    assert REFUSED not in cloud._server_environment(1, CertificateFiles(tmp_path), tmp_path)
