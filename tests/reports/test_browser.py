import html
import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reports.page import render

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")

SCHEMES = {"light": "1", "dark": "0"}
WIDTHS = ("320", "390", "1280")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--allow-file-access-from-files", "--host-resolver-rules=MAP * ~NOTFOUND"),
    *("--enable-logging=stderr", "--virtual-time-budget=20000", "--window-size=1400,1000"),
)


@pytest.fixture(scope="module")
def measured(make_run, tmp_path_factory) -> Mapping[str, tuple[Mapping[str, Any], str]]:
    """What the browser measures of a rich page at three widths, and its console, by scheme."""
    page = render(make_run(hosts=tuple(f"host-{at}" for at in range(4)))).read_text("utf-8")
    folder = tmp_path_factory.mktemp("browser")
    (folder / "page.html").write_text(page, "utf-8")
    (folder / "printed.html").write_text(page.replace("@media print", "@media all"), "utf-8")
    shutil.copy(Path(__file__).parent / "measure.html", folder)
    return {scheme: _run(folder, value) for scheme, value in SCHEMES.items()}


def _run(folder: Path, scheme: str) -> tuple[Mapping[str, Any], str]:
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


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_but_tables_passes_the_right_edge(measured, scheme, width):
    found = measured[scheme][0][width]

    assert found["clientWidth"] == int(width)
    assert found["scrollWidth"] == found["clientWidth"]
    assert found["beyond"] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_texts_of_a_figure_keep_apart_and_inside(measured, width):
    found = measured["light"][0][width]

    assert found["figures"] >= 12
    assert found["clashes"] == []


def test_the_smallest_text_of_a_figure_can_be_read_on_a_phone(measured):
    assert measured["light"][0]["390"]["smallest"] >= 11


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_text_stands_out_from_its_ground(measured, scheme):
    assert measured[scheme][0]["1280"]["faint"] == []


def test_drawings_have_the_colours_of_the_scheme_and_none_of_their_own(measured):
    papers = {scheme: found["390"]["paper"] for scheme, (found, _) in measured.items()}

    assert papers == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 26)"}
    assert measured["dark"][0]["1280"]["hexInDrawings"] == 0


def test_the_keyboard_reaches_every_table_region(measured):
    assert measured["light"][0]["390"]["unfocusable"] == 0


def test_paper_shows_what_closed_details_hold(measured):
    assert measured["light"][0]["hiddenInPrint"] == 0


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_console_stays_silent_without_a_network(measured, scheme):
    assert [line for line in measured[scheme][1].splitlines() if "CONSOLE" in line] == []
