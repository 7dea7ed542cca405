"""Ctrl-C in the middle of a run: the cloud, its jobs and its endpoints end with it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from localcloud.paths import PROJECT

_INTERRUPTED = 130


def _processes_with(variable: str, value: str) -> list[int]:
    wanted = f"{variable}={value}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue  # gone meanwhile, or another user's
    return found


def test_ctrl_c_leaves_no_process_behind(tmp_path: Path) -> None:
    mark = str(tmp_path)
    # Started in the background, shells have us ignore Ctrl-C, and our children with us.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "localcloud", "run", "examples/breast_cancer.csv"],
        cwd=PROJECT,
        env=os.environ | {"MARK": mark, "TMPDIR": mark, "TTY_COMPATIBLE": "1"},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    printed = ""
    while "train" not in printed:
        character = process.stdout.read(1)
        assert character, printed
        printed += character
    assert len(_processes_with("MARK", mark)) > 1  # the cloud runs, and something in it
    os.killpg(process.pid, signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == _INTERRUPTED, printed + rest
    assert _processes_with("MARK", mark) == []
    assert list(tmp_path.iterdir()) == []
