"""Users: they pay for calls out of an escrow, under sessions that they sign."""

import math
from collections.abc import Generator
from typing import TYPE_CHECKING, NamedTuple

from protocol.money import WAD
from protocol.parameters import DAY
from protocol.sessions import Session
from protocol.types import Address, Call, Receipt
from sim.accounts import Account
from sim.agents.base import Actions, MarketAgent
from sim.agents.paths import BURST_SHAPE
from sim.catalogue import Listing
from zk import Proof

if TYPE_CHECKING:
    from sim.market import Market

PRICE_HEADROOM = 4
"""
Times the typical price that a user signs for: tokens per call vary, and a dynamic level moves.
"""
PRICE_RISE = 1.5
"""Times today's price that a user locks per call: dynamic levels move, and tokens per call vary."""
SAFETY = 2.0
"""
Standard deviations above the expected calls that a session covers: 98 % of sessions last.

What is locked comes back, a session that runs out costs calls: a newsvendor orders far above the
mean (Arrow, Harris, Marschak 1951).
"""


class SignedSession(NamedTuple):
    """What a user hands to a host."""

    session: Session
    signature: bytes


class User(MarketAgent):
    """
    One user's wallet and signature; which offer to take is decided for the population at once.
    """

    def __init__(self, market: "Market", account: Account, row: int, activity: float) -> None:
        super().__init__(market, account)
        self.row = row
        self.calls_per_day = activity
        self._signed = 0
        self._approved: set[str] = set()

    def subscribe(
        self, listing: Listing, host: Address, price: int, wanted: int
    ) -> Generator[Call, Receipt, SignedSession | None]:
        """
        Fund the escrow and sign a session for the calls expected of it, in the model's currency;
        None if not one call can be paid.

        The session locks likely calls times price times its possible rise, at most what the user
        has.
        """
        length = self.market.scenario.population.users.session
        likely = max(wanted, likely_calls(self.calls_per_day, length / DAY))
        currencies = self.market.currencies
        currency = currencies.of(listing.model_id)
        available = currencies.escrow(self.address, currency)
        total = int(likely * PRICE_RISE) * price + price
        if total > available:
            missing = total - available
            total = available + (yield from currencies.supply(self, currency, missing))
        if total < price:
            return None
        if total > available:
            deposit = yield currencies.deposit(self, currency, total - available)
            if not deposit.ok:
                return None
        self._signed += 1
        territory, use_case = self.market.licensing.use_of(self.row)
        session = Session(
            user=self.address,
            host=host,
            model_id=listing.model_id,
            version=listing.version,
            maximum_price=PRICE_HEADROOM * price,
            maximum_total=total,
            expires_at=self.market.now + length,
            nonce=self._signed,
            commercial=bool(self.market.population.is_commercial[self.row]),
            territory=territory,
            use_case=use_case,
        )
        return SignedSession(session, self.account.sign(self.market.session_digest(session)))

    def pay(self, payee: Address, amount: int) -> Generator[Call, Receipt, bool]:
        """Pay somebody from the wallet; False where it has not that much."""
        wallet = self.market.view("settlement_token", "balance_of", self.address)
        if wallet < amount:
            return False
        receipt = yield self.call("settlement_token", "transfer", payee, amount)
        return receipt.ok

    def wealth(self) -> int:
        """Return what is in the wallet, and in the escrow for no session."""
        available, _ = self.market.view("gateway", "escrow_of", self.address)
        return int(self.market.view("settlement_token", "balance_of", self.address) + available)

    def have_ready(self, cost: int) -> Generator[Call, Receipt, bool]:
        """Have an amount in the wallet, and more left for a session; False without so much."""
        wallet = self.market.view("settlement_token", "balance_of", self.address)
        # A session has to be opened as well.
        if self.wealth() <= cost:
            return False
        if wallet < cost:
            yield self.call("gateway", "withdraw", cost - wallet)
        return True

    def provide(self, contract: str, cost: int) -> Generator[Call, Receipt, bool]:
        """Have an amount ready, and let a contract pull it; False without so much."""
        if not (yield from self.have_ready(cost)):
            return False
        if contract not in self._approved:
            seller = self.market.world.addresses[contract]
            yield self.call("settlement_token", "approve", seller, 2**256 - 1)
            self._approved.add(contract)
        return True

    def prove(self, kind_id: int, proof: Proof, words: tuple[bytes, ...]) -> Actions:
        """Prove what a kind of attestation says of data committed for the account."""
        yield self.call(
            "attestations", "prove", kind_id, self.address, proof.proof, proof.instances, words
        )

    def consent(self, purpose: bytes, model_id: int) -> Actions:
        """Agree to a model's use for a purpose."""
        yield self.call("consent_log", "give", purpose, model_id)

    def withdraw_consent(self, purpose: bytes, model_id: int) -> Actions:
        """Agree to it no more."""
        yield self.call("consent_log", "withdraw", purpose, model_id)

    def collect(self) -> Actions:
        """Withdraw what was earned as a contributor."""
        yield from self.market.currencies.collect(self)

    def fund(self) -> Actions:
        """Let the gateway pull from the wallet."""
        yield from self.market.currencies.fund(self)


def likely_calls(calls_per_day: float, days: float) -> float:
    """
    Return how many calls a user hardly exceeds: mean and twice the standard deviation.

    Calls a day are Poisson with a Gamma-distributed rate of shape k: variance m + m^2 / k.
    """
    mean = calls_per_day * days
    return mean + SAFETY * math.sqrt(mean * (1 + calls_per_day / BURST_SHAPE))


def tokens(amount: int) -> float:
    """Return an amount in MNFT, for decisions; never for payments."""
    return amount / WAD
