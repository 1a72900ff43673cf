"""A market small enough for a test: one model, one host, one user, and a receipt to check."""

from collections.abc import Sequence
from itertools import count
from typing import Any, Protocol

from coincurve import PrivateKey

from protocol.circuits import INPUT_COMMITTED, Circuit
from protocol.deployment import Deployment
from protocol.hashing import keccak, merkle_root_of_pair, public_key_address, words
from protocol.licences import ALL_CLASSES, DERIVATIVES_FREE, Terms
from protocol.model_registry_terms import Registration
from protocol.money import BPS, WAD
from protocol.parameters import DAY, PPM
from protocol.pricing import Tariff, Usage
from protocol.sessions import (
    Entry,
    InferenceReceipt,
    Session,
    gateway_separator,
    receipt_digest,
    session_digest,
    session_id_of,
)
from protocol.staking import HOST, VALIDATOR
from protocol.types import ZERO_HASH, Address, Receipt

USER_KEY = PrivateKey(keccak(b"the user of the checked market"))
USER = public_key_address(USER_KEY.public_key)
CREATOR = Address("0x" + "c1" * 20)
SERVER = Address("0x" + "a1" * 20)
CHECKER = Address("0x" + "b1" * 20)

STAKE = 2_000 * WAD
PRICE = 10 * WAD
MAXIMUM_TOTAL = 1_000 * WAD
ONE_CALL = Usage(1, 0, 0, 0, 0)


class Machine(Protocol):
    """What the market needs of a machine."""

    now: int
    deployment: Deployment

    def call(self, contract: str, function: str, *arguments: Any, sender: str) -> Receipt: ...

    def fund(self, account: str, amount: int = ...) -> None: ...


class CheckedMarket:
    """Calls on any machine that lead to a settled receipt which the beacon picked."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.epoch_seconds = machine.deployment.values["epochSeconds"]
        self.model_id = 1
        self.session = Session(
            user=USER,
            host=SERVER,
            model_id=self.model_id,
            version=1,
            maximum_price=PRICE,
            maximum_total=MAXIMUM_TOTAL,
            expires_at=machine.now + 365 * DAY,
            nonce=0,
            commercial=False,
            territory=0,
            use_case=0,
        )
        self.session_id = session_id_of(self.session)
        self._settled = 0

    @property
    def epoch(self) -> int:
        return self.machine.now // self.epoch_seconds

    def do(self, contract: str, function: str, *arguments: Any, sender: Address) -> Any:
        """Carry out a call that must succeed, and return its value."""
        receipt = self.machine.call(contract, function, *arguments, sender=sender)
        assert receipt.ok, (contract, function, receipt)
        return receipt.value

    def open(self) -> None:
        """Register and price the model, stake for both roles, and open the user's session."""
        for account in (SERVER, CHECKER, USER):
            self.machine.fund(account, 10_000 * WAD)
            for spender in ("gateway", "staking"):
                address = self.machine.deployment.addresses[spender]
                self.do("settlement_token", "approve", address, 10_000 * WAD, sender=account)
        terms = Terms(True, DERIVATIVES_FREE, 0, False, ALL_CLASSES, ALL_CLASSES)
        licence_id = self.do("licences", "create", terms, sender=CREATOR)
        registration = Registration(
            "ipfs://model",
            keccak(b"weights"),
            "ipfs://w",
            "mlp",
            9,
            licence_id,
            0,
            (CREATOR,),
            (BPS,),
        )
        self.do("model_registry", "register", registration, sender=CREATOR)
        tariff = Tariff(False, PRICE, 0, 0, 0, 0, 0, 0, 0, 1_000, 0)
        self.do("pricing", "set_tariff", self.model_id, tariff, sender=CREATOR)
        self.do("staking", "stake", HOST, STAKE, sender=SERVER)
        self.do("staking", "stake", VALIDATOR, STAKE, sender=CHECKER)
        self.do("gateway", "deposit", MAXIMUM_TOTAL, sender=USER)
        digest = session_digest(self.machine.deployment, self.session)
        signature = USER_KEY.sign_recoverable(digest, hasher=None)
        signature = signature[:64] + bytes([signature[64] + 27])
        self.do("gateway", "open_session", self.session, signature, sender=SERVER)

    def receipt(
        self, sequence: int, input_commitment: bytes, output_hash: bytes
    ) -> InferenceReceipt:
        """Return a receipt of one call, served now."""
        return InferenceReceipt(
            self.session_id,
            sequence,
            input_commitment,
            output_hash,
            0,
            0,
            0,
            0,
            self.machine.now,
            ZERO_HASH,
        )

    def leaf(self, receipt: InferenceReceipt) -> bytes:
        """Return a receipt's digest, computed off chain."""
        return receipt_digest(gateway_separator(self.machine.deployment), receipt)

    def settle(self, *receipts: InferenceReceipt) -> int:
        """Settle one receipt, or two siblings, and return the batch's number."""
        leaves = [self.leaf(receipt) for receipt in receipts]
        root = leaves[0] if len(leaves) == 1 else merkle_root_of_pair(*leaves)
        first = self._settled + 1
        self._settled += len(leaves)
        return self._settle(root, first)

    def settle_root(self, root: bytes) -> int:
        """Settle one receipt under any root, and return the batch's number."""
        self._settled += 1
        return self._settle(root, self._settled)

    def _settle(self, root: bytes, first: int) -> int:
        entry = Entry(self.session_id, self.epoch, first, self._settled, 0, 0, 0, 0)
        batch_id: int = self.do("gateway", "settle", self.model_id, root, (entry,), sender=SERVER)
        return batch_id

    def secret_that_picks(self, leaf: bytes, *, picked: bool = True) -> bytes:
        """Return a secret that picks a leaf (or not), if the next epoch's beacon has no other."""
        rate = self.machine.deployment.values["spotCheckRatePpm"]

        def picks(secret: bytes) -> bool:
            beacon = keccak(words(self.epoch + 1, secret))
            return int.from_bytes(keccak(words(beacon, leaf)), "big") % PPM < rate

        secrets = (keccak(words(number)) for number in count())
        return next(secret for secret in secrets if picks(secret) == picked)

    def reveal(self, *secrets: bytes, validators: Sequence[Address] = (CHECKER,)) -> None:
        """Commit the secrets now and reveal them in the next epoch; return in the one after."""
        epoch = self.epoch + 1
        for validator, secret in zip(validators, secrets, strict=True):
            commitment = keccak(words(validator, secret))
            self.do("verification", "commit_secret", epoch, commitment, sender=validator)
        self.machine.now += self.epoch_seconds
        for validator, secret in zip(validators, secrets, strict=True):
            self.do("verification", "reveal_secret", epoch, secret, sender=validator)
        self.machine.now += self.epoch_seconds

    def settle_and_pick(self, receipt: InferenceReceipt) -> int:
        """Settle a receipt, and let the beacon pick it; return the batch's number."""
        batch_id = self.settle(receipt)
        self.reveal(self.secret_that_picks(self.leaf(receipt)))
        return batch_id

    def open_check(self, batch_id: int, receipt: InferenceReceipt) -> int:
        """Open the check of a batch's only receipt."""
        check_id: int = self.do("verification", "open_check", batch_id, receipt, (), sender=CHECKER)
        return check_id


class StandIn:
    """A circuit and a proof that only a test's own oracle can call valid."""

    def __init__(
        self, input_mode: int = INPUT_COMMITTED, outputs: int = 3, inputs: int = 2
    ) -> None:
        self.vka = (keccak(b"first word"), keccak(b"second word"))
        self.input_point = keccak(b"input x") + keccak(b"input y")
        self.weight_point = keccak(b"weights x") + keccak(b"weights y")
        self.inputs = tuple(range(5, 5 + inputs)) if input_mode else ()
        self.outputs = tuple(range(100, 100 + outputs))
        self.instances = (*self.inputs, *self.outputs)
        points = self.weight_point if input_mode else self.input_point + self.weight_point
        self.proof = points + keccak(b"the rest of the proof")
        shown = words(*self.inputs) if input_mode else self.input_point
        self.input_commitment = keccak(shown)
        self.output_hash = keccak(words(*self.outputs))
        self.circuit = Circuit(
            key_digest=keccak(b"".join(self.vka)),
            settings_hash=keccak(b"settings"),
            weight_point_x=self.weight_point[:32],
            weight_point_y=self.weight_point[32:],
            input_mode=input_mode,
            input_length=inputs,
            output_length=outputs,
            input_bound=16,
            logrows=11,
            srs_id="local-k11",
        )
