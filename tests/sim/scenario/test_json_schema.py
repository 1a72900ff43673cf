from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from sim.commands.inspecting import schema_text
from sim.scenario.json_schema import json_schema
from sim.scenario.loading import load_scenario

ROOT = Path(__file__).parents[3]
SHIPPED = sorted((ROOT / "scenarios").glob("*.yaml"))


def errors(written: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(json_schema()).iter_errors(written)]


def test_the_committed_schema_is_what_the_command_prints() -> None:
    committed = (ROOT / "docs/scenario.schema.json").read_text(encoding="utf-8")

    assert committed == schema_text() + "\n"


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_scenario_is_valid_without_a_warning(path: Path) -> None:
    assert load_scenario(path).warnings == ()
    assert errors(YAML(typ="safe").load(path)) == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_first_line_of_a_shipped_scenario_is_its_question(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]

    assert first.startswith("question: ")
    assert first.endswith("?")


def test_the_three_shipped_scenarios_are_there() -> None:
    names = [path.stem for path in SHIPPED]

    assert {"quickstart", "fork-economy", "cheating-hosts"} <= set(names)


@pytest.mark.parametrize(
    "written",
    [
        {},
        {"question": "q", "tics": 60},
        {"question": "q", "tick": 1},
        {"question": "q", "tick": "1 day"},
        {"question": "q", "chain": {"engine": "geth"}},
        {"question": "q", "seed": {"why": "dice"}},
        {"question": "q", "protocol": {"protocol_fee": "2.5"}},
    ],
)
def test_the_schema_refuses_what_validation_refuses(written: Any) -> None:
    assert errors(written)
