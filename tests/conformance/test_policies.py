"""Policies, and the gateway that asks them: the same on the model and on every engine."""

from dataclasses import dataclass

import pytest

from protocol.attestations import Kind
from protocol.errors import OnlyGateway, UnknownKind, UnknownLicence
from protocol.gateway_errors import PolicyRefused
from protocol.gateway_events import BatchSettled, ReceiptsSettled
from protocol.licences import (
    REFUSED_COMMERCIAL_USE,
    LicenceCreated,
    RoyaltyAboveWhole,
    Terms,
)
from protocol.money import MAX_UINT256
from protocol.parameters import DAY
from protocol.policies import (
    NO_POLICY,
    REFUSED_ATTESTATION,
    REFUSED_CONSENT,
    REFUSED_LIMIT,
    REFUSED_SECOND_SESSION,
    NoPolicy,
    Policy,
    PolicyFixed,
    PolicyInvalid,
    SensitiveUseLogged,
    Use,
)
from tests.open_market import CALL_PRICE, ROOT, OpenMarket

TERMS = Terms(False, 0, 0, False, MAX_UINT256, MAX_UINT256)
PURPOSE = b"\x0e" * 32
REGULATED, SENSITIVE = 3, 5
ATTESTED = NO_POLICY._replace(attestation_kind=1, attested_territories=1 << REGULATED)
LIMITED = NO_POLICY._replace(calls_per_period=10, period_epochs=2)
CONSENTED = NO_POLICY._replace(consent_purpose=PURPOSE, sensitive_use_cases=1 << SENSITIVE)


@dataclass
class LicensedMarket(OpenMarket):
    """An open market, and a model of it under a policy."""

    policed_id: int = 0
    licence_id: int = 0

    def license(self, policy: Policy) -> None:
        """Register a model under a licence with a policy; its attester is the intruder."""
        attester = self.intruder.address
        self.must("attestations", "create_kind", Kind(attester, bytes(32)), sender=self.creator)
        licence_id = self.must("policies", "create_licence", TERMS, policy, sender=self.creator)
        shares = {self.creator.address: 10_000}
        registration = self.registration("policed", shares)._replace(licence_id=licence_id)
        model_id = self.must("model_registry", "register", registration, sender=self.creator)
        self.must("pricing", "set_tariff", model_id, self.tariff, sender=self.creator)
        self.policed_id, self.licence_id = model_id, licence_id

    def attest(self, seconds: int) -> None:
        until = self.now + seconds
        self.must("attestations", "attest", 1, self.user.address, until, sender=self.intruder)

    def consent(self, function: str) -> None:
        self.must("consent_log", function, PURPOSE, self.policed_id, sender=self.user)

    def use(self, **changes):
        usual = Use(self.licence_id, self.policed_id, self.user.address, False, 0, 0)
        return usual._replace(**changes)

    def try_to_open(self, nonce: int, **changes):
        """Return the refusal of a session with the policed model, or its id."""
        session = self.session(model_id=self.policed_id, nonce=nonce, **changes)
        signature = self.sign(session)
        receipt = self.call("gateway", "open_session", session, signature, sender=self.host)
        return receipt.value if receipt.ok else receipt.refusal

    def try_to_settle(self, *entries):
        """Return the refusal of a batch of the policed model, or its events."""
        receipt = self.call("gateway", "settle", self.policed_id, ROOT, entries, sender=self.host)
        return self.events(receipt) if receipt.ok else receipt.refusal

    def refused(self, reason: int) -> PolicyRefused:
        return PolicyRefused(self.policed_id, reason)


@pytest.fixture
def market(machine) -> LicensedMarket:
    return LicensedMarket(machine.executor, machine.deployment)


def test_a_licence_has_its_policy_from_its_creation_on(market):
    market.license(ATTESTED)
    create = market.call("policies", "create_licence", TERMS, LIMITED, sender=market.user)
    licence_id = create.value

    created = LicenceCreated(licence_id, market.address("policies"), TERMS)
    fixed = PolicyFixed(licence_id, market.user.address, LIMITED)
    assert market.events(create) == [created, fixed]
    assert market.view("policies", "policy_of", licence_id) == LIMITED
    assert market.view("policies", "policy_of", 1) == NoPolicy(1)
    assert market.view("licences", "terms_of", licence_id) == TERMS


@pytest.mark.parametrize(
    "policy",
    [
        NO_POLICY,
        ATTESTED._replace(attested_territories=0),
        NO_POLICY._replace(attested_territories=1),
        CONSENTED._replace(sensitive_use_cases=0),
        LIMITED._replace(consent_purpose=PURPOSE),
        LIMITED._replace(period_epochs=0),
        ATTESTED._replace(period_epochs=1),
    ],
)
def test_a_policy_asks_for_nothing_by_half(market, policy):
    refused = market.refusal("policies", "create_licence", TERMS, policy, sender=market.user)
    assert refused == PolicyInvalid()


def test_a_policy_names_a_kind_that_is_and_terms_that_can_be(market):
    def refusal(terms, policy):
        return market.refusal("policies", "create_licence", terms, policy, sender=market.user)

    assert refusal(TERMS, ATTESTED) == UnknownKind(1)
    whole = TERMS._replace(minimum_royalty_bps=10_001)
    assert refusal(whole, LIMITED) == RoyaltyAboveWhole(10_001)


def test_only_the_gateway_begins_counts_and_ends_uses(market):
    market.license(LIMITED)
    use, intruder = market.use(), market.intruder
    refused = OnlyGateway(intruder.address)

    assert market.refusal("policies", "admit", use, sender=intruder) == refused
    assert market.refusal("policies", "record", use, 0, 1, sender=intruder) == refused
    assert market.refusal("policies", "leave", use, sender=intruder) == refused


def test_the_first_reason_is_given_and_the_licences_come_before_the_policys(market):
    market.license(
        Policy(1, 10, 2, False, 1 << REGULATED, PURPOSE, 1 << SENSITIVE),
    )

    def check(**changes):
        use = market.use(territory=REGULATED, use_case=SENSITIVE, **changes)
        return market.view("policies", "check", use)

    assert check(licence_id=99) == UnknownLicence(99)
    assert check(commercial=True) == REFUSED_COMMERCIAL_USE
    assert check() == REFUSED_ATTESTATION
    market.attest(9 * DAY)
    assert check() == REFUSED_CONSENT
    market.consent("give")
    assert check() == 0
    session_id = market.try_to_open(1, territory=REGULATED, use_case=SENSITIVE)
    assert check() == REFUSED_SECOND_SESSION
    market.try_to_settle(market.entry(session_id, 1, 10))
    assert check() == REFUSED_LIMIT
    # Elsewhere, and for something else, neither attestation nor consent is asked for.
    market.wait(2 * DAY)
    market.must("gateway", "close_session", session_id, sender=market.host)
    market.consent("withdraw")
    assert market.view("policies", "check", market.use()) == 0


def test_an_attestation_is_asked_for_at_admission_and_again_at_settlement(market):
    market.license(ATTESTED)
    assert market.try_to_open(1, territory=REGULATED) == market.refused(REFUSED_ATTESTATION)
    market.attest(DAY + 1)
    session_id = market.try_to_open(1, territory=REGULATED)
    market.wait(DAY)
    served = market.entry(session_id, 1, 2)

    # It ends in the second epoch: what was served in it settles later, what came after it never.
    market.wait(2 * DAY)
    assert market.try_to_open(2, territory=REGULATED) == market.refused(REFUSED_ATTESTATION)
    late = market.entry(session_id, 3, 3)
    assert market.try_to_settle(served, late) == market.refused(REFUSED_ATTESTATION)
    assert market.try_to_settle(served) == [
        ReceiptsSettled(session_id, 1, 2, 2, 2 * CALL_PRICE),
        BatchSettled(1, market.host.address, market.policed_id, ROOT, 2, 2 * CALL_PRICE),
    ]
    # A new one does not heal what was served without.
    market.attest(DAY)
    earlier = late._replace(epoch=late.epoch - 1)
    assert market.try_to_settle(earlier) == market.refused(REFUSED_ATTESTATION)


def test_sensitive_calls_settle_with_consent_and_are_logged(market):
    market.license(CONSENTED)
    user, model_id = market.user.address, market.policed_id
    assert market.try_to_open(1, use_case=SENSITIVE) == market.refused(REFUSED_CONSENT)
    market.consent("give")
    session_id = market.try_to_open(1, use_case=SENSITIVE)
    market.wait(DAY)
    served = market.entry(session_id, 1, 3)
    market.consent("withdraw")
    market.wait(DAY)

    late = market.entry(session_id, 4, 4)
    assert market.try_to_settle(served, late) == market.refused(REFUSED_CONSENT)
    logged, *_ = market.try_to_settle(served)
    assert logged == SensitiveUseLogged(model_id, user, PURPOSE, SENSITIVE, served.epoch, 3)


def test_a_limit_counts_the_calls_of_a_period_whoever_settles_them_when(market):
    market.license(LIMITED)
    session_id = market.try_to_open(1)
    assert market.try_to_open(2) == market.refused(REFUSED_SECOND_SESSION)
    first = market.entry(session_id)
    period = first.epoch // 2

    use = (market.licence_id, market.policed_id, market.user.address)

    def used(number):
        return market.view("policies", "used_in", *use, number)

    over = first._replace(last_sequence=11)
    assert market.try_to_settle(over) == market.refused(REFUSED_LIMIT)
    assert used(period) == 0
    market.try_to_settle(first._replace(last_sequence=10))
    assert used(period) == 10
    one_more = market.entry(session_id, 11, 11)
    assert market.try_to_settle(one_more) == market.refused(REFUSED_LIMIT)

    # Another session is no way around it, the next period is.
    market.must("gateway", "close_session", session_id, sender=market.host)
    assert market.try_to_open(2) == market.refused(REFUSED_LIMIT)
    market.wait(2 * DAY)
    session_id = market.try_to_open(2)
    assert market.view(
        "policies", "is_open", market.licence_id, market.policed_id, market.user.address
    )
    market.try_to_settle(market.entry(session_id))
    assert (used(period), used(period + 1)) == (10, 1)


def test_a_version_without_a_policy_costs_hosts_nothing_more(market):
    market.license(CONSENTED)
    open_id, policed = market.open(), market.try_to_open(2, use_case=0)

    def gas(model_id, session_id, number):
        entries = (market.entry(session_id, number, number),)
        receipt = market.call("gateway", "settle", model_id, ROOT, entries, sender=market.host)
        assert receipt.ok, receipt.refusal
        return receipt.gas

    gas(market.model_id, open_id, 1), gas(market.policed_id, policed, 1)
    free, asked = gas(market.model_id, open_id, 2), gas(market.policed_id, policed, 2)
    if free is not None:
        assert free + 2_000 < asked < free + 30_000
