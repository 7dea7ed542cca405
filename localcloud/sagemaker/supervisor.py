"""Runs a command in a session of its own, and ends all of it when told to or when left alone.

Run by path: ``python -I -S supervisor.py COMMAND…`` with a pipe as standard input. ``T`` on the
pipe sends SIGTERM to the command's process group; its end, which the death of whoever holds the
other end causes too, kills the group. So no job outlives the service, however that ends.
"""

import os
import signal
import subprocess
import sys
import threading


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


def main(command: list[str], inherited: tuple[int, ...]) -> int:
    """Run ``command``; return its exit code, or 128 + n if signal n ended it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    child = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, pass_fds=inherited, start_new_session=True
    )
    threading.Thread(target=_obey, args=(sys.stdin.fileno(), child.pid), daemon=True).start()
    code = child.wait()
    _kill(child.pid, signal.SIGKILL)  # what the command left behind
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    descriptors = tuple(int(number) for number in sys.argv[1].split(",") if number)
    # Not sys.exit: a thread waits on the pipe, and the exit code must not wait for it.
    os._exit(main(sys.argv[2:], descriptors))
