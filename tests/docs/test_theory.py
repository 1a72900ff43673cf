"""The page of theory names every item of the vectors, and what it says of ours is tested there."""

import json
import re

from tests.docs.conftest import ROOT

PAGE = (ROOT / "docs/theory.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (T[\w, ]+) \| .* \| (.*) \|$", PAGE, re.MULTILINE)


def test_every_item_of_the_theory_has_a_row() -> None:
    vectors = json.loads((ROOT / "tests/vectors/theory.json").read_text(encoding="utf-8"))
    named = [item for items, _ in ROWS for item in items.split(", ")]

    assert sorted(named) == sorted(item["id"] for item in vectors["items"])


def test_an_item_is_tested_or_the_row_says_why_it_does_not_apply() -> None:
    for items, here in ROWS:
        tested = re.findall(r"\((\.\./tests/[\w/]+\.py)\)", here)
        assert tested or here.startswith("does not apply: "), items
        assert all((ROOT / "docs" / path).resolve().is_file() for path in tested)
