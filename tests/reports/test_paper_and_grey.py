"""What is left of the page on paper, and without colours."""

import re
import shutil
import subprocess
import unicodedata
from html import unescape
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from reports.page import render
from sim.claims import SIGNS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def file(make_run) -> Path:
    return render(make_run(hosts=tuple(f"host-{at}" for at in range(4))))


@pytest.fixture(scope="module")
def page(file) -> str:
    return file.read_text("utf-8")


def markers_of(drawing: ElementTree.Element) -> dict[str, str]:
    """Return markers by reference; a panel uses those that an earlier one defined."""
    named = (path for path in drawing.iter("path") if path.get("id"))
    return {f"#{path.get('id')}": str(path.get("d")) for path in named}


def looks(panel: ElementTree.Element, markers: dict[str, str]) -> set[tuple[str, tuple[str, ...]]]:
    """Return colour and look without colour (dashes, width, marker, hatch) of each mark."""
    found = set()
    for mark in panel.iter():
        style = mark.get("style", "")
        colour = re.search(r"(?:stroke|fill): var\(--(c\d|red)\)", style)
        if colour is None or mark.get("id") or mark.tag == "text":
            continue
        dashes = re.search(r"stroke-dasharray: ([\d., ]+)", style)
        hatch = "hatched" if "fill: url(" in style else ""
        area = "area" if mark.tag != "use" and "fill: none" not in style else ""
        marker = markers.get(mark.get("href", ""), "")
        look = (dashes[1] if dashes else "", hatch, area, marker)
        found.add((colour[1], look))
    return found


def test_without_colour_any_two_series_of_a_panel_look_different(page):
    compared = 0
    for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        drawing = ElementTree.fromstring(svg)
        markers = markers_of(drawing)
        for panel in drawing.iter("g"):
            if not re.search(r"axes_\d+$", panel.get("id", "")):
                continue
            for (one, look), (other, other_look) in combinations(sorted(looks(panel, markers)), 2):
                if one != other:
                    compared += 1
                    assert look != other_look, (panel.get("id"), one, other, look)

    assert compared > 20


def test_each_state_has_its_word_and_its_sign(page):
    found = set(re.findall(r'class="state is-(\w+)"><span[^>]*>(.)</span> ([\w ]+)<', page))

    assert page.count('class="state is-') == len(re.findall(r'class="state is-\w+"><span', page))
    assert len(found) >= 5
    assert {word: sign for _, sign, word in found}.items() <= SIGNS.items()
    assert len({word for _, _, word in found}) == len(found), "a word has one colour and one sign"


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")
def test_paper_has_the_words_of_closed_details(file, page, tmp_path):
    pdf = tmp_path / "page.pdf"
    command = [
        *(str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"),
        *(f"--user-data-dir={tmp_path / 'profile'}", "--host-resolver-rules=MAP * ~NOTFOUND"),
        *(f"--print-to-pdf={pdf}", file.as_uri()),
    ]
    subprocess.run(command, capture_output=True, timeout=120, check=True)
    printed = plain(" ".join(sheet.extract_text() for sheet in PdfReader(pdf).pages))

    closed = re.findall(r"<details>.*?</details>", page, re.DOTALL)
    words = {
        word
        for each in closed
        for word in re.sub(r"<[^>]+>", " ", each).split()
        # A longer word may be broken between two lines of its cell.
        if len(word) <= 12
    }
    assert len(closed) > 20
    assert len(words) > 500
    assert sorted(word for word in words if plain(unescape(word)) not in printed) == []


def plain(text: str) -> str:
    """Return letters without ligatures and blanks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
