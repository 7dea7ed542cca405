"""Runs a command in a session of its own, and ends all of it on request or when its starter dies.

Run by path: ``python -I -S supervisor.py COMMAND…`` with a pipe as standard input. ``T`` on the
pipe sends SIGTERM to the command's process group; its end, which the death of the process at
the other end causes too, kills the group. So no job outlives the service, however that ends.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _kill(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return


def _obey(control: int, group: int) -> None:
    while True:
        order = os.read(control, 1)
        if order != b"T":
            break
        _kill(group, signal.SIGTERM)
    _kill(group, signal.SIGKILL)


def _adopt_orphans() -> None:
    """Become the parent of what the command leaves behind (Linux only)."""
    if sys.platform == "linux":
        set_child_subreaper = 36
        ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


def _children() -> list[int]:
    """Return the processes that are this one's children now."""
    path = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    return [int(number) for number in path.read_text().split()] if path.exists() else []


def _clear() -> None:
    """Kill and reap all that is left, also what has fled to a session of its own."""
    while True:
        for orphan in _children():
            with suppress(ProcessLookupError):
                os.kill(orphan, signal.SIGKILL)
        try:
            os.wait()
        except ChildProcessError:
            return


def prepare() -> None:
    """Outlive signals, and whatever the command leaves behind; before it is started."""
    for number in _SIGNALS:
        # A handler, as the command would inherit that a signal is ignored.
        signal.signal(number, lambda *_: None)
    _adopt_orphans()


def attend(command: int) -> int:
    """Wait for the end of a command, by its process id, in a session of its own.

    Returns
    -------
    int
        Its exit code, or 128 + n if signal n ended it.
    """
    threading.Thread(target=_obey, args=(0, command), daemon=True).start()
    # Not reaped before its group is dead: until then nobody else can get the group's number.
    os.waitid(os.P_PID, command, os.WEXITED | os.WNOWAIT)
    _kill(command, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(command, 0)[1])
    _clear()
    return code if code >= 0 else 128 - code


def main(command: list[str], inherited: tuple[int, ...]) -> int:
    """Run ``command``; return its exit code, or 128 + n if signal n ended it."""
    prepare()
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        pass_fds=inherited,
        start_new_session=True,
    )
    return attend(child.pid)


if __name__ == "__main__":
    descriptors = tuple(int(number) for number in sys.argv[1].split(",") if number)
    # Not sys.exit: a thread waits on the pipe, and the exit code must not wait for it.
    os._exit(main(sys.argv[2:], descriptors))
