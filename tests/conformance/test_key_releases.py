"""Key releases: the same on the model and on every engine."""

import pytest

from protocol import x25519
from protocol.access_terms import NO_GRANTS
from protocol.errors import NotModelOwner, UnknownVersion
from protocol.key_releases import xor
from protocol.key_releases_terms import (
    ANSWERED,
    ASKED,
    NOT_SEALED,
    OVER,
    AnswerOverdue,
    ComplaintOverdue,
    FeeAboveMaximum,
    KeyDisproved,
    KeyHashIsZero,
    KeyIsRight,
    KeyRefused,
    KeyReleased,
    KeyRequested,
    KeyTermsSet,
    NotKeeper,
    NotSealed,
    Request,
    RequestClosed,
    RequestNotThere,
    RequestRunning,
    Sealing,
    UnknownRequest,
    VersionIsSealed,
    VersionSealed,
    WrongPrivateKey,
)
from protocol.openzeppelin.erc20 import Approval, Transfer
from protocol.openzeppelin.errors import ERC20InsufficientAllowance, ERC721NonexistentToken
from protocol.parameters import BY_NAME
from protocol.revenue_events import ModelPaid
from protocol.rights_terms import WEIGHTS
from protocol.types import ZERO_ADDRESS
from sim.streams import stream
from sim.workload.key_wrapping import Wrapped, draw_pair, unwrap, wrap
from tests.open_market import role
from tests.sealed_market import ANSWERER, FEE, SealedMarket

ANSWER_WINDOW = BY_NAME["answerWindowSeconds"].default
CHALLENGE_WINDOW = BY_NAME["challengeWindowSeconds"].default
OTHER_KEY = b"\x55" * 32


@pytest.fixture
def market(machine) -> SealedMarket:
    return SealedMarket(machine.executor, machine.deployment)


def test_an_owner_commits_to_a_key_once_and_may_change_its_terms(market):
    model_id, keeper, key_hash = market.model_id, market.keeper.address, b"\x07" * 32
    other = market.register("another", {market.creator.address: 10_000})

    def seal(*arguments, by=market.creator):
        return market.call("key_releases", "seal", *arguments, sender=by)

    terms = (keeper, True, FEE)
    assert seal(99, 1, key_hash, *terms).refusal == ERC721NonexistentToken(99)
    refused = seal(other, 1, key_hash, *terms, by=market.keeper).refusal
    assert refused == NotModelOwner(other, keeper)
    assert seal(other, 2, key_hash, *terms).refusal == UnknownVersion(other, 2)
    assert seal(other, 1, bytes(32), *terms).refusal == KeyHashIsZero()
    assert market.view("key_releases", "sealing_of", other, 1) == NOT_SEALED
    assert market.events(seal(other, 1, key_hash, *terms)) == [
        VersionSealed(other, 1, key_hash),
        KeyTermsSet(other, 1, *terms),
    ]
    assert seal(other, 1, key_hash, *terms).refusal == VersionIsSealed(other, 1)
    assert market.view("key_releases", "sealing_of", other, 1) == Sealing(key_hash, *terms)

    assert market.events(market.terms(True, 7)) == [KeyTermsSet(model_id, 1, keeper, True, 7)]
    changed = Sealing(market.key.commitment, keeper, True, 7)
    assert market.view("key_releases", "sealing_of", model_id, 1) == changed
    unsealed = (model_id, 9, ZERO_ADDRESS, False, 0)
    owner, stranger = market.creator, market.intruder
    refused = market.refusal("key_releases", "set_terms", *unsealed, sender=owner)
    assert refused == NotSealed(model_id, 9)
    refused = market.refusal("key_releases", "set_terms", *unsealed, sender=stranger)
    assert refused == NotModelOwner(model_id, stranger.address)


def test_who_pays_gets_the_key_that_it_alone_can_unwrap_and_the_fee_goes_to_the_model(market):
    asker, contract = market.asker.address, market.address("key_releases")
    deadline = market.now + ANSWER_WINDOW
    asked = market.ask()
    assert asked.value == 1
    assert market.events(asked) == [
        KeyRequested(1, market.model_id, asker, 1, market.pair.public, FEE, deadline),
        Transfer(asker, contract, FEE),
    ]
    held = Request(
        *(market.model_id, asker, 1, ASKED, deadline, FEE),
        *(market.pair.public, bytes(32), bytes(32)),
    )
    assert market.view("key_releases", "request_of", 1) == held

    wrapped = wrap(market.key.key, contract, 1, market.pair.public, ANSWERER)
    until = market.now + CHALLENGE_WINDOW
    assert market.events(market.answer(1)) == [KeyReleased(1, *wrapped, until)]
    released = market.request_of(1)
    assert released == held._replace(
        status=ANSWERED,
        deadline=until,
        ephemeral_key=wrapped.ephemeral_key,
        wrapped_key=wrapped.wrapped_key,
    )
    sent = Wrapped(released.ephemeral_key, released.wrapped_key)
    assert unwrap(sent, contract, 1, market.pair) == market.key.key
    assert unwrap(sent, contract, 1, draw_pair(stream(1, "other"))) != market.key.key

    accrued = market.view("revenue", "accrued_of", market.model_id)
    market.now = until
    assert market.close(1).refusal == RequestRunning(1, until)
    market.now += 1
    revenue = market.address("revenue")
    assert market.events(market.close(1)) == [
        RequestClosed(1, 0, FEE),
        Approval(contract, revenue, FEE),
        Transfer(contract, revenue, FEE),
        ModelPaid(market.model_id, contract, FEE),
    ]
    assert market.view("revenue", "accrued_of", market.model_id) == accrued + FEE
    assert market.close(1).refusal == RequestNotThere(1, OVER)
    assert market.view("key_releases", "count") == 1


def test_an_answer_that_is_not_the_key_is_disproved_by_the_private_key_alone(market):
    asker, contract = market.asker.address, market.address("key_releases")
    market.ask()
    market.answer(1, key=OTHER_KEY)
    other = draw_pair(stream(1, "other"))

    assert market.complain(1, private=other.private).refusal == WrongPrivateKey(1)
    assert market.events(market.complain(1, by=market.intruder)) == [
        KeyDisproved(1, OTHER_KEY),
        RequestClosed(1, FEE, 0),
        Transfer(contract, asker, FEE),
    ]
    assert market.complain(1).refusal == RequestNotThere(1, OVER)


def test_nobody_gets_the_fee_of_a_right_answer_back(market):
    market.ask()
    assert market.complain(1).refusal == RequestNotThere(1, ASKED)
    market.answer(1)
    assert market.complain(1).refusal == KeyIsRight(1)
    assert market.complain(2).refusal == UnknownRequest(2)

    for request_id in (2, 3):
        market.ask()
        market.answer(request_id, key=OTHER_KEY)
    until = market.now + CHALLENGE_WINDOW
    market.now = until
    assert market.complain(2).ok
    market.now += 1
    assert market.complain(3).refusal == ComplaintOverdue(3, until)


def test_a_request_that_nobody_answers_is_paid_back(market):
    asker, contract = market.asker.address, market.address("key_releases")
    deadline = market.now + ANSWER_WINDOW
    market.ask()
    market.ask()
    market.now = deadline
    assert market.close(1).refusal == RequestRunning(1, deadline)
    assert market.answer(1).ok
    market.now += 1
    assert market.answer(2).refusal == AnswerOverdue(2, deadline)
    assert market.events(market.close(2)) == [
        RequestClosed(2, FEE, 0),
        Transfer(contract, asker, FEE),
    ]
    assert market.close(3).refusal == UnknownRequest(3)
    assert market.view("key_releases", "request_of", 3) == UnknownRequest(3)
    assert market.refusal("key_releases", "answer", 3, *(bytes(32),) * 2, sender=market.keeper) == (
        UnknownRequest(3)
    )


def test_only_owner_and_keeper_answer_and_once(market):
    market.ask()
    assert market.answer(1, by=market.intruder).refusal == NotKeeper(1, market.intruder.address)
    assert market.answer(1, by=market.creator).ok
    assert market.answer(1).refusal == RequestNotThere(1, ANSWERED)


def test_the_rule_that_admits_calls_admits_requests_unless_only_rights_count(market):
    model_id, asker, owner = market.model_id, market.asker, market.creator
    holder = market.buyer

    def may(who):
        return market.view("key_releases", "may_ask", model_id, 1, who.address)

    refused = KeyRefused(model_id, 1, asker.address)
    assert may(asker)
    closed = NO_GRANTS._replace(is_closed=True)
    market.must("access", "set_grants", model_id, closed, sender=owner)
    assert not may(asker)
    assert market.ask().refusal == refused
    market.must("access", "set_allowed", model_id, (asker.address,), True, sender=owner)
    assert may(asker)

    market.terms(rights_only=True)
    assert market.ask().refusal == refused
    right_id = market.mint(WEIGHTS)
    market.must("rights", "transfer", asker.address, right_id, 1, sender=owner)
    assert market.ask().ok
    # Who passes the right on may ask no more.
    market.must("rights", "transfer", holder.address, right_id, 1, sender=asker)
    assert market.ask().refusal == refused
    assert may(holder)


def test_a_key_costs_what_the_asker_said_at_most_and_its_owner_nothing(market):
    assert market.ask(maximum=FEE - 1).refusal == FeeAboveMaximum(FEE, FEE - 1)
    contract, stranger = market.address("key_releases"), market.intruder
    refused = market.ask(by=stranger).refusal
    assert refused == ERC20InsufficientAllowance(contract, 0, FEE)
    owners = market.ask(by=market.creator, maximum=0)
    assert market.events(owners)[0].fee == 0
    market.answer(1)
    market.now += CHALLENGE_WINDOW + 1
    assert market.events(market.close(1)) == [RequestClosed(1, 0, 0)]
    refused = market.refusal(
        *("key_releases", "request", market.model_id, 2, bytes(32), FEE), sender=role("asker")
    )
    assert refused == NotSealed(market.model_id, 2)
    unknown = market.view("key_releases", "may_ask", 99, 1, stranger.address)
    assert unknown == ERC721NonexistentToken(99)


@pytest.mark.parametrize(
    "ephemeral",
    [bytes(32), b"\1" + bytes(31), b"\xff" * 32, b"\xec" + b"\xff" * 30 + b"\x7f", b"\x21" * 32],
    ids=("zero", "one", "beyond the prime", "the prime less one", "any"),
)
def test_whatever_an_answer_names_as_its_key_is_unwrapped_alike(market, ephemeral):
    market.ask()
    answer = (1, ephemeral, OTHER_KEY)
    market.must("key_releases", "answer", *answer, sender=market.keeper)

    disproved = market.events(market.complain(1))[0]

    secret = x25519.multiply(market.pair.private, ephemeral)
    pad = market.view("key_releases", "pad_of", 1, secret, ephemeral)
    assert disproved == KeyDisproved(1, xor(OTHER_KEY, pad))


def test_a_raised_fee_leaves_requests_as_they_were(market):
    market.ask()
    market.terms(fee=3 * FEE)
    assert market.request_of(1).fee == FEE
    assert market.ask().refusal == FeeAboveMaximum(3 * FEE, FEE)


def test_the_contracts_pad_is_the_one_that_both_sides_compute(market):
    market.ask()
    secret = b"\x42" * 32
    pad = market.view("key_releases", "pad_of", 1, secret, ANSWERER.public)
    other = market.view("key_releases", "pad_of", 2, secret, ANSWERER.public)
    assert len(pad) == 32
    assert pad != other
