"""Start, find and stop the local cloud: one server process on loopback, with TLS and IAM."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Self

import boto3
import urllib3

from localcloud.paths import HOME, PROJECT, private_folder, write_private
from localcloud.tls import CertificateFiles, make_certificate

ACCOUNT = "000000000000"
REGION = "us-east-1"
_READY_SECONDS = 30
_STOP_SECONDS = 20


class CloudNotReadyError(RuntimeError):
    """The server did not answer in time; its log says why."""


@dataclass(frozen=True)
class Keys:
    """The account root's key and its secret, of one cloud."""

    access_key: str
    secret_key: str = field(repr=False)

    @classmethod
    def random(cls) -> Self:
        """Return new ones."""
        return cls(f"LOCAL{secrets.token_hex(8).upper()}", secrets.token_hex(32))

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which AWS's clients know them."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
        }


@dataclass(frozen=True)
class Cloud:
    """A running local cloud."""

    folder: Path
    pid: int
    port: int
    ca_bundle: Path
    keys: Keys

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which any AWS client reaches this cloud."""
        return {
            "AWS_ENDPOINT_URL": f"https://127.0.0.1:{self.port}",
            "AWS_CA_BUNDLE": str(self.ca_bundle),
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
        } | self.keys.environment

    def client(self, service: str) -> Any:
        """Return a boto3 client of ``service`` as the account's root."""
        endpoint = self.environment["AWS_ENDPOINT_URL"]
        return _client(service, endpoint, str(self.ca_bundle), self.keys)

    def alive(self) -> bool:
        """Whether the server process still runs."""
        try:
            os.kill(self.pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        command = Path(f"/proc/{self.pid}/cmdline")
        return not command.exists() or b"localcloud.gateway" in command.read_bytes()

    def stop(self) -> None:
        """End the server and every job and endpoint it started; wait until it is gone."""
        if self.alive():
            os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while self.alive():
            _reap(self.pid)
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
            time.sleep(0.05)
        (self.folder / "cloud.json").unlink(missing_ok=True)


@cache
def _client(service: str, endpoint: str, ca_bundle: str, keys: Keys) -> Any:
    make: Callable[..., Any] = boto3.client  # its overloads want the service as a literal
    return make(
        service,
        endpoint_url=endpoint,
        verify=ca_bundle,
        region_name=REGION,
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
    )


def start(
    folder: Path = HOME, *, options: dict[str, str] | None = None, keeps_state: bool = False
) -> Cloud:
    """Start a local cloud with empty services and wait until it answers.

    Parameters
    ----------
    folder
        State, certificate and log; emptied first.
    options
        Environment variables for the server, for example ``SFN_WAIT_SCALE``.
    keeps_state
        Whether `revive` can bring it back after its process was killed.

    Raises
    ------
    CloudNotReadyError
        When it does not answer within 30 s.
    """
    running = find(folder)
    if running:
        running.stop()
    shutil.rmtree(folder, ignore_errors=True)
    private_folder(folder)
    make_certificate(CertificateFiles(folder / "tls"))
    kept = {"PERSIST_STATE": "1"} if keeps_state else {}
    return _launch(folder, _free_port(), Keys.random(), kept | (options or {}))


def revive(folder: Path = HOME) -> Cloud | None:
    """Start the cloud again whose process died, with what it held and where it answered.

    Executions resume, jobs have failed, endpoints start again. None if there is no such cloud:
    none was started, it runs, it was stopped properly, or it keeps no state.
    """
    record = folder / "cloud.json"
    if not record.exists() or find(folder):
        return None
    known = json.loads(record.read_text())
    if "PERSIST_STATE" not in known["options"]:
        return None
    return _launch(folder, int(known["port"]), _keys_of(known), known["options"])


def _launch(folder: Path, port: int, keys: Keys, options: dict[str, str]) -> Cloud:
    files = CertificateFiles(private_folder(folder) / "tls")
    environment = _server_environment(port, files, folder) | keys.environment | options
    with (folder / "gateway.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "localcloud.gateway", str(folder)],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,  # nobody else reads what it writes: uploads, models, secrets
        )
    cloud = Cloud(folder, process.pid, port, files.bundle, keys)
    # Before it answers: should this process be killed meanwhile, the server is still found.
    record: dict[str, Any] = {name: str(value) for name, value in asdict(cloud).items()}
    record |= {"options": options, "keys": asdict(keys)}
    write_private(folder / "cloud.json", json.dumps(record))
    _wait_until_ready(cloud, process)
    return cloud


def find(folder: Path = HOME) -> Cloud | None:
    """Return the cloud that runs from ``folder``, or None."""
    record = folder / "cloud.json"
    if not record.exists():
        return None
    known = json.loads(record.read_text())
    pid, port, bundle = int(known["pid"]), int(known["port"]), Path(known["ca_bundle"])
    cloud = Cloud(folder, pid, port, bundle, _keys_of(known))
    return cloud if cloud.alive() else None


def _keys_of(record: dict[str, Any]) -> Keys:
    """Return a cloud's keys; none that count for one that an earlier version started."""
    return Keys(**record.get("keys", {"access_key": "", "secret_key": ""}))


@contextmanager
def temporary(folder: Path, *, options: dict[str, str] | None = None) -> Iterator[Cloud]:
    """Run a cloud for the length of a ``with`` block; its end is certain, also on Ctrl-C."""
    cloud = start(folder, options=options)
    try:
        yield cloud
    finally:
        cloud.stop()


def _server_environment(port: int, files: CertificateFiles, folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    # Each Lambda is a process: Python must keep what it compiled for the first of them.
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept | {
        "AUTH": "true",
        "USE_SSL": "1",
        "MINISTACK_SSL_CERT": str(files.certificate),
        "MINISTACK_SSL_KEY": str(files.key),
        # Lambdas inherit the server's environment, so it must be there before it starts. They call
        # nothing but this cloud: the public roots would take each client 10 ms to load.
        "AWS_CA_BUNDLE": str(files.certificate),
        "AWS_ENDPOINT_URL": f"https://127.0.0.1:{port}",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "LAMBDA_EXECUTOR": "local",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "STATE_DIR": str(folder / "state"),
        # Objects on disk: in memory they would add up with every upload.
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(folder / "s3"),
        # Processes that a burst of invocations started are of no use for long.
        "LAMBDA_WARM_TTL_SECONDS": "20",
        # Many threads allocate little each; an arena for each thread would keep what they free.
        "MALLOC_ARENA_MAX": "2",
        "TMPDIR": str(_made(folder / "tmp")),
        # A 15 s poll of an endpoint that starts in two seconds would only be waiting.
        "SFN_WAIT_SCALE": "0.05",
        # Endpoints' deployments wait minutes for alarms that nothing here sets off by itself.
        "LOCALCLOUD_DEPLOYMENT_SCALE": "0.005",
        "PYTHONPATH": str(PROJECT),
        "LOG_LEVEL": "WARNING",
    }


def _wait_until_ready(cloud: Cloud, process: "subprocess.Popen[bytes]") -> None:
    pool = urllib3.PoolManager(ca_certs=str(cloud.ca_bundle), retries=False)
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            pool.request("GET", f"https://127.0.0.1:{cloud.port}/_ministack/health", timeout=2)
        except urllib3.exceptions.HTTPError:
            time.sleep(0.05)
        else:
            return
    tail = (cloud.folder / "gateway.log").read_text(errors="replace")[-2000:]
    cloud.stop()
    raise CloudNotReadyError(f"The local cloud did not start. End of its log:\n{tail}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _reap(pid: int) -> None:
    """Collect our own ended child, which would otherwise look alive as a zombie."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
