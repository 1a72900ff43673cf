"""A payment channel where both gain by it: the border, the price, and which currency."""

import math
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.money import MAX_UINT256, WAD
from protocol.parameters import DAY
from protocol.payment_channels import COIN as NO_CONTRACT
from protocol.payment_channels import channel_id_of, voucher_digest
from protocol.stable_token import UNIT
from sim.accounts import Account, account
from sim.agents.bargain import (
    APPROVAL,
    CLAIM,
    COIN,
    CURRENCIES,
    EXCHANGE,
    MNFT,
    OPENING,
    RENEWAL,
    STABLE,
    WITHDRAWAL,
    Calls,
    Prices,
    best_deal,
)
from sim.agents.exchange import CONTRACTS
from tests.conftest import SEED, Machine

STILL = {MNFT: 0.05, STABLE: 0.05, COIN: 0.05}
MOVING = {MNFT: 0.69, STABLE: 0.05, COIN: 0.41}
FREE = Prices(0.0, 0.0, dict.fromkeys(CURRENCIES, 0.0))
CALLS = Calls(
    expected=30.0, covered=45.0, price=1.0, locked=68.0, host_share=0.5, entries=8.0, trust=1.0,
    years=30 / 365, waiting=4 / 365, cost=0.155,
)  # fmt: skip


FIRST = {
    currency: OPENING[currency]
    + (EXCHANGE if currency != MNFT else 0)
    + (APPROVAL if currency != COIN else 0)
    for currency in CURRENCIES
}
"""Gas of a user's first channel."""


def light(factor):
    return CALLS._replace(
        expected=30 * factor, covered=45 * factor, locked=68 * factor, entries=8 * factor
    )


@given(st.floats(0.01, 1), st.floats(0.01, 0.99))
def test_without_costs_they_leave_where_trust_is_above_the_hosts_share(trust, share):
    calls = CALLS._replace(trust=trust, host_share=share, cost=0.0)
    deal = best_deal(calls, FREE, FIRST)

    assert (deal is not None) == (trust > share)
    if deal is not None:
        # They split the difference.
        assert deal.price == pytest.approx((trust + share) / 2)
        assert deal.gain == pytest.approx(calls.expected * (trust - share))


def test_a_host_is_never_paid_less_than_computing_costs():
    dear = CALLS._replace(host_share=0.1, cost=0.9)

    deal = best_deal(dear, FREE, FIRST)
    assert deal is not None
    assert deal.price == pytest.approx(0.95)
    assert best_deal(dear._replace(trust=0.89), FREE, FIRST) is None


def test_a_price_that_stands_still_is_paid_in_its_own_token():
    deal = best_deal(CALLS, Prices(1e-6, 0.003, STILL), FIRST)

    assert deal is not None
    assert deal.currency == MNFT


def test_a_price_that_moves_drives_much_money_into_stable_and_little_into_coin():
    prices = Prices(1e-6, 0.003, MOVING)

    found = [best_deal(light(factor), prices, FIRST) for factor in (0.02, 0.1, 1.0, 10.0)]

    assert [deal.currency for deal in found if deal] == [COIN, COIN, STABLE, STABLE]


def test_gas_keeps_nobody_with_the_settlement_for_a_channel_needs_less_of_it():
    for price in (1e-7, 1e-6, 1e-5):
        deal = best_deal(CALLS._replace(trust=0.51), Prices(price, 0.0, FREE.holding), FIRST)
        assert deal is not None


def test_a_border_that_users_cross_is_where_theory_says():
    """Q a w = b ln(1 / h): 10 * 0.9 * w = 0.5 ln 2."""
    border = 0.5 * math.log(2) / 9
    for wrong, leaves in ((border * 0.99, True), (border * 1.01, False)):
        calls = CALLS._replace(trust=math.exp(-9 * wrong / 0.5))
        assert (best_deal(calls, FREE, FIRST) is not None) is leaves


@dataclass
class Payers:
    """A user and a host on py-evm, and the gas of what they call."""

    machine: Machine
    currency: str
    user: Account = field(default_factory=lambda: account(SEED, "user"))
    host: Account = field(default_factory=lambda: account(SEED, "host"))

    def gas(self, contract, function, *arguments, sender, value=0):
        receipt = self.machine.call(
            contract, function, *arguments, sender=sender.address, value=value
        )
        assert receipt.ok, receipt.refusal
        return receipt.gas

    @property
    def address(self):
        if self.currency == COIN:
            return NO_CONTRACT
        return self.machine.addresses[CONTRACTS[self.currency]]

    def pays(self, function, *arguments, amount):
        value = amount if self.currency == COIN else 0
        return self.gas("payment_channels", function, *arguments, sender=self.user, value=value)

    def life(self, nonce):
        """Open, go on, claim and pay out a channel; return the gas of each step."""
        whole = UNIT if self.currency == STABLE else WAD
        until = self.machine.now + 10 * DAY
        named = channel_id_of(self.user.address, self.host.address, self.address)
        opened = self.pays("open", self.host.address, self.address, whole, until, amount=whole)
        renewed = self.gas("payment_channels", "extend", named, until + DAY, sender=self.user)
        renewed += self.pays("add_funds", named, whole, amount=whole)
        digest = voucher_digest(self.machine.deployment, named, nonce, whole)
        signed = (named, whole, self.user.sign(digest), True)
        claimed = self.gas("payment_channels", "claim", *signed, sender=self.host)
        paid = [
            self.gas("payment_channels", "withdraw", self.address, who.address, sender=who)
            for who in (self.user, self.host)
        ]
        return opened, renewed, claimed, sum(paid) / 2


@pytest.mark.parametrize("currency", CURRENCIES)
def test_the_gas_they_reckon_with_is_what_the_contracts_use(currency, deployment, deployed):
    payers = Payers(Machine("py-evm", deployment, deployed("py-evm")), currency)
    deployer = deployment.deployer
    if currency != COIN:
        whole = UNIT if currency == STABLE else WAD
        token = CONTRACTS[currency]
        for who in (payers.user, payers.host):
            sent = payers.machine.call(token, "transfer", who.address, 9 * whole, sender=deployer)
            assert sent.gas == pytest.approx(EXCHANGE, rel=0.1)
        spender = payers.machine.addresses["payment_channels"]
        approved = payers.gas(token, "approve", spender, MAX_UINT256, sender=payers.user)
        assert approved == pytest.approx(APPROVAL, rel=0.05)

    opened, renewed, claimed, withdrawn = payers.life(0)

    assert opened == pytest.approx(OPENING[currency], rel=0.05)
    assert renewed == pytest.approx(RENEWAL[currency], rel=0.05)
    assert claimed == pytest.approx(CLAIM, rel=0.05)
    assert withdrawn == pytest.approx(WITHDRAWAL[currency], rel=0.1)
