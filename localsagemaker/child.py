"""A supervised child process with its output as log lines."""

import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from localsagemaker.image import Container, Image

_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_DRAIN_SECONDS = 5.0


class Child:
    """A running command; every line it writes goes to ``on_line``.

    Parameters
    ----------
    descriptors
        File descriptors that the command inherits.
    image
        Forks the command if it runs Python, which saves it from loading libraries.
    """

    def __init__(  # noqa: PLR0913 (a constructor with named settings)
        self,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        on_line: Callable[[str], None],
        descriptors: tuple[int, ...] = (),
        image: Image | None = None,
    ) -> None:
        forked = image.start(command, folder, environment, descriptors) if image else None
        self._process: Container | subprocess.Popen[bytes] = forked or _supervised(
            command, folder, environment, descriptors
        )
        self._reader = threading.Thread(target=self._read, args=(on_line,), daemon=True)
        self._reader.start()

    def wait(self, seconds: float | None = None) -> int | None:
        """Return the exit code (128 + n for signal n), or None if still running after a while."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        self._reader.join(_DRAIN_SECONDS)
        return code

    def terminate(self) -> None:
        """Send SIGTERM to the command and its children."""
        control = self._process.stdin
        if control is not None and not control.closed:
            with suppress(BrokenPipeError, OSError, ValueError):
                control.write(b"T")
                control.flush()

    def kill(self) -> None:
        """Kill the command and its children, and wait until they are gone."""
        if self._process.stdin is not None:
            with suppress(BrokenPipeError, OSError):
                self._process.stdin.close()
        self.wait()

    def _read(self, on_line: Callable[[str], None]) -> None:
        if self._process.stdout is None:
            return
        with self._process.stdout as output:
            for line in output:
                on_line(line.decode("utf-8", "replace").rstrip("\r\n"))


def _supervised(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], inherited: tuple[int, ...]
) -> "subprocess.Popen[bytes]":
    numbers = ",".join(str(number) for number in inherited)
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(_SUPERVISOR), numbers, *command],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=inherited,
        start_new_session=True,  # a Ctrl-C at the terminal is for the service alone
    )
