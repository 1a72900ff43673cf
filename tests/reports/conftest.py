import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from sim.claims import Claim
from sim.kpis import KPIS
from sim.runs import Manifest, RunIdentity, RunWriter, ScenarioName
from sim.runs.manifest import ClaimResult, Counts, Digests, Invariants
from sim.streams import stream

WAD = 10**18
TICKS = 30
HOSTS = ("host-0", "host-1", "host-2", "host-3")
GAIN = 0.5
SENSITIVITY = 12.0
RATE = 0.05

Tables = dict[str, dict[str, list[Any]]]


def columns(names: str, rows: Iterable[Sequence[Any]]) -> dict[str, list[Any]]:
    """Return a table by columns from rows."""
    listed = [list(row) for row in rows]
    return {name: [row[at] for row in listed] for at, name in enumerate(names.split())}


def wei(amount: float) -> str:
    return str(round(amount * 10**6) * 10**12)


def chance(deterrence: float) -> float:
    return 1 / (1 + math.exp(SENSITIVITY * (1 - RATE) * GAIN * (deterrence - 1)))


def agents(hosts: Sequence[str]) -> dict[str, list[Any]]:
    rows = [(host, "host", "0x" + "1" * 40, wei(9000), wei(9100 + 5 * at), wei(40 * at + 3), wei(7))
            for at, host in enumerate(hosts)]  # fmt: skip
    rows += [(f"creator-{at}", "creator", "0x" + "2" * 40, wei(10), wei(90), wei(9 * at), wei(1))
             for at in range(3)]  # fmt: skip
    return columns("agent role address tokens_start tokens_end revenue costs", rows)


def models(names: Sequence[str]) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    parents = (0, 0, 1, 1, 3, 5, 2)
    depth = {0: -1}
    rows, paid = [], []
    for at, name in enumerate(names, start=1):
        parent = parents[(at - 1) % len(parents)] if at <= len(parents) else 0
        depth[at] = depth[parent] + 1
        size = 64 * 16 * at + 160
        rows.append((at, 1, name, "creator-0", "digits", f"64-{16 * at}-10", 2 * size, size, parent,
                     depth[at], 1000 if parent else 0, 0.97, 0.95 - 0.01 * at, 0.99, 2**23, 2**24,
                     at))  # fmt: skip
        revenue = 4000 / at**2
        up = revenue * 0.1 if parent else 0
        paid.append((at, wei(revenue), wei(revenue * 0.4), wei(40 / at), wei(up),
                     wei(revenue * 0.4 - up)))  # fmt: skip
    heads = (
        "model_id version name owner domain architecture parameters multiply_accumulates parent_id "
        "depth royalty_bps float_accuracy accuracy agreement bound limit tick"
    )
    money = "model_id paid_by_users accrued royalties_received royalties_paid kept"
    return columns(heads, rows), columns(money, paid)


def hosts_table(hosts: Sequence[str], ticks: int) -> dict[str, list[Any]]:
    rows = []
    for at, host in enumerate(hosts):
        deterrence = 0.6 + 0.3 * at
        for tick in range(ticks):
            cheated = round(40 * chance(deterrence))
            rows.append((tick, host, 45, 40, cheated, 0.2 + 0.01 * at, wei(2000 * (at + 1)),
                         deterrence, chance(deterrence), wei(cheated * GAIN * (tick + 1)),
                         wei(400 if at == 0 and tick > 8 else 0)))  # fmt: skip
    return columns(
        "tick host asked served cheated latency_s bonded deterrence cheat_chance gain slashed", rows
    )


def flows() -> dict[str, list[Any]]:
    rows = [
        ("users", "protocol", wei(158.0)),
        ("users", "validators", wei(126.4)),
        ("users", "hosts", wei(3160.0)),
        ("users", "data", wei(316.0)),
        ("users", "models", wei(2559.6)),
        ("models", "parents", wei(180.0)),
        ("models", "contributors", wei(2379.5)),
        ("models", "undistributed", wei(0.1)),
        ("users", "refunds", "0"),
    ]
    return columns("source target amount", rows)


def other_tables(ticks: int, hosts: Sequence[str]) -> Tables:
    draw = stream(7, "fixture")
    checks = [(at, hosts[at % len(hosts)], "validator-1", 1 + at % 4, 1, at % max(1, ticks),
               at % max(1, ticks) + 1, "failed" if at % 9 == 8 else "passed", at % 9 != 8,
               567_062 + 1_000 * (at % 4) if at % 9 != 8 else 0) for at in range(40)]  # fmt: skip
    refusals = [
        (3, "chain", "gateway", "open_session", "InsufficientEscrow", "user", 14, 88, True),
        (4, "service", "", "", "HostAtCapacity", "user", 210, -1, True),
        (9, "chain", "verification", "answer_check", "AnswerTooLate", "host", 3, 901, False),
    ]
    gas = [("gateway", "settle", 120, 60_000, 65_000, 71_300, 90_000, 120_000, 8_556_000),
           ("gateway", "open_session", 300, 90_000, 91_000, 99_100, 104_000, 110_000, 29_730_000),
           ("verification", "answer_check", 36, 560_000, 561_000, 567_062, 570_000, 575_000,
            20_414_232),
           ("staking", "stake", 9, 60_000, 60_000, 61_234, 66_000, 66_000, 551_106)]  # fmt: skip
    invariants = [
        (key, name, "critical", tick, state(tick), "surplus 0 base units")
        for key, name, state in (
            ("I-01", "contract balance >= liabilities", lambda _: "held"),
            ("I-02", "token conserved over all accounts", lambda _: "held"),
            ("I-27", "no executed proposal lacks quorum",
             lambda tick: "held" if tick > 20 else "not_exercised"),
            ("I-29", "a vetoed proposal never executes", lambda _: "not_exercised"),
        )
        for tick in range(ticks)
    ]  # fmt: skip
    calls = draw.lognormal(1.5, 1.6, 80).astype(int)
    crash = [(tick, "crash", "token_price", max(0.25, 0.9**tick)) for tick in range(ticks)]
    sold = [
        (tick, 1 + tick % 3, "creator-0", f"collector-{tick % 2}", wei(100 + tick), wei(2.5),
         wei(10 if tick < 12 else 0), wei(10 + tick / 10))
        for tick in range(3, ticks, 4)
    ]  # fmt: skip
    trainings = [
        (1, 1, "creator-1/1", "digits", 841, 1, 841, "0x" + "07" * 32),
        (3, 1, "fine-tuner-1/3", "turned", 252, 2, 1_093, "0x" + "9c" * 32),
    ]
    return {
        "trainings": columns(
            "model_id version name data operations traced_versions traced_operations log_hash",
            trainings,
        ),
        "keys": columns(
            "tick model_id name version asker fee outcome",
            [(3, 1, "creator-0/1", 1, "fine-tuner-1", wei(20), "released"),
             (5, 1, "creator-0/1", 1, "copier-1", wei(20), "not released")]),
        "copies": columns(
            "tick model_id name original accuracy paid_by_users",
            [(6, 5, "copier-1/5", "creator-0/1", 0.96, wei(12))]),
        "deltas": columns(
            "model_id name domain stored whole_bytes delta_bytes whole_accuracy delta_accuracy",
            [(3, "fine-tuner-1/3", "turned", "whole", 7_641, 413, 0.951, 0.587),
             (4, "fine-tuner-2/4", "noisy", "delta", 5_000, 307, 0.931, 0.922)]),
        "stored": columns(
            "model_id version name domain stored bytes paid first_tick until_tick state",
            [(3, 1, "fine-tuner-1/3", "turned", "whole", 7_641, wei(30), 4, 34.0, "let go"),
             (4, 1, "fine-tuner-2/4", "noisy", "delta", 307, wei(6), 4, 64.0, "paid for")]),
        "shocks": columns("tick name target value", crash),
        "sales": columns(
            "tick model_id seller buyer price protocol_fee royalty royalty_due", sold
        ),
        "wrapped": columns("tick model_id shell_id seller buyer price avoided outcome", [
            (5, 2, 9, "creator-0", "collector-1", wei(100), wei(10), "sold"),
            (7, 3, 10, "collector-1", "collector-0", wei(80), wei(0), "emptied"),
            (8, 2, 9, "collector-1", "collector-0", wei(90), wei(0), "refused")]),
        "licensing": columns(
            "user territory sensitive attested paid_policed paid served expected",
            [(f"user-{at}", ("free", "regulated", "excluded")[at % 3], at % 2 == 0, at % 3 == 1,
              wei(0 if at % 3 == 2 else at), wei(2 * at + 1), at, at + 1.5) for at in range(12)]),
        "consents": columns("model_id given withdrawn held calls_logged",
                            [(1, 9, 2, 7, 184), (2, 13, 0, 13, 642)]),
        "access": columns("model_id user mode calls calls_per_day", [
            (1, "user-1", "subscription", 900, 4.5), (1, "user-2", "subscription", 700, 2.5),
            (2, "user-2", "credits", 450, 2.5)]),
        "leases": columns("tick model_id owner tenant calls rent", [
            (6, 1, "user-1", "user-3", 41, wei(15.5)), (8, 1, "user-2", "user-4", 19, wei(6.5))]),
        "gates": columns("tick model_id owner right discount expected fee", [
            (4, 1, "creator-1", "stake", 0.3, 1.05, wei(0)),
            (9, 1, "creator-1", "badge", 0.45, 1.12, wei(0)),
            (9, 2, "creator-2", "allowlist", 0.5, 1.4, wei(9.5))]),
        "channels": columns(
            "opened_tick closed_tick user host model_id currency price deposit spent value calls "
            "wrong expected_wrong calls_per_day", [
                (2, 20, "user-3", "host-0", 1, "stable", "700000", "9000000", "8400000", wei(8.5),
                 12, 1, 0.02, 0.5),
                (3, -1, "user-4", "host-1", 1, "coin", wei(0.0004), wei(0.01), wei(0.002), wei(4),
                 6, 0, 0.01, 0.1)]),
        "currencies": columns("model_id owner currency calls paid", [
            (1, "creator-0", "MNFT", 120, wei(60)), (2, "creator-1", "stable", 80, "41000000")]),
        "rights": columns("tick model_id kind seller buyer units amount own_worth", [
            (2, 3, "fine-tune", "creator-3", "fine-tuner-1", 1, 261 * WAD, 77 * WAD),
            (5, 1, "revenue", "creator-1", "investor-1", 5000, 136 * WAD, 118 * WAD)]),
        "flows": flows(),
        "checks": columns("check_id host validator model_id version opened_tick closed_tick "
                          "outcome was_honest gas", checks),
        "sampling": columns("tick receipts picked checked",
                            [(tick, 160, 8, 7 + tick % 2) for tick in range(ticks)]),
        "refusals": columns("tick place contract function reason role count first_call expected",
                            refusals),
        "gas": columns("contract function calls minimum p5 median p95 maximum total", gas),
        "invariants": columns("id name severity tick state detail", invariants),
        "proposals": columns(
            "proposal parameter previous value tick_proposed tick_decided tick_executed outcome "
            "reason votes_for votes_against votes_abstain quorum",
            [("1", "protocolFeeBps", "250", "400", 8, 15, 18, "executed",
              "three of four holders gain from a higher fee", wei(610_000), wei(130_000), wei(0),
              wei(400_000))]),
        "votes": columns("proposal voter support weight gain loss",
                         [("1", f"holder-{at}", "for" if at else "against", wei(10_000 * 4**at),
                           wei(1), wei(2)) for at in range(5)]),
        "users": columns("user domain calls_per_day budget spent calls left_tick",
                         [(f"user-{at}", "digits", 1.0, wei(50), wei(int(n)), int(n), -1)
                          for at, n in enumerate(calls)]),
        "proofs": columns("kind logrows key_bytes proof_bytes gas srs_id count",
                          [("ezkl", 12, 5_000_000, 24_000, 567_062, "local-12", 36)]),
    }  # fmt: skip


def metrics_at(tick: int) -> dict[str, float | None]:
    wave = math.sin(tick / 4)
    values: dict[str, float | None] = {
        "calls_asked": 180.0 + round(20 * wave), "calls_served": 160.0, "calls_settled": 158.0,
        "calls_unserved_share": 0.1, "calls_refused_share": 0.02, "latency_p50": 180 + 30 * wave,
        "latency_p95": 410 + 90 * wave, "host_utilisation": 0.6, "host_uptime": 0.9975,
        "active_users": 80.0 - tick // 6, "user_churn": 0.06, "revenue_total": 210.5,
        "price_level": 1 + 0.8 * (1 - math.exp(-tick / 6)),
        "price_per_1000_calls": 1000 + 500 * (1 - math.exp(-tick / 6)), "gini_models": 0.78,
        "gini_hosts": 0.31, "models": 7.0, "forks": 1.0 if tick in (2, 5, 9) else 0.0,
        "checks_opened": 2.0, "proofs_verified": 1.0, "slashes": 1.0 if tick == 9 else 0.0,
        "honest_slashes": 0.0, "deterrence_min": 0.6, "cheat_share": 0.2, "stake_ratio": 0.28,
        "active_hosts": 4.0, "gas_per_settled_call": 12_345.0, "zk_coverage": 0.04,
        "royalties_paid": None, "calls_paid_singly": 98.0, "calls_by_subscription": 40.0 + tick,
        "calls_by_credits": 20.0 - tick / 3, "calls_by_grant": 0.0, "subscriptions_sold": 30.0,
        "credits_sold": 10.0 if tick % 7 == 0 else 0.0, "breakage": 2.0 if tick > 20 else 0.0,
        "discounts": 0.4 * tick, "discounts_of_customers": 0.5, "stake_in_gates": 20.0 * tick,
        "makers_earned": 9.0 * tick, "fork_rights_sold": 261.0 if tick == 2 else 0.0,
        "revenue_rights_sold": 136.0 if tick == 5 else 0.0, "revenue_shared": 0.3,
        "forks_by_right": 1.0 if tick == 2 else 0.0,
        "inference_rights_sold": 0.0, "calls_by_right": 0.0,
        "weights_rights_sold": 30.0 if tick == 7 else 0.0, "rights_sold_on": 12.0 * (tick == 7),
        "calls_by_token_gate": 4.0, "loyal_share": 0.6, "members": 7.0,
        "joining_fees": 1.5, "calls_by_allowlist": 9.0,
        "heavy_paid_per_call": 0.8, "light_paid_per_call": 1.0, "first_model_earned": 3.0 * tick,
        "badges": 3.0, "calls_of_helped": 0.4, "returning_holders": 0.5, "returning_others": 0.25,
        "calls_by_channel": 2.0 + tick % 3, "channel_share": 0.02, "paid_by_channel": 1.5,
        "revenue_lost": 0.9, "royalties_lost": 0.1, "wrong_by_channel": 0.05,
        "stable_models": 1.0, "stable_calls": 0.4, "revenue_stable": 41.0,
        "royalties_stable": 0.0,
    }  # fmt: skip
    return values


def parameters(changes: Mapping[str, str] | None = None) -> list[dict[str, str]]:
    rows = {
        "ticks": ("30", "1", "line 2", "protocol design"),
        "protocol.spot_check_rate": ("5%", "%", "line 9", "protocol design"),
        "protocol.protocol_fee": ("2.5%", "%", "default", "protocol design"),
        "population.hosts.cheating.gain": (f"{GAIN} MNFT", "MNFT", "line 14", "assumed"),
        "population.hosts.cheating.sensitivity": (f"{SENSITIVITY}", "1", "default", "assumed"),
        "population.creators.price_floor": ("0.25", "1", "default", "assumed"),
        "population.creators.price_cap": ("4", "1", "default", "assumed"),
    }
    rows |= {key: (value, "1", "--set", "assumed") for key, value in (changes or {}).items()}
    return [
        {"key": key, "value": value, "unit": unit, "set_by": by, "why": "to see", "source": source,
         "lower": "0", "upper": "100", "meaning": "what it is"}
        for key, (value, unit, by, source) in rows.items()
    ]  # fmt: skip


CLAIMS = (
    Claim("deterrence_min", "every_tick", ">=", 1.0, 0.05, "nobody should gain by cheating"),
    Claim("gini_models", "at_end", "<=", 0.9),
    Claim("calls_refused_share", "at_end", "<=", 0.05),
)

MakeRun = Callable[..., Path]


@pytest.fixture(scope="session")
def make_run(tmp_path_factory: pytest.TempPathFactory) -> MakeRun:
    """A complete run folder; keyword arguments replace its parts, `without` drops tables."""

    def make(
        *,
        claims: Sequence[Claim] = CLAIMS,
        ticks: int = TICKS,
        seeds: int = 1,
        hosts: Sequence[str] = HOSTS,
        names: Sequence[str] = tuple(f"model-{letter}" for letter in "abcdefg"),
        metrics: Callable[[int], Mapping[str, float | None]] = metrics_at,
        per_seed: Callable[[int], Mapping[str, float]] = lambda _: {},
        tables: Mapping[str, dict[str, list[Any]]] | None = None,
        without: Sequence[str] = (),
        counts: Mapping[str, int] | None = None,
        invariants: Mapping[str, int] | None = None,
        question: str = "Do spot checks at 5 % deter hosts that gain 0.5 MNFT per wrong output?",
        engine: str = "py-evm",
        settings: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> Path:
        target = folder or tmp_path_factory.mktemp("run") / "seed-7"
        of_models, of_money = models(names)
        every: Tables = {
            "agents": agents(hosts),
            "models": of_models,
            "model_money": of_money,
            "hosts": hosts_table(hosts, ticks),
            **other_tables(ticks, hosts),
            **(tables or {}),
        }
        with RunWriter(target, RunIdentity("cheating-hosts", 7), {}) as writer:
            for tick in range(ticks):
                writer.metrics(tick, metrics(tick))
            for replica in range(1, seeds):
                writer._identity = RunIdentity("cheating-hosts", 7 + replica, replica=replica)
                for tick in range(ticks):
                    writer.metrics(tick, {**metrics(tick), **per_seed(replica)})
            for name, each in every.items():
                if name not in without:
                    writer.table(name, each)
            writer.json("parameters.json", parameters(settings))
            writer.text("scenario.yaml", "question: fixture\n")
            writer.text("trace.jsonl", "")
            writer.finish(_manifest(claims, ticks, counts, invariants, question, engine), {})
        return target

    return make


def _manifest(
    claims: Sequence[Claim],
    ticks: int,
    counts: Mapping[str, int] | None,
    invariants: Mapping[str, int] | None,
    question: str,
    engine: str,
) -> Manifest:
    default = {"calls_compared": 131_077, "views_compared": 9_000, "divergences": 0, "refused": 17,
               "proofs_verified_on_chain": 36, "proofs_refused": 0, "receipts": 4_800}  # fmt: skip
    held = {"held": 3, "violated": 0, "not_exercised": 1}
    return Manifest(
        scenario=ScenarioName(name="cheating-hosts", question=question),
        seed=7,
        engine=engine,
        ticks=ticks,
        ticks_asked=ticks,
        tick_seconds=86_400,
        state="not asked",
        digests=Digests(trace="7f3a" * 16, state="9c1e" * 16, scenario="5b2d" * 16),
        counts=Counts(**(default | dict(counts or {}))),
        invariants=Invariants(**(held | dict(invariants or {}))),
        claims=tuple(
            ClaimResult(
                kpi=claim.kpi, quantifier=claim.quantifier, comparison=claim.comparison,
                threshold=claim.threshold, tolerance=claim.tolerance, state="not asked",
                why=claim.why,
            )
            for claim in claims
        ),
        kpis={kpi.name: metrics_at(ticks - 1).get(kpi.name) for kpi in KPIS},
        versions={"mnft": "0.1.0", "python": "3.11", "engine": engine},
        warnings=("Nobody tried what the rules forbid",),
        srs="local-12",
    )  # fmt: skip
