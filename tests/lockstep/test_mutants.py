"""Faults planted in the model, one at a time: lockstep finds every one, where it is."""

import inspect
import sys
import textwrap

import pytest

from protocol import pricing
from protocol.gateway import Gateway
from protocol.money import WAD
from protocol.parameters import DAY
from protocol.pricing import Pricing, Tariff
from protocol.revenue import Revenue
from protocol.staking import Staking
from sim.divergence import Divergence
from tests.open_market import OpenMarket, role

TARIFF = Tariff(
    dynamic=True,
    per_call=WAD // 70,
    per_input_token=3,
    per_output_token=0,
    per_megapixel=1,
    per_step=0,
    floor_level=WAD // 2,
    cap_level=2 * WAD,
    capacity=4,
    host_fee_bps=3_333,
    data_pool_bps=0,
)
HOST, VALIDATOR = 0, 1

FAULTS = {
    "a price rounded down": (
        pricing,
        "_price",
        [("round_up=True", "round_up=False")],
        "gateway.settle",
    ),
    "a reward rounded up": (
        Staking,
        "slash",
        [
            (
                'share = mul_div_down(penalty, self._parameter(ctx, "reporterShareBps"), BPS)',
                'share = -(-penalty * self._parameter(ctx, "reporterShareBps") // BPS)',
            )
        ],
        "staking.slash",
    ),
    "a missing check": (
        Gateway,
        "_require_next",
        [("entry.first_sequence != settled + 1", "False")],
        "gateway.settle",
    ),
    "two fields of an event swapped": (
        Staking,
        "slash",
        [("penalty, rewarded, burned))", "penalty, burned, rewarded))")],
        "staking.slash",
    ),
    "a wrong argument of an error": (
        Gateway,
        "_require_next",
        [
            (
                "session_id, settled, entry.first_sequence",
                "session_id, entry.first_sequence, settled",
            )
        ],
        "gateway.settle",
    ),
    "a deadline that is one second late": (
        Staking,
        "withdraw",
        [("ctx.timestamp < position.withdrawable_at", "ctx.timestamp <= position.withdrawable_at")],
        "staking.withdraw",
    ),
    "a forgotten event": (
        Gateway,
        "close_session",
        [("self.emit(SessionClosedAndRefunded(session_id, refunded))", "pass")],
        "gateway.close_session",
    ),
    "events in another order": (
        Staking,
        "stake",
        [
            ("self.emit(Staked(ctx.sender, role, amount))", "pass"),
            (
                "ctx.sender, self.address, amount)",
                "ctx.sender, self.address, amount); self.emit(Staked(ctx.sender, role, amount))",
            ),
        ],
        "staking.stake",
    ),
    "a fee for another account": (
        Revenue,
        "credit",
        [("self._owe(world.timelock.address, protocol_fee)", "self._owe(host, protocol_fee)")],
        "revenue.owed_to",
    ),
    "escrow that stays locked": (
        Gateway,
        "close_session",
        [("available + refunded, locked - refunded)", "available, locked - refunded)")],
        "gateway.escrow_of",
    ),
    "a price level that stays": (
        Pricing,
        "_level_at",
        [("return min(max(moved, tariff.floor_level), tariff.cap_level)", "return level")],
        "pricing.level_of",
    ),
    "a number that looks like a truth": (
        Staking,
        "is_active",
        [("return bonded > 0 and bonded >= minimum", "return int(bonded >= minimum)")],
        "staking.is_active",
    ),
    "a failure instead of a refusal": (
        Staking,
        "_check_role",
        [("raise UnknownRole(role)", "raise KeyError(role)")],
        "staking.stake",
    ),
}


def plant(monkeypatch, owner, name, replacements):
    """Compile a function anew with some text replaced, and put it in the function's place."""
    source = textwrap.dedent(inspect.getsource(getattr(owner, name)))
    for old, new in replacements:
        assert source.count(old) == 1, f"{name} has not {old!r} once"
        source = source.replace(old, new)
    module = owner if inspect.ismodule(owner) else sys.modules[owner.__module__]
    planted: dict[str, object] = {}
    exec(compile(source, f"<{name} with a fault>", "exec"), vars(module), planted)
    monkeypatch.setattr(owner, name, planted[name])


def story(lockstep, deployment):
    """A market's life in forty calls: every planted fault lies on its way."""
    market = OpenMarket(lockstep, deployment, tariff=TARIFF)
    validator = role("validator")
    lockstep.end_tick(market.now)
    assert market.view("staking", "is_active", market.host.address, HOST)
    market.call("staking", "is_active", market.host.address, HOST, sender=market.user)
    market.refusal("staking", "stake", 2, WAD, sender=market.host)

    opened = market.open()
    market.settle(market.entry(opened, 1, 3, input_tokens=5, micro_megapixels=1))
    market.refused_settle(market.entry(opened, 2, 4))
    market.refused_settle(market.entry(opened, 5, 6))
    lockstep.end_tick(market.now)

    market.wait(DAY)
    lockstep.end_tick(market.now)
    market.must("pricing", "poke", market.model_id, sender=market.user)
    market.wait_for_release()
    market.must("gateway", "release", (1,), sender=market.user)
    market.must("revenue", "distribute", market.model_id, sender=market.user)
    lockstep.end_tick(market.now)

    market.must("gateway", "close_session", opened, sender=market.host)
    lockstep.end_tick(market.now)

    market.fund(validator, "staking")
    market.must("staking", "stake", VALIDATOR, 500 * WAD + 10, sender=validator)
    verification = market.address("verification")
    reporter = market.user.address
    market.must(
        "staking", "slash", validator.address, VALIDATOR, 1_111, reporter, sender=verification
    )
    market.must("staking", "unbond", HOST, 1_000 * WAD, sender=market.host)
    market.wait(deployment.values["unbondingSeconds"] - 1)
    market.refusal("staking", "withdraw", HOST, sender=market.host)
    market.wait(1)
    market.must("staking", "withdraw", HOST, sender=market.host)
    lockstep.end_tick(market.now, full=True)


def test_the_story_holds_where_no_fault_is_planted(lockstep, deployment):
    story(lockstep.executor, deployment)
    counts = lockstep.executor.counts
    assert (counts.ticks, counts.refused) == (6, 4)
    assert counts.calls > 25
    assert counts.views > 150
    assert counts.balances > 80


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault, monkeypatch, lockstep, deployment):
    owner, name, replacements, found_at = FAULTS[fault]
    plant(monkeypatch, owner, name, replacements)

    with pytest.raises(Divergence) as stopped:
        story(lockstep.executor, deployment)

    assert stopped.value.name == found_at
    assert (
        stopped.value.model != stopped.value.engine or fault == "a number that looks like a truth"
    )
    said = str(stopped.value)
    assert said.startswith("DIVERGENCE  tick ")
    assert "model and contract disagree" in said
