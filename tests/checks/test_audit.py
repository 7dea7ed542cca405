"""A known vulnerability fails the audit; being offline does not, and is said."""

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from infra.packaging.locks import PROJECT
from tests.checks.audit import LOCKS, audit

KNOWN = {
    "id": "PYSEC-2019-217",
    "summary": "a sandbox escape",
    "affected": [
        {
            "package": {"name": "jinja2", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.10.1"}]}],
        }
    ],
}


class Osv(BaseHTTPRequestHandler):
    """OSV's query, as its documentation describes it."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        is_known = (asked.get("package", {}).get("name"), asked.get("version")) == (
            "jinja2", "2.4.1",
        )  # fmt: skip
        body = json.dumps({"vulns": [KNOWN]} if is_known else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def osv() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Osv) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()


def lock(folder: Path, version: str) -> tuple[Path, ...]:
    path = folder / "requirements.txt"
    path.write_text(f"jinja2=={version} --hash=sha256:{'0' * 64}\n")
    return (path,)


def test_a_known_vulnerability_fails_and_is_named(osv: str, tmp_path: Path) -> None:
    status, text = audit(lock(tmp_path, "2.4.1"), osv)
    assert status == 1
    assert "jinja2 2.4.1: PYSEC-2019-217, fixed in 2.10.1" in text
    assert text.endswith("1 dependencies audited, 1 known vulnerabilities")


def test_a_lock_is_read_whole_and_nothing_known_passes(osv: str) -> None:
    (path,) = [path for path in LOCKS if path.name == "requirements-runtime.txt"]
    status, text = audit((path,), osv)
    assert status == 0, text
    pinned = {line.split()[0] for line in path.read_text().splitlines() if "==" in line}
    # Some are for other machines or Pythons than this one.
    assert 10 < int(text.split()[0]) <= len(pinned)


def test_every_lock_is_audited() -> None:
    listed = subprocess.run(
        ["git", "grep", "--files-with-matches", "^ *--hash=sha256:"],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    # The one of development has all of requirements.txt.
    assert {str(path.relative_to(PROJECT)) for path in LOCKS} == {*listed} - {"requirements.txt"}


def test_offline_is_said_and_fails_nothing(tmp_path: Path) -> None:
    status, text = audit(lock(tmp_path, "2.4.1"), "http://127.0.0.1:9/v1/query")
    assert status == 0
    assert text.startswith("SKIPPED, no dependency was audited")
