"""The reference is the one that the rulebook prints."""

from sim.rulebook.reference import reference_text
from tests.docs.conftest import ROOT


def test_the_reference_is_up_to_date_with_the_contracts() -> None:
    page = (ROOT / "docs/reference.md").read_text(encoding="utf-8")

    assert page == reference_text() + "\n", "print it again: mnft reference > docs/reference.md"
