"""Containers are forked from a process that has the image's libraries, and are like others."""

import json
import os
import select
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localsagemaker.child import Child
from localsagemaker.container import base_environment
from localsagemaker.image import Image

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux only")
TELL = """
import json, os, sys
loaded = "sklearn.ensemble" in sys.modules
import numpy, json
print(json.dumps({
    "loaded": loaded, "environment": dict(os.environ), "folder": os.getcwd(), "path": sys.path,
    "argv": sys.argv, "name": __name__, "file": __file__, "numbers": list(numpy.random.rand(3)),
    "ours": [name for name in sys.modules if name.startswith("localcloud")],
    "orders": sys.stdin.read(), "leads": os.getsid(0) == os.getpid(),
}))
print("to standard error", file=sys.stderr)
"""
Run = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def run(image: Image, tmp_path: Path) -> Run:
    def run(script: str, *arguments: str, alone: bool = False, **variables: str) -> Any:
        (tmp_path / "train.py").write_text(script)
        lines: list[str] = []
        child = Child(
            [sys.executable, "train.py", *arguments],
            folder=tmp_path,
            environment=base_environment() | variables,
            on_line=lines.append,
            image=None if alone else image,
        )
        return child.wait(60), lines

    return run


def _told(outcome: tuple[int, list[str]]) -> dict[str, Any]:
    code, (line, error) = outcome
    assert (code, error) == (0, "to standard error")
    told: dict[str, Any] = json.loads(line)
    return told


def test_it_runs_as_if_started_alone_but_for_what_is_loaded(run: Run, tmp_path: Path) -> None:
    variables = {"PYTHONPATH": str(tmp_path / "code"), "NAME": "välue", "TZ": "Asia/Tokyo"}
    forked, alone, again = (
        _told(run(TELL, "--seed", "0", alone=alone, **variables)) for alone in (False, True, False)
    )
    assert (forked.pop("loaded"), alone.pop("loaded"), again["loaded"]) == (True, False, True)
    numbers = [told.pop("numbers") for told in (forked, alone, again)]
    assert numbers[0] != numbers[2]
    # Where Python itself says more of where a script began.
    assert str(tmp_path / alone.pop("file")) == str(tmp_path / forked.pop("file"))
    assert forked == alone


@pytest.mark.parametrize(
    "variables", [{"OMP_WAIT_POLICY": "active"}, {"PYTHONHASHSEED": "1"}], ids=str
)
def test_what_libraries_read_at_their_start_is_read(run: Run, variables: dict[str, str]) -> None:
    assert not _told(run(TELL, **variables))["loaded"]


def test_libraries_start_as_many_threads_as_they_may(run: Run) -> None:
    script = """
    import sys
    loaded = "sklearn.ensemble" in sys.modules
    import sklearn.ensemble
    from threadpoolctl import threadpool_info
    from sklearn.utils._openmp_helpers import _openmp_effective_n_threads as of_sklearn
    print(loaded, {pool["num_threads"] for pool in threadpool_info()}, of_sklearn())
    """
    limited = {"OMP_NUM_THREADS": "1"}
    forked = run(textwrap.dedent(script), **limited)
    alone = run(textwrap.dedent(script), alone=True, **limited)
    assert forked == (0, ["True {1} 1"])
    assert alone == (0, ["False {1} 1"])


def test_its_own_modules_come_before_those_that_are_loaded(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sklearn").mkdir()
    (tmp_path / "sklearn" / "__init__.py").write_text("print('mine')")
    assert run("import sklearn") == (0, ["mine"])


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("import sys; sys.exit(3)", 3),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 137),
        ("import signal, os; os.kill(os.getpid(), signal.SIGTERM)", 143),
    ],
)
def test_it_ends_as_it_ends(run: Run, script: str, code: int) -> None:
    assert run(script) == (code, [])


def test_an_exception_is_printed_and_fails(run: Run) -> None:
    code, lines = run("raise ValueError('why')")
    assert (code, lines[-1]) == (1, "ValueError: why")


def test_many_threads_of_linear_algebra_outlive_the_fork(run: Run) -> None:
    script = """
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier
    x = np.arange(40_000.0).reshape(400, 100)
    HistGradientBoostingClassifier(max_iter=3).fit(x @ x.T, x[:, 0] > 20_000)
    print("done")
    """
    assert run(textwrap.dedent(script)) == (0, ["done"])


def test_they_end_with_the_service(image: Image, tmp_path: Path) -> None:
    """The service cannot clean up after SIGKILL; the process that forks ends as well."""
    (tmp_path / "train.py").write_text("import os, time; print(os.getpid()); time.sleep(600)")
    host = f"""
import sys, time
from pathlib import Path
from localsagemaker.child import Child
from localsagemaker.container import base_environment
from localsagemaker.image import Image
image = Image()
Child([sys.executable, "train.py"], folder=Path({str(tmp_path)!r}), image=image,
      environment=base_environment(),
      on_line=lambda line: print(line, image._process.pid, flush=True))
time.sleep(600)
"""
    service = subprocess.Popen([sys.executable, "-c", host], stdout=subprocess.PIPE, text=True)
    assert service.stdout is not None
    running = [int(word) for word in service.stdout.readline().split()]
    handles = [os.pidfd_open(pid) for pid in running]
    service.kill()
    service.wait()
    for handle in handles:
        assert select.select([handle], [], [], 20)[0]
        os.close(handle)
