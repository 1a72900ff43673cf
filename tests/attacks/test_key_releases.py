"""Attacks on releases of keys: on askers, on owners, and on the fees that are held."""

import pytest

from protocol.key_releases_terms import KeyIsRight, KeyRefused, NotKeeper, RequestNotThere
from protocol.rights_terms import WEIGHTS
from sim.streams import stream
from sim.workload.errors import WorkloadError
from sim.workload.key_wrapping import Wrapped, draw_pair, unwrap, wrap
from tests.sealed_market import ANSWERER, FEE, SealedMarket


@pytest.fixture
def market(lockstep) -> SealedMarket:
    return SealedMarket(lockstep.executor, lockstep.deployment)


def test_an_answer_copied_from_another_request_of_the_same_asker_opens_nothing(market):
    """The pad is the request's own, so an owner cannot answer once and be paid twice."""
    market.ask()
    market.ask()
    market.answer(1)
    copied = market.request_of(1)
    answer = (copied.ephemeral_key, copied.wrapped_key)
    market.must("key_releases", "answer", 2, *answer, sender=market.keeper)

    assert market.complain(2).ok
    assert market.complain(1).refusal == KeyIsRight(1)


def test_an_eavesdropper_with_everything_on_chain_unwraps_nothing(market):
    market.ask()
    market.answer(1)
    seen = market.request_of(1)
    sent = Wrapped(seen.ephemeral_key, seen.wrapped_key)
    contract = market.address("key_releases")

    for guess in (market.pair.public, seen.ephemeral_key, seen.wrapped_key):
        stolen = unwrap(sent, contract, 1, market.pair._replace(private=guess))
        assert stolen != market.key.key


def test_a_public_key_that_gives_everybody_the_same_secret_gets_no_answer(market):
    """Wrapped for such a key, the data key would be on chain for all to read."""
    for public in (bytes(32), b"\1" + bytes(31)):
        with pytest.raises(WorkloadError, match="gives everybody the same secret"):
            wrap(market.key.key, market.address("key_releases"), 1, public, ANSWERER)


def test_who_lends_its_right_for_a_request_cannot_ask_again_while_it_is_lent(market):
    market.terms(rights_only=True)
    right_id = market.mint(WEIGHTS)
    borrower = market.asker
    market.must("rights", "transfer", borrower.address, right_id, 1, sender=market.creator)
    assert market.ask().ok
    market.must("rights", "transfer", market.creator.address, right_id, 1, sender=borrower)
    refused = market.ask().refusal
    assert refused == KeyRefused(market.model_id, 1, borrower.address)


def test_one_fee_is_paid_out_once_whoever_hurries(market):
    """Complaints and closings of one request exclude each other, so others' fees stay."""
    contract = market.address("key_releases")
    market.ask()
    market.ask()
    market.answer(1, key=b"\x11" * 32)
    assert market.complain(1).ok
    assert market.complain(1).refusal == RequestNotThere(1, 3)
    market.now += 60 * 86_400
    assert market.close(1).refusal == RequestNotThere(1, 3)
    assert market.view("settlement_token", "balance_of", contract) == FEE


def test_nobody_else_spoils_a_request_by_a_worthless_answer(market):
    market.ask()
    spoiler = market.intruder
    answer = (1, draw_pair(stream(1, "spoiler")).public, bytes(32))
    refused = market.refusal("key_releases", "answer", *answer, sender=spoiler)
    assert refused == NotKeeper(1, spoiler.address)
