"""Credentials of a model's role, for its container, as AWS hands them out.

A container that is not isolated finds their address and a token in its environment
(``AWS_CONTAINER_CREDENTIALS_FULL_URI``: paws-r/paws#737 for serverless endpoints), and AWS's SDKs
ask there. Only who has the token is answered.
"""

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from localsagemaker.callers import refusal
from localsagemaker.context import Credentials

_LIFETIME = timedelta(hours=6)  # AWS: an hour or more; SDKs ask again before the end


class RoleCredentials:
    """Answers containers on loopback, from the first that needs credentials on.

    Parameters
    ----------
    find
        Returns a role's credentials; raises PermissionError when SageMaker may not assume it.
    surroundings
        Variables by which AWS's SDKs find this cloud instead of AWS.
    """

    def __init__(self, find: Callable[[str], Credentials], surroundings: Mapping[str, str]) -> None:
        self.find = find
        self.roles: dict[str, str] = {}
        self._surroundings = surroundings
        self._server: _Server | None = None
        self._lock = threading.Lock()

    def variables(self, role: str) -> dict[str, str]:
        """Return what a container's environment has for its role."""
        token = secrets.token_urlsafe()
        with self._lock:
            self.roles[token] = role
            if self._server is None:
                self._server = _Server(self)
                threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return {
            **self._surroundings,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{self._server.server_port}/",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": token,
        }

    def close(self) -> None:
        """Answer no more."""
        with self._lock:
            if self._server:
                self._server.shutdown()
                self._server.server_close()
            self._server = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, owner: RoleCredentials) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        given = {name.lower(): value for name, value in self.headers.items()}
        role = self.server.owner.roles.get(given.get("authorization", ""))
        if role is None or refusal(given, self.server.server_port):
            self.send_error(403)
            return
        try:
            found = self.server.owner.find(role)
        except PermissionError:
            self.send_error(403)
            return
        body = json.dumps(
            {
                "AccessKeyId": found.access_key,
                "SecretAccessKey": found.secret_key,
                "Token": found.token,
                "Expiration": f"{datetime.now(UTC) + _LIFETIME:%Y-%m-%dT%H:%M:%SZ}",
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Stay silent."""
