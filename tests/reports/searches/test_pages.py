"""Pages of searches from folders alone; what is drawn is what the document says."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from reports.searches.page import render
from sim.experiments.discovery import Wanted, find_boxes
from sim.experiments.findings import (
    box_json,
    front_json,
    indices_json,
    inputs_json,
    objective_json,
    trial_row,
)
from sim.experiments.optimisation import Measured, Plan, search
from sim.experiments.sensitivity import Design, indices, unit_points
from sim.experiments.space import Dimension
from sim.scenario.units import MONEY, NUMBER, PPM_SHARE

INPUTS = (
    Dimension("protocol.spot_check_rate", PPM_SHARE, 10_000, 100_000),
    Dimension("population.hosts.stake", MONEY, 10**20, 5 * 10**21),
    Dimension("population.users.price_coefficient", NUMBER, 0.1, 1.1),
)
PATHS = [each.path for each in INPUTS]
COMMON = {
    "scenario": "toy",
    "question": "What moves the share of cheated calls?",
    "seed": 7,
    "engine": "none",
    "runs": 640,
    "replicas": 1,
    "warnings": [],
    "inputs": inputs_json(INPUTS),
}


def response(points):
    return 0.4 * np.exp(-4 * points[:, 0]) * (1 - 0.6 * points[:, 1]) + 0.02 * points[:, 2] ** 2


def written(folder, document, **tables):
    (folder / "search.json").write_text(json.dumps({**COMMON, **document}), "utf-8")
    for name, rows in tables.items():
        pd.DataFrame(rows).to_parquet(folder / f"{name}.parquet")
    return folder


@pytest.fixture(params=["morris", "sobol"])
def of_sensitivity(request, tmp_path):
    design = Design(request.param, 64, 3)
    points = unit_points(design, 5)
    figures = [
        indices_json("cheat_share", indices(design, points, response(points), PATHS, 5)),
        indices_json("slashes", indices(design, points, np.zeros(design.points), PATHS, 5)),
    ]
    return written(
        tmp_path,
        {
            "command": "sensitivity",
            "method": request.param,
            "points": design.points,
            "interval": {"level": 0.95},
            "figures": figures,
            "warnings": ["slashes: it does not vary"],
        },
    )


@pytest.fixture
def of_discovery(tmp_path):
    places = np.random.default_rng(2).random((400, 3))
    points = pd.DataFrame(
        {each.path: [each.number(place) for place in places[:, at]]
         for at, each in enumerate(INPUTS)}
    )  # fmt: skip
    fails = response(places) > 0.12
    found = find_boxes(points, fails, Wanted(density=0.85, coverage=0.97, boxes=2))
    steps = [
        box.trajectory.assign(box=place, step=range(len(box.trajectory)))
        for place, box in enumerate(found.boxes, start=1)
    ]
    steps.append(found.in_vain.assign(box=0, step=range(len(found.in_vain))))
    return written(
        tmp_path,
        {
            "command": "discover",
            "fails": {"text": "cheated calls at end > 12 %"},
            "points": 400,
            "measured": 400,
            "failing": int(fails.sum()),
            "wanted": {"density": 0.85, "coverage": 0.97, "mass": 0.05, "peel": 0.05},
            "boxes": [box_json(INPUTS, box) for box in found.boxes],
            "trajectories": True,
        },
        trajectories=pd.concat(steps),
    )


def of_optimisation(folder, directions, constrained):
    names = ("cheat_share", "host_revenue", "latency_p95")[: len(directions)]
    objectives = [
        objective_json(kpi, "over_run", way) for kpi, way in zip(names, directions, strict=True)
    ]

    def measure(points, replicas):
        shown = []
        for point in points:
            place = np.array([point.place])
            values = (
                float(response(place)[0]),
                900 - 500 * point.place[0] ** 2 - 100 * point.place[1],
                100 + 300 * point.place[2],
            )
            limits = {"claim": point.place[1] - 0.8} if constrained else {}
            shown.append([Measured(values[: len(directions)], limits) for _ in replicas])
        return shown

    plan = Plan(tuple(PATHS), directions, trials=48, seed=2)
    trials = search(plan, measure, folder / "study.db")
    return written(
        folder,
        {
            "command": "optimise",
            "objectives": objectives,
            "trials": len(trials),
            "front": front_json(INPUTS, trials),
        },
        trials=[trial_row(INPUTS, objectives, trial) for trial in trials],
    )


def page(folder, command):
    return render(folder, command).read_text("utf-8")


def headings(text):
    return re.findall(r"<h2>(.*?)</h2>", text)


def test_the_page_of_indices_shows_each_figure_or_why_there_is_none(of_sensitivity):
    text = page(of_sensitivity, "sensitivity")

    assert headings(text) == ["Cheated calls", "Slashes"]
    assert "<code>protocol.spot_check_rate</code>" in text
    assert "There are no indices of slashes: it does not vary." in text
    assert "What could make this meaningless" in text
    assert text.count("<svg") == 1
    assert "95 % normal interval, bootstrap over 64 samples" in text.replace("\u202f", " ")


def test_the_page_of_boxes_has_ranges_to_paste_and_what_no_box_holds(of_discovery):
    text = page(of_discovery, "discover")

    assert headings(text) == ["Where it fails", "Box 1", "What no box holds"]
    assert "ranges:\n  protocol.spot_check_rate: [1%, " in text
    assert text.count("<svg") == 3


@pytest.mark.parametrize(
    ("directions", "figures"),
    [(("minimise",), 1), (("minimise", "maximise"), 1), (("minimise", "maximise", "minimise"), 3)],
)
def test_the_page_of_a_front_has_every_point_of_it_to_paste(tmp_path, directions, figures):
    folder = of_optimisation(tmp_path, directions, constrained=True)
    document = json.loads((folder / "search.json").read_text("utf-8"))

    text = page(folder, "optimise")

    assert text.count("<svg") == figures
    assert document["front"]
    for point in document["front"]:
        assert f"# trial {point['trial']}: " in text
        assert point["yaml"] in text


def test_a_search_without_a_feasible_trial_says_so(tmp_path):
    folder = of_optimisation(tmp_path, ("minimise", "maximise"), constrained=False)
    document = json.loads((folder / "search.json").read_text("utf-8"))
    (folder / "search.json").write_text(json.dumps({**document, "front": []}), "utf-8")
    trials = pd.read_parquet(folder / "trials.parquet").assign(feasible=False, on_front=False)
    trials.to_parquet(folder / "trials.parquet")

    assert "No trial is feasible, of 48\u202ftrials." in page(folder, "optimise")
