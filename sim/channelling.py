"""Payment channels between users and hosts: who opens one, what it pays, and what models lose."""

from collections import Counter
from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from protocol.money import BPS
from protocol.parameters import DAY
from protocol.payment_channels import COIN as NO_CONTRACT
from protocol.payment_channels import channel_id_of, voucher_digest
from protocol.pricing import Usage
from protocol.types import Address, Call, Receipt
from sim.accounts import account
from sim.agents.bargain import (
    APPROVAL,
    COIN,
    CURRENCIES,
    EXCHANGE,
    MNFT,
    OPENING,
    RENEWAL,
    Deal,
    best_deal,
)
from sim.agents.base import Actions, MarketAgent
from sim.agents.exchange import CONTRACTS, Exchange
from sim.agents.host import Host
from sim.agents.user import User, likely_calls
from sim.catalogue import Listing
from sim.channel_terms import expected_calls, prices_now
from sim.service import OpenChannel, Request
from sim.streams import stream
from sim.workload.tasks import PIXELS

if TYPE_CHECKING:
    from sim.market import Market

CHANNELS = "payment_channels"


class Channelling:
    """
    The channels of a market; where the scenario uses none, nothing ever happens in it.

    A user asks for one when it would open a session, and the host accepts where it earns more. It
    is for models that ask for payment and nothing else: whoever has a right of access, or needs an
    attestation, goes through the Gateway.
    """

    def __init__(self, market: "Market") -> None:
        self._market, self._rules = market, market.scenario.channels
        self.is_used = self._rules.used != "never"
        self.exchange = Exchange(market, account(market.seed, "exchange"))
        self.running: dict[bytes, OpenChannel] = {}
        """Channels that are open, by their number."""
        self.closed: list[OpenChannel] = []
        self.tick: Counter[str] = Counter()
        """What the running tick's channels paid, and what models lost by it; base units."""
        self.distrust = [
            self._draw(user)
            for user in range(market.scenario.population.users.count if self.is_used else 0)
        ]
        """Share of wrong answers that each user expects where nobody checks."""
        self._approved: set[tuple[Address, str]] = set()
        self._owed: set[int] = set()

    def begin_tick(self) -> None:
        """Start a tick's counts at zero."""
        self.tick.clear()

    def _draw(self, user: int) -> float:
        drawn = stream(self._market.seed, f"user-{user}/distrust").standard_exponential()
        return min(1.0, self._rules.expected_wrong * float(drawn))

    # --- agreeing ---------------------------------------------------------------------------------

    def deal(self, user: User, listing: Listing, host: Host, price: int) -> Deal | None:
        """Return the channel that user and host agree on; None where they settle."""
        market = self._market
        model_id = listing.model_id
        if (
            not self.is_used
            or market.view("access", "is_managed", model_id)
            or market.licensing.is_policed(listing)
        ):
            return None
        calls = expected_calls(market, user, listing, host, price)
        gas = {currency: self._gas_to_open(user, host, currency) for currency in CURRENCIES}
        return best_deal(calls, prices_now(market), gas)

    def _gas_to_open(self, user: User, host: Host, currency: str) -> int:
        bought = 0 if currency == MNFT else EXCHANGE
        if self._between(user, host.address, currency) is not None:
            return RENEWAL[currency] + bought
        is_new = currency != COIN and (user.address, currency) not in self._approved
        return OPENING[currency] + bought + (APPROVAL if is_new else 0)

    # --- opening ----------------------------------------------------------------------------------

    def open(
        self, user: User, listing: Listing, host: Host, deal: Deal, wanted: int
    ) -> Generator[Call, Receipt, OpenChannel | None]:
        """
        Open the channel agreed on, or go on with the one there is; None where the user has not
        the money for a call, or the rules refuse.
        """
        market = self._market
        price = max(1, self.exchange.units(deal.price, deal.currency))
        length = market.scenario.population.users.session
        likely = int(max(wanted, likely_calls(user.calls_per_day, length / DAY)))
        known = self._between(user, host.address, deal.currency)
        left = known.deposit - known.spent if known else 0
        missing = max(0, price * (likely + 1) - left)
        added = yield from self.exchange.supply(user, deal.currency, missing)
        if left + added < price:
            return None
        # A host claims in the tick before the expiration: the calls of one tick at least.
        until = market.now + max(length, 2 * market.scenario.tick)
        if known is None:
            return (yield from self._open_new(user, listing, host, deal, (price, added, until)))
        yield from self._go_on(user, known, added, until)
        known.listing, known.price, known.is_ending = listing, price, False
        return known

    def _open_new(
        self, user: User, listing: Listing, host: Host, deal: Deal, terms: tuple[int, int, int]
    ) -> Generator[Call, Receipt, OpenChannel | None]:
        price, deposit, until = terms
        currency = self._address(deal.currency)
        yield from self._approve(user, deal.currency)
        arguments = (host.address, currency, deposit, until)
        receipt = yield from self._pay(user, deal.currency, deposit, "open", *arguments)
        if not receipt.ok:
            return None
        nonce = self._market.view(CHANNELS, "channel_of", receipt.value).nonce
        place = (receipt.value, user.row, host.address, listing, deal.currency, nonce)
        opened = OpenChannel(*place, price, deposit, until, self._market.tick)
        self.running[opened.channel_id] = opened
        return opened

    def _go_on(self, user: User, known: OpenChannel, added: int, until: int) -> Actions:
        if until > known.expires_at:
            receipt = yield user.call(CHANNELS, "extend", known.channel_id, until)
            known.expires_at = until if receipt.ok else known.expires_at
        if added:
            arguments = (known.channel_id, added)
            receipt = yield from self._pay(user, known.currency, added, "add_funds", *arguments)
            known.deposit += added if receipt.ok else 0

    def _pay(
        self, user: User, currency: str, amount: int, function: str, *arguments: object
    ) -> Generator[Call, Receipt, Receipt]:
        value = amount if currency == COIN else 0
        receipt = yield replace(user.call(CHANNELS, function, *arguments), value=value)
        if receipt.ok:
            self.exchange.coin[user.address] -= value
        return receipt

    def _approve(self, user: User, currency: str) -> Actions:
        if currency == COIN or (user.address, currency) in self._approved:
            return
        self._approved.add((user.address, currency))
        spender = self._market.world.addresses[CHANNELS]
        yield user.call(CONTRACTS[currency], "approve", spender, 2**256 - 1)

    # --- serving ----------------------------------------------------------------------------------

    def is_usable(self, channel: OpenChannel) -> bool:
        """Whether a channel can still pay for a call, and its host will still claim."""
        lasts = channel.expires_at > self._market.now + self._market.scenario.tick
        return lasts and not channel.is_ending and channel.spent + channel.price <= channel.deposit

    def answer(
        self, request: Request, channel: OpenChannel, accepted: int, cheats: NDArray[np.bool_]
    ) -> int:
        """
        Answer the first calls of a request, as many as were accepted and the deposit pays, against
        a new voucher; return how many.

        No receipt commits to an answer, so nothing of it is kept but whether it was right.
        """
        market = self._market
        count = min(accepted, (channel.deposit - channel.spent) // channel.price)
        if not count:
            return 0
        user = market.users[channel.user]
        paid = count * channel.price
        channel.spent += paid
        arguments = (channel.channel_id, channel.nonce, channel.spent)
        channel.voucher = user.account.sign(voucher_digest(market.world.deployment, *arguments))
        worth = self.exchange.convert(paid, channel.currency, MNFT)
        channel.value += worth
        channel.calls += count
        channel.wrong += int(cheats[:count].sum())
        market.demand.spent[user.row] += worth
        market.demand.served[user.row] += count
        self.tick["calls"] += count
        self.tick["paid"] += worth
        self._note_lost(request, channel.listing.model_id, count)
        return count

    def _note_lost(self, request: Request, model_id: int, count: int) -> None:
        """Add up what the same calls would have brought, had they been settled."""
        market = self._market
        inputs, outputs = sum(request.input_tokens[:count]), sum(request.output_tokens[:count])
        usage = Usage(count, inputs, outputs, PIXELS * count, 0)
        tariff = market.view("pricing", "tariff_of", model_id)
        fees = market.parameter("protocolFeeBps") + market.parameter("verificationPoolBps")
        kept = BPS - fees - tariff.host_fee_bps - tariff.data_pool_bps
        settled = market.shelf.quote(model_id, usage)
        revenue = settled * max(0, kept) // BPS
        self.tick["revenue_lost"] += revenue
        self.tick["royalties_lost"] += round(revenue * (1 - market.shelf.kept_by(model_id)))

    # --- closing ----------------------------------------------------------------------------------

    def wind_up(self) -> None:
        """
        Let hosts claim where a user goes elsewhere, or may soon take the deposit back; let users
        take back what nobody has a voucher for, and pay everybody what is owed.
        """
        market = self._market
        for channel in list(self.running.values()):
            host, user = market.host_of(channel), market.users[channel.user]
            if channel.spent and self._is_over(channel):
                market.perform(host, self._claim(host, channel))
            elif not channel.spent and market.now >= channel.expires_at:
                market.perform(user, self._take_back(user, channel))
        for paid in (*market.hosts, *(market.users[row] for row in sorted(self._owed))):
            market.perform(paid, self._withdraw(paid))
        self._owed.clear()

    def _is_over(self, channel: OpenChannel) -> bool:
        # From the expiration on the sender may close it: the host claims in the tick before.
        market = self._market
        ends = channel.expires_at <= market.now + market.scenario.tick
        return channel.is_ending or ends or market.is_last_tick

    def _claim(self, host: Host, channel: OpenChannel) -> Actions:
        arguments = (channel.channel_id, channel.spent, channel.voucher, True)
        receipt = yield host.call(CHANNELS, "claim", *arguments)
        if receipt.ok:
            self._close(channel)

    def _take_back(self, user: User, channel: OpenChannel) -> Actions:
        receipt = yield user.call(CHANNELS, "reclaim", channel.channel_id)
        if receipt.ok:
            self._close(channel)

    def _close(self, channel: OpenChannel) -> None:
        channel.closed_tick = self._market.tick
        del self.running[channel.channel_id]
        self.closed.append(channel)
        self._owed.add(channel.user)
        self._market.demand.forget(channel)

    def _withdraw(self, who: MarketAgent) -> Actions:
        for name in CURRENCIES if self.is_used else ():
            currency = self._address(name)
            owed = self._market.view(CHANNELS, "owed_to", currency, who.address)
            if owed:
                receipt = yield who.call(CHANNELS, "withdraw", currency, who.address)
                self.exchange.coin[who.address] += owed if receipt.ok and name == COIN else 0

    def _between(self, user: User, host: Address, currency: str) -> OpenChannel | None:
        """Return the channel that is open from a user to a host in a currency."""
        return self.running.get(channel_id_of(user.address, host, self._address(currency)))

    def _address(self, currency: str) -> Address:
        return (
            NO_CONTRACT if currency == COIN else self._market.world.addresses[CONTRACTS[currency]]
        )
