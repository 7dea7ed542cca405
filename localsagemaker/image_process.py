"""A process with the libraries of AWS's image loaded, forked for each container that runs Python.

Run as ``python -m localsagemaker.image_process FD``, FD being a socket on which
`localsagemaker.image` asks for containers; it ends when the other end does. What is forked
is the container's supervisor, which forks the command. Nothing of the user's is loaded here.
"""

import fcntl
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from localsagemaker import supervisor

LIBRARIES = ("numpy", "pandas", "sklearn", "flask", "gevent", "gunicorn.app.base")
MESSAGE_BYTES = 1 << 18
MOST_DESCRIPTORS = 8
# What Python and its libraries read as they are loaded: other values need a process of their own.
# How many threads they start can be set later, too.
_THREADS = "OMP_NUM_THREADS"
_READ_AT_START = ("GOMP_", "LD_", "MALLOC_", "MKL_", "OMP_", "OPENBLAS_", "PYTHON")
_OURS = "localsagemaker"
_BEYOND_OTHERS = 512


def load() -> None:
    """Import the libraries, scikit-learn with all of its modules."""
    for name in LIBRARIES:
        with suppress(ImportError):  # the service itself needs none of them
            importlib.import_module(name)
    with suppress(ImportError):
        importlib.import_module("sklearn.utils").all_estimators()  # as skops does
    with suppress(ImportError):
        events = importlib.import_module("gevent.events")
        # It would look for plugins, of which there are none, among all that is installed: 13 times.
        setattr(events, "notify_and_call_entry_points", events.notify)  # noqa: B010
    gc.collect()
    gc.freeze()  # what is loaded stays in pages that all share


def serve(control: socket.socket) -> dict[str, Any] | None:
    """Fork as asked until the other end is closed.

    Returns
    -------
    dict or None
        In a command's process the request that it is to fulfil; None in this one, at the end.
    """
    signal.signal(signal.SIGCHLD, lambda *_: _reap())
    while True:
        message, received, _, _ = socket.recv_fds(control, MESSAGE_BYTES, MOST_DESCRIPTORS)
        if not message:
            return None
        if not os.fork():
            control.close()
            return _contain(json.loads(message), received)
        for descriptor in received:
            os.close(descriptor)


def _contain(request: dict[str, Any], received: list[int]) -> dict[str, Any]:
    """Supervise the command, and return only in its own process."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    orders, output, ended, *others = _moved(received)
    for source, number in (
        (orders, 0),
        (output, 1),
        (output, 2),
        *zip(others, request["descriptors"], strict=True),
    ):
        os.dup2(source, number)
    for descriptor in (orders, output, *others):
        os.close(descriptor)
    supervisor.prepare()
    is_ready, ready = os.pipe()
    command = os.fork()
    if command:
        os.close(ready)
        os.read(is_ready, 1)  # until it is in its session, where signals reach it
        os.write(ended, bytes([supervisor.attend(command)]))
        os._exit(0)
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for descriptor in (nothing, ended, is_ready, ready):
        os.close(descriptor)
    return request


def _moved(descriptors: list[int]) -> list[int]:
    """Return copies whose numbers are none that a command may have been promised."""
    copies = [fcntl.fcntl(old, fcntl.F_DUPFD_CLOEXEC, _BEYOND_OTHERS) for old in descriptors]
    for old in descriptors:
        os.close(old)
    return copies


def become(request: dict[str, Any], started_with: dict[str, str]) -> None:
    """Run a command of this Python as if it had been started alone."""
    command, environment = request["command"], request["environment"]
    os.chdir(request["folder"])
    places = _places(command, environment)
    if _differs(environment, started_with) or _hides_a_library(places):
        os.execve(command[0], command, environment)  # noqa: S606
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    with suppress(ImportError):
        importlib.import_module("numpy.random").seed()  # else all would draw the same numbers
    if environment.get(_THREADS, "").isdecimal():
        with suppress(ImportError):
            threads = int(environment[_THREADS])
            importlib.import_module("threadpoolctl").threadpool_limits(threads)
    sys.path[:] = [*places, *sys.path[1:]]  # the first was where this module lies
    for name in [name for name in sys.modules if name.partition(".")[0] == _OURS]:
        del sys.modules[name]
    if any((Path(place) / "sitecustomize.py").exists() for place in places[1:]):
        importlib.import_module("sitecustomize")  # as Python does when it starts
    if command[1:3] == ["-P", "-m"]:
        sys.argv = command[3:]
        runpy.run_module(command[3], run_name="__main__", alter_sys=True)
    else:
        sys.argv = command[1:]
        runpy.run_path(command[1], run_name="__main__")


def _places(command: list[str], environment: dict[str, str]) -> list[str]:
    """Return where the command's Python would look for modules first."""
    own = [] if command[1] == "-P" else [str(Path(command[1]).resolve().parent)]
    return own + [place for place in environment.get("PYTHONPATH", "").split(":") if place]


def _differs(environment: dict[str, str], started_with: dict[str, str]) -> bool:
    later = {"PYTHONPATH"} | ({_THREADS} if environment.get(_THREADS, "").isdecimal() else set())

    def read(variables: dict[str, str]) -> dict[str, str]:
        return {
            name: value
            for name, value in variables.items()
            if name.startswith(_READ_AT_START) and name not in later
        }

    return read(environment) != read(started_with)


def _hides_a_library(places: list[str]) -> bool:
    """Return whether the command's own modules would hide some that are loaded."""
    loaded = {name.partition(".")[0] for name in sys.modules} - {_OURS, "__main__"}
    return any(found in loaded for place in places for found in _names(Path(place)))


def _names(folder: Path) -> Iterator[str]:
    if folder.is_dir():
        for entry in folder.iterdir():
            if entry.is_dir() or entry.suffix in {".py", ".so"}:
                yield entry.name.partition(".")[0]


def _reap() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


if __name__ == "__main__":
    before = dict(os.environ)
    load()
    asked = serve(socket.socket(fileno=int(sys.argv[1])))
    if asked:
        become(asked, before)
