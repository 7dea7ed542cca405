"""AWS's serving stack on loopback, as the local endpoint runs it, and a client that adds little.

nginx stands in front, with the image's configuration, where the machine has it.
"""

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]
NGINX = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
_READY_SECONDS = 60.0
_LOADING_SECONDS = 4.0
# aws/sagemaker-containers: etc/nginx.conf.template, with ports and paths of our own.
_NGINX_CONFIGURATION = """\
worker_processes auto;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_rlimit_nofile 4096;
events {{ worker_connections 2048; }}
http {{
  default_type application/octet-stream;
  access_log {folder}/access.log combined;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  upstream gunicorn {{ server 127.0.0.1:{upstream}; }}
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 0;
    keepalive_timeout 3;
    location / {{
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header Host $http_host;
      proxy_redirect off;
      proxy_read_timeout 60s;
      proxy_pass http://gunicorn;
    }}
  }}
}}
"""


@dataclass(frozen=True)
class Load:
    """A request, sent over and over."""

    body: bytes
    content_type: str
    connections: int = 1
    seconds: float = 2.0

    def message(self, port: int) -> bytes:
        """Return the request's bytes."""
        head = (
            f"POST /invocations HTTP/1.1\r\nHost: localhost:{port}\r\n"
            "Accept: application/json\r\n"
            f"Content-Type: {self.content_type}\r\nContent-Length: {len(self.body)}\r\n\r\n"
        )
        return head.encode() + self.body


@contextmanager
def stack(
    model: Path, program: str, code: Path, folder: Path, *, workers: int, stock: bool
) -> Iterator[int]:
    """Serve a model folder until the block is left; yield the port.

    Parameters
    ----------
    stock : bool
        Whether with the image's defaults, or as the state machine sets up our models: without
        nginx, and one thread a worker.
    """
    base = folder / "opt" / "ml"
    shutil.copytree(model, base / "model")
    environment = os.environ | {
        "SAGEMAKER_BASE_DIR": str(base),
        "SAGEMAKER_PROGRAM": program,
        "SAGEMAKER_SUBMIT_DIRECTORY": str(code),
        "SAGEMAKER_MODEL_SERVER_WORKERS": str(workers),
        "PYTHONPATH": str(PROJECT),
    }
    if not stock:
        environment |= {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-P", "-m", "localsagemaker.serving"]
    with ExitStack() as cleanup, socket.socket() as listener, (folder / "log").open("wb") as log:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        port = int(listener.getsockname()[1])
        process = subprocess.Popen(
            [*command, str(listener.fileno())],
            env=environment,
            pass_fds=(listener.fileno(),),
            stdout=log,
            stderr=log,
        )
        cleanup.callback(_end, process)
        if stock and NGINX:
            port = _nginx(cleanup, folder / "nginx", port)
        _wait_until_ready(port)
        _load_every_worker(port)
        yield port


def _nginx(cleanup: ExitStack, folder: Path, upstream: int) -> int:
    folder.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    configuration = folder / "nginx.conf"
    configuration.write_text(
        _NGINX_CONFIGURATION.format(folder=folder, upstream=upstream, port=port)
    )
    process = subprocess.Popen(
        [str(NGINX), "-c", str(configuration), "-p", str(folder)], stderr=subprocess.DEVNULL
    )
    cleanup.callback(_end, process)
    return port


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(20)


def _wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=_READY_SECONDS) as client:
                client.sendall(_ping(port))
                if b" 200 " in client.recv(64):
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise RuntimeError("the serving stack did not become ready")


def _ping(port: int) -> bytes:
    head = f"GET /ping HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
    return head.encode()


def _load_every_worker(port: int) -> None:
    """Ask on several connections at once: a worker that is loading leaves them to the others."""
    threads = [
        threading.Thread(target=_send, args=(port, _ping(port), _LOADING_SECONDS)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def requests_per_second(port: int, load: Load) -> float:
    """Send a request again and again over a few kept connections for a bounded time.

    Raises
    ------
    RuntimeError
        If an answer is not 200.
    """
    counts = [0] * load.connections
    problems: list[str] = []
    _send(port, load.message(port), 0.3)  # what happens at first only is over
    start = time.perf_counter()

    def send(number: int) -> None:
        try:
            counts[number] = _send(port, load.message(port), load.seconds)
        except RuntimeError as error:
            problems.append(str(error))

    threads = [threading.Thread(target=send, args=(n,)) for n in range(load.connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise RuntimeError(problems[0])
    return sum(counts) / (time.perf_counter() - start)


def _send(port: int, message: bytes, seconds: float) -> int:
    count = 0
    deadline = time.perf_counter() + seconds
    connection: socket.socket | None = None
    try:
        while time.perf_counter() < deadline:
            if connection is None:
                connection = socket.create_connection(("127.0.0.1", port), timeout=60)
            connection.sendall(message)
            if not _receive(connection):
                connection.close()
                connection = None
            count += 1
    finally:
        if connection is not None:
            connection.close()
    return count


def _receive(connection: socket.socket) -> bool:
    """Read one answer; return whether the connection stays open."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            raise RuntimeError("the server closed the connection without an answer")
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    if b" 200 " not in head[:16]:
        raise RuntimeError(head.splitlines()[0].decode())
    lines = head.lower().split(b"\r\n")
    length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
    while len(rest) < length:
        rest += connection.recv(65536)
    return b"connection: close" not in lines
