import pytest

from reports.comparison import page_of
from reports.comparison_view import ComparisonView
from reports.page import render
from sim.experiments.compared import open_compared
from tests.reports.browser import CHROMIUM, SCHEMES, WIDTHS, measured_in
from tests.reports.sweeps import CLAIM, CROSSED, sweep_folder

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")

LEAST_FIGURES = {"run": 12, "comparison": 9}


def page_of_run(make_run, _):
    return render(make_run(hosts=tuple(f"host-{at}" for at in range(4)))).read_text("utf-8")


def page_of_comparison(make_run, folder):
    sweep = folder / "sweep"
    sweep.mkdir()
    sweep_folder(sweep, make_run(claims=[CLAIM]), CROSSED, seeds=9, missing=(("often", 4),))
    return page_of(ComparisonView(open_compared(sweep)))


PAGES = {"run": page_of_run, "comparison": page_of_comparison}


@pytest.fixture(scope="module", params=PAGES)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def measured(kind, make_run, tmp_path_factory):
    """What the browser measures of a rich page at three widths, and its console, by scheme."""
    folder = tmp_path_factory.mktemp("browser")
    return measured_in(folder, PAGES[kind](make_run, folder))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_but_tables_passes_the_right_edge(measured, scheme, width):
    found = measured[scheme][0][width]

    assert found["clientWidth"] == int(width)
    assert found["scrollWidth"] == found["clientWidth"]
    assert found["beyond"] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_texts_of_a_figure_keep_apart_and_inside(measured, kind, width):
    found = measured["light"][0][width]

    assert found["figures"] >= LEAST_FIGURES[kind]
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
