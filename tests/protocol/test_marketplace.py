"""Sales on the model: every part of a price goes somewhere, whatever the numbers are."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.marketplace import ModelSold
from protocol.money import BPS, WAD
from protocol.parameters import BY_NAME
from tests.conftest import GENESIS
from tests.open_market import OpenMarket, role

VECTORS = json.loads(Path("tests/vectors/erc2981.json").read_text())["numeric"]
HIGHEST_ROYALTY = 1_000
FUNDS = 100_000 * WAD


@pytest.fixture
def market(deployment, world) -> OpenMarket:
    opened = OpenMarket(world, deployment)
    opened.fund(role("collector"), "marketplace", FUNDS)
    return opened


def sell(market, *, price, royalty_bps, share_bps, fee_bps) -> ModelSold:
    """Sell a new model at a price, under a fee and a royalty; return what the sale said."""
    timelock = market.address("timelock")
    for name, value in (("protocolFeeBps", fee_bps), ("resaleRoyaltyShareBps", 0)):
        key = BY_NAME[name].key
        market.must("parameter_store", "set", key, value, sender=timelock)
    number = market.view("model_registry", "count")
    registration = market.registration(f"number {number}", {market.creator.address: BPS})
    registration = registration._replace(resale_royalty_bps=royalty_bps)
    model_id = market.must("model_registry", "register", registration, sender=market.creator)
    spender = market.address("marketplace")
    market.must("model_registry", "approve", spender, model_id, sender=market.creator)
    market.must("marketplace", "list", model_id, price, share_bps, GENESIS, sender=market.creator)
    bought = market.call("marketplace", "buy", model_id, price, sender=role("collector"))
    return next(event for event in market.events(bought) if isinstance(event, ModelSold))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    price=st.integers(1, 100 * WAD),
    royalty_bps=st.integers(0, HIGHEST_ROYALTY),
    share_bps=st.integers(0, BPS),
    fee_bps=st.integers(0, BY_NAME["protocolFeeBps"].upper),
)
def test_fee_royalty_and_proceeds_are_the_price(market, price, royalty_bps, share_bps, fee_bps):
    treasury, seller = market.address("timelock"), market.creator.address
    marketplace, revenue = market.address("marketplace"), market.address("revenue")

    def holds():
        accounts = (marketplace, revenue, role("collector").address)
        balances = [market.view("settlement_token", "balance_of", each) for each in accounts]
        return [*balances, *(market.view("marketplace", "owed_to", each) for each in owed)]

    owed = (treasury, seller)
    before = holds()
    sale = sell(market, price=price, royalty_bps=royalty_bps, share_bps=share_bps, fee_bps=fee_bps)
    proceeds = sale.price - sale.protocol_fee - sale.royalty
    changes = [after - now for after, now in zip(holds(), before, strict=True)]
    assert changes == [
        sale.protocol_fee + proceeds, sale.royalty, -price, sale.protocol_fee, proceeds
    ]  # fmt: skip
    assert sale.royalty <= sale.royalty_due <= price * HIGHEST_ROYALTY // BPS
    assert proceeds >= price * 7 // 10


@pytest.mark.parametrize(
    "vector",
    [each for each in VECTORS if each["bps"] <= HIGHEST_ROYALTY and each["price"] <= FUNDS],
    ids=lambda vector: f"{vector['bps']} bps of {vector['price']}",
)
def test_a_sale_pays_the_published_royalties(market, vector):
    sale = sell(market, price=vector["price"], royalty_bps=vector["bps"], share_bps=BPS, fee_bps=0)
    assert sale.royalty == sale.royalty_due == vector["expected"]
