"""Lets a container's Python find the hosts of its job by name, as AWS's ``/etc/hosts`` does.

This folder is on the path of containers of several hosts, and Python imports this module as it
starts. The file named by the variable has a line ``ADDRESS NAME`` for each host; all other names
are looked up as ever. Only root could write the machine's own ``/etc/hosts``.
"""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

VARIABLE = "LOCAL_SAGEMAKER_HOSTS"


def read(path: Path) -> dict[str, str]:
    """Return the address of each name."""
    lines = path.read_text(encoding="ascii").splitlines()
    return {name: address for address, name in map(str.split, lines)}


def _known(look_up: Callable[..., Any], addresses: dict[str, str]) -> Callable[..., Any]:
    """Return the look-up with known names replaced by their addresses."""

    def found(host: Any, *rest: Any, **named: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        return look_up(addresses.get(name, host), *rest, **named)

    return found


def _known_to(method: Callable[..., Any], addresses: dict[str, str]) -> Callable[..., Any]:
    """Return a socket's method, which takes an address, with known names replaced."""

    def found(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple):
            address = (addresses.get(address[0], address[0]), *address[1:])
        return method(self, address)

    return found


def install(addresses: dict[str, str]) -> None:
    """Answer the names in every look-up of `socket`, and in those that its methods make."""
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        setattr(socket, name, _known(getattr(socket, name), addresses))

    for name in ("bind", "connect", "connect_ex"):
        setattr(socket.socket, name, _known_to(getattr(socket.socket, name), addresses))


if VARIABLE in os.environ:
    install(read(Path(os.environ[VARIABLE])))
