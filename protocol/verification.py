"""Verification.sol: circuits, the validators' beacon, spot checks answered by proofs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from protocol.circuits import INPUT_OPENED, Check, Circuit
from protocol.contract import Contract, Observed
from protocol.deployment import Deployment
from protocol.errors import (
    BatchReleased,
    InputMismatch,
    InstancesInvalid,
    KeyMismatch,
    NotModelOwner,
    ProofTooShort,
    UnknownVersion,
)
from protocol.halo2_verifier import key_digest
from protocol.hashing import keccak, words
from protocol.openzeppelin.arithmetic import safe_cast
from protocol.openzeppelin.errors import SafeCastOverflowedUintDowncast
from protocol.parameters import BY_NAME, PPM
from protocol.sessions import InferenceReceipt
from protocol.staking import HOST, VALIDATOR
from protocol.types import ZERO_HASH, Context
from protocol.verification_errors import (
    AlreadyChecked,
    AlreadyCommitted,
    AnswerStillPossible,
    AnswerTooLate,
    BeaconNotFinal,
    CheckClosed,
    CheckWindowOver,
    CircuitInvalid,
    CircuitKnown,
    NoCircuit,
    NotActiveValidator,
    NotPicked,
    OutputMismatch,
    ProofRejected,
    ReceiptNotInBatch,
    UnknownCheck,
    WeightMismatch,
    WrongEpoch,
    WrongSecret,
)
from protocol.verification_events import (
    CheckFailed,
    CheckOpened,
    CheckPassed,
    CircuitRegistered,
    SecretCommitted,
    SecretRevealed,
)

if TYPE_CHECKING:
    from protocol.world import World

_POINT_BYTES = 64


class Verification(Contract):
    """
    Circuits by model version, beacons by epoch, checks by number.

    The beacon that picks a batch's receipts is the next epoch's: nobody knows it when they settle.
    A validator that withholds its secret still chooses between two beacons.
    """

    NAME = "verification"
    SOLIDITY = "Verification"
    EVENTS = (
        CircuitRegistered,
        SecretCommitted,
        SecretRevealed,
        CheckOpened,
        CheckPassed,
        CheckFailed,
    )
    ERRORS = (
        AlreadyChecked,
        AlreadyCommitted,
        AnswerStillPossible,
        AnswerTooLate,
        BatchReleased,
        BeaconNotFinal,
        CheckClosed,
        CheckWindowOver,
        CircuitInvalid,
        CircuitKnown,
        InputMismatch,
        InstancesInvalid,
        KeyMismatch,
        NoCircuit,
        NotActiveValidator,
        NotModelOwner,
        NotPicked,
        OutputMismatch,
        ProofRejected,
        ProofTooShort,
        ReceiptNotInBatch,
        SafeCastOverflowedUintDowncast,
        UnknownCheck,
        UnknownVersion,
        WeightMismatch,
        WrongEpoch,
        WrongSecret,
    )
    OBSERVED = (
        Observed("circuit_of", "_circuits"),
        Observed("check_of", "_checks"),
        Observed("beacon_of", "_beacons"),
    )

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._epoch_seconds = world.deployment.values["epochSeconds"]
        self._circuits = self.table()
        self._commitments = self.table()
        self._beacons = self.table()
        self._checks = self.table()
        self._checked = self.table()
        self._known_keys = self.table()
        self._check_count = self.cell(0)

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return the addresses of the contracts that it calls, and the length of an epoch."""
        addresses = deployment.addresses
        return (
            addresses["parameter_store"],
            addresses["model_registry"],
            addresses["gateway"],
            addresses["revenue"],
            addresses["staking"],
            addresses["halo2_verifier"],
            deployment.values["epochSeconds"],
        )

    def register_circuit(self, ctx: Context, model_id: int, version: int, circuit: Circuit) -> None:
        """
        State, once, what proofs of a version are made with.

        Raises:
            NotModelOwner: The caller does not own the model.
            UnknownVersion: The model has no such version.
            CircuitKnown: The version has a circuit.
            CircuitInvalid: No key digest, no output, an unknown input mode, or nothing to open.
        """
        own = self.as_caller(ctx)
        if self._world.model_registry.owner_of(own, model_id) != ctx.sender:
            raise NotModelOwner(model_id, ctx.sender)
        if not 0 < version <= self._world.model_registry.latest_version(own, model_id):
            raise UnknownVersion(model_id, version)
        if (model_id, version) in self._circuits:
            raise CircuitKnown(model_id, version)
        stated = Circuit(*circuit)
        if (
            stated.key_digest == ZERO_HASH
            or stated.output_length == 0
            or stated.input_mode > INPUT_OPENED
            or (stated.input_mode == INPUT_OPENED and stated.input_length == 0)
        ):
            raise CircuitInvalid

        self._circuits[model_id, version] = stated
        self.emit(
            CircuitRegistered(
                model_id, version, stated.key_digest, stated.settings_hash, stated.input_mode
            )
        )

    def commit_secret(self, ctx: Context, epoch: int, commitment: bytes) -> None:
        """
        Promise a secret for the next epoch's beacon, as the hash of the caller and the secret.

        Raises:
            NotActiveValidator: The caller has too little at stake.
            WrongEpoch: The epoch is not the next.
            AlreadyCommitted: The caller has promised one.
        """
        self._check_validator(ctx)
        current = self._epoch(ctx.timestamp)
        if epoch != current + 1:
            raise WrongEpoch(epoch, current)
        if self._commitments.get((epoch, ctx.sender), ZERO_HASH) != ZERO_HASH:
            raise AlreadyCommitted(epoch, ctx.sender)

        self._commitments[epoch, ctx.sender] = commitment
        self.emit(SecretCommitted(epoch, ctx.sender))

    def reveal_secret(self, ctx: Context, epoch: int, secret: bytes) -> None:
        """
        Mix a promised secret into the running epoch's beacon.

        Raises:
            WrongEpoch: The epoch is not the running one.
            WrongSecret: It is not what the caller promised, or was revealed already.
        """
        current = self._epoch(ctx.timestamp)
        if epoch != current:
            raise WrongEpoch(epoch, current)
        if self._commitments.get((epoch, ctx.sender), ZERO_HASH) != keccak(
            words(ctx.sender, secret)
        ):
            raise WrongSecret(epoch, ctx.sender)

        # Revealed twice, a secret would cancel itself.
        self._commitments[epoch, ctx.sender] = ZERO_HASH
        share = keccak(words(epoch, secret))
        self._beacons[epoch] = _exclusive_or(self._beacon(epoch), share)
        self.emit(SecretRevealed(epoch, ctx.sender, secret))

    def open_check(
        self, ctx: Context, batch_id: int, receipt: InferenceReceipt, proof: tuple[bytes, ...]
    ) -> int:
        """
        Demand the proof of a receipt that the beacon picked, and return the check's number.

        `proof` leads from the receipt's digest to the batch's root.
        What the user gets back if the check fails is fixed now.

        Raises:
            NotActiveValidator: The caller has too little at stake.
            UnknownBatch: There is no such batch.
            BatchReleased: The batch holds nothing any more.
            BeaconNotFinal: The epoch after the batch's is not over, or nobody revealed.
            ReceiptNotInBatch: The root does not hold it, or its session is not the batch's.
            NotPicked: The beacon passed it over.
            AlreadyChecked: It was checked before.
            NoCircuit: The session's version has no circuit.
            CheckWindowOver: The challenge window is over.
        """
        own = self.as_caller(ctx)
        gateway = self._world.gateway
        given = InferenceReceipt(*receipt)
        self._check_validator(ctx)
        batch = gateway.batch_of(own, batch_id)
        if batch.released:
            raise BatchReleased(batch_id)
        beacon = self._final_beacon(ctx, batch.settled_at)
        leaf = gateway.receipt_digest(own, given)
        if not gateway.is_in_batch(own, batch_id, given, proof):
            raise ReceiptNotInBatch(batch_id, leaf)
        if not self._picks(ctx, beacon, leaf):
            raise NotPicked(batch_id, leaf)
        if leaf in self._checked:
            raise AlreadyChecked(leaf)
        version = gateway.session_of(own, given.session_id).session.version
        if (batch.model_id, version) not in self._circuits:
            raise NoCircuit(batch.model_id, version)
        until = safe_cast(batch.settled_at + self._parameter(ctx, "challengeWindowSeconds"), 64)
        if ctx.timestamp > until:
            raise CheckWindowOver(batch_id, until)
        deadline = safe_cast(ctx.timestamp + self._parameter(ctx, "answerWindowSeconds"), 64)
        refund = gateway.refundable_of(own, given)

        check_id = int(self._check_count.value) + 1
        self._check_count.value = check_id
        self._checked[leaf] = True
        self._checks[check_id] = Check(
            batch_id,
            given.session_id,
            leaf,
            given.input_commitment,
            given.output_hash,
            batch.model_id,
            refund,
            batch.host,
            deadline,
            version,
            ctx.sender,
            closed=False,
        )
        self.emit(CheckOpened(check_id, batch_id, batch.host, ctx.sender, leaf, deadline))

        gateway.hold(own, batch_id)
        return check_id

    def answer_check(
        self,
        ctx: Context,
        check_id: int,
        proof: bytes,
        instances: Sequence[int],
        vka: Sequence[bytes],
    ) -> None:
        """
        Prove a checked receipt; anyone may.

        The verifying key binds neither weights nor input: the points at the proof's head do.

        Raises:
            UnknownCheck: There is no such check.
            CheckClosed: It was answered or has expired.
            AnswerTooLate: The deadline is over.
            ProofTooShort: The proof does not hold the commitments.
            KeyMismatch: The verifying key is not the circuit's.
            InstancesInvalid: The circuit has another number of public instances.
            InputMismatch: The proof is about another input.
            WeightMismatch: The proof is about other weights.
            OutputMismatch: The proof is about another output.
            ProofRejected: The proof is not valid.
        """
        check = self._open_check(check_id)
        if ctx.timestamp > check.deadline:
            raise AnswerTooLate(check_id, check.deadline)
        circuit: Circuit = self._circuits[check.model_id, check.version]
        self._check_binding(check, circuit, proof, instances, vka)
        verifier = self._world.halo2_verifier
        if circuit.key_digest not in self._known_keys:
            self._known_keys[circuit.key_digest] = True
            verifier.register_vka(self.as_caller(ctx), vka)
        if not verifier.is_accepted(proof, instances, vka):
            raise ProofRejected(check_id)

        self._checks[check_id] = check._replace(closed=True)

        own = self.as_caller(ctx)
        reward = self._parameter(ctx, "checkReward")
        paid = self._world.revenue.pay_checker(own, check.validator, reward)
        self._world.gateway.settle_check(own, check.batch_id, check.session_id, 0)
        self.emit(CheckPassed(check_id, check.host, paid))

    def expire_check(self, ctx: Context, check_id: int) -> None:
        """
        Slash the host of a check that nobody answered, and give the user the price back.

        Anyone may.

        Raises:
            UnknownCheck: There is no such check.
            CheckClosed: It was answered or has expired.
            AnswerStillPossible: The deadline is not over.
        """
        check = self._open_check(check_id)
        if ctx.timestamp <= check.deadline:
            raise AnswerStillPossible(check_id, check.deadline)
        own = self.as_caller(ctx)
        fraction_bps = self._parameter(ctx, "wrongOutputSlashBps")

        self._checks[check_id] = check._replace(closed=True)

        staking = self._world.staking
        penalty = staking.slash(own, check.host, HOST, fraction_bps, check.validator)
        refunded = self._world.gateway.settle_check(
            own, check.batch_id, check.session_id, check.refund
        )
        self.emit(CheckFailed(check_id, check.host, penalty, refunded))

    def circuit_of(self, ctx: Context, model_id: int, version: int) -> Circuit:
        """Return a version's circuit; without one it is refused as `NoCircuit`."""
        del ctx
        if (model_id, version) not in self._circuits:
            raise NoCircuit(model_id, version)
        circuit: Circuit = self._circuits[model_id, version]
        return circuit

    def check_of(self, ctx: Context, check_id: int) -> Check:
        """Return a check; an unknown one is refused as `UnknownCheck`."""
        del ctx
        return self._check(check_id)

    def beacon_of(self, ctx: Context, epoch: int) -> bytes:
        """Return the exclusive or of an epoch's secrets revealed so far; zero if there are none."""
        del ctx
        return self._beacon(epoch)

    def is_picked(self, ctx: Context, batch_id: int, leaf: bytes) -> bool:
        """
        Whether the beacon of the epoch after the batch's picks a receipt's digest.

        Raises:
            UnknownBatch: There is no such batch.
            BeaconNotFinal: The epoch after the batch's is not over, or nobody revealed.
        """
        batch = self._world.gateway.batch_of(self.as_caller(ctx), batch_id)
        return self._picks(ctx, self._final_beacon(ctx, batch.settled_at), leaf)

    def _check_binding(
        self,
        check: Check,
        circuit: Circuit,
        proof: bytes,
        instances: Sequence[int],
        vka: Sequence[bytes],
    ) -> None:
        opened = circuit.input_mode == INPUT_OPENED
        weights_at = 0 if opened else _POINT_BYTES
        if len(proof) < weights_at + _POINT_BYTES:
            raise ProofTooShort(len(proof))
        actual_key = key_digest(vka)
        if actual_key != circuit.key_digest:
            raise KeyMismatch(circuit.key_digest, actual_key)
        input_count = circuit.input_length if opened else 0
        if len(instances) != input_count + circuit.output_length:
            raise InstancesInvalid(len(instances))
        shown = words(*instances[:input_count]) if opened else proof[:_POINT_BYTES]
        if keccak(shown) != check.input_commitment:
            raise InputMismatch(check.input_commitment, keccak(shown))
        weights = proof[weights_at : weights_at + _POINT_BYTES]
        if weights != circuit.weight_point_x + circuit.weight_point_y:
            raise WeightMismatch(check.model_id, check.version)
        actual_output = keccak(words(*instances[input_count:]))
        if actual_output != check.output_hash:
            raise OutputMismatch(check.output_hash, actual_output)

    def _check_validator(self, ctx: Context) -> None:
        if not self._world.staking.is_active(self.as_caller(ctx), ctx.sender, VALIDATOR):
            raise NotActiveValidator(ctx.sender)

    def _check(self, check_id: int) -> Check:
        if check_id not in self._checks:
            raise UnknownCheck(check_id)
        check: Check = self._checks[check_id]
        return check

    def _open_check(self, check_id: int) -> Check:
        check = self._check(check_id)
        if check.closed:
            raise CheckClosed(check_id)
        return check

    def _final_beacon(self, ctx: Context, settled_at: int) -> bytes:
        epoch = self._epoch(settled_at) + 1
        beacon = self._beacon(epoch)
        if self._epoch(ctx.timestamp) <= epoch or beacon == ZERO_HASH:
            raise BeaconNotFinal(epoch)
        return beacon

    def _picks(self, ctx: Context, beacon: bytes, leaf: bytes) -> bool:
        return picks(beacon, leaf, self._parameter(ctx, "spotCheckRatePpm"))

    def _beacon(self, epoch: int) -> bytes:
        beacon: bytes = self._beacons.get(epoch, ZERO_HASH)
        return beacon

    def _epoch(self, timestamp: int) -> int:
        return safe_cast(timestamp // self._epoch_seconds, 64)

    def _parameter(self, ctx: Context, name: str) -> int:
        return int(self._world.parameter_store.get(self.as_caller(ctx), BY_NAME[name].key))


def picks(beacon: bytes, leaf: bytes, rate_ppm: int) -> bool:
    """Return whether a final beacon picks a receipt's digest, at a rate in parts per million."""
    return int.from_bytes(keccak(beacon + leaf), "big") % PPM < rate_ppm


def _exclusive_or(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
