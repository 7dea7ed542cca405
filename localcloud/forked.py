"""Processes of Lambdas, forked from one that has their libraries loaded (`localcloud.forking`).

Loading boto3 and powertools takes most of a cold start, and each function of each cloud has one at
least. Where the system has no descriptors of processes (macOS), and where layers are used as they
are, Lambdas stay the processes that ministack starts.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from localcloud.ministack_internals import lambda_runtime
from localcloud.paths import PROJECT


class Forker:
    """The process that forks, started at once and loading meanwhile.

    Parameters
    ----------
    on_fork
        Called before each fork.
    """

    def __init__(self, on_fork: Callable[[], None] = lambda: None) -> None:
        self._on_fork = on_fork
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            number = theirs.fileno()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "localcloud.forking", str(number)],
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                pass_fds=(number,),
            )
        self._lock = threading.Lock()

    def fork(self, script: str, folder: str, environment: Mapping[str, str]) -> "Forked":
        """Run a Python script in a new process.

        Parameters
        ----------
        script
            Path of the script.
        folder
            The folder to run it in.
        environment
            All of its variables.

        Raises
        ------
        OSError
            When the process that forks is gone.
        """
        self._on_fork()
        request = {"script": script, "folder": folder, "environment": dict(environment)}
        pipes = [os.pipe() for _ in range(3)]
        theirs = [pipes[0][0], pipes[1][1], pipes[2][1]]
        try:
            with self._lock:
                socket.send_fds(self._control, [json.dumps(request).encode()], theirs)
                pid, handles, _, _ = socket.recv_fds(self._control, 64, 1)
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        if not handles:
            raise ConnectionResetError("the process that forks Lambdas is gone")
        return Forked(int(pid), handles[0], (pipes[0][1], pipes[1][0], pipes[2][0]))

    def close(self) -> None:
        """End the process that forks; those that it forked stay."""
        self._control.close()
        self._process.kill()
        self._process.wait()


class Forked:
    """What ministack uses of `subprocess.Popen`; exit codes are not known, only ends.

    Parameters
    ----------
    pid
        Process id.
    handle
        A descriptor of the process (``pidfd_open``).
    pipes
        Descriptors of the other ends of its standard input, output and error.
    """

    def __init__(self, pid: int, handle: int, pipes: tuple[int, int, int]) -> None:
        self.pid, self._handle = pid, handle
        weakref.finalize(self, os.close, handle)
        self.stdin = os.fdopen(pipes[0], "w", buffering=1, encoding="utf-8")
        self.stdout = os.fdopen(pipes[1], encoding="utf-8")
        self.stderr = os.fdopen(pipes[2], encoding="utf-8")

    def poll(self) -> int | None:
        """Return None while it runs."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end.

        Raises
        ------
        subprocess.TimeoutExpired
        """
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("lambda", timeout or 0)
        return code

    def terminate(self) -> None:
        """Send SIGTERM."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._handle, number)

    def _ended(self, seconds: float | None) -> int | None:
        poll = select.poll()
        poll.register(self._handle, select.POLLIN)
        return 0 if poll.poll(None if seconds is None else seconds * 1000) else None


def install(on_fork: Callable[[], None] = lambda: None) -> Forker | None:
    """Let ministack fork the processes of Python's Lambdas, where that can be."""
    if os.environ.get("LOCALCLOUD_USE_LAYERS") == "1" or not _has_process_descriptors():
        return None
    forker = Forker(on_fork)

    class Subprocess:
        """The module as ministack's Lambda runtime sees it."""

        def __getattr__(self, name: str) -> Any:
            return getattr(subprocess, name)

        @staticmethod
        def Popen(command: Sequence[str], **options: Any) -> Any:  # noqa: N802 (its name there)
            if command[0] != sys.executable:
                return subprocess.Popen(command, **options)
            return forker.fork(command[1], options["cwd"], options["env"])

    lambda_runtime.subprocess = Subprocess()
    return forker


def _has_process_descriptors() -> bool:
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True
