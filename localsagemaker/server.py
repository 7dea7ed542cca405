"""The service alone, over HTTP on loopback: ``python -m localsagemaker --port 8200``."""

import argparse
import signal
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from localsagemaker import http
from localsagemaker.callers import refusal
from localsagemaker.core import LocalSageMaker
from localsagemaker.faults import FaultPlan


class Server(ThreadingHTTPServer):
    """Serves one `LocalSageMaker`; port 0 takes a free one."""

    daemon_threads = True

    def __init__(self, core: LocalSageMaker, port: int = 0) -> None:
        self.core = core
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def url(self) -> str:
        """Where clients send their requests."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body sent after its headers would wait 40 ms for their ACK
    server: Server

    def do_POST(self) -> None:
        given = {name.lower(): value for name, value in self.headers.items()}
        problem = refusal(given, self.server.server_port)
        if problem:
            self.close_connection = True
            self.send_error(403, problem)
            return
        length = int(self.headers.get("Content-Length") or 0)
        status, headers, body = http.handle(
            self.server.core, "POST", self.path, dict(self.headers), self.rfile.read(length)
        )
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Stay silent."""


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    import boto3  # only the stand-alone server makes its own S3 clients

    parser = argparse.ArgumentParser(prog="python -m localsagemaker")
    parser.add_argument("--port", type=int, default=8200)
    parser.add_argument("--root", type=Path, help="folder for state, jobs and endpoints")
    parser.add_argument("--faults", type=Path, help="JSON file with a fault plan")
    parser.add_argument("--account", default="000000000000")
    parser.add_argument("--region", default="us-east-1")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sagemaker-") as temporary:
        core = LocalSageMaker(
            options.root or Path(temporary),
            # The environment says where S3 is (AWS_ENDPOINT_URL_S3) and whose keys to use.
            lambda _role: boto3.client("s3", region_name=options.region),
            account=options.account,
            region=options.region,
            faults=FaultPlan.from_file(options.faults) if options.faults else None,
        )
        core.recover()
        server = Server(core, options.port)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        print(f"SageMaker at {server.url}", flush=True)
        try:
            server.serve_forever()
        finally:
            core.close()
