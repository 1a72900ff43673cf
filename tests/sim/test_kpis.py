from pathlib import Path

import pytest

from sim.commands.inspecting import show_kpis
from sim.console import Console
from sim.kpis import KPI_BY_NAME, KPIS
from sim.scenario.thresholds import threshold_kind


def test_names_and_labels_are_unique() -> None:
    assert len(KPI_BY_NAME) == len(KPIS) == len({kpi.label for kpi in KPIS})


def test_the_documented_table_is_the_one_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    documented = Path(__file__).parents[2] / "docs/kpis.md"

    show_kpis(Console("never"), markdown=True)

    assert documented.read_text(encoding="utf-8").endswith("\n\n" + capsys.readouterr().out)


def test_a_share_is_a_fraction_without_unit_and_shown_in_per_cent() -> None:
    shares = [kpi for kpi in KPIS if kpi.number_format == "share"]

    assert shares
    for kpi in shares:
        assert kpi.unit == "1"
        assert kpi.show(0.055) == "5.50\u202f%"


def test_a_threshold_is_read_as_the_figure_is_stored() -> None:
    written = {"share": "5%", "amount": "5 MNFT", "milliseconds": "5 ms", "gas": "5 gas"}
    for kpi in KPIS:
        stored = threshold_kind(kpi).parse(written.get(kpi.number_format, "5"))
        assert stored == (0.05 if kpi.number_format == "share" else 5), kpi.name


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("calls_asked", 131_077.0, "131,077\u202fcalls"),
        ("revenue_total", 1_284_321.0, "1,280,000\u202fMNFT"),
        ("calls_refused_share", 0.0203, "2.03\u202f%"),
        ("deterrence_min", 0.55, "0.550"),
        ("latency_p95", 412.4, "412\u202fms"),
        ("gas_per_settled_call", None, "not computed"),
        ("price_level", float("nan"), "not computed"),
        ("deterrence_min", float("inf"), "unbounded"),
        ("cheating_profit", -3.14159, "\u22123.14\u202fMNFT"),
    ],
)
def test_a_figure_is_shown_with_three_digits_and_its_unit(
    name: str, value: float | None, shown: str
) -> None:
    assert KPI_BY_NAME[name].show(value) == shown
