"""An account for each token: known before it exists, led by the owner, never its own holder."""

from dataclasses import dataclass

import pytest

from protocol.errors import NotModelOwner
from protocol.hashing import create2_address, keccak, word, words
from protocol.licences import ALL_CLASSES, Licences, Terms
from protocol.model_registry import MAXIMUM_NESTING, ModelRegistry
from protocol.model_registry_terms import OwnershipCycle, OwnershipTooDeep, Registration
from protocol.money import WAD
from protocol.openzeppelin.errors import (
    ERC20InsufficientBalance,
    ERC721InsufficientApproval,
    ERC721NonexistentToken,
    FailedCall,
)
from protocol.token_bound_accounts import (
    AccountActed,
    AccountActionOutOfScope,
    AccountNotCreated,
    ERC6551AccountCreated,
    TokenBoundAccounts,
)
from protocol.types import ZERO_HASH, Address, Log, Receipt
from sim.rulebook import call

HEADER = bytes.fromhex("3d60ad80600a3d3981f3363d3d373d3d3d363d73")
FOOTER = bytes.fromhex("5af43d82803e903d91602b57fd5bf3")


def payload(signature, *arguments):
    return keccak(signature.encode())[:4] + words(*arguments)


@dataclass
class Bureau:
    """Models of one owner, and their accounts."""

    machine: object
    owner: Address

    def do(self, method, *arguments, by=None):
        return self.machine.execute(call(method, *arguments).by(by or self.owner, self.machine.now))

    def address(self, contract):
        return self.machine.addresses[contract]

    def account_of(self, model_id):
        return self.machine.view("token_bound_accounts", "account_of", model_id)

    def token(self, model_id):
        return (ZERO_HASH, 31_337, self.address("model_registry"), model_id)

    def create(self, model_id, by=None):
        code = self.machine.deployment.account_code
        return self.do(TokenBoundAccounts.create_account, code, *self.token(model_id), by=by)

    def act(self, model_id, contract, data, by=None):
        target = self.address(contract)
        return self.do(TokenBoundAccounts.act, model_id, target, data, by=by)

    def give(self, model_id, receiver, by=None):
        sender = by or self.owner
        return self.do(ModelRegistry.transfer_from, sender, receiver, model_id, by=sender)

    def register(self, number):
        shares = ((self.owner,), (10_000,))
        registration = Registration("", word(number), "", "mlp", 9, 1, 0, *shares)
        return self.do(ModelRegistry.register, registration).value

    def balance(self, account):
        return self.machine.view("settlement_token", "balance_of", account)


@pytest.fixture
def bureau(machine, creator):
    bureau = Bureau(machine, creator)
    terms = Terms(True, 2, 0, False, ALL_CLASSES, ALL_CLASSES)
    assert bureau.do(Licences.create, terms).ok
    assert bureau.register(1) == 1
    return bureau


def test_an_account_has_the_address_of_erc_6551_before_and_after_it_is_created(bureau, intruder):
    code = bureau.machine.deployment.account_code
    accounts = bureau.address("token_bound_accounts")
    creation = HEADER + bytes.fromhex(code[2:]) + FOOTER + words(*bureau.token(1))
    expected = create2_address(accounts, ZERO_HASH, creation)

    before = bureau.account_of(1)
    receipt = bureau.create(1, by=intruder)

    assert before == expected
    event = ERC6551AccountCreated(expected, code, *bureau.token(1))
    assert receipt == Receipt(value=expected, events=(Log("token_bound_accounts", event),))
    assert bureau.create(1) == Receipt(value=expected)
    assert bureau.machine.view("token_bound_accounts", "is_account", expected) is True
    assert bureau.machine.view("model_registry", "model_of_account", expected) == 1


@pytest.mark.parametrize("salt", [word(1), b"\xff" * 32])
def test_any_tokens_account_is_created_where_it_was_said_to_be(bureau, intruder, salt):
    token = (intruder, salt, 2**256 - 1, bureau.owner, 2**256 - 1)
    said = bureau.machine.view("token_bound_accounts", "account", *token)
    assert bureau.machine.view("token_bound_accounts", "is_account", said) is False

    assert bureau.do(TokenBoundAccounts.create_account, *token).value == said
    assert bureau.machine.view("token_bound_accounts", "is_account", said) is True


def test_the_owner_pays_from_the_models_account(bureau, user):
    account = bureau.create(1).value
    bureau.machine.fund(account, 5 * WAD)

    receipt = bureau.act(1, "settlement_token", payload("transfer(address,uint256)", user, WAD))

    assert receipt.ok
    selector = payload("transfer(address,uint256)")
    acted = AccountActed(1, account, bureau.address("settlement_token"), selector)
    assert receipt.events[0] == Log("token_bound_accounts", acted)
    assert bureau.balance(user) == WAD
    assert bureau.balance(account) == 4 * WAD
    assert bureau.machine.view("token_bound_accounts", "state_of", 1) == 1


def test_an_account_funds_an_escrow_and_pays_another_model(bureau):
    account = bureau.create(1).value
    bureau.machine.fund(account, 5 * WAD)
    assert bureau.register(2) == 2
    for spender in ("gateway", "revenue"):
        approve = payload("approve(address,uint256)", bureau.address(spender), 5 * WAD)
        assert bureau.act(1, "settlement_token", approve).ok

    assert bureau.act(1, "gateway", payload("deposit(uint256)", 2 * WAD)).ok
    assert bureau.act(1, "revenue", payload("payModel(uint256,uint256)", 2, WAD)).ok

    assert bureau.machine.view("gateway", "escrow_of", account) == (2 * WAD, 0)
    assert bureau.machine.view("revenue", "accrued_of", 2) == WAD
    assert bureau.act(1, "gateway", payload("withdraw(uint256)", 2 * WAD)).ok
    assert bureau.balance(account) == 4 * WAD
    assert bureau.machine.view("token_bound_accounts", "state_of", 1) == 5


def test_whoever_buys_the_model_has_the_account_and_the_seller_no_longer(bureau, host, user):
    account = bureau.create(1).value
    bureau.machine.fund(account, WAD)
    assert bureau.give(1, host).ok
    pay = payload("transfer(address,uint256)", user, WAD)

    late = bureau.act(1, "settlement_token", pay)

    assert late == Receipt(refusal=NotModelOwner(1, bureau.owner))
    assert bureau.act(1, "settlement_token", pay, by=host).ok
    assert bureau.balance(user) == WAD


def test_who_may_not_act_and_what_is_no_action_is_refused(bureau, intruder):
    pay = payload("transfer(address,uint256)", intruder, 1)
    token = bureau.address("settlement_token")
    assert bureau.act(2, "settlement_token", pay) == Receipt(refusal=ERC721NonexistentToken(2))
    stolen = bureau.act(1, "settlement_token", pay, by=intruder)
    assert stolen == Receipt(refusal=NotModelOwner(1, intruder))
    early = bureau.act(1, "settlement_token", pay)
    assert early == Receipt(refusal=AccountNotCreated(bureau.account_of(1)))

    account = bureau.create(1).value
    outside = {
        ("settlement_token", payload("burn(uint256)", 1)),
        ("settlement_token", b""),
        ("settlement_token", pay[:3]),
        ("staking", payload("claim()")),
        ("gateway", pay),
        ("token_bound_accounts", payload("accountOf(uint256)", 1)),
    }
    for contract, data in outside:
        selector = data[:4].ljust(4, b"\0")
        out = AccountActionOutOfScope(bureau.address(contract), selector)
        assert bureau.act(1, contract, data) == Receipt(refusal=out)
    nowhere = bureau.do(TokenBoundAccounts.act, 1, intruder, pay)
    assert nowhere == Receipt(refusal=AccountActionOutOfScope(intruder, pay[:4]))
    broke = bureau.act(1, "settlement_token", pay)
    assert broke == Receipt(refusal=ERC20InsufficientBalance(account, 0, 1))
    assert bureau.machine.view("token_bound_accounts", "state_of", 1) == 0
    assert bureau.machine.view("token_bound_accounts", "is_in_scope", token, pay[:4]) is True


@pytest.mark.parametrize(
    ("contract", "signature", "words_given", "fits"),
    [
        ("settlement_token", "transfer(address,uint256)", (word(1),), False),
        ("settlement_token", "transfer(address,uint256)", (b"\1" * 32, word(0)), False),
        ("settlement_token", "transfer(address,uint256)", (word(1), word(0)[:31]), False),
        ("settlement_token", "transfer(address,uint256)", (word(1), word(0), b"more"), True),
        ("model_registry", "setApprovalForAll(address,bool)", (word(1), word(2)), False),
        ("model_registry", "setApprovalForAll(address,bool)", (word(1), word(1)), True),
    ],
)
def test_arguments_that_are_not_the_functions_are_refused(
    bureau, contract, signature, words_given, fits
):
    bureau.create(1)
    data = keccak(signature.encode())[:4] + b"".join(words_given)

    receipt = bureau.act(1, contract, data)

    assert receipt.refusal == (None if fits else FailedCall())


def test_a_model_never_belongs_to_its_own_account(bureau, intruder):
    own = bureau.account_of(1)

    assert bureau.give(1, own) == Receipt(refusal=OwnershipCycle(1, own))
    stolen = bureau.do(ModelRegistry.transfer_from, bureau.owner, own, 1, by=intruder)
    assert stolen == Receipt(refusal=ERC721InsufficientApproval(intruder, 1))
    bureau.create(1)
    assert bureau.give(1, own) == Receipt(refusal=OwnershipCycle(1, own))


def test_no_ring_of_accounts_closes_even_where_none_exists_yet(bureau):
    assert [bureau.register(number) for number in (2, 3)] == [2, 3]
    first, second, third = (bureau.account_of(model) for model in (1, 2, 3))
    assert bureau.give(1, second).ok
    assert bureau.give(2, third).ok

    assert bureau.give(3, first) == Receipt(refusal=OwnershipCycle(3, first))
    assert bureau.give(3, second) == Receipt(refusal=OwnershipCycle(3, second))


def test_a_model_in_an_account_is_led_out_by_the_owner_of_the_other(bureau, host):
    assert bureau.register(2) == 2
    account = bureau.create(2).value
    assert bureau.give(1, account).ok
    move = payload("transferFrom(address,address,uint256)", account, host, 1)

    assert bureau.act(2, "model_registry", move).ok

    assert bureau.machine.view("model_registry", "owner_of", 1) == host


def test_models_nest_sixteen_deep(bureau):
    last = MAXIMUM_NESTING + 1
    for model in range(2, last + 1):
        assert bureau.register(model) == model
    for model in range(MAXIMUM_NESTING, 1, -1):
        assert bureau.give(model, bureau.account_of(model - 1)).ok is True

    deepest = bureau.account_of(MAXIMUM_NESTING)
    assert bureau.give(last, deepest) == Receipt(refusal=OwnershipTooDeep(last, MAXIMUM_NESTING))
    assert bureau.give(last, bureau.account_of(MAXIMUM_NESTING - 1)).ok
