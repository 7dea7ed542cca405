"""What AWS's image has loaded: containers' Python processes, forked from one that has it.

Loading scikit-learn takes most of a small job's time, and of an endpoint's start. Where descriptors
of processes cannot be passed on (all but Linux), each container loads it for itself.
"""

import json
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from localsagemaker.container import base_environment

_ROOT = Path(__file__).resolve().parent.parent
_KILLED = 137


class Image:
    """The process that forks, started with the first container that runs Python or before."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        descriptors: Sequence[int],
    ) -> "Container | None":
        """Start a command under a supervisor, if it is one that can be forked.

        Parameters
        ----------
        command
            Interpreter, script or ``-P -m MODULE``, and arguments.
        folder
            The folder to run it in.
        environment
            All of its variables.
        descriptors
            File descriptors that it inherits, by the same numbers.
        """
        if sys.platform != "linux" or not _is_python(command):
            return None
        request = {
            "command": list(command),
            "folder": str(folder),
            "environment": dict(environment),
            "descriptors": list(descriptors),
        }
        pipes = [os.pipe() for _ in range(3)]
        (orders, order), (output, printed), (code, ended) = pipes
        try:
            with self._lock:
                control = self._launch()
                message = json.dumps(request).encode()
                socket.send_fds(control, [message], [orders, printed, ended, *descriptors])
        finally:
            for descriptor in (orders, printed, ended):
                os.close(descriptor)
        return Container(order, output, code)

    def load_early(self) -> None:
        """Load the libraries now, so that the first container need not wait for them."""
        if sys.platform == "linux":
            with self._lock:
                self._launch()

    def close(self) -> None:
        """End the process that forks; the containers stay."""
        with self._lock:
            if self._control and self._process:
                self._control.close()
                self._process.kill()
                self._process.wait()
                self._control = None

    def _launch(self) -> socket.socket:
        """Return the socket of the process, which is started unless it runs."""
        if self._control:
            return self._control
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            number = theirs.fileno()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "localsagemaker.image_process", str(number)],
                cwd=_ROOT,
                env=base_environment(),
                stdin=subprocess.DEVNULL,
                pass_fds=(number,),
                start_new_session=True,  # a Ctrl-C at the terminal is for the service alone
            )
        self._control = control
        return control


class Container:
    """What is used of `subprocess.Popen`.

    Parameters
    ----------
    order, output, code
        Pipes' ends: to the supervisor, of what the command writes, of its exit code.
    """

    def __init__(self, order: int, output: int, code: int) -> None:
        self.stdin = os.fdopen(order, "wb")
        self.stdout = os.fdopen(output, "rb")
        self._code = os.fdopen(code, "rb", buffering=0)
        self._ended: int | None = None
        self._lock = threading.Lock()

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code, 128 + n for signal n.

        Raises
        ------
        subprocess.TimeoutExpired
        """
        with self._lock:
            if self._ended is None:
                poll = select.poll()
                poll.register(self._code, select.POLLIN)
                if not poll.poll(None if timeout is None else timeout * 1000):
                    raise subprocess.TimeoutExpired("container", timeout or 0)
                self._ended = next(iter(self._code.read(1)), _KILLED)
                self._code.close()
            return self._ended


def _is_python(command: Sequence[str]) -> bool:
    return command[0] == sys.executable and (command[1].endswith(".py") or command[1] == "-P")
