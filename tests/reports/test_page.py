import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from reports import theme
from reports.deterrence import Response, half_point
from reports.figures import Drawing, drawing_style
from reports.page import render
from reports.run_view import RunView
from reports.sections import CHAPTERS
from sim.claims import SIGNS
from sim.runs import open_run

VOID = {"meta", "link", "br", "use"}


class Outline(HTMLParser):
    """What the tests ask of a page: elements with attributes, in order, and their text."""

    def __init__(self, page):
        super().__init__()
        self.elements, self._open = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        element = {"tag": tag, "text": "", "inside": [each["tag"] for each in self._open]}
        element |= {"attributes": dict(attrs)}
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag):
        while self._open and self._open.pop()["tag"] != tag:
            pass

    def handle_data(self, data):
        for element in self._open:
            element["text"] += data

    def all(self, *tags):
        return [element for element in self.elements if element["tag"] in tags]


@pytest.fixture(scope="module")
def folder(make_run):
    return make_run()


@pytest.fixture(scope="module")
def page(folder):
    return render(folder).read_text("utf-8")


@pytest.fixture(scope="module")
def outline(page):
    return Outline(page)


@pytest.fixture(scope="module")
def drawings(folder):
    view = RunView(open_run(folder))
    with drawing_style():
        return [drawing for each in CHAPTERS for drawing in each.build(view).drawings]


def test_the_page_is_one_small_file_that_asks_nobody(page, outline):
    links = [
        value
        for element in outline.elements
        for name, value in element["attributes"].items()
        if name in ("src", "href", "srcset", "action", "data", "poster")
    ]

    assert len(page.encode()) < 2_000_000
    assert [link for link in links if not link.startswith(("#", "data:,"))] == []
    assert re.findall(r"url\((?!#)|@import", page) == []
    assert "default-src 'none'" in page


def test_every_figure_says_what_it_shows_and_has_its_values_in_a_table(outline, page):
    figures = page.split("<figure>")[1:]

    assert len(figures) >= 13
    for figure in figures:
        inside = Outline(figure[: figure.index("</figure>")])
        (svg,) = inside.all("svg")
        assert svg["attributes"]["role"] == "img"
        title, description, caption = (
            inside.all(tag)[0]["text"].strip() for tag in ("title", "desc", "figcaption")
        )
        assert min(len(title), len(description), len(caption)) > 8
        assert inside.all("caption")
        assert inside.all("tbody")[0]["text"].strip()


def _marks(figure: Figure):
    for artist in figure.findobj(lambda each: str(each.get_label()).startswith("column-")):
        key = artist.get_label().removeprefix("column-")
        if hasattr(artist, "get_width"):
            yield key, [artist.get_width()]
        else:
            yield key, [*artist.get_xdata(), *artist.get_ydata()]


def test_what_is_drawn_is_what_the_table_says(drawings):
    compared = set()
    for drawing in drawings:
        by_column: dict[str, list[float]] = {}
        for key, values in _marks(drawing.figure):
            by_column.setdefault(key, []).extend(float(each) for each in values)
        for key, drawn in by_column.items():
            (column,) = [each for each in drawing.table.columns if each.key == key]
            cells = [row[key] for row in drawing.table.rows if row[key] is not None]
            wanted = [float(each) for each in cells if not np.isnan(float(each))]
            scales = {"share": (1, 100), "money": (1e-18,)}.get(column.kind, (1,))
            assert wanted, (drawing.slug, key)
            assert any(
                all(np.isclose(drawn, scale * each).any() for each in wanted) for scale in scales
            ), (drawing.slug, key)
            compared.add(drawing.slug)

    assert compared == {
        "prices", "service", "lorenz", "threshold", "deterrence", "net", "sampling", "check-cost",
        "access", "channels", "gas", "gates", "refusals", "resales", "rights", "shocks",
    }  # fmt: skip


def test_the_way_of_a_model_to_its_data_is_shown(page):
    assert "2 trainings" in re.sub(r"<[^>]+>|&nbsp;|\s+", " ", page).replace("\u202f", " ")
    assert "0x" + "9c" * 32 in page


def test_who_bought_keys_and_what_copies_took_is_said(page):
    text = re.sub(r"<[^>]+>|&nbsp;|\s+", " ", page).replace("\u202f", " ")
    assert "1 key released for 20.0 MNFT; 2 people asked for one" in text
    assert "1 copy of other people" in text


def test_what_forks_save_as_deltas_is_said(page):
    text = re.sub(r"<[^>]+>|&nbsp;|\s+", " ", page).replace("\u202f", " ")
    assert "1 of 2 forks published as one-bit deltas of their parents" in text
    assert "6.14 % of their files" in text
    assert "Storing them cost their owners 6.00 MNFT" in text
    assert "Owners paid 36.0 MNFT to have 2 files stored" in text
    assert "Let go, for their models earned less than they cost: 1" in text


def test_who_got_discounts_for_stake_and_returned_is_said(page):
    shown = " ".join(re.sub(r"<[^>]+>|&nbsp;", " ", page).split())
    assert "Discounts on calls of 2 models" in shown
    assert "of those with stake at their last model returned to it" in shown
    assert "contributors asked for a badge" in shown
    assert "Users paid 45" in shown
    assert "users who bought a pass made" in shown
    assert "to be members, and 7 of them are" in shown


def test_passes_let_are_counted_with_their_rents(page):
    shown = " ".join(re.sub(r"<[^>]+>|&nbsp;|\u202f", " ", page).split())
    assert "2 passes with 60 calls left were let for 22" in shown


def test_what_rights_brought_their_sellers_is_said(page):
    shown = " ".join(re.sub(r"<[^>]+>|&nbsp;", " ", page).split())
    assert "2 sales of rights of 2 models" in shown
    assert "Rights to fork went for 261" in shown
    assert "Of that 12" in shown
    assert "went to others than the models" in shown


def test_every_column_of_numbers_has_a_unit(outline):
    heads = [
        element
        for element in outline.all("th")
        if element["attributes"].get("class") == "n" and "thead" in element["inside"]
    ]
    units = [
        element for element in outline.all("span") if element["attributes"].get("class") == "unit"
    ]

    assert len(heads) > 40
    assert len(units) == len(heads)
    assert [element for element in units if not element["text"].strip()] == []


def test_no_colour_of_its_own_remains_in_a_drawing(page):
    for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        bare = re.sub(r"(href=\"|url\()#[^\")]*", "", svg)
        assert re.findall(r"#[0-9a-fA-F]{3,8}\b", bare) == []


@pytest.mark.parametrize("palette", [theme.LIGHT, theme.DARK])
def test_texts_and_marks_stand_out_from_their_grounds(palette):
    def luminance(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def ratio(one, other):
        low, high = sorted((luminance(palette[one]), luminance(palette[other])))
        return (high + 0.05) / (low + 0.05)

    for text in ("ink", "muted", "c1", "c2", "c3", "c4"):
        assert ratio(text, "paper") >= 4.5
    assert ratio("ink", "band") >= 4.5
    assert ratio("muted", "panel") >= 4.5
    for state in ("red", "amber", "green", "grey"):
        assert ratio(state, f"{state}-ground") >= 4.5
        assert ratio("ink", f"{state}-ground") >= 4.5
    assert ratio("rule", "paper") >= 3


def test_colour_is_never_the_only_code(outline, drawings):
    dashes = [tuple(pattern) for _, pattern, _ in theme.SERIES]
    markers = [marker for _, _, marker in theme.SERIES]
    states = [
        each for each in outline.all("span") if "state" in each["attributes"].get("class", "")
    ]

    assert len(set(dashes)) == len(set(markers)) == len(theme.SERIES)
    assert len(states) > 20
    for state in states:
        sign, _, word = state["text"].partition(" ")
        assert SIGNS[word] == sign
    for drawing in drawings:
        for axes in drawing.figure.axes:
            named = [
                line for line in axes.lines
                if str(line.get_label()).startswith("column-") and line.get_linestyle() != "None"
            ]  # fmt: skip
            looks = {(str(line._unscaled_dash_pattern), line.get_marker()) for line in named}
            assert len(looks) == len(named)


def test_one_path_has_no_band_and_no_green_claim_and_says_its_seed(page, outline):
    captions = [element["text"] for element in outline.all("figcaption")]
    claims = page[page.index('id="claims"') : page.index('id="warnings"')]

    assert [caption for caption in captions if "one path, seed 7" not in caption] == []
    assert "is-green" not in claims
    assert "held in this run" in claims
    intervals = re.findall(r"(\S+) interval over (\S+\u202f\w+)", page)
    # The only interval of one path is that of its receipts.
    assert set(intervals) == {("Wilson", "4,800\u202freceipts")}


def test_the_same_folder_gives_the_same_bytes_everywhere(folder, page, tmp_path):
    elsewhere = tmp_path / "other name" / "run"
    shutil.copytree(folder, elsewhere)
    (elsewhere / "report.html").unlink()
    code = "import sys; from reports.page import render; render(sys.argv[1])"
    environment = os.environ | {
        "PYTHONHASHSEED": "4711", "HOME": str(tmp_path), "TZ": "Asia/Tokyo",
        "MPLCONFIGDIR": str(tmp_path / "matplotlib"), "LC_ALL": "C",
    }  # fmt: skip
    (tmp_path / "matplotlib").mkdir()
    (tmp_path / "matplotlib" / "matplotlibrc").write_text("font.size: 23\nlines.linewidth: 9\n")
    subprocess.run(
        [sys.executable, "-c", code, str(elsewhere)], check=True, env=environment, cwd=Path.cwd()
    )

    assert (elsewhere / "report.html").read_text("utf-8") == page
    assert str(folder) not in page
    assert str(folder.parent) not in page


def test_drawing_leaves_the_settings_of_matplotlib_alone():
    before = dict(matplotlib.rcParams)

    with drawing_style():
        assert matplotlib.rcParams["font.size"] == 10

    assert dict(matplotlib.rcParams) == before


def test_the_outline_is_in_order_and_ids_are_unique(outline):
    levels = [int(element["tag"][1]) for element in outline.all("h1", "h2", "h3", "h4")]
    ids = [each["attributes"]["id"] for each in outline.elements if "id" in each["attributes"]]
    targets = [
        each["attributes"]["href"][1:]
        for each in outline.all("a", "use")
        if each["attributes"]["href"].startswith("#")
    ]

    assert outline.all("html")[0]["attributes"]["lang"] == "en"
    assert len(outline.all("main")) == 1
    assert levels == [1] + [2] * len(CHAPTERS)
    assert len(ids) == len(set(ids))
    assert set(targets) <= set(ids)


def test_tables_have_captions_scopes_and_a_focusable_region(outline):
    tables, regions = outline.all("table"), [
        each for each in outline.all("div") if each["attributes"].get("class") == "region"
    ]  # fmt: skip

    assert len(outline.all("caption")) == len(tables) == len(regions)
    assert all(each["attributes"]["tabindex"] == "0" for each in regions)
    assert all(each["attributes"]["aria-label"] for each in regions)
    assert all(each["attributes"].get("scope") in ("col", "row") for each in outline.all("th"))


def test_scripts_only_copy_and_sort(page):
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL)[1]

    assert re.findall(r"fetch|XMLHttpRequest|innerHTML|document\.write|eval|import\(", script) == []
    assert re.findall(r'<[^>]+ on[a-z]+="', page) == []


def test_the_commands_and_digests_of_the_page_are_those_of_the_run(page):
    assert re.findall(r"<code data-command>(.*?)</code>", page) == [
        "mnft replay .",
        "mnft run scenario.yaml --seed 7",
    ]
    assert re.findall(r'data-digest="trace">(.*?)<', page) == ["7f3a" * 16]


def test_the_threshold_of_deterrence_is_where_theory_puts_it(drawings, page):
    (drawing,) = [
        each for each in drawings if isinstance(each, Drawing) and each.slug == "threshold"
    ]

    for row in drawing.table.rows:
        assert row["part"] == pytest.approx(row["theory"], abs=0.02)
    found = re.search(
        r"Half of the prone calls were cheated at D = ([\d.]+); theory says 1.00", page
    )
    assert float(found[1]) == pytest.approx(1.0, abs=0.05)


def test_the_half_point_is_the_one_of_the_kpi():
    found = [
        Response("a", 0.6, 100, 90),
        Response("b", 0.9, 100, 60),
        Response("a", 1.1, 50, 20),
        Response("c", 1.1, 50, 20),
    ]

    assert half_point(found) == pytest.approx(1.0)
    assert half_point(found[:2]) is None
