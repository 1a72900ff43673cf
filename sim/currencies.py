"""Models in a currency of their own: what they are priced in, and what that is in MNFT today."""

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING

from protocol.gateway_events import BatchSettled
from protocol.revenue_events import Paid
from protocol.types import Address, Call, Event, Log, Receipt
from sim.agents.bargain import MNFT, STABLE
from sim.agents.base import Actions, MarketAgent
from sim.agents.exchange import CONTRACTS, REVENUES

if TYPE_CHECKING:
    from sim.market import Market


class Currencies:
    """What is paid outside MNFT. Where nobody prices anything so, nothing here does anything."""

    def __init__(self, market: "Market") -> None:
        self._market = market
        self.is_used = market.scenario.population.creators.currency != "settlement"
        self._priced_in: dict[int, str] = {}

    def address(self, currency: str) -> Address:
        """Return a currency's token."""
        return self._market.world.addresses[CONTRACTS[currency]]

    def of(self, model_id: int) -> str:
        """Return what a model with a tariff is priced in."""
        if not self.is_used:
            return MNFT
        if model_id not in self._priced_in:
            token = self._market.view("pricing", "currency_of", model_id)
            is_stable = token == self.address(STABLE)
            self._priced_in[model_id] = STABLE if is_stable else MNFT
        return self._priced_in[model_id]

    def in_mnft(self, model_id: int, amount: int) -> int:
        """Return what an amount in a model's currency is worth in MNFT today, rounded down."""
        return self._market.channelling.exchange.convert(amount, self.of(model_id), MNFT)

    def told_in_mnft(self, log: Log) -> Event:
        """Return an event with what it says of payments in MNFT, at today's price."""
        event = log.event
        exchange = self._market.channelling.exchange
        if isinstance(event, BatchSettled) and self.of(event.model_id) != MNFT:
            return replace(event, amount=self.in_mnft(event.model_id, event.amount))
        if isinstance(event, Paid) and log.contract == REVENUES[STABLE]:
            return replace(event, amount=exchange.convert(event.amount, STABLE, MNFT))
        return event

    def escrow(self, user: Address, currency: str) -> int:
        """Return what a user has in escrow of a currency that no session locks."""
        if currency == MNFT:
            available, _ = self._market.view("gateway", "escrow_of", user)
        else:
            available, _ = self._market.view("gateway", "escrow_in", user, self.address(currency))
        return int(available)

    def supply(
        self, user: MarketAgent, currency: str, amount: int
    ) -> Generator[Call, Receipt, int]:
        """
        Have up to an amount of a currency in the wallet, changed out of the other one where that
        is needed; return how much of it there is.
        """
        exchange = self._market.channelling.exchange
        if currency != MNFT:
            return (yield from exchange.supply(user, currency, amount))
        if self.is_used and exchange.held(user.address, MNFT) < amount:
            left = self.escrow(user.address, STABLE)
            if left:
                yield user.call("gateway", "withdraw_in", self.address(STABLE), left)
            yield from exchange.cash(user)
        return min(amount, exchange.held(user.address, MNFT))

    def deposit(self, user: MarketAgent, currency: str, amount: int) -> Call:
        """Return the call that puts an amount of a currency into escrow."""
        if currency == MNFT:
            return user.call("gateway", "deposit", amount)
        return user.call("gateway", "deposit_in", self.address(currency), amount)

    def fund(self, user: MarketAgent) -> Actions:
        """Let the gateway pull every currency that models may be priced in."""
        gateway = self._market.world.addresses["gateway"]
        currencies = (MNFT, STABLE) if self.is_used else (MNFT,)
        for currency in currencies:
            yield user.call(CONTRACTS[currency], "approve", gateway, 2**256 - 1)

    def collect(self, who: MarketAgent) -> Actions:
        """Withdraw what an account is owed, in every currency."""
        for contract in self.revenues():
            if self._market.view(contract, "owed_to", who.address):
                yield who.call(contract, "withdraw", who.address)

    def distribute(self, who: MarketAgent, model_id: int) -> Actions:
        """Distribute what a model accrued, in every currency."""
        for contract in self.revenues():
            if self._market.view(contract, "accrued_of", model_id):
                yield who.call(contract, "distribute", model_id)

    def revenues(self) -> tuple[str, ...]:
        """Return the contracts that share payments out."""
        return tuple(REVENUES.values()) if self.is_used else (REVENUES[MNFT],)
