"""What was asked of IAM, written down where `LOCALCLOUD_PERMISSIONS` names a file."""

import json
import os
import threading
from pathlib import Path
from typing import Any

VARIABLE = "LOCALCLOUD_PERMISSIONS"
_lock = threading.Lock()


def record(
    role: str, action: str, resource: str, context: dict[str, Any], *, allowed: bool
) -> None:
    """Append one line of JSON with all of these.

    Parameters
    ----------
    role
        Its name.
    context
        The condition keys that the call had, in lower case.
    """
    path = os.environ.get(VARIABLE)
    if not path:
        return
    line = json.dumps(
        {
            "role": role,
            "action": action,
            "resource": resource,
            "context": context,
            "allowed": allowed,
        },
        default=str,
    )
    with _lock, Path(path).open("a") as file:
        file.write(line + "\n")
