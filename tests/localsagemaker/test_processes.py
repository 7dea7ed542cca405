"""No process outlives the service, however the service or the job's own processes behave."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localsagemaker import Limits, LocalSageMaker
from tests.localsagemaker.conftest import finished, settled, wait_for

Build = Callable[..., dict[str, Any]]
FAMILY = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
child = subprocess.Popen(sleep)
fled = subprocess.Popen(sleep, start_new_session=True)
print("pids", os.getpid(), child.pid, fled.pid, flush=True)
"""


def pids(path: Path) -> list[int]:
    """Return what a job's log says, once it does."""

    def read() -> list[int]:
        text = path.read_text() if path.exists() else ""
        return [int(word) for word in text.split("pids ")[1].split()] if "pids" in text else []

    found: list[int] = wait_for(read)
    return found


def alive(numbers: list[int]) -> list[int]:
    return [number for number in numbers if Path(f"/proc/{number}").exists()]


def test_what_a_finished_job_leaves_behind_is_killed(
    core: LocalSageMaker, job_request: Build
) -> None:
    core.call("CreateTrainingJob", job_request(FAMILY))
    assert finished(core)["TrainingJobStatus"] == "Completed"
    assert alive(pids(core.training_log("job"))) == []


def test_close_ends_jobs_and_endpoints_in_any_state(
    make: Any, job_request: Build, deploy: Callable[..., Any], transform: Build
) -> None:
    core = make(limits=Limits(stop_grace_seconds=60))
    core.call("CreateTrainingJob", job_request(FAMILY + "time.sleep(600)"))
    whoami = "import os\ndef model_fn(_): return None\n"
    deploy(core, whoami + "def transform_fn(m, b, c, a): return str(os.getpid()), a", "ready")
    deploy(core, "import time\ntime.sleep(600)", "creating")
    serving = whoami + "def transform_fn(*_): print('pids', os.getpid()); time.sleep(600)"
    core.call("CreateTransformJob", transform(core, "import time\n" + serving, {"a.csv": b"1"}))
    settled(core, "ready")
    running = [*pids(core.training_log("job")), *pids(core.transform_log("job"))]
    running.append(int(core.invoke_endpoint("ready", b"").body))
    assert alive(running) == running
    core.close()
    assert alive(running) == []
    assert _processes_under(core._context.root) == []


@pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc")
def test_killing_the_service_kills_its_children(
    job_request: Build, tmp_path: Path, s3: Any
) -> None:
    """The service cannot clean up after SIGKILL; its children must notice."""
    script = tmp_path / "train.py"
    script.write_text(FAMILY + "time.sleep(600)")
    host = textwrap.dedent(
        f"""
        import os, sys, time
        from pathlib import Path
        from localsagemaker.child import Child
        Child([sys.executable, {str(script)!r}], folder=Path({str(tmp_path)!r}),
              environment=dict(os.environ), on_line=lambda line: print(line, flush=True))
        time.sleep(600)
        """
    )
    service = subprocess.Popen([sys.executable, "-c", host], stdout=subprocess.PIPE, text=True)
    assert service.stdout is not None
    running = [int(word) for word in service.stdout.readline().split()[1:]]
    assert len(alive(running)) == 3
    service.send_signal(signal.SIGKILL)
    service.wait()
    wait_for(lambda: not alive(running))


def _processes_under(root: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if (entry / "cwd").resolve().is_relative_to(root):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found
