"""Pages in headless Chromium: what `measure.html` finds at three widths, in both schemes."""

import html
import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SCHEMES = {"light": "1", "dark": "0"}
WIDTHS = ("320", "390", "1280")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--allow-file-access-from-files", "--host-resolver-rules=MAP * ~NOTFOUND"),
    *("--enable-logging=stderr", "--virtual-time-budget=20000", "--window-size=1400,1000"),
)

Measured = Mapping[str, tuple[Mapping[str, Any], str]]


def measured_in(folder: Path, page: str) -> Measured:
    """Return the measures of a page and its console, by colour scheme."""
    (folder / "page.html").write_text(page, "utf-8")
    (folder / "printed.html").write_text(page.replace("@media print", "@media all"), "utf-8")
    shutil.copy(Path(__file__).parent / "measure.html", folder)
    return {scheme: measure(folder, value) for scheme, value in SCHEMES.items()}


def measure(folder: Path, scheme: str) -> tuple[Mapping[str, Any], str]:
    """Return what the browser measures of a folder's page at three widths, and its console."""
    command = [
        str(CHROMIUM),
        *FLAGS,
        f"--user-data-dir={folder / ('profile-' + scheme)}",
        f"--blink-settings=preferredColorScheme={scheme}",
        "--dump-dom",
        (folder / "measure.html").as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found = re.search(r'<pre id="result">(.+?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stdout[-500:] + done.stderr[-2000:]
    return json.loads(html.unescape(found[1])), done.stderr
