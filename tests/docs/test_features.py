"""The page of features names what there is, and forgets no contract and no scenario."""

import re

from contracts.artifacts import names
from tests.docs.conftest import ROOT

PAGE = (ROOT / "docs/features.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| [A-Z]\d \|[^|]*\|([^|]*)\|", re.MULTILINE)


def test_contracts_of_the_page_are_those_that_are_built() -> None:
    named = {name.strip() for cell in ROW.findall(PAGE) for name in cell.split(",")}

    assert named - {""} == set(names())


def test_every_shipped_scenario_has_a_feature() -> None:
    shipped = {f"scenarios/{path.name}" for path in (ROOT / "scenarios").glob("*.yaml")}

    assert set(re.findall(r"`(scenarios/[\w-]+\.yaml)`", PAGE)) == shipped


def test_no_feature_stands_twice() -> None:
    rows = re.findall(r"^\| ([A-Z]\d) \|", PAGE, re.MULTILINE)

    assert len(rows) == len(set(rows))
