"""What this process has sent over its open connections, as Linux counts it for each of them."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

_OPEN = Path("/proc/self/fd")
_TCP_INFO = 11  # include/uapi/linux/tcp.h; `socket.TCP_INFO` where there is Linux
_BYTES_ACKED = slice(120, 128)  # of struct tcp_info


def bytes_sent() -> int:
    """Return the bytes that others have received from here; 0 where they are not counted."""
    return sum(_acknowledged()) if _OPEN.is_dir() else 0


def _acknowledged() -> Iterator[int]:
    for number in [int(path.name) for path in _OPEN.iterdir()]:
        try:
            with socket.socket(fileno=os.dup(number)) as found:
                told = found.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, 256)
        except OSError:  # no socket, or none of TCP
            continue
        counted = told[_BYTES_ACKED]
        yield struct.unpack("=Q", counted)[0] if len(counted) == 8 else 0
