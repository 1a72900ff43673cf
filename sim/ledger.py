"""
The ledger of a run: every call and event, written to the run folder and added up for figures,
tables and invariants.
"""

import json
from array import array
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from protocol.dataset_registry import TrainingRecorded
from protocol.gateway_errors import PolicyRefused
from protocol.gateway_events import (
    BatchReleasedToRevenue,
    BatchSettled,
    ReceiptRefunded,
    ReceiptsSettled,
    SessionClosedAndRefunded,
    SessionOpened,
)
from protocol.key_releases_terms import KeyReleased, RequestClosed
from protocol.lineage import Forked, Merged
from protocol.marketplace import ModelSold
from protocol.openzeppelin.erc20 import Transfer
from protocol.policies import REASONS
from protocol.revenue_events import Credited, Distributed, ModelPaid, RoyaltyPaid
from protocol.staking import Slashed
from protocol.streams import StreamCanceled, StreamCreated, StreamWithdrawn
from protocol.types import ZERO_ADDRESS, Call, Event, ProtocolError, Receipt
from protocol.verification_events import CheckFailed, CheckOpened, CheckPassed, SecretRevealed
from sim.access_book import AccessBook
from sim.channel_book import ChannelBook
from sim.currency_book import CurrencyBook
from sim.policy_book import PolicyBook
from sim.rights_book import RightsBook
from sim.runs import RunWriter

SETTLEMENTS = frozenset({"settle", "release"})
_RECENT_CALLS = 5


def reason_of(refusal: ProtocolError) -> str:
    """Return what a refusal is called, a policy's with its reason in words."""
    name = type(refusal).__name__
    if isinstance(refusal, PolicyRefused):
        return f"{name}: {REASONS.get(refusal.reason, refusal.reason)}"
    return name


class Refused(NamedTuple):
    """What was refused: when, what, why and whom."""

    tick: int
    contract: str
    function: str
    reason: str
    role: str


@dataclass
class BatchMoney:
    """Where the money of a batch is."""

    settled: int
    refunded: int = 0


@dataclass
class SessionUse:
    """What a session has settled."""

    maximum_total: int
    last_sequence: int = 0
    spent: int = 0


@dataclass
class Ledger:
    """
    Adds up what happened; amounts in base units.

    `tick` counts the running tick, `total` the run; both by the names that the handlers below give.
    """

    writer: RunWriter | None = None
    number: int = 0
    tick: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)
    host_fees: Counter[str] = field(default_factory=Counter)
    model_paid: Counter[int] = field(default_factory=Counter)
    model_accrued: Counter[int] = field(default_factory=Counter)
    royalties_received: Counter[int] = field(default_factory=Counter)
    royalties_paid: Counter[int] = field(default_factory=Counter)
    contributors_paid: Counter[int] = field(default_factory=Counter)
    distributing: set[tuple[int, int]] = field(default_factory=set)
    """Who paid whom royalties out of the amount that is being distributed."""
    slashed: Counter[str] = field(default_factory=Counter)
    on_record: set[int] = field(default_factory=set)
    """Models with a training on record."""
    donated: Counter[str] = field(default_factory=Counter)
    batches: dict[int, BatchMoney] = field(default_factory=dict)
    """Batches that hold money back."""
    sessions: dict[bytes, SessionUse] = field(default_factory=dict)
    """Sessions that are open."""
    refusals: dict[Refused, list[int]] = field(default_factory=dict)
    gas: dict[tuple[str, str], "array[int]"] = field(
        default_factory=lambda: defaultdict(lambda: array("Q"))
    )
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    check_gas: dict[int, int] = field(default_factory=dict)
    recent: dict[str, deque[tuple[int, str, str]]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=_RECENT_CALLS))
    )
    faults: list[str] = field(default_factory=list)
    """Events that contradict each other, found as they came; invariants report them."""
    policies: PolicyBook = field(default_factory=PolicyBook)
    channels: ChannelBook = field(default_factory=ChannelBook)
    currencies: CurrencyBook = field(default_factory=CurrencyBook)
    """All amounts in other currencies than MNFT; everything else here is in MNFT."""
    access: AccessBook = field(init=False)
    rights: RightsBook = field(init=False)

    def __post_init__(self) -> None:
        """Let the books of access and rights count here."""
        self.access = AccessBook(self._count, self.faults, self.currencies.of_model)
        self.rights = RightsBook(self._count)

    def on_call(self, tick: int, actor: str, call: Call, receipt: Receipt) -> None:
        """Note a call and its receipt."""
        self.number += 1
        name = (call.contract, call.function)
        self.calls[name] += 1
        if receipt.gas is not None:
            self.gas[name].append(receipt.gas)
            if call.contract == "gateway" and call.function in SETTLEMENTS:
                self.total["settlement_gas"] += receipt.gas
        if receipt.refusal is not None:
            key = Refused(tick, *name, reason_of(receipt.refusal), actor.rpartition("-")[0])
            self.refusals.setdefault(key, [0, self.number])[0] += 1
            self._count("refused", 1)
            return
        self._count("calls", 1)
        self._note_gift(call)
        self._note_events(call, actor, receipt)
        before = self.policies.total["attestations"]
        self.policies.note(call, receipt)
        self._count("attestations", self.policies.total["attestations"] - before)
        if name == ("verification", "answer_check"):
            self._note_proof(call, receipt)
        if self.writer is not None and receipt.events:
            self.writer.events(tick, self.number, receipt.events)

    def begin_tick(self) -> None:
        """Start a tick's counts at zero."""
        self.tick.clear()
        self.currencies.tick.clear()

    def _note_gift(self, call: Call) -> None:
        place = {"transfer": 0, "transfer_from": 1}.get(call.function)
        if place is None or call.contract not in ("settlement_token", "stable_token"):
            return
        to, amount = call.arguments[place : place + 2]
        if call.contract == "settlement_token":
            self.donated[to] += amount
        else:
            self.currencies.donated[call.contract, to] += amount

    def _note_proof(self, call: Call, receipt: Receipt) -> None:
        check_id, proof, instances, words = call.arguments
        if receipt.gas is not None:
            self.check_gas[check_id] = receipt.gas
        if self.writer is not None:
            accepted = {
                "check_id": check_id,
                "call": self.number,
                "proof": "0x" + proof.hex(),
                "instances": [str(instance) for instance in instances],
                "verifier_words": ["0x" + word.hex() for word in words],
            }
            self.writer.proof(f"check-{check_id}.json", json.dumps(accepted, indent=1).encode())

    def _note_events(self, call: Call, actor: str, receipt: Receipt) -> None:
        for contract in {call.contract, *[log.contract for log in receipt.events]}:
            self.recent[contract].append((self.number, f"{call.contract}.{call.function}", actor))
        for log in receipt.events:
            self.access.note(log.event)
            self.rights.note(log.event)
            self.channels.note(log.event)
            is_other = self.currencies.note(log) or (
                isinstance(log.event, Transfer) and log.contract != "settlement_token"
            )
            handler = (_OTHERS if is_other else _HANDLERS).get(type(log.event))
            if handler is not None:
                handler(self, log.event)

    def proofs_refused(self) -> int:
        """Return how many answers to checks the rules refused."""
        return sum(
            count
            for refused, (count, _) in self.refusals.items()
            if refused.function == "answer_check"
        )

    def _count(self, name: str, amount: int) -> None:
        self.tick[name] += amount
        self.total[name] += amount

    def _transferred(self, event: Transfer) -> None:
        if event.to == ZERO_ADDRESS:
            self._count("burned", event.value)

    def _session_opened(self, event: SessionOpened) -> None:
        self._count("sessions_opened", 1)
        self.sessions[event.session_id] = SessionUse(event.maximum_total)

    def _session_closed(self, event: SessionClosedAndRefunded) -> None:
        self.sessions.pop(event.session_id, None)

    def _receipts_settled(self, event: ReceiptsSettled) -> None:
        self._count("receipts_settled", event.calls)
        session = self.sessions.get(event.session_id)
        if session is None:
            self.faults.append(
                f"I-06 session {event.session_id.hex()[:8]} settled without being opened"
            )
            return
        if session.last_sequence + event.calls != event.last_sequence:
            self.faults.append(
                f"I-05 session {event.session_id.hex()[:8]} settled {event.calls} receipts up to "
                f"{event.last_sequence} after {session.last_sequence}"
            )
        session.last_sequence = event.last_sequence
        session.spent += event.price
        if session.spent > session.maximum_total:
            spent = f"spent {session.spent} of {session.maximum_total}"
            self.faults.append(f"I-05 session {event.session_id.hex()[:8]} {spent}")

    def _batch_settled(self, event: BatchSettled) -> None:
        self._count("revenue", event.amount)
        if event.model_id == 1:
            self._count("first_model_revenue", event.amount)
        self.model_paid[event.model_id] += event.amount
        self._batch_held(event)

    def _batch_held(self, event: BatchSettled) -> None:
        self._count("calls_settled", event.calls)
        if event.model_id in self.on_record:
            self._count("calls_on_record", event.calls)
        self.batches[event.batch_id] = BatchMoney(event.amount)

    def _refunded(self, event: ReceiptRefunded) -> None:
        self._count("refunded", event.amount)
        self._batch_refunded(event)

    def _batch_refunded(self, event: ReceiptRefunded) -> None:
        batch = self.batches.get(event.batch_id)
        if batch is None:
            self.faults.append(
                f"I-09 batch {event.batch_id} refunded {event.amount} after its release"
            )
        else:
            batch.refunded += event.amount

    def _released(self, event: BatchReleasedToRevenue) -> None:
        self._count("released", event.amount)
        self._batch_released(event)

    def _batch_released(self, event: BatchReleasedToRevenue) -> None:
        batch = self.batches.pop(event.batch_id, None)
        if batch is None:
            self.faults.append(f"I-09 batch {event.batch_id} released {event.amount} once more")
        elif event.amount != batch.settled - batch.refunded:
            self.faults.append(
                f"I-09 batch {event.batch_id} released {event.amount} of {batch.settled} settled "
                f"and {batch.refunded} refunded"
            )

    def _credited(self, event: Credited) -> None:
        self._count("protocol_fee", event.protocol_fee)
        self._count("verification_pool", event.verification_pool)
        self._count("host_fee", event.host_fee)
        self._count("data_pool", event.data_pool)
        self._count("accrued", event.accrued)
        self.host_fees[event.host] += event.host_fee
        self.model_accrued[event.model_id] += event.accrued

    def _model_paid(self, event: ModelPaid) -> None:
        self._count("paid_directly", event.amount)
        self.model_accrued[event.model_id] += event.amount

    def _sold(self, event: ModelSold) -> None:
        self._count("resales", 1)
        self._count("resale_volume", event.price)
        self._count("resale_fee", event.protocol_fee)
        self._count("resale_royalties", event.royalty)
        self._count("resale_royalties_due", event.royalty_due)
        if event.protocol_fee + event.royalty > event.price or event.royalty > event.royalty_due:
            self.faults.append(
                f"I-13 model {event.model_id} sold for {event.price}, of which a fee of "
                f"{event.protocol_fee} and a royalty of {event.royalty} of {event.royalty_due} due"
            )

    def _stream_created(self, event: StreamCreated) -> None:
        self._count("streamed_in", event.deposit)

    def _stream_withdrawn(self, event: StreamWithdrawn) -> None:
        self._count("streamed_out", event.amount)

    def _stream_canceled(self, event: StreamCanceled) -> None:
        self._count("streamed_back", event.refunded)

    def _royalty_paid(self, event: RoyaltyPaid) -> None:
        self._count("royalties", event.amount)
        self._royalty_shared(event)
        self.royalties_paid[event.child_id] += event.amount
        self.royalties_received[event.parent_id] += event.amount

    def _royalty_shared(self, event: RoyaltyPaid) -> None:
        path = (event.child_id, event.parent_id)
        if path in self.distributing:
            self.faults.append(f"I-04 model {path[0]} paid {path[1]} twice for one amount")
        self.distributing.add(path)

    def _shared_out(self, _: Distributed) -> None:
        self.distributing.clear()

    def _distributed(self, event: Distributed) -> None:
        self._shared_out(event)
        self._count("contributors", event.contributors)
        self.contributors_paid[event.model_id] += event.contributors

    def _slashed(self, event: Slashed) -> None:
        self._count("slashes", 1)
        self._count("slashed", event.penalty)
        self.slashed[event.account] += event.penalty
        if event.penalty != event.rewarded + event.burned:
            self.faults.append(
                f"I-07 a slash of {event.penalty} paid {event.rewarded} and burned {event.burned}"
            )

    def _check_opened(self, _: CheckOpened) -> None:
        self._count("checks_opened", 1)

    def _check_passed(self, _: CheckPassed) -> None:
        self._count("checks_passed", 1)

    def _check_failed(self, _: CheckFailed) -> None:
        self._count("checks_failed", 1)

    def _training_recorded(self, event: TrainingRecorded) -> None:
        self._count("trainings", 1)
        self.on_record.add(event.model_id)

    def _forked(self, _: Forked) -> None:
        self._count("births", 1)
        self._count("forks", 1)

    def _merged(self, _: Merged) -> None:
        self._count("births", 1)
        self._count("merges", 1)

    def _key_released(self, _: KeyReleased) -> None:
        self._count("keys_released", 1)

    def _request_closed(self, event: RequestClosed) -> None:
        self._count("key_fees", event.paid)

    def _revealed(self, _: SecretRevealed) -> None:
        self._count("secrets_revealed", 1)


_HANDLERS: Mapping[type[Event], Callable[[Ledger, Any], None]] = {
    Transfer: Ledger._transferred,
    SessionOpened: Ledger._session_opened,
    SessionClosedAndRefunded: Ledger._session_closed,
    ReceiptsSettled: Ledger._receipts_settled,
    BatchSettled: Ledger._batch_settled,
    ReceiptRefunded: Ledger._refunded,
    BatchReleasedToRevenue: Ledger._released,
    Credited: Ledger._credited,
    ModelPaid: Ledger._model_paid,
    ModelSold: Ledger._sold,
    StreamCreated: Ledger._stream_created,
    StreamWithdrawn: Ledger._stream_withdrawn,
    StreamCanceled: Ledger._stream_canceled,
    RoyaltyPaid: Ledger._royalty_paid,
    Distributed: Ledger._distributed,
    Slashed: Ledger._slashed,
    CheckOpened: Ledger._check_opened,
    CheckPassed: Ledger._check_passed,
    CheckFailed: Ledger._check_failed,
    Forked: Ledger._forked,
    Merged: Ledger._merged,
    TrainingRecorded: Ledger._training_recorded,
    SecretRevealed: Ledger._revealed,
    KeyReleased: Ledger._key_released,
    RequestClosed: Ledger._request_closed,
}

_OTHERS: Mapping[type[Event], Callable[[Ledger, Any], None]] = {
    BatchSettled: Ledger._batch_held,
    ReceiptRefunded: Ledger._batch_refunded,
    BatchReleasedToRevenue: Ledger._batch_released,
    RoyaltyPaid: Ledger._royalty_shared,
    Distributed: Ledger._shared_out,
}
"""What is noted of events in other currencies: everything but the amounts."""
