"""Shocks: drawn before the first tick, kept with the run, and nobody else's business."""

import numpy as np
import pandas as pd
import pytest

import mnft
from protocol.parameters import DAY
from reports.page import render
from sim.agents.population import Population
from sim.errors import ScenarioError, UserError
from sim.scenario.loading import parse_scenario
from sim.scenario.shock_files import values_of
from sim.shocks import YEAR, Shocks
from tests.sim.experiments.small import SCENARIO

QUIET = SCENARIO.replace("ticks: 2", "ticks: 8").replace(
    "hosts: {count: 1}", "hosts: {count: 1, outage: 0%}"
)


def load(shocks, ticks=200, files=None):
    text = f"question: q?\nticks: {ticks}\nshocks:\n{shocks}\n"
    return parse_scenario(text, "mine.yaml", "mine", None, files)


def shocks_of(shocks, seed=1, ticks=200, files=None):
    loaded = load(shocks, ticks, files or {})
    return Shocks(loaded.scenario, seed, values_of(loaded.scenario, loaded.files))


def test_a_price_that_wanders_is_a_geometric_brownian_motion():
    steps = []
    for seed in range(40):
        (path,) = shocks_of(
            "- {name: p, target: token_price, process: gbm, drift: 0.5, volatility: 0.8}", seed
        ).paths
        assert path.values[0] == 1
        steps.append(np.diff(np.log(path.values)))
    steps = np.concatenate(steps) / np.sqrt(DAY / YEAR)

    assert steps.std() == pytest.approx(0.8, rel=0.03)
    mean, error = steps.mean(), steps.std() / np.sqrt(len(steps))
    assert abs(mean - (0.5 - 0.8**2 / 2) * np.sqrt(DAY / YEAR)) < 4 * error


def test_outages_last_as_long_as_they_are_said_to():
    shocks = shocks_of(
        "- {name: o, target: outages, process: outages, chance: 3%, length: 36h, depth: 80%}"
    )
    (path,) = shocks.paths
    begins = np.flatnonzero((path.values > 0) & (np.roll(path.values, 1) == 0))

    assert len(begins) > 1
    assert set(np.round(path.values, 9)) == {0.0, 0.4, 0.8}
    assert path.values[begins[0]] == pytest.approx(0.8)
    assert shocks.failing_share(int(begins[0])) == pytest.approx(0.8)
    assert shocks.demand is None


def test_a_season_has_its_peaks_where_it_is_said_to():
    (path,) = shocks_of(
        "- {name: s, target: demand, process: season, period: 7d, amplitude: 30%, first_peak: 2}"
    ).paths

    assert path.values[[2, 9, 16]] == pytest.approx([1.3] * 3)
    assert path.values.min() >= 0.7
    assert path.values[:7].mean() == pytest.approx(1)


def test_shocks_of_one_target_act_together():
    files = {"a.csv": "tick,value\n0,2\n3,1\n", "b.csv": "tick,value\n0,0.5\n"}
    both = shocks_of(
        "- {name: a, target: demand, file: a.csv}\n- {name: b, target: demand, file: b.csv}\n",
        ticks=5,
        files=files,
    )
    prices = shocks_of("- {name: a, target: token_price, file: a.csv}\n", ticks=5, files=files)

    assert both.demand.tolist() == [1, 1, 1, 0.5, 0.5]
    # Amounts are meant at the first tick's price.
    assert [prices.token_price(tick) for tick in (-1, 0, 3)] == [1, 1, 0.5]
    assert prices.in_tokens(10**18, 3) == 2 * 10**18


def test_a_shock_is_drawn_from_a_stream_of_its_own():
    first = "- {name: p, target: token_price, process: gbm}\n"
    alone = shocks_of(first).paths[0].values
    beside = shocks_of("- {name: q, target: demand, process: gbm}\n" + first).paths[1].values

    assert (alone == beside).all()
    assert (alone != shocks_of(first, seed=2).paths[0].values).any()


def test_demand_is_multiplied_and_nobodys_draws_move():
    scenario = parse_scenario(QUIET, "mine.yaml", "mine").scenario
    plain, none, double = (
        Population(scenario, 1, factor) for factor in (None, np.ones(8), np.full(8, 2.0))
    )
    ticks = range(8)

    assert all((plain.wanted(t) == none.wanted(t)).all() for t in ticks)
    assert all((plain._paths.draws(t) == double._paths.draws(t)).all() for t in ticks)
    assert sum(double.wanted(t).sum() for t in ticks) > 1.5 * sum(
        plain.wanted(t).sum() for t in ticks
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shocks")
    price = "- {name: price, target: token_price, process: gbm, volatility: 3}"
    season = "- {name: week, target: demand, process: season, amplitude: 90%}"
    (folder / "plain.yaml").write_text(QUIET)
    (folder / "empty.yaml").write_text(QUIET + "shocks: []\n")
    (folder / "drawn.yaml").write_text(QUIET + f"shocks:\n{price}\n{season}\n")
    return folder


@pytest.fixture(scope="module")
def runs(place):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        return {name: mnft.run(f"{name}.yaml") for name in ("plain", "empty", "drawn")}


def test_without_shocks_nothing_changes(runs):
    plain, empty = (runs[name].manifest.digests for name in ("plain", "empty"))

    assert (plain.trace, plain.state) == (empty.trace, empty.state)
    assert "shocks" not in runs["plain"].tables


def test_the_paths_are_kept_and_as_files_they_lead_to_the_same_run(runs, place, monkeypatch):
    monkeypatch.chdir(place)
    kept = runs["drawn"].table("shocks")
    assert runs["drawn"].manifest.digests.trace != runs["plain"].manifest.digests.trace
    assert list(kept) == ["tick", "name", "target", "value"]
    assert kept.groupby("name")["tick"].count().to_dict() == {"price": 8, "week": 8}

    shocks = []
    for name, rows in kept.groupby("name", sort=False):
        rows[["tick", "value"]].to_csv(place / f"{name}.csv", index=False)
        shocks.append(f"- {{name: {name}, target: {rows['target'].iloc[0]}, file: {name}.csv}}\n")
    (place / "read.yaml").write_text(QUIET + "shocks:\n" + "".join(shocks))

    read = mnft.run("read.yaml")

    assert read.manifest.digests.trace == runs["drawn"].manifest.digests.trace
    assert read.table("shocks")["value"].tolist() == kept["value"].tolist()
    assert (read.folder / "price.csv").read_text() == (place / "price.csv").read_text()
    (place / "price.csv").write_text("tick,value\n0,1\n")
    assert mnft.load_scenario(place / "read.yaml").digest != read.manifest.digests.scenario
    assert isinstance(kept, pd.DataFrame)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "mine.csv:1: another header"),
        ("tick;value\n0;1\n", "mine.csv:1: another header"),
        ("tick,value\n0,1\n0,2\n", "mine.csv:3: tick 0 is given twice"),
        ("tick,value\n0,1\n1,two\n", "mine.csv:3: `1,two` is not a tick and a number"),
        ("tick,value\n0,1\n1\n", "mine.csv:3: `1` is not a tick and a number"),
        ("tick,value\n0,nan\n", "mine.csv:2: nan at tick 0 cannot be"),
        ("tick,value\n0,1\n-1,1\n", "mine.csv:3: 1 at tick -1 cannot be"),
        ("tick,value\n0,0\n", "mine.csv:2: 0 at tick 0 cannot be for token_price"),
        ("tick,value\n5,1\n", "there is no value for tick 0"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_its_line(text, says):
    with pytest.raises(UserError) as raised:
        load("- {name: p, target: token_price, file: mine.csv}", files={"mine.csv": text})

    assert says in str(raised.value)


@pytest.mark.parametrize("file", ["nowhere.csv", "../other.csv", "/etc/hosts"])
def test_a_file_that_is_not_there_or_elsewhere_is_refused(file, tmp_path):
    text = f"question: q?\nshocks: [{{name: p, target: demand, file: {file}}}]\n"

    with pytest.raises(UserError, match=r"no such file|is elsewhere"):
        parse_scenario(text, str(tmp_path / "mine.yaml"), "mine")


@pytest.mark.parametrize(
    ("shock", "says"),
    [
        ("{name: p, target: token_price, process: outages}", "`outages` cannot move token_price"),
        ("{name: p, target: outages, process: gbm}", "`gbm` cannot move outages"),
        ("{name: p, target: demand}", "`p` names no file"),
        ("{name: p, target: demand, process: gbm, file: a.csv}", "`gbm` reads no file"),
        ("{name: p, target: demnd, process: gbm}", "`demnd` is not a choice"),
    ],
)
def test_a_shock_that_cannot_be_is_refused(shock, says):
    with pytest.raises(ScenarioError) as raised:
        load(f"- {shock}", files={})

    assert says in raised.value.problems[0].problem


def test_two_shocks_of_one_name_are_refused():
    one = "- {name: p, target: demand, process: gbm}\n"

    with pytest.raises(ScenarioError, match="two shocks are called `p`"):
        load(one + one, files={})


def test_the_page_tells_shocks_and_leaves_the_section_out_without_any(runs, place, monkeypatch):
    monkeypatch.chdir(place)
    page = render(runs["drawn"].folder).read_text(encoding="utf-8")
    assert 'id="shocks"' in page
    assert "price</code> moved between" in page

    assert 'id="shocks"' not in render(runs["plain"].folder).read_text(encoding="utf-8")
