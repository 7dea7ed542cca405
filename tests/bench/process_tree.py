"""What a command takes: seconds, its processes' seconds of processor, and their memory together."""

import contextlib
import os
import subprocess
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SECONDS = 0.1
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Taken:
    """What a command took.

    Parameters
    ----------
    seconds, processor : float
    megabytes : float
        The most that its processes held together; pages that several share count for each.
    output : str
    """

    seconds: float
    processor: float
    megabytes: float
    output: str


def run(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Taken:
    """Run a command, look at its processes until it ends, and raise if it fails."""
    start, peak = time.perf_counter(), 0
    processor: dict[int, int] = {}
    with log.open("w") as errors:
        process = subprocess.Popen(
            command, env=dict(environment), stdout=subprocess.PIPE, stderr=errors, text=True
        )
        while process.poll() is None:
            pages = 0
            for pid, (ticks, own) in _tree(process.pid).items():
                processor[pid] = ticks
                pages += own
            peak = max(peak, pages)
            time.sleep(_SECONDS)
        seconds = time.perf_counter() - start
        output = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise RuntimeError(f"{command} failed:\n{log.read_text()[-4000:]}")
    total = sum(processor.values()) / _TICKS
    return Taken(seconds, total, peak * _PAGE / 1e6, output)


def _tree(root: int) -> dict[int, tuple[int, int]]:
    """Return ticks of the processor and pages of memory of a process and all below it."""
    below, found = defaultdict(list), {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended
            pid = int(path.parent.name)
            # What stands after the name, which may have blanks and brackets.
            fields = path.read_text().rpartition(")")[2].split()
            below[int(fields[1])].append(pid)
            found[pid] = int(fields[11]) + int(fields[12]), int(fields[21])
    tree, waiting = {}, [root]
    while waiting:
        pid = waiting.pop()
        if pid in found:
            tree[pid] = found[pid]
        waiting += below[pid]
    return tree
