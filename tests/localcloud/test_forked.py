"""Processes of Lambdas are forked from one that has loaded their libraries, and are like others."""

import json
import os
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud import forked
from localcloud.forked import Forked, Forker
from localcloud.forking import LIBRARIES
from localcloud.ministack_internals import lambda_runtime
from tests.localsagemaker.conftest import wait_for

pytestmark = pytest.mark.skipif(
    not forked._has_process_descriptors(), reason="the system has no descriptors of processes"
)
TELL = """
import json, os, sys
loaded = sorted(sys.modules)
line = sys.stdin.readline()
print("to standard error", file=sys.stderr, flush=True)
print(json.dumps({
    "line": line, "loaded": loaded, "environment": dict(os.environ), "folder": os.getcwd(),
    "name": __name__, "argv": sys.argv, "pid": os.getpid(),
}), flush=True)
sys.stdin.readline()
"""
STAY = "import sys; print('here', flush=True); sys.stdin.read()"


@pytest.fixture(scope="module")
def forker() -> Iterator[Forker]:
    running = Forker()
    yield running
    running.close()


def _fork(forker: Forker, folder: Path, text: str, **environment: str) -> Forked:
    script = folder / "script.py"
    script.write_text(text)
    return forker.fork(str(script), str(folder), environment)


def _told(process: Forked) -> Any:
    process.stdin.write("ünïcode\n")
    return json.loads(process.stdout.readline())


def test_it_runs_as_if_started_alone_but_for_what_is_loaded(forker: Forker, tmp_path: Path) -> None:
    process = _fork(forker, tmp_path, TELL, NAME="välue", TZ="Asia/Tokyo")
    told = _told(process)
    assert told["line"] == "ünïcode\n"
    assert told["environment"] == {"NAME": "välue", "TZ": "Asia/Tokyo"}
    assert (told["folder"], told["name"]) == (str(tmp_path), "__main__")
    assert (told["argv"], told["pid"]) == ([str(tmp_path / "script.py")], process.pid)
    assert set(LIBRARIES) <= set(told["loaded"])
    assert [name for name in told["loaded"] if name.startswith(("lambdas", "ministack"))] == []
    assert process.stderr.readline() == "to standard error\n"
    assert process.poll() is None
    process.stdin.close()
    assert process.wait(10) == 0
    assert process.poll() == 0


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_it_can_be_ended(forker: Forker, tmp_path: Path, end: str) -> None:
    process = _fork(forker, tmp_path, STAY)
    assert process.stdout.readline() == "here\n"
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.05)
    getattr(process, end)()
    process.wait(10)
    assert process.stdout.read() == ""  # nobody else holds the other end
    getattr(process, end)()  # as for one that has ended
    # Nor does it stay as a zombie.
    wait_for(lambda: not Path(f"/proc/{process.pid}").exists())


def test_several_at_once_do_not_hold_each_others_pipes(forker: Forker, tmp_path: Path) -> None:
    first, second = (_fork(forker, tmp_path, STAY) for _ in range(2))
    first.stdin.close()
    assert first.wait(10) == 0
    assert second.poll() is None
    second.stdin.close()
    assert second.wait(10) == 0


def test_what_a_script_raises_is_told(forker: Forker, tmp_path: Path) -> None:
    process = _fork(forker, tmp_path, "raise ValueError('told')")
    process.wait(10)
    assert "ValueError: told" in process.stderr.read()


def test_two_draw_different_random_numbers(forker: Forker, tmp_path: Path) -> None:
    drawn = [
        _fork(forker, tmp_path, "import random; print(random.random())").stdout.readline()
        for _ in range(2)
    ]
    assert drawn[0] != drawn[1]


def test_the_one_that_forks_ends_with_whoever_asks() -> None:
    running = Forker()
    pid = running._process.pid
    running._control.close()
    assert running._process.wait(20) == 0
    assert not Path(f"/proc/{pid}").exists()
    with pytest.raises(OSError, match="descriptor"):
        running.fork("script.py", "/", {})


def test_one_that_is_gone_is_told(tmp_path: Path) -> None:
    running = Forker()
    running._process.kill()
    running._process.wait()
    with pytest.raises(OSError):  # noqa: PT011 (any will do: ministack tells it as it is)
        _fork(running, tmp_path, STAY)
    running.close()


@pytest.mark.parametrize("without", ["layers", "descriptors"])
def test_where_it_cannot_be_processes_are_ministacks(
    monkeypatch: pytest.MonkeyPatch, without: str
) -> None:
    if without == "layers":
        monkeypatch.setenv("LOCALCLOUD_USE_LAYERS", "1")
    else:
        monkeypatch.delattr(os, "pidfd_open")
    assert forked.install() is None
    assert lambda_runtime.subprocess is subprocess


def test_ministack_starts_pythons_functions_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(lambda_runtime, "subprocess", subprocess)
    forker = forked.install()
    assert forker is not None
    try:
        config = {
            "FunctionName": "f",
            "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:f",
            "Handler": "function.handler",
            "Runtime": "python3.12",
            "Timeout": 20,
        }
        worker = lambda_runtime.Worker("f", config, _zipped(tmp_path))
        assert worker.invoke({"n": 1}, "request")["result"] == [{"n": 1}, True]
        worker.kill()
    finally:
        forker.close()


def _zipped(folder: Path) -> bytes:
    code = "import sys\ndef handler(event, context):\n    return [event, 'boto3' in sys.modules]\n"
    with zipfile.ZipFile(folder / "code.zip", "w") as archive:
        archive.writestr("function.py", code)
    return (folder / "code.zip").read_bytes()
