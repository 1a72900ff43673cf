"""Users who would have calls that their licence does not allow, or hosts pay for allowing them."""

import pytest

from protocol.attestations import Kind
from protocol.gateway_errors import PolicyRefused, SessionClosed
from protocol.licences import Terms
from protocol.money import MAX_UINT256, WAD
from protocol.parameters import DAY
from protocol.policies import (
    NO_POLICY,
    REFUSED_ATTESTATION,
    REFUSED_LIMIT,
    REFUSED_SECOND_SESSION,
    Policy,
)
from sim.accounts import Account
from tests.open_market import ROOT, OpenMarket, role

TERMS = Terms(True, 0, 0, False, MAX_UINT256, MAX_UINT256)
PURPOSE = b"\x0e" * 32
SENSITIVE = 5
OTHER_HOST = role("second-host")
LIMITED = NO_POLICY._replace(calls_per_period=10, period_epochs=1)
ASKED = Policy(1, 0, 0, False, 1, PURPOSE, 1 << SENSITIVE)


class Served(OpenMarket):
    """A market in which one model has a policy, and there is a second host to turn to."""

    def license(self, policy: Policy) -> None:
        kind = Kind(self.creator.address, bytes(32))
        self.must("attestations", "create_kind", kind, sender=self.creator)
        licence_id = self.must("policies", "create_licence", TERMS, policy, sender=self.creator)
        registration = self.registration("policed", {self.creator.address: 10_000})
        registration = registration._replace(licence_id=licence_id)
        self.model_id = self.must("model_registry", "register", registration, sender=self.creator)
        self.must("pricing", "set_tariff", self.model_id, self.tariff, sender=self.creator)
        self.fund(OTHER_HOST, "staking")
        self.must("staking", "stake", 0, 1_000 * WAD, sender=OTHER_HOST)

    def attest(self, seconds: int) -> None:
        arguments = (1, self.user.address, self.now + seconds)
        self.must("attestations", "attest", *arguments, sender=self.creator)

    def consent(self, function: str) -> None:
        self.must("consent_log", function, PURPOSE, self.model_id, sender=self.user)

    def try_to_open(self, nonce: int, host: Account, **changes):
        session = self.session(nonce=nonce, host=host.address, **changes)
        signature = self.sign(session)
        receipt = self.call("gateway", "open_session", session, signature, sender=host)
        return receipt.value if receipt.ok else receipt.refusal

    def try_to_settle(self, host: Account, *entries):
        return self.call("gateway", "settle", self.model_id, ROOT, entries, sender=host).refusal

    def close(self, session_id: bytes, host: Account) -> None:
        self.must("gateway", "close_session", session_id, sender=host)

    def refused(self, reason: int) -> PolicyRefused:
        return PolicyRefused(self.model_id, reason)


@pytest.fixture
def market(lockstep) -> Served:
    return Served(lockstep.executor, lockstep.deployment)


def test_two_hosts_do_not_give_a_user_two_limits(market):
    market.license(LIMITED)
    first = market.try_to_open(1, market.host)

    # No second host can be made to serve calls that the first one's settlement would void.
    refused = market.refused(REFUSED_SECOND_SESSION)
    assert market.try_to_open(2, OTHER_HOST) == refused
    assert market.try_to_settle(market.host, market.entry(first, 1, 6)) is None
    market.close(first, market.host)
    second = market.try_to_open(2, OTHER_HOST)
    over = market.try_to_settle(OTHER_HOST, market.entry(second, 1, 5))
    assert over == market.refused(REFUSED_LIMIT)
    assert market.try_to_settle(OTHER_HOST, market.entry(second, 1, 4)) is None


def test_unsettled_calls_of_a_closed_session_count_against_nobody(market):
    market.license(LIMITED)
    first = market.try_to_open(1, market.host)
    served = market.entry(first, 1, 10)
    market.close(first, market.host)
    second = market.try_to_open(2, OTHER_HOST)

    assert market.try_to_settle(market.host, served) == SessionClosed(first)
    assert market.try_to_settle(OTHER_HOST, market.entry(second, 1, 10)) is None


def test_a_limit_is_not_doubled_at_the_edge_of_a_period(market):
    market.license(LIMITED)
    market.wait(DAY - 1)
    session_id = market.try_to_open(1, market.host)
    last = market.entry(session_id, 1, 10)
    market.wait(1)

    # Late settlement counts in the period in which the calls were served.
    assert market.try_to_settle(market.host, last) is None
    more = market.entry(session_id, 11, 11, epoch=last.epoch)
    assert market.try_to_settle(market.host, more) == market.refused(REFUSED_LIMIT)
    new = market.entry(session_id, 11, 21)
    assert market.try_to_settle(market.host, new) == market.refused(REFUSED_LIMIT)
    assert market.try_to_settle(market.host, new._replace(last_sequence=20)) is None


def test_a_user_that_withdraws_and_lapses_does_not_cost_its_host_what_it_served(market):
    market.license(ASKED)
    market.attest(DAY)
    market.consent("give")
    session_id = market.try_to_open(1, market.host, use_case=SENSITIVE)
    served = market.entry(session_id, 1, 3)

    # All in the seconds after the service: consent withdrawn, given and withdrawn again; the
    # attestation replaced by one that ends at once, and revoked.
    market.wait(1)
    market.consent("withdraw")
    market.attest(1)
    market.must("attestations", "revoke", 1, market.user.address, sender=market.creator)
    market.wait(1)
    market.consent("give")
    market.wait(3 * DAY)
    market.consent("withdraw")
    assert market.try_to_settle(market.host, served) is None

    later = served._replace(epoch=served.epoch + 1, first_sequence=4, last_sequence=4)
    assert market.try_to_settle(market.host, later) == market.refused(REFUSED_ATTESTATION)


def test_an_attestation_made_afterwards_heals_no_call(market):
    market.license(ASKED)
    market.attest(DAY)
    session_id = market.try_to_open(1, market.host)
    market.wait(3 * DAY)
    unattested = market.entry(session_id)
    market.wait(DAY)
    market.attest(30 * DAY)

    refused = market.try_to_settle(market.host, unattested)
    assert refused == market.refused(REFUSED_ATTESTATION)


def test_nobody_gives_a_licence_in_use_a_policy(market):
    market.license(LIMITED)
    licences = market.view("licences", "count")

    # Whoever creates a licence creates another one: those that are in use stay as they are.
    created = market.must("policies", "create_licence", TERMS, LIMITED, sender=market.intruder)
    assert created == licences + 1
    assert market.view("model_registry", "licence_of", 1, 1) < licences
