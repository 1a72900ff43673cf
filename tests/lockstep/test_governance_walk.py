"""A random walk through token, governor, timelock and store, extremes included, in lockstep."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from coincurve import PrivateKey

from protocol.governor import SET_SELECTOR
from protocol.hashing import keccak, public_key_address, typed_data_digest, word, words
from protocol.money import MAX_UINT256, WAD
from protocol.parameters import DAY, GOVERNED
from protocol.types import ZERO_ADDRESS, ZERO_HASH, Receipt
from sim.streams import stream

STEPS = 650
COMPARED = 0.04
"""How often the views are compared: every operation's state moves with time, so it is dear."""
KEYS = [PrivateKey(keccak(f"elector {number}".encode())) for number in range(5)]
ACCOUNTS = [public_key_address(key.public_key) for key in KEYS]
AMOUNTS = (0, 1, WAD, 10_000 * WAD, 10_000 * WAD, 300_000 * WAD, 2**208, MAX_UINT256)
PERMIT = keccak(
    b"Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
)
DELEGATION = keccak(b"Delegation(address delegatee,uint256 nonce,uint256 expiry)")
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141

ALL_REFUSALS = {
    "AccessControlUnauthorizedAccount",
    "ActionOutOfScope",
    "ECDSAInvalidSignature",
    "ECDSAInvalidSignatureS",
    "ERC20InsufficientAllowance",
    "ERC20InsufficientBalance",
    "ERC20InvalidReceiver",
    "ERC20InvalidSpender",
    "ERC2612ExpiredSignature",
    "ERC2612InvalidSigner",
    "EmptyRevert",
    "FailedCall",
    "GovernorAlreadyCastVote",
    "GovernorInvalidProposalLength",
    "GovernorInvalidVoteType",
    "GovernorNonexistentProposal",
    "GovernorRestrictedProposer",
    "GovernorUnableToCancel",
    "GovernorUnexpectedProposalState",
    "InvalidAccountNonce",
    "OnlyTimelock",
    "ParameterOutOfBounds",
    "TimelockInsufficientDelay",
    "TimelockUnexecutedPredecessor",
    "TimelockUnexpectedOperationState",
    "UnknownParameter",
    "VotesExpiredSignature",
}


@dataclass
class Walk:
    """Chooses calls that mostly make sense, and some that never do."""

    machine: Any
    rng: np.random.Generator
    proposals: list[tuple[int, tuple[Any, ...], bytes]] = field(default_factory=list)
    operations: list[tuple[Any, ...]] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    refusals: set[str] = field(default_factory=set)

    def pick(self, *choices: Any) -> Any:
        return choices[int(self.rng.integers(len(choices)))]

    def seldom(self) -> bool:
        return bool(self.rng.random() < 0.15)

    def call(self, contract: str, function: str, *arguments: Any, sender: str = "") -> Receipt:
        value = int(self.rng.random() < 0.02)
        sender = sender or self.pick(*ACCOUNTS)
        receipt = self.machine.call(contract, function, *arguments, sender=sender, value=value)
        if receipt.refusal is None:
            self.done.add(function)
        else:
            self.refusals.add(type(receipt.refusal).__name__)
        return receipt

    def anyone(self) -> str:
        return ZERO_ADDRESS if self.seldom() else self.pick(*ACCOUNTS)

    def token(self) -> None:
        call = self.pick(
            ("transfer", self.anyone(), self.pick(*AMOUNTS)),
            ("approve", self.anyone(), self.pick(*AMOUNTS)),
            ("transfer_from", self.pick(*ACCOUNTS), self.anyone(), self.pick(*AMOUNTS)),
            ("burn", self.pick(0, 1, WAD, MAX_UINT256)),
            ("burn_from", self.pick(*ACCOUNTS), self.pick(0, 1, WAD)),
            ("delegate", self.anyone()),
        )
        self.call("settlement_token", *call)

    def signed(self) -> None:
        key = self.pick(*KEYS)
        owner = public_key_address(key.public_key)
        nonce = self.machine.view("settlement_token", "nonces", owner) + self.seldom()
        deadline = self.machine.now - 1 if self.seldom() else self.machine.now
        spender, value = self.anyone(), self.pick(*AMOUNTS)
        if self.pick(True, False):
            struct = words(PERMIT, owner, spender, value, nonce, deadline)
            arguments = ("permit", owner, spender, value, deadline)
        else:
            struct = words(DELEGATION, spender, nonce, deadline)
            arguments = ("delegate_by_sig", spender, nonce, deadline)
        separator = self.machine.view("settlement_token", "domain_separator")
        digest = typed_data_digest(separator, keccak(struct))
        self.call("settlement_token", *arguments, *self.signature(key, digest))

    def signature(self, key: PrivateKey, digest: bytes) -> tuple[int, bytes, bytes]:
        signed = key.sign_recoverable(digest, hasher=None)
        v, r, s = 27 + signed[64], signed[:32], signed[32:64]
        upper = (CURVE_ORDER - int.from_bytes(s, "big")).to_bytes(32, "big")
        if self.rng.random() < 0.7:
            return v, r, s
        return self.pick((55 - v, r, upper), (0, r, s), (255, r, s), (v, ZERO_HASH, s))

    def action(self) -> tuple[str, int, bytes]:
        parameter = self.pick(*GOVERNED)
        key = self.rng.bytes(32) if self.rng.random() < 0.05 else parameter.key
        value = self.pick(parameter.lower, parameter.default, parameter.upper)
        if self.rng.random() < 0.05:
            value = self.pick(parameter.upper + 1, MAX_UINT256)
        calldata = SET_SELECTOR + key + word(value)
        if self.rng.random() < 0.2:
            calldata = self.pick(calldata[:-1], calldata[:-1], calldata[:3], calldata + b"more")
        target = self.machine.addresses["parameter_store"]
        if self.rng.random() < 0.03:
            target = self.pick(*self.machine.addresses.values(), ZERO_ADDRESS)
        return target, int(self.rng.random() < 0.03), calldata

    def propose(self) -> None:
        actions = [self.action() for _ in range(self.pick(0, 1, 1, 1, 2))]
        content = tuple(zip(*actions, strict=True)) if actions else ((), (), ())
        if self.rng.random() < 0.05:
            content = (content[0], (*content[1], 0), content[2])
        text = f'Proposal "{int(self.rng.integers(60))}", ü'
        if self.seldom():
            text += f"#proposer={self.pick(*ACCOUNTS)}"
        made = self.call("governor", "propose", *content, text)
        if made.ok:
            self.proposals.append((made.value, content, keccak(text.encode())))

    def vote(self) -> None:
        proposal = MAX_UINT256 if self.rng.random() < 0.03 else self.recent()[0]
        support = self.pick(2, 0, 3, 255) if self.seldom() else 1
        function, rest = self.pick(
            ("cast_vote", ()),
            ("cast_vote_with_reason", ("because",)),
            ("cast_vote_with_reason_and_params", ("", self.pick(b"", b"any"))),
        )
        self.call("governor", function, proposal, support, *rest)

    def recent(self) -> tuple[int, tuple[Any, ...], bytes]:
        return self.pick(*self.proposals[-3:])

    def carry(self) -> None:
        _, content, digest = self.recent()
        digest = self.rng.bytes(32) if self.rng.random() < 0.03 else digest
        function = self.pick("queue", "queue", "execute", "execute", "cancel")
        if function != "cancel" or self.rng.random() < 0.2:
            self.call("governor", function, *content, digest)

    def timelock(self) -> None:
        _, content, _ = self.recent()
        governor = self.pick(*ACCOUNTS) if self.seldom() else self.machine.addresses["governor"]
        predecessor = self.pick(ZERO_HASH, ZERO_HASH, ZERO_HASH, word(5))
        operation = (*content, predecessor, word(self.pick(0, 1)))
        identifier = self.machine.view("timelock", "hash_operation_batch", *operation)
        delay = self.pick(2 * DAY, 2 * DAY, 2 * DAY - 1)
        if self.call("timelock", "schedule_batch", *operation, delay, sender=governor).ok:
            self.operations.append(operation)
        if self.operations:
            self.call("timelock", "execute_batch", *self.pick(*self.operations[-3:]))
        if self.seldom():
            self.call("timelock", "cancel", identifier, sender=governor)

    def store(self) -> None:
        parameter = self.pick(*GOVERNED)
        key = self.rng.bytes(32) if self.seldom() else parameter.key
        timelock = self.machine.addresses["timelock"]
        sender = self.pick(timelock, self.pick(*ACCOUNTS))
        value = self.pick(0, parameter.default, parameter.upper, MAX_UINT256)
        self.call("parameter_store", "set", key, value, sender=sender)

    def step(self) -> None:
        if self.rng.random() < COMPARED:
            self.machine.executor.end_tick(self.machine.now)
        if self.rng.random() < 0.35:
            self.machine.wait(self.pick(1, DAY // 2, DAY, DAY))
        choices = [self.token, self.token, self.signed, self.signed, self.store]
        if self.proposals:
            choices += [self.vote] * 5 + [self.carry] * 4 + [self.timelock] * 2
        self.pick(self.propose, *choices)()


def test_governance_never_differs_between_model_and_chain(lockstep):
    walk = Walk(lockstep, stream(9, "governance walk"))
    for account in ACCOUNTS:
        lockstep.fund(account, 500_000 * WAD)
        walk.call("settlement_token", "delegate", account, sender=account)

    for _ in range(STEPS):
        walk.step()
    lockstep.executor.end_tick(lockstep.now, full=True)

    assert walk.refusals >= ALL_REFUSALS, ALL_REFUSALS - walk.refusals
    assert {"queue", "execute", "cancel", "execute_batch", "permit", "set"} <= walk.done
