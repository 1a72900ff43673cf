"""Gateway.sol's model: every refusal with its arguments, every boundary on both sides."""

import pytest

from protocol.errors import (
    AmountIsZero,
    BatchReleased,
    HostNotActive,
    ModelNotActive,
    OnlyVerification,
    UnknownBatch,
)
from protocol.gateway_errors import (
    BatchHeld,
    BatchSizeInvalid,
    CloseAlreadyRequested,
    CloseTooEarly,
    EmptyEntry,
    EpochAfterExpiry,
    EpochOutOfWindow,
    InsufficientEscrow,
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
    Deposited,
    ReceiptRefunded,
    ReceiptsSettled,
    SessionClosedAndRefunded,
    SessionOpened,
    Withdrawn,
)
from protocol.licences import Terms
from protocol.money import MAX_UINT256, WAD
from protocol.openzeppelin.erc20 import Transfer
from protocol.openzeppelin.errors import ERC20InsufficientAllowance, Panic
from protocol.parameters import DAY
from protocol.sessions import session_id_of
from protocol.types import ZERO_ADDRESS
from tests.open_market import CALL_PRICE, DEPOSIT, ROOT, OpenMarket, role

HOLD = 3 * DAY
CLOSE_DELAY = 7 * DAY
MAX_UINT64 = 2**64 - 1
UNKNOWN = b"\x99" * 32


@pytest.fixture
def market(world, deployment) -> OpenMarket:
    return OpenMarket(world, deployment)


def test_a_deposit_can_be_locked_or_withdrawn(market):
    assert market.view("gateway", "escrow_of", market.user.address) == (DEPOSIT, 0)

    receipt = market.call("gateway", "withdraw", DEPOSIT, sender=market.user)

    gateway = market.address("gateway")
    assert market.events(receipt) == [
        Withdrawn(market.user.address, DEPOSIT),
        Transfer(gateway, market.user.address, DEPOSIT),
    ]
    assert market.view("gateway", "escrow_of", market.user.address) == (0, 0)


def test_a_deposit_pulls_what_was_approved(market):
    gateway, stranger = market.address("gateway"), role("stranger")

    refused = market.refusal("gateway", "deposit", 5, sender=stranger)
    assert refused == ERC20InsufficientAllowance(gateway, 0, 5)

    market.fund(stranger, "gateway", 5)
    receipt = market.call("gateway", "deposit", 5, sender=stranger)
    assert market.events(receipt) == [
        Transfer(stranger.address, gateway, 5),
        Deposited(stranger.address, 5),
    ]


def test_nothing_can_be_neither_deposited_nor_withdrawn(market):
    assert market.refusal("gateway", "deposit", 0, sender=market.user) == AmountIsZero()
    assert market.refusal("gateway", "withdraw", 0, sender=market.user) == AmountIsZero()


def test_what_a_session_locks_cannot_be_withdrawn(market):
    market.open(market.session(maximum_total=DEPOSIT - 3))

    assert market.view("gateway", "escrow_of", market.user.address) == (3, DEPOSIT - 3)
    refused = market.refusal("gateway", "withdraw", 4, sender=market.user)
    assert refused == InsufficientEscrow(market.user.address, 3, 4)
    market.must("gateway", "withdraw", 3, sender=market.user)


def test_anyone_may_bring_a_signed_session(market):
    session = market.session()
    receipt = market.call(
        "gateway", "open_session", session, market.sign(session), sender=market.intruder
    )

    session_id = session_id_of(session)
    assert receipt.value == session_id
    assert market.events(receipt) == [
        SessionOpened(
            session_id, session.user, session.host, session.model_id, session.maximum_total
        )
    ]
    assert market.view("gateway", "session_of", session_id) == (session, 0, 0, 0, False)


def refused_session(market, session, signer=None):
    signature = market.sign(session, signer)
    return market.refusal("gateway", "open_session", session, signature, sender=market.host)


def test_a_session_opens_until_the_second_in_which_it_expires(market):
    in_time = market.session(expires_at=market.now)
    late = market.session(expires_at=market.now - 1)

    assert refused_session(market, in_time) is None
    assert refused_session(market, late) == SessionExpired(session_id_of(late), market.now - 1)


def test_a_session_opens_once_even_after_it_was_closed(market):
    session = market.session()
    session_id = market.open(session)

    assert refused_session(market, session) == SessionKnown(session_id)
    market.must("gateway", "close_session", session_id, sender=market.host)
    assert refused_session(market, session) == SessionKnown(session_id)


def test_only_the_users_signature_opens_a_session(market):
    session, user = market.session(), market.user.address

    assert refused_session(market, session, market.intruder) == WrongSigner(
        user, market.intruder.address
    )
    signature = market.sign(session)
    for malformed in (b"", signature[:64], signature + b"\0", signature[:64] + b"\0", bytes(65)):
        refused = market.refusal("gateway", "open_session", session, malformed, sender=market.host)
        assert refused == WrongSigner(user, ZERO_ADDRESS)


def test_nobody_opens_a_session_of_the_zero_address(market):
    session = market.session(user=ZERO_ADDRESS, maximum_total=0)
    refused = market.refusal("gateway", "open_session", session, bytes(65), sender=market.host)
    assert refused == WrongSigner(ZERO_ADDRESS, ZERO_ADDRESS)


def test_a_signature_with_its_other_s_opens_nothing(market):
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    session = market.session()
    signature = market.sign(session)
    other_s = (order - int.from_bytes(signature[32:64], "big")).to_bytes(32, "big")
    malleable = signature[:32] + other_s + bytes([27 + 28 - signature[64]])

    refused = market.refusal("gateway", "open_session", session, malleable, sender=market.host)
    assert refused == WrongSigner(market.user.address, ZERO_ADDRESS)


def test_a_host_without_enough_stake_gets_no_session_and_settles_nothing(market):
    session_id = market.open()
    market.must("staking", "unbond", 0, 1_000 * WAD, sender=market.host)

    assert refused_session(market, market.session(nonce=2)) == HostNotActive(market.host.address)
    refused = market.refused_settle(market.entry(session_id))
    assert refused == HostNotActive(market.host.address)


def test_a_session_needs_an_active_model(market):
    unknown = market.session(model_id=9)
    assert refused_session(market, unknown) == ModelNotActive(9)

    terms = Terms(True, 1, 0, False, MAX_UINT256, MAX_UINT256)
    parent_id = market.register("asks for approval", {market.creator.address: 10_000}, terms)
    market.must(
        "model_registry",
        "transfer_from",
        market.creator.address,
        market.host.address,
        parent_id,
        sender=market.creator,
    )
    child_id = market.fork("waits", parent_id, 0, {market.creator.address: 10_000})
    market.must("pricing", "set_tariff", child_id, market.tariff, sender=market.creator)
    waiting = market.session(model_id=child_id)

    assert refused_session(market, waiting) == ModelNotActive(child_id)
    market.must("lineage", "approve_child", child_id, sender=market.host)
    assert refused_session(market, waiting) is None


def test_a_session_needs_a_version_that_is_served(market):
    unknown = market.session(version=2)
    assert refused_session(market, unknown) == VersionNotServable(market.model_id, 2)


def test_a_session_needs_the_versions_licence(market):
    # Territory 1 and use case 2 only, nothing commercial.
    terms = Terms(False, 2, 0, False, 1 << 1, 1 << 2)
    model_id = market.register("restricted", {market.creator.address: 10_000}, terms)
    market.must("pricing", "set_tariff", model_id, market.tariff, sender=market.creator)
    allowed = market.session(model_id=model_id, territory=1, use_case=2)

    assert refused_session(market, allowed) is None
    for reason, forbidden in (
        (1, allowed._replace(commercial=True)),
        (2, allowed._replace(territory=0)),
        (3, allowed._replace(use_case=1)),
    ):
        assert refused_session(market, forbidden) == PolicyRefused(model_id, reason)


def test_a_session_locks_no_more_than_there_is(market):
    too_much = market.session(maximum_total=DEPOSIT + 1)
    refused = refused_session(market, too_much)
    assert refused == InsufficientEscrow(market.user.address, DEPOSIT, DEPOSIT + 1)

    limitless = market.session(maximum_total=MAX_UINT256)
    refused = refused_session(market, limitless)
    assert refused == InsufficientEscrow(market.user.address, DEPOSIT, MAX_UINT256)

    assert refused_session(market, market.session(maximum_total=DEPOSIT)) is None


def test_settled_receipts_are_paid_into_the_batch_that_holds_them_back(market):
    first, second = market.open(), market.open(market.session(nonce=2))
    entries = (market.entry(first, 1, 3), market.entry(second, 1, 1))

    receipt = market.call("gateway", "settle", market.model_id, ROOT, entries, sender=market.host)

    host, model_id = market.host.address, market.model_id
    assert receipt.value == 1
    assert market.events(receipt) == [
        ReceiptsSettled(first, 1, 3, 3, 3 * CALL_PRICE),
        ReceiptsSettled(second, 1, 1, 1, CALL_PRICE),
        BatchSettled(1, host, model_id, ROOT, 4, 4 * CALL_PRICE),
    ]
    assert market.view("gateway", "batch_of", 1) == (
        *(host, model_id, ROOT, 4 * CALL_PRICE, 4, market.now, 0, False),
    )
    assert market.view("gateway", "session_of", first)[1:] == (3 * CALL_PRICE, 3, 0, False)
    assert market.view("gateway", "escrow_of", market.user.address) == (
        DEPOSIT - 200 * WAD,
        200 * WAD - 4 * CALL_PRICE,
    )
    assert market.view("gateway", "batch_count") == 1


def test_a_batch_has_1_to_64_entries(market):
    sessions = [market.open(market.session(nonce=n, maximum_total=WAD)) for n in range(65)]
    entries = [market.entry(session_id) for session_id in sessions]

    assert market.refused_settle() == BatchSizeInvalid(0, 64)
    assert market.refused_settle(*entries) == BatchSizeInvalid(65, 64)
    assert market.settle(*entries[:64]) == 1


def test_one_refused_entry_refuses_the_whole_batch(market):
    session_id = market.open()
    before = market.executor.digest()

    refused = market.refused_settle(market.entry(session_id), market.entry(UNKNOWN))

    assert refused == UnknownSession(UNKNOWN)
    assert market.executor.digest() == before


def test_only_the_sessions_host_settles_for_the_sessions_model(market):
    session_id = market.open()
    market.fund(market.intruder, "staking")
    market.must("staking", "stake", 0, 1_000 * WAD, sender=market.intruder)
    entries = (market.entry(session_id),)

    refused = market.refusal(
        "gateway", "settle", market.model_id, ROOT, entries, sender=market.intruder
    )
    assert refused == WrongHost(session_id, market.intruder.address)
    refused = market.refusal("gateway", "settle", 2, ROOT, entries, sender=market.host)
    assert refused == WrongModel(session_id, 2)


def test_receipts_settle_in_order_and_once(market):
    session_id = market.open()
    market.settle(market.entry(session_id, 1, 3))

    for first in (0, 1, 3):
        refused = market.refused_settle(market.entry(session_id, first, 9))
        assert refused == ReceiptReplayed(session_id, 3, first)
    assert market.refused_settle(market.entry(session_id, 5, 9)) == SequenceGap(session_id, 4, 5)
    assert market.refused_settle(market.entry(session_id, 4, 3)) == EmptyEntry(session_id)
    market.settle(market.entry(session_id, 4, 4))


def test_a_batch_may_continue_a_session_but_not_repeat_it(market):
    session_id = market.open()
    repeated = (market.entry(session_id, 1, 2), market.entry(session_id, 1, 2))
    assert market.refused_settle(*repeated) == ReceiptReplayed(session_id, 2, 1)

    market.settle(market.entry(session_id, 1, 2), market.entry(session_id, 3, 3))
    assert market.view("gateway", "session_of", session_id).settled_sequence == 3


def test_receipts_of_a_deprecated_version_do_not_settle(market):
    session_id = market.open()
    market.must("model_registry", "deprecate_version", market.model_id, 1, sender=market.creator)
    refused = market.refused_settle(market.entry(session_id))
    assert refused == VersionNotServable(market.model_id, 1)


def test_receipts_settle_for_seven_epochs(market):
    session_id = market.open()
    served = market.now // DAY
    market.wait(8 * DAY)

    refused = market.refused_settle(market.entry(session_id, epoch=served))
    assert refused == EpochOutOfWindow(served, served + 1, served + 8)
    refused = market.refused_settle(market.entry(session_id, epoch=served + 9))
    assert refused == EpochOutOfWindow(served + 9, served + 1, served + 8)
    market.settle(market.entry(session_id, epoch=served + 1))
    market.settle(market.entry(session_id, 2, 2, epoch=served + 8))


def test_an_epoch_that_begins_after_the_expiry_does_not_settle(market):
    tomorrow = market.now + DAY
    ends_today = market.open(market.session(expires_at=tomorrow - 1))
    ends_tomorrow = market.open(market.session(expires_at=tomorrow))
    market.wait(DAY)

    refused = market.refused_settle(market.entry(ends_today))
    assert refused == EpochAfterExpiry(ends_today, tomorrow // DAY)
    market.settle(market.entry(ends_tomorrow))
    market.settle(market.entry(ends_today, epoch=tomorrow // DAY - 1))


def test_nobody_pays_more_per_call_than_they_signed_for(market):
    cheap = market.open(market.session(maximum_price=CALL_PRICE - 1))
    refused = market.refused_settle(market.entry(cheap, 1, 2))
    assert refused == PriceAboveMaximum(cheap, 2 * CALL_PRICE, 2 * CALL_PRICE - 2)

    limitless = market.open(market.session(maximum_price=MAX_UINT256))
    market.settle(market.entry(limitless, 1, 2))


def test_a_session_never_pays_more_than_its_maximum(market):
    session_id = market.open(market.session(maximum_total=2 * CALL_PRICE))
    market.settle(market.entry(session_id, 1, 1))

    refused = market.refused_settle(market.entry(session_id, 2, 3))
    assert refused == SessionMaximumExceeded(session_id, 3 * CALL_PRICE, 2 * CALL_PRICE)
    market.settle(market.entry(session_id, 2, 2))


def test_calls_beyond_their_type_are_an_overflow(world, deployment):
    free = OpenMarket(world, deployment)
    free.must(
        "pricing",
        "set_tariff",
        free.model_id,
        free.tariff._replace(per_call=0),
        sender=free.creator,
    )
    free.wait(DAY)
    first, second = free.open(), free.open(free.session(nonce=2))

    refused = free.refused_settle(free.entry(first, 1, MAX_UINT64), free.entry(second))
    assert refused == Panic(0x11)
    free.settle(free.entry(first, 1, MAX_UINT64))
    refused = free.refused_settle(free.entry(first, MAX_UINT64, MAX_UINT64))
    assert refused == ReceiptReplayed(first, MAX_UINT64, MAX_UINT64)


def test_a_batch_is_released_the_second_after_its_challenge_window(market):
    batch_id = market.settle(market.entry(market.open()))
    until = market.now + HOLD
    market.wait(HOLD)

    refused = market.refusal("gateway", "release", (batch_id,), sender=market.intruder)
    assert refused == BatchHeld(batch_id, until, 0)

    market.wait(1)
    receipt = market.call("gateway", "release", (batch_id,), sender=market.intruder)
    transfer = Transfer(market.address("gateway"), market.address("revenue"), CALL_PRICE)
    assert market.events(receipt)[:2] == [BatchReleasedToRevenue(batch_id, CALL_PRICE), transfer]
    assert market.view("gateway", "batch_of", batch_id)[3:] == (0, 1, until - HOLD, 0, True)


def test_a_batch_is_released_once(market):
    batch_id = market.settle(market.entry(market.open()))
    market.wait_for_release()

    twice = market.refusal("gateway", "release", (batch_id, batch_id), sender=market.intruder)
    assert twice == BatchReleased(batch_id)
    market.must("gateway", "release", (batch_id,), sender=market.intruder)
    again = market.refusal("gateway", "release", (batch_id,), sender=market.intruder)
    assert again == BatchReleased(batch_id)


def test_1_to_32_batches_are_released_at_once(market):
    session_id = market.open()
    batches = tuple(market.settle(market.entry(session_id, n, n)) for n in range(1, 34))
    market.wait_for_release()

    def released(chosen):
        return market.refusal("gateway", "release", chosen, sender=market.host)

    assert released(()) == BatchSizeInvalid(0, 32)
    assert released(batches) == BatchSizeInvalid(33, 32)
    assert released((34,)) == UnknownBatch(34)
    assert released((0,)) == UnknownBatch(0)
    assert released(batches[:32]) is None


def test_a_batch_without_a_price_is_released_too(world, deployment):
    free = OpenMarket(world, deployment)
    free.must(
        "pricing",
        "set_tariff",
        free.model_id,
        free.tariff._replace(per_call=0),
        sender=free.creator,
    )
    free.wait(DAY)
    batch_id = free.settle(free.entry(free.open()))
    free.wait_for_release()
    free.must("gateway", "release", (batch_id,), sender=free.host)
    assert free.view("gateway", "batch_of", batch_id).released


def test_an_open_check_holds_a_batch(market):
    session_id = market.open()
    batch_id = market.settle(market.entry(session_id))
    verification = market.address("verification")
    until = market.now + HOLD
    for _ in range(2):
        market.must("gateway", "hold", batch_id, sender=verification)
    market.wait_for_release()

    def released():
        return market.refusal("gateway", "release", (batch_id,), sender=market.host)

    assert released() == BatchHeld(batch_id, until, 2)
    market.must("gateway", "settle_check", batch_id, session_id, 0, sender=verification)
    assert released() == BatchHeld(batch_id, until, 1)
    market.must("gateway", "settle_check", batch_id, session_id, 0, sender=verification)
    assert released() is None


def test_a_refund_comes_out_of_the_batch_as_far_as_it_goes(market):
    session_id = market.open()
    batch_id = market.settle(market.entry(session_id, 1, 3))
    verification, user = market.address("verification"), market.user.address
    available, locked = market.view("gateway", "escrow_of", user)
    for _ in range(2):
        market.must("gateway", "hold", batch_id, sender=verification)

    def refund(amount):
        receipt = market.call(
            "gateway", "settle_check", batch_id, session_id, amount, sender=verification
        )
        return market.events(receipt)

    assert refund(CALL_PRICE) == [ReceiptRefunded(batch_id, session_id, CALL_PRICE)]
    assert market.view("gateway", "batch_of", batch_id).held == 2 * CALL_PRICE
    assert refund(MAX_UINT256) == [ReceiptRefunded(batch_id, session_id, 2 * CALL_PRICE)]
    assert market.view("gateway", "escrow_of", user) == (available + 3 * CALL_PRICE, locked)


def test_only_verification_holds_and_refunds(market):
    session_id = market.open()
    batch_id = market.settle(market.entry(session_id))
    host, verification = market.host.address, market.address("verification")

    assert market.refusal("gateway", "hold", batch_id, sender=host) == OnlyVerification(host)
    refused = market.refusal("gateway", "settle_check", batch_id, session_id, 1, sender=host)
    assert refused == OnlyVerification(host)
    assert market.refusal("gateway", "hold", 9, sender=verification) == UnknownBatch(9)
    market.must("gateway", "hold", batch_id, sender=verification)
    refused = market.refusal("gateway", "settle_check", 9, session_id, 1, sender=verification)
    assert refused == UnknownBatch(9)
    refused = market.refusal("gateway", "settle_check", batch_id, UNKNOWN, 1, sender=verification)
    assert refused == UnknownSession(UNKNOWN)


def test_the_user_gives_notice_and_anyone_closes_when_it_is_over(market):
    session_id = market.open(market.session(expires_at=MAX_UINT64))
    closable_at = market.now + CLOSE_DELAY
    receipt = market.call("gateway", "request_close", session_id, sender=market.user)
    assert market.events(receipt) == [CloseRequested(session_id, closable_at)]

    market.now = closable_at - 1
    market.settle(market.entry(session_id))
    refused = market.refusal("gateway", "close_session", session_id, sender=market.user)
    assert refused == CloseTooEarly(session_id, closable_at)

    market.now = closable_at
    receipt = market.call("gateway", "close_session", session_id, sender=market.intruder)
    refunded = 100 * WAD - CALL_PRICE
    assert market.events(receipt) == [SessionClosedAndRefunded(session_id, refunded)]
    assert market.view("gateway", "escrow_of", market.user.address) == (DEPOSIT - CALL_PRICE, 0)


def test_a_notice_near_the_expiry_does_not_delay_the_closing(market):
    expires_at = market.now + DAY
    session_id = market.open(market.session(expires_at=expires_at))
    market.wait(DAY)
    market.wait(CLOSE_DELAY)
    receipt = market.call("gateway", "request_close", session_id, sender=market.user)
    closable_at = expires_at + CLOSE_DELAY + 1
    assert market.events(receipt) == [CloseRequested(session_id, closable_at)]

    refused = market.refusal("gateway", "close_session", session_id, sender=market.user)
    assert refused == CloseTooEarly(session_id, closable_at)
    market.wait(1)
    market.must("gateway", "close_session", session_id, sender=market.user)


def test_a_session_that_never_expires_closes_after_a_notice_alone(market):
    session_id = market.open(market.session(expires_at=MAX_UINT64))
    refused = market.refusal("gateway", "close_session", session_id, sender=market.user)
    assert refused == CloseTooEarly(session_id, MAX_UINT64)


def test_the_host_closes_at_any_time(market):
    session_id = market.open()
    market.must("gateway", "close_session", session_id, sender=market.host)
    refused = market.refusal("gateway", "close_session", session_id, sender=market.host)
    assert refused == SessionClosed(session_id)


def test_only_its_user_gives_notice_once_while_a_session_is_open(market):
    session_id, host = market.open(), market.host.address

    def notice(of, sender):
        return market.refusal("gateway", "request_close", of, sender=sender)

    assert notice(UNKNOWN, market.user) == UnknownSession(UNKNOWN)
    assert notice(session_id, market.host) == NotSessionUser(session_id, host)
    assert notice(session_id, market.user) is None
    assert notice(session_id, market.user) == CloseAlreadyRequested(session_id)
    market.must("gateway", "close_session", session_id, sender=market.host)
    assert notice(session_id, market.user) == SessionClosed(session_id)


def test_views_of_the_unknown_refuse_or_are_empty(market):
    assert market.view("gateway", "session_of", UNKNOWN) == UnknownSession(UNKNOWN)
    assert market.view("gateway", "batch_of", 1) == UnknownBatch(1)
    assert market.view("gateway", "escrow_of", market.intruder.address) == (0, 0)
    refused = market.refusal("gateway", "close_session", UNKNOWN, sender=market.host)
    assert refused == UnknownSession(UNKNOWN)
