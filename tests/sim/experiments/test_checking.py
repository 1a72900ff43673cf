"""The invariants over scenarios and seeds: what broke is named, in every form."""

from xml.etree import ElementTree

import pytest

from sim.errors import UserError
from sim.experiments.checking import Broken, Checked, junit, replicas_of, scenario_files
from tests.sim.experiments.small import SCENARIO

HELD = {"1": ("value is conserved", "held"), "3": ("splits lose nothing", "not_exercised")}


def checked(folder, seed=1, **facts):
    given = {"invariants": HELD, "broken": (), **facts}
    return Checked("mine", seed, "mnft run mine.yaml", folder, **given)


def test_folders_stand_for_the_scenarios_in_them(tmp_path):
    for name in ("b.yaml", "a.yml", "notes.md"):
        (tmp_path / name).write_text(SCENARIO)

    files = scenario_files([tmp_path, tmp_path / "b.yaml"])

    assert [path.name for path in files] == ["a.yml", "b.yaml", "b.yaml"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="no scenario here"):
        scenario_files([tmp_path / "empty"])


def test_two_scenarios_of_one_name_are_refused(tmp_path):
    (tmp_path / "one").mkdir()
    for path in (tmp_path / "mine.yaml", tmp_path / "one/mine.yaml"):
        path.write_text(SCENARIO)

    with pytest.raises(UserError, match="another scenario is called mine too"):
        replicas_of([tmp_path / "mine.yaml", tmp_path / "one/mine.yaml"], 1, {}, tmp_path, tmp_path,
                    None)  # fmt: skip


def test_every_scenario_meets_as_many_seeds_as_asked_for(tmp_path):
    (tmp_path / "mine.yaml").write_text(SCENARIO)

    found = replicas_of([tmp_path / "mine.yaml"], 3, {"ticks": "1"}, tmp_path, tmp_path, None)

    assert found[0].seed == 1
    assert len({each.seed for each in found}) == 3
    assert all(each.load().scenario.ticks == 1 for each in found)


def test_junit_has_a_case_per_seed_and_invariant_and_survives_any_text(tmp_path):
    nasty = 'holds <1>, owes "2" & \x1b[31mmore\x00'
    violated = {**HELD, "1": ("value is conserved", "violated")}
    broken = (Broken("1", "value is conserved", "critical", 7, nasty),)

    root = ElementTree.fromstring(
        junit(
            [
                checked(tmp_path),
                checked(tmp_path, seed=2, invariants=violated, broken=broken),
                checked(tmp_path, seed=3, invariants={}, error="MemoryError: <none> left"),
            ]
        )
    )

    (suite,) = root
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5", "failures": "1", "errors": "1", "skipped": "2",
    }  # fmt: skip
    (failure,) = root.iter("failure")
    assert failure.get("message") == 'holds <1>, owes "2" & [31mmore'
    assert "mnft run mine.yaml" in failure.text
    (error,) = root.iter("error")
    assert error.get("message") == "MemoryError: <none> left"
