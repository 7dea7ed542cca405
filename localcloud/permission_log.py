"""What was asked of IAM, written down where `LOCALCLOUD_PERMISSIONS` names a file."""

import json
import os
import threading
from pathlib import Path

from localcloud.permissions import Permission

VARIABLE = "LOCALCLOUD_PERMISSIONS"
_lock = threading.Lock()


def record(role: str, permission: Permission, *, allowed: bool) -> None:
    """Append one line of JSON: ``role`` (name), ``action``, ``resource``, ``context``, ``allowed``.

    The context holds the condition keys that the call had, in lower case.
    """
    path = os.environ.get(VARIABLE)
    if not path:
        return
    line = json.dumps(
        {
            "role": role,
            "action": permission.action,
            "resource": permission.resource,
            "context": permission.context,
            "allowed": allowed,
        },
        default=str,
    )
    with _lock, Path(path).open("a") as file:
        file.write(line + "\n")
