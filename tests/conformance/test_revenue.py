"""Revenue: the same on the model and on every engine."""

import pytest

from protocol.errors import NothingOwed, NotModelOwner, OnlyGateway, UnknownModel
from protocol.openzeppelin.errors import ERC721NonexistentToken
from protocol.parameters import DAY
from protocol.revenue import DataProvidersAlreadySet, NothingAccrued
from protocol.revenue_events import (
    Credited,
    DataProvidersSet,
    Distributed,
    ModelPaid,
    Paid,
    RoyaltyPaid,
)
from protocol.settlement_token import Transfer
from protocol.shares import ContributorInvalid, SharesDoNotSum
from tests.open_market import CALL_PRICE, OpenMarket, role


@pytest.fixture
def market(machine) -> OpenMarket:
    opened = OpenMarket(machine.executor, machine.deployment)
    opened.fund(opened.intruder, "revenue")
    return opened


def test_royalties_go_up_level_by_level_and_everybody_withdraws(market):
    creator, tuner, revenue = (
        market.creator.address,
        role("tuner").address,
        market.address("revenue"),
    )
    payer = market.intruder.address
    child = market.fork("child", market.model_id, 1_000, {creator: 3_333, tuner: 6_667})
    receipt = market.call("revenue", "pay_model", child, 1_009, sender=market.intruder)
    assert market.events(receipt) == [
        Transfer(payer, revenue, 1_009),
        ModelPaid(child, payer, 1_009),
    ]

    receipt = market.call("revenue", "distribute", child, sender=market.user)
    assert market.events(receipt) == [
        RoyaltyPaid(child, market.model_id, 100),
        Distributed(child, 100, 908, 1),
    ]
    receipt = market.call("revenue", "distribute", market.model_id, sender=market.user)
    assert market.events(receipt) == [Distributed(market.model_id, 0, 100, 0)]
    for model_id, accrued, earned in ((child, 1, 1_009), (market.model_id, 0, 100)):
        assert market.view("revenue", "accrued_of", model_id) == accrued
        assert market.view("revenue", "earned_by", model_id) == earned

    for account, amount in ((creator, 402), (tuner, 606)):
        assert market.view("revenue", "owed_to", account) == amount
        receipt = market.call("revenue", "withdraw", account, sender=market.user)
        assert market.events(receipt) == [
            Paid(account, amount),
            Transfer(revenue, account, amount),
        ]


def test_the_data_pool_reaches_the_providers(market):
    tariff = market.tariff._replace(data_pool_bps=1_000)
    market.must("pricing", "set_tariff", market.model_id, tariff, sender=market.creator)
    market.wait(DAY)
    accounts = tuple(role(name).address for name in ("hospital", "library", "archive"))
    shares = (3_333, 3_333, 3_334)
    receipt = market.call(
        "revenue", "set_data_providers", market.model_id, accounts, shares, sender=market.creator
    )
    assert market.events(receipt) == [DataProvidersSet(market.model_id, accounts, shares)]
    assert market.view("revenue", "data_providers_of", market.model_id) == (accounts, shares)

    market.settle(market.entry(market.open()))
    market.wait_for_release()
    event = market.events(market.call("gateway", "release", (1,), sender=market.host))[-1]

    part = CALL_PRICE // 10
    fee, pool, host_fee = CALL_PRICE // 40, CALL_PRICE // 50, CALL_PRICE * 3 // 10
    rest = CALL_PRICE - fee - pool - host_fee - part
    assert event == Credited(1, market.host.address, fee, pool, host_fee, part, rest)
    assert market.view("revenue", "pool") == pool
    for account, share in zip(accounts, shares, strict=True):
        assert market.view("revenue", "owed_to", account) == part * share // 10_000


def test_refusals_carry_the_same_arguments(market):
    creator, intruder, model_id = market.creator, market.intruder.address, market.model_id
    someone = role("someone").address

    def providers(model, accounts, shares, sender=creator):
        return market.refusal(
            "revenue", "set_data_providers", model, accounts, shares, sender=sender
        )

    assert providers(9, (someone,), (10_000,)) == ERC721NonexistentToken(9)
    refused = providers(model_id, (someone,), (10_000,), market.intruder)
    assert refused == NotModelOwner(model_id, intruder)
    assert providers(model_id, (someone, someone), (1, 9_999)) == ContributorInvalid(someone)
    assert providers(model_id, (someone,), (65_535,)) == SharesDoNotSum(65_535)
    assert providers(model_id, (someone,), (10_000,)) is None
    refused = providers(model_id, (someone,), (10_000,))
    assert refused == DataProvidersAlreadySet(model_id)

    refused = market.refusal("revenue", "distribute", model_id, sender=creator)
    assert refused == NothingAccrued(model_id)
    refused = market.refusal("revenue", "withdraw", someone, sender=creator)
    assert refused == NothingOwed(someone)
    refused = market.refusal("revenue", "pay_model", 2, 1, sender=market.intruder)
    assert refused == UnknownModel(2)
    arguments = (model_id, someone, 1, 1, 1)
    refused = market.refusal("revenue", "credit", *arguments, sender=market.intruder)
    assert refused == OnlyGateway(intruder)
