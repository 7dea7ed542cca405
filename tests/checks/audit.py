"""Are the locked dependencies known to be vulnerable? ``python -m tests.checks.audit`` asks OSV.

It never fails a build for being offline: then it says that nothing was checked, and why.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from infra.packaging.locks import PROJECT, all_locks

OSV = "https://api.osv.dev/v1/query"
# The development lock holds all that runs here; layers and bundles have locks of their own.
LOCKS = (
    *(PROJECT / f"requirements-{name}.txt" for name in ("dev", "spark")),
    *all_locks(),
)
_ANSWER_SECONDS = 10


def audit(locks: tuple[Path, ...], url: str = OSV) -> tuple[int, str]:
    """Return an exit status and what to print.

    Raises
    ------
    RuntimeError
        When the audit itself fails although the service answers.
    """
    problem = _unreachable(url)
    if problem:
        return 0, f"SKIPPED, no dependency was audited: {url} can't be reached ({problem})"
    # One at a time: pip-audit refuses a package that two locks name.
    found = [each for lock in locks for each in _audited(lock, url)]
    return _summary({(each["name"], each["version"]): each for each in found if "version" in each})


def _audited(lock: Path, url: str) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "found.json"
        command = [
            *(sys.executable, "-m", "pip_audit", "--vulnerability-service", "osv"),
            *("--osv-url", url, "--disable-pip", "--require-hashes", "--progress-spinner", "off"),
            *("--cache-dir", folder, "--format", "json", "--output", str(output)),
            *("--requirement", str(lock)),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if not output.exists():
            raise RuntimeError(done.stderr)
        found: list[dict[str, Any]] = json.loads(output.read_text())["dependencies"]
        return found


def _unreachable(url: str) -> str | None:
    try:
        requests.post(url, json={}, timeout=_ANSWER_SECONDS)
    except requests.RequestException as error:
        return type(error).__name__
    return None


def _summary(dependencies: Mapping[tuple[str, str], dict[str, Any]]) -> tuple[int, str]:
    lines = [
        f"{each['name']} {each['version']}: {found['id']}, fixed in "
        f"{', '.join(found['fix_versions']) or 'no version yet'}"
        for each in dependencies.values()
        for found in each.get("vulns", ())
    ]
    lines.append(f"{len(dependencies)} dependencies audited, {len(lines)} known vulnerabilities")
    return int(len(lines) > 1), "\n".join(lines)


if __name__ == "__main__":
    status, text = audit(LOCKS, os.environ.get("OSV_URL", OSV))
    print(text)
    sys.exit(status)
