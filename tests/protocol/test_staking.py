"""Staking.sol's model: every refusal with its arguments, every boundary on both sides."""

from typing import Any

import pytest
from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from protocol.deployment import Deployment
from protocol.errors import AmountIsZero, NothingOwed, OnlyVerification, UnknownRole
from protocol.money import BPS, MAX_UINT256, WAD, mul_div_down
from protocol.openzeppelin.errors import (
    ERC20InsufficientAllowance,
    ERC20InsufficientBalance,
    Panic,
    SafeCastOverflowedUintDowncast,
)
from protocol.parameters import BY_NAME, DAY, resolve
from protocol.settlement_token import Transfer
from protocol.staking import (
    HOST,
    VALIDATOR,
    BelowMinimum,
    FractionAboveWhole,
    InsufficientStake,
    NothingUnbonding,
    Position,
    RewardClaimed,
    Slashed,
    Staked,
    StakeWithdrawn,
    StillUnbonding,
    UnbondingStarted,
)
from protocol.types import ZERO_ADDRESS, Address, Call, Context, Log, Receipt
from protocol.world import World

GENESIS = 1_700_006_400
UNBONDING = BY_NAME["unbondingSeconds"].default
MINIMUM = BY_NAME["minimumHostStake"].default
FUNDS = 10_000 * WAD

HOST_ACCOUNT = Address("0x" + "a1" * 20)
OTHER_HOST = Address("0x" + "a2" * 20)
REPORTER = Address("0x" + "b1" * 20)
ACCOUNTS = (HOST_ACCOUNT, OTHER_HOST, REPORTER)


class Stakes:
    """A world whose accounts are funded and have approved the staking contract."""

    def __init__(self, **overrides: int) -> None:
        values = resolve(overrides)
        self.world = World(Deployment(values, GENESIS), lambda *_: False)
        self.deployer = self.world.deployment.deployer
        self.address = self.world.staking.address
        self.verification = self.world.verification.address
        for account in ACCOUNTS:
            self.token(self.deployer, "transfer", account, FUNDS)
            self.token(account, "approve", self.address, MAX_UINT256)

    def token(self, sender: Address, function: str, *arguments: Any) -> Receipt:
        call = Call("settlement_token", function, arguments, sender, GENESIS)
        return self.world.execute(call)

    def call(self, sender: Address, function: str, *arguments: Any, at: int = GENESIS) -> Receipt:
        return self.world.execute(Call("staking", function, arguments, sender, at))

    def slash(self, account: Address, role: int, fraction_bps: int, reporter: Address) -> Receipt:
        return self.call(self.verification, "slash", account, role, fraction_bps, reporter)

    def ask(self, function: str, *arguments: Any) -> Any:
        return self.call(self.deployer, function, *arguments).value

    def position(self, account: Address, role: int = HOST) -> Position:
        position = self.ask("position_of", account, role)
        assert isinstance(position, Position)
        return position

    def balance(self, account: Address) -> int:
        ctx = Context(self.deployer, 0, GENESIS)
        return int(self.world.settlement_token.balance_of(ctx, account))


@pytest.fixture
def stakes() -> Stakes:
    return Stakes()


def log(event: Any) -> Log:
    return Log("staking", event)


def moved(sender: Address, recipient: Address, amount: int) -> Log:
    return Log("settlement_token", Transfer(sender, recipient, amount))


def test_stake_moves_tokens_and_makes_the_account_active(stakes: Stakes) -> None:
    receipt = stakes.call(HOST_ACCOUNT, "stake", HOST, MINIMUM)

    assert receipt == Receipt(
        events=(
            log(Staked(HOST_ACCOUNT, HOST, MINIMUM)),
            moved(HOST_ACCOUNT, stakes.address, MINIMUM),
        )
    )
    assert stakes.position(HOST_ACCOUNT) == Position(MINIMUM, 0, 0)
    assert stakes.ask("is_active", HOST_ACCOUNT, HOST) is True
    assert stakes.ask("is_active", HOST_ACCOUNT, VALIDATOR) is False
    assert stakes.ask("total_staked") == MINIMUM


def test_stake_one_unit_below_the_minimum_is_refused(stakes: Stakes) -> None:
    receipt = stakes.call(HOST_ACCOUNT, "stake", HOST, MINIMUM - 1)

    assert receipt.refusal == BelowMinimum(HOST, MINIMUM - 1, MINIMUM)


def test_each_role_has_its_own_minimum_and_position(stakes: Stakes) -> None:
    lower = BY_NAME["minimumValidatorStake"].default

    assert stakes.call(HOST_ACCOUNT, "stake", VALIDATOR, lower).ok

    assert stakes.position(HOST_ACCOUNT, VALIDATOR) == Position(lower, 0, 0)
    assert stakes.position(HOST_ACCOUNT, HOST) == Position(0, 0, 0)


def test_more_stake_counts_together_with_what_is_bonded(stakes: Stakes) -> None:
    stakes.call(HOST_ACCOUNT, "stake", HOST, MINIMUM)

    assert stakes.call(HOST_ACCOUNT, "stake", HOST, 1).ok
    assert stakes.position(HOST_ACCOUNT).bonded == MINIMUM + 1


def test_without_a_minimum_an_empty_stake_is_still_not_active() -> None:
    stakes = Stakes(minimumHostStake=0)

    assert stakes.ask("is_active", HOST_ACCOUNT, HOST) is False
    assert stakes.call(HOST_ACCOUNT, "stake", HOST, 1).ok
    assert stakes.ask("is_active", HOST_ACCOUNT, HOST) is True


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("stake", (2, MINIMUM)),
        ("unbond", (2, MINIMUM)),
        ("withdraw", (2,)),
        ("position_of", (HOST_ACCOUNT, 2)),
        ("is_active", (HOST_ACCOUNT, 2)),
    ],
)
def test_there_are_two_roles(stakes: Stakes, function: str, arguments: tuple[Any, ...]) -> None:
    assert stakes.call(HOST_ACCOUNT, function, *arguments).refusal == UnknownRole(2)


def test_a_slash_names_an_unknown_role_too(stakes: Stakes) -> None:
    assert stakes.slash(HOST_ACCOUNT, 255, BPS, REPORTER).refusal == UnknownRole(255)


@pytest.mark.parametrize("function", ["stake", "unbond"])
def test_nothing_cannot_be_staked_or_unbonded(stakes: Stakes, function: str) -> None:
    assert stakes.call(HOST_ACCOUNT, function, HOST, 0).refusal == AmountIsZero()


def test_a_stake_beyond_the_number_type_panics(stakes: Stakes) -> None:
    stakes.call(HOST_ACCOUNT, "stake", HOST, MINIMUM)

    own = stakes.call(HOST_ACCOUNT, "stake", HOST, MAX_UINT256 - MINIMUM + 1)
    total = stakes.call(OTHER_HOST, "stake", HOST, MAX_UINT256 - MINIMUM + 1)

    assert own.refusal == Panic(0x11)
    assert total.refusal == Panic(0x11)


def test_the_largest_stake_is_refused_by_the_token(stakes: Stakes) -> None:
    receipt = stakes.call(HOST_ACCOUNT, "stake", HOST, MAX_UINT256)

    assert receipt.refusal == ERC20InsufficientBalance(HOST_ACCOUNT, FUNDS, MAX_UINT256)


def test_a_stake_without_allowance_is_refused_by_the_token(stakes: Stakes) -> None:
    stakes.token(HOST_ACCOUNT, "approve", stakes.address, MINIMUM - 1)

    receipt = stakes.call(HOST_ACCOUNT, "stake", HOST, MINIMUM)

    assert receipt.refusal == ERC20InsufficientAllowance(stakes.address, MINIMUM - 1, MINIMUM)
    assert stakes.position(HOST_ACCOUNT) == Position(0, 0, 0)


def test_unbonding_all_leaves_the_role_but_not_the_reach_of_a_slash(stakes: Stakes) -> None:
    stakes.call(HOST_ACCOUNT, "stake", HOST, MINIMUM)

    receipt = stakes.call(HOST_ACCOUNT, "unbond", HOST, MINIMUM)

    until = GENESIS + UNBONDING
    event = UnbondingStarted(HOST_ACCOUNT, HOST, MINIMUM, until)
    assert receipt == Receipt(events=(log(event),))
    assert stakes.position(HOST_ACCOUNT) == Position(0, MINIMUM, until)
    assert stakes.ask("is_active", HOST_ACCOUNT, HOST) is False
    assert stakes.ask("total_staked") == MINIMUM


def test_what_stays_bonded_is_zero_or_at_least_the_minimum(stakes: Stakes) -> None:
    stakes.call(HOST_ACCOUNT, "stake", HOST, 2 * MINIMUM)

    refused = stakes.call(HOST_ACCOUNT, "unbond", HOST, MINIMUM + 1)

    assert refused.refusal == BelowMinimum(HOST, MINIMUM - 1, MINIMUM)
    assert stakes.call(HOST_ACCOUNT, "unbond", HOST, MINIMUM).ok


def test_no_more_than_what_is_bonded_can_be_unbonded(stakes: Stakes) -> None:
    stakes.call(HOST_ACCOUNT, "stake", HOST, MINIMUM)

    refused = stakes.call(HOST_ACCOUNT, "unbond", HOST, MINIMUM + 1)

    assert refused.refusal == InsufficientStake(HOST_ACCOUNT, MINIMUM, MINIMUM + 1)


def test_unbonding_more_restarts_the_clock_for_all(stakes: Stakes) -> None:
    stakes.call(HOST_ACCOUNT, "stake", HOST, 3 * MINIMUM)
    stakes.call(HOST_ACCOUNT, "unbond", HOST, MINIMUM)

    stakes.call(HOST_ACCOUNT, "unbond", HOST, MINIMUM, at=GENESIS + DAY)

    until = GENESIS + DAY + UNBONDING
    assert stakes.position(HOST_ACCOUNT) == Position(MINIMUM, 2 * MINIMUM, until)


def test_stake_can_be_withdrawn_exactly_at_the_deadline(stakes: Stakes) -> None:
    stakes.call(HOST_ACCOUNT, "stake", HOST, MINIMUM)
    stakes.call(HOST_ACCOUNT, "unbond", HOST, MINIMUM)
    until = GENESIS + UNBONDING

    early = stakes.call(HOST_ACCOUNT, "withdraw", HOST, at=until - 1)
    timely = stakes.call(HOST_ACCOUNT, "withdraw", HOST, at=until)

    assert early.refusal == StillUnbonding(HOST_ACCOUNT, until)
    assert timely == Receipt(
        events=(
            log(StakeWithdrawn(HOST_ACCOUNT, HOST, MINIMUM)),
            moved(stakes.address, HOST_ACCOUNT, MINIMUM),
        )
    )
    assert stakes.position(HOST_ACCOUNT) == Position(0, 0, 0)
    assert stakes.ask("total_staked") == 0


def test_nothing_is_withdrawn_where_nothing_is_unbonding(stakes: Stakes) -> None:
    stakes.call(HOST_ACCOUNT, "stake", HOST, MINIMUM)

    assert stakes.call(HOST_ACCOUNT, "withdraw", HOST).refusal == NothingUnbonding(HOST_ACCOUNT)


def test_an_unbonding_past_the_end_of_time_is_refused(stakes: Stakes) -> None:
    stakes.call(HOST_ACCOUNT, "stake", HOST, MINIMUM)
    last = 2**64 - 1 - UNBONDING

    refused = stakes.call(HOST_ACCOUNT, "unbond", HOST, MINIMUM, at=last + 1)

    assert refused.refusal == SafeCastOverflowedUintDowncast(64, 2**64)
    assert stakes.call(HOST_ACCOUNT, "unbond", HOST, MINIMUM, at=last).ok


def test_a_slash_takes_from_both_parts_and_burns_the_odd_unit(stakes: Stakes) -> None:
    stakes.call(HOST_ACCOUNT, "stake", HOST, 2 * MINIMUM + 3)
    stakes.call(HOST_ACCOUNT, "unbond", HOST, MINIMUM + 2)
    bonded, unbonding = MINIMUM + 1, MINIMUM + 2
    from_bonded, from_unbonding = bonded * 333 // BPS, unbonding * 333 // BPS
    penalty = from_bonded + from_unbonding

    receipt = stakes.slash(HOST_ACCOUNT, HOST, 333, REPORTER)

    rewarded = penalty // 2
    burned = penalty - rewarded
    event = Slashed(HOST_ACCOUNT, HOST, REPORTER, penalty, rewarded, burned)
    assert receipt == Receipt(
        value=penalty, events=(log(event), moved(stakes.address, ZERO_ADDRESS, burned))
    )
    left = Position(bonded - from_bonded, unbonding - from_unbonding, GENESIS + UNBONDING)
    assert stakes.position(HOST_ACCOUNT) == left
    assert stakes.ask("reward_of", REPORTER) == rewarded
    assert stakes.ask("total_staked") == left.bonded + left.unbonding


def test_the_reward_of_one_report_is_capped(stakes: Stakes) -> None:
    stakes.call(HOST_ACCOUNT, "stake", HOST, 2 * MINIMUM)

    stakes.slash(HOST_ACCOUNT, HOST, BPS, REPORTER)

    assert stakes.ask("reward_of", REPORTER) == BY_NAME["reporterRewardCap"].default


def test_all_of_a_stake_can_be_slashed_and_not_more(stakes: Stakes) -> None:
    stakes.call(HOST_ACCOUNT, "stake", HOST, 2 * MINIMUM)
    stakes.call(HOST_ACCOUNT, "unbond", HOST, MINIMUM)

    refused = stakes.slash(HOST_ACCOUNT, HOST, BPS + 1, REPORTER)
    receipt = stakes.slash(HOST_ACCOUNT, HOST, BPS, REPORTER)

    assert refused.refusal == FractionAboveWhole(BPS + 1)
    assert receipt.value == 2 * MINIMUM
    assert stakes.position(HOST_ACCOUNT) == Position(0, 0, GENESIS + UNBONDING)
    late = stakes.call(HOST_ACCOUNT, "withdraw", HOST, at=GENESIS + UNBONDING)
    assert late.refusal == NothingUnbonding(HOST_ACCOUNT)


def test_a_host_without_stake_is_slashed_by_nothing(stakes: Stakes) -> None:
    receipt = stakes.slash(HOST_ACCOUNT, HOST, BPS, REPORTER)

    assert receipt.value == 0
    assert stakes.ask("reward_of", REPORTER) == 0


@pytest.mark.parametrize("caller", [HOST_ACCOUNT, REPORTER])
def test_only_verification_slashes(stakes: Stakes, caller: Address) -> None:
    stakes.call(HOST_ACCOUNT, "stake", HOST, MINIMUM)

    receipt = stakes.call(caller, "slash", HOST_ACCOUNT, HOST, BPS, caller)

    assert receipt.refusal == OnlyVerification(caller)


def test_a_slash_spares_the_other_role(stakes: Stakes) -> None:
    stakes.call(HOST_ACCOUNT, "stake", HOST, MINIMUM)
    stakes.call(HOST_ACCOUNT, "stake", VALIDATOR, MINIMUM)

    stakes.slash(HOST_ACCOUNT, HOST, BPS, REPORTER)

    assert stakes.position(HOST_ACCOUNT, VALIDATOR) == Position(MINIMUM, 0, 0)


def test_a_slashed_host_below_the_minimum_is_not_active_until_it_adds_stake(
    stakes: Stakes,
) -> None:
    stakes.call(HOST_ACCOUNT, "stake", HOST, MINIMUM)
    stakes.slash(HOST_ACCOUNT, HOST, 1, REPORTER)
    lost = MINIMUM // BPS

    assert stakes.ask("is_active", HOST_ACCOUNT, HOST) is False
    too_little = stakes.call(HOST_ACCOUNT, "stake", HOST, lost - 1)
    assert too_little.refusal == BelowMinimum(HOST, MINIMUM - 1, MINIMUM)
    assert stakes.call(HOST_ACCOUNT, "stake", HOST, lost).ok
    assert stakes.ask("is_active", HOST_ACCOUNT, HOST) is True


def test_a_reward_is_claimed_once(stakes: Stakes) -> None:
    stakes.call(HOST_ACCOUNT, "stake", HOST, MINIMUM)
    stakes.slash(HOST_ACCOUNT, HOST, 2_000, REPORTER)
    rewarded = MINIMUM // 10

    first = stakes.call(REPORTER, "claim")
    second = stakes.call(REPORTER, "claim")

    assert first == Receipt(
        events=(
            log(RewardClaimed(REPORTER, rewarded)),
            moved(stakes.address, REPORTER, rewarded),
        )
    )
    assert second.refusal == NothingOwed(REPORTER)


class StakesUnderAnyCalls(RuleBasedStateMachine):
    """Stake, rewards and burns add up to what was put in, whatever is called."""

    accounts = strategies.sampled_from(ACCOUNTS)
    roles = strategies.integers(0, 2)
    amounts = strategies.one_of(
        strategies.integers(0, 3 * MINIMUM),
        strategies.sampled_from([MINIMUM - 1, MINIMUM, FUNDS + 1, 2**255, MAX_UINT256]),
    )

    @initialize(
        share=strategies.integers(0, BPS),
        cap=strategies.integers(0, MINIMUM),
        minimum=strategies.sampled_from([0, 1, MINIMUM]),
    )
    def deploy(self, share: int, cap: int, minimum: int) -> None:
        self.stakes = Stakes(
            reporterShareBps=share, reporterRewardCap=cap, minimumHostStake=minimum
        )
        self.now = GENESIS
        self.donated = self.burned = 0

    def attempt(self, sender: Address, function: str, *arguments: Any) -> Receipt:
        before = self.stakes.world.digest()
        receipt = self.stakes.call(sender, function, *arguments, at=self.now)
        assert receipt.ok or self.stakes.world.digest() == before, "a refused call left a trace"
        return receipt

    @rule(seconds=strategies.integers(0, 30 * DAY))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @rule(account=accounts, role=roles, amount=amounts)
    def stake(self, account: Address, role: int, amount: int) -> None:
        self.attempt(account, "stake", role, amount)

    @rule(account=accounts, role=roles, amount=amounts)
    def unbond(self, account: Address, role: int, amount: int) -> None:
        self.attempt(account, "unbond", role, amount)

    @rule(account=accounts, role=roles)
    def withdraw(self, account: Address, role: int) -> None:
        self.attempt(account, "withdraw", role)

    @rule(account=accounts)
    def claim(self, account: Address) -> None:
        self.attempt(account, "claim")

    @rule(amount=strategies.integers(0, MINIMUM), account=accounts)
    def donate(self, amount: int, account: Address) -> None:
        if self.stakes.token(account, "transfer", self.stakes.address, amount).ok:
            self.donated += amount

    @rule(
        account=accounts,
        role=roles,
        reporter=accounts,
        fraction_bps=strategies.integers(0, BPS + 1),
    )
    def slash(self, account: Address, role: int, reporter: Address, fraction_bps: int) -> None:
        known = role <= VALIDATOR
        before = self.stakes.position(account, role) if known else Position(0, 0, 0)

        receipt = self.attempt(
            self.stakes.verification, "slash", account, role, fraction_bps, reporter
        )

        assert receipt.ok == (known and fraction_bps <= BPS)
        if receipt.ok:
            slashed = receipt.events[0].event
            assert isinstance(slashed, Slashed)
            assert slashed.penalty == receipt.value == slashed.rewarded + slashed.burned
            assert slashed.penalty <= before.bonded + before.unbonding
            assert slashed.penalty <= mul_div_down(
                before.bonded + before.unbonding, fraction_bps, BPS
            )
            self.burned += slashed.burned

    @invariant()
    def all_stake_is_somebodys(self) -> None:
        positions = [
            self.stakes.position(account, role)
            for account in ACCOUNTS
            for role in (HOST, VALIDATOR)
        ]
        staked = sum(position.bonded + position.unbonding for position in positions)
        rewards = sum(self.stakes.ask("reward_of", account) for account in ACCOUNTS)
        assert staked == self.stakes.ask("total_staked")
        assert self.stakes.balance(self.stakes.address) == staked + rewards + self.donated

    @invariant()
    def nothing_appears_and_only_fire_destroys(self) -> None:
        held = sum(self.stakes.balance(account) for account in (*ACCOUNTS, self.stakes.address))
        assert held == len(ACCOUNTS) * FUNDS - self.burned


StakesUnderAnyCalls.TestCase.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, derandomize=True
)
TestStakesUnderAnyCalls = StakesUnderAnyCalls.TestCase
