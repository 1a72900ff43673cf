"""The token's model: every refusal with its arguments, votes in the past, signed approvals."""

from itertools import pairwise
from typing import Any

import pytest
from coincurve import PrivateKey
from hypothesis import strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from protocol.deployment import DEPLOYER, Deployment
from protocol.hashing import keccak, public_key_address, typed_data_digest, words
from protocol.money import MAX_UINT256, WAD
from protocol.openzeppelin.erc20_votes import DelegateChanged, DelegateVotesChanged
from protocol.openzeppelin.errors import (
    INDEX_OUT_OF_BOUNDS,
    ECDSAInvalidSignature,
    ECDSAInvalidSignatureS,
    ERC20InsufficientAllowance,
    ERC20InsufficientBalance,
    ERC20InvalidApprover,
    ERC20InvalidReceiver,
    ERC20InvalidSender,
    ERC20InvalidSpender,
    ERC2612ExpiredSignature,
    ERC2612InvalidSigner,
    ERC5805FutureLookup,
    InvalidAccountNonce,
    Panic,
    VotesExpiredSignature,
)
from protocol.parameters import resolve
from protocol.settlement_token import Approval, Transfer
from protocol.types import ZERO_ADDRESS, Address, Call, Context, Log, Receipt
from protocol.world import World

pytestmark = pytest.mark.parametrize("machine", ["model"], indirect=True)

GENESIS = 1_700_006_400
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
PERMIT = keccak(
    b"Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
)
DELEGATION = keccak(b"Delegation(address delegatee,uint256 nonce,uint256 expiry)")


def logs(*events):
    return tuple(Log("settlement_token", event) for event in events)


def token(machine, sender, function, *arguments):
    return machine.call("settlement_token", function, *arguments, sender=sender)


def ask(machine, function, *arguments):
    return machine.view("settlement_token", function, *arguments)


@pytest.fixture
def holder(machine) -> Address:
    account = Address("0x" + "f1" * 20)
    machine.fund(account, 100)
    return account


@pytest.fixture
def spender() -> Address:
    return Address("0x" + "f2" * 20)


@pytest.fixture
def key() -> PrivateKey:
    return PrivateKey(keccak(b"the signing holder"))


@pytest.fixture
def signer(key) -> Address:
    return public_key_address(key.public_key)


def signature(machine, key, struct):
    digest = typed_data_digest(ask(machine, "domain_separator"), keccak(struct))
    signed = key.sign_recoverable(digest, hasher=None)
    return 27 + signed[64], signed[:32], signed[32:64]


def test_the_initial_supply_is_the_deployers(machine):
    supply = machine.deployment.values["initialSupply"]

    assert ask(machine, "total_supply") == supply
    assert ask(machine, "balance_of", DEPLOYER) == supply


def test_the_token_describes_itself(machine):
    names = [ask(machine, each) for each in ("name", "symbol", "decimals", "clock", "clock_mode")]

    assert names == ["Model NFT Token", "MNFT", 18, machine.now, "mode=timestamp"]


def test_a_transfer_moves_no_more_than_the_balance(machine, holder, user):
    assert token(machine, holder, "transfer", user, 101) == Receipt(
        refusal=ERC20InsufficientBalance(sender=holder, balance=100, needed=101)
    )
    assert token(machine, holder, "transfer", user, 100) == Receipt(
        value=True, events=logs(Transfer(holder, user, 100))
    )
    assert (ask(machine, "balance_of", holder), ask(machine, "balance_of", user)) == (0, 100)


def test_a_transfer_to_oneself_changes_nothing(machine, holder):
    assert token(machine, holder, "transfer", holder, 100).ok
    assert ask(machine, "balance_of", holder) == 100


def test_tokens_neither_go_to_nor_come_from_the_zero_address(machine, holder, spender):
    assert token(machine, holder, "transfer", ZERO_ADDRESS, 1).refusal == ERC20InvalidReceiver(
        ZERO_ADDRESS
    )
    assert token(machine, ZERO_ADDRESS, "transfer", holder, 0).refusal == ERC20InvalidSender(
        ZERO_ADDRESS
    )
    assert token(machine, ZERO_ADDRESS, "burn", 0).refusal == ERC20InvalidSender(ZERO_ADDRESS)
    assert token(machine, ZERO_ADDRESS, "approve", spender, 1).refusal == ERC20InvalidApprover(
        ZERO_ADDRESS
    )
    assert token(machine, holder, "approve", ZERO_ADDRESS, 1).refusal == ERC20InvalidSpender(
        ZERO_ADDRESS
    )


def test_an_allowance_is_spent_by_transfers_and_burns(machine, holder, spender, user):
    approved = token(machine, holder, "approve", spender, 60)
    moved = token(machine, spender, "transfer_from", holder, user, 40)
    refused = token(machine, spender, "burn_from", holder, 21)
    burnt = token(machine, spender, "burn_from", holder, 20)

    assert approved == Receipt(value=True, events=logs(Approval(holder, spender, 60)))
    assert moved == Receipt(value=True, events=logs(Transfer(holder, user, 40)))
    assert refused == Receipt(
        refusal=ERC20InsufficientAllowance(spender=spender, allowance=20, needed=21)
    )
    assert burnt == Receipt(events=logs(Transfer(holder, ZERO_ADDRESS, 20)))
    assert ask(machine, "allowance", holder, spender) == 0


def test_the_largest_allowance_is_without_end(machine, holder, spender, user):
    token(machine, holder, "approve", spender, MAX_UINT256)

    assert token(machine, spender, "transfer_from", holder, user, 100).ok
    assert ask(machine, "allowance", holder, spender) == MAX_UINT256


def test_an_allowance_is_asked_before_the_balance(machine, holder, spender, user):
    short = token(machine, spender, "transfer_from", holder, user, 101)
    token(machine, holder, "approve", spender, 101)
    uncovered = token(machine, spender, "transfer_from", holder, user, 101)

    assert short.refusal == ERC20InsufficientAllowance(spender, 0, 101)
    assert uncovered.refusal == ERC20InsufficientBalance(holder, 100, 101)
    assert ask(machine, "allowance", holder, spender) == 101


def test_burning_lowers_the_supply(machine, holder):
    supply = ask(machine, "total_supply")

    assert token(machine, holder, "burn", 101).refusal == ERC20InsufficientBalance(holder, 100, 101)
    assert token(machine, holder, "burn", 100) == Receipt(
        events=logs(Transfer(holder, ZERO_ADDRESS, 100))
    )
    assert ask(machine, "total_supply") == supply - 100


def test_votes_follow_the_delegated_balance(machine, holder, user, validator):
    delegated = token(machine, holder, "delegate", validator)
    sent = token(machine, holder, "transfer", user, 30)
    moved = token(machine, holder, "delegate", user)

    assert delegated.events == logs(
        DelegateChanged(holder, ZERO_ADDRESS, validator), DelegateVotesChanged(validator, 0, 100)
    )
    assert sent.events == logs(Transfer(holder, user, 30), DelegateVotesChanged(validator, 100, 70))
    assert moved.events == logs(
        DelegateChanged(holder, validator, user),
        DelegateVotesChanged(validator, 70, 0),
        DelegateVotesChanged(user, 0, 70),
    )
    assert ask(machine, "delegates", holder) == user
    assert ask(machine, "get_votes", user) == 70


def test_a_transfer_between_delegators_of_one_delegate_moves_no_votes(
    machine, holder, user, validator
):
    token(machine, holder, "delegate", validator)
    token(machine, user, "delegate", validator)

    assert token(machine, holder, "transfer", user, 30).events == logs(Transfer(holder, user, 30))
    assert ask(machine, "num_checkpoints", validator) == 1


def test_past_votes_are_those_at_the_end_of_a_second(machine, holder, user):
    start = machine.now
    token(machine, holder, "delegate", holder)
    token(machine, holder, "transfer", user, 10)
    for _ in range(8):
        machine.wait(10)
        token(machine, holder, "transfer", user, 10)
    machine.wait(1)

    assert ask(machine, "num_checkpoints", holder) == 9
    assert ask(machine, "checkpoints", holder, 0) == (start, 90)
    assert ask(machine, "checkpoints", holder, 8) == (start + 80, 10)
    assert ask(machine, "checkpoints", holder, 9) == Panic(INDEX_OUT_OF_BOUNDS)
    assert ask(machine, "get_past_votes", holder, start - 1) == 0
    assert [ask(machine, "get_past_votes", holder, start + age) for age in (0, 9, 10, 80)] == [
        90,
        90,
        80,
        10,
    ]


def test_only_the_past_can_be_asked(machine, holder):
    machine.wait(5)

    assert ask(machine, "get_past_votes", holder, machine.now - 1) == 0
    assert ask(machine, "get_past_votes", holder, machine.now) == ERC5805FutureLookup(
        timepoint=machine.now, clock=machine.now
    )
    assert ask(machine, "get_past_total_supply", MAX_UINT256) == ERC5805FutureLookup(
        MAX_UINT256, machine.now
    )


def test_the_past_supply_remembers_what_was_burnt_later(machine, holder):
    genesis, supply = machine.now, ask(machine, "total_supply")
    machine.wait(10)
    token(machine, holder, "burn", 100)
    machine.wait(1)

    assert ask(machine, "get_past_total_supply", genesis - 1) == 0
    assert ask(machine, "get_past_total_supply", genesis + 9) == supply
    assert ask(machine, "get_past_total_supply", genesis + 10) == supply - 100


def test_anyone_may_bring_a_permit_once(machine, key, signer, spender, intruder):
    deadline = machine.now
    struct = words(PERMIT, signer, spender, 50, 0, deadline)
    permit = (signer, spender, 50, deadline, *signature(machine, key, struct))

    first = token(machine, intruder, "permit", *permit)
    again = token(machine, intruder, "permit", *permit)

    assert first == Receipt(events=logs(Approval(signer, spender, 50)))
    assert isinstance(again.refusal, ERC2612InvalidSigner)
    assert again.refusal.owner == signer
    assert ask(machine, "nonces", signer) == 1
    assert ask(machine, "allowance", signer, spender) == 50


def test_a_permit_expires_after_its_deadline(machine, key, signer, spender):
    deadline = machine.now
    struct = words(PERMIT, signer, spender, 50, 0, deadline)
    signed = signature(machine, key, struct)
    machine.wait(1)

    assert token(
        machine, spender, "permit", signer, spender, 50, deadline, *signed
    ).refusal == ERC2612ExpiredSignature(deadline)


def test_a_permit_is_the_owners_alone(machine, key, signer, holder, spender):
    struct = words(PERMIT, holder, spender, 50, 0, machine.now)
    signed = signature(machine, key, struct)

    assert token(
        machine, spender, "permit", holder, spender, 50, machine.now, *signed
    ).refusal == ERC2612InvalidSigner(signer=signer, owner=holder)
    assert ask(machine, "nonces", holder) == 0


def test_a_malleable_or_impossible_permit_is_refused(machine, key, signer, spender):
    v, r, s = signature(machine, key, words(PERMIT, signer, spender, 50, 0, machine.now))
    upper = (CURVE_ORDER - int.from_bytes(s, "big")).to_bytes(32, "big")
    permit = (signer, spender, 50, machine.now)

    assert token(
        machine, spender, "permit", *permit, 55 - v, r, upper
    ).refusal == ECDSAInvalidSignatureS(upper)
    for impossible in ((29, r, s), (v, bytes(32), s), (v, r, bytes(32))):
        refused = token(machine, spender, "permit", *permit, *impossible)
        assert refused.refusal == ECDSAInvalidSignature()


def test_a_signed_delegation_counts_once_and_until_its_expiry(machine, key, signer, validator):
    machine.fund(signer, 7)
    expiry = machine.now + 1
    signed = signature(machine, key, words(DELEGATION, validator, 0, expiry))

    first = token(machine, validator, "delegate_by_sig", validator, 0, expiry, *signed)
    again = token(machine, validator, "delegate_by_sig", validator, 0, expiry, *signed)
    machine.wait(2)
    late = token(machine, validator, "delegate_by_sig", validator, 0, expiry, *signed)

    assert first == Receipt(
        events=logs(
            DelegateChanged(signer, ZERO_ADDRESS, validator), DelegateVotesChanged(validator, 0, 7)
        )
    )
    assert again.refusal == InvalidAccountNonce(account=signer, current_nonce=1)
    assert late.refusal == VotesExpiredSignature(expiry)


ACCOUNTS = tuple(Address("0x" + f"{number:02x}" * 20) for number in range(1, 5))
accounts = strategies.sampled_from((*ACCOUNTS, ZERO_ADDRESS))
callers = strategies.sampled_from(ACCOUNTS)
amounts = strategies.one_of(
    strategies.integers(0, 30), strategies.sampled_from([2**208, MAX_UINT256])
)


class TokenRules(RuleBasedStateMachine):
    """Any calls in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(Deployment(resolve({}), GENESIS), lambda *_: False)
        self.token = self.world.settlement_token
        self.now = GENESIS
        for account in ACCOUNTS:
            self.call(DEPLOYER, "transfer", account, 20)

    def call(self, sender: Address, function: str, *arguments: Any) -> None:
        before = self.tables()
        call = Call("settlement_token", function, arguments, sender, self.now)
        if not self.world.execute(call).ok:
            assert self.tables() == before

    def tables(self) -> dict[str, dict[Any, Any]]:
        return {name: dict(table) for name, table in self.token.tables()}

    @rule(sender=callers, to=accounts, amount=amounts)
    def transfer(self, sender: Address, to: Address, amount: int) -> None:
        self.call(sender, "transfer", to, amount)

    @rule(sender=callers, spender=accounts, amount=amounts)
    def approve(self, sender: Address, spender: Address, amount: int) -> None:
        self.call(sender, "approve", spender, amount)

    @rule(sender=callers, owner=accounts, to=accounts, amount=amounts)
    def transfer_from(self, sender: Address, owner: Address, to: Address, amount: int) -> None:
        self.call(sender, "transfer_from", owner, to, amount)

    @rule(sender=callers, owner=accounts, amount=amounts)
    def burn(self, sender: Address, owner: Address, amount: int) -> None:
        self.call(sender, "burn", amount)
        self.call(sender, "burn_from", owner, amount)

    @rule(sender=callers, delegate=accounts)
    def delegate(self, sender: Address, delegate: Address) -> None:
        self.call(sender, "delegate", delegate)

    @rule(seconds=strategies.integers(1, 3))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    def ctx(self) -> Context:
        return Context(DEPLOYER, 0, self.now)

    @invariant()
    def balances_sum_to_the_supply(self) -> None:
        balances = [self.token.balance_of(self.ctx(), each) for each in (*ACCOUNTS, DEPLOYER)]

        assert sum(balances) == self.token.total_supply(self.ctx())
        assert min(balances) >= 0

    @invariant()
    def votes_are_the_delegated_balances(self) -> None:
        ctx = self.ctx()
        for delegate in ACCOUNTS:
            delegated = sum(
                self.token.balance_of(ctx, each)
                for each in ACCOUNTS
                if self.token.delegates(ctx, each) == delegate
            )
            assert self.token.get_votes(ctx, delegate) == delegated

    @invariant()
    def checkpoints_are_in_order_of_time(self) -> None:
        for delegate in ACCOUNTS:
            count = self.token.num_checkpoints(self.ctx(), delegate)
            points = [self.token.checkpoints(self.ctx(), delegate, each) for each in range(count)]
            assert all(earlier.key < later.key for earlier, later in pairwise(points))


def test_any_calls_conserve_tokens_and_votes_and_a_refused_one_changes_nothing(machine):
    run_state_machine_as_test(TokenRules)


def test_one_whole_token_is_ten_to_the_eighteen_units(machine):
    assert 10 ** ask(machine, "decimals") == WAD
