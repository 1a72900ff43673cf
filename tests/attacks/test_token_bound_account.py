"""A token's account as a contract of its own: who may call it directly, and what it does then."""

from dataclasses import dataclass
from typing import Any

import pytest

import contracts
from protocol.hashing import keccak, words
from protocol.licences import ALL_CLASSES, Terms
from protocol.model_registry_terms import Registration
from protocol.types import ZERO_HASH, Address
from sim.chain.abi import compile_list
from tests.conftest import Machine

WAD = 10**18
CALL, DELEGATECALL, CREATE = 0, 1, 2
PAY = keccak(b"transfer(address,uint256)")[:4]
IDS = {"ERC165": "01ffc9a7", "ERC6551Account": "6faff5f1", "ERC6551Executable": "51945447"}
NO_SUCH = "ffffffff"
ABI = {e["name"]: e for e in contracts.load("TokenBoundAccount").abi if e["type"] == "function"}


def error(signature: str, *arguments: Any) -> bytes:
    return keccak(signature.encode())[:4] + words(*arguments)


@dataclass
class Account:
    """Model 1's account on py-evm, called at its own address."""

    machine: Machine
    address: Address

    def send(self, sender: str, function: str, *arguments: Any) -> Any:
        entry = ABI[function]
        kinds = ",".join(each["type"] for each in entry["inputs"])
        content = keccak(f"{function}({kinds})".encode())[:4]
        content += compile_list(entry["inputs"]).encode(arguments)
        target = bytes.fromhex(self.address[2:])
        return self.machine.executor._transact(bytes.fromhex(sender[2:]), target, content, 0)

    def pay(self, sender: str, receiver: str, amount: int, operation: int = CALL) -> Any:
        token = self.machine.addresses["settlement_token"]
        return self.send(sender, "execute", token, 0, PAY + words(receiver, amount), operation)


@pytest.fixture
def account(deployment, deployed, creator):
    machine = Machine("py-evm", deployment, deployed("py-evm"))
    terms = Terms(True, 2, 0, False, ALL_CLASSES, ALL_CLASSES)
    assert machine.call("licences", "create", terms, sender=creator).ok
    registration = Registration("", b"\1" * 32, "", "mlp", 9, 1, 0, (creator,), (10_000,))
    assert machine.call("model_registry", "register", registration, sender=creator).ok
    token = (ZERO_HASH, deployment.chain_id, machine.addresses["model_registry"], 1)
    create = ("token_bound_accounts", "create_account", deployment.account_code, *token)
    address = machine.call(*create, sender=creator).value
    machine.fund(address, 3 * WAD)
    return Account(machine, address)


def held(account, who):
    return account.machine.view("settlement_token", "balance_of", who)


def test_the_owner_executes_directly_and_the_state_counts(account, creator, user):
    before = account.send(creator, "state").output

    assert account.pay(creator, user, WAD).success

    assert held(account, user) == WAD
    assert (before, account.send(creator, "state").output) == (words(0), words(1))
    assert account.machine.view("token_bound_accounts", "state_of", 1) == 1


def test_nobody_else_executes_not_even_by_the_door_of_the_contract_that_made_it(
    account, creator, intruder
):
    token = account.machine.addresses["settlement_token"]
    theft = PAY + words(intruder, WAD)

    refused = account.pay(intruder, intruder, WAD)
    back_door = account.send(creator, "act", token, theft)

    assert not refused.success
    assert refused.output == error("NotAccountOwner(address)", intruder)
    assert back_door.output == error("NotAccountOwner(address)", creator)
    assert held(account, account.address) == 3 * WAD


def test_a_sale_hands_the_account_over(account, creator, host, user):
    sale = ("model_registry", "transfer_from", creator, host, 1)
    assert account.machine.call(*sale, sender=creator).ok

    assert account.pay(creator, user, 1).output == error("NotAccountOwner(address)", creator)
    assert account.pay(host, user, 1).success


@pytest.mark.parametrize("operation", [DELEGATECALL, CREATE, 255])
def test_an_account_runs_nobody_elses_code(account, creator, user, operation):
    refused = account.pay(creator, user, 1, operation)

    assert refused.output == error("OperationNotSupported(uint8)", operation)


def test_an_account_calls_nothing_that_is_not_listed(account, creator, intruder):
    refused = account.send(creator, "execute", intruder, 0, PAY + words(creator, 1), CALL)

    assert refused.output == keccak(b"AccountActionOutOfScope(address,bytes4)")[:4] + words(
        intruder, PAY
    )


def test_an_account_says_what_it_belongs_to_and_who_signs_for_it(account, creator, intruder):
    registry = account.machine.addresses["model_registry"]

    assert account.send(intruder, "token").output == words(31_337, registry, 1)
    magic = keccak(b"isValidSigner(address,bytes)")[:4]
    assert account.send(intruder, "isValidSigner", creator, b"").output == words(magic)
    assert account.send(intruder, "isValidSigner", intruder, b"").output == words(0)


def test_an_account_keeps_the_standards_that_it_says(account, creator):
    known = {name: bytes.fromhex(number) for name, number in {**IDS, "": NO_SUCH}.items()}

    kept = {
        name
        for name, interface in known.items()
        if account.send(creator, "supportsInterface", interface).output == words(1)
    }

    assert kept == set(IDS)


def test_an_account_takes_tokens_but_not_its_own(account, creator):
    registry = account.machine.addresses["model_registry"]
    receive = ("onERC721Received", creator, creator)

    assert account.send(registry, *receive, 2, b"").success
    own = account.send(registry, *receive, 1, b"")
    assert own.output == error("OwnTokenReceived(uint256)", 1)
