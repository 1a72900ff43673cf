"""
The book of policies: what licences ask for, what accounts have, and whether what settled kept it.

It is kept from calls and events alone, apart from the contracts' own books.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from protocol.attestations import AttestationRevoked, Attested
from protocol.consent_log import ConsentGiven, ConsentWithdrawn
from protocol.gateway_events import ReceiptsSettled
from protocol.model_registry_terms import VersionPublished
from protocol.policies import Policy, PolicyFixed, SensitiveUseLogged
from protocol.sessions import Entry, Session
from protocol.types import Address, Call, Receipt

_END_OF_TIME = 2**64 - 1


class Times:
    """When something held: each span ends where the next one begins, at the latest."""

    def __init__(self) -> None:
        self._spans: list[tuple[int, int]] = []

    def begin(self, now: int, until: int) -> None:
        """Begin a span; an empty one ends the one before."""
        if self._spans:
            first, last = self._spans[-1]
            self._spans[-1] = (first, min(last, now))
        self._spans.append((now, until))

    def held_within(self, first: int, last: int) -> bool:
        """Whether it held at some moment; one that ends in the first second counts."""
        return any(begun <= last and until >= first for begun, until in self._spans)

    def holds(self) -> bool:
        """Whether the newest span has no end before it is replaced."""
        return bool(self._spans) and self._spans[-1][1] > self._spans[-1][0]


class Limited(NamedTuple):
    """Whose calls of which period a limit counts."""

    licence_id: int
    model_id: int
    user: Address
    period: int


class Consent(NamedTuple):
    """Who agrees to what, by which model."""

    subject: Address
    purpose: bytes
    model_id: int


@dataclass
class PolicyBook:
    """
    Counts what was attested, agreed to and used under policies.

    `faults` are settled calls that broke their policy, as far as they were judged.
    """

    faults: list[str] = field(default_factory=list)
    total: Counter[str] = field(default_factory=Counter)
    given: Counter[int] = field(default_factory=Counter)
    withdrawn: Counter[int] = field(default_factory=Counter)
    logged: Counter[int] = field(default_factory=Counter)
    policies: dict[int, Policy] = field(default_factory=dict)
    models: dict[tuple[int, int], int] = field(default_factory=dict)
    """The licence of each version that has a policy."""
    _sessions: dict[bytes, Session] = field(default_factory=dict)
    _attested: dict[tuple[int, Address], Times] = field(default_factory=lambda: defaultdict(Times))
    _consents: dict[Consent, Times] = field(default_factory=lambda: defaultdict(Times))
    _paid: Counter[Address] = field(default_factory=Counter)
    _used: Counter[Limited] = field(default_factory=Counter)
    _unjudged: list[tuple[Session, Entry]] = field(default_factory=list)

    def is_policed(self, model_id: int) -> bool:
        """Whether some version of a model has a policy."""
        return any(model == model_id for model, _ in self.models)

    def paid_by(self, user: Address) -> int:
        """Return what a user paid for calls under a policy."""
        return self._paid[user]

    def consents_held(self) -> int:
        """Return how many consents hold."""
        return sum(times.holds() for times in self._consents.values())

    def note(self, call: Call, receipt: Receipt) -> None:
        """Note a call that was carried out."""
        for log in receipt.events:
            handler = _HANDLERS.get(type(log.event))
            if handler is not None:
                handler(self, call.timestamp, log.event)
        if call.contract == "gateway" and self.models:
            self._note_use(call, receipt)

    def _note_use(self, call: Call, receipt: Receipt) -> None:
        if call.function == "open_session":
            session = Session(*call.arguments[0])
            if (session.model_id, session.version) in self.models:
                self._sessions[receipt.value] = session
        elif call.function == "settle":
            for entry in map(Entry._make, call.arguments[2]):
                if entry.session_id in self._sessions:
                    self.total["policed_calls"] += _calls(entry)
                    self._unjudged.append((self._sessions[entry.session_id], entry))

    def judge(self, epoch_seconds: int) -> list[str]:
        """Judge what settled since it was last asked, and return every fault so far."""
        for session, entry in self._unjudged:
            for what in self._broken(session, entry, epoch_seconds):
                self.faults.append(
                    f"{_calls(entry)} calls of {session.user} to model {session.model_id} in "
                    f"epoch {entry.epoch} settled {what}"
                )
        self._unjudged.clear()
        return self.faults

    def _broken(self, session: Session, entry: Entry, epoch_seconds: int) -> Iterator[str]:
        licence_id = self.models[session.model_id, session.version]
        policy = self.policies[licence_id]
        first = entry.epoch * epoch_seconds
        last = first + epoch_seconds - 1
        if policy.attested_territories >> session.territory & 1:
            held = self._attested[policy.attestation_kind, session.user]
            if not held.held_within(first, last):
                yield "without attestation"
        if policy.calls_per_period:
            period = entry.epoch // policy.period_epochs
            key = Limited(licence_id, session.model_id, session.user, period)
            self._used[key] += _calls(entry)
            if self._used[key] > policy.calls_per_period:
                yield f"above the limit of {policy.calls_per_period}"
        if policy.sensitive_use_cases >> session.use_case & 1:
            consent = Consent(session.user, policy.consent_purpose, session.model_id)
            if not self._consents[consent].held_within(first, last):
                yield "without consent"

    def _fixed(self, _: int, event: PolicyFixed) -> None:
        self.policies[event.licence_id] = event.policy

    def _published(self, _: int, event: VersionPublished) -> None:
        if event.licence_id in self.policies:
            self.models[event.model_id, event.version] = event.licence_id

    def _attests(self, now: int, event: Attested) -> None:
        self.total["attestations"] += 1
        self._attested[event.kind_id, event.account].begin(now, event.until)

    def _revokes(self, now: int, event: AttestationRevoked) -> None:
        self._attested[event.kind_id, event.account].begin(now, now)

    def _gives(self, now: int, event: ConsentGiven) -> None:
        self.total["consents"] += 1
        self.given[event.model_id] += 1
        consent = Consent(event.subject, event.purpose, event.model_id)
        self._consents[consent].begin(now, _END_OF_TIME)

    def _withdraws(self, now: int, event: ConsentWithdrawn) -> None:
        self.withdrawn[event.model_id] += 1
        consent = Consent(event.subject, event.purpose, event.model_id)
        self._consents[consent].begin(now, now)

    def _pays(self, _: int, event: ReceiptsSettled) -> None:
        session = self._sessions.get(event.session_id)
        if session is not None:
            self._paid[session.user] += event.price

    def _logs(self, _: int, event: SensitiveUseLogged) -> None:
        self.logged[event.model_id] += event.calls


def _calls(entry: Entry) -> int:
    return entry.last_sequence - entry.first_sequence + 1


_HANDLERS: Mapping[type[Any], Any] = {
    PolicyFixed: PolicyBook._fixed,
    VersionPublished: PolicyBook._published,
    Attested: PolicyBook._attests,
    AttestationRevoked: PolicyBook._revokes,
    ConsentGiven: PolicyBook._gives,
    ConsentWithdrawn: PolicyBook._withdraws,
    ReceiptsSettled: PolicyBook._pays,
    SensitiveUseLogged: PolicyBook._logs,
}
