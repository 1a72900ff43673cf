"""Gateway.sol: escrow, signed sessions, and receipts settled in Merkle batches."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from protocol.contract import Observed
from protocol.deployment import Deployment
from protocol.errors import (
    BatchReleased,
    HostNotActive,
    ModelNotActive,
    OnlyVerification,
    UnknownBatch,
)
from protocol.escrows import Escrows
from protocol.gateway_errors import (
    BatchHeld,
    BatchSizeInvalid,
    CloseAlreadyRequested,
    CloseTooEarly,
    EmptyEntry,
    EpochAfterExpiry,
    EpochOutOfWindow,
    NotSessionUser,
    PolicyRefused,
    PriceAboveMaximum,
    ReceiptReplayed,
    SequenceGap,
    SessionClosed,
    SessionExpired,
    SessionKnown,
    SessionMaximumExceeded,
    UnknownSession,
    VersionNotServable,
    WrongHost,
    WrongModel,
    WrongSigner,
)
from protocol.gateway_events import (
    BatchReleasedToRevenue,
    BatchSettled,
    CloseRequested,
    ReceiptRefunded,
    ReceiptsSettled,
    SessionClosedAndRefunded,
    SessionOpened,
)
from protocol.hashing import merkle_root, recover, typed_data_digest
from protocol.money import BPS, MAX_UINT256, mul_div_down, mul_div_up
from protocol.openzeppelin.arithmetic import checked
from protocol.openzeppelin.signatures import DomainDescription, SigningDomain
from protocol.parameters import BY_NAME
from protocol.policies import Use
from protocol.pricing import Usage
from protocol.sessions import (
    DOMAIN_NAME,
    DOMAIN_VERSION,
    Batch,
    Entry,
    InferenceReceipt,
    Session,
    SessionState,
    receipt_digest,
    session_id_of,
)
from protocol.types import ZERO_ADDRESS, Context, Event, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World

MAXIMUM_ENTRIES = 64
MAXIMUM_RELEASES = 32

_HOST_ROLE = 0
_MAX_UINT64 = 2**64 - 1
_CHALLENGE_WINDOW = BY_NAME["challengeWindowSeconds"].key


class Gateway(Escrows):
    """
    Users' escrow, the sessions they signed, the batches that hosts settled.

    In each currency the balance is always at least all that is available, locked or held.
    """

    NAME = "gateway"
    SOLIDITY = "Gateway"
    EVENTS: ClassVar[tuple[type[Event], ...]] = (
        *Escrows.EVENTS,
        BatchReleasedToRevenue,
        BatchSettled,
        CloseRequested,
        ReceiptRefunded,
        ReceiptsSettled,
        SessionClosedAndRefunded,
        SessionOpened,
    )
    ERRORS: ClassVar[tuple[type[ProtocolError], ...]] = (
        *Escrows.ERRORS,
        BatchHeld,
        BatchReleased,
        BatchSizeInvalid,
        CloseAlreadyRequested,
        CloseTooEarly,
        EmptyEntry,
        EpochAfterExpiry,
        EpochOutOfWindow,
        HostNotActive,
        ModelNotActive,
        NotSessionUser,
        OnlyVerification,
        PolicyRefused,
        PriceAboveMaximum,
        ReceiptReplayed,
        SequenceGap,
        SessionClosed,
        SessionExpired,
        SessionKnown,
        SessionMaximumExceeded,
        UnknownBatch,
        UnknownSession,
        VersionNotServable,
        WrongHost,
        WrongModel,
        WrongSigner,
    )
    OBSERVED: ClassVar[tuple[Observed, ...]] = (
        *Escrows.OBSERVED,
        Observed("refunds_of", "_refunds"),
        Observed("session_of", "_sessions"),
        Observed("batch_of", "_batches"),
        Observed("batch_count"),
    )
    UNMODELLED = frozenset(
        {
            # Never raised: amounts stay below 2**128, as the supply does; times below 2**64; model
            # numbers below 2**48; the token returns true, and the domain's names are short.
            "InvalidShortString",
            "SafeCastOverflowedUintDowncast",
            "SafeERC20FailedOperation",
            "StringTooLong",
            # Only a contract that re-deploys itself under another domain announces it.
            "EIP712DomainChanged",
        }
    )

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        values = world.deployment.values
        self._epoch_seconds = values["epochSeconds"]
        self._settlement_window_epochs = values["settlementWindowEpochs"]
        self._close_delay_seconds = values["closeDelaySeconds"]
        self._domain = SigningDomain(
            DOMAIN_NAME, DOMAIN_VERSION, world.deployment.chain_id, self.address
        )
        self._sessions = self.table()
        self._refunds = self.table()
        self._policed = self.table()
        self._paid_in = self.table()
        self._batches = self.table()
        self._batch_fees = self.table()
        self._batches_in = self.table()
        self._batch_count = self.cell(0)

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[object, ...]:
        """Return the contracts that the gateway asks, the currencies, and its fixed times."""
        names = (
            "settlement_token",
            "parameter_store",
            "model_registry",
            "lineage",
            "pricing",
            "revenue",
            "staking",
            "verification",
            "policies",
            "access",
        )
        numbers = ("epochSeconds", "settlementWindowEpochs", "closeDelaySeconds")
        return (
            tuple(deployment.addresses[name] for name in names),
            cls._currencies(deployment),
            *(deployment.values[name] for name in numbers),
        )

    def open_session(self, ctx: Context, session: Session, signature: bytes) -> bytes:
        """
        Open a session that its user signed, and lock its maximum total; anyone may bring it.

        Raises:
            SessionExpired: The expiry has passed.
            SessionKnown: The session was opened before, and closed or not makes no difference.
            WrongSigner: The signature is not the user's.
            HostNotActive: The host has not the stake to serve.
            ModelNotActive: The model is unknown or awaits approval.
            VersionNotServable: The version is unknown or deprecated.
            PolicyRefused: The version's licence, or its policy, does not allow the use.
            NoTariff: The model has no prices yet, and with them no currency for life.
            InsufficientEscrow: The maximum total is not available in the model's currency.
        """
        session = Session(*session)
        session_id = session_id_of(session)
        if ctx.timestamp > session.expires_at:
            raise SessionExpired(session_id, session.expires_at)
        if session_id in self._sessions:
            raise SessionKnown(session_id)
        signer = recover(typed_data_digest(self._domain.separator, session_id), signature)
        if signer == ZERO_ADDRESS or signer != session.user:
            raise WrongSigner(session.user, signer)
        self._require_servable(ctx, session)
        policed = self._admit(ctx, session)
        # A model with a tariff has its currency for life.
        currency = self._world.pricing.fixed_currency_of(self.as_caller(ctx), session.model_id)
        self._take_available(session.user, currency, session.maximum_total)

        available, locked = self._escrow(session.user, currency)
        self._hold(session.user, currency, available, locked + session.maximum_total)
        self._sessions[session_id] = SessionState(session)
        if policed is not None:
            self._policed[session_id] = policed
        self._paid_in[session_id] = currency
        self.emit(
            SessionOpened(
                session_id, session.user, session.host, session.model_id, session.maximum_total
            )
        )
        return session_id

    def settle(self, ctx: Context, model_id: int, root: bytes, entries: tuple[Entry, ...]) -> int:
        """
        Take the price of the receipts below a Merkle root from their sessions, and hold it back.

        The caller is the sessions' host.
        One refused entry refuses the whole batch.

        Raises:
            BatchSizeInvalid: Not 1 to 64 entries.
            HostNotActive: The caller has not the stake to serve.
            UnknownSession, WrongHost, WrongModel, SessionClosed: The session is not one to settle.
            ReceiptReplayed, SequenceGap, EmptyEntry: The receipts are not the next ones.
            VersionNotServable: The version was deprecated.
            EpochOutOfWindow, EpochAfterExpiry: The receipts are too old, too new, or too late.
            PolicyRefused: The licence's policy did not allow these calls in their epoch.
            AccessRefused: The model is closed, and its user has no right to the calls.
            PriceAboveMaximum, SessionMaximumExceeded: The user did not sign for that much.
        """
        if not 1 <= len(entries) <= MAXIMUM_ENTRIES:
            raise BatchSizeInvalid(len(entries), MAXIMUM_ENTRIES)
        if not self._world.staking.is_active(self.as_caller(ctx), ctx.sender, _HOST_ROLE):
            raise HostNotActive(ctx.sender)

        batch_id: int = self._batch_count.value + 1
        is_managed = self._world.access.is_managed(self.as_caller(ctx), model_id)
        calls = amount = 0
        currency = ZERO_ADDRESS
        for entry in map(Entry._make, entries):
            entry_calls, paid = self._settle_entry(ctx, model_id, batch_id, entry, is_managed)
            calls = checked(calls + entry_calls, 64)
            amount += paid
            currency = self._paid_in[entry.session_id]  # The same in all sessions of a model.

        self._batch_count.value = batch_id
        self._batches[batch_id] = Batch(ctx.sender, model_id, root, amount, calls, ctx.timestamp)
        # The model's shares of today: no owner takes the host's fee back before the release.
        tariff = self._world.pricing.tariff_of(self.as_caller(ctx), model_id)
        self._batch_fees[batch_id] = (tariff.host_fee_bps, tariff.data_pool_bps)
        self._batches_in[batch_id] = currency
        self.emit(BatchSettled(batch_id, ctx.sender, model_id, root, calls, amount))
        self._world.pricing.record_usage(self.as_caller(ctx), model_id, calls)
        return batch_id

    def release(self, ctx: Context, batch_ids: tuple[int, ...]) -> None:
        """
        Hand what batches hold to Revenue, once nobody may challenge them any more; anyone may.

        Raises:
            BatchSizeInvalid: Not 1 to 32 batches.
            UnknownBatch, BatchReleased: There is nothing to release.
            BatchHeld: The challenge window or a check is open.
        """
        if not 1 <= len(batch_ids) <= MAXIMUM_RELEASES:
            raise BatchSizeInvalid(len(batch_ids), MAXIMUM_RELEASES)
        world, caller = self._world, self.as_caller(ctx)
        window = world.parameter_store.get(caller, _CHALLENGE_WINDOW)
        for batch_id in batch_ids:
            batch = self._batch(batch_id)
            if batch.released:
                raise BatchReleased(batch_id)
            until = batch.settled_at + window
            if ctx.timestamp <= until or batch.open_checks:
                raise BatchHeld(batch_id, until, batch.open_checks)

            self._batches[batch_id] = batch._replace(held=0, released=True)
            self.emit(BatchReleasedToRevenue(batch_id, batch.held))
            currency = self._batches_in[batch_id]
            is_stable = currency == world.stable_token.address
            revenue = world.stable_revenue if is_stable else world.revenue
            self._pay(ctx, currency, revenue.address, batch.held)
            fees = self._batch_fees[batch_id]
            revenue.credit(caller, batch.model_id, batch.host, batch.held, *fees)

    def request_close(self, ctx: Context, session_id: bytes) -> None:
        """
        Give notice of closing a session; the host may settle until it is over.

        Raises:
            UnknownSession: There is no such session.
            NotSessionUser: The caller is not its user.
            SessionClosed: It is closed.
            CloseAlreadyRequested: Notice was given before.
        """
        held = self._session(session_id)
        if ctx.sender != held.session.user:
            raise NotSessionUser(session_id, ctx.sender)
        if held.closed:
            raise SessionClosed(session_id)
        if held.close_requested_at:
            raise CloseAlreadyRequested(session_id)
        requested = held._replace(close_requested_at=ctx.timestamp)
        self._sessions[session_id] = requested
        self.emit(CloseRequested(session_id, self._closable_at(requested)))

    def close_session(self, ctx: Context, session_id: bytes) -> None:
        """
        Close a session and unlock what it did not spend; unsettled receipts are void.

        The host may at any time; anyone else after the notice, or long enough after the expiry.

        Raises:
            UnknownSession: There is no such session.
            SessionClosed: It is closed.
            CloseTooEarly: The caller is not the host, who may still settle.
        """
        held = self._session(session_id)
        if held.closed:
            raise SessionClosed(session_id)
        closable_at = self._closable_at(held)
        if ctx.sender != held.session.host and ctx.timestamp < closable_at:
            raise CloseTooEarly(session_id, closable_at)

        refunded = held.session.maximum_total - held.spent
        user, currency = held.session.user, self._paid_in[session_id]
        available, locked = self._escrow(user, currency)
        self._sessions[session_id] = held._replace(closed=True)
        self._hold(user, currency, available + refunded, locked - refunded)
        self.emit(SessionClosedAndRefunded(session_id, refunded))
        if session_id in self._policed:
            self._world.policies.leave(self.as_caller(ctx), self._policed[session_id])

    def hold(self, ctx: Context, batch_id: int) -> None:
        """
        Open one check: the batch is not released before it has ended.

        Raises:
            OnlyVerification: Another caller.
            UnknownBatch: There is no such batch.
        """
        self._require_verification(ctx)
        batch = self._batch(batch_id)
        self._batches[batch_id] = batch._replace(open_checks=batch.open_checks + 1)

    def settle_check(self, ctx: Context, batch_id: int, session_id: bytes, refund: int) -> int:
        """
        End one check, and return what goes from the batch back into the user's escrow.

        It is as much as the batch still holds, and the session has paid and was not refunded yet:
        the mean was higher before calls that cost less.

        Raises:
            OnlyVerification: Another caller.
            UnknownBatch, UnknownSession: There is no such batch or session.
        """
        self._require_verification(ctx)
        batch = self._batch(batch_id)
        held = self._session(session_id)
        prepaid, before = self._refunded(session_id)
        refunded = min(refund, batch.held, held.spent + prepaid - before)
        self._batches[batch_id] = batch._replace(
            held=batch.held - refunded, open_checks=batch.open_checks - 1
        )
        if refunded:
            user = held.session.user
            self._refunds[session_id] = (prepaid, before + refunded)
            self._add_available(user, self._paid_in[session_id], refunded)
            self.emit(ReceiptRefunded(batch_id, session_id, refunded))
        return refunded

    def session_of(self, ctx: Context, session_id: bytes) -> SessionState:
        """
        Return a session and how far it is settled.

        Raises:
            UnknownSession: There is no such session.
        """
        del ctx
        return self._session(session_id)

    def batch_of(self, ctx: Context, batch_id: int) -> Batch:
        """
        Return a batch and what it still holds.

        Raises:
            UnknownBatch: There is no such batch.
        """
        del ctx
        return self._batch(batch_id)

    def batch_count(self, ctx: Context) -> int:
        """Return how many batches there are; their ids count from 1."""
        del ctx
        count: int = self._batch_count.value
        return count

    def receipt_digest(self, ctx: Context, receipt: InferenceReceipt) -> bytes:
        """Return a receipt's leaf: its EIP-712 digest."""
        del ctx
        return receipt_digest(self._domain.separator, receipt)

    def is_in_batch(
        self, ctx: Context, batch_id: int, receipt: InferenceReceipt, proof: Sequence[bytes]
    ) -> bool:
        """
        Return whether a proof leads from a receipt to a batch's root.

        Its session must have settled that far, with the batch's host and model: no host can
        refund strangers by slipping a leaf of theirs into a tree.
        """
        del ctx
        receipt = InferenceReceipt(*receipt)
        held, batch = self._sessions.get(receipt.session_id), self._batches.get(batch_id)
        if held is None or batch is None:
            return False
        if (held.session.host, held.session.model_id) != (batch.host, batch.model_id):
            return False
        if not 1 <= receipt.sequence <= held.settled_sequence:
            return False
        # A leaf hashes 66 bytes and a node 64, so no node passes for a leaf.
        leaf = receipt_digest(self._domain.separator, receipt)
        root: bytes = batch.root
        return merkle_root(leaf, proof) == root

    def refundable_of(self, ctx: Context, receipt: InferenceReceipt) -> int:
        """
        Return what a failed receipt gives back: the mean price of its session's calls, rounded
        down. What was paid ahead for calls is part of it.

        The receipt's own usage and time are the host's word alone: were they priced here, an
        impossible time would make every check of the receipt fail, and an inflated usage would
        empty the batch.
        Rounding down favours the payees.

        Raises:
            UnknownSession: There is no such session.
        """
        del ctx
        session_id = InferenceReceipt(*receipt).session_id
        held = self._session(session_id)
        if held.settled_sequence == 0:
            return 0
        prepaid, _ = self._refunded(session_id)
        return mul_div_down(held.spent + prepaid, 1, held.settled_sequence)

    def refunds_of(self, ctx: Context, session_id: bytes) -> tuple[int, int]:
        """
        Return what had been paid ahead for a session's calls, and what it was refunded.

        Raises:
            UnknownSession: There is no such session.
        """
        del ctx
        self._session(session_id)
        return self._refunded(session_id)

    def eip712_domain(self, ctx: Context) -> DomainDescription:
        """Return the domain that sessions and receipts are signed in (ERC-5267)."""
        del ctx
        return self._domain.description

    def _settle_entry(
        self, ctx: Context, model_id: int, batch_id: int, entry: Entry, is_managed: bool
    ) -> tuple[int, int]:
        """Return the entry's calls, and what is paid for them: now by the user, or ahead."""
        session_id = entry.session_id
        held = self._session(session_id)
        session = held.session
        self._require_next(ctx, model_id, held, entry)
        if not self._world.model_registry.is_servable(
            self.as_caller(ctx), model_id, session.version
        ):
            raise VersionNotServable(model_id, session.version)
        self._require_epoch(ctx, session, entry)

        calls = entry.last_sequence - entry.first_sequence + 1
        if session_id in self._policed:
            use = self._policed[session_id]
            reason = self._world.policies.record(self.as_caller(ctx), use, entry.epoch, calls)
            if reason:
                raise PolicyRefused(model_id, reason)
        usage = Usage(
            calls, entry.input_tokens, entry.output_tokens, entry.micro_megapixels, entry.steps
        )
        price = self._world.pricing.quote_at(self.as_caller(ctx), model_id, usage, entry.epoch)
        prepaid = 0
        if is_managed:
            price, prepaid = self._use_access(ctx, session, entry.epoch, calls, price)
        if prepaid:
            before, refunded = self._refunded(session_id)
            self._refunds[session_id] = (before + prepaid, refunded)
        # Beyond the type both limits are the largest number: they then refuse or allow as in life.
        maximum = min(calls * session.maximum_price, MAX_UINT256)
        if price > maximum:
            raise PriceAboveMaximum(session_id, price, maximum)
        spent = min(held.spent + price, MAX_UINT256)
        if spent > session.maximum_total:
            raise SessionMaximumExceeded(session_id, spent, session.maximum_total)

        self._sessions[session_id] = held._replace(
            spent=spent, settled_sequence=entry.last_sequence
        )
        currency = self._paid_in[session_id]
        available, locked = self._escrow(session.user, currency)
        self._hold(session.user, currency, available, locked - price)
        self.emit(ReceiptsSettled(session_id, batch_id, entry.last_sequence, calls, price))
        return calls, price + prepaid

    def _use_access(
        self, ctx: Context, session: Session, epoch: int, calls: int, price: int
    ) -> tuple[int, int]:
        """Return what is left to pay of a price, and what was paid ahead for the calls."""
        waived, prepaid = self._world.access.consume(
            self.as_caller(ctx), session.model_id, session.version, session.user, calls, epoch
        )
        # Rounding up, as every price does.
        return mul_div_up(price, calls * BPS - waived, calls * BPS), prepaid

    def _require_next(self, ctx: Context, model_id: int, held: SessionState, entry: Entry) -> None:
        session_id, settled = entry.session_id, held.settled_sequence
        if held.session.host != ctx.sender:
            raise WrongHost(session_id, ctx.sender)
        if held.session.model_id != model_id:
            raise WrongModel(session_id, model_id)
        if held.closed:
            raise SessionClosed(session_id)
        if entry.first_sequence <= settled:
            raise ReceiptReplayed(session_id, settled, entry.first_sequence)
        if entry.first_sequence != settled + 1:
            raise SequenceGap(session_id, settled + 1, entry.first_sequence)
        if entry.last_sequence < entry.first_sequence:
            raise EmptyEntry(session_id)

    def _require_epoch(self, ctx: Context, session: Session, entry: Entry) -> None:
        current = ctx.timestamp // self._epoch_seconds
        oldest = max(current - self._settlement_window_epochs, 0)
        if not oldest <= entry.epoch <= current:
            raise EpochOutOfWindow(entry.epoch, oldest, current)
        if entry.epoch * self._epoch_seconds > session.expires_at:
            raise EpochAfterExpiry(entry.session_id, entry.epoch)

    def _require_servable(self, ctx: Context, session: Session) -> None:
        world, caller = self._world, self.as_caller(ctx)
        model_id, version = session.model_id, session.version
        if not world.staking.is_active(caller, session.host, _HOST_ROLE):
            raise HostNotActive(session.host)
        if not world.lineage.is_active(caller, model_id):
            raise ModelNotActive(model_id)
        if not world.model_registry.is_servable(caller, model_id, version):
            raise VersionNotServable(model_id, version)

    def _admit(self, ctx: Context, session: Session) -> Use | None:
        """Return the use as it is asked for again at settlement, None where nothing is asked."""
        world, caller, model_id = self._world, self.as_caller(ctx), session.model_id
        licence_id = world.model_registry.licence_of(caller, model_id, session.version)
        commercial, territory, use_case = session[-3:]
        use = Use(licence_id, model_id, session.user, commercial, territory, use_case)
        reason, policed = world.policies.admit(caller, use)
        if reason:
            raise PolicyRefused(model_id, reason)
        return use if policed else None

    def _require_verification(self, ctx: Context) -> None:
        if ctx.sender != self._world.verification.address:
            raise OnlyVerification(ctx.sender)

    def _closable_at(self, held: SessionState) -> int:
        # A session that never expires closes after a notice alone: the sum stays within its type.
        after_expiry = held.session.expires_at + self._close_delay_seconds + 1
        if held.close_requested_at:
            after_notice = held.close_requested_at + self._close_delay_seconds
            return min(after_notice, after_expiry, _MAX_UINT64)
        return min(after_expiry, _MAX_UINT64)

    def _refunded(self, session_id: bytes) -> tuple[int, int]:
        # What was paid ahead for its calls, and what came back.
        refunds: tuple[int, int] = self._refunds.get(session_id, (0, 0))
        return refunds

    def _session(self, session_id: bytes) -> SessionState:
        held: SessionState | None = self._sessions.get(session_id)
        if held is None:
            raise UnknownSession(session_id)
        return held

    def _batch(self, batch_id: int) -> Batch:
        batch: Batch | None = self._batches.get(batch_id)
        if batch is None:
            raise UnknownBatch(batch_id)
        return batch
