"""
Twenty faults, each with the calls that it takes to show it, in traces of 300 calls.

A trace is a walk of calls that nobody planned, with a market's life spread over it: what a fault
needs lies somewhere on that way, among hundreds of calls that have nothing to do with it.
"""

from dataclasses import dataclass, replace
from typing import Any

from protocol.deployment import DEPLOYER
from protocol.money import WAD
from protocol.revenue import Revenue
from protocol.staking import Staking
from protocol.types import Call
from protocol.verification import Verification
from sim.rulebook.fuzzing import Dice
from sim.rulebook.walk import Walk
from tests.lockstep.test_mutants import FAULTS, story
from tests.open_market import OpenMarket
from tests.regressions.attacks import Recorder, escaping_a_slash

CALLS = 300


def market_life(machine):
    story(machine, machine.world.deployment)


def lineage_life(machine):
    """A model, its fork on sale, and what the fork's payments become."""
    market = OpenMarket(machine, machine.world.deployment)
    child = market.fork("child", market.model_id, 1_000, {market.creator.address: 10_000})
    market.must("pricing", "set_tariff", child, market.tariff, sender=market.creator)
    opened = market.open(market.session(model_id=child))
    entry = market.entry(opened, 1, 2)
    batch = market.must("gateway", "settle", child, bytes(31) + b"\1", (entry,), sender=market.host)
    market.must("gateway", "withdraw", 5 * WAD, sender=market.user)
    market.wait_for_release()
    market.must("gateway", "release", (batch,), sender=market.user)
    market.must("revenue", "distribute", child, sender=market.user)
    market.must("revenue", "withdraw", market.creator.address, sender=market.user)


def trace(life, seed):
    """Return the 300 calls: a life's, evenly spread, and between them what strays from it."""
    played = Recorder()
    life(played)
    recorder = Recorder()
    walk = Walk(recorder, played.calls, Dice(seed, "planted"))
    gap = CALLS // len(played.calls)
    for step in range(CALLS):
        # Not just any function: a new one would make other traces of the same seeds.
        walk.go_on() if step % gap == 0 else walk.stray()
    return recorder.record()


class Bent:
    """An engine that does one thing otherwise, and all else as the engine within."""

    def __init__(self, engine, bend):
        self._engine, self._bend = engine, bend

    def __getattr__(self, name):
        return getattr(self._engine, name)

    def execute(self, call):
        return self._bend(self._engine, call)


def _numbers_batches_from_two(engine, call):
    receipt = engine.execute(call)
    if call.function == "settle" and receipt.ok:
        return replace(receipt, value=receipt.value + 1)
    return receipt


def _announces_no_distribution(engine, call):
    receipt = engine.execute(call)
    return replace(receipt, events=()) if call.function == "distribute" else receipt


def _pays_a_unit_too_much(engine, call):
    receipt = engine.execute(call)
    if (call.contract, call.function) == ("gateway", "withdraw") and receipt.ok:
        gift = ("settlement_token", "transfer", (call.sender, 1))
        engine.execute(Call(*gift, DEPLOYER, call.timestamp))
    return receipt


TOKEN_FOR = ("settlement_token.transfer", "settlement_token.approve")
STAKED = (*TOKEN_FOR, "staking.stake")
DEPOSITED = (*TOKEN_FOR, "gateway.deposit")
MODEL = ("licences.create", "model_registry.register")
ON_SALE = (*MODEL, "pricing.set_tariff")
OPENED = (*STAKED, *DEPOSITED, "gateway.open_session")
SETTLED = (*ON_SALE, *OPENED, "gateway.settle")
CLOSED = (*MODEL, *OPENED, "gateway.close_session")
FORKED = (
    # The parent's licence, and the child's.
    *("licences.create", *MODEL, *STAKED, *DEPOSITED, "lineage.fork", "pricing.set_tariff"),
    *("gateway.open_session", "gateway.settle", "gateway.release", "revenue.distribute"),
)
CHECK_EXPIRED = (
    # Three who hold tokens: host, validator and user.
    *(*TOKEN_FOR, *TOKEN_FOR, "settlement_token.approve", *MODEL, "settlement_token.transfer"),
    *("pricing.set_tariff", "staking.stake", "staking.stake", "gateway.deposit"),
    *("gateway.open_session", "verification.register_circuit", "gateway.settle"),
    *("verification.commit_secret", "verification.reveal_secret", "verification.open_check"),
    "verification.expire_check",
)


@dataclass(frozen=True)
class Planted:
    """
    A fault: in whose life it is met, where it shows, and every call that it takes, the last one
    last; of others some could come in another order.

    It is planted in the model, or in the engine; an `invariant` is judged on the model alone.
    """

    life: Any
    at: str
    calls: tuple[str, ...]
    model: tuple[Any, str, list[tuple[str, str]]] | None = None
    engine: Any = None
    invariant: str | None = None
    seed: int = 2


def mutant(name, calls, at=None):
    owner, function, replacements, found_at = FAULTS[name]
    model = (owner, function, replacements)
    return Planted(market_life, at or found_at, calls, model=model)


ROYALTY_LOST = [("self._accrue(payee, part)", "pass")]
REFUND_FORGOTTEN = [("check.session_id, check.refund", "check.session_id, 0")]
TOTAL_FORGOTTEN = [("self._total_staked.value -= penalty", "pass")]
SLASHED = (*STAKED, "staking.slash")
PLANTED = {
    "a price rounded down": mutant("a price rounded down", SETTLED),
    "a reward rounded up": mutant("a reward rounded up", SLASHED),
    "a missing check": mutant("a missing check", SETTLED),
    "two fields of an event swapped": mutant("two fields of an event swapped", SLASHED),
    "a wrong argument of an error": mutant(
        "a wrong argument of an error", (*SETTLED, "gateway.settle")
    ),
    "a deadline that is one second late": mutant(
        "a deadline that is one second late", (*STAKED, "staking.unbond", "staking.withdraw")
    ),
    "a forgotten event": mutant("a forgotten event", CLOSED),
    "events in another order": mutant("events in another order", STAKED),
    "a fee for another account": mutant("a fee for another account", (*SETTLED, "gateway.release")),
    "escrow that stays locked": mutant("escrow that stays locked", CLOSED),
    "a price level that stays": mutant(
        "a price level that stays", (*ON_SALE, "pricing.poke"), at="pricing.poke"
    ),
    "a number that looks like a truth": mutant(
        "a number that looks like a truth", ("staking.is_active",)
    ),
    "a failure instead of a refusal": replace(
        mutant("a failure instead of a refusal", ("staking.stake",)), seed=1
    ),
    "a refund forgotten": Planted(
        *(escaping_a_slash, "verification.expire_check", CHECK_EXPIRED),
        model=(Verification, "expire_check", REFUND_FORGOTTEN),
        seed=3,
    ),
    "a royalty that nobody gets": Planted(
        lineage_life,
        "2",
        FORKED,
        model=(Revenue, "_pay_royalties", ROYALTY_LOST),
        seed=4,
        invariant="2",
    ),
    "stake that is slashed and still counted": Planted(
        *(market_life, "7", SLASHED),
        model=(Staking, "slash", TOTAL_FORGOTTEN),
        invariant="7",
    ),
    "escrow that is in no book": Planted(
        *(market_life, "2", CLOSED),
        model=FAULTS["escrow that stays locked"][:3],
        invariant="2",
    ),
    "batches numbered from two": Planted(
        *(market_life, "gateway.settle", SETTLED), engine=_numbers_batches_from_two
    ),
    "a distribution that nobody hears of": Planted(
        *(lineage_life, "revenue.distribute", FORKED),
        engine=_announces_no_distribution,
        seed=1,
    ),
    "a unit too much": Planted(
        *(lineage_life, "settlement_token.balance_of", (*DEPOSITED, "gateway.withdraw")),
        engine=_pays_a_unit_too_much,
        seed=1,
    ),
}
QUICK = (
    "a number that looks like a truth",
    "a failure instead of a refusal",
    "a price level that stays",
    "stake that is slashed and still counted",
    "a unit too much",
)
"""Those that every run of the suite shrinks; `make shrink-test` shrinks all of them."""
