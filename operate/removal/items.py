"""What is found and removed: each an item of one kind, with the call that ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.shared.failures.aws_errors import is_absent


class RemovalError(RuntimeError):
    """Part of an item could not be removed; the text says how much, and why."""


@dataclass(frozen=True)
class Item:
    """One thing that can be removed.

    Parameters
    ----------
    kind, name
        As people read them.
    remove
        Removes it; raises an error of boto3 or `RemovalError` if it can't.
    count
        How many parts it has, for example versions of objects.
    bytes
        How much is stored in it.
    """

    kind: str
    name: str
    remove: Callable[[], Any]
    count: int = 1
    bytes: int = 0

    def document(self) -> dict[str, Any]:
        """Return the item as JSON shows it."""
        return {"kind": self.kind, "name": self.name, "count": self.count, "bytes": self.bytes}


def remove_all(items: Iterable[Item]) -> dict[str, str]:
    """Remove items in their order; one that fails never keeps the others from being tried.

    Returns
    -------
    dict
        Why each that failed did, by kind and name.
    """
    failures = {}
    for item in items:
        try:
            item.remove()
        except (ClientError, BotoCoreError, RemovalError) as error:
            if not is_absent(error):
                failures[f"{item.kind} {item.name}"] = str(error)
    return failures
