"""The exchange: where MNFT becomes other money and back, at the outside price and for a fee."""

from collections import Counter
from collections.abc import Generator
from typing import TYPE_CHECKING

from protocol.deployment import DEPLOYER
from protocol.money import BPS, WAD
from protocol.stable_token import UNIT
from protocol.types import Address, Call, Receipt
from sim.accounts import Account
from sim.agents.bargain import COIN, MNFT, STABLE
from sim.agents.base import Actions, MarketAgent

if TYPE_CHECKING:
    from sim.market import Market

_MILLIONTHS = 10**6
WHOLE = {MNFT: WAD, STABLE: UNIT, COIN: WAD}
"""Units of a whole of each currency."""
CONTRACTS = {MNFT: "settlement_token", STABLE: "stable_token"}
REVENUES = {MNFT: "revenue", STABLE: "stable_revenue"}
"""Where what was paid in a currency is shared out."""


class Exchange(MarketAgent):
    """
    Sells what others need and buys what they bring; people's wallets are read from it.

    Coin moves between people without a contract, so the exchange keeps count of theirs; payments
    of coin to and by contracts are in calls.
    """

    def __init__(self, market: "Market", account: Account) -> None:
        super().__init__(market, account)
        self._rules = market.scenario.channels
        self.coin: Counter[Address] = Counter()

    def stock(self) -> Actions:
        """Take over all StableToken that there is."""
        supply = self.market.view("stable_token", "total_supply")
        stock = (self.address, supply)
        yield Call("stable_token", "transfer", stock, DEPLOYER, self.market.now)

    def price(self, currency: str) -> int:
        """Return what a whole of a currency costs in outside money, in millionths."""
        shocks, tick = self.market.shocks, self.market.tick
        if currency == MNFT:
            return max(1, round(shocks.token_price(tick) * _MILLIONTHS))
        if currency == COIN:
            first = self._rules.coin_price * _MILLIONTHS / WAD
            return max(1, round(shocks.coin_price(tick) * first))
        return _MILLIONTHS

    def convert(self, amount: int, given: str, taken: str) -> int:
        """Return what an amount is worth in another currency, rounded down."""
        if given == taken:
            return amount
        worth = amount * self.price(given) * WHOLE[taken]
        return worth // (self.price(taken) * WHOLE[given])

    def units(self, outside: float, currency: str) -> int:
        """Return an amount of outside money in a currency."""
        return round(outside * _MILLIONTHS) * WHOLE[currency] // self.price(currency)

    def held(self, account: Address, currency: str) -> int:
        """Return what an account holds of a currency."""
        if currency == COIN:
            return self.coin[account]
        return int(self.market.view(CONTRACTS[currency], "balance_of", account))

    def sell(
        self, buyer: MarketAgent, currency: str, amount: int
    ) -> Generator[Call, Receipt, bool]:
        """Sell an amount of other money for MNFT."""
        paid = self.convert(amount, currency, MNFT) * (BPS + self._rules.exchange_fee) // BPS + 1
        receipt = yield buyer.call("settlement_token", "transfer", self.address, paid)
        if not receipt.ok:
            return False
        return (yield from self._deliver(buyer.address, currency, amount))

    def buy(self, seller: MarketAgent, currency: str, amount: int) -> Actions:
        """Buy other money for MNFT, as far as the exchange has any."""
        stock = self.held(self.address, MNFT)
        paid = self.convert(amount, currency, MNFT) * (BPS - self._rules.exchange_fee) // BPS
        if not 0 < paid <= stock:
            return
        if currency == COIN:
            self.coin[seller.address] -= amount
        else:
            yield seller.call(CONTRACTS[currency], "transfer", self.address, amount)
        yield self.call("settlement_token", "transfer", seller.address, paid)

    def supply(
        self, user: MarketAgent, currency: str, amount: int
    ) -> Generator[Call, Receipt, int]:
        """
        Bring together an amount of a currency for a user, out of its wallet, what else it holds
        and its escrow; return as much of it as that buys.
        """
        missing = amount - self.held(user.address, currency)
        if missing <= 0:
            return amount
        yield from self.cash(user, keep=currency)
        fee = 0 if currency == MNFT else self._rules.exchange_fee
        needed = self.convert(missing, currency, MNFT) * (BPS + fee) // BPS + 2
        wallet = self.held(user.address, MNFT)
        available, _ = self.market.view("gateway", "escrow_of", user.address)
        if available and wallet < needed:
            taken = min(available, needed - wallet)
            yield user.call("gateway", "withdraw", taken)
            wallet += taken
        if currency == MNFT:
            return min(amount, wallet)
        if wallet < needed:
            missing = self.convert(wallet * BPS // (BPS + fee), MNFT, currency) - 2
        if missing > 0:
            yield from self.sell(user, currency, missing)
        return min(amount, self.held(user.address, currency))

    def cash(self, user: MarketAgent, keep: str = MNFT) -> Actions:
        """Change a user's other money into MNFT."""
        for currency in (STABLE, COIN):
            held = self.held(user.address, currency) if currency != keep else 0
            if held:
                yield from self.buy(user, currency, held)

    def _deliver(
        self, receiver: Address, currency: str, amount: int
    ) -> Generator[Call, Receipt, bool]:
        if currency == COIN:
            self.coin[receiver] += amount
            return True
        receipt = yield self.call(CONTRACTS[currency], "transfer", receiver, amount)
        return receipt.ok
