"""Attestations.sol: what attesters say of accounts, or accounts prove of data, until a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from protocol.attestations_errors import (
    AlreadyOver,
    AttesterIsZero,
    NeedsNoProof,
    NeedsProof,
    NotAttested,
    NotAttester,
    NothingCommitted,
    NotProven,
    NotShown,
    OtherWeights,
)
from protocol.contract import Contract, Observed
from protocol.deployment import Deployment
from protocol.errors import (
    InputMismatch,
    InstancesInvalid,
    KeyMismatch,
    ProofTooShort,
    UnknownKind,
)
from protocol.halo2_verifier import key_digest
from protocol.hashing import keccak
from protocol.spans import Span, Spans
from protocol.types import ZERO_ADDRESS, ZERO_HASH, Address, Context, Event

if TYPE_CHECKING:
    from protocol.world import World


_POINT_BYTES = 64


class Kind(NamedTuple):
    """
    What is attested, and by whom.

    `statement` is the hash of the text that is attested of an account. With a `key_digest` the
    attester commits to data of an account, and a proof under this key, for these weights, shows
    that the circuit gives `output` for them, and no more; without one, all zeros, the attester's
    word is enough.
    """

    attester: Address
    statement: bytes
    key_digest: bytes = ZERO_HASH
    weight_point_x: bytes = ZERO_HASH
    weight_point_y: bytes = ZERO_HASH
    output: int = 0


class Commitment(NamedTuple):
    """
    Data of an account, hidden, for which an attester stands.

    `digest` is the hash of the point that commits to them.
    """

    digest: bytes
    until: int


@dataclass(frozen=True, slots=True)
class KindCreated(Event):
    """There is a kind of attestation from now on, its attester fixed."""

    kind_id: int
    attester: Address
    kind: Kind


@dataclass(frozen=True, slots=True)
class Attested(Event):
    """A kind holds of an account from now on; `until` is the first second in which it does not."""

    kind_id: int
    account: Address
    until: int


@dataclass(frozen=True, slots=True)
class DataCommitted(Event):
    """An attester stands for data of an account, which nobody sees, until a time."""

    kind_id: int
    account: Address
    digest: bytes
    until: int


@dataclass(frozen=True, slots=True)
class AttestationRevoked(Event):
    """A kind holds of an account no more, and nobody stands for its data."""

    kind_id: int
    account: Address


NO_COMMITMENT = Commitment(ZERO_HASH, 0)


class Attestations(Contract):
    """Attestations by kind and account."""

    NAME = "attestations"
    SOLIDITY = "Attestations"
    EVENTS = (AttestationRevoked, Attested, DataCommitted, KindCreated)
    ERRORS = (
        AlreadyOver,
        AttesterIsZero,
        InputMismatch,
        InstancesInvalid,
        KeyMismatch,
        NeedsNoProof,
        NeedsProof,
        NotAttested,
        NotAttester,
        NothingCommitted,
        NotProven,
        NotShown,
        OtherWeights,
        ProofTooShort,
        UnknownKind,
    )
    OBSERVED = (
        Observed("attestation_of", "_newest"),
        Observed("commitment_of", "_commitments"),
        Observed("kind_count"),
        Observed("kind_of", "_kinds"),
    )
    # Never raised: time goes on, and stays below 2**48 seconds.
    UNMODELLED = frozenset({"CheckpointUnorderedInsertion", "SafeCastOverflowedUintDowncast"})

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._kind_count = self.cell(0)
        self._kinds = self.table()
        self._counts = self.table()
        self._points = self.table()
        self._newest = self.table()
        self._attestations = Spans(self._counts, self._points, self._newest)
        self._commitments = self.table()
        self._known_keys = self.table()

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return the address of the verifier."""
        return (deployment.addresses["halo2_verifier"],)

    def create_kind(self, ctx: Context, kind: Kind) -> int:
        """
        Fix a new kind, and return its number, from 1; anyone may.

        Raises:
            AttesterIsZero: Nobody could attest it.
        """
        del ctx
        kind = Kind(*kind)
        if kind.attester == ZERO_ADDRESS:
            raise AttesterIsZero

        kind_id: int = self._kind_count.value + 1
        self._kind_count.value = kind_id
        self._kinds[kind_id] = kind
        self.emit(KindCreated(kind_id, kind.attester, kind))
        return kind_id

    def attest(self, ctx: Context, kind_id: int, account: Address, until: int) -> None:
        """
        Attest a kind of an account from now on, in place of what was attested before.

        Raises:
            UnknownKind: There is no such kind.
            NotAttester: The caller is not the kind's attester.
            NeedsProof: The kind is attested by a proof.
            AlreadyOver: The time is not in the future.
        """
        if self._by_attester(ctx, kind_id).key_digest != ZERO_HASH:
            raise NeedsProof(kind_id)
        if ctx.timestamp >= until:
            raise AlreadyOver(until)

        self._attest(ctx, kind_id, account, until)

    def commit_data(
        self, ctx: Context, kind_id: int, account: Address, digest: bytes, until: int
    ) -> None:
        """
        Stand for data of an account, in place of what was committed before.

        Raises:
            UnknownKind: There is no such kind.
            NotAttester: The caller is not the kind's attester.
            NeedsNoProof: The kind is attested by word.
            AlreadyOver: The time is not in the future.
        """
        if self._by_attester(ctx, kind_id).key_digest == ZERO_HASH:
            raise NeedsNoProof(kind_id)
        if ctx.timestamp >= until:
            raise AlreadyOver(until)

        self._commitments[kind_id, account] = Commitment(digest, until)
        self.emit(DataCommitted(kind_id, account, digest, until))

    def prove(
        self,
        ctx: Context,
        kind_id: int,
        account: Address,
        proof: bytes,
        instances: Sequence[int],
        vka: Sequence[bytes],
    ) -> None:
        """
        Attest a kind of an account by a proof about the data committed for it; anyone may bring it.

        No other account can use the proof: another commitment stands for its data. It attests as
        long as the attester stands for the data, so bringing it again changes nothing.

        Raises:
            UnknownKind: There is no such kind.
            NothingCommitted: Nobody stands for data of the account.
            ProofTooShort: The proof does not hold the commitments.
            KeyMismatch: The verifying key is not the kind's.
            InputMismatch: The proof is about other data.
            OtherWeights: The proof is about other weights.
            InstancesInvalid: The circuit has one public value.
            NotShown: It is not what the kind asks for.
            NotProven: The proof is not valid.
        """
        kind = self._kind(kind_id)
        committed = self._commitments.get((kind_id, account), NO_COMMITMENT)
        if ctx.timestamp >= committed.until:
            raise NothingCommitted(kind_id, account)
        _check_binding(kind_id, kind, committed.digest, proof, vka)
        if len(instances) != 1:
            raise InstancesInvalid(len(instances))
        if instances[0] != kind.output:
            raise NotShown(kind_id, instances[0])
        verifier = self._world.halo2_verifier
        if kind.key_digest not in self._known_keys:
            self._known_keys[kind.key_digest] = True
            verifier.register_vka(self.as_caller(ctx), vka)
        if not verifier.is_accepted(proof, instances, vka):
            raise NotProven(kind_id)

        self._attest(ctx, kind_id, account, committed.until)

    def revoke(self, ctx: Context, kind_id: int, account: Address) -> None:
        """
        End an attestation and what stands for the account's data: neither holds any more.

        Raises:
            UnknownKind: There is no such kind.
            NotAttester: The caller is not the kind's attester.
            NotAttested: There is nothing to end.
        """
        self._by_attester(ctx, kind_id)
        name = (kind_id, account)
        attested = self._attestations.holds_at(name, ctx.timestamp)
        if not attested and self._commitments.get(name, NO_COMMITMENT).until == 0:
            raise NotAttested(kind_id, account)

        self._commitments[name] = NO_COMMITMENT
        if attested:
            self._attestations.end(name, ctx.timestamp)
        self.emit(AttestationRevoked(kind_id, account))

    def kind_of(self, ctx: Context, kind_id: int) -> Kind:
        """
        Return a kind.

        Raises:
            UnknownKind: There is no such kind.
        """
        del ctx
        return self._kind(kind_id)

    def kind_count(self, ctx: Context) -> int:
        """Return how many kinds there are."""
        del ctx
        count: int = self._kind_count.value
        return count

    def commitment_of(self, ctx: Context, kind_id: int, account: Address) -> Commitment:
        """Return what an attester stands for; zeros where there is nothing."""
        del ctx
        held: Commitment = self._commitments.get((kind_id, account), NO_COMMITMENT)
        return held

    def attestation_of(self, ctx: Context, kind_id: int, account: Address) -> Span:
        """Return since when the newest attestation holds, and the first second it does not."""
        del ctx
        return self._attestations.newest((kind_id, account))

    def is_attested(self, ctx: Context, kind_id: int, account: Address, at: int) -> bool:
        """Whether a kind held of an account in a second."""
        del ctx
        return self._attestations.holds_at((kind_id, account), at)

    def was_attested(
        self, ctx: Context, kind_id: int, account: Address, from_: int, to: int
    ) -> bool:
        """Whether a kind held of an account at some moment of a time, both ends included."""
        del ctx
        return self._attestations.held_within((kind_id, account), from_, to)

    def _attest(self, ctx: Context, kind_id: int, account: Address, until: int) -> None:
        self._attestations.begin((kind_id, account), ctx.timestamp, until)
        self.emit(Attested(kind_id, account, until))

    def _by_attester(self, ctx: Context, kind_id: int) -> Kind:
        kind = self._kind(kind_id)
        if kind.attester != ctx.sender:
            raise NotAttester(kind_id, ctx.sender)
        return kind

    def _kind(self, kind_id: int) -> Kind:
        kind: Kind | None = self._kinds.get(kind_id)
        if kind is None:
            raise UnknownKind(kind_id)
        return kind


def _check_binding(
    kind_id: int, kind: Kind, committed: bytes, proof: bytes, vka: Sequence[bytes]
) -> None:
    if len(proof) < 2 * _POINT_BYTES:
        raise ProofTooShort(len(proof))
    actual_key = key_digest(vka)
    if actual_key != kind.key_digest:
        raise KeyMismatch(kind.key_digest, actual_key)
    actual_data = keccak(proof[:_POINT_BYTES])
    if actual_data != committed:
        raise InputMismatch(committed, actual_data)
    if proof[_POINT_BYTES : 2 * _POINT_BYTES] != kind.weight_point_x + kind.weight_point_y:
        raise OtherWeights(kind_id)
