"""Somebody opens a session that its user did not sign, or signed for somewhere else."""

from dataclasses import replace

import pytest

from protocol.gateway_errors import WrongSigner
from protocol.hashing import recover
from protocol.sessions import session_digest
from protocol.types import ZERO_ADDRESS
from tests.open_market import OpenMarket


@pytest.fixture
def market(machine) -> OpenMarket:
    return OpenMarket(machine.executor, machine.deployment)


def brought(market, session, signature):
    return market.refusal("gateway", "open_session", session, signature, sender=market.intruder)


def test_an_intruder_cannot_sign_for_a_user(market):
    session = market.session()
    refused = brought(market, session, market.sign(session, market.intruder))
    assert refused == WrongSigner(market.user.address, market.intruder.address)


def test_a_host_cannot_raise_what_a_user_signed(market):
    session = market.session()
    raised = session._replace(maximum_price=session.maximum_price * 10)
    signature = market.sign(session)

    refused = brought(market, raised, signature)

    recovered = recover(session_digest(market.deployment, raised), signature)
    assert refused == WrongSigner(market.user.address, recovered)
    assert recovered not in (market.user.address, ZERO_ADDRESS)


def test_a_signature_for_another_chain_or_another_gateway_is_worth_nothing(market):
    session = market.session()
    elsewhere = (
        replace(market.deployment, chain_id=1),
        replace(market.deployment, deployer="0x" + "99" * 20),
    )
    for deployment in elsewhere:
        signature = market.user.sign(session_digest(deployment, session))
        recovered = recover(session_digest(market.deployment, session), signature)
        refused = brought(market, session, signature)
        assert refused == WrongSigner(market.user.address, recovered)
        assert recovered not in (market.user.address, ZERO_ADDRESS)


def test_a_second_signature_made_from_the_first_is_worth_nothing(market):
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    session = market.session()
    signature = market.sign(session)
    mirrored = (order - int.from_bytes(signature[32:64], "big")).to_bytes(32, "big")
    malleable = signature[:32] + mirrored + bytes([55 - signature[64]])
    assert brought(market, session, malleable) == WrongSigner(market.user.address, ZERO_ADDRESS)


def test_rubbish_is_not_the_zero_addresss_signature(market):
    session = market.session(user=ZERO_ADDRESS, maximum_total=0)
    for rubbish in (b"", bytes(64), bytes(65), bytes(64) + b"\x1b", b"\xff" * 64 + b"\x1c"):
        assert brought(market, session, rubbish) == WrongSigner(ZERO_ADDRESS, ZERO_ADDRESS)
