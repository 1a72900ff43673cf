"""Attestations.sol: what attesters say of accounts, by kind, until a time."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from protocol.contract import Contract, Observed
from protocol.errors import UnknownKind
from protocol.spans import Span, Spans
from protocol.types import ZERO_ADDRESS, Address, Context, Event, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World


class Kind(NamedTuple):
    """
    What is attested, and by whom.

    `statement` is the hash of the text that is attested of an account.
    """

    attester: Address
    statement: bytes


@dataclass(eq=False)
class AlreadyOver(ProtocolError):
    """The time is over already."""

    until: int


@dataclass(eq=False)
class AttesterIsZero(ProtocolError):
    """A kind needs an attester."""


@dataclass(eq=False)
class NotAttested(ProtocolError):
    """The kind does not hold of the account."""

    kind_id: int
    account: Address


@dataclass(eq=False)
class NotAttester(ProtocolError):
    """Only the kind's attester may do this."""

    kind_id: int
    caller: Address


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
class AttestationRevoked(Event):
    """A kind holds of an account no more."""

    kind_id: int
    account: Address


class Attestations(Contract):
    """Attestations by kind and account."""

    NAME = "attestations"
    SOLIDITY = "Attestations"
    EVENTS = (AttestationRevoked, Attested, KindCreated)
    ERRORS = (AlreadyOver, AttesterIsZero, NotAttested, NotAttester, UnknownKind)
    OBSERVED = (
        Observed("attestation_of", "_newest"),
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
            AlreadyOver: The time is not in the future.
        """
        self._require_attester(ctx, kind_id)
        if ctx.timestamp >= until:
            raise AlreadyOver(until)

        self._attestations.begin((kind_id, account), ctx.timestamp, until)
        self.emit(Attested(kind_id, account, until))

    def revoke(self, ctx: Context, kind_id: int, account: Address) -> None:
        """
        End an attestation: it does not hold in this second any more.

        Raises:
            UnknownKind: There is no such kind.
            NotAttester: The caller is not the kind's attester.
            NotAttested: There is nothing to end.
        """
        self._require_attester(ctx, kind_id)
        if not self._attestations.holds_at((kind_id, account), ctx.timestamp):
            raise NotAttested(kind_id, account)

        self._attestations.end((kind_id, account), ctx.timestamp)
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

    def _require_attester(self, ctx: Context, kind_id: int) -> None:
        if self._kind(kind_id).attester != ctx.sender:
            raise NotAttester(kind_id, ctx.sender)

    def _kind(self, kind_id: int) -> Kind:
        kind: Kind | None = self._kinds.get(kind_id)
        if kind is None:
            raise UnknownKind(kind_id)
        return kind
