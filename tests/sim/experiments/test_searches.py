"""The searches from block to folder, on replicas that write a run folder by a formula at once."""

import json
import math

import pandas as pd
import pytest

from sim.experiments.replica import Outcome
from sim.experiments.searches import (
    SEARCHES,
    require_points,
    runs_of,
    write_document,
)
from sim.experiments.space import dimensions_of
from sim.experiments.study import Study
from sim.runs import Manifest, RunIdentity, RunWriter, ScenarioName
from sim.runs.manifest import ClaimResult, Digests
from sim.scenario.loading import parse_scenario

TEXT = """
question: Which rate is best?
claims:
  - {kpi: revenue_total, quantifier: total, comparison: ">=", threshold: 100 MNFT}
"""
RATE = "ranges: {protocol.spot_check_rate: [0%, 100%]}"
BOTH = "ranges: {protocol.spot_check_rate: [0%, 100%], population.users.churn: [0%, 100%]}"


class Pool:
    """Replicas that are done at once: shares fall with the rate, revenue too; seeds add little."""

    def __init__(self, dies_after=math.inf, fails=()):
        self.carried_out = []
        self.seeds = set()
        self.dies_after = dies_after
        self.fails = fails

    def __call__(self, replicas):
        for replica in reversed(replicas):
            self.seeds.add((replica.replica, replica.seed))
            if replica.arm in self.fails:
                yield Outcome(replica, "failed", "MemoryError")
                continue
            state = "skipped" if (replica.folder / "manifest.json").exists() else "done"
            if state == "done":
                if len(self.carried_out) >= self.dies_after:
                    raise KeyboardInterrupt
                self.carried_out.append((replica.arm, replica.replica))
                write(replica)
            yield Outcome(replica, state)


def write(replica):
    scenario = replica.load().scenario
    rate = scenario.protocol.spot_check_rate / 10**6
    share = (1 - rate) ** 2 + replica.replica / 1000
    revenue = 200 * (1 - rate)
    with RunWriter(replica.folder, RunIdentity("toy", replica.seed), {}) as writer:
        for tick in range(2):
            writer.metrics(tick, {"cheat_share": share * (tick + 1) / 2})
        writer.finish(
            Manifest(
                scenario=ScenarioName(name="toy", question="?"),
                arm=replica.arm,
                replica=replica.replica,
                seed=replica.seed,
                engine="none",
                ticks=2,
                ticks_asked=2,
                tick_seconds=86_400,
                state="held",
                digests=Digests(trace="ab", state="cd", scenario="ef"),
                kpis={"cheat_share": share, "revenue_total": revenue, "slashes": 0.0,
                      "fork_adoption": None},
                claims=(
                    ClaimResult(kpi="revenue_total", quantifier="total", comparison=">=",
                                threshold=100.0, tolerance=0.05, state="held",
                                observed=revenue, margin=revenue - 100),
                ),
            ),
            {},
        )  # fmt: skip


def search(command, block, folder, pool):
    name = {"discover": "discovery"}.get(command, command)
    loaded = parse_scenario(f"{TEXT}{name}:\n  {block}\n", "toy.yaml", "toy")
    settings = getattr(loaded.scenario, name)
    dimensions = dimensions_of(settings.ranges)
    require_points(loaded, "toy.yaml", {}, settings, dimensions)
    study = Study(loaded.text, "toy.yaml", "toy", 1, {}, folder, settings.replicas, pool)
    found = SEARCHES[command](study, settings, dimensions)
    write_document(folder, found)
    assert json.loads((folder / "search.json").read_text("utf-8")) == found
    return found, study, runs_of(settings)


def indices(found):
    return {
        (of_kpi["kpi"], row["index"], row["path"]): row["value"]
        for of_kpi in found["figures"]
        for row in of_kpi["indices"]
    }


def test_sensitivity_asks_for_the_runs_it_announced_and_finds_the_input_that_matters(tmp_path):
    pool = Pool()
    found, study, announced = search(
        "sensitivity",
        f"method: sobol\n  samples: 16\n  {BOTH}\n  kpis: [revenue_total, slashes, fork_adoption]",
        tmp_path,
        pool,
    )

    assert announced == found["points"] == len(pool.carried_out) == study.runs == 16 * 4
    values = indices(found)
    assert values["revenue_total", "ST", "protocol.spot_check_rate"] == pytest.approx(1, abs=0.35)
    assert values["revenue_total", "ST", "population.users.churn"] == pytest.approx(0, abs=0.01)
    assert [each["why_none"] for each in found["figures"]] == [
        "",
        "it does not vary",
        "it was measured in fewer than two complete samples",
    ]
    written = pd.read_parquet(tmp_path / "indices.parquet")
    assert list(written["value"]) == [row["value"] for row in found["figures"][0]["indices"]]
    points = pd.read_parquet(tmp_path / "points.parquet")
    assert len(points) == 64
    assert points["slashes"].eq(0).all()


def test_every_point_meets_the_same_seeds_and_replicas_are_averaged(tmp_path):
    pool = Pool()
    block = f"samples: 4\n  {RATE}\n  kpis: [cheat_share]\n  replicas: 3"
    search("sensitivity", block, tmp_path, pool)

    assert len(pool.seeds) == 3
    assert (0, 1) in pool.seeds
    assert len(pool.carried_out) == 4 * 2 * 3
    points = pd.read_parquet(tmp_path / "points.parquet").set_index("arm")
    rates = points["protocol.spot_check_rate"].str.rstrip("%").astype(float) / 100
    assert points["cheat_share"].to_numpy() == pytest.approx(((1 - rates) ** 2 + 0.001).to_numpy())


def test_a_failed_replica_costs_its_sample_and_is_counted(tmp_path):
    block = f"samples: 4\n  {RATE}\n  kpis: [cheat_share]"
    found, study, _ = search("sensitivity", block, tmp_path, Pool(fails={"point-00002"}))

    assert [each.replica.arm for each in study.failures] == ["point-00002"]
    assert found["figures"][0]["samples"] == 3


def test_discovery_finds_where_the_target_fails_in_the_scenarios_own_words(tmp_path):
    fails = "fails: {kpi: cheat_share, comparison: '>', threshold: 49%}"
    found, _, announced = search(
        "discover", f"samples: 60\n  {BOTH}\n  {fails}\n  density: 95%", tmp_path, Pool()
    )

    # (1 - rate)^2 > 49 % where the rate is below 30 %.
    (box,) = found["boxes"]
    (limit,) = box["limits"]
    assert announced == found["measured"] == 60
    assert found["failing"] == 18
    assert limit["path"] == "protocol.spot_check_rate"
    assert 0.25 <= limit["high_place"] <= 0.35
    assert box["ranges"].startswith("ranges:\n  protocol.spot_check_rate: [0%, ")
    again = parse_scenario(
        f"{TEXT}sensitivity:\n  samples: 4\n  kpis: [slashes]\n  "
        + box["ranges"].replace("\n", "\n  "),
        "pasted.yaml",
        "pasted",
    ).scenario
    assert again.sensitivity.ranges[0].high == pytest.approx(limit["high_place"] * 10**6, abs=1)
    assert len(pd.read_parquet(tmp_path / "trajectories.parquet")) > 5


def test_an_optimum_respects_the_claims_and_a_killed_search_ends_as_it_would_have(tmp_path):
    block = (
        f"trials: 18\n  {RATE}\n  replicas: 2\n  batch: 6\n  objectives:\n"
        "    - {kpi: cheat_share, direction: minimise}"
    )
    whole, study, announced = search("optimise", block, tmp_path / "whole", Pool())
    dying = Pool(dies_after=19)
    with pytest.raises(KeyboardInterrupt):
        search("optimise", block, tmp_path / "killed", dying)
    going_on = Pool()
    resumed, _, _ = search("optimise", block, tmp_path / "killed", going_on)

    # Revenue is 200 (1 - rate), and at least 100 is claimed: the best feasible rate is a half.
    (best,) = whole["front"]
    assert best["values"][0] == pytest.approx(0.2505, abs=0.02)
    assert whole["feasible"] < 18
    assert study.runs == announced == 36
    assert resumed == whole
    carried_out = [*dying.carried_out, *going_on.carried_out]
    assert len(carried_out) == len(set(carried_out)) == 36
    tables = [pd.read_parquet(tmp_path / name / "trials.parquet") for name in ("whole", "killed")]
    pd.testing.assert_frame_equal(*tables)


def test_claims_can_be_ignored_and_objectives_taken_over_the_ticks(tmp_path):
    block = (
        f"trials: 10\n  {RATE}\n  claims: ignored\n  objectives:\n"
        "    - {kpi: cheat_share, quantifier: mean, direction: minimise}\n"
        "    - {kpi: revenue_total, direction: maximise}"
    )
    found, _, _ = search("optimise", block, tmp_path, Pool())

    assert found["feasible"] == 10
    assert len(found["front"]) == 10
    for point in found["front"]:
        rate = float(point["changes"]["protocol.spot_check_rate"].rstrip("%")) / 100
        assert point["values"] == pytest.approx([0.75 * (1 - rate) ** 2, 200 * (1 - rate)])
        assert point["yaml"].startswith("protocol:\n  spot_check_rate: ")


def test_an_objective_that_was_not_measured_makes_a_failed_trial(tmp_path):
    block = f"trials: 4\n  {RATE}\n  objectives: [{{kpi: fork_adoption, direction: maximise}}]"
    found, _, _ = search("optimise", block, tmp_path, Pool())

    assert found["front"] == []
    assert "4 trials failed or lack a figure, and count as nothing" in found["warnings"]
    assert "no trial is feasible" in found["warnings"]
