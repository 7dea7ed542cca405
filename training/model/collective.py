"""What the hosts of one training job tell each other, by XGBoost's collective.

A process that has joined no other is the only host: it hears what it says itself.
"""

from __future__ import annotations

import sys
from typing import Any, TypeVar

Value = TypeVar("Value")


def _collective() -> Any:
    """Return XGBoost's module, or None where no other host has been joined."""
    if "xgboost" not in sys.modules:
        return None
    from xgboost import collective  # in the jobs of this algorithm only

    return collective if collective.is_distributed() else None


def gathered(value: Value) -> list[Value]:
    """Return what every host says here, in the order of the hosts."""
    collective = _collective()
    if collective is None:
        return [value]
    own, hosts = collective.get_rank(), range(collective.get_world_size())
    return [collective.broadcast(value if host == own else None, host) for host in hosts]


def agreed(value: Value) -> Value:
    """Return what the first host says here."""
    collective = _collective()
    if collective is None:
        return value
    found: Value = collective.broadcast(value if is_first() else None, 0)
    return found


def host_number() -> int:
    """Return this host's number, from 0."""
    collective = _collective()
    return 0 if collective is None else int(collective.get_rank())


def is_first() -> bool:
    """Whether this is the host that keeps what is common to all."""
    return host_number() == 0
