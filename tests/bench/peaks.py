"""The memory of processes that others start."""

import contextlib
import re
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")
_SECONDS = 0.2


class Peak:
    """The largest memory in MB of any process that works in a folder of some name, meanwhile.

    Linux keeps each process's peak, so that it is enough to look once before it ends.
    """

    def __init__(self, folder: str) -> None:
        self.megabytes = 0.0
        self._folder, self._over = f"/{folder}/", threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(_SECONDS):
            for process in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):  # it has ended
                    if self._folder in str((process / "cwd").readlink()):
                        found = _PEAK.search((process / "status").read_text())
                        self.megabytes = max(self.megabytes, int(found[1]) / 1024 if found else 0)
