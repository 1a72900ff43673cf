"""Revenue.sol's model: splits, refusals with their arguments, published numbers."""

import json
from pathlib import Path

import pytest

from protocol.deployment import Deployment
from protocol.errors import (
    AmountIsZero,
    NothingOwed,
    NotModelOwner,
    OnlyGateway,
    OnlyVerification,
    UnknownModel,
)
from protocol.money import MAX_UINT256, WAD
from protocol.openzeppelin.erc20 import Transfer
from protocol.openzeppelin.errors import ERC20InsufficientBalance, ERC721NonexistentToken
from protocol.parameters import DAY, resolve
from protocol.revenue import DataProvidersAlreadySet, NothingAccrued
from protocol.revenue_events import (
    CheckerPaid,
    Credited,
    DataProvidersSet,
    Distributed,
    ModelPaid,
    Paid,
    RoyaltyPaid,
)
from protocol.shares import ContributorInvalid, ContributorsInvalid, ShareIsZero, SharesDoNotSum
from protocol.types import ZERO_ADDRESS
from protocol.world import World
from tests.open_market import CALL_PRICE, OpenMarket, role

VECTORS = Path(__file__).parent.parent / "vectors"


@pytest.fixture
def market(world, deployment) -> OpenMarket:
    opened = OpenMarket(world, deployment)
    opened.fund(opened.intruder, "revenue", 10_000_000 * WAD // 2)
    return opened


def credit(market, amount, host_fee_bps=3_000, data_pool_bps=0, model_id=None):
    """Credit as the gateway does, once the tokens are there."""
    gateway, revenue = market.address("gateway"), market.address("revenue")
    market.must("settlement_token", "transfer", revenue, amount, sender=market.intruder)
    return market.events(
        market.call(
            "revenue",
            "credit",
            model_id or market.model_id,
            market.host.address,
            amount,
            host_fee_bps,
            data_pool_bps,
            sender=gateway,
        )
    )


def owed(market, *accounts):
    return tuple(market.view("revenue", "owed_to", each.address) for each in accounts)


def providers(market, shares, model_id=None, sender=None):
    accounts = tuple(role(f"provider {number}").address for number in range(len(shares)))
    return market.call(
        "revenue",
        "set_data_providers",
        model_id or market.model_id,
        accounts,
        tuple(shares),
        sender=sender or market.creator,
    )


def test_a_released_payment_is_split_as_the_parameters_and_the_tariff_say(market):
    batch_id = market.settle(market.entry(market.open(), 1, 10))
    market.wait_for_release()
    receipt = market.call("gateway", "release", (batch_id,), sender=market.intruder)

    paid = 10 * CALL_PRICE
    fee, pool, host_fee = paid * 250 // 10_000, paid * 200 // 10_000, paid * 3_000 // 10_000
    accrued = paid - fee - pool - host_fee
    model_id, host = market.model_id, market.host.address
    assert market.events(receipt)[-1] == Credited(model_id, host, fee, pool, host_fee, 0, accrued)
    assert market.view("revenue", "owed_to", market.address("timelock")) == fee
    assert market.view("revenue", "pool") == pool
    assert owed(market, market.host) == (host_fee,)
    assert market.view("revenue", "accrued_of", model_id) == accrued
    assert market.view("revenue", "earned_by", model_id) == accrued


def test_every_share_rounds_down_and_the_model_keeps_the_dust(market):
    # 250, 200 and 3,000 basis points of 399 are 9.975, 7.98 and 119.7.
    expected = Credited(market.model_id, market.host.address, 9, 7, 119, 0, 399 - 9 - 7 - 119)
    assert credit(market, 399) == [expected]


def test_shares_end_where_the_payment_does(is_valid_proof, deployment):
    highest = resolve({"protocolFeeBps": 2_000, "verificationPoolBps": 2_000})
    greedy = Deployment(values=highest, genesis_timestamp=deployment.genesis_timestamp)
    market = OpenMarket(World(greedy, is_valid_proof), greedy)
    market.fund(market.intruder, "revenue")
    providers(market, [10_000])

    # A fifth to the protocol, a fifth to the pool, three fifths to the host: none left for data.
    events = credit(market, 1_000, host_fee_bps=6_000, data_pool_bps=3_000)
    assert events == [Credited(market.model_id, market.host.address, 200, 200, 600, 0, 0)]


def test_an_owner_cannot_take_the_hosts_fee_back_after_settlement(market):
    batch_id = market.settle(market.entry(market.open()))
    stingy = market.tariff._replace(host_fee_bps=0)
    market.must("pricing", "set_tariff", market.model_id, stingy, sender=market.creator)
    market.wait_for_release()
    assert market.view("pricing", "tariff_of", market.model_id).host_fee_bps == 0

    market.must("gateway", "release", (batch_id,), sender=market.host)

    assert owed(market, market.host) == (CALL_PRICE * 3_000 // 10_000,)


def test_the_data_pool_is_shared_among_the_providers(market):
    receipt = providers(market, [5_000, 2_500, 2_500])
    accounts = [role(f"provider {number}") for number in range(3)]
    addresses = tuple(each.address for each in accounts)
    shares = (5_000, 2_500, 2_500)
    assert market.events(receipt) == [DataProvidersSet(market.model_id, addresses, shares)]
    assert market.view("revenue", "data_providers_of", market.model_id) == (addresses, shares)

    # A tenth of 1,030 is 103: 51, 25 and 25 are paid, the odd two stay with the model.
    (event,) = credit(market, 1_030, data_pool_bps=1_000)
    assert event.data_pool == 101
    assert owed(market, *accounts) == (51, 25, 25)
    parts = (event.protocol_fee, event.verification_pool, event.host_fee, event.data_pool)
    assert sum(parts) + event.accrued == 1_030


def test_without_providers_the_data_pool_stays_with_the_model(market):
    (event,) = credit(market, 1_000, data_pool_bps=1_000)
    assert (event.data_pool, event.accrued) == (0, 1_000 - 25 - 20 - 300)
    assert market.view("revenue", "data_providers_of", market.model_id) == ((), ())


def test_data_providers_are_named_once_by_the_owner(market):
    model_id = market.model_id
    refused = providers(market, [10_000], sender=market.intruder).refusal
    assert refused == NotModelOwner(model_id, market.intruder.address)
    assert providers(market, [10_000], model_id=9).refusal == ERC721NonexistentToken(9)

    assert providers(market, [10_000]).ok
    assert providers(market, [10_000]).refusal == DataProvidersAlreadySet(model_id)


def test_data_providers_are_checked_like_contributors(market):
    first, second = role("provider 0").address, role("provider 1").address

    def refused(accounts, shares):
        return market.refusal(
            *("revenue", "set_data_providers", market.model_id, accounts, shares),
            sender=market.creator,
        )

    many = tuple(role(f"provider {number}").address for number in range(33))
    assert refused((), ()) == ContributorsInvalid(0, 0)
    assert refused((first,), ()) == ContributorsInvalid(1, 0)
    assert refused((first,), (5_000, 5_000)) == ContributorsInvalid(1, 2)
    assert refused(many, (303,) * 33) == ContributorsInvalid(33, 33)
    assert refused((ZERO_ADDRESS,), (10_000,)) == ContributorInvalid(ZERO_ADDRESS)
    assert refused((first, first), (5_000, 5_000)) == ContributorInvalid(first)
    assert refused((first, second), (10_000, 0)) == ShareIsZero(second)
    assert refused((first, second), (5_000, 4_999)) == SharesDoNotSum(9_999)
    assert refused((first, second), (5_000, 5_001)) == SharesDoNotSum(10_001)
    assert refused(many[:32], (312,) * 31 + (328,)) is None


def test_anyone_pays_a_model(market):
    revenue, payer = market.address("revenue"), market.intruder
    receipt = market.call("revenue", "pay_model", market.model_id, 7, sender=payer)

    assert market.events(receipt) == [
        Transfer(payer.address, revenue, 7),
        ModelPaid(market.model_id, payer.address, 7),
    ]
    assert market.view("revenue", "accrued_of", market.model_id) == 7


def test_only_models_that_exist_are_paid_and_only_what_the_payer_has(market):
    def refused(model_id, amount):
        return market.refusal("revenue", "pay_model", model_id, amount, sender=market.intruder)

    assert refused(0, 7) == UnknownModel(0)
    assert refused(2, 7) == UnknownModel(2)
    assert refused(2, 0) == UnknownModel(2)
    assert refused(1, 0) == AmountIsZero()
    balance = market.view("settlement_token", "balance_of", market.intruder.address)
    too_much = ERC20InsufficientBalance(market.intruder.address, balance, MAX_UINT256)
    assert refused(1, MAX_UINT256) == too_much


def pay(market, model_id, amount):
    market.must("revenue", "pay_model", model_id, amount, sender=market.intruder)


def test_distribution_moves_an_accrual_one_level_and_keeps_the_dust(market):
    creator, tuner = market.creator, role("tuner")
    child = market.fork(
        "child", market.model_id, 1_000, {creator.address: 3_333, tuner.address: 6_667}
    )
    pay(market, child, 1_009)

    receipt = market.call("revenue", "distribute", child, sender=market.intruder)

    # 100.9 to the parent; of the other 909, 302.9697 and 606.0303.
    assert market.events(receipt) == [
        RoyaltyPaid(child, market.model_id, 100),
        Distributed(child, 100, 302 + 606, 1),
    ]
    assert owed(market, creator, tuner) == (302, 606)
    assert market.view("revenue", "accrued_of", child) == 1
    assert market.view("revenue", "earned_by", child) == 1_009
    assert market.view("revenue", "accrued_of", market.model_id) == 100
    assert market.view("revenue", "earned_by", market.model_id) == 100


def test_a_royalty_that_rounds_to_nothing_is_not_announced(market):
    child = market.fork("child", market.model_id, 1_000, {market.creator.address: 10_000})
    pay(market, child, 9)
    receipt = market.call("revenue", "distribute", child, sender=market.intruder)
    assert market.events(receipt) == [Distributed(child, 0, 9, 0)]


def test_without_an_accrual_there_is_nothing_to_distribute(market):
    for model_id in (market.model_id, 0, 9):
        refused = market.refusal("revenue", "distribute", model_id, sender=market.intruder)
        assert refused == NothingAccrued(model_id)


def test_anyone_triggers_a_payment_and_the_account_gets_it_once(market):
    pay(market, market.model_id, 7)
    market.must("revenue", "distribute", market.model_id, sender=market.intruder)
    creator, revenue = market.creator.address, market.address("revenue")

    receipt = market.call("revenue", "withdraw", creator, sender=market.intruder)
    assert market.events(receipt) == [Paid(creator, 7), Transfer(revenue, creator, 7)]
    refused = market.refusal("revenue", "withdraw", creator, sender=market.creator)
    assert refused == NothingOwed(creator)


def test_a_checker_is_paid_as_far_as_the_pool_goes(market):
    credit(market, 1_000)
    verification, checker = market.address("verification"), role("validator")

    def pay_checker(amount):
        return market.call("revenue", "pay_checker", checker.address, amount, sender=verification)

    assert market.view("revenue", "pool") == 20
    receipt = pay_checker(15)
    assert (receipt.value, market.events(receipt)) == (15, [CheckerPaid(checker.address, 15)])
    receipt = pay_checker(MAX_UINT256)
    assert (receipt.value, market.events(receipt)) == (5, [CheckerPaid(checker.address, 5)])
    receipt = pay_checker(1)
    assert (receipt.value, market.events(receipt)) == (0, [CheckerPaid(checker.address, 0)])
    assert owed(market, checker) == (20,)


def test_only_the_gateway_credits_and_only_verification_pays_checkers(market):
    host = market.host.address
    refused = market.refusal("revenue", "credit", 1, host, 1, 0, 0, sender=market.host)
    assert refused == OnlyGateway(host)
    refused = market.refusal("revenue", "pay_checker", host, 1, sender=market.host)
    assert refused == OnlyVerification(host)


def test_a_payment_is_split_as_openzeppelins_payment_splitter_splits_it(market):
    vector = json.loads((VECTORS / "payment_splitter_oz.json").read_text())
    whole = sum(vector["shares"].values())
    payees = {name: role(name) for name in vector["shares"]}
    shares = {payees[n].address: 10_000 * s // whole for n, s in vector["shares"].items()}
    model_id = market.register("splitter", shares)
    received = dict.fromkeys(payees, 0)

    for step in vector["interleaved"]:
        operation, _, name = step["op"].partition(" ")
        if operation == "receive":
            pay(market, model_id, step["amount"])
            market.must("revenue", "distribute", model_id, sender=market.intruder)
        else:
            before = market.view("settlement_token", "balance_of", payees[name].address)
            market.must("revenue", "withdraw", payees[name].address, sender=market.intruder)
            after = market.view("settlement_token", "balance_of", payees[name].address)
            received[name] += after - before
            assert after - before == step["expect"]

    assert received["p3"] == 2 * vector["expected_release"]["p3"]
    assert market.view("revenue", "accrued_of", model_id) == vector["end_balance"]


def test_dust_never_grows_over_distributions(market):
    # T16: accounting that keeps the dust leaks at most one unit per part, for ever.
    contributors = [role(f"contributor {number}") for number in range(3)]
    shares = dict(zip([each.address for each in contributors], (3_333, 3_333, 3_334), strict=True))
    model_id = market.register("dusty", shares)

    for payment in range(1, 60):
        pay(market, model_id, 1)
        market.must("revenue", "distribute", model_id, sender=market.intruder)
        dust = market.view("revenue", "accrued_of", model_id)
        assert sum(owed(market, *contributors)) + dust == payment
        assert dust <= len(contributors) - 1


def test_a_day_is_over_before_a_new_tariff_holds(market):
    stingy = market.tariff._replace(host_fee_bps=0)
    market.must("pricing", "set_tariff", market.model_id, stingy, sender=market.creator)
    session_id = market.open()
    today = market.settle(market.entry(session_id))
    market.wait(DAY)
    tomorrow = market.settle(market.entry(session_id, 2, 2))
    market.wait_for_release()

    market.must("gateway", "release", (today,), sender=market.host)
    assert owed(market, market.host) == (CALL_PRICE * 3_000 // 10_000,)
    market.must("gateway", "release", (tomorrow,), sender=market.host)
    assert owed(market, market.host) == (CALL_PRICE * 3_000 // 10_000,)
