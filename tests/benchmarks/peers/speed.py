"""Comparisons (a) and (b): a token market on an EVM, and an economy in Python."""

from typing import Any

import economy
import market
from contenders import Contender, compete, ratio, table

OURS = "mnft, revm engine"
MODEL = "mnft, reference model"
_PY_EVM_STEPS = 50
_WEB3_STEPS = 2
_RECEIPTS = {"call": "transaction", "events": "decoded", "gas": "each", "reverted": "typed refusal"}

TRANSFERS = (
    Contender(
        "verbs, queue and blocks",
        "verbs",
        "transfers_verbs.py",
        work={
            "call": "transaction",
            "events": "raw, no indexed fields",
            "gas": "no",
            "reverted": "ends the run",
        },
    ),
    Contender(
        "verbs, executed directly",
        "verbs",
        "transfers_verbs.py",
        ("receipts",),
        {
            "call": "transaction",
            "events": "decoded, no indexed fields",
            "gas": "each",
            "reverted": "exception",
        },
    ),
    Contender(
        "simular",
        "simular",
        "transfers_simular.py",
        work={
            "call": "transaction",
            "events": "decoded, one of each kind",
            "gas": "each",
            "reverted": "exception without the reason's fields",
        },
    ),
    Contender(
        "web3 + eth-tester",
        "web3",
        "transfers_web3.py",
        (str(_WEB3_STEPS),),
        {
            "call": "signed transaction, a block each",
            "events": "decoded",
            "gas": "each",
            "reverted": "receipt's status",
        },
        rounds=2,
    ),
    Contender(OURS, None, "transfers_ours.py", ("revm", str(market.STEPS)), _RECEIPTS),
    Contender(
        "mnft, py-evm engine", None, "transfers_ours.py", ("py-evm", str(_PY_EVM_STEPS)), _RECEIPTS
    ),
)

ECONOMIES = (
    Contender("a loop in Python", None, "economy_bare.py", work={"does": "arithmetic on a list"}),
    Contender(
        "radCAD, as it comes",
        "radcad",
        "economy_radcad.py",
        work={"does": "state copied deeply and kept at each step"},
    ),
    Contender(
        "radCAD, no deep copies",
        "radcad",
        "economy_radcad.py",
        ("bare",),
        {"does": "state kept at each step"},
    ),
    Contender(
        "Mesa", "mesa", "economy_mesa.py", work={"does": "an object per agent, data collected"}
    ),
    Contender(
        MODEL,
        None,
        "economy_ours.py",
        ("none",),
        {"does": "typed calls, undo journal, refusals and events per call"},
    ),
    Contender(
        "mnft, lockstep on revm",
        None,
        "economy_ours.py",
        ("revm",),
        {"does": "the same, and on contracts, all compared call by call, balances each step"},
        rounds=1,
    ),
)


def whole_market(outcome: dict[str, Any], all_transfers: int) -> float:
    """Return the seconds of the whole market, of which a part may have been played."""
    seconds: float = outcome["seconds"]
    return seconds * all_transfers / int(outcome["transfers"])


def transfers(rounds: int) -> tuple[str, dict[str, Any]]:
    """Return table and figures of the token market; all must end with the expected balances."""
    balances, count = market.expected(market.STEPS)
    outcomes = compete(TRANSFERS, rounds)
    check(outcomes, balances)
    ours = whole_market(outcomes[OURS], count)
    rows = []
    for each in TRANSFERS:
        outcome = outcomes[each.name]
        if "error" in outcome:
            rows.append([each.name, each.version, outcome["error"], *["" for _ in range(7)]])
            continue
        seconds = whole_market(outcome, count)
        gas = outcome.get("gas")
        rows.append(
            [
                each.name,
                each.version,
                f"{seconds:,.1f} s" + ("" if outcome["steps"] == market.STEPS else " (scaled)"),
                f"{count / seconds:,.0f}",
                ratio(seconds, ours),
                *(each.work[word] for word in ("call", "events", "gas", "reverted")),
                f"{gas / outcome['transfers']:,.0f}" if gas else "",
            ]
        )
        outcome["market_seconds"], outcome["times_ours"] = seconds, seconds / ours
    header = ("contender", "version", "processor time", "transfers per second", "times ours")
    header += ("a call is a", "events", "gas known", "a reverted call", "gas per transfer")
    return table(header, rows), strip(outcomes)


def economies(rounds: int) -> tuple[str, dict[str, Any]]:
    """Return table and figures of the economy; all must end with the expected balances."""
    balances = economy.genesis()
    refused = sum(economy.step(balances, wanted) for wanted in economy.payments())
    outcomes = compete(ECONOMIES, rounds)
    check(outcomes, balances, refused)
    ours = outcomes[MODEL]["seconds"]
    rows = []
    for each in ECONOMIES:
        outcome = outcomes[each.name]
        if "error" in outcome:
            rows.append([each.name, each.version, outcome["error"], "", "", each.work["does"]])
            continue
        seconds = outcome["seconds"]
        payments = economy.AGENTS * economy.STEPS
        figures = [f"{seconds:.3f} s", f"{seconds / payments * 1e6:.2f} µs", ratio(ours, seconds)]
        rows.append([each.name, each.version, *figures, each.work["does"]])
        outcome["model_takes"] = ours / seconds
    header = ("contender", "version", "processor time", "per payment", "our model takes, times")
    header += ("what it does",)
    return table(header, rows), strip(outcomes)


def check(outcomes: dict[str, dict[str, Any]], balances: list[int], refused: int = 0) -> None:
    """Stop where somebody did not play the same; an error has no balances."""
    for name, outcome in outcomes.items():
        if "error" in outcome:
            continue
        if (outcome["balances"], outcome.get("refused", 0)) != (balances, refused):
            raise SystemExit(f"{name} ends with other balances or refusals than the arithmetic")


def strip(outcomes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the outcomes without what was only checked."""
    return {
        name: {key: value for key, value in outcome.items() if key != "balances"}
        for name, outcome in outcomes.items()
    }
