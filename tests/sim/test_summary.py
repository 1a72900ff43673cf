from pathlib import Path

import pytest

from sim.commands.running import exit_code, run_document
from sim.runs import Manifest, RunSummary, ScenarioName
from sim.runs.manifest import ClaimResult, Counts, Digests, Invariants, Refusal
from sim.summary import summary_text, violation_text
from sim.terminal import Terminal

GOLDEN = Path(__file__).parent / "golden"
FOLDER = Path("runs/checks-too-rare/seed-7")


def manifest(**changed: object) -> Manifest:
    whole = Manifest(
        scenario=ScenarioName(
            name="checks-too-rare",
            question="Do spot checks at 2 % deter four hosts with 100 MNFT at [stake]?",
        ),
        seed=7,
        engine="py-evm",
        ticks=90,
        ticks_asked=90,
        tick_seconds=86_400,
        state="red",
        verdict="no: cheating paid for 2 of 4 hosts until tick 23",
        digests=Digests(trace="7f3a9c1e5b2d" + "0" * 52, state="b" * 64, scenario="c" * 64),
        counts=Counts(calls_compared=131_077, receipts=214_880, proofs_verified_on_chain=12),
        invariants=Invariants(held=41, not_exercised=2),
        claims=(
            ClaimResult(
                kpi="deterrence_min",
                quantifier="every_tick",
                comparison=">=",
                threshold=1,
                tolerance=0.05,
                state="red",
                observed=0.55,
                tick=12,
                call=18_204,
            ),
            ClaimResult(
                kpi="calls_refused_share",
                quantifier="at_end",
                comparison="<=",
                threshold=0.05,
                tolerance=0.05,
                state="held",
                observed=0.0203,
            ),
        ),
        kpis={
            "calls_asked": 131_077.0,
            "calls_refused_share": 0.0203,
            "revenue_total": 1_284_000.5,
            "gas_per_settled_call": 71_300.2,
            "deterrence_mean": None,
        },
        refusals=(
            Refusal(reason="SequenceGap", place="gateway.settle", count=3, expected=True),
            Refusal(reason="PriceAboveMaximum", place="gateway.settle", count=1_402),
        ),
        warnings=("Nobody was slashed, so the slashing rules were not tested.",),
        srs="local-k11-9ad1",
    )
    return whole.model_copy(update=changed)


def summary(**changed: object) -> RunSummary:
    return RunSummary(manifest(**changed), FOLDER, 112.3, FOLDER / "report.html")


@pytest.mark.parametrize(
    ("name", "terminal"),
    [
        ("narrow", Terminal(has_colour=False, redraws=False, width=60, encoding="utf-8")),
        ("wide", Terminal(has_colour=False, redraws=False, width=120, encoding="utf-8")),
        ("colour", Terminal(has_colour=True, redraws=True, width=120, encoding="utf-8")),
        ("ascii", Terminal(has_colour=False, redraws=False, width=120, encoding="ascii")),
    ],
)
def test_a_run_ends_with_this_block(name: str, terminal: Terminal) -> None:
    expected = (GOLDEN / f"summary-{name}.txt").read_text(encoding="utf-8")

    assert summary_text(summary(), terminal) + "\n" == expected


def test_a_block_without_colour_has_no_escape_and_keeps_path_and_digest_whole() -> None:
    narrow = Terminal(has_colour=False, redraws=False, width=20, encoding="utf-8")

    text = summary_text(summary(), narrow)

    assert "\x1b" not in text
    assert f"report  {FOLDER}/report.html" in text.splitlines()
    assert "digest  7f3a9c1e5b2d" in text.splitlines()


def test_a_violated_invariant_names_tick_amounts_and_the_next_command() -> None:
    row = {"id": "I-01", "name": "balance covers what is owed", "severity": "critical"}
    findings = [
        {**row, "tick": 39, "state": "held", "detail": ""},
        {**row, "tick": 40, "state": "held", "detail": ""},
        {**row, "tick": 41, "state": "violated", "detail": "Revenue is short of 4.2 MNFT"},
        {**row, "id": "I-02", "tick": 41, "state": "held", "detail": ""},
    ]

    broken = manifest(invariants=Invariants(held=1, violated=1))
    text = violation_text(broken, dict(enumerate(findings)), FOLDER)

    assert text.splitlines() == [
        "INVARIANT I-01 violated at tick 41: balance covers what is owed",
        "  Revenue is short of 4.2 MNFT",
        "  held for 2 ticks; 1 other invariants hold",
        f"  next: mnft shrink {FOLDER}",
    ]


def test_quiet_leaves_state_report_and_digest() -> None:
    plain = Terminal(has_colour=False, redraws=False, width=80, encoding="utf-8")

    assert summary_text(summary(), plain, quiet=True).splitlines() == [
        "\u2717 RED  no: cheating paid for 2 of 4 hosts until tick 23",
        f"report  {FOLDER}/report.html",
        "srs     local-k11-9ad1 (made here, not in a ceremony)",
        "digest  7f3a9c1e5b2d",
    ]


def test_a_run_without_claims_or_chain_says_so() -> None:
    plain = Terminal(has_colour=False, redraws=False, width=80, encoding="utf-8")

    text = summary_text(summary(claims=(), state="not asked", engine="none", verdict=""), plain)

    assert "\u2013 NOT ASKED" in text
    assert "model only" in text
    assert "one path" not in text


def test_figures_of_parts_that_nobody_used_are_left_out_unless_a_claim_is_about_them() -> None:
    plain = Terminal(has_colour=False, redraws=False, width=80, encoding="utf-8")
    kpis = {"calls_asked": 0.0, "resales": 0.0, "merges": 2.0, "royalty_honoured": None}
    claim = ClaimResult(
        kpi="resales",
        quantifier="total",
        comparison=">=",
        threshold=1,
        tolerance=0.05,
        state="red",
        observed=0.0,
    )

    unclaimed = summary_text(summary(kpis=kpis, claims=()), plain)
    claimed = summary_text(summary(kpis=kpis, claims=(claim,)), plain)

    assert "calls asked for" in unclaimed
    assert "merges" in unclaimed
    assert "models resold" not in unclaimed
    assert "  models resold  " in claimed


@pytest.mark.parametrize(
    ("changed", "fail_on", "code"),
    [
        ({}, None, 0),
        ({}, "red", 1),
        ({}, "amber", 1),
        ({"state": "amber"}, "red", 0),
        ({"state": "amber"}, "amber", 1),
        ({"state": "held"}, "amber", 0),
        ({"state": "INVALID", "invariants": Invariants(held=1, violated=1)}, None, 4),
        ({"state": "INVALID", "counts": Counts(divergences=1)}, None, 3),
    ],
)
def test_the_exit_code_of_a_run(changed: dict[str, object], fail_on: str, code: int) -> None:
    assert exit_code(manifest(**changed), fail_on) == code  # type: ignore[arg-type]


def test_the_json_document_has_every_field_that_programs_rely_on() -> None:
    document = run_document(summary())

    assert document["schema"] == "mnft.run/1"
    assert set(document) >= {
        "run",
        "digest",
        "ticks",
        "calls_compared",
        "divergences",
        "proofs_verified_on_chain",
        "invariants_violated",
        "wall_s",
        "report",
        "state",
        "claims",
    }
    assert document["report"] == f"{FOLDER}/report.html"
    assert document["claims"][0]["state"] == "red"
