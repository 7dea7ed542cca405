"""Keys of the local cloud: random ones; every signature is checked, whatever key it names.

ministack checks the signatures of users and sessions, but takes the root's key, "test", any number
of an account and no key at all for the root, unchecked; and it derives the secrets of functions'
roles from their names, which anybody knows.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from typing import Any

from localcloud.ministack_internals import iam_evaluator, lambda_runtime, lambda_svc, sts


@dataclass(frozen=True)
class Session:
    """Temporary credentials."""

    access_key: str
    secret_key: str
    token: str


def install() -> None:
    """Let the cloud's own key alone be the root's, and check what is signed with it."""
    iam_evaluator.is_root_access_key = sts.is_root_access_key = _is_root
    iam_evaluator.is_root_key = lambda _key: False  # whose signatures are taken as they are
    # Two modules know the function by name.
    lambda_runtime.execution_credentials = lambda_svc.execution_credentials = _of_function


def _of_function(config: dict[str, Any]) -> dict[str, str]:
    """Return the variables with the credentials of a function's role."""
    function, name = str(config["FunctionArn"]), str(config["FunctionName"])[:64]
    role_arn = str(config.get("Role", ""))
    account, role = function.split(":")[4], role_arn.rsplit("/", 1)[-1]
    session = role_session(f"{function}:{role_arn}")
    register(session, f"arn:aws:sts::{account}:assumed-role/{role}/{name}", f"{role}:{name}")
    return {
        "AWS_ACCESS_KEY_ID": session.access_key,
        "AWS_SECRET_ACCESS_KEY": session.secret_key,
        "AWS_SESSION_TOKEN": session.token,
    }


def role_session(whose: str) -> Session:
    """Return the credentials of a role in somebody's hands: always the same in a cloud."""
    access_key = f"ASIA{_derived(f'key:{whose}')[:16].upper()}"
    return Session(access_key, _derived(f"secret:{whose}"), _derived(f"token:{whose}"))


def register(session: Session, arn: str, user_id: str) -> None:
    """Let a session's credentials be known."""
    sts.register_session(
        session.access_key,
        {
            "Arn": arn,
            "UserId": user_id,
            "SecretAccessKey": session.secret_key,
            "SessionToken": session.token,
        },
    )


def _is_root(access_key: str) -> bool:
    return secrets.compare_digest(
        (access_key or "").encode(), os.environ["AWS_ACCESS_KEY_ID"].encode()
    )


def _derived(text: str) -> str:
    """Return 64 hexadecimal digits that only who has the cloud's secret can find."""
    key = os.environ["AWS_SECRET_ACCESS_KEY"].encode()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
